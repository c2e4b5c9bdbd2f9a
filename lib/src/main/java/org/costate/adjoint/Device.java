package org.costate.adjoint;

import org.costate.memory.Precision;
import org.costate.ode.Dynamics;
import org.costate.ode.Solver;

/// Where solves and gradients are computed other than here: a GPU.
public interface Device {
    /// Refuses what it cannot do, with the reason and the alternatives.
    ///
    /// @param solver null if it is not known yet
    /// @param mode null if it is not known yet
    /// @throws IllegalArgumentException if it cannot
    void check(Dynamics dynamics, Solver solver, Adjoint mode, Precision precision);

    /// The same field, evaluated there.
    Dynamics dynamics(Dynamics field);

    /// The same gradient mode, run there.
    Adjoint adjoint(Adjoint mode);
}
