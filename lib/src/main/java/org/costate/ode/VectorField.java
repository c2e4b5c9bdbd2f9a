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

    /// A part of f(t, x): the other components of `dx` become 0.
    ///
    /// @throws UnsupportedOperationException if the field has no positions and momenta
    default void eval(Part part, double t, Buffer x, Buffer dx) {
        if (part != Part.ALL) {
            throw new UnsupportedOperationException(
                    "this field is not partitioned; make one by Dynamics.partitioned(...)");
        }
        eval(t, x, dx);
    }

    /// The same field on plain arrays; null where it has none, or is too large for that to be faster.
    default OnArrays onArrays() {
        return null;
    }

    /// A field of a small float64 system.
    @FunctionalInterface
    interface OnArrays {
        /// dx = f(t, x).
        ///
        /// @param x the state, sample after sample. Not modified.
        /// @param dx as many numbers as `x`. Overwritten.
        void eval(double t, double[] x, double[] dx);
    }
}
