package org.costate.ode;

import java.util.Arrays;

/// The coefficients of an explicit Runge–Kutta method; a wrong one cannot be made.
///
/// ```
/// c | A          X_i = x + h Σ_j a_ij k_j,   k_i = f(t + c_i h, X_i)
/// --+---         x⁺  = x + h Σ_j b_j k_j
///   | b
/// ```
///
/// The constructor checks shapes, that A is strictly lower triangular, Σⱼ aᵢⱼ = cᵢ, and every order condition up to
/// the claimed order ([OrderConditions]).
///
/// Arrays are copied on the way in and on the way out; equality is by name and coefficients.
public final class Tableau {
    private final String name;
    private final int order;
    private final double[] c;
    private final double[][] a;
    private final double[] b;
    private final String citation;

    /// Checks and keeps the coefficients.
    ///
    /// @param order the order of convergence, checked
    /// @param c nodes, the first 0
    /// @param a row i has the i coefficients a_i0 … a_i,i−1; the first row is empty
    /// @param b weights
    /// @throws IllegalArgumentException naming the coefficient or the order condition that does not hold
    public Tableau(String name, int order, double[] c, double[][] a, double[] b, String citation) {
        this.name = name;
        this.order = order;
        this.c = c.clone();
        this.a = Arrays.stream(a).map(double[]::clone).toArray(double[][]::new);
        this.b = b.clone();
        this.citation = citation;
        check();
    }

    private void check() {
        int s = b.length;
        if (s == 0 || c.length != s || a.length != s) {
            throw fault("got " + a.length + " rows of A, " + s + " weights, " + c.length
                    + " nodes, expected the same number of each, at least 1");
        }
        for (int i = 0; i < s; i++) {
            if (a[i].length != i) {
                throw fault("row " + i + " of A has " + a[i].length + " coefficients, expected " + i
                        + " (an explicit method)");
            }
            double sum = Arrays.stream(a[i]).sum();
            if (Math.abs(sum - c[i]) > OrderConditions.TOLERANCE) {
                throw fault("row " + i + " of A sums to " + sum + ", expected c[" + i + "] = " + c[i]);
            }
        }
        String broken = OrderConditions.firstBroken(a, b, order);
        if (broken != null) {
            throw fault("is not of order " + order + ": " + broken);
        }
    }

    private IllegalArgumentException fault(String what) {
        return new IllegalArgumentException("tableau " + name + ": " + what);
    }

    public String name() {
        return name;
    }

    /// The error of a solve shrinks like (step size) to this power.
    public int order() {
        return order;
    }

    /// Evaluations of f a step.
    public int stages() {
        return b.length;
    }

    /// cᵢ.
    public double c(int i) {
        return c[i];
    }

    /// Row i of A, as long as i.
    public double[] a(int i) {
        return a[i].clone();
    }

    /// The weights.
    public double[] b() {
        return b.clone();
    }

    /// Where the coefficients were published.
    public String citation() {
        return citation;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Tableau t
                && t.name.equals(name)
                && Arrays.equals(t.c, c)
                && Arrays.deepEquals(t.a, a)
                && Arrays.equals(t.b, b);
    }

    @Override
    public int hashCode() {
        return name.hashCode() * 31 + Arrays.hashCode(b);
    }

    @Override
    public String toString() {
        return name + " (order " + order + ", " + stages() + (stages() == 1 ? " stage)" : " stages)");
    }
}
