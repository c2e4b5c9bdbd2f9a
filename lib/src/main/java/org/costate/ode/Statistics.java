package org.costate.ode;

/// What a solve cost.
///
/// @param steps accepted steps
/// @param rejected steps whose error was too large
/// @param evaluations of f
/// @param vjps vector–Jacobian products
/// @param smallest the shortest accepted step, without sign; 0 if there was none
/// @param largest the longest accepted step, without sign
public record Statistics(long steps, long rejected, long evaluations, long vjps, double smallest, double largest) {
    /// Of nothing.
    public static final Statistics NONE = new Statistics(0, 0, 0, 0, 0, 0);

    /// The same with so many vector–Jacobian products more.
    public Statistics plusVjps(long more) {
        return new Statistics(steps, rejected, evaluations, vjps + more, smallest, largest);
    }

    /// The same with so many evaluations more.
    public Statistics plusEvaluations(long more) {
        return new Statistics(steps, rejected, evaluations + more, vjps, smallest, largest);
    }

    /// The same with the evaluations and products of another more, but not its steps: they were taken for a second
    /// time.
    public Statistics plusCostOf(Statistics other) {
        return plusEvaluations(other.evaluations).plusVjps(other.vjps);
    }

    /// Of both together.
    public Statistics plus(Statistics other) {
        double shortest =
                steps == 0 ? other.smallest : other.steps == 0 ? smallest : Math.min(smallest, other.smallest);
        return new Statistics(
                steps + other.steps,
                rejected + other.rejected,
                evaluations + other.evaluations,
                vjps + other.vjps,
                shortest,
                Math.max(largest, other.largest));
    }

    @Override
    public String toString() {
        return steps + " steps, " + (rejected > 0 ? rejected + " rejected, " : "") + evaluations + " evaluations, "
                + vjps + " vector-Jacobian products";
    }
}
