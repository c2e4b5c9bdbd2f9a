/* Transposes given steps, from the last to the first, at the arguments that were kept: the exact gradient of a step.

   kappa_i = sum_l b_li zeta_l + sum_{j>i} a_ji eta_j,   eta_i = (df/dx(Y_i))^T kappa_i,   gp += (df/dtheta(Y_i))^T kappa_i
   zeta_m <- sum_l v_lm zeta_l + sum_i u_im eta_i

   zeta comes back to slots, kappa to slopes, eta to arguments. */
#define ARGUMENT_OF(i, e) ((e) >= n * D ? 0 : step < 0 ? start[(long) base * D + (e)] \
        : kept[(((long) step * EVALUATIONS + (i)) * batch + base) * D + (e)])
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
            @TRANSPOSED@
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
