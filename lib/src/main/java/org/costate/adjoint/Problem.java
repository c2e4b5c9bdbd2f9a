package org.costate.adjoint;

import org.costate.memory.Buffer;
import org.costate.memory.Workspace;
import org.costate.ode.Dynamics;
import org.costate.ode.Outcome;
import org.costate.ode.Solver;

/// One gradient question, checked by the façade: everything that a gradient mode needs to know.
///
/// @param x0 initial state, `[batch, dimension]`. Not modified.
/// @param theta flat parameters in the precision of x0. Not modified.
/// @param workspace where every byte of the answer's computation comes from
public record Problem(
        Dynamics dynamics,
        Solver solver,
        double t0,
        double t1,
        Buffer x0,
        Buffer theta,
        Cost cost,
        Workspace workspace) {
    /// What to say when the thread is interrupted on the way back, before step k is undone.
    Outcome interrupted(int k, double h) {
        return Outcome.interrupted(solver.steps().time(t0, t1, k + 1), -h);
    }
}
