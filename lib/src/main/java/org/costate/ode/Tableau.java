package org.costate.ode;

import java.util.Arrays;
import java.util.Objects;
import org.costate.memory.Arguments;

/// The coefficients of an explicit Runge–Kutta method; a wrong one cannot be made.
///
/// ```
/// c | A          X_i = x + h Σ_j a_ij k_j,   k_i = f(t + c_i h, X_i)
/// --+---         x⁺  = x + h Σ_j b_j k_j,    error estimate h Σ_j e_j k_j
///   | b
/// ```
///
/// The constructor checks shapes, that A is strictly lower triangular, Σⱼ aᵢⱼ = cᵢ, and every order condition up to
/// the claimed order ([OrderConditions]); [#withError], [#withErrors] and [#withDense] check theirs.
///
/// Arrays are copied on the way in and on the way out; equality is by name and coefficients, those of the error and of
/// the interpolant too. Immutable.
public final class Tableau {
    private final String name;
    private final int order;
    private final double[] c;
    private final double[][] a;
    private final double[] b;
    private final String citation;
    private final int errorOrder;
    private final double[][] errors;
    private final DenseWeights dense;

    /// Checks and keeps the coefficients.
    ///
    /// @param order the order of convergence, checked
    /// @param c nodes, the first 0
    /// @param a row i has the i coefficients a_i0 … a_i,i−1; the first row is empty
    /// @param b weights
    /// @throws IllegalArgumentException naming the coefficient or the order condition that does not hold
    public Tableau(String name, int order, double[] c, double[][] a, double[] b, String citation) {
        this(
                Arguments.given("name", name, "name it"),
                order,
                Arguments.given("c", c, "give the nodes, the first 0").clone(),
                copy(Arguments.allGiven("a", a, "give row i with i coefficients")),
                Arguments.given("b", b, "give the weights").clone(),
                citation,
                0,
                new double[0][],
                null);
        check();
    }

    private Tableau(
            String name,
            int order,
            double[] c,
            double[][] a,
            double[] b,
            String citation,
            int errorOrder,
            double[][] errors,
            DenseWeights dense) {
        this.name = name;
        this.order = order;
        this.c = c;
        this.a = a;
        this.b = b;
        this.citation = citation;
        this.errorOrder = errorOrder;
        this.errors = errors;
        this.dense = dense;
    }

    /// With weights b̂ of a second method on the same stages, whose difference estimates the error of a step.
    ///
    /// @param embeddedOrder the order of b̂, checked: the estimate shrinks like h to the power embeddedOrder + 1
    public Tableau withError(int embeddedOrder, double... bHat) {
        checkWeights("b̂", embeddedOrder, Arguments.given("bHat", bHat, "give the weights of the second method"));
        double[] difference = b.clone();
        for (int j = 0; j < difference.length; j++) {
            difference[j] -= bHat[j];
        }
        return new Tableau(name, order, c, a, b, citation, embeddedOrder, new double[][] {difference}, dense);
    }

    /// With two error estimates, combined as Hairer does: e = e₅² / √(e₅² + 0.01 e₃²), where the first must be the
    /// one of higher order.
    ///
    /// @param combinedOrder the combined estimate shrinks like h to this power plus one: with embedded orders q and
    ///     r, 2 (q + 1) − (r + 1) = combinedOrder + 1, checked
    /// @param orders of the embedded methods b − e, checked
    /// @param estimates differences of weights e
    public Tableau withErrors(int combinedOrder, int[] orders, double[]... estimates) {
        Arguments.allGiven("estimates", estimates, "give differences of weights");
        Arguments.given("orders", orders, "give the order of each embedded method");
        if (estimates.length != 2 || orders.length != 2 || combinedOrder != 2 * orders[0] - orders[1]) {
            throw fault(estimates.length + " error estimates of orders " + Arrays.toString(orders) + " for "
                    + combinedOrder + ", expected two with twice the first order less the second equal to it");
        }
        for (int k = 0; k < 2; k++) {
            double[] bHat = b.clone();
            for (int j = 0; j < Math.min(bHat.length, estimates[k].length); j++) {
                bHat[j] -= estimates[k][j];
            }
            checkWeights("b̂ of the error estimate " + k, orders[k], Arrays.copyOf(bHat, estimates[k].length));
        }
        return new Tableau(name, order, c, a, b, citation, combinedOrder, copy(estimates), dense);
    }

    /// With an interpolant of its own; without one, dense output is cubic Hermite.
    public Tableau withDense(DenseWeights weights) {
        weights.check(this);
        return new Tableau(name, order, c, a, b, citation, errorOrder, errors, weights);
    }

    private void check() {
        int s = b.length;
        if (s == 0 || c.length != s || a.length != s) {
            throw fault(a.length + " rows of A, " + s + " weights, " + c.length
                    + " nodes, expected the same number of each, at least 1");
        }
        for (int i = 0; i < s; i++) {
            if (a[i].length != i) {
                throw fault("row " + i + " of A with " + a[i].length + " coefficients, expected " + i
                        + " (an explicit method)");
            }
            double sum = Arrays.stream(a[i]).sum();
            if (Math.abs(sum - c[i]) > OrderConditions.TOLERANCE) {
                throw fault("row " + i + " of A with the sum " + sum + ", expected c[" + i + "] = " + c[i]);
            }
        }
        checkWeights("b", order, b);
    }

    private void checkWeights(String what, int claimed, double[] weights) {
        if (weights.length != a.length) {
            throw fault(
                    what + " with " + weights.length + " weights, expected one for each of " + a.length + " stages");
        }
        String broken = OrderConditions.firstBroken(a, weights, claimed);
        if (broken != null) {
            throw fault(what + " that is not of order " + claimed + ": " + broken);
        }
    }

    IllegalArgumentException fault(String what) {
        return new IllegalArgumentException(
                "tableau " + name + ": got " + what + "; compare the coefficients with their source");
    }

    private static double[][] copy(double[][] rows) {
        return Arrays.stream(rows).map(double[]::clone).toArray(double[][]::new);
    }

    public String name() {
        return name;
    }

    /// The error of a solve shrinks like (step size) to this power.
    public int order() {
        return order;
    }

    /// Stages of a step. Evaluations are one fewer where the last stage is the first of the next step.
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

    /// The order of the embedded method; 0 if there is none.
    public int errorOrder() {
        return errorOrder;
    }

    /// Weights of the error estimates: none, one or two rows.
    public double[][] errors() {
        return copy(errors);
    }

    /// The step as the integrator takes it.
    public Scheme scheme() {
        return Scheme.of(this);
    }

    /// The interpolant of its own, or null.
    DenseWeights dense() {
        return dense;
    }

    /// Where the coefficients were published.
    public String citation() {
        return citation;
    }

    /// Is the last stage evaluated at the step's end, so that the next step can begin with it?
    public boolean firstSameAsLast() {
        int last = b.length - 1;
        return last > 0 && b[last] == 0 && Arrays.equals(a[last], Arrays.copyOf(b, last));
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Tableau t
                && t.name.equals(name)
                && Arrays.equals(t.c, c)
                && Arrays.deepEquals(t.a, a)
                && Arrays.equals(t.b, b)
                && t.order == order
                && t.errorOrder == errorOrder
                && Arrays.deepEquals(t.errors, errors)
                && Objects.equals(t.dense, dense);
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
