
/* The sum of the groups' sums, in their order. */
KERNEL void reduce(GLOBAL const REAL *sums, GLOBAL REAL *total, int groups, int stride, int size) {
    long e = ITEM;
    if (e >= size) return;
    TIME sum = 0;
    for (int q = 0; q < groups; q++) sum += sums[(long) q * stride + e];
    total[e] += (REAL) sum;
}

KERNEL void add(GLOBAL const REAL *from, GLOBAL REAL *to, long at, long size) {
    long e = ITEM;
    if (e < size) to[at + e] += from[e];
}
