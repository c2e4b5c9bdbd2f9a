/// The adjoint method for neural ODEs on the JVM.
///
/// ```
/// dx/dt = f(t, x, θ),  x(t0) = x0,     C = F(x(t1)),     wanted: C, ∂C/∂x0, ∂C/∂θ
/// ```
///
/// In the order of a call: `Trace.dynamics` makes a field, [Ode] is the problem, [Solution] its trajectory,
/// [org.costate.adjoint.Gradient] its gradient.
///
/// | package | what it holds | imports |
/// |---|---|---|
/// | `org.costate` | the façade | all below |
/// | `org.costate.adjoint` | gradient modes, costs | ode |
/// | `org.costate.graph` | traced expressions and their derivatives | ode |
/// | `org.costate.ode` | fields, tableaus, the integrator | kernels, memory |
/// | `org.costate.kernels` | inner loops: OpenBLAS, Vector API, scalar | memory |
/// | `org.costate.memory` | buffers off the heap, counted | – |
/// | `org.costate.nd4j` | ND4J arrays as buffers and back, without a copy; SameDiff graphs as fields | ode, memory |
/// | `org.costate.plot` | figures and tables from results | façade |
/// | `org.costate.notebook` | how results look in a notebook | plot, nd4j |
/// | `org.costate.workbook` | exercises, predictions, claims | façade |
///
/// Letters: x state, t time, θ parameters, f field, h step size, k stage slopes, a costate (∂C/∂x(t); the λ of the
/// textbooks is −a), A b c the coefficients of a tableau.
package org.costate;
