package org.costate;

import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Backprop;
import org.costate.adjoint.Cost;
import org.costate.adjoint.CostateListener;
import org.costate.adjoint.Gradient;
import org.costate.adjoint.Problem;
import org.costate.adjoint.ProgressListener;
import org.costate.adjoint.Wishes;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Dynamics;
import org.costate.ode.Integrator;
import org.costate.ode.Interruptible;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Parameters;
import org.costate.ode.Solver;
import org.costate.ode.StepListener;

/// An initial value problem dx/dt = f(t, x, θ) on a span of time, with a solver and a gradient mode.
///
/// ```java
/// Ode ode = Ode.of(f).span(0, 1).solver(Rk4.steps(100)).adjoint(Backsolve.defaults());
/// Solution s = ode.solve(x0, theta);
/// Gradient g = ode.gradient(x0, theta, Cost.sumOfSquares(target));
/// ```
///
/// Immutable: each method gives a new problem. May be shared by threads. Memory is kept from call to call and
/// counted by [#workspace()].
public final class Ode {
    private final Dynamics dynamics;
    private final double t0;
    private final double t1;
    private final Solver solver;
    private final Adjoint adjoint;
    private final Precision precision;
    private final Workspace workspace;
    private final Keep keep;

    /// What a solve keeps and tells.
    private record Keep(Solve.Observed observe, boolean dense, StepListener listener, Wishes wishes) {}

    private Ode(
            Dynamics dynamics,
            double t0,
            double t1,
            Solver solver,
            Adjoint adjoint,
            Precision precision,
            Workspace workspace,
            Keep keep) {
        this.dynamics = dynamics;
        this.t0 = t0;
        this.t1 = t1;
        this.solver = solver;
        this.adjoint = adjoint;
        this.precision = precision;
        this.workspace = workspace;
        this.keep = keep;
        refusePairs();
    }

    /// What cannot go together is said when it is put together.
    private void refusePairs() {
        if (solver != null && solver.scheme().partitioned() && !dynamics.partitioned()) {
            throw new IllegalArgumentException("solver: got " + solver.scheme().name() + ", expected a method for a"
                    + " field that is not split into positions and momenta, such as Rk4; or make the field by"
                    + " Trace.partitioned(positions, dq, dp)");
        }
        if (adjoint != null) {
            needVjp();
            if (solver != null) {
                adjoint.check(solver);
            }
        }
    }

    private void needVjp() {
        if (!dynamics.hasVjp()) {
            throw new IllegalArgumentException("dynamics: got a field without a vector-Jacobian product, expected one"
                    + " with it, which gradients need. Three ways out: write the field with expressions,"
                    + " Trace.dynamics(" + dynamics.dimension()
                    + ", (t, x, p) -> ...), and it is derived; give it by hand, Dynamics.of(dimension, layout, field,"
                    + " (t, x, p, a, gx, gp) -> ...); or estimate the gradient from differences of solve(...)");
        }
    }

    /// A problem with this field; span and solver are still to be given. Gradients by [Backprop], in float64, unless
    /// others are asked for.
    public static Ode of(Dynamics dynamics) {
        return new Ode(
                dynamics,
                Double.NaN,
                Double.NaN,
                null,
                null,
                Precision.FLOAT64,
                new Workspace(),
                new Keep(null, false, StepListener.NONE, Wishes.NONE));
    }

    /// From t0 to t1, in either direction, in the field's unit of time.
    ///
    /// @throws IllegalArgumentException if one of them is not finite
    public Ode span(double from, double to) {
        if (!Double.isFinite(from) || !Double.isFinite(to)) {
            throw new IllegalArgumentException("span: got " + from + " to " + to + ", expected two finite times");
        }
        return new Ode(dynamics, from, to, solver, adjoint, precision, workspace, keep);
    }

    /// With this method and these steps, such as `Rk4.steps(100)`.
    ///
    /// @throws IllegalArgumentException if the method is symplectic and the field is not partitioned, or if the
    ///     gradient mode that was asked for does not go with it
    public Ode solver(Solver newSolver) {
        return new Ode(dynamics, t0, t1, newSolver, adjoint, precision, workspace, keep);
    }

    /// With this gradient mode, such as `Backsolve.defaults()`.
    ///
    /// @throws IllegalArgumentException if the field has no vector–Jacobian product, or if the mode does not go
    ///     with the solver: [Reversible] with a method that is not, [Recompute] with other steps than those of
    ///     `Euler.steps(n)`
    public Ode adjoint(Adjoint newAdjoint) {
        return new Ode(dynamics, t0, t1, solver, newAdjoint, precision, workspace, keep);
    }

