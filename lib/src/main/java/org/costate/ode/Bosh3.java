package org.costate.ode;

/// Bosh3: the pair of Bogacki and Shampine of orders 3 and 2.
///
/// Order 3, 3 evaluations a step (the fourth stage is the first of the next step). For tolerances around 1e-3. Its
/// interpolant is cubic Hermite.
///
/// Source: P. Bogacki, L. F. Shampine, Appl. Math. Lett. 2, 1989, doi:10.1016/0893-9659(89)90079-7.
public final class Bosh3 {
    /// The coefficients.
    public static final Tableau TABLEAU = new Tableau(
                    "Bosh3",
                    3,
                    new double[] {0, 1.0 / 2, 3.0 / 4, 1},
                    new double[][] {{}, {1.0 / 2}, {0, 3.0 / 4}, {2.0 / 9, 1.0 / 3, 4.0 / 9}},
                    new double[] {2.0 / 9, 1.0 / 3, 4.0 / 9, 0},
                    "P. Bogacki, L. F. Shampine, Appl. Math. Lett. 2, 1989, doi:10.1016/0893-9659(89)90079-7")
            .withError(2, 7.0 / 24, 1.0 / 4, 1.0 / 3, 1.0 / 8);

    private Bosh3() {}

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
