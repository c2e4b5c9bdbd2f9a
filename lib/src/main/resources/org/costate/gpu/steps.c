/* Takes given steps of one scheme: a group takes `samples` samples, S at a time.

   Y_i = sum_l u_il z_l + sum_j a_ij k_j,   k_i = f(t + c_i h, Y_i),   z_l <- sum_m v_lm z_m + sum_j b_lj k_j

   A system has PARTS states of D numbers a sample: x; on the way back (x, a), or a along the x that was kept. There it
   also has g, the gradient by parameters, summed over the samples of the group, which no argument depends on. */
KERNEL void steps(
    GLOBAL const REAL *theta,
    GLOBAL REAL *slots,             /* [SLOTS][PARTS][batch][D], before and after */
    GLOBAL REAL *sums,              /* g: [groups][2 SLOTS][P] */
    GLOBAL const TIME *nodes,       /* ends of the steps, the first's start before them; `stride` from sample to sample */
    GLOBAL const int *counts,       /* steps of each sample where each has its own */
    GLOBAL REAL *kept,              /* [step][records][batch][D] */
    GLOBAL const TIME *dense_nodes, /* the steps of the way forward */
    GLOBAL const REAL *dense,       /* [step][DEGREE + 1][batch][D] */
    GLOBAL int *failed,             /* [groups][2]: the first step that failed, from 1 on, and the sample */
    GLOBAL REAL *wrong,             /* [groups][SLOTS * PARTS][D]: what it led to */
    int batch, int samples, int count, int stride, int offset, int begins, int keep_from, int dense_stride, int dense_steps,
    TIME low, TIME high)            /* no evaluation lies outside: a jump has two sides */
{
    LOCAL struct {
        REAL z[SLOTS * PARTS * S * D];
        REAL znext[SLOTS * PARTS * S * D];
        REAL ks[SLOPES * PARTS * S * D];
        REAL y[2 * S * D];
        @ARRAYS@
    } room;
    LOCAL_POINTER REAL *z = room.z;
    LOCAL_POINTER REAL *znext = room.znext;
    LOCAL_POINTER REAL *ks = room.ks; /* of samples that are not there: 0 */
    LOCAL_POINTER REAL *y = room.y;
    @PARAMETERS@
    LOCAL_POINTER REAL *x = y;
    LOCAL_POINTER REAL *a = y + S * D;
    REAL t[1];
#if WITH_G
    GLOBAL REAL *g = sums + (long) GROUP * 2 * SLOTS * P;
    GLOBAL REAL *gnext = SLOTS > 1 ? g + SLOTS * P : g;
#endif
    int reported = 0;
    int first = GROUP * samples;
    int last = first + samples < batch ? first + samples : batch;
    for (int base = first; base < last; base += S) {
        int n = last - base < S ? last - base : S;
        EACH(e, SLOTS * PARTS * S * D) {
            int s = e / D % S;
            z[e] = s < n ? slots[((long) (e / (S * D)) * batch + base + s) * D + e % D] : 0;
        }
        EACH(e, SLOPES * PARTS * S * D) ks[e] = 0;
        BARRIER;
        GLOBAL const TIME *times = nodes + (long) base * stride + offset;
        int own = stride > 0 && counts[base] - offset < count ? counts[base] - offset : count;
        int place = dense_steps - 1;
        int ends = 0;
        for (int step = 0; step < own && ends == 0; step++) {
            TIME time = times[step];
            TIME h = times[step + 1] - time;
            for (int i = begins && step == 0 && SLOTS > STATES ? -1 : 0; i < SLOPES; i++) { /* -1: where it begins */
                LOCAL_POINTER REAL *k = ks + (i < 0 ? 0 : i) * PARTS * S * D;
                LOCAL_POINTER REAL *gx = k + (PARTS - 1) * S * D;
                TIME at = i < 0 ? time : time + NODE[i] * h;
                at = at < low ? low : at > high ? high : at;
                t[0] = (REAL) at;
                EACH(e, PARTS * S * D) {
                    REAL sum = 0;
                    if (i < 0) {
                        sum = z[e];
                    } else {
                        for (int j = 0; j < i; j++) {
                            TIME w = ARGUMENT[i][SLOTS + j];
                            if (w != 0) sum += (REAL) (h * w) * SLOPE(j, e);
                        }
                        for (int l = SLOTS - 1; l >= 0; l--) {
                            TIME w = ARGUMENT[i][l];
                            if (w != 0) sum += (REAL) (l < STATES ? w : h * w) * z[l * PARTS * S * D + e];
                        }
                    }
                    STATE(i, e, sum)
                }
#if WITH_G
                if (SLOTS > 1) EACH(e, P) {
                    if (begins && step == 0 && i == (SLOTS > STATES ? -1 : 0)) {
                        for (int l = 1; l < STATES; l++) g[l * P + e] = g[e];
                        for (int l = STATES; l < SLOTS; l++) g[l * P + e] = 0;
                    }
                    if (i == 0) {
                        for (int l = 0; l < SLOTS; l++) {
                            REAL sum = 0;
                            for (int m = 0; m < SLOTS; m++) {
                                TIME w = NEXT[l][m];
                                if (w != 0) sum += (REAL) (m >= STATES && l < STATES ? h * w : w) * g[m * P + e];
                            }
                            gnext[l * P + e] = sum;
                        }
                    }
                }
#endif
#if ALONG
                {
                    GLOBAL const TIME *ends_of = dense_nodes + (long) base * dense_stride;
                    TIME way = ends_of[dense_steps] - ends_of[0];
                    while (place + 1 < dense_steps && (at - ends_of[place + 1]) * way > 0) place++;
                    while (place > 0 && (at - ends_of[place]) * way <= 0) place--; /* not to a step of no length */
                    REAL part = (REAL) ((at - ends_of[place]) / (ends_of[place + 1] - ends_of[place]));
                    EACH(e, n * D) {
                        REAL sum = 0;
                        for (int p = DEGREE; p >= 0; p--) {
                            sum = sum * part + dense[(((long) place * (DEGREE + 1) + p) * batch + base) * D + e];
                        }
                        x[e] = sum;
                    }
                }
#endif
                BARRIER;
#if KEEPS_ARGUMENTS
                if (keep_from >= 0 && i >= 0) EACH(e, n * D) {
                    kept[(((long) (keep_from + step) * EVALUATIONS + i) * batch + base) * D + e] = x[e];
                }
#endif
@FIELD@
                BARRIER;
                if (i < 0) {
                    EACH(e, PARTS * S * D) {
                        for (int l = STATES; l < SLOTS; l++) z[l * PARTS * S * D + e] = ks[e];
                    }
                    BARRIER;
                }
            }
            EACH(e, SLOTS * PARTS * S * D) {
                int l = e / (PARTS * S * D);
                int at = e % (PARTS * S * D);
                REAL sum = 0;
                for (int j = 0; j < EVALUATIONS; j++) {
                    TIME w = NEXT[l][SLOTS + j];
                    if (w != 0) sum += (REAL) (l < STATES ? h * w : w) * SLOPE(j, at);
                }
                for (int m = SLOTS - 1; m >= 0; m--) {
                    TIME w = NEXT[l][m];
                    if (w != 0) sum += (REAL) (m >= STATES && l < STATES ? h * w : w) * z[m * PARTS * S * D + at];
                }
                znext[e] = sum;
            }
#if WITH_G
            if (SLOTS > 1) EACH(e, P) {
                for (int l = 0; l < SLOTS; l++) g[l * P + e] = gnext[l * P + e];
            }
#endif
            BARRIER;
            for (int e = SLOTS * PARTS * S * D - 1; e >= 0; e--) { /* by all: the loop ends for all */
                int s = e / D % S;
                if (s < n && !FINITE(znext[e]) && (ends == 0 || base + s < ends)) ends = base + s + 1;
            }
            if (ends != 0 && (reported == 0 || step + 1 < reported)) {
                reported = step + 1;
                EACH(e, SLOTS * PARTS * D) {
                    wrong[(long) GROUP * SLOTS * PARTS * D + e] = znext[(e / D * S + ends - 1 - base) * D + e % D];
                }
                if (LANE == 0) {
                    failed[2 * GROUP] = step + 1;
                    failed[2 * GROUP + 1] = ends - 1;
                }
            }
            if (ends == 0) {
#if KEEPS_DENSE
                EACH(e, n * D) {
                    for (int p = 0; p <= DEGREE; p++) {
                        REAL sum = 0;
                        for (int j = SLOTS + SLOPES - 1; j >= 0; j--) {
                            TIME w = POWER[j][p];
                            if (w != 0) {
                                sum += j >= SLOTS ? (REAL) (h * w) * SLOPE(j - SLOTS, e)
                                                  : (REAL) (j < STATES ? w : h * w) * z[j * S * D + e];
                            }
                        }
                        kept[(((long) (keep_from + step) * (DEGREE + 1) + p) * batch + base) * D + e] = sum;
                    }
                }
                BARRIER;
#endif
                EACH(e, SLOTS * PARTS * S * D) z[e] = znext[e];
#if KEEPS_STATES
                if (keep_from >= 0) EACH(e, n * D) kept[((long) (keep_from + step) * batch + base) * D + e] = znext[e];
#endif
            }
            BARRIER;
        }
        EACH(e, SLOTS * PARTS * S * D) {
            int s = e / D % S;
            if (s < n) slots[((long) (e / (S * D)) * batch + base + s) * D + e % D] = z[e];
        }
        BARRIER;
    }
}
