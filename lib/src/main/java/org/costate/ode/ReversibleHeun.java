package org.costate.ode;

/// ReversibleHeun: a second solution v beside x, so that each step can be undone without a trace.
///
/// ```
/// v⁺ = 2x − v + h f,   f⁺ = f(t + h, v⁺),   x⁺ = x + h/2 (f + f⁺)
/// ```
///
/// Order 2, one evaluation a step. The step with −h undoes it, so that its exact gradient needs no memory of the way.
/// v is only kept near x by the field: not for contracting or stiff fields, where the two run apart.
///
/// Source: P. Kidger, J. Foster, X. Li, T. Lyons, NeurIPS 2021, doi:10.48550/arXiv.2105.13493.
public final class ReversibleHeun {
    /// The step; slots x, v and the slope f.
    public static final Scheme SCHEME = new Scheme.Builder("Reversible Heun", 2, 2, 1)
            .evaluate(1, 2, -1, 1)
            .next(1, 0, 0.5, 0.5)
            .next(2, -1, 1, 0)
            .next(0, 0, 0, 1)
            .error(1, 0, 0, -0.5, 0.5)
            .symmetric()
            .build();

    private ReversibleHeun() {}

    /// This method with `count` equal steps over the span.
    ///
    /// @throws IllegalArgumentException if count is below 1
    public static Solver steps(int count) {
        return Solver.of(SCHEME, new FixedSteps(count));
    }

    /// This method on a grid of the caller's.
    ///
    /// @param times from t0 to t1, strictly monotone
    public static Solver grid(double... times) {
        return Solver.of(SCHEME, new GivenSteps(times));
    }

    /// This method with steps chosen so that the estimated error of each stays below absolute + relative · |x|.
    ///
    /// @throws IllegalArgumentException if a tolerance is negative, or both are 0
    public static Solver tolerance(double relative, double absolute) {
        return Solver.of(SCHEME, AdaptiveSteps.of(relative, absolute));
    }
}
