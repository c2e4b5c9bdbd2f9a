/// Initial value problems dx/dt = f(t, x, θ) and their solvers. Knows nothing of gradients but the vector–Jacobian
/// product that a field can offer.
///
/// In the order of a call: [Dynamics] describes f; bound to a batch it is a [BoundDynamics], a [VectorField] on kept
/// buffers; a [Solver] is a method with its [Steps]. Every method, from a [Tableau] or written down by itself, is a
/// [Scheme], linear combinations of slots and evaluations; the [Integrator] chooses the steps and takes them by a
/// [Stepper]; what comes of it is an [Outcome] with [Statistics], and, if asked for, [DenseOutput].
package org.costate.ode;
