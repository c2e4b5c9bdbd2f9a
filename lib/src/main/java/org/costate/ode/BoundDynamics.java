package org.costate.ode;

import org.costate.memory.Buffer;

/// A field with its parameters, on kept buffers, for one batch size, one precision and one thread.
///
/// The reverse pass of an evaluation needs what the evaluation computed (activations). They lie in a *tape*, a buffer
/// of [#tapeLength()] numbers that the caller owns: keep one per evaluation and nothing is computed twice, keep one
/// in all and memory does not grow.
public interface BoundDynamics extends VectorField {
    /// Numbers that one evaluation leaves for its reverse pass; 0 where the state says it all.
    int tapeLength();

    /// dx = f(t, x, θ), and the tape of it.
    ///
    /// @param part which components; the others become 0
    /// @param tape `[1, tapeLength()]`. Overwritten.
    void eval(Part part, double t, Buffer x, Buffer dx, Buffer tape);

    /// The vector–Jacobian products of an evaluation: gx = aᵀ ∂f/∂x, gp += aᵀ ∂f/∂θ summed over the batch.
    ///
    /// @param part of the evaluation
    /// @param t the time of the evaluation
    /// @param x the state of the evaluation. Not modified.
    /// @param tape what the evaluation left. Not modified.
    /// @param a the cotangent, `[batch, dimension]`. Not modified.
    /// @param gx `[batch, dimension]`. Overwritten.
    /// @param gp `[1, parameters]`. Added to; null if it is not wanted.
    /// @throws UnsupportedOperationException if the field has none
    void vjp(Part part, double t, Buffer x, Buffer tape, Buffer a, Buffer gx, Buffer gp);

    /// The Jacobian–vector product of the evaluation that was made last: dk = ∂f/∂x dx + ∂f/∂θ dp.
    ///
    /// @param dx how the state moves, `[batch, dimension]`. Not modified.
    /// @param dp how the parameters move, `[1, parameters]`. Not modified.
    /// @param dk `[batch, dimension]`. Overwritten.
    /// @throws UnsupportedOperationException if the field has no derivatives
    void jvp(Part part, double t, Buffer x, Buffer tape, Buffer dx, Buffer dp, Buffer dk);

    /// aᵀ ∂f/∂t of an evaluation, summed over the batch.
    double timeVjp(Part part, double t, Buffer x, Buffer tape, Buffer a);

    @Override
    default ArrayBound onArrays() {
        return null;
    }
}
