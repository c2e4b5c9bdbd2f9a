package org.costate.ode;

import java.util.Arrays;
import java.util.stream.DoubleStream;
import org.costate.memory.Arguments;

/// Steps between times of the caller's. The first must be t0, the last t1. Times where the solve must stop split a
/// step in two.
public final class GivenSteps implements Steps {
    private final double[] times;

    /// @param times strictly increasing or strictly decreasing. Copied.
    /// @throws IllegalArgumentException naming the first pair that is out of order
    public GivenSteps(double... times) {
        this.times = Arguments.given("times", times, "give them from t0 to t1").clone();
        if (times.length < 2) {
            throw new IllegalArgumentException(
                    "times: got " + times.length + " of them, expected at least 2; the first is t0, the last t1");
        }
        boolean up = times[1] > times[0];
        for (int i = 0; i < times.length; i++) {
            if (!Double.isFinite(times[i]) || (i > 0 && (up ? times[i] <= times[i - 1] : times[i] >= times[i - 1]))) {
                throw new IllegalArgumentException("times: got " + times[i] + " as number " + i
                        + (i > 0 ? " after " + times[i - 1] : "")
                        + ", expected finite times in strict order; sort them and leave doubles out");
            }
        }
    }

    /// The part of this grid between two of its times or times between them, in the direction from the first to the
    /// second.
    public GivenSteps between(double from, double to) {
        double low = Math.min(from, to);
        double high = Math.max(from, to);
        double sign = to > from ? 1 : -1;
        double[] inside = DoubleStream.concat(
                        DoubleStream.of(from, to), Arrays.stream(times).filter(t -> t > low && t < high))
                .map(t -> t * sign)
                .sorted()
                .map(t -> t * sign)
                .toArray();
        return new GivenSteps(inside);
    }

    /// All of its times. Not to be modified.
    ///
    /// @throws IllegalArgumentException if it is not a grid of this span
    double[] over(double t0, double t1) {
        if (times[0] != t0 || times[times.length - 1] != t1) {
            throw new IllegalArgumentException("times: got a grid from " + times[0] + " to " + times[times.length - 1]
                    + ", expected one from t0 = " + t0 + " to t1 = " + t1 + "; set the span to the grid's ends");
        }
        return times;
    }

    @Override
    public String toString() {
        return "grid of " + (times.length - 1) + " steps";
    }
}
