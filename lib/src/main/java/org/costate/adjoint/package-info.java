/// Gradients of a cost through an ODE solve: one file for each way of getting them.
///
/// The sign is that of PyTorch: the costate a(t) = ∂C/∂x(t), with a(T) = ∂F/∂x(T) and ȧ = −(∂f/∂x)ᵀ a backwards in
/// time; the Lagrange multiplier of the textbooks is λ = −a.
///
/// | mode | exact for the discrete solve | memory in steps N | time |
/// |---|---|---|---|
/// | [Backprop] | yes | O(N) | one solve, one reverse pass |
/// | [Backsolve] | no, of the solver's order | O(1) | two solves, the second three times as large |
///
/// An [Adjoint] is a client of the solver: what runs backwards is just another [org.costate.ode.VectorField].
package org.costate.adjoint;
