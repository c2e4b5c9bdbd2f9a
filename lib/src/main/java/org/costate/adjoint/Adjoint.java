package org.costate.adjoint;

/// A way of getting the gradient of a cost by the initial state and the parameters.
public sealed interface Adjoint permits Backprop, Backsolve {
    /// ∂C/∂x0 and ∂C/∂θ.
    ///
    /// @throws org.costate.ode.SolveException if a solve, forward or backward, does not succeed
    Gradient gradient(Problem problem);
}
