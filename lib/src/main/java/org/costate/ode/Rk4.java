package org.costate.ode;

/// Rk4: the classical method of Kutta.
///
/// Order 4, 4 evaluations a step. Error O(h⁴). The usual choice for smooth fields with fixed steps; no error
/// estimate. torchdiffeq's `rk4` is another method of order 4, [Kutta38].
///
/// Source: W. Kutta, Z. Math. Phys. 46, 1901, p. 443; Hairer, Nørsett, Wanner I, II.1, doi:10.1007/978-3-540-78862-1.
public final class Rk4 {
    /// The coefficients.
    public static final Tableau TABLEAU = new Tableau(
            "RK4",
            4,
            new double[] {0, 1.0 / 2, 1.0 / 2, 1},
            new double[][] {{}, {1.0 / 2}, {0, 1.0 / 2}, {0, 0, 1}},
            new double[] {1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6},
            "W. Kutta, Z. Math. Phys. 46, 1901, p. 443; Hairer, Nørsett, Wanner I, II.1, doi:10.1007/978-3-540-78862-1");

    private Rk4() {}

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
