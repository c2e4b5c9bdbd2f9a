package org.costate.ode;

import org.costate.memory.Buffer;

/// Told of every accepted step, in order.
///
/// Samples with steps of their own have each steps numbered from 0 and states of one row; in a solve they come one
/// after the other. [OfSample] is told which it is.
@FunctionalInterface
public interface StepListener {
    /// A step was accepted.
    ///
    /// @param k number of the step, from 0
    /// @param t time at the step's end
    /// @param x state at the step's end, `[batch, dimension]`, or `[1, dimension]` of a sample with steps of its
    ///     own. Valid during the call; not to be modified.
    void accepted(int k, double t, Buffer x);

    /// The same of some samples of a batch: what a solve calls.
    ///
    /// @param sample the number of the first of them in the batch, from 0
    default void accepted(int sample, int k, double t, Buffer x) {
        accepted(k, t, x);
    }

    /// Listens to nothing.
    StepListener NONE = (k, t, x) -> {};

    /// Told of every accepted step, and whose it is: `ode.listener((sample, k, t, x) -> …)`.
    @FunctionalInterface
    interface OfSample extends StepListener {
        /// A step was accepted.
        ///
        /// @param sample the number of the sample in the batch, from 0; 0 where all step together
        @Override
        void accepted(int sample, int k, double t, Buffer x);

        @Override
        default void accepted(int k, double t, Buffer x) {
            accepted(0, k, t, x);
        }
    }
}
