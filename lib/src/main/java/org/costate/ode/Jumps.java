package org.costate.ode;

import java.util.Arrays;
import org.costate.memory.Precision;

/// The times where a field jumps. Each step lies on one side of each of them, and so must its evaluations. Also in
/// float32, where a time is rounded, and the nearest float64 beside a jump would become the jump.
public final class Jumps {
    private final boolean wide;
    private final double[] times;

    /// @param precision what the field computes in
    public Jumps(Precision precision, double... times) {
        wide = precision == Precision.FLOAT64;
        this.times = times.clone();
        Arrays.sort(this.times);
    }

    /// Is this the time of a jump?
    public boolean at(double t) {
        return times.length > 0 && Arrays.binarySearch(times, t) >= 0;
    }

    /// No evaluation in the step from `start` to `end` may be before this: the next number inside of the step where it
    /// touches a jump.
    public double low(double start, double end) {
        double low = Math.min(start, end);
        return at(low) ? (wide ? Math.nextUp(low) : Math.nextUp((float) low)) : Double.NEGATIVE_INFINITY;
    }

    /// No evaluation in the step from `start` to `end` may be after this.
    public double high(double start, double end) {
        double high = Math.max(start, end);
        return at(high) ? (wide ? Math.nextDown(high) : Math.nextDown((float) high)) : Double.POSITIVE_INFINITY;
    }

    /// The time at which to evaluate for `t` in the step from `start` to `end`: t itself but beside a jump.
    public double inside(double t, double start, double end) {
        if (times.length == 0) {
            return t;
        }
        double low = low(start, end);
        double high = high(start, end);
        return t < low ? low : t > high ? high : t;
    }
}
