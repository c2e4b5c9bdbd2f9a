package org.costate.ode;

/// Ralston: the method of order 2 with the smallest bound of the local error.
///
/// Order 2, 2 evaluations a step; the error estimate is that of Euler. Not for tight tolerances.
///
/// Source: A. Ralston, Math. Comp. 16, 1962, doi:10.1090/S0025-5718-1962-0150954-0.
public final class Ralston {
    /// The coefficients.
    public static final Tableau TABLEAU = new Tableau(
                    "Ralston",
                    2,
                    new double[] {0, 2.0 / 3},
                    new double[][] {{}, {2.0 / 3}},
                    new double[] {1.0 / 4, 3.0 / 4},
                    "A. Ralston, Math. Comp. 16, 1962, doi:10.1090/S0025-5718-1962-0150954-0")
            .withError(1, 1, 0);

    private Ralston() {}

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
