package org.costate.adjoint;

import org.costate.ode.Solver;

/// A way of getting the gradient of a cost by the initial state and the parameters.
public interface Adjoint {
    /// ∂C/∂x0 and ∂C/∂θ.
    ///
    /// @throws org.costate.ode.SolveException if a solve, forward or backward, does not succeed
    Gradient gradient(Problem problem);

    /// Refuses a solver that this mode cannot go with, with the reason and the alternatives.
    ///
    /// @throws IllegalArgumentException if it cannot
    default void check(Solver solver) {}

    /// Does it want the question as it was asked, with running costs and samples that step by themselves? The others
    /// are asked simpler ones.
    default boolean takesAll() {
        return false;
    }
}
