/* Takes steps of a sample's own size until `end`, a group one sample after the other: the error of a step, against
   absolute + relative max(|x|, |x+|), decides whether it is accepted and how large the next one is. */

enum { RUNNING = 0, NOT_FINITE = 1, UNDERFLOW_ = 2, LIMIT = 3 };

/* What is kept of a sample between launches. */
typedef struct {
    TIME t, last, proposed, before, before_that, smallest, largest, trouble;
    int accepted, rejected, evaluations, outcome, stored, was_rejected, offender, unused;
} Control;

DEVICE TIME larger_time(TIME a, TIME b) { return a > b || a != a ? a : b; }

/* The sum, or the largest, of all work-items' numbers, the same for each. */
DEVICE TIME of_all(LOCAL_POINTER TIME *room, TIME mine) {
    room[LANE] = mine;
    BARRIER;
    TIME all = 0;
    for (int q = 0; q < LANES; q++) all = JOIN(all, room[q]);
    BARRIER;
    return all;
}

/* Which number is to blame: the first that is not finite, or that of the largest error in the last attempt. */
#define BLAME(lost) { \
    TIME most = -1; \
    c.offender = -1; \
    for (int e = 0; e < ((lost) ? SLOTS : 1) * PARTS * D; e++) { \
        TIME bad = (lost) ? (FINITE(znext[e]) ? -1 : 1) : fabs(ERROR_OF(0, e) / SCALE_OF(e)); \
        if (!(bad <= most)) { \
            most = bad; \
            c.offender = e; \
            c.trouble = (lost) ? znext[e] : z[e]; \
        } \
    } \
}

/* Ten times the distance to the next number: below it rounding of the time decides how long a step is. */
DEVICE TIME shortest_at(TIME t) {
    TIME ulps = 10 * (nextafter(fabs(t), (TIME) INFINITY) - fabs(t));
    return ulps > TIME_TINY ? ulps : TIME_TINY;
}

