package org.costate.adjoint;

import java.util.Arrays;
import org.costate.memory.Arguments;

/// What is wanted of a gradient besides ∂C/∂x0 and ∂C/∂θ, and how observations are made. Immutable.
public final class Wishes {
    /// Nothing more.
    public static final Wishes NONE = new Wishes(false, false, null, null, ProgressListener.NONE, false);

    private final boolean times;
    private final boolean keeps;
    private final double[] costateTimes;
    private final CostateListener costateListener;
    private final ProgressListener progress;
    private final boolean interpolates;

    private Wishes(
            boolean times,
            boolean keeps,
            double[] costateTimes,
            CostateListener costateListener,
            ProgressListener progress,
            boolean interpolates) {
        this.times = times;
        this.keeps = keeps;
        this.costateTimes = costateTimes;
        this.costateListener = costateListener;
        this.progress = progress;
        this.interpolates = interpolates;
    }

    /// Derivatives by t0, t1 and the observation times, too.
    public Wishes withTimes() {
        return new Wishes(true, keeps, costateTimes, costateListener, progress, interpolates);
    }

    /// The costate after every step of the way back, too.
    public Wishes withCostate() {
        return new Wishes(times, true, null, costateListener, progress, interpolates);
    }

    /// The costate at these times, too.
    ///
    /// @throws IllegalArgumentException if there are none, or if one is not finite
    public Wishes withCostate(double... at) {
        Arguments.given("costate times", at, "give times of the span; for all steps write keepCostate()");
        if (at.length == 0 || !Arrays.stream(at).allMatch(Double::isFinite)) {
            throw new IllegalArgumentException("costate times: got " + Arrays.toString(at)
                    + ", expected finite times, at least one; for all steps write keepCostate()");
        }
        return new Wishes(
                times, true, Arrays.stream(at).sorted().distinct().toArray(), costateListener, progress, interpolates);
    }

    /// The costate told step by step, too.
    public Wishes withCostateListener(CostateListener listener) {
        return new Wishes(times, keeps, costateTimes, listener, progress, interpolates);
    }

    /// How far it has come, told step by step.
    public Wishes withProgress(ProgressListener listener) {
        return new Wishes(times, keeps, costateTimes, costateListener, listener, interpolates);
    }

    /// Observations without steps that end there.
    public Wishes withInterpolation() {
        return new Wishes(times, keeps, costateTimes, costateListener, progress, true);
    }

    /// Do steps not end at observation times?
    public boolean interpolates() {
        return interpolates;
    }

    boolean times() {
        return times;
    }

    boolean costate() {
        return keeps || costateListener != null;
    }

    boolean keepsCostate() {
        return keeps;
    }

    /// Where it is wanted, in increasing order; null for every step.
    double[] costateTimes() {
        return costateTimes;
    }

    CostateListener costateListener() {
        return costateListener;
    }

    ProgressListener progress() {
        return progress;
    }
}
