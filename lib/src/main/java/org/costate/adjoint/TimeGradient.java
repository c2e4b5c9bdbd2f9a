package org.costate.adjoint;

import java.util.Arrays;
import org.costate.ode.FixedSteps;
import org.costate.ode.Outcome;

/// ∂C/∂t0, ∂C/∂t1 and ∂C/∂τ of the observation times.
///
/// In the exact modes what comes back to a node of the grid goes to the time that the node moves with: the ends,
/// an observation, or, with a fixed count of steps, to both ends in proportion; nodes of adaptive and given grids,
/// and times where a step must end, stand still. Where observations are interpolated, no node moves with them: they
/// move within their step, and that step moves about them. Over a span of no length, ∂C/∂t1 = a · f, with the running
/// cost, = −∂C/∂t0.
///
/// Arrays are copied on the way out.
public final class TimeGradient {
    private final Progress progress;
    private final double t0;
    private final double t1;
    private final boolean proportional;
    private final boolean interpolates;
    private final double[] times;
    private final double[] byTime;
    /// Nodes that do not move with the ends.
    private final double[] standing;
    private double byT0;
    private double byT1;

    TimeGradient(Problem problem, double[] observations) {
        progress = problem.progress();
        t0 = problem.t0();
        t1 = problem.t1();
        proportional = problem.solver().steps() instanceof FixedSteps;
        interpolates = problem.interpolates();
        times = Arrays.stream(observations).filter(t -> t != t0 && t != t1).toArray();
        byTime = new double[times.length];
        standing = problem.stops();
    }

    /// What came back to the node at this time.
    void add(double t, double gradient) {
        boolean inside = t != t0 && t != t1;
        if (!(inside && interpolates) && addTime(t, gradient)) {
            return;
        }
        refuseNonFinite(t, gradient);
        if (proportional && !stands(t)) {
            double share = (t - t0) / (t1 - t0);
            byT0 += (1 - share) * gradient;
            byT1 += share * gradient;
        }
    }

    /// What came back to this time itself.
    ///
    /// @return is it an end or an observation?
    boolean addTime(double t, double gradient) {
        refuseNonFinite(t, gradient);
        if (t == t1) {
            byT1 += gradient;
            return true;
        }
        if (t == t0) {
            byT0 += gradient;
            return true;
        }
        for (int j = 0; j < times.length; j++) {
            if (times[j] == t) {
                byTime[j] += gradient;
                return true;
            }
        }
        return false;
    }

    private void refuseNonFinite(double t, double gradient) {
        if (!Double.isFinite(gradient)) {
            String what = "the derivative by the time of the node at " + t + ", " + gradient + ",";
            Outcome.nonFiniteDerivative(t, progress.stepSize(), what, null).orThrow();
        }
    }

    /// The rate of the cost with the state that both ends of a span of no length move: t1 forward, t0 backward.
    ///
    /// @param rate a · f
    void addPoint(double rate) {
        add(t1, rate);
        byT0 -= rate;
    }

    private boolean stands(double t) {
        for (double s : standing) {
            if (s == t) {
                return true;
            }
        }
        return false;
    }

    /// The sum with those of the same times.
    void add(TimeGradient other) {
        byT0 += other.byT0;
        byT1 += other.byT1;
        for (int j = 0; j < byTime.length; j++) {
            byTime[j] += other.byTime[j];
        }
    }

    /// ∂C/∂t0.
    public double t0() {
        return byT0;
    }

    /// ∂C/∂t1.
    public double t1() {
        return byT1;
    }

    /// The observation times inside of the span, in the order of the solve.
    public double[] observations() {
        return times.clone();
    }

    /// ∂C/∂τ for each of them.
    public double[] byObservation() {
        return byTime.clone();
    }

    @Override
    public String toString() {
        return "TimeGradient[t0 " + byT0 + ", t1 " + byT1 + ", " + times.length + " observations]";
    }
}
