package org.costate.kernels;

/// The normal distribution, by the rational Chebyshev approximations of W. J. Cody, "Rational Chebyshev approximations
/// for the error function", Math. Comp. 23 (1969), doi:10.1090/S0025-5718-1969-0247736-4, with the coefficients for
/// Φ itself of his function ANORM, "Algorithm 715: SPECFUN", ACM Trans. Math. Softw. 19 (1993),
/// doi:10.1145/151271.151273. Three forms of y = |x|, each good to 10⁻¹⁶:
///
/// | y up to | form | coefficients |
/// |---|---|---|
/// | 0.67448975 | Φ(x) = ½ + x R(x²) | A / B |
/// | √32 | Φ(−y) = exp(−y² / 2) R(y) | C / D |
/// | ∞ | Φ(−y) = exp(−y² / 2) (1 / √(2π) − R(1 / y²) / y²) / y | P / Q |
final class Normal {
    static final double CENTRE = 0.67448975;
    static final double FAR = 5.656854249492381; // √32
    static final double ROOT = 0.3989422804014327; // 1 / √(2π)

    /// Beyond this, Φ(−y) and φ(y) are 0 in both formats.
    static final double LIMIT = 40;

    static final double A0 = 2.2352520354606837;
    static final double A1 = 161.02823106855587;
    static final double A2 = 1067.6894854603709;
    static final double A3 = 18154.98125334356;
    static final double A4 = 0.06568233791820745;

    static final double B0 = 47.202581904688245;
    static final double B1 = 976.0985517377767;
    static final double B2 = 10260.932208618979;
    static final double B3 = 45507.78933502673;

    static final double C0 = 0.39894151208813466;
    static final double C1 = 8.883149794388377;
    static final double C2 = 93.50665613217785;
    static final double C3 = 597.2702763948002;
    static final double C4 = 2494.5375852903726;
    static final double C5 = 6848.190450536283;
    static final double C6 = 11602.65143764735;
    static final double C7 = 9842.714838383978;
    static final double C8 = 1.0765576773720192E-08;

    static final double D0 = 22.266688044328117;
    static final double D1 = 235.387901782625;
    static final double D2 = 1519.3775994075547;
    static final double D3 = 6485.558298266761;
    static final double D4 = 18615.571640885097;
    static final double D5 = 34900.95272114598;
    static final double D6 = 38912.00328609327;
    static final double D7 = 19685.429676859992;

    static final double P0 = 0.215898534057957;
    static final double P1 = 0.12740116116024736;
    static final double P2 = 0.022235277870649807;
    static final double P3 = 0.0014216191932278934;
    static final double P4 = 2.9112874951168793E-05;
    static final double P5 = 0.023073441764940174;

    static final double Q0 = 1.284260096144911;
    static final double Q1 = 0.4682382124808651;
    static final double Q2 = 0.06598813786892856;
    static final double Q3 = 0.0037823963320275824;
    static final double Q4 = 7.297515550839662E-05;

    private Normal() {}

    /// Φ(x).
    static double cdf(double x) {
        double y = Math.min(Math.abs(x), LIMIT);
        if (y <= CENTRE) {
            double z = y * y;
            double n = (((A4 * z + A0) * z + A1) * z + A2) * z + A3;
            double d = (((z + B0) * z + B1) * z + B2) * z + B3;
            return 0.5 + x * (n / d);
        }
        double tail;
        if (y <= FAR) {
            double n = C8 * y + C0;
            n = ((((((n * y + C1) * y + C2) * y + C3) * y + C4) * y + C5) * y + C6) * y + C7;
            double d = y + D0;
            d = ((((((d * y + D1) * y + D2) * y + D3) * y + D4) * y + D5) * y + D6) * y + D7;
            tail = n / d;
        } else {
            double z = 1 / (y * y);
            double n = ((((P5 * z + P0) * z + P1) * z + P2) * z + P3) * z + P4;
            double d = ((((z + Q0) * z + Q1) * z + Q2) * z + Q3) * z + Q4;
            tail = (ROOT - z * (n / d)) / y;
        }
        tail *= bell(y);
        return x > 0 ? 1 - tail : tail;
    }

    /// φ(x).
    static double density(double x) {
        return bell(Math.min(Math.abs(x), LIMIT)) * ROOT;
    }

    /// exp(−y² / 2). Rounding y² would lose digits where it is large, so with s = y rounded to a sixteenth,
    /// y² = s² + (y − s) (y + s), of which s² is exact.
    private static double bell(double y) {
        double s = Math.rint(y * 16) / 16;
        return Math.exp(-0.5 * s * s) * Math.exp(-0.5 * (y - s) * (y + s));
    }
}
