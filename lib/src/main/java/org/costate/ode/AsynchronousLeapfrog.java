package org.costate.ode;

/// AsynchronousLeapfrog: a velocity v beside x, so that each step can be undone without a trace.
///
/// ```
/// k = f(t + h/2, x + h/2 v),   x⁺ = x + h k,   v⁺ = 2k − v
/// ```
///
/// Order 2, one evaluation a step, and one at the start for v. The step with −h undoes it, so that its exact gradient
/// needs no memory of the way. v oscillates about the slope undamped: not for contracting or stiff fields.
///
/// Source: J. Zhuang, N. C. Dvornek, S. Tatikonda, J. S. Duncan, ICLR 2021, doi:10.48550/arXiv.2102.04668; U. Mutze,
/// doi:10.48550/arXiv.1311.6602.
public final class AsynchronousLeapfrog {
    /// The step; slots x and the slope v.
    public static final Scheme SCHEME = new Scheme.Builder("Asynchronous leapfrog", 2, 1, 1)
            .evaluate(0.5, 1, 0.5)
            .next(1, 0, 1)
            .next(0, -1, 2)
            .error(1, 0, -1, 1)
            .symmetric()
            .build();

    private AsynchronousLeapfrog() {}

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
