package org.costate.ode;

import java.util.Arrays;
import org.costate.memory.Arguments;

/// Coupling: any Runge–Kutta method made reversible by a second solution v (McCallum and Foster).
///
/// ```
/// x⁺ = λ x + (1 − λ) v + Ψ(t, v, h),   v⁺ = v − Ψ(t + h, x⁺, −h)
/// ```
///
/// where Ψ(t, x, h) is the increment of the base method. The order is that of the base, the evaluations are twice
/// as many. It is undone by v = v⁺ + Ψ(t + h, x⁺, −h), x = (x⁺ − (1 − λ) v − Ψ(t, v, h)) / λ, which for λ < 1
/// makes rounding grow like λ to the power −N over N steps; the gradient mode that undoes them keeps anchors
/// against it. λ near 1 couples the two weakly. Not for strongly contracting fields. Between the steps there is a cubic
/// only: of a base of order above 4, dense output, and the modes that read it (Interpolating,
/// Gauss), are less exact than the ends of the steps, whatever the tolerance.
///
/// Source: S. McCallum, J. Foster, 2024, doi:10.48550/arXiv.2410.11648.
public final class Coupling {
    /// The coupling strength that the authors use.
    public static final double LAMBDA = 0.999;

    private Coupling() {}

    /// The base method made reversible, with λ = [#LAMBDA].
    ///
    /// @throws IllegalArgumentException if its method is not a Runge–Kutta method
    public static Solver of(Solver base) {
        return of(base, LAMBDA);
    }

    /// The base method made reversible, on the steps of the base.
    ///
    /// @param lambda above 0, at most 1
    /// @throws IllegalArgumentException if λ is outside, or if the base is not a Runge–Kutta method
    public static Solver of(Solver base, double lambda) {
        Arguments.given("base", base, "such as Rk4.steps(100)");
        Tableau t = base.scheme().tableau();
        if (t == null) {
            throw new IllegalArgumentException("base: got " + base.scheme().name()
                    + ", expected a Runge-Kutta method; take one such as Rk4.steps(100), this one is reversible or partitioned"
                    + " itself");
        }
        if (!(lambda > 0 && lambda <= 1)) {
            throw new IllegalArgumentException(
                    "lambda: got " + lambda + ", expected above 0 and at most 1; the usual one is 0.999");
        }
        return base.withScheme(scheme(t, lambda));
    }

    private static Scheme scheme(Tableau t, double lambda) {
        String name = "Coupling(" + t.name() + ", " + lambda + ")";
        int s = t.firstSameAsLast() ? t.stages() - 1 : t.stages(); // its last weight is 0
        double[] b = t.b();

        // From (x⁺, v⁺) at t + h, with the step −h. Columns: x, v, s evaluations at x⁺, s evaluations at v.
        Scheme.Builder undo = new Scheme.Builder(name + " undone", t.order(), 2, 0);
        for (int i = 0; i < s; i++) {
            undo.evaluate(t.c(i), stage(1, 0, new double[0], t.a(i), 1));
        }
        double[] v = stage(0, 1, new double[0], Arrays.copyOf(b, s), 1);
        for (int i = 0; i < s; i++) {
            undo.evaluate(1 - t.c(i), stage(0, 1, Arrays.copyOf(b, s), t.a(i), -1));
        }
        double[] x = stage(1 / lambda, -(1 - lambda) / lambda, scaled(b, s, -(1 - lambda) / lambda), b, 1 / lambda);
        undo.next(Arrays.copyOf(x, 2 + 2 * s)).next(Arrays.copyOf(v, 2 + 2 * s));

        Scheme.Builder forward = new Scheme.Builder(name, t.order(), 2, 0);
        for (int i = 0; i < s; i++) {
            forward.evaluate(t.c(i), stage(0, 1, new double[0], t.a(i), 1));
        }
        double[] xNext = stage(lambda, 1 - lambda, new double[0], Arrays.copyOf(b, s), 1);
        for (int i = 0; i < s; i++) {
            forward.evaluate(1 - t.c(i), stage(lambda, 1 - lambda, Arrays.copyOf(b, s), t.a(i), -1));
        }
        double[] vNext = stage(0, 1, new double[s], Arrays.copyOf(b, s), 1);
        forward.next(Arrays.copyOf(xNext, 2 + 2 * s)).next(vNext);
        for (double[] e : t.errors()) {
            double[] row = Arrays.copyOf(stage(0, 0, new double[0], Arrays.copyOf(e, s), 1), 2 + 2 * s);
            if (e.length > s) {
                row[2 + s] = e[s]; // in place of the slope at the end of the base step, that at x⁺
            }
            forward.error(t.errorOrder(), row);
        }
        return forward.inverse(undo.build(), 1 / lambda).build();
    }

    /// A row: weights of x and v, of the first evaluations, then `sign` times weights of the second.
    private static double[] stage(double x, double v, double[] first, double[] second, double sign) {
        double[] row = new double[2 + first.length + second.length];
        row[0] = x;
        row[1] = v;
        System.arraycopy(first, 0, row, 2, first.length);
        for (int j = 0; j < second.length; j++) {
            row[2 + first.length + j] = sign * second[j];
        }
        return row;
    }

    private static double[] scaled(double[] b, int s, double factor) {
        return Arrays.stream(b, 0, s).map(w -> w * factor).toArray();
    }
}
