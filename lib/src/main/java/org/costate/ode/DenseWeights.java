package org.costate.ode;

import java.util.Arrays;

/// The interpolant of a Runge–Kutta method: x(t + θh) = x + h Σᵢ bᵢ(θ) kᵢ with bᵢ(θ) = Σₚ powers\[i\]\[p\] θᵖ⁺¹.
///
/// Stages beyond those of the step are evaluated only when dense output is asked for.
///
/// Arrays are not copied: for coefficients that stand in the file of a method.
final class DenseWeights {
    private final int order;
    private final double[] extraC;
    private final double[][] extraA;
    private final double[][] powers;

    /// @param order the order of the interpolant at every θ, checked
    /// @param extraC nodes of the extra stages
    /// @param extraA rows of the extra stages over all stages before
    /// @param powers one row a stage, extra stages included
    DenseWeights(int order, double[] extraC, double[][] extraA, double[][] powers) {
        this.order = order;
        this.extraC = extraC;
        this.extraA = extraA;
        this.powers = powers;
    }

    /// An interpolant on the stages of the step alone.
    static DenseWeights of(int order, double[][] powers) {
        return new DenseWeights(order, new double[0], new double[0][], powers);
    }

    /// Order, continuity at both ends, shapes.
    void check(Tableau tableau) {
        int s = tableau.stages();
        double[][] a = new double[s + extraA.length][];
        for (int i = 0; i < a.length; i++) {
            a[i] = i < s ? tableau.a(i) : extraA[i - s];
            double c = i < s ? tableau.c(i) : extraC[i - s];
            if (a[i].length != i || Math.abs(Arrays.stream(a[i]).sum() - c) > OrderConditions.TOLERANCE) {
                throw tableau.fault(
                        "row " + i + " of the dense output with " + a[i].length + " coefficients, of the sum "
                                + Arrays.stream(a[i]).sum() + ", expected " + i + " of the sum " + c);
            }
        }
        if (powers.length != a.length) {
            throw tableau.fault("an interpolant of " + powers.length + " rows, expected one a stage, " + a.length);
        }
        for (double theta : new double[] {0.21, 0.5, 0.83, 1}) {
            String broken = OrderConditions.firstBroken(a, at(theta), order, theta);
            if (broken != null) {
                throw tableau.fault("an interpolant that is not of order " + order + " at " + theta + ": " + broken);
            }
        }
        double[] end = at(1);
        for (int i = 0; i < end.length; i++) {
            double expected = i < s ? tableau.b()[i] : 0;
            if (Math.abs(end[i] - expected) > OrderConditions.TOLERANCE) {
                throw tableau.fault(
                        "an interpolant that ends with weight " + end[i] + " of stage " + i + ", expected " + expected);
            }
        }
    }

    /// bᵢ(θ).
    double[] at(double theta) {
        double[] b = new double[powers.length];
        for (int i = 0; i < b.length; i++) {
            for (int p = powers[i].length - 1; p >= 0; p--) {
                b[i] = (b[i] + powers[i][p]) * theta;
            }
        }
        return b;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof DenseWeights d
                && d.order == order
                && Arrays.equals(d.extraC, extraC)
                && Arrays.deepEquals(d.extraA, extraA)
                && Arrays.deepEquals(d.powers, powers);
    }

    @Override
    public int hashCode() {
        return Arrays.deepHashCode(powers);
    }

    int order() {
        return order;
    }

    int extraStages() {
        return extraA.length;
    }

    double extraC(int i) {
        return extraC[i];
    }

    double[] extraA(int i) {
        return extraA[i];
    }

    /// The degree of the polynomial.
    int degree() {
        return powers[0].length;
    }

    /// The weight of stage `i` in the coefficient of θᵖ⁺¹.
    double weight(int i, int p) {
        return powers[i][p];
    }
}
