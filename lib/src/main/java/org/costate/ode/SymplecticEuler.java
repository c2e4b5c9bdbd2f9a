package org.costate.ode;

/// SymplecticEuler: p⁺ = p + h ṗ(t, q), q⁺ = q + h q̇(t + h, p⁺), which keeps the phase-space volume.
///
/// Order 1, half an evaluation each of positions and momenta a step. The energy of a Hamiltonian system stays
/// near its value for ever. Only for partitioned fields, [Dynamics#partitioned]; with fixed steps, whose symmetry
/// is what keeps the energy.
///
/// Source: E. Hairer, C. Lubich, G. Wanner, Geometric Numerical Integration, 2006, VI.3,
/// doi:10.1007/3-540-30666-8.
public final class SymplecticEuler {
    /// The step; slot x = (q, p).
    public static final Scheme SCHEME = halves(Part.MOMENTUM, Part.POSITION)
            .next(1, 1, 1)
            .inverse(halves(Part.POSITION, Part.MOMENTUM).next(1, 1, 1).build())
            // A running cost at the step's start; when the step is undone, there again, which is then the end.
            .running(halves(Part.MOMENTUM, Part.POSITION)
                    .evaluate(Part.RUNNING_COST, 0, 1, 0, 0)
                    .next(1, 1, 1, 1)
                    .inverse(halves(Part.POSITION, Part.MOMENTUM)
                            .evaluate(Part.RUNNING_COST, 1, 1, 1, 1)
                            .next(1, 1, 1, 1)
                            .build())
                    .build())
            .build();

    private static Scheme.Builder halves(Part first, Part second) {
        return new Scheme.Builder("Symplectic Euler", 1, 1, 0)
                .evaluate(first, 0, 1)
                .evaluate(second, 1, 1, 1);
    }

    private SymplecticEuler() {}

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
