package org.costate.ode;

/// The PID controller of [AdaptiveSteps]: what a step's error means for its acceptance and for the next step's size.
final class Controller {
    private static final double SAFETY = 0.9;
    private static final double SHRINK = 0.2;
    private static final double GROW = 10;

    private final double[] beta;
    private double before = 1;
    private double beforeThat = 1;
    private boolean rejected;

    Controller(AdaptiveSteps steps, int errorOrder) {
        double k = errorOrder + 1.0;
        double p = steps.proportional();
        double d = steps.derivative();
        beta = new double[] {(p + steps.integral() + d) / k, -(p + 2 * d) / k, d / k};
    }

    /// The factor for the next step's size after an error; below 1 for a step that must be tried again.
    double factor(double error, boolean accepted) {
        double r = 1 / Math.max(error, 1e-10);
        double factor = SAFETY * Math.pow(r, beta[0]);
        if (beta[1] != 0) {
            factor *= Math.pow(before, beta[1]);
        }
        if (beta[2] != 0) {
            factor *= Math.pow(beforeThat, beta[2]);
        }
        factor = Math.max(SHRINK, Math.min(GROW, factor));
        if (accepted) {
            beforeThat = before;
            before = r;
            factor = rejected ? Math.min(1, factor) : factor;
        } else {
            factor = Math.min(SAFETY, factor);
        }
        rejected = !accepted;
        return factor;
    }

    /// Hairer's first step from two slopes: one that an Euler step would make small against the tolerance.
    ///
    /// @param d0 ‖x0‖ scaled
    /// @param d1 ‖f(x0)‖ scaled
    static double firstGuess(double d0, double d1) {
        return d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : 0.01 * d0 / d1;
    }

    /// The same with the change d2 of the slope over the guess.
    static double first(double guess, double d1, double d2, int order) {
        double largest = Math.max(d1, d2);
        double h = largest <= 1e-15 ? Math.max(1e-6, guess * 1e-3) : Math.pow(0.01 / largest, 1.0 / (order + 1));
        return Math.min(100 * guess, h);
    }
}
