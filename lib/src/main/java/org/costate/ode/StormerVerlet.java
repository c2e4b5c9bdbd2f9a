package org.costate.ode;

/// StormerVerlet: half a step of the positions, a step of the momenta, half a step of the positions.
///
/// ```
/// Q = q + h/2 q̇(t, p),   p⁺ = p + h ṗ(t + h/2, Q),   q⁺ = Q + h/2 q̇(t + h, p⁺)
/// ```
///
/// Order 2, symplectic and symmetric: the step with −h undoes it. One evaluation of the momenta's slope a step,
/// two of the positions', and one of a running cost at each end. Only for partitioned fields,
/// [Dynamics#partitioned]; with fixed steps.
///
/// Source: E. Hairer, C. Lubich, G. Wanner, Geometric Numerical Integration, 2006, I.1.4 and VI.3,
/// doi:10.1007/3-540-30666-8.
public final class StormerVerlet {
    /// The step; slot x = (q, p).
    public static final Scheme SCHEME = new Scheme.Builder("Störmer-Verlet", 2, 1, 0)
            .evaluate(Part.POSITION, 0, 1)
            .evaluate(Part.MOMENTUM, 0.5, 1, 0.5)
            .evaluate(Part.POSITION, 1, 1, 0.5, 1)
            .next(1, 0.5, 1, 0.5)
            .symmetric()
            // A running cost by the trapezoidal rule: the costate feels half of it at each end, so that its step is
            // symmetric, too.
            .running(new Scheme.Builder("Störmer-Verlet", 2, 1, 0)
                    .evaluate(Part.RUNNING_COST, 0, 1)
                    .evaluate(Part.POSITION, 0, 1, 0.5)
                    .evaluate(Part.MOMENTUM, 0.5, 1, 0.5, 0.5)
                    .evaluate(Part.POSITION, 1, 1, 0.5, 0.5, 1)
                    .evaluate(Part.RUNNING_COST, 1, 1, 0.5, 0.5, 1, 0.5)
                    .next(1, 0.5, 0.5, 1, 0.5, 0.5)
                    .symmetric()
                    .build())
            .build();

    private StormerVerlet() {}

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
}
