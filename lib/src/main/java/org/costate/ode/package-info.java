/// Initial value problems dx/dt = f(t, x, θ) and their solvers. Knows nothing of gradients but the vector–Jacobian
/// product that a field can offer.
///
/// In the order of a call: [Dynamics] describes f; bound to a batch it is a [BoundDynamics], a [VectorField] on kept
/// buffers; a [Solver] is a method ([Tableau]) with its steps; the [Integrator] takes the steps with [RungeKutta] and
/// tells a [StepListener]; what comes of it is an [Outcome] with [Statistics].
package org.costate.ode;
