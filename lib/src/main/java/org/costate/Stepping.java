package org.costate;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.costate.memory.Buffer;
import org.costate.memory.MemoryBudgetException;
import org.costate.memory.Workspace;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Integrator;
import org.costate.ode.Interruptible;
import org.costate.ode.Offender;
import org.costate.ode.Outcome;
import org.costate.ode.Statistics;
import org.costate.ode.StepListener;

/// A solve that is taken step by step: what happens between two steps is up to the caller.
///
/// ```java
/// try (Stepping s = ode.steps(x0, theta)) {
///     while (s.step()) {
///         System.out.println(s.time() + " " + s.state()[0][0]);
///     }
///     s.outcome().orThrow();
/// }
/// ```
///
/// Where samples have steps of their own, [#step()] takes one of each that is under way, and [#sample] has each with
/// its time, and steps it alone.
///
/// Memory: that of one step, of each sample if they have steps of their own, whatever the number of steps, until
/// it is closed. Not thread-safe: one solve, one thread at a time.
public final class Stepping implements AutoCloseable {
    /// Samples that step together.
    private static final class Run {
        private final Integrator integrator;
        private final StepListener listener;
        private final int row;
        private int taken;
        /// How it ended if not by the integrator.
        private Outcome failure;

        Run(Integrator integrator, StepListener listener, int row) {
            this.integrator = integrator;
            this.listener = listener;
            this.row = row;
        }

        boolean step() {
            try {
                if (failure != null || !integrator.step()) {
                    return false;
                }
            } catch (MemoryBudgetException e) {
                failure = Outcome.memoryBudget(
                        integrator.time(), integrator.stepSize(), e, "Allow more by ode.memoryBudget(bytes)");
                return false;
            }
            listener.accepted(row, taken, integrator.time(), integrator.state());
            taken++;
            return true;
        }

        Outcome outcome() {
            return failure != null ? failure : integrator.outcome();
        }
    }

    /// One of all samples, or one of each.
    private final Run[] runs;
    private final double direction;
    /// Null for one sample of others.
    private final Workspace part;

    /// What closes it: itself, but for one sample of others.
    private final Stepping whole;
    /// The sample that this is, of those of its run; −1 for all.
    private final int row;

    private boolean closed;

    private Stepping(Run[] runs, double direction, Workspace part) {
        this.runs = runs;
        this.direction = direction;
        this.part = part;
        whole = this;
        row = -1;
    }

    private Stepping(Stepping whole, Run run, int row) {
        runs = new Run[] {run};
        direction = whole.direction;
        part = null;
        this.whole = whole;
        this.row = row;
    }

    /// A solve that has not taken a step yet.
    static Stepping of(Setting setting, Buffer x0, Buffer theta) {
        double[] stops = setting.stops();
        Workspace part = setting.workspace.part(setting.budget);
        try {
            Buffer start = Inputs.in(setting.precision, "x0", x0, part);
            Buffer flat = Inputs.in(setting.precision, "theta", theta, part);
            int rows = setting.solver.stepsPerSample() ? 1 : x0.rows();
            int columns = x0.columns();
            BoundDynamics field = new Interruptible(setting.field().bind(part, rows, setting.precision, flat));
            Run[] runs = new Run[x0.rows() / rows];
            for (int i = 0; i < runs.length; i++) {
                Buffer from = start.view((long) i * rows * columns, rows, columns);
                Integrator run = new Integrator(field, setting.solver, setting.t0, setting.t1, stops, from, part)
                        .naming(Offender.Naming.of("state", i));
                var _ = run.state(); // takes its memory now, where it would only be known later that it does not fit
                runs[i] = new Run(run, setting.listener, i);
            }
            return new Stepping(runs, setting.t1 >= setting.t0 ? 1 : -1, part);
        } catch (RuntimeException e) {
            part.close();
            throw e instanceof MemoryBudgetException over ? setting.overBudget(over) : e;
        }
    }

    /// Takes one accepted step; of samples with steps of their own, one of each that has not ended.
    ///
    /// @return false if there was none to take: [#outcome()] says whether the end is reached, or what went wrong
    /// @throws IllegalStateException if it is closed
    public boolean step() {
        open();
        boolean taken = false;
        for (Run run : runs) {
            taken |= run.step();
        }
        return taken;
    }

    /// Sample number `sample` alone, a batch of one: its time, state, outcome and statistics. Its [#step()] is of
    /// this sample alone where it has steps of its own, else of all of them. It is closed with the whole, and
    /// only so.
    ///
    /// @throws IndexOutOfBoundsException if there is no such sample
    public Stepping sample(int sample) {
        int rows = row >= 0 ? 1 : runs[0].integrator.state().rows();
        if (sample < 0 || sample >= runs.length * rows) {
            throw new IndexOutOfBoundsException(
                    "sample: got " + sample + ", expected one below " + runs.length * rows + ", counted from 0");
        }
        return row >= 0 ? this : new Stepping(whole, runs[sample / rows], sample % rows);
    }

    /// The time that was reached, of samples with steps of their own by all of them.
    public double time() {
        return last().time();
    }

    /// The size of the last step, signed; 0 before the first. Of samples with steps of their own, that of the one
    /// that is behind all others.
    public double stepSize() {
        return last().stepSize();
    }

    /// The one that is behind all others, the first of them if there are several.
    private Integrator last() {
        Integrator last = runs[0].integrator;
        for (Run run : runs) {
            last = (last.time() - run.integrator.time()) * direction > 0 ? run.integrator : last;
        }
        return last;
    }

    /// The state that was reached, `[batch][dimension]`, of samples with steps of their own each at its time. A
    /// copy.
    ///
    /// @throws IllegalStateException if it is closed
    public double[][] state() {
        open();
        double[][] all = Arrays.stream(runs)
                .flatMap(run -> Arrays.stream(run.integrator.state().toMatrix()))
                .toArray(double[][]::new);
        return row >= 0 ? new double[][] {all[row]} : all;
    }

    /// What it cost so far.
    public Statistics statistics() {
        return Arrays.stream(runs).map(run -> run.integrator.statistics()).reduce(Statistics.NONE, Statistics::plus);
    }

    /// How it ended; null while it goes on. Of samples with steps of their own, how the first that went wrong
    /// did, when all have ended.
    public Outcome outcome() {
        List<Outcome> each =
                Arrays.stream(runs).map(Run::outcome).filter(Objects::nonNull).toList();
        return each.size() < runs.length ? null : runs.length == 1 ? each.getFirst() : Samples.outcome(each);
    }

    private void open() {
        if (whole.closed) {
            throw new IllegalStateException("steps: got a solve that is closed, expected an open one; begin another by"
                    + " ode.steps(x0, theta)");
        }
    }

    /// Gives its memory back. Closing twice does nothing.
    @Override
    public void close() {
        if (part != null) {
            closed = true;
            part.close();
        }
    }

    @Override
    public String toString() {
        return "Stepping[t = " + time() + ", "
                + (outcome() == null ? "under way" : outcome().kind()) + ", " + statistics() + "]";
    }
}
