package org.costate.ode;

import java.util.Arrays;

/// The solution inside of a step, as weighted sums of what the step is made of, so that it can be transposed like the
/// step itself:
///
/// ```
/// x(t + θh) = Σ_j w_j(θ) s_j   over the slots before the step, its evaluations, and evaluations of the interpolant's
/// own
/// ```
///
/// where slopes count times h and each w_j is a polynomial: the method's own interpolant or, where it has none, the
/// cubic
/// Hermite polynomial of the states and slopes at both ends, as in [DenseOutput]. Own evaluations are those of the
/// method's interpolant, or slopes at the ends that the step does not know. Immutable.
public final class Interpolant {
    private final int states;
    private final double[] c;
    private final double[][] arguments;
    /// powers\[j\]\[p\]: what θᵖ counts in w_j.
    private final double[][] powers;

    private Interpolant(int states, double[] c, double[][] arguments, double[][] powers) {
        this.states = states;
        this.c = c;
        this.arguments = arguments;
        this.powers = powers;
    }

    /// The interpolant of this method.
    public static Interpolant of(Scheme scheme) {
        Tableau tableau = scheme.tableau();
        return tableau == null || tableau.dense() == null ? hermite(scheme) : own(scheme, tableau);
    }

    /// Sources are x, then stages: the first is the second slot or the first evaluation.
    private static Interpolant own(Scheme scheme, Tableau tableau) {
        DenseWeights dense = tableau.dense();
        int extra = dense.extraStages();
        double[] c = new double[extra];
        double[][] arguments = new double[extra][];
        for (int e = 0; e < extra; e++) {
            c[e] = dense.extraC(e);
            double[] row = dense.extraA(e);
            arguments[e] = new double[1 + row.length];
            arguments[e][0] = 1;
            System.arraycopy(row, 0, arguments[e], 1, row.length);
        }
        double[][] powers = new double[1 + tableau.stages() + extra][1 + dense.degree()];
        powers[0][0] = 1;
        for (int j = 1; j < powers.length; j++) {
            for (int p = 0; p < dense.degree(); p++) {
                powers[j][p + 1] = dense.weight(j - 1, p);
            }
        }
        return new Interpolant(scheme.states(), c, arguments, powers);
    }

    /// x (1 − 3θ² + 2θ³) + x⁺ (3θ² − 2θ³) + h f(x) (θ − 2θ² + θ³) + h f(x⁺) (θ³ − θ²), with the sum that x⁺ is.
    private static Interpolant hermite(Scheme scheme) {
        int known = scheme.slots() + scheme.evaluations();
        double[] x = new double[scheme.slots()];
        x[0] = 1;
        double[] next = scheme.next(0);
        int atStart = scheme.tableau() != null && scheme.tableau().firstSameAsLast() ? 1 : slope(scheme, 0, x);
        int atEnd = slope(scheme, 1, next);
        int own = (atStart < 0 ? 1 : 0) + (atEnd < 0 ? 1 : 0);
        double[] c = new double[own];
        double[][] arguments = new double[own][];
        if (atStart < 0) {
            arguments[0] = Arrays.copyOf(x, known);
            atStart = known;
        }
        if (atEnd < 0) {
            c[own - 1] = 1;
            arguments[own - 1] = Arrays.copyOf(next, known + own - 1);
            atEnd = known + own - 1;
        }
        double[][] powers = new double[known + own][4];
        powers[0] = new double[] {1, 0, -3, 2};
        for (int j = 0; j < next.length; j++) {
            powers[j][2] += 3 * next[j];
            powers[j][3] -= 2 * next[j];
        }
        powers[atStart][1] += 1;
        powers[atStart][2] -= 2;
        powers[atStart][3] += 1;
        powers[atEnd][2] -= 1;
        powers[atEnd][3] += 1;
        return new Interpolant(scheme.states(), c, arguments, powers);
    }

    /// The source that is f where the step is at `node` and the state is this sum, or −1.
    private static int slope(Scheme scheme, double node, double[] state) {
        for (int i = 0; i < scheme.evaluations(); i++) {
            double[] row = scheme.argument(i);
            int length = Math.max(row.length, state.length);
            if (scheme.part(i) == Part.ALL
                    && scheme.c(i) == node
                    && Arrays.equals(Arrays.copyOf(row, length), Arrays.copyOf(state, length))) {
                return scheme.slots() + i;
            }
        }
        return -1;
    }

    /// How many evaluations of its own it makes.
    public int evaluations() {
        return c.length;
    }

    /// Where in the step own evaluation `e` is.
    public double c(int e) {
        return c[e];
    }

    /// The state of own evaluation `e`, over the sources before it.
    public Combination argument(int e) {
        boolean[] timesH = new boolean[arguments[e].length];
        Arrays.fill(timesH, states, timesH.length, true);
        return new Combination(arguments[e], timesH);
    }

    /// What source `j` counts in the state of own evaluation `e`, without h.
    public double argument(int e, int j) {
        return j < arguments[e].length ? arguments[e][j] : 0;
    }

    /// How many sources there are: slots, evaluations, own evaluations.
    public int sources() {
        return powers.length;
    }

    /// Does source `j` count times h?
    public boolean timesH(int j) {
        return j >= states;
    }

    /// The degree of the polynomials.
    public int degree() {
        return powers[0].length - 1;
    }

    /// What θᵖ counts in w_j.
    public double power(int j, int p) {
        return p < powers[j].length ? powers[j][p] : 0;
    }

    /// w_j(θ).
    public double weight(int j, double theta) {
        double w = 0;
        for (int p = powers[j].length - 1; p >= 0; p--) {
            w = w * theta + powers[j][p];
        }
        return w;
    }

    /// dw_j/dθ.
    public double slope(int j, double theta) {
        double w = 0;
        for (int p = powers[j].length - 1; p > 0; p--) {
            w = w * theta + p * powers[j][p];
        }
        return w;
    }
}
