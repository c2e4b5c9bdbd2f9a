package org.costate.ode;

/// aᵀ ∂f/∂t of a field that gives f alone, by differences.
///
/// Central ones over ±h, h = ∛ε · max(1, |t|). Where those over h and h / 2 disagree, the field jumps
/// nearby: then one-sided ones of second order, to the side on which they agree, which is that of the step.
///
/// Cost: four differences of f; eight more beside a jump. Error: about ε^⅔ relative to f and its third
/// derivative.
///
/// Source: W. H. Press et al., Numerical Recipes, 2007, 5.7, doi:10.5555/1403886.
final class TimeDifference {
    /// Smooth fields agree to about h².
    private static final double AGREEMENT = 1e-3;

    /// aᵀ (f(later) − f(earlier)).
    @FunctionalInterface
    interface Difference {
        double between(double later, double earlier);
    }

    private TimeDifference() {}

    /// @param unitRoundoff of f
    static double of(Difference f, double t, double unitRoundoff) {
        double h = Math.cbrt(2 * unitRoundoff) * Math.max(1, Math.abs(t));
        double wide = f.between(t + h, t - h) / (2 * h);
        double narrow = f.between(t + h / 2, t - h / 2) / h;
        if (Math.abs(wide - narrow) <= AGREEMENT * Math.max(Math.abs(wide), Math.abs(narrow))) {
            return wide;
        }
        double ahead = oneSided(f, t, h);
        double behind = oneSided(f, t, -h);
        double aheadOff = Math.abs(ahead - oneSided(f, t, h / 2));
        double behindOff = Math.abs(behind - oneSided(f, t, -h / 2));
        return aheadOff < behindOff ? ahead : behind;
    }

    private static double oneSided(Difference f, double t, double h) {
        return (4 * f.between(t + h, t) - f.between(t + 2 * h, t)) / (2 * h);
    }
}
