
/* Keeps the solution inside of a step: the powers of the part of the step that has gone by. */
KERNEL void record(
    GLOBAL const REAL *slots,
    GLOBAL const REAL *slopes,
    GLOBAL const TIME *nodes,
    GLOBAL const int *counter,
    GLOBAL REAL *kept, /* [step][DEGREE + 1][batch][D] */
    int batch, int offset, int keep_from)
{
    long e = ITEM;
    long all = (long) batch * D;
    if (e >= all) return;
    int step = counter[0];
    TIME h = END(step) - BEGIN(step);
    for (int p = 0; p <= DEGREE; p++) {
        REAL sum = 0;
        for (int j = SLOTS + SLOPES - 1; j >= 0; j--) {
            TIME w = POWER[j][p];
            if (w != 0) {
                sum += j >= SLOTS ? (REAL) (h * w) * SLOPE(j - SLOTS, e)
                                  : (REAL) (j < STATES ? w : h * w) * slots[j * all + e];
            }
        }
        kept[((long) (keep_from + step) * (DEGREE + 1) + p) * all + e] = sum;
    }
}
