package org.costate.ode;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// One step of an explicit method, as linear combinations: all that the integrator and the exact gradients know
/// of it.
///
/// A step carries *slots* from one step to the next: states, of which the first is the solution x, then slopes.
/// It makes *evaluations* kᵢ = f(t + cᵢ h, Yᵢ). Everything is a weighted sum of slots and evaluations before:
///
/// ```
/// Y_i   = Σ_l u_il z_l + Σ_{j<i} a_ij k_j       (a state)
/// z_l⁺  = Σ_m v_lm z_m + Σ_j b_lj k_j           (a state or a slope)
/// error = Σ_m e_m z_m + Σ_j e_j k_j             (a state)
/// ```
///
/// where in a state every slope counts times h, and a slope is made of slopes only. A Runge–Kutta method has the
/// slot x, and a second one, the slope at x, if its last stage is the first of the next step; reversible methods
/// have two states or a state and a slope. At the start all states are x0 and all slopes f(t0, x0).
///
/// Rows are weights of (states, slopes, evaluations) in this order. Immutable.
public final class Scheme {
    private final String name;
    private final int order;
    private final int states;
    private final int slopes;
    private final double[] c;
    private final Part[] parts;
    private final double[][] arguments;
    private final double[][] next;
    private final int errorOrder;
    private final double[][] errors;
    private final Scheme inverse;
    private final boolean selfInverse;
    private final double undoneGrowth;
    private final Tableau tableau;
    private final Scheme withRunning;

    private Scheme(Builder builder) {
        name = builder.name;
        order = builder.order;
        states = builder.states;
        slopes = builder.slopes;
        c = builder.c.stream().mapToDouble(x -> x).toArray();
        parts = builder.parts.toArray(Part[]::new);
        arguments = builder.arguments.toArray(double[][]::new);
        next = builder.next.toArray(double[][]::new);
        errorOrder = builder.errorOrder;
        errors = builder.errors.toArray(double[][]::new);
        inverse = builder.inverse;
        selfInverse = builder.selfInverse;
        undoneGrowth = builder.undoneGrowth;
        tableau = builder.tableau;
        withRunning = builder.withRunning;
        check();
    }

