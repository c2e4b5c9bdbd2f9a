package org.costate.workbook;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// Answers to an exercise of lesson 10: the gradient of Euler steps with some of the post's slips, compiled and as
/// text.
final class SlippedSteps {
    /// What is wrong.
    enum Slip {
        /// The field is told the index of a step for the time (C12).
        INDEX,
        /// The derivatives of a step are taken where it ends (C17).
        LATER,
        /// One term in place of the sum (C26).
        LAST,
        /// 1 − J Δt (C53).
        MINUS
    }

    private SlippedSteps() {}

    static Lesson10.Steps with(Slip... slips) {
        Set<Slip> set = set(slips);
        return (theta, x, y, dt) -> slope(theta, x, y, dt, set);
    }

    private static Set<Slip> set(Slip... slips) {
        Set<Slip> set = EnumSet.noneOf(Slip.class);
        set.addAll(List.of(slips));
        return set;
    }

    /// x₀ … xₙ of Euler steps.
    static double[] states(double theta, double x0, double dt, int n) {
        double[] x = new double[n + 1];
        x[0] = x0;
        for (int k = 0; k < n; k++) {
            x[k + 1] = x[k] + theta * Math.sin(x[k] + k * dt) * dt;
        }
        return x;
    }

    private static double slope(double theta, double[] x, double y, double dt, Set<Slip> slips) {
        double g = 2 * (x[x.length - 1] - y);
        double sum = 0;
        for (int k = x.length - 1; k >= 1; k--) {
            int at = slips.contains(Slip.LATER) ? k : k - 1;
            double phase = x[at] + at * (slips.contains(Slip.INDEX) ? 1 : dt);
            sum = (slips.contains(Slip.LAST) ? 0 : sum) + g * Math.sin(phase) * dt;
            g *= 1 + (slips.contains(Slip.MINUS) ? -1 : 1) * theta * Math.cos(phase) * dt;
        }
        return sum;
    }

    /// The same as a reader writes it.
    ///
    /// @param result what is returned
    static String text(String result, Slip... slips) {
        Set<Slip> set = set(slips);
        String at = set.contains(Slip.LATER) ? "k" : "(k - 1)";
        String phase = "x[" + (set.contains(Slip.LATER) ? "k" : "k - 1") + "] + " + at
                + (set.contains(Slip.INDEX) ? "" : " * dt");
        return """
                {
                    double g = 2 * (x[x.length - 1] - y), sum = 0;
                    for (int k = x.length - 1; k >= 1; k--) {
                        sum %s g * Math.sin(%s) * dt;
                        g *= 1 %s theta * Math.cos(%s) * dt;
                    }
                    return %s;
                }""".formatted(
                set.contains(Slip.LAST) ? "=" : "+=", phase, set.contains(Slip.MINUS) ? "-" : "+", phase, result);
    }
}
