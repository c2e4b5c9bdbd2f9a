package org.costate;

import org.costate.memory.Buffer;
import org.costate.memory.MemoryBudgetException;
import org.costate.memory.Workspace;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Integrator;
import org.costate.ode.Interruptible;
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
/// Memory: that of one step, whatever the number of steps, until it is closed. Not thread-safe: one solve, one
/// thread at a time.
public final class Stepping implements AutoCloseable {
    private final Integrator run;
    private final StepListener listener;
    private final Workspace part;
    private int taken;
    private boolean closed;
    /// How it ended if not by the integrator.
    private Outcome failure;

    private Stepping(Integrator run, StepListener listener, Workspace part) {
        this.run = run;
        this.listener = listener;
        this.part = part;
    }

    /// A solve that has not taken a step yet.
    static Stepping of(Setting setting, Buffer x0, Buffer theta) {
        if (setting.solver.stepsPerSample() && x0.rows() > 1) {
            throw new IllegalArgumentException("x0: got " + x0.rows() + " samples with steps of their own, expected"
                    + " one; begin each by itself, or leave .perSample() away");
        }
        double[] stops = setting.stops();
        Workspace part = setting.workspace.part(setting.budget);
        try {
            Buffer start = Inputs.in(setting.precision, "x0", x0, part);
            Buffer flat = Inputs.in(setting.precision, "theta", theta, part);
            BoundDynamics field = new Interruptible(setting.dynamics.bind(part, x0.rows(), setting.precision, flat));
            Integrator run = new Integrator(field, setting.solver, setting.t0, setting.t1, stops, start, part);
            var _ = run.state(); // takes its memory now, where it would only be known later that it does not fit
            return new Stepping(run, setting.listener, part);
        } catch (RuntimeException e) {
            part.close();
            throw e instanceof MemoryBudgetException over ? setting.overBudget(over) : e;
        }
    }

    /// Takes one accepted step.
    ///
    /// @return false if there was none to take: [#outcome()] says whether the end is reached, or what went wrong
    /// @throws IllegalStateException if it is closed
    public boolean step() {
        open();
        try {
            if (failure != null || !run.step()) {
                return false;
            }
        } catch (MemoryBudgetException e) {
            failure = Outcome.memoryBudget(run.time(), run.stepSize(), e, "Allow more by ode.memoryBudget(bytes)");
            return false;
        }
        listener.accepted(taken, run.time(), run.state());
        taken++;
        return true;
    }

    /// The time that was reached.
    public double time() {
        return run.time();
    }

    /// The size of the last step, signed; 0 before the first.
    public double stepSize() {
        return run.stepSize();
    }

    /// The state that was reached, `[batch][dimension]`. A copy.
    ///
    /// @throws IllegalStateException if it is closed
    public double[][] state() {
        open();
        return run.state().toMatrix();
    }

    /// What it cost so far.
    public Statistics statistics() {
        return run.statistics();
    }

    /// How it ended; null while it goes on.
    public Outcome outcome() {
        return failure != null ? failure : run.outcome();
    }

    private void open() {
        if (closed) {
            throw new IllegalStateException("steps: got a solve that is closed, expected an open one; begin another by"
                    + " ode.steps(x0, theta)");
        }
    }

    /// Gives its memory back. Closing twice does nothing.
    @Override
    public void close() {
        closed = true;
        part.close();
    }

    @Override
    public String toString() {
        return "Stepping[t = " + time() + ", "
                + (outcome() == null ? "under way" : outcome().kind()) + ", " + statistics() + "]";
    }
}
