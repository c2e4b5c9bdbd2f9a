package org.costate.adjoint;

import org.costate.memory.Buffer;

/// Told the costate on the way back, from t1 to t0, step by step.
@FunctionalInterface
public interface CostateListener {
    /// The costate at the end of a step of the way back; at an observation time first on the side of t1, then on
    /// that of t0.
    ///
    /// @param t the time
    /// @param a ∂C/∂x(t), `[batch, dimension]`. Valid during the call; not to be modified.
    void at(double t, Buffer a);
}
