package org.costate.ode;

/// Dopri5: the pair of Dormand and Prince of orders 5 and 4.
///
/// Order 5, 6 evaluations a step (the seventh stage is the first of the next step), an interpolant of order 4. The
/// usual choice for tolerances from 1e-3 to 1e-8.
///
/// Source: J. R. Dormand, P. J. Prince, J. Comput. Appl. Math. 6, 1980, doi:10.1016/0771-050X(80)90013-3;
/// interpolant: L. F. Shampine, Math. Comp. 46, 1986, doi:10.2307/2008219.
public final class Dopri5 {
    /// The coefficients.
    public static final Tableau TABLEAU = new Tableau(
                    "Dormand-Prince 5",
                    5,
                    new double[] {0, 1.0 / 5, 3.0 / 10, 4.0 / 5, 8.0 / 9, 1, 1},
                    new double[][] {
                        {},
                        {1.0 / 5},
                        {3.0 / 40, 9.0 / 40},
                        {44.0 / 45, -56.0 / 15, 32.0 / 9},
                        {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
                        {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656},
                        {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84}
                    },
                    new double[] {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84, 0},
                    "J. R. Dormand, P. J. Prince, J. Comput. Appl. Math. 6, 1980, doi:10.1016/0771-050X(80)90013-3; interpolant: L. F. Shampine, Math. Comp. 46, 1986, doi:10.2307/2008219")
            .withError(4, 5179.0 / 57600, 0, 7571.0 / 16695, 393.0 / 640, -92097.0 / 339200, 187.0 / 2100, 1.0 / 40)
            .withDense(DenseWeights.of(4, new double[][] {
                {1, -8048581381.0 / 2820520608.0, 8663915743.0 / 2820520608.0, -12715105075.0 / 11282082432.0},
                {0, 0, 0, 0},
                {0, 131558114200.0 / 32700410799.0, -68118460800.0 / 10900136933.0, 87487479700.0 / 32700410799.0},
                {0, -1754552775.0 / 470086768.0, 14199869525.0 / 1410260304.0, -10690763975.0 / 1880347072.0},
                {0, 127303824393.0 / 49829197408.0, -318862633887.0 / 49829197408.0, 701980252875.0 / 199316789632.0},
                {0, -282668133.0 / 205662961.0, 2019193451.0 / 616988883.0, -1453857185.0 / 822651844.0},
                {0, 40617522.0 / 29380423.0, -110615467.0 / 29380423.0, 69997945.0 / 29380423.0}
            }));

    private Dopri5() {}

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
