package org.costate;

import java.util.Arrays;
import java.util.Objects;
import org.costate.memory.Buffer;
import org.costate.memory.MemoryBudgetException;
import org.costate.memory.Workspace;
import org.costate.ode.BoundDynamics;
import org.costate.ode.DenseOutput;
import org.costate.ode.FixedSteps;
import org.costate.ode.Integrator;
import org.costate.ode.Interruptible;
import org.costate.ode.Interruption;
import org.costate.ode.LastStep;
import org.costate.ode.Offender;
import org.costate.ode.Outcome;
import org.costate.ode.SolveException;
import org.costate.ode.Statistics;

/// One solve: integrates and keeps what was asked for.
///
/// @param naming what a failure calls the numbers of the state
/// @param x0 in any precision
/// @param theta flat, in any precision
/// @param part memory of the call
record Solve(Setting setting, Offender.Naming naming, Buffer x0, Buffer theta, Workspace part) {
    private static final String ADVICE =
            "Keep fewer states by ode.observe(times), or allow more by ode.memoryBudget(bytes)";

    /// Times to keep.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Observed(double[] times) {
        /// These times.
        ///
        /// @throws IllegalArgumentException if a time is outside of the span, or they are not in its order
        double[] checked(double t0, double t1) {
            double direction = t1 >= t0 ? 1 : -1;
            for (int j = 0; j < times.length; j++) {
                boolean inside = (times[j] - t0) * direction >= 0 && (t1 - times[j]) * direction >= 0;
                if (!inside || (j > 0 && (times[j] - times[j - 1]) * direction <= 0)) {
                    throw new IllegalArgumentException("times: got " + times[j] + " as number " + j
                            + (j > 0 ? " after " + times[j - 1] : "") + ", expected times of the span, strictly in its"
                            + " order, from " + t0 + " to " + t1 + "; sort them, or make the span longer");
                }
            }
            return times;
        }
    }

    Solution run() {
        return setting.solver.stepsPerSample() && x0.rows() > 1 ? perSample() : together();
    }

    private Solution together() {
        double[] times = setting.observed();
        boolean every = setting.observe == null;
        boolean interpolates = setting.wishes.interpolates() && !every;
        Trajectory kept = new Trajectory(part, x0.rows(), x0.columns(), setting.precision);
        Integrator run = null;
        DenseOutput between = null;
        LastStep inside = null;
        Outcome outcome;
        try {
            kept.reserve(!every ? times.length : setting.solver.steps() instanceof FixedSteps f ? f.count() + 1 : 0);
            Buffer start = Inputs.in(setting.precision, "x0", x0, part);
            Buffer flat = Inputs.in(setting.precision, "theta", theta, part);
            BoundDynamics field = new Interruptible(setting.dynamics.bind(part, x0.rows(), setting.precision, flat));
            run = new Integrator(field, setting.solver, setting.t0, setting.t1, setting.stops(), start, part)
                    .naming(naming);
            between = setting.dense ? new DenseOutput(run, (number, p, t, y, k) -> field.eval(p, t, y, k), part) : null;
            inside = interpolates ? new LastStep(run, (number, p, t, y, k) -> field.eval(p, t, y, k), part) : null;
            Buffer state = interpolates ? part.allocate(start.rows(), start.columns(), start.precision()) : null;
            int taken = 0;
            do {
                if (taken > 0 && setting.dense) { // first: what is kept can be asked for, whatever comes after
                    between.add();
                }
                if (interpolates && taken > 0) {
                    inside.taken();
                    keepInside(inside, times, state, kept);
                }
                boolean wanted = every || (kept.size() < times.length && times[kept.size()] == run.time());
                if (wanted) {
                    kept.add(run.time(), run.state());
                }
                if (taken > 0) {
                    setting.listener.accepted(taken - 1, run.time(), run.state());
                }
                taken++;
            } while (run.step());
            outcome = run.outcome();
        } catch (Interruption e) {
            outcome = Outcome.interrupted(timeOf(run), stepOf(run));
        } catch (MemoryBudgetException e) {
            outcome = Outcome.memoryBudget(timeOf(run), stepOf(run), e, ADVICE);
        } catch (SolveException e) { // a state inside of a step that is not finite
            outcome = e.outcome();
        }
        Statistics statistics = run == null ? Statistics.NONE : run.statistics();
        kept.give();
        return new Solution(
                kept,
                outcome,
                statistics
                        .plusEvaluations(between == null ? 0 : between.evaluations())
                        .plusEvaluations(inside == null ? 0 : inside.evaluations()),
                outcome.succeeded() ? run.state().toMatrix() : null,
                between == null ? null : new DenseOutput[] {between.given()});
    }

    /// States inside of the last step, or at its end.
    private void keepInside(LastStep step, double[] times, Buffer state, Trajectory kept) {
        while (kept.size() < times.length && times[kept.size()] != setting.t1 && step.holds(times[kept.size()])) {
            double t = times[kept.size()];
            step.at(t, state, naming);
            kept.add(t, state);
        }
    }

    private double timeOf(Integrator run) {
        return run == null ? setting.t0 : run.time();
    }

    private static double stepOf(Integrator run) {
        return run == null ? 0 : run.stepSize();
    }

    /// Each sample with its own steps; kept at the observed times, or at both ends. Dense output is that of each.
    private Solution perSample() {
        double[] at = setting.observe != null
                ? setting.observed()
                : Arrays.stream(new double[] {setting.t0, setting.t1})
                        .distinct()
                        .toArray();
        int d = x0.columns();
        Trajectory kept = new Trajectory(part, x0.rows(), x0.columns(), setting.precision);
        Outcome outcome = null;
        int reached = at.length;
        double[][] end = new double[x0.rows()][];
        Statistics statistics = Statistics.NONE;
        DenseOutput[] between = setting.dense ? new DenseOutput[x0.rows()] : null;
        try {
            kept.reserve(at.length);
            for (double t : at) {
                kept.add(t, x0);
            }
        } catch (MemoryBudgetException e) {
            outcome = Outcome.memoryBudget(setting.t0, 0, e, ADVICE);
            reached = 0;
        }
        Setting alone = setting.copy();
        alone.solver = setting.solver.adaptive(s -> s.withPerSample(false));
        alone.observe = new Observed(at);
        int row = 0;
        for (; row < x0.rows() && (outcome == null || goesOn(outcome)); row++) {
            Solution one;
            try (Workspace own = part.part()) {
                Buffer start = x0.view((long) row * d, 1, d);
                Offender.Naming name = Offender.Naming.of("state", row);
                one = new Solve(alone, name, start, theta, own).run();
            }
            for (int j = 0; j < Math.min(reached, one.size()); j++) {
                kept.setRow(j, row, one.state(j)[0]);
            }
            Outcome how = one.outcome();
            end[row] = how.succeeded() ? one.end()[0] : null;
            reached = Math.min(reached, one.size());
            if (outcome == null || (outcome.succeeded() && !how.succeeded())) {
                outcome = how;
            }
            statistics = statistics.plus(one.statistics());
            if (setting.dense) {
                between[row] = one.between() == null ? null : one.between()[0];
            }
        }
        if (row < x0.rows()) { // those that were not begun reached the start alone
            reached = Math.min(reached, at.length > 0 && at[0] == setting.t0 ? 1 : 0);
        }
        kept.truncate(reached); // what all of them reached
        kept.give();
        return new Solution(kept, outcome, statistics, end, whole(between) ? between : null);
    }

    /// After a sample that was stopped from outside, the others are not begun.
    private static boolean goesOn(Outcome outcome) {
        return outcome.kind() != Outcome.Kind.INTERRUPTED && outcome.kind() != Outcome.Kind.MEMORY_BUDGET;
    }

    private static boolean whole(DenseOutput[] between) {
        return between != null && Arrays.stream(between).allMatch(Objects::nonNull);
    }
}
