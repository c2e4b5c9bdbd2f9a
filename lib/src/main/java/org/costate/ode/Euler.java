package org.costate.ode;

/// Euler: the simplest method.
///
/// Order 1, 1 evaluation a step. Error O(h). For lessons, and where f is so rough that a higher order gains nothing;
/// never where accuracy matters.
///
/// Source: L. Euler, *Institutionum calculi integralis*, 1768, §650.
public final class Euler {
    /// The coefficients.
    public static final Tableau TABLEAU = new Tableau(
            "Euler",
            1,
            new double[] {0},
            new double[][] {{}},
            new double[] {1},
            "L. Euler, Institutionum calculi integralis, 1768, §650");

    private Euler() {}

    /// This method with `count` equal steps over the span.
    ///
    /// @throws IllegalArgumentException if count is below 1
    public static Solver steps(int count) {
        return new Solver(TABLEAU, new FixedSteps(count));
    }
}
