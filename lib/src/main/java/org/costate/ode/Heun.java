package org.costate.ode;

/// Heun: x⁺ = x + h/2 (k₁ + k₂), the explicit trapezoidal rule, with Euler for the error.
///
/// Order 2, 2 evaluations a step; its error estimate is that of Euler, so that adaptive steps are short. Not for
/// tight tolerances.
///
/// Source: K. Heun, Z. Math. Phys. 45, 1900, p. 23; Hairer, Nørsett, Wanner I, II.1, doi:10.1007/978-3-540-78862-1.
public final class Heun {
    /// The coefficients.
    public static final Tableau TABLEAU = new Tableau(
                    "Heun",
                    2,
                    new double[] {0, 1},
                    new double[][] {{}, {1}},
                    new double[] {1.0 / 2, 1.0 / 2},
                    "K. Heun, Z. Math. Phys. 45, 1900, p. 23; Hairer, Nørsett, Wanner I, II.1, doi:10.1007/978-3-540-78862-1")
            .withError(1, 1, 0);

    private Heun() {}

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

    /// This method with steps chosen so that the estimated error of each stays below absolute + relative · |x|.
    ///
    /// @throws IllegalArgumentException if a tolerance is negative, or both are 0
    public static Solver tolerance(double relative, double absolute) {
        return Solver.of(TABLEAU.scheme(), AdaptiveSteps.of(relative, absolute));
    }
}
