package org.costate.adjoint;

import org.costate.memory.Buffer;

/// Told the costate on the way back, from t1 to t0, step by step.
///
/// Samples with steps of their own come one after the other, each from t1 to t0 with costates of one row; [OfSample]
/// is told which it is.
@FunctionalInterface
public interface CostateListener {
    /// The costate at the end of a step of the way back; at an observation time first on the side of t1, then on
    /// that of t0.
    ///
    /// @param t the time
    /// @param a ∂C/∂x(t), `[batch, dimension]`, or `[1, dimension]` of a sample with steps of its own. Valid
    ///     during the call; not to be modified.
    void at(double t, Buffer a);

    /// The same of some samples of a batch: what a gradient calls.
    ///
    /// @param sample the number of the first of them in the batch, from 0
    default void at(int sample, double t, Buffer a) {
        at(t, a);
    }

    /// Told the costate, and whose it is: `ode.costateListener((sample, t, a) -> …)`.
    @FunctionalInterface
    interface OfSample extends CostateListener {
        /// The costate at the end of a step of the way back.
        ///
        /// @param sample the number of the sample in the batch, from 0; 0 where all step together
        @Override
        void at(int sample, double t, Buffer a);

        @Override
        default void at(double t, Buffer a) {
            at(0, t, a);
        }
    }
}
