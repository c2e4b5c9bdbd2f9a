/* What comes back to the slots before a step, `zetanext`, from what comes back to those behind it, `zeta`; see
   transpose.c. Step -1 is where the solve begins. */
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
        x[e] = ARGUMENT_OF(i, e);
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
