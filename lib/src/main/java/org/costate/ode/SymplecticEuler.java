package org.costate.ode;

/// SymplecticEuler: p⁺ = p + h ṗ(t, q), q⁺ = q + h q̇(t + h, p⁺), which keeps the phase-space volume.
///
/// Order 1, half an evaluation each of positions and momenta a step. The energy of a Hamiltonian system stays near
/// its value for ever. Only for partitioned fields, [Dynamics#partitioned]; with fixed steps, whose symmetry is what
/// keeps the energy.
///
/// Source: E. Hairer, C. Lubich, G. Wanner, Geometric Numerical Integration, 2006, VI.3, doi:10.1007/3-540-30666-8.
public final class SymplecticEuler {
    /// The step; slot x = (q, p).
    public static final Scheme SCHEME = new Scheme.Builder("Symplectic Euler", 1, 1, 0)
            .evaluate(Part.MOMENTUM, 0, 1)
            .evaluate(Part.POSITION, 1, 1, 1)
            .next(1, 1, 1)
            .inverse(new Scheme.Builder("Symplectic Euler undone", 1, 1, 0)
                    .evaluate(Part.POSITION, 0, 1)
                    .evaluate(Part.MOMENTUM, 1, 1, 1)
                    .next(1, 1, 1)
                    .build())
            .build();

    private SymplecticEuler() {}

    /// This method with `count` equal steps over the span.
    ///
    /// @throws IllegalArgumentException if count is below 1
    public static Solver steps(int count) {
        return Solver.of(SCHEME, new FixedSteps(count));
    }
}
