package org.costate.ode;

/// A field with its parameters on plain arrays, as [BoundDynamics] on buffers: for small float64 systems. It leaves
/// no tape: what the reverse pass needs is computed again.
public interface ArrayBound extends VectorField.OnArrays {
    /// The vector–Jacobian products: gx = aᵀ ∂f/∂x, gp += aᵀ ∂f/∂θ summed over the batch.
    ///
    /// @param x the state of the evaluation, sample after sample. Not modified.
    /// @param a the cotangent. Not modified.
    /// @param gx as many numbers as `x`. Overwritten.
    /// @param gp one number for each parameter. Added to.
    /// @throws UnsupportedOperationException if the field has none
    void vjp(double t, double[] x, double[] a, double[] gx, double[] gp);
}
