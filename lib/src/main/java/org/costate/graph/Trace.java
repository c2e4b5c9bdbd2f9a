package org.costate.graph;

import org.costate.memory.Arguments;
import org.costate.ode.Dynamics;

/// Turns a lambda into a field with exact derivatives, by calling it once with symbols.
public final class Trace {
    private Trace() {}

    /// A right-hand side written with expressions.
    @FunctionalInterface
    public interface Field {
        /// The slope at a state.
        ///
        /// @param t the time, `[1, 1]`
        /// @param x the state, `[batch, dimension]`
        /// @param p declares and gives the parameters
        /// @return dx/dt, `[batch, dimension]`
        Expr apply(Expr t, Expr x, Symbols p);
    }

    /// The field f(t, x, θ) of this expression.
    ///
    /// Cost: the lambda runs once, now. An evaluation is one kernel call for each distinct operation; a
    /// vector–Jacobian product about twice as many. Not for fields with data-dependent branches: the branch taken
    /// while tracing would be taken for ever; give those as lambdas on arrays.
    ///
    /// @param dimension numbers in the state of one sample
    /// @throws IllegalArgumentException if shapes do not fit, naming the operation and the shapes
    public static Dynamics dynamics(int dimension, Field field) {
        Arguments.given("field", field, "give a lambda (t, x, p) -> ... of expressions");
        if (dimension < 1) {
            throw new IllegalArgumentException(
                    "dimension: got " + dimension + ", expected at least 1; it is how many numbers one sample has");
        }
        Expr t = new Expr(new Leaf.Input("t", Shape.SCALAR));
        Expr x = new Expr(new Leaf.Input("x", new Shape(Shape.BATCH, dimension)));
        Symbols p = new Symbols();
        Expr slope = fit("field", field.apply(t, x, p), x.shape());
        return new TracedDynamics(dimension, p.layout(), t, x, slope);
    }

    /// A part of a cost, one number a sample, `[batch, 1]`: the integrand L(t, x, θ) of a running cost, or a
    /// function of the state at one time. Parameters are those of the field, by their names.
    ///
    /// @throws IllegalArgumentException if the expression has another shape
    public static Dynamics cost(int dimension, Field cost) {
        Arguments.given("cost", cost, "give a lambda (t, x, p) -> ... of expressions");
        if (dimension < 1) {
            throw new IllegalArgumentException(
                    "dimension: got " + dimension + ", expected at least 1; it is how many numbers one sample has");
        }
        Expr t = new Expr(new Leaf.Input("t", Shape.SCALAR));
        Expr x = new Expr(new Leaf.Input("x", new Shape(Shape.BATCH, dimension)));
        Symbols p = new Symbols();
        Expr value = fit("cost", cost.apply(t, x, p), new Shape(Shape.BATCH, 1));
        return new TracedDynamics(dimension, p.layout(), t, x, value);
    }

    /// A field of positions q and momenta p, dq/dt of (t, p, θ) and dp/dt of (t, q, θ), for symplectic methods.
    /// The state is (q, p), positions first.
    ///
    /// @param positions how many positions, and as many momenta
    /// @throws IllegalArgumentException if shapes do not fit
    public static Dynamics partitioned(int positions, Field dq, Field dp) {
        Arguments.given("dq", dq, "give a lambda (t, p, theta) -> ... of expressions");
        Arguments.given("dp", dp, "give a lambda (t, q, theta) -> ... of expressions");
        if (positions < 1) {
            throw new IllegalArgumentException("positions: got " + positions
                    + ", expected at least 1; it is how many one sample has, and how many momenta");
        }
        Expr t = new Expr(new Leaf.Input("t", Shape.SCALAR));
        Expr half = new Expr(new Leaf.Input("x", new Shape(Shape.BATCH, positions)));
        Symbols symbols = new Symbols();
        Expr q = fit("dq", dq.apply(t, half, symbols), half.shape());
        Expr p = fit("dp", dp.apply(t, half, symbols), half.shape());
        return Dynamics.partitioned(
                new TracedDynamics(positions, symbols.layout(), t, half, q),
                new TracedDynamics(positions, symbols.layout(), t, half, p));
    }

    /// One number stretches to all components, and one row to all samples. One number a sample does not stretch to
    /// all its components: that is rarely meant.
    private static Expr fit(String what, Expr value, Shape expected) {
        if (value == null) {
            throw new IllegalArgumentException(
                    what + ": got null, expected the expression of shape " + expected + "; return it from the lambda");
        }
        Shape got = value.shape();
        boolean rows = got.rows() == Shape.BATCH || got.rows() == 1;
        if (!rows || (got.columns() != expected.columns() && !got.equals(Shape.SCALAR))) {
            String remedy = got.columns() == 1
                    ? "give every component its column by Expr.concat(...)"
                    : "look at the last matrix product, or sum by sumColumns()";
            throw new IllegalArgumentException(what + ": got an expression of shape " + got + ", expected " + expected
                    + ", one row a sample; " + remedy);
        }
        return value.stretch(expected);
    }
}
