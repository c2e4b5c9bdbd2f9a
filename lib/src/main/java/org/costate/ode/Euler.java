package org.costate.ode;

/// Euler: x⁺ = x + h f(t, x).
///
/// Order 1, one evaluation a step. Error O(h): for lessons, not for work; every other method here is cheaper for the
/// same error.
///
/// Source: L. Euler, Institutionum calculi integralis I, 1768; Hairer, Nørsett, Wanner I, II.1,
/// doi:10.1007/978-3-540-78862-1.
public final class Euler {
    /// The coefficients.
    public static final Tableau TABLEAU = new Tableau(
            "Euler",
            1,
            new double[] {0},
            new double[][] {{}},
            new double[] {1},
            "L. Euler, Institutionum calculi integralis I, 1768; Hairer, Nørsett, Wanner I, II.1, doi:10.1007/978-3-540-78862-1");

    private Euler() {}

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
