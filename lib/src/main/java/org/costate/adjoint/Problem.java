package org.costate.adjoint;

import java.util.Arrays;
import java.util.stream.Stream;
import org.costate.memory.Buffer;
import org.costate.memory.Workspace;
import org.costate.ode.AdaptiveSteps;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Dynamics;
import org.costate.ode.Outcome;
import org.costate.ode.Solver;

/// One gradient question, checked by the façade: everything that a gradient mode needs to know.
///
/// @param x0 initial state, `[batch, dimension]`. Not modified.
/// @param theta flat parameters in the precision of x0. Not modified.
/// @param wishes what is wanted besides the gradient
/// @param workspace where every byte of the answer's computation comes from
public record Problem(
        Dynamics dynamics,
        Solver solver,
        double t0,
        double t1,
        Buffer x0,
        Buffer theta,
        Cost cost,
        Wishes wishes,
        Workspace workspace) {
    /// The answer of a gradient mode, which knows nothing of running costs, nor of samples that step by
    /// themselves.
    public Gradient solve(Adjoint mode) {
        cost.check(dynamics);
        if (!cost.running().isEmpty()) {
            return Running.augment(this).solve(mode).withoutLastComponent();
        }
        boolean each = solver.steps() instanceof AdaptiveSteps a && a.perSample() && x0.rows() > 1;
        return each ? PerSample.gradient(this, mode) : mode.gradient(this);
    }

    BoundDynamics bind() {
        return dynamics.bind(workspace, x0.rows(), x0.precision(), theta);
    }

    /// Are derivatives by t0, t1 and the observation times wanted?
    boolean times() {
        return wishes.times();
    }

    /// Times at which the costate is to be kept; none where it is kept at all.
    double[] costateTimes() {
        return wishes.costateTimes() == null ? new double[0] : wishes.costateTimes();
    }

    /// Times where a step must end, whatever the ends of the span do.
    double[] stops() {
        return Stream.of(solver.forced(), solver.jumps(), costateTimes())
                .flatMapToDouble(Arrays::stream)
                .toArray();
    }

    /// A buffer of the state's shape.
    Buffer state() {
        return workspace.allocate(x0.rows(), x0.columns(), x0.precision());
    }

    /// So many buffers of the state's shape: slots.
    Buffer[] states(int count) {
        Buffer[] all = new Buffer[count];
        for (int l = 0; l < count; l++) {
            all[l] = state();
        }
        return all;
    }

    /// A buffer of the parameters' shape.
    Buffer parameters() {
        return workspace.allocate(1, theta.columns(), theta.precision());
    }

    /// Ends the way back if the thread was interrupted.
    ///
    /// @throws org.costate.ode.SolveException if it was
    static void stopIfInterrupted(double t, double h) {
        if (Thread.currentThread().isInterrupted()) {
            Outcome.interrupted(t, -h).orThrow();
        }
    }
}
