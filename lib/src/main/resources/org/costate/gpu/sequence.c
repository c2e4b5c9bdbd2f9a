
/* Given steps of a net that is too large for a group, as a sequence of launches: the argument of an evaluation, the
   values of the field one after the other, the next state. All samples are in each launch. The step that is taken now
   is counted on the device, so that the launches of all steps are the same.

   Y_i = sum_l u_il z_l + sum_j a_ij k_j,   k_i = f(t + c_i h, Y_i),   z_l <- sum_m v_lm z_m + sum_j b_lj k_j

   A system has PARTS states of D numbers a sample: x; on the way back (x, a), or a along the x that was kept. There it
   also has g, the gradient by parameters, summed over the samples, which no argument depends on. The first STATE_PARTS
   are x. */
#define BEGIN(step) nodes[offset + (step) + UNDOES] /* a step that is undone goes from its end to its begin */
#define END(step) nodes[offset + (step) + 1 - UNDOES]
#define SLOPE(j, e) ((e) >= STATE_PARTS * all || TAKES(j, e) ? slopes[(j) * PARTS * all + (e)] : 0)

/* The step of the block. */
KERNEL void count(GLOBAL int *counter, int start, int by) {
    if (ITEM == 0) counter[0] = start >= 0 ? start : counter[0] + by;
}

/* Y_i, and its time; of i = -1 the state where the solve begins. */
KERNEL void argument(
    GLOBAL const REAL *slots,  /* z: [SLOTS][PARTS][batch][D] */
    GLOBAL const REAL *slopes, /* k: [EVALUATIONS][PARTS][batch][D] */
    GLOBAL REAL *x,
    GLOBAL REAL *a,
    GLOBAL TIME *now,
    GLOBAL const TIME *nodes,
    GLOBAL const int *counter,
    GLOBAL REAL *kept,         /* [step][EVALUATIONS][batch][D] */
    int batch, int offset, int i, int keep_from,
    TIME low, TIME high)       /* no evaluation lies outside: a jump has two sides */
{
    long e = ITEM;
    long all = (long) batch * D;
    int step = counter[0];
    TIME time = BEGIN(step);
    TIME h = END(step) - time;
    TIME at = i < 0 ? time : time + NODE[i < 0 ? 0 : i] * h;
    if (e == 0) now[0] = at < low ? low : at > high ? high : at;
    if (e >= PARTS * all) return;
    REAL sum = 0;
    if (i < 0) {
        sum = slots[e];
    } else {
        for (int j = 0; j < i; j++) {
            TIME w = ARGUMENT[i][SLOTS + j];
            if (w != 0) sum += (REAL) (h * w) * SLOPE(j, e);
        }
        for (int l = SLOTS - 1; l >= 0; l--) {
            TIME w = ARGUMENT[i][l];
            if (w != 0) sum += (REAL) (l < STATES ? w : h * w) * slots[l * PARTS * all + e];
        }
    }
    if (e >= STATE_PARTS * all) {
        a[e - STATE_PARTS * all] = TAKES(i, e) ? -sum : 0;
        return;
    }
    x[e] = sum;
    if (keep_from >= 0 && i >= 0) kept[((long) (keep_from + step) * EVALUATIONS + i) * all + e] = sum;
}

/* Where a solve begins, its slope is kept with the state. */
KERNEL void begin(GLOBAL REAL *slots, GLOBAL const REAL *slopes, int batch) {
    long e = ITEM;
    long all = (long) batch * D;
    for (int l = STATES; l < SLOTS && e < PARTS * all; l++) slots[l * PARTS * all + e] = slopes[e];
}

/* The slots before a step that is undone, for taking it again. */
KERNEL void copy(GLOBAL const REAL *slots, GLOBAL REAL *to, int batch) {
    long e = ITEM;
    long all = (long) batch * D;
    for (int l = 0; l < SLOTS && e < PARTS * all; l++) to[l * PARTS * all + e] = slots[l * PARTS * all + e];
}

/* g at the begin: all its states are the first, it has no slopes yet. */
KERNEL void begin_sums(GLOBAL REAL *sums) {
    long e = ITEM;
    for (int l = 1; l < SLOTS && e < P; l++) sums[l * P + e] = l < STATES ? sums[e] : 0;
}