KERNEL void adaptive(
    GLOBAL const REAL *theta,
    GLOBAL REAL *slots,             /* [SLOTS][PARTS][batch][D], before and after */
    GLOBAL REAL *sums,              /* g of each sample: [batch][2 SLOTS + ERRORS][P] */
    GLOBAL Control *controls,       /* [batch] */
    GLOBAL TIME *stored,            /* times of accepted steps: [batch][capacity] */
    GLOBAL const TIME *dense_nodes, /* the steps of the way forward: [batch][dense_stride] */
    GLOBAL const int *dense_counts, /* how many there are: [batch] */
    GLOBAL const REAL *dense,       /* [step][DEGREE + 1][batch][D] */
    int batch, int samples, int tries, int capacity, int begins, int chooses, int most_steps, int dense_stride,
    TIME end, TIME low, TIME high, TIME relative, TIME absolute, TIME first_size, TIME min_size, TIME max_size,
    TIME beta0, TIME beta1, TIME beta2, TIME end_of_all)
{
    LOCAL struct {
        TIME parts[MOST_LANES];
        REAL z[SLOTS * PARTS * D];
        REAL znext[SLOTS * PARTS * D];
        REAL ks[(SLOPES > 2 ? SLOPES : 2) * PARTS * D];
        REAL y[2 * D];
        REAL errs[ERRORS * PARTS * D];
        @ARRAYS@
    } room;
    LOCAL_POINTER REAL *z = room.z;
    LOCAL_POINTER REAL *znext = room.znext;
    LOCAL_POINTER REAL *ks = room.ks;
    LOCAL_POINTER REAL *errs = room.errs;
    LOCAL_POINTER REAL *x = room.y;
    LOCAL_POINTER REAL *a = room.y + D;
    @PARAMETERS@
    REAL t[1];
    int n = 1;
    int last = (GROUP + 1) * samples < batch ? (GROUP + 1) * samples : batch;
    for (int row = GROUP * samples; row < last; row++) {
        Control c = controls[row];
        TIME sign = end >= c.t ? 1 : -1;
        int place = 0;
#if WITH_G
        GLOBAL REAL *g = sums + (long) row * (2 * SLOTS + ERRORS) * P;
        GLOBAL REAL *gnext = g + SLOTS * P;
        GLOBAL REAL *gerror = gnext + SLOTS * P;
#endif
        EACH(e, SLOTS * PARTS * D) z[e] = slots[((long) (e / D) * batch + row) * D + e % D];
        BARRIER;
        for (int attempt = 0; attempt < tries && c.t != end && c.outcome == RUNNING
                && (capacity == 0 || c.stored < capacity); attempt++) {
            TIME h = 0;
            TIME step_end = c.t;
            TIME d0 = 0, d1 = 0, guess = 0;
            int reaches = 0;
            /* -3: the slope where the solve begins; -2 and -1: two more to choose the first step */
            for (int i = attempt == 0 ? -3 : 0; i < SLOPES; i++) {
                if ((i == -3 && !(begins && SLOTS > STATES)) || ((i == -2 || i == -1) && !chooses)) continue;
                if (i == 0) {
                    TIME size = c.proposed > min_size ? c.proposed : min_size;
                    size = size < max_size ? size : max_size;
                    TIME way = fabs(end - c.t);
                    reaches = way <= size * (1 + (TIME) 1e-9);
                    step_end = reaches ? end : c.t + sign * size;
                    h = step_end - c.t;
                    if (step_end == c.t || (!reaches && fabs(h) < shortest_at(c.t))) {
                        c.outcome = UNDERFLOW_;
                        c.last = h;
                        if (attempt > 0) BLAME(0)
                        break;
                    }
                }
                LOCAL_POINTER REAL *k = ks + (i == -1 ? 1 : i < 0 ? 0 : i) * PARTS * D;
                LOCAL_POINTER REAL *gx = k + (PARTS - 1) * D;
                TIME at = i == -1 ? c.t + sign * guess : i < 0 ? c.t : c.t + NODE[i] * h;
                at = at < low ? low : at > high ? high : at;
                t[0] = (REAL) at;
                EACH(e, PARTS * D) {
                    REAL sum = 0;
                    if (i < 0) {
                        sum = i == -1 ? z[e] + (REAL) (sign * guess) * ks[e] : z[e];
                    } else {
                        for (int j = 0; j < i; j++) {
                            TIME w = ARGUMENT[i][SLOTS + j];
                            if (w != 0) sum += (REAL) (h * w) * SLOPE(j, e);
                        }
                        for (int l = SLOTS - 1; l >= 0; l--) {
                            TIME w = ARGUMENT[i][l];
                            if (w != 0) sum += (REAL) (l < STATES ? w : h * w) * z[l * PARTS * D + e];
                        }
                    }
                    STATE(i, e, sum)
                }
#if WITH_G
                EACH(e, P) {
                    if (i == -3) {
                        for (int l = STATES; l < SLOTS; l++) g[l * P + e] = 0;
                    } else if (i == -2) {
                        gnext[e] = 0;
                    } else if (i == -1) {
                        gerror[e] = 0;
                    } else if (i == 0) {
                        for (int l = 0; l < SLOTS; l++) {
                            REAL sum = 0;
                            for (int m = 0; m < SLOTS; m++) {
                                TIME w = NEXT[l][m];
                                if (w != 0) sum += (REAL) (m >= STATES && l < STATES ? h * w : w) * g[m * P + e];
                            }
                            gnext[l * P + e] = sum;
                        }
                        for (int q = 0; q < ERRORS; q++) {
                            REAL sum = 0;
                            for (int m = 0; m < SLOTS; m++) {
                                TIME w = ERROR[q][m];
                                if (w != 0) sum += (REAL) (m < STATES ? w : h * w) * g[m * P + e];
                            }
                            gerror[q * P + e] = sum;
                        }
                    }
                }
#endif
#if ALONG
                {
                    GLOBAL const TIME *ends_of = dense_nodes + (long) row * dense_stride;
                    int steps = dense_counts[row];
                    TIME way = ends_of[steps] - ends_of[0];
                    if (attempt == 0) place = steps - 1;
                    while (place + 1 < steps && (at - ends_of[place + 1]) * way > 0) place++;
                    while (place > 0 && (at - ends_of[place]) * way <= 0) place--; /* not to a step of no length */
                    REAL part = (REAL) ((at - ends_of[place]) / (ends_of[place + 1] - ends_of[place]));
                    EACH(e, D) {
                        REAL sum = 0;
                        for (int p = DEGREE; p >= 0; p--) {
                            sum = sum * part + dense[(((long) place * (DEGREE + 1) + p) * batch + row) * D + e];
                        }
                        x[e] = sum;
                    }
                }
#endif
                BARRIER;
                @FIELD@
                BARRIER;
                c.evaluations++;
                if (i == -3) {
                    EACH(e, PARTS * D) {
                        for (int l = STATES; l < SLOTS; l++) z[l * PARTS * D + e] = ks[e];
                    }
                    BARRIER;
                }
                if (i == -2 || i == -1) { /* Hairer's first step */
                    TIME s0 = 0, s1 = 0;
                    EACH(e, PARTS * D + (WITH_G ? P : 0)) {
                        if (e < NORM_FROM || e >= NORM_TO) continue;
                        TIME value = START_VALUE(e);
                        TIME scale = absolute + relative * fabs(value);
                        TIME slope = (i == -2 ? START_SLOPE(e) : START_SLOPE_MOVED(e) - START_SLOPE(e)) / scale;
                        s0 = JOIN(s0, TERM(value / scale));
                        s1 = JOIN(s1, TERM(slope));
                    }
                    s0 = NORM(of_all(room.parts, s0));
                    s1 = NORM(of_all(room.parts, s1));
                    if (i == -2) {
                        d0 = s0;
                        d1 = s1;
                        guess = d0 < (TIME) 1e-5 || d1 < (TIME) 1e-5 ? (TIME) 1e-6 : (TIME) 0.01 * d0 / d1;
                        if (!(guess > 0 && guess < (TIME) 1e30)) guess = (TIME) 1e-6;
                        guess = guess < fabs(end_of_all - c.t) ? guess : fabs(end_of_all - c.t);
                    } else {
                        TIME d2 = s1 / guess;
                        TIME most = d1 > d2 ? d1 : d2;
                        TIME small = guess * (TIME) 1e-3 > (TIME) 1e-6 ? guess * (TIME) 1e-3 : (TIME) 1e-6;
                        TIME size = most <= (TIME) 1e-15 ? small : pow((TIME) 0.01 / most, (TIME) 1 / (ERROR_ORDER + 1));
                        size = size < 100 * guess ? size : 100 * guess;
                        c.proposed = size > 0 && size < (TIME) 1e30 ? size : guess;
                    }
                }
            }
            if (c.outcome != RUNNING) break;
            EACH(e, SLOTS * PARTS * D) {
                int l = e / (PARTS * D);
                int at = e % (PARTS * D);
                REAL sum = 0;
                for (int j = 0; j < EVALUATIONS; j++) {
                    TIME w = NEXT[l][SLOTS + j];
                    if (w != 0) sum += (REAL) (l < STATES ? h * w : w) * SLOPE(j, at);
                }
                for (int m = SLOTS - 1; m >= 0; m--) {
                    TIME w = NEXT[l][m];
                    if (w != 0) sum += (REAL) (m >= STATES && l < STATES ? h * w : w) * z[m * PARTS * D + at];
                }
                znext[e] = sum;
            }
            EACH(e, ERRORS * PARTS * D) {
                int q = e / (PARTS * D);
                int at = e % (PARTS * D);
                REAL sum = 0;
                for (int j = 0; j < EVALUATIONS; j++) {
                    TIME w = ERROR[q][SLOTS + j];
                    if (w != 0) sum += (REAL) (h * w) * SLOPE(j, at);
                }
                for (int m = 0; m < SLOTS; m++) {
                    TIME w = ERROR[q][m];
                    if (w != 0) sum += (REAL) (m < STATES ? w : h * w) * z[m * PARTS * D + at];
                }
                errs[e] = sum;
            }
            BARRIER;
            TIME wrong = 0;
            EACH(e, SLOTS * PARTS * D) wrong += FINITE(znext[e]) ? 0 : 1;
#if WITH_G
            EACH(e, SLOTS * P) wrong += FINITE(gnext[e]) ? 0 : 1;
#endif
            int finite = !(of_all(room.parts, wrong > 0 ? (TIME) 1 : 0) > 0);
            TIME errors[2];
            errors[1] = 0;
            for (int q = ERRORS - 1; q >= 0; q--) {
                TIME mine = 0;
                EACH(e, PARTS * D + (WITH_G ? P : 0)) {
                    if (e < NORM_FROM || e >= NORM_TO) continue;
                    TIME ratio = ERROR_OF(q, e) / SCALE_OF(e);
                    mine = JOIN(mine, TERM(ratio));
                }
                errors[q] = NORM(of_all(room.parts, mine));
            }
            TIME error = errors[0];
            if (ERRORS == 2) {
                TIME both = sqrt(errors[0] * errors[0] + (TIME) 0.01 * errors[1] * errors[1]);
                error = both > 0 && both < (TIME) INFINITY ? errors[0] * errors[0] / both : both;
            }
            int accepts = finite && (error <= 1 || c.proposed <= min_size);
            TIME r = 1 / (error > (TIME) 1e-10 ? error : (TIME) 1e-10);
            TIME factor = (TIME) 0.9 * pow(r, beta0);
            if (beta1 != 0) factor *= pow(c.before, beta1);
            if (beta2 != 0) factor *= pow(c.before_that, beta2);
            factor = factor < (TIME) 0.2 ? (TIME) 0.2 : factor > 10 ? (TIME) 10 : factor;
            c.last = h;
            if (accepts) {
                c.before_that = c.before;
                c.before = r;
                if (c.was_rejected && factor > 1) factor = 1;
                c.was_rejected = 0;
                TIME next = fabs(h) * factor;
                c.proposed = reaches && c.proposed > next ? c.proposed : next;
                c.t = step_end;
                c.accepted++;
                if (capacity > 0 && LANE == 0) stored[(long) row * capacity + c.stored] = step_end;
                c.stored++;
                c.smallest = c.smallest < fabs(h) ? c.smallest : fabs(h);
                c.largest = c.largest > fabs(h) ? c.largest : fabs(h);
            } else {
                c.rejected++;
                TIME size = c.proposed;
                if (FINITE(error)) c.was_rejected = 1;
                if (factor > (TIME) 0.9) factor = (TIME) 0.9;
                c.proposed = fabs(h) * (FINITE(error) ? factor : (TIME) 0.1);
                if (size <= min_size || size != size) {
                    c.outcome = NOT_FINITE;
                } else if (c.proposed < shortest_at(c.t)) {
                    c.outcome = finite ? UNDERFLOW_ : NOT_FINITE;
                }
            }
            if (c.outcome == RUNNING && c.accepted + c.rejected >= most_steps && c.t != end_of_all) c.outcome = LIMIT;
            int leaves = attempt + 1 == tries || c.t == end || (capacity > 0 && c.stored >= capacity);
            if (c.outcome != RUNNING || leaves) BLAME(c.outcome == NOT_FINITE) /* the next launch may want to know */
            BARRIER;
            if (accepts) {
                EACH(e, SLOTS * PARTS * D) z[e] = znext[e];
#if WITH_G
                EACH(e, SLOTS * P) g[e] = gnext[e];
#endif
            }
            BARRIER;
        }
        EACH(e, SLOTS * PARTS * D) slots[((long) (e / D) * batch + row) * D + e % D] = z[e];
        if (LANE == 0) controls[row] = c;
        BARRIER;
    }
}
