
/* The state that was kept, at the time of an evaluation. */
KERNEL void along(
    GLOBAL REAL *x,
    GLOBAL const TIME *now,
    GLOBAL const TIME *ends,   /* of the steps of the way forward */
    GLOBAL const REAL *dense,  /* [step][DEGREE + 1][batch][D] */
    int batch, int steps)
{
    long e = ITEM;
    long all = (long) batch * D;
    if (e >= all) return;
    TIME at = now[0];
    TIME way = ends[steps] - ends[0];
    int place = 0;
    for (int above = steps; above - place > 1;) { /* the last step that begins before */
        int middle = place + (above - place) / 2;
        if ((at - ends[middle]) * way > 0) place = middle;
        else above = middle;
    }
    REAL part = (REAL) ((at - ends[place]) / (ends[place + 1] - ends[place]));
    REAL sum = 0;
    for (int p = DEGREE; p >= 0; p--) sum = sum * part + dense[((long) place * (DEGREE + 1) + p) * all + e];
    x[e] = sum;
}