    private void check() {
        if (next.length != slots()) {
            throw fault("rows for " + next.length + " slots, expected " + slots());
        }
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i].length != slots() + i) {
                throw fault("argument " + i + " of " + arguments[i].length + " weights, expected " + (slots() + i));
            }
            consistent("argument " + i, arguments[i], true);
        }
        for (int l = 0; l < next.length; l++) {
            if (next[l].length != slots() + evaluations()) {
                throw fault("slot " + l + " of " + next[l].length + " weights, expected " + (slots() + evaluations()));
            }
            consistent("slot " + l, next[l], l < states);
        }
        for (double[] e : errors) {
            double ofStates = Arrays.stream(e, 0, Math.min(states, e.length)).sum();
            double ofSlopes = Arrays.stream(e).sum() - ofStates;
            if (e.length != slots() + evaluations()
                    || errorOrder < 1
                    || Math.abs(ofStates) > OrderConditions.TOLERANCE
                    || Math.abs(ofSlopes) > OrderConditions.TOLERANCE) {
                throw fault("an error estimate of order " + errorOrder + " has " + e.length
                        + " weights with the sums " + ofStates + " of states and " + ofSlopes
                        + " of slopes, expected order 1 or more and " + (slots() + evaluations())
                        + " weights with the sums 0");
            }
        }
    }

    /// A state must keep a constant state, a slope a constant slope.
    private void consistent(String what, double[] row, boolean state) {
        double ofStates = Arrays.stream(row, 0, states).sum();
        double ofSlopes = Arrays.stream(row).sum() - ofStates;
        if (Math.abs(ofStates - (state ? 1 : 0)) > OrderConditions.TOLERANCE
                || (!state && Math.abs(ofSlopes - 1) > OrderConditions.TOLERANCE)) {
            throw fault(what + " with weights of states of the sum " + ofStates + " and of slopes of the sum "
                    + ofSlopes + ", expected " + (state ? "1 for states" : "0 and 1"));
        }
    }

    private IllegalArgumentException fault(String text) {
        return new IllegalArgumentException(
                "scheme " + name + ": got " + text + "; compare the weights with their source");
    }

    public String name() {
        return name;
    }

    /// The error of a solve shrinks like (step size) to this power.
    public int order() {
        return order;
    }

    /// Slots that hold states, the solution first.
    public int states() {
        return states;
    }

    /// Slots in all: states, then slopes.
    public int slots() {
        return states + slopes;
    }

    /// Evaluations of f a step.
    public int evaluations() {
        return arguments.length;
    }

    /// Where in the step evaluation `i` is.
    public double c(int i) {
        return c[i];
    }

    /// Which components evaluation `i` gives.
    public Part part(int i) {
        return parts[i];
    }

    /// The weights of Yᵢ.
    public double[] argument(int i) {
        return arguments[i].clone();
    }

    /// The weights of slot `l` after the step.
    public double[] next(int l) {
        return next[l].clone();
    }

    /// Weights of the error estimates: none, one or two rows.
    public double[][] errors() {
        return Arrays.stream(errors).map(double[]::clone).toArray(double[][]::new);
    }

    /// The estimate shrinks like h to this power plus one.
    public int errorOrder() {
        return errorOrder;
    }

    /// Can a step be undone exactly, but for rounding?
    public boolean reversible() {
        return selfInverse || inverse != null;
    }

    /// The step that undoes this one: taken from t + h with −h.
    ///
    /// @throws UnsupportedOperationException if there is none
    public Scheme inverse() {
        if (!reversible()) {
            throw new UnsupportedOperationException(name + " cannot be undone algebraically");
        }
        return selfInverse ? this : inverse;
    }

    /// By what the rounding of a state is multiplied when a step is undone, whatever the field: above 1 only for
    /// couplings with λ < 1.
    public double undoneGrowth() {
        return undoneGrowth;
    }

    /// Does it need a field of positions and momenta?
    public boolean partitioned() {
        return Arrays.stream(parts).anyMatch(p -> p != Part.ALL);
    }

    /// With one more evaluation, of the running cost alone: the halves of a partitioned field do not give it.
    ///
    /// @throws UnsupportedOperationException if the scheme has no rule for it
    Scheme withRunningCost() {
        if (withRunning == null) {
            throw new UnsupportedOperationException(name + " has no rule for a running cost");
        }
        return withRunning;
    }

    /// Where this is a Runge–Kutta method: its coefficients; else null.
    public Tableau tableau() {
        return tableau;
    }

    /// The scheme of a Runge–Kutta method.
    static Scheme of(Tableau t) {
        int s = t.stages();
        boolean keep = t.firstSameAsLast();
        int first = keep ? 1 : 0; // stage 0 is the slope kept from the step before
        Builder builder = new Builder(t.name(), t.order(), 1, keep ? 1 : 0);
        for (int i = first; i < s; i++) {
            builder.evaluate(t.c(i), row(t.a(i)));
        }
        builder.next(row(t.b()));
        if (keep) {
            double[] last = new double[1 + s];
            last[s] = 1;
            builder.next(last);
        }
        for (double[] e : t.errors()) {
            double[] row = row(e);
            row[0] = 0;
            builder.error(t.errorOrder(), row);
        }
        builder.tableau = t;
        return builder.build();
    }

    /// x with weight 1, then the stages.
    private static double[] row(double[] weights) {
        double[] row = new double[weights.length + 1];
        row[0] = 1;
        System.arraycopy(weights, 0, row, 1, weights.length);
        return row;
    }

    /// Two schemes are equal if name and weights are: anybody may give a tableau any name.
    @Override
    public boolean equals(Object o) {
        return o == this || (o instanceof Scheme other && Arrays.deepEquals(other.content(), content()));
    }

    @Override
    public int hashCode() {
        return name.hashCode() * 31 + Arrays.deepHashCode(next);
    }

    private Object[] content() {
        return new Object[] {
            name,
            order,
            states,
            slopes,
            c,
            parts,
            arguments,
            next,
            errorOrder,
            errors,
            inverse,
            selfInverse,
            undoneGrowth,
            tableau,
            withRunning
        };
    }

    @Override
    public String toString() {
        return name;
    }

    /// Writes a scheme down, row by row; [#build()] checks it.
    static final class Builder {
        private final String name;
        private final int order;
        private final int states;
        private final int slopes;
        private final List<Double> c = new ArrayList<>();
        private final List<Part> parts = new ArrayList<>();
        private final List<double[]> arguments = new ArrayList<>();
        private final List<double[]> next = new ArrayList<>();
        private final List<double[]> errors = new ArrayList<>();
        private int errorOrder;
        private Scheme inverse;
        private boolean selfInverse;
        private double undoneGrowth = 1;
        private Tableau tableau;
        private Scheme withRunning;

        Builder(String name, int order, int states, int slopes) {
            this.name = name;
            this.order = order;
            this.states = states;
            this.slopes = slopes;
        }

        Builder evaluate(double node, double... row) {
            return evaluate(Part.ALL, node, row);
        }

        Builder evaluate(Part part, double node, double... row) {
            c.add(node);
            parts.add(part);
            arguments.add(row.clone());
            return this;
        }

        Builder next(double... row) {
            next.add(row.clone());
            return this;
        }

        Builder error(int embeddedOrder, double... row) {
            errorOrder = embeddedOrder;
            errors.add(row.clone());
            return this;
        }

        /// The step with −h undoes the step with h.
        Builder symmetric() {
            selfInverse = true;
            return this;
        }

        Builder inverse(Scheme other) {
            inverse = other;
            return this;
        }

        /// The same where undoing a step multiplies rounding by `growth`.
        Builder inverse(Scheme other, double growth) {
            undoneGrowth = growth;
            return inverse(other);
        }

        /// The same scheme with an evaluation of the running cost.
        Builder running(Scheme same) {
            withRunning = same;
            return this;
        }

        Scheme build() {
            return new Scheme(this);
        }
    }
}
