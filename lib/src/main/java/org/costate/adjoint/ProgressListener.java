package org.costate.adjoint;

/// Told how far a gradient has come, on the calling thread.
@FunctionalInterface
public interface ProgressListener {
    /// The two ways of a gradient.
    enum Phase {
        /// The solve, from t0 to t1.
        FORWARD,
        /// The way back, from t1 to t0; none in [Forward].
        BACKWARD
    }

    /// A step was taken.
    ///
    /// @param t the time it ends at; of the sample that is being solved, where each has steps of its own
    /// @param done of this way, from 0 to 1, never falling
    void at(Phase phase, double t, double done);

    /// Listens to nothing.
    ProgressListener NONE = (phase, t, done) -> {};
}
