package org.costate;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleFunction;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Device;
import org.costate.adjoint.Problem;
import org.costate.adjoint.Wishes;
import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.memory.MemoryBudgetException;
import org.costate.memory.Precision;
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
import org.costate.ode.StepListener;
import org.costate.ode.Stepper;

/// One solve: integrates and keeps what was asked for.
final class Solve {
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

    private final Setting setting;
    private final Buffer x0;
    private final Workspace part;
    /// Times to keep; none for every step.
    private final double[] times;

    /// How many samples step together.
    private final int rows;

    private final Trajectory kept;
    private final List<DenseOutput> dense = new ArrayList<>();

    /// @param x0 in any precision
    /// @param part memory of the call
    Solve(Setting setting, Buffer x0, Workspace part) {
        this.setting = setting;
        this.x0 = x0;
        this.part = part;
        times = setting.observed();
        rows = setting.solver.stepsPerSample() ? 1 : x0.rows();
        kept = new Trajectory(part, rows, x0.columns(), setting.precision);
    }

    /// @param theta flat, in any precision
    Solution run(Buffer theta) {
        Solution[] solved = new Solution[x0.rows() / rows];
        Buffer start = null;
        BoundDynamics field = null;
        Outcome notBegun = null;
        try {
            kept.reserve((long) solved.length * expected());
            start = Inputs.in(setting.precision, "x0", x0, part);
            Buffer flat = Inputs.in(setting.precision, "theta", theta, part);
            Solution there = onDevice(start, flat);
            if (there != null) {
                return there;
            }
            field = new Interruptible(setting.field().bind(part, rows, setting.precision, flat));
        } catch (MemoryBudgetException e) {
            notBegun = Outcome.memoryBudget(setting.t0, 0, e, ADVICE);
        }
        for (int i = 0; i < solved.length; i++) {
            if (notBegun != null) {
                solved[i] = start(i, notBegun);
                continue;
            }
            try (Workspace own = part.part()) {
                solved[i] = together(field, start.view((long) i * rows * x0.columns(), rows, x0.columns()), i, own);
            }
            notBegun = notBegunAfter(i, solved[i].outcome());
        }
        kept.give();
        dense.forEach(DenseOutput::given);
        return solved.length == 1 ? solved[0] : new Solution(solved, setting.observe != null);
    }

    /// Whole trajectories on a device; null if there is none, or each step must be seen here.
    private Solution onDevice(Buffer start, Buffer theta) {
        boolean inside = setting.wishes.interpolates() && setting.observe != null;
        if (setting.device == null || setting.dense || inside || !setting.listener.equals(StepListener.NONE)) {
            return null;
        }
        Problem problem = new Problem(
                setting.dynamics,
                setting.solver,
                setting.t0,
                setting.t1,
                start,
                theta,
                Cost.nothingAt(times),
                Wishes.NONE,
                part);
        Device.Solved solved = setting.device.solve(problem, setting.observe == null);
        if (solved == null) {
            return null;
        }
        Solution[] all = new Solution[x0.rows() / rows];
        for (int i = 0; i < all.length; i++) {
            long first = kept.size();
            for (int k = 0; k < solved.size(i); k++) {
                kept.add(solved.time(i, k), solved.state(i, k));
            }
            Outcome how = solved.outcome(i);
            all[i] = new Solution(
                    kept.from(first), how, solved.statistics(i), how.succeeded() ? solved.end(i) : null, null);
        }
        kept.give();
        return all.length == 1 ? all[0] : new Solution(all, setting.observe != null);
    }

    /// How many states will be kept of samples that step together; 0 if that is not known.
    private int expected() {
        return setting.observe != null
                ? times.length
                : setting.solver.steps() instanceof FixedSteps f ? f.count() + 1 : 0;
    }

    /// Is the state at this time to be kept?
    ///
    /// @param many have been
    private boolean keeps(double t, long many) {
        return setting.observe == null || (many < times.length && times[(int) many] == t);
    }

