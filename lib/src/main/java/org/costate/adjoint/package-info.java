/// Gradients of a cost through an ODE solve: one file for each way of getting them.
///
/// The sign is that of PyTorch: the costate a(t) = ∂C/∂x(t), with a(T) = ∂F/∂x(T) and ȧ = −(∂f/∂x)ᵀ a backwards in
/// time; the Lagrange multiplier of the textbooks is λ = −a.
///
/// | mode | exact for the discrete solve | memory in steps N | time |
/// |---|---|---|---|
/// | [Backprop] | yes | O(N): states and activations | one solve, one reverse pass |
/// | [Checkpointed] | yes | a budget of states | as Backprop, and r solves more |
/// | [Symplectic] | yes | O(N): states | as Backprop, and two solves more |
/// | [Reversible] | yes, until rounding has grown | O(1) | as Backprop, and two solves more; reversible methods |
/// | [Forward] | yes | O(1), a state a direction | a product for each direction |
/// | [Backsolve] | no, of the solver's order | O(1) | two solves, the second three times as large |
/// | [Interpolating] | no, of the solver's or interpolant's order | O(N): dense output | as Backsolve |
/// | [Gauss] | no, as Interpolating | O(N): dense output | as Interpolating, in a smaller system |
/// | [Recompute] | no, O(h) | O(1) | for lessons |
///
/// The exact modes share one transposed step ([Transposed], [Discrete]) and differ in how they find its evaluations
/// again; the others share the way back between observations ([Continuous]).
///
/// An [Adjoint] is a client of the solver: what runs backwards is just another [org.costate.ode.VectorField].
package org.costate.adjoint;
