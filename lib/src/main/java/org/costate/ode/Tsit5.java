package org.costate.ode;

/// Tsit5: the pair of Tsitouras of orders 5 and 4.
///
/// Order 5, 6 evaluations a step (the seventh stage is the first of the next step), an interpolant of order 4.
/// Somewhat more accurate than [Dopri5] for the same work.
///
/// Source: Ch. Tsitouras, Comput. Math. Appl. 62, 2011, doi:10.1016/j.camwa.2011.06.002.
public final class Tsit5 {
    /// The coefficients.
    public static final Tableau TABLEAU = new Tableau(
                    "Tsitouras 5",
                    5,
                    new double[] {0, 0.161, 0.327, 0.9, 0.9800255409045097, 1, 1},
                    new double[][] {
                        {},
                        {0.161},
                        {-0.008480655492356989, 0.335480655492357},
                        {2.8971530571054935, -6.359448489975075, 4.3622954328695815},
                        {5.325864828439257, -11.748883564062828, 7.4955393428898365, -0.09249506636175525},
                        {
                            5.86145544294642,
                            -12.92096931784711,
                            8.159367898576159,
                            -0.071584973281401,
                            -0.028269050394068383
                        },
                        {
                            0.09646076681806523,
                            0.01,
                            0.4798896504144996,
                            1.379008574103742,
                            -3.290069515436081,
                            2.324710524099774
                        }
                    },
                    new double[] {
                        0.09646076681806523,
                        0.01,
                        0.4798896504144996,
                        1.379008574103742,
                        -3.290069515436081,
                        2.324710524099774,
                        0
                    },
                    "Ch. Tsitouras, Comput. Math. Appl. 62, 2011, doi:10.1016/j.camwa.2011.06.002")
            .withError(
                    4,
                    0.09824077787029101,
                    0.010816434459656746,
                    0.4720087724042376,
                    1.5237195812770048,
                    -3.872426680888636,
                    2.782792630028961,
                    -0.015151515151515152)
            .withDense(DenseWeights.of(4, new double[][] {
                {1.0, -2.763706197274826, 2.9132554618219126, -1.0530884977290216},
                {0.0, 0.13169999999999998, -0.2234, 0.1017},
                {0.0, 3.9302962368947516, -5.941033872131505, 2.490627285651253},
                {0.0, -12.411077166933676, 30.33818863028232, -16.548102889244902},
                {0.0, 37.50931341651104, -88.1789048947664, 47.37952196281928},
                {0.0, -27.896526289197286, 65.09189467479366, -34.87065786149661},
                {0.0, 1.5, -4.0, 2.5}
            }));

    private Tsit5() {}

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