/* What an evaluation adds to g; with the first of a step goes what the step before left. */
KERNEL void add_to_sums(
    GLOBAL REAL *sums, /* g: [2 SLOTS][P], in the second half that of the next step */
    GLOBAL REAL *gp,   /* what was added; 0 afterwards */
    GLOBAL const TIME *nodes,
    GLOBAL const int *counter,
    int offset, int i)
{
    long e = ITEM;
    if (e >= P) return;
    int step = counter[0];
    TIME h = nodes[offset + step + 1] - nodes[offset + step];
    GLOBAL REAL *g = sums;
    GLOBAL REAL *gnext = SLOTS > 1 ? sums + SLOTS * P : sums;
    REAL added = gp[e];
    gp[e] = 0;
    for (int l = 0; l < SLOTS; l++) {
        if (SLOTS > 1 && i == 0) {
            REAL sum = 0;
            for (int m = 0; m < SLOTS; m++) {
                TIME w = NEXT[l][m];
                if (w != 0) sum += (REAL) (m >= STATES && l < STATES ? h * w : w) * g[m * P + e];
            }
            gnext[l * P + e] = sum;
        }
        TIME w = i < 0 ? 0 : NEXT[l][SLOTS + i];
        if (i < 0 && l >= STATES) g[l * P + e] += added;
        if (w != 0) gnext[l * P + e] += (REAL) (l < STATES ? h * w : w) * added;
    }
    for (int l = 0; l < SLOTS && SLOTS > 1 && i == EVALUATIONS - 1; l++) g[l * P + e] = gnext[l * P + e];
}

/* Is it so for one of the group? */
DEVICE int one_of(int mine, LOCAL_POINTER int *all) {
    all[LANE] = mine;
    BARRIER;
    int one = 0;
    for (int l = 0; l < LANES; l++) one |= all[l];
    return one;
}

/* z_l of the next step, a group a sample. A sample that failed stays as it was before. */
KERNEL void next(
    GLOBAL REAL *slots,
    GLOBAL const REAL *slopes,
    GLOBAL REAL *found,        /* what the step leads to: [batch][SLOTS * PARTS][D] */
    GLOBAL const TIME *nodes,
    GLOBAL const int *counter,
    GLOBAL int *failed,        /* [batch][2]: the step that failed, from 1 on, and the sample */
    GLOBAL REAL *kept,         /* states: [step][batch][D] */
    int batch, int offset, int keep_from)
{
    LOCAL int wrong[MOST_LANES];
    int s = GROUP;
    if (failed[2 * s] != 0) return;
    long all = (long) batch * D;
    int step = counter[0];
    TIME h = END(step) - BEGIN(step);
    int mine = 0;
    EACH(e, SLOTS * PARTS * D) {
        int l = e / (PARTS * D);
        long at = e / D % PARTS * all + (long) s * D + e % D;
        REAL sum = 0;
        for (int j = 0; j < EVALUATIONS; j++) {
            TIME w = NEXT[l][SLOTS + j];
            if (w != 0) sum += (REAL) (l < STATES ? h * w : w) * SLOPE(j, at);
        }
        for (int m = SLOTS - 1; m >= 0; m--) {
            TIME w = NEXT[l][m];
            if (w != 0) sum += (REAL) (m >= STATES && l < STATES ? h * w : w) * slots[m * PARTS * all + at];
        }
        found[(long) s * SLOTS * PARTS * D + e] = sum;
        if (!FINITE(sum)) mine = 1;
    }
    if (one_of(mine, wrong)) {
        if (LANE == 0) {
            failed[2 * s] = step + 1;
            failed[2 * s + 1] = s;
        }
        return;
    }
    EACH(e, SLOTS * PARTS * D) {
        REAL z = found[(long) s * SLOTS * PARTS * D + e];
        slots[e / D * all + (long) s * D + e % D] = z;
        if (keep_from >= 0 && e < D) kept[(keep_from + step) * all + (long) s * D + e] = z;
    }
}

