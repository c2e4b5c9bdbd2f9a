package org.costate.ode;

import org.costate.memory.Buffer;

/// The right-hand side of dx/dt = f(t, x), parameters already bound.
@FunctionalInterface
public interface VectorField {
    /// dx = f(t, x).
    ///
    /// @param x the state. Not modified.
    /// @param dx as many numbers as `x`. Overwritten.
    void eval(double t, Buffer x, Buffer dx);
}
