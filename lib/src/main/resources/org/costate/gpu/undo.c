/* Undoes given steps of a reversible scheme from the last to the first, takes each again for its arguments, and
   transposes it: the exact gradient without a memory of the way. */
#define ARGUMENT_OF(i, e) (step < 0 ? z[e] : etas[(i) * S * D + (e)])
KERNEL void undo(
    GLOBAL const REAL *theta,
    GLOBAL REAL *slots,       /* [SLOTS][batch][D]: after the steps, then before them */
    GLOBAL REAL *back,        /* what comes back to them */
    GLOBAL REAL *sums,        /* gp of each group: [groups][P] */
    GLOBAL const TIME *nodes,
    GLOBAL const int *counts,
    GLOBAL int *failed,       /* [groups][2]: the step whose state or costate is not finite, from 1 on, and the sample */
    GLOBAL REAL *wrong,       /* [groups][2][D]: that state and costate */
    int batch, int samples, int count, int stride, int offset, int begins,
    TIME low, TIME high)
{
    LOCAL struct {
        REAL z[SLOTS * S * D];
        REAL zbefore[SLOTS * S * D];
        REAL zeta[SLOTS * S * D];
        REAL zetanext[SLOTS * S * D];
        REAL ks[(EVALUATIONS > UNDO_EVALUATIONS ? EVALUATIONS : UNDO_EVALUATIONS) * S * D];
        REAL etas[EVALUATIONS * S * D];
        REAL x[S * D];
        REAL a[S * D];
        @ARRAYS@
    } room;
    LOCAL_POINTER REAL *z = room.z;
    LOCAL_POINTER REAL *zbefore = room.zbefore;
    LOCAL_POINTER REAL *zeta = room.zeta;
    LOCAL_POINTER REAL *zetanext = room.zetanext;
    LOCAL_POINTER REAL *ks = room.ks;
    LOCAL_POINTER REAL *etas = room.etas; /* first the arguments, then what comes back to them */
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
            long place = ((long) (e / (S * D)) * batch + base + s) * D + e % D;
            z[e] = s < n ? slots[place] : 0;
            zeta[e] = s < n ? back[place] : 0;
        }
        EACH(e, (EVALUATIONS > UNDO_EVALUATIONS ? EVALUATIONS : UNDO_EVALUATIONS) * S * D) ks[e] = 0;
        EACH(e, EVALUATIONS * S * D) etas[e] = 0;
        BARRIER;
        GLOBAL const TIME *times = nodes + (long) base * stride + offset;
        int own = stride > 0 && counts[base] - offset < count ? counts[base] - offset : count;
        int ends = 0;
        for (int step = own - 1; step >= (begins ? -1 : 0) && ends == 0; step--) { /* -1: where the solve begins */
            TIME time = times[step < 0 ? 0 : step];
            TIME h = step < 0 ? 0 : times[step + 1] - time;
            for (int q = 0; q < (step < 0 ? 0 : UNDO_EVALUATIONS + EVALUATIONS); q++) {
                int undoes = q < UNDO_EVALUATIONS;
                int i = undoes ? q : q - UNDO_EVALUATIONS;
                LOCAL_POINTER REAL *k = ks + i * S * D;
                TIME at = undoes ? times[step + 1] - UNDO_NODE[i] * h : time + NODE[i] * h;
                at = at < low ? low : at > high ? high : at;
                t[0] = (REAL) at;
                EACH(e, S * D) {
                    REAL sum = 0;
                    for (int j = 0; j < i; j++) {
                        TIME w = undoes ? -h * UNDO_ARGUMENT[i][SLOTS + j] : h * ARGUMENT[i][SLOTS + j];
                        if (w != 0 && (undoes ? UNDO_TAKES(j, e) : TAKES(j, e))) sum += (REAL) w * ks[j * S * D + e];
                    }
                    for (int l = SLOTS - 1; l >= 0; l--) {
                        TIME w = undoes ? UNDO_ARGUMENT[i][l] : ARGUMENT[i][l];
                        if (l >= STATES) w *= undoes ? -h : h;
                        if (w != 0) sum += (REAL) w * (undoes ? z : zbefore)[l * S * D + e];
                    }
                    x[e] = sum;
                    if (!undoes) etas[i * S * D + e] = sum;
                }
                BARRIER;
                @FIELD@
                BARRIER;
                if (q == UNDO_EVALUATIONS - 1) {
                    EACH(e, SLOTS * S * D) {
                        int l = e / (S * D);
                        int at = e % (S * D);
                        REAL sum = 0;
                        for (int j = 0; j < UNDO_EVALUATIONS; j++) {
                            TIME w = UNDO_NEXT[l][SLOTS + j] * (l < STATES ? -h : 1);
                            if (w != 0 && UNDO_TAKES(j, at)) sum += (REAL) w * ks[j * S * D + at];
                        }
                        for (int m = SLOTS - 1; m >= 0; m--) {
                            TIME w = UNDO_NEXT[l][m] * (m >= STATES && l < STATES ? -h : 1);
                            if (w != 0) sum += (REAL) w * z[m * S * D + at];
                        }
                        zbefore[e] = sum;
                    }
                    BARRIER;
                }
            }
            @TRANSPOSED@
            for (int e = n * D - 1; e >= 0; e--) { /* by all: the loop ends for all */
                if (!FINITE(zetanext[e]) || (step >= 0 && !FINITE(zbefore[e]))) ends = base + e / D + 1;
            }
            if (ends != 0 && reported < step + 2) {
                reported = step + 2;
                EACH(e, D) {
                    wrong[((long) GROUP * 2) * D + e] = zbefore[(ends - 1 - base) * D + e];
                    wrong[((long) GROUP * 2 + 1) * D + e] = zetanext[(ends - 1 - base) * D + e];
                }
                if (LANE == 0) {
                    failed[2 * GROUP] = step + 2;
                    failed[2 * GROUP + 1] = ends - 1;
                }
            }
            BARRIER;
            EACH(e, SLOTS * S * D) {
                zeta[e] = zetanext[e];
                if (step >= 0) z[e] = zbefore[e];
            }
            BARRIER;
        }
        EACH(e, SLOTS * S * D) {
            int s = e / D % S;
            long place = ((long) (e / (S * D)) * batch + base + s) * D + e % D;
            if (s < n) {
                slots[place] = z[e];
                back[place] = zeta[e];
            }
        }
        BARRIER;
    }
}
