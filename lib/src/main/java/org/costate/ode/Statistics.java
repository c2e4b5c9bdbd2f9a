package org.costate.ode;

/// What a solve cost.
///
/// @param steps accepted steps
/// @param evaluations of f
/// @param vjps vector–Jacobian products
public record Statistics(long steps, long evaluations, long vjps) {
    public Statistics plus(Statistics other) {
        return new Statistics(steps + other.steps, evaluations + other.evaluations, vjps + other.vjps);
    }

    @Override
    public String toString() {
        return steps + " steps, " + evaluations + " evaluations, " + vjps + " vector-Jacobian products";
    }
}
