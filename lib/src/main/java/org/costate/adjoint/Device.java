package org.costate.adjoint;

import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.ode.Dynamics;
import org.costate.ode.Outcome;
import org.costate.ode.Solver;
import org.costate.ode.Statistics;

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

    /// The code that is run there.
    String source(Dynamics dynamics, Solver solver, Adjoint mode, Precision precision);

    /// What a solve there kept: of samples that step together once, else of each by its number.
    interface Solved {
        /// How many states there are.
        int size(int i);

        double time(int i, int k);

        /// `[rows, dimension]`.
        Buffer state(int i, int k);

        Outcome outcome(int i);

        Statistics statistics(int i);

        /// x(T), where it was reached.
        double[][] end(int i);
    }

    /// Solves there.
    ///
    /// @param problem whose cost looks at the times that are to be kept
    /// @param everyStep are all states to be kept?
    /// @return null if it must be done here, by the field that is evaluated there
    Solved solve(Problem problem, boolean everyStep);

    /// The same gradient mode, run there.
    Adjoint adjoint(Adjoint mode);
}
