package org.costate;

import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Backprop;
import org.costate.adjoint.Device;
import org.costate.adjoint.Wishes;
import org.costate.memory.MemoryBudgetException;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.Dynamics;
import org.costate.ode.Outcome;
import org.costate.ode.SolveException;
import org.costate.ode.Solver;
import org.costate.ode.StepListener;

/// All that an [Ode] was told. Written before the Ode is made, and never again.
final class Setting {
    Dynamics dynamics;
    /// NaN until they are given.
    double t0 = Double.NaN;

    double t1 = Double.NaN;
    /// Null until it is given.
    Solver solver;
    /// Null for the one that is taken unless another is asked for.
    Adjoint adjoint;

    /// Null for here.
    Device device;

    Precision precision = Precision.FLOAT64;
    Workspace workspace = new Workspace();
    /// Null for every step.
    Solve.Observed observe;

    boolean dense;
    StepListener listener = StepListener.NONE;
    Wishes wishes = Wishes.NONE;
    long budget = Long.MAX_VALUE;

    Setting copy() {
        Setting copy = new Setting();
        copy.dynamics = dynamics;
        copy.t0 = t0;
        copy.t1 = t1;
        copy.solver = solver;
        copy.adjoint = adjoint;
        copy.device = device;
        copy.precision = precision;
        copy.workspace = workspace;
        copy.observe = observe;
        copy.dense = dense;
        copy.listener = listener;
        copy.wishes = wishes;
        copy.budget = budget;
        return copy;
    }

    /// The field, where it is evaluated.
    Dynamics field() {
        return device == null ? dynamics : device.dynamics(dynamics);
    }

    Adjoint plainMode() {
        return adjoint == null ? Backprop.defaults() : adjoint;
    }

    Adjoint mode() {
        Adjoint mode = plainMode();
        return device == null ? mode : device.adjoint(mode);
    }

    /// What cannot go together is said when it is put together.
    void refusePairs() {
        if (solver != null && solver.scheme().partitioned() && !dynamics.partitioned()) {
            throw new IllegalArgumentException("solver: got " + solver.scheme().name() + ", expected a method for a"
                    + " field that is not split into positions and momenta; take one such as Rk4, or make the field by"
                    + " Trace.partitioned(positions, dq, dp)");
        }
        if (adjoint != null) {
            needVjp();
            if (solver != null) {
                adjoint.check(solver);
            }
        }
        if (device != null) {
            device.check(dynamics, solver, adjoint, precision);
        }
    }

    void needVjp() {
        if (!dynamics.hasVjp()) {
            throw new IllegalArgumentException("dynamics: got a field without a vector-Jacobian product, expected one"
                    + " with it, which gradients need. Three ways out: write the field with expressions,"
                    + " Trace.dynamics(" + dynamics.dimension()
                    + ", (t, x, p) -> ...), and it is derived; give it by hand, Dynamics.of(dimension, layout, field,"
                    + " (t, x, p, a, gx, gp) -> ...); or estimate the gradient from differences of solve(...)");
        }
    }

    /// A call needs both.
    void needSpanAndSolver() {
        if (Double.isNaN(t0)) {
            throw new IllegalStateException("span: got none, expected two times; write .span(0, 1)");
        }
        if (solver == null) {
            throw new IllegalStateException(
                    "solver: got none, expected a method with its steps; write" + " .solver(Rk4.steps(100))");
        }
    }

    /// Of a call whose inputs alone are too large.
    SolveException overBudget(MemoryBudgetException e) {
        return new SolveException(
                Outcome.memoryBudget(t0, 0, e, "Allow more by ode.memoryBudget(bytes), or take fewer samples"), e);
    }

    /// Times whose states are kept alone.
    double[] observed() {
        return observe == null ? new double[0] : observe.checked(t0, t1);
    }

    /// Times where a step must end because they are observed.
    double[] stops() {
        return wishes.interpolates() ? new double[0] : observed();
    }

    @Override
    public String toString() {
        return "dimension " + dynamics.dimension() + ", t = " + t0 + " to " + t1 + ", " + solver + ", " + mode() + ", "
                + precision;
    }
}