    /// Integrates some samples.
    ///
    /// @param row the first of them
    /// @param own memory for as long as that takes
    private Solution together(BoundDynamics field, Buffer start, int row, Workspace own) {
        long first = kept.size();
        Integrator run = null;
        DenseOutput between = null;
        LastStep inside = null;
        Outcome outcome;
        Offender.Naming naming = Offender.Naming.of("state", row);
        Stepper.Evaluator evaluator = (number, p, t, y, k) -> field.eval(p, t, y, k);
        try {
            run = new Integrator(field, setting.solver, setting.t0, setting.t1, setting.stops(), start, own)
                    .naming(naming);
            if (setting.dense) {
                between = new DenseOutput(run, evaluator, part, own);
                dense.add(between);
            }
            boolean interpolates = setting.wishes.interpolates() && setting.observe != null;
            inside = interpolates ? new LastStep(run, evaluator, own) : null;
            Buffer state = interpolates ? own.allocate(start.rows(), start.columns(), start.precision()) : null;
            int taken = 0;
            do {
                if (taken > 0 && setting.dense) { // first: what is kept can be asked for, whatever comes after
                    between.add();
                }
                if (taken > 0 && interpolates) {
                    inside.taken();
                    keepInside(inside, first, state, naming);
                }
                if (keeps(run.time(), kept.size() - first)) {
                    kept.add(run.time(), run.state());
                }
                if (taken > 0) {
                    setting.listener.accepted(row, taken - 1, run.time(), run.state());
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
        return new Solution(
                kept.from(first),
                outcome,
                statistics
                        .plusEvaluations(between == null ? 0 : between.evaluations())
                        .plusEvaluations(inside == null ? 0 : inside.evaluations()),
                outcome.succeeded() ? run.state().toMatrix() : null,
                between(between));
    }

    /// States inside of the last step, or at its end.
    ///
    /// @param first the number of the first state of these samples
    private void keepInside(LastStep step, long first, Buffer state, Offender.Naming naming) {
        for (int k = (int) (kept.size() - first); k < times.length && times[k] != setting.t1; k++) {
            if (!step.holds(times[k])) {
                return;
            }
            step.at(times[k], state, naming);
            kept.add(times[k], state);
        }
    }

    private double timeOf(Integrator run) {
        return run == null ? setting.t0 : run.time();
    }

    private static double stepOf(Integrator run) {
        return run == null ? 0 : run.stepSize();
    }

    /// x(t), for any thread; null if there is none.
    private DoubleFunction<double[][]> between(DenseOutput of) {
        if (of == null) {
            return null;
        }
        int columns = x0.columns();
        Precision precision = setting.precision;
        int samples = rows;
        return t -> {
            Buffer x = new Workspace().allocate(samples, columns, precision);
            synchronized (of) { // it moves views of its own
                of.at(t, x);
            }
            if (!Kernels.best().finite(x)) {
                throw new IllegalArgumentException("t: got " + t + ", where the interpolant is not finite, since the"
                        + " field is not at an end of the step there, expected a time of another step; take one of"
                        + " times(), or smaller steps");
            }
            return x.toMatrix();
        };
    }

    /// After a sample that was stopped from outside the others are not begun: how they ended. Null if they are.
    private Outcome notBegunAfter(int sample, Outcome how) {
        boolean stopped = how.kind() == Outcome.Kind.INTERRUPTED || how.kind() == Outcome.Kind.MEMORY_BUDGET;
        return stopped
                ? new Outcome(
                        how.kind(),
                        setting.t0,
                        0,
                        null,
                        "not begun at t = " + setting.t0 + ", since sample " + sample + " was stopped: "
                                + how.message())
                : null;
    }

    /// Samples that were not begun: where memory is not to blame, their start is kept.
    private Solution start(int sample, Outcome outcome) {
        long first = kept.size();
        if (outcome.kind() == Outcome.Kind.INTERRUPTED && keeps(setting.t0, 0)) {
            try {
                kept.add(setting.t0, x0.view((long) sample * x0.columns(), rows, x0.columns()));
            } catch (MemoryBudgetException e) {
                // then it is not kept; that the thread was interrupted says more
            }
        }
        return new Solution(kept.from(first), outcome, Statistics.NONE, null, null);
    }
}