    /// With states, parameters and gradients computed in this precision. Time stays float64.
    public Ode precision(Precision newPrecision) {
        return new Ode(dynamics, t0, t1, solver, adjoint, newPrecision, workspace, keep);
    }

    /// [#solve] keeps the states at these times alone; steps end there.
    ///
    /// @param times strictly in the order of the span
    public Ode observe(double... times) {
        return keep(new Keep(new Solve.Observed(times.clone()), keep.dense, keep.listener, keep.wishes));
    }

    /// [#solve] keeps what [Solution#at] needs to tell the state at any time: some states more a step.
    public Ode dense() {
        return keep(new Keep(keep.observe, true, keep.listener, keep.wishes));
    }

    /// [#solve] tells of every accepted step, on the calling thread.
    public Ode listener(StepListener newListener) {
        return keep(new Keep(keep.observe, keep.dense, newListener, keep.wishes));
    }

    /// [#gradient] gives [Gradient#times()] too, the derivatives by t0, t1 and the observation times.
    public Ode timeGradients() {
        return wish(keep.wishes.withTimes());
    }

    /// [#gradient] keeps the costate a(t) = ∂C/∂x(t) after every step of the way back, for [Gradient#costate()].
    ///
    /// Memory: a state and a time for each step, counted. Not for samples with steps of their own.
    public Ode keepCostate() {
        return wish(keep.wishes.withCostate());
    }

    /// [#gradient] keeps the costate at these times alone. Steps end there: in the exact modes those of the solve, in
    /// the others those of the way back.
    ///
    /// @param times of the span, in any order
    /// @throws IllegalArgumentException if there are none, or one is not finite
    public Ode keepCostate(double... times) {
        return wish(keep.wishes.withCostate(times));
    }

    /// [#gradient] tells the costate on the way back, from t1 to t0, on the calling thread, and keeps nothing for it.
    /// Not for samples with steps of their own.
    public Ode costateListener(CostateListener newListener) {
        return wish(keep.wishes.withCostateListener(newListener));
    }

    /// [#gradient] tells how far it has come, on the calling thread.
    public Ode progress(ProgressListener newListener) {
        return wish(keep.wishes.withProgress(newListener));
    }

    private Ode wish(Wishes wishes) {
        return keep(new Keep(keep.observe, keep.dense, keep.listener, wishes));
    }

    private Ode keep(Keep newKeep) {
        return new Ode(dynamics, t0, t1, solver, adjoint, precision, workspace, newKeep);
    }

    /// The same problem with memory of its own and nothing beside the answer.
    Ode alone() {
        return new Ode(
                dynamics,
                t0,
                t1,
                solver,
                null,
                precision,
                new Workspace(),
                new Keep(null, false, StepListener.NONE, Wishes.NONE));
    }

    Solver solver() {
        return solver;
    }

    Precision precision() {
        return precision;
    }

    /// Where the memory of this problem comes from, with its counts of bytes.
    public Workspace workspace() {
        return workspace;
    }

    /// Integrates one sample and keeps the state after every step.
    public Solution solve(double[] x0, Parameters theta) {
        return solve(new double[][] {x0}, theta);
    }

    /// Integrates one sample of a field without parameters.
    public Solution solve(double... x0) {
        return solve(x0, new Parameters(ParameterLayout.EMPTY));
    }

    /// Integrates a batch, `[batch][dimension]`, and keeps the state after every step.
    ///
    /// Memory: (steps + 1) · batch · dimension numbers, and the method's stages.
    ///
    /// @return also when the solve goes wrong: its outcome says how, its states are those before
    public Solution solve(double[][] x0, Parameters theta) {
        return solve(toBuffer(x0), theta);
    }

    /// Integrates a batch, `[batch, dimension]`, and keeps the state after every step.
    ///
    /// @param x0 Not modified.
    public Solution solve(Buffer x0, Parameters theta) {
        check(x0, theta);
        try (Workspace part = workspace.part()) {
            return new Solve(
                            dynamics,
                            solver,
                            t0,
                            t1,
                            keep.observe,
                            keep.dense,
                            keep.listener,
                            toPrecision(x0, part),
                            toPrecision(theta.flat(), part),
                            part)
                    .run();
        }
    }

    /// Begins to integrate one sample, step by step in the caller's time.
    public Stepping steps(double[] x0, Parameters theta) {
        return steps(toBuffer(new double[][] {x0}), theta);
    }