/* kappa_i = sum_l b_li zeta_l + sum_{j>i} a_ji eta_j,   eta_i = (df/dx(Y_i))^T kappa_i,   gp += (df/dtheta(Y_i))^T kappa_i
   zeta_m <- sum_l v_lm zeta_l + sum_i u_im eta_i */

/* kappa_i, and the Y_i that was kept; of i = -1 what comes back to the slope where the solve begins. */
KERNEL void costate(
    GLOBAL const REAL *back,   /* zeta: [SLOTS][batch][D] */
    GLOBAL const REAL *etas,   /* [EVALUATIONS][batch][D] */
    GLOBAL REAL *a,
    GLOBAL REAL *x,
    GLOBAL TIME *now,
    GLOBAL const TIME *nodes,
    GLOBAL const int *counter,
    GLOBAL const REAL *kept,
    GLOBAL const REAL *start,
    int batch, int offset, int i, TIME low, TIME high)
{
    long e = ITEM;
    long all = (long) batch * D;
    int step = i < 0 ? 0 : counter[0];
    TIME time = nodes[offset + step];
    TIME h = nodes[offset + step + 1] - time;
    TIME at = i < 0 ? time : time + NODE[i < 0 ? 0 : i] * h;
    if (e == 0) now[0] = at < low ? low : at > high ? high : at;
    if (e >= all) return;
    REAL sum = 0;
    if (i < 0) {
        for (int l = STATES; l < SLOTS; l++) sum += back[l * all + e];
    } else {
        for (int l = 0; l < SLOTS; l++) {
            TIME w = NEXT[l][SLOTS + i];
            if (w != 0) sum += (REAL) (l < STATES ? h * w : w) * back[l * all + e];
        }
        for (int j = EVALUATIONS - 1; j > i; j--) {
            TIME w = ARGUMENT[j][SLOTS + i];
            if (w != 0) sum += (REAL) (h * w) * etas[j * all + e];
        }
    }
    a[e] = i < 0 || TAKES(i, e) ? sum : 0;
    x[e] = i < 0 ? start[e] : kept[((long) step * EVALUATIONS + i) * all + e];
}

/* zeta_m of the step before, a group a sample; behind the first step what comes back to the start. */
KERNEL void previous(
    GLOBAL REAL *back,
    GLOBAL const REAL *etas,
    GLOBAL REAL *found,        /* [batch][SLOTS][D] */
    GLOBAL const TIME *nodes,
    GLOBAL const int *counter,
    GLOBAL int *failed,        /* [batch][2]: the step whose costate is not finite, from 2 on, or 1 of the start */
    GLOBAL REAL *wrong,        /* [batch][D]: that costate */
    int batch, int offset)
{
    LOCAL int bad[MOST_LANES];
    int s = GROUP;
    if (failed[2 * s] != 0) return;
    long all = (long) batch * D;
    int step = counter[0];
    TIME h = step < 0 ? 0 : nodes[offset + step + 1] - nodes[offset + step];
    int mine = 0;
    EACH(e, SLOTS * D) {
        int m = e / D;
        long at = (long) s * D + e % D;
        REAL sum = 0;
        if (step < 0) {
            if (m == 0) {
                sum = SLOTS > STATES ? etas[at] : 0;
                for (int l = 0; l < STATES; l++) sum += back[l * all + at];
            }
        } else {
            for (int i = 0; i < EVALUATIONS; i++) {
                TIME w = ARGUMENT[i][m];
                if (w != 0) sum += (REAL) (m < STATES ? w : h * w) * etas[i * all + at];
            }
            for (int l = 0; l < SLOTS; l++) {
                TIME w = NEXT[l][m];
                if (w != 0) sum += (REAL) (m >= STATES && l < STATES ? h * w : w) * back[l * all + at];
            }
        }
        found[(long) s * SLOTS * D + e] = sum;
        if (m == 0 && !FINITE(sum)) mine = 1;
    }
    int ends = one_of(mine, bad);
    EACH(e, SLOTS * D) {
        REAL zeta = found[(long) s * SLOTS * D + e];
        back[e / D * all + (long) s * D + e % D] = zeta;
        if (ends && e < D) wrong[(long) s * D + e] = zeta;
    }
    if (ends && LANE == 0) {
        failed[2 * s] = step + 2;
        failed[2 * s + 1] = s;
    }
}
