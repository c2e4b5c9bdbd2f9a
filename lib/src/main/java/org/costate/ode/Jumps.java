package org.costate.ode;

import java.util.Arrays;

/// The times where a field jumps. Each step lies on one side of each of them, and so must its evaluations.
public final class Jumps {
    private final double[] times;

    public Jumps(double... times) {
        this.times = times.clone();
        Arrays.sort(this.times);
    }

    /// Is this the time of a jump?
    public boolean at(double t) {
        return times.length > 0 && Arrays.binarySearch(times, t) >= 0;
    }

    /// The time at which to evaluate for `t` in the step from `start` to `end`: t itself, but the next number inside
    /// of the step where t is a jump at one of its ends.
    public double inside(double t, double start, double end) {
        if (times.length == 0) {
            return t;
        }
        double low = Math.min(start, end);
        double high = Math.max(start, end);
        if (t <= low && at(low)) {
            return Math.nextUp(low);
        }
        return t >= high && at(high) ? Math.nextDown(high) : t;
    }
}
