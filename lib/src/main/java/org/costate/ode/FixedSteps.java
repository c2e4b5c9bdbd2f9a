package org.costate.ode;

/// `count` equal steps: t_k = t0 + k (t1 − t0) / count, the last one exactly t1.
public record FixedSteps(int count) {
    public FixedSteps {
        if (count < 1) {
            throw new IllegalArgumentException("steps: got " + count + ", expected at least 1");
        }
    }

    /// t_k.
    public double time(double t0, double t1, int k) {
        return k == count ? t1 : t0 + k * ((t1 - t0) / count);
    }
}
