package org.costate.ode;

/// Midpoint: a half step, then a whole one with the slope found there.
///
/// Order 2, 2 evaluations a step. Error O(h²).
///
/// Source: C. Runge, Math. Ann. 46, 1895, doi:10.1007/BF01446807.
public final class Midpoint {
    /// The coefficients.
    public static final Tableau TABLEAU = new Tableau(
            "Midpoint",
            2,
            new double[] {0, 1.0 / 2},
            new double[][] {{}, {1.0 / 2}},
            new double[] {0, 1},
            "C. Runge, Math. Ann. 46, 1895, doi:10.1007/BF01446807");

    private Midpoint() {}

    /// This method with `count` equal steps over the span.
    ///
    /// @throws IllegalArgumentException if count is below 1
    public static Solver steps(int count) {
        return new Solver(TABLEAU, new FixedSteps(count));
    }
}