    /// Begins to integrate a batch, `[batch][dimension]`, step by step in the caller's time.
    public Stepping steps(double[][] x0, Parameters theta) {
        return steps(toBuffer(x0), theta);
    }

    /// Begins to integrate a batch, `[batch, dimension]`, step by step in the caller's time. Steps end at the times of
    /// [#observe], too.
    ///
    /// @param x0 Not modified.
    /// @return to be closed
    /// @throws IllegalArgumentException if samples have steps of their own, and so no time in common
    public Stepping steps(Buffer x0, Parameters theta) {
        check(x0, theta);
        if (solver.stepsPerSample() && x0.rows() > 1) {
            throw new IllegalArgumentException("x0: got " + x0.rows() + " samples with steps of their own, expected"
                    + " one; begin each by itself, or leave .perSample() away");
        }
        double[] stops = keep.observe == null ? new double[0] : keep.observe.checked(t0, t1);
        Workspace part = workspace.part();
        try {
            Buffer flat = toPrecision(theta.flat(), part);
            BoundDynamics field = new Interruptible(dynamics.bind(part, x0.rows(), precision, flat));
            return new Stepping(
                    new Integrator(field, solver, t0, t1, stops, toPrecision(x0, part), part), keep.listener, part);
        } catch (RuntimeException e) {
            part.close();
            throw e;
        }
    }

    /// The gradient of a cost for one sample.
    public Gradient gradient(double[] x0, Parameters theta, Cost cost) {
        return gradient(new double[][] {x0}, theta, cost);
    }

    /// The gradient of a cost for a batch, `[batch][dimension]`.
    public Gradient gradient(double[][] x0, Parameters theta, Cost cost) {
        return gradient(toBuffer(x0), theta, cost);
    }

    /// The gradient of a cost by x0 and θ, for a batch, `[batch, dimension]`.
    ///
    /// @param x0 Not modified.
    /// @throws org.costate.ode.SolveException if a solve does not succeed, with time, step size and advice
    /// @throws IllegalArgumentException if the field has no vector–Jacobian product, with the ways out
    public Gradient gradient(Buffer x0, Parameters theta, Cost cost) {
        check(x0, theta);
        needVjp();
        Adjoint mode = adjoint == null ? Backprop.defaults() : adjoint;
        try (Workspace part = workspace.part()) {
            workspace.resetPeak();
            long before = workspace.liveBytes();
            Buffer start = toPrecision(x0, part);
            Buffer flat = toPrecision(theta.flat(), part);
            Gradient g = new Problem(dynamics, solver, t0, t1, start, flat, cost, keep.wishes, part).answer(mode);
            return g.withPeakBytes(workspace.peakBytes() - before);
        }
    }

    private void check(Buffer x0, Parameters theta) {
        if (Double.isNaN(t0)) {
            throw new IllegalStateException("span: not given; write .span(0, 1)");
        }
        if (solver == null) {
            throw new IllegalStateException("solver: not given; write .solver(Rk4.steps(100))");
        }
        if (x0.rows() < 1 || x0.columns() != dynamics.dimension()) {
            throw new IllegalArgumentException(
                    "x0: got " + x0.rows() + " x " + x0.columns() + ", expected one row a sample and "
                            + dynamics.dimension() + " columns, the dimension of the field");
        }
        if (!theta.layout().equals(dynamics.layout())) {
            throw new IllegalArgumentException("theta: got " + theta.layout() + ", expected " + dynamics.layout()
                    + "; make it by f.initialParameters(seed) or Parameters.of(f.layout(), values...)");
        }
        for (long i = 0; i < x0.size(); i++) {
            if (!Double.isFinite(x0.get(i))) {
                throw new IllegalArgumentException(
                        "x0: number " + i + " is " + x0.get(i) + ", expected finite numbers");
            }
        }
    }

    private static Buffer toBuffer(double[][] x0) {
        if (x0.length == 0) {
            throw new IllegalArgumentException("x0: got no rows, expected one for each sample");
        }
        Buffer b = new Workspace().allocate(x0.length, x0[0].length, Precision.FLOAT64);
        b.copyFrom(x0);
        return b;
    }

    private Buffer toPrecision(Buffer from, Workspace part) {
        if (from.precision() == precision) {
            return from;
        }
        Buffer to = part.allocate(from.rows(), from.columns(), precision);
        to.copyFrom(from);
        return to;
    }

    @Override
    public String toString() {
        return "Ode[dimension " + dynamics.dimension() + ", t = " + t0 + " to " + t1 + ", " + solver + ", "
                + (adjoint == null ? Backprop.defaults() : adjoint) + ", " + precision + "]";
    }
}
