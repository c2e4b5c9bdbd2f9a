package org.costate.adjoint;

import org.costate.memory.Buffer;
import org.costate.ode.Integrator;

/// How an exact mode finds the evaluations of a step again: what its way forward leaves, and what the way back makes
/// of it. On buffers ([BufferTrail]), or on plain arrays for small systems ([ArrayTrail]).
interface Trail {
    /// A solve that leaves the trail.
    Integrator forward(double[] stops);

    /// The way forward has begun, or has taken a step.
    void accepted(Integrator run);

    /// The way back begins.
    default void turn(Integrator run) {}

    /// What takes the trail back.
    ///
    /// @param gp ∂C/∂θ. Added to.
    Transposed transposed(Buffer gp);

    /// Makes the evaluations of step `k`, from t to `end`, ready to be transposed.
    void back(int k, double t, double end);

    /// Makes the evaluation at the start of step `k` ready to be transposed.
    void backAtStart(int k, double t);

    /// f on the way back, in evaluations.
    default long evaluations() {
        return 0;
    }

    /// How far states that were found again are from those that were there; null if none is found again.
    default Drift drift() {
        return null;
    }
}
