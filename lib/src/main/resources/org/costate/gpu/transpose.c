/* Transposes given steps, from the last to the first, at the arguments that were kept: the exact gradient of a step.

   kappa_i = sum_l b_li zeta_l + sum_{j>i} a_ji eta_j,   eta_i = (df/dx(Y_i))^T kappa_i,   gp += (df/dtheta(Y_i))^T kappa_i
   zeta_m <- sum_l v_lm zeta_l + sum_i u_im eta_i

   zeta comes back to slots, kappa to slopes, eta to arguments. */
KERNEL void transpose(
    GLOBAL const REAL *theta,
    GLOBAL REAL *back,        /* zeta: [SLOTS][batch][D], before and after */
    GLOBAL REAL *sums,        /* gp of each group: [groups][P] */
    GLOBAL const TIME *nodes,
    GLOBAL const int *counts,
    GLOBAL const REAL *kept,  /* arguments: [step][EVALUATIONS][batch][D] */
    GLOBAL const REAL *start, /* where the solve begins: [batch][D] */
    GLOBAL int *failed,       /* [groups][2]: the step whose costate is not finite, from 1 on, and the sample */
    GLOBAL REAL *wrong,       /* [groups][D]: that costate */
    int batch, int samples, int count, int stride, int offset, int begins,
    TIME low, TIME high)
{
    LOCAL struct {
        REAL zeta[SLOTS * S * D];
        REAL zetanext[SLOTS * S * D];
        REAL etas[EVALUATIONS * S * D];
        REAL x[S * D];
        REAL a[S * D];
        @ARRAYS@
    } room;
    LOCAL_POINTER REAL *zeta = room.zeta;
    LOCAL_POINTER REAL *zetanext = room.zetanext;
    LOCAL_POINTER REAL *etas = room.etas; /* of samples that are not there: 0 */
    LOCAL_POINTER REAL *x = room.x;
    LOCAL_POINTER REAL *a = room.a;
    @PARAMETERS@
    REAL t[1];
    GLOBAL REAL *gp = sums + (long) GROUP * P;
    int reported = 0;
    int first = GROUP * samples;
    int last = first + samples < batch ? first + samples : batch;
    for (int base = first; base < last; base += S) {
        int n = last - base < S ? last - base : S;
        EACH(e, SLOTS * S * D) {
            int s = e / D % S;
            zeta[e] = s < n ? back[((long) (e / (S * D)) * batch + base + s) * D + e % D] : 0;
        }
        EACH(e, EVALUATIONS * S * D) etas[e] = 0;
        BARRIER;
        GLOBAL const TIME *times = nodes + (long) base * stride + offset;
        int own = stride > 0 && counts[base] - offset < count ? counts[base] - offset : count;
        int ends = 0;
        for (int step = own - 1; step >= (begins ? -1 : 0) && ends == 0; step--) { /* -1: where the solve begins */
            TIME time = times[step < 0 ? 0 : step];
            TIME h = step < 0 ? 0 : times[step + 1] - time;
            for (int i = step < 0 ? 0 : EVALUATIONS - 1; i >= 0; i--) {
                LOCAL_POINTER REAL *gx = etas + i * S * D;
                TIME at = step < 0 ? time : time + NODE[i] * h;
                at = at < low ? low : at > high ? high : at;
                t[0] = (REAL) at;
                EACH(e, S * D) {
                    REAL sum = 0;
                    if (step < 0) {
                        for (int l = STATES; l < SLOTS; l++) sum += zeta[l * S * D + e];
                    } else {
                        for (int l = 0; l < SLOTS; l++) {
                            TIME w = NEXT[l][SLOTS + i];
                            if (w != 0) sum += (REAL) (l < STATES ? h * w : w) * zeta[l * S * D + e];
                        }
                        for (int j = EVALUATIONS - 1; j > i; j--) {
                            TIME w = ARGUMENT[j][SLOTS + i];
                            if (w != 0) sum += (REAL) (h * w) * etas[j * S * D + e];
                        }
                    }
                    a[e] = step < 0 || TAKES(i, e) ? sum : 0;
                    if (e < n * D) {
                        x[e] = step < 0 ? start[(long) base * D + e]
                                        : kept[(((long) step * EVALUATIONS + i) * batch + base) * D + e];
                    } else {
                        x[e] = 0;
                    }
                }
                BARRIER;
@VJP@
                BARRIER;
            }
            EACH(e, SLOTS * S * D) {
                int m = e / (S * D);
                int at = e % (S * D);
                REAL sum = 0;
                if (step < 0) {
                    if (m == 0) {
                        sum = SLOTS > STATES ? etas[at] : 0;
                        for (int l = 0; l < STATES; l++) sum += zeta[l * S * D + at];
                    }
                } else {
                    for (int i = 0; i < EVALUATIONS; i++) {
                        TIME w = ARGUMENT[i][m];
                        if (w != 0) sum += (REAL) (m < STATES ? w : h * w) * etas[i * S * D + at];
                    }
                    for (int l = 0; l < SLOTS; l++) {
                        TIME w = NEXT[l][m];
                        if (w != 0) sum += (REAL) (m >= STATES && l < STATES ? h * w : w) * zeta[l * S * D + at];
                    }
                }
                zetanext[e] = sum;
            }
            BARRIER;
            for (int e = n * D - 1; e >= 0; e--) { /* by all: the loop ends for all */
                if (!FINITE(zetanext[e])) ends = base + e / D + 1;
            }
            EACH(e, SLOTS * S * D) zeta[e] = zetanext[e];
            if (ends != 0 && reported < step + 2) {
                reported = step + 2;
                EACH(e, D) wrong[(long) GROUP * D + e] = zetanext[(ends - 1 - base) * D + e];
                if (LANE == 0) {
                    failed[2 * GROUP] = step + 2;
                    failed[2 * GROUP + 1] = ends - 1;
                }
            }
            BARRIER;
        }
        EACH(e, SLOTS * S * D) {
            int s = e / D % S;
            if (s < n) back[((long) (e / (S * D)) * batch + base + s) * D + e % D] = zeta[e];
        }
        BARRIER;
    }
}
