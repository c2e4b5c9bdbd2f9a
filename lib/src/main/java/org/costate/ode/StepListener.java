package org.costate.ode;

import org.costate.memory.Buffer;

/// Told of every accepted step, in order.
@FunctionalInterface
public interface StepListener {
    /// A step was accepted.
    ///
    /// @param k number of the step, from 0
    /// @param t time at the step's end
    /// @param x state at the step's end. Valid during the call; not to be modified.
    void accepted(int k, double t, Buffer x);

    /// Listens to nothing.
    StepListener NONE = (k, t, x) -> {};
}
