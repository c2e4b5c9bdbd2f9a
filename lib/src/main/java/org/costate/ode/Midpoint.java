package org.costate.ode;

/// Midpoint: x⁺ = x + h f(t + h/2, x + h/2 f(t, x)).
///
/// Order 2, 2 evaluations a step. Error O(h²). For coarse, quick solves; no error estimate worth its name.
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
        return Solver.of(TABLEAU.scheme(), new FixedSteps(count));
    }

    /// This method on a grid of the caller's.
    ///
    /// @param times from t0 to t1, strictly monotone
    public static Solver grid(double... times) {
        return Solver.of(TABLEAU.scheme(), new GivenSteps(times));
    }
}
