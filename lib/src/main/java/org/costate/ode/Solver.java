package org.costate.ode;

import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.costate.memory.Arguments;

/// A method and the steps it takes: `Rk4.steps(100)`, `Dopri5.tolerance(1e-7, 1e-9)`. Immutable.
///
/// @param maxSteps a solve that needs more, accepted and rejected, ends with [Outcome.Kind#STEP_LIMIT]
/// @param forced times where a step must end
/// @param jumps times where the field jumps: a step ends there, no evaluation mixes the two sides, and the next
///     step starts afresh
@SuppressWarnings("ArrayRecordComponent") // copied both ways, equal by content
public record Solver(Scheme scheme, Steps steps, long maxSteps, double[] forced, double[] jumps) {
    private static final long MANY = 10_000_000;

    public Solver {
        Arguments.given("scheme", scheme, "such as Rk4.TABLEAU.scheme()");
        Arguments.given("steps", steps, "such as new FixedSteps(100)");
        if (steps instanceof AdaptiveSteps && scheme.errors().length == 0) {
            throw new IllegalArgumentException(
                    "tolerance: got " + scheme.name() + ", expected a method with an error estimate to choose steps by;"
                            + " give it fixed steps, or take one that has it, such as Dopri5");
        }
        if (maxSteps < 1) {
            throw new IllegalArgumentException(
                    "maxSteps: got " + maxSteps + ", expected at least 1; leave it away for ten millions");
        }
        forced = checked("stopAt", forced);
        jumps = checked("jumpAt", jumps);
    }

    private static double[] checked(String name, double[] times) {
        for (double t : Arguments.given(name, times, "leave it away for none")) {
            if (!Double.isFinite(t)) {
                throw new IllegalArgumentException(
                        name + ": got " + t + ", expected finite times; those outside of the span do no harm");
            }
        }
        return times.clone();
    }

    static Solver of(Scheme scheme, Steps steps) {
        return new Solver(scheme, steps, MANY, new double[0], new double[0]);
    }

    @Override
    public double[] forced() {
        return forced.clone();
    }

    @Override
    public double[] jumps() {
        return jumps.clone();
    }

    /// At most this many steps, accepted and rejected.
    public Solver maxSteps(long most) {
        return new Solver(scheme, steps, most, forced, jumps);
    }

    /// A step must end at each of these times.
    public Solver stopAt(double... times) {
        return new Solver(scheme, steps, maxSteps, times, jumps);
    }

    /// The field jumps at these times.
    public Solver jumpAt(double... times) {
        return new Solver(scheme, steps, maxSteps, forced, times);
    }

    /// Each sample of a batch with steps of its own, chosen by its own error: its steps, result and gradient are
    /// those of a solve of it alone. Otherwise all take the same steps, by the mean of their errors.
    ///
    /// Samples are solved one after the other. Cost: the evaluations of each, one sample at a time; a gradient
    /// solves each once more, since the cost must see all ends first. Memory: that of one sample at a time,
    /// besides what is kept: a solve keeps (steps + 1) · (dimension + 1) numbers for each sample.
    ///
    /// Not to be used for batches through a net, where samples together take a fraction of the time, nor where
    /// all need about the same steps. It pays where a few need many more steps than the others, or where an
    /// answer must not depend on which samples are beside it.
    ///
    /// @throws IllegalStateException if the steps are not adaptive
    public Solver perSample() {
        return adaptive(a -> a.withPerSample(true));
    }

    /// Does each sample of a batch step by itself?
    public boolean stepsPerSample() {
        return steps instanceof AdaptiveSteps a && a.perSample();
    }

    /// Changes the control of adaptive steps: `Dopri5.tolerance(1e-6, 1e-8).adaptive(a -> a.withMax(0.1))`.
    ///
    /// @throws IllegalStateException if the steps are not adaptive
    public Solver adaptive(UnaryOperator<AdaptiveSteps> change) {
        Arguments.given("change", change, "such as a -> a.withMax(0.1)");
        if (!(steps instanceof AdaptiveSteps a)) {
            throw new IllegalStateException("steps: got " + steps + ", expected adaptive ones;"
                    + " write .tolerance(relative, absolute) in place of .steps(n)");
        }
        return new Solver(scheme, change.apply(a), maxSteps, forced, jumps);
    }

    /// The same steps with another method.
    Solver withScheme(Scheme other) {
        return new Solver(other, steps, maxSteps, forced, jumps);
    }

    /// The same steps with the method's rule for a running cost, where it is partitioned.
    public Solver withRunningCost() {
        return withScheme(scheme.withRunningCost());
    }

    /// The same method for a part of a span, with steps as long as those of the whole.
    ///
    /// @param t0 where the whole span begins
    /// @param from where the part begins, in either direction
    public Solver between(double t0, double t1, double from, double to) {
        if (steps instanceof FixedSteps f) {
            double share = Math.abs((to - from) / (t1 - t0)) * f.count();
            return withSteps(new FixedSteps((int) Math.max(1, Math.ceil(share - 1e-9))));
        }
        return steps instanceof GivenSteps g ? withSteps(g.between(from, to)) : this;
    }

    /// The same method with other steps.
    public Solver withSteps(Steps other) {
        return new Solver(scheme, other, maxSteps, forced, jumps);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Solver s
                && s.scheme.equals(scheme)
                && s.steps.equals(steps)
                && s.maxSteps == maxSteps
                && Arrays.equals(s.forced, forced)
                && Arrays.equals(s.jumps, jumps);
    }

    @Override
    public int hashCode() {
        return scheme.hashCode() * 31 + steps.hashCode();
    }

    @Override
    public String toString() {
        return scheme.name() + ", " + steps;
    }
}
