package org.costate.ode;

/// `count` equal steps: t_k = t0 + k (t1 − t0) / count, the last one exactly t1. Times where the solve must stop
/// split a step in two.
public record FixedSteps(int count) implements Steps {
    public FixedSteps {
        if (count < 1) {
            throw new IllegalArgumentException(
                    "steps: got " + count + ", expected at least 1; the span says the direction, a count has no sign");
        }
    }

    /// t_k.
    public double time(double t0, double t1, int k) {
        return k == count ? t1 : t0 + k * ((t1 - t0) / count);
    }

    @Override
    public String toString() {
        return count + (count == 1 ? " step" : " steps");
    }
}
