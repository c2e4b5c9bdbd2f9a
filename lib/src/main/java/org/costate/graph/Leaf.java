package org.costate.graph;

import java.util.Arrays;
import java.util.List;
import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;

/// What expressions start from. A leaf is bound to a buffer, not computed.
public sealed interface Leaf extends Op {
    @Override
    default List<Expr> inputs() {
        return List.of();
    }

    @Override
    default Op on(List<Expr> inputs) {
        return this;
    }

    @Override
    default void forward(Kernels kernels, Buffer[] in, Buffer out) {
        throw new IllegalStateException(this + " is bound, not computed");
    }

    @Override
    default Expr vjp(int i, Expr y, Expr g) {
        throw new IllegalStateException(this + " has no inputs");
    }

    @Override
    default Expr jvp(Expr y, List<Expr> dx) {
        throw new IllegalStateException(this + " has no inputs");
    }

    /// The state, the time, or what comes back to the slope: by name.
    record Input(String name, Shape shape) implements Leaf {
        @Override
        public String symbol() {
            return name;
        }
    }

    /// The number of samples, of which a trace knows only that it is the same everywhere.
    record Batch() implements Leaf {
        @Override
        public Shape shape() {
            return Shape.SCALAR;
        }
    }

    /// A named array of θ.
    record Parameter(String name, Shape shape) implements Leaf {
        @Override
        public String symbol() {
            return name;
        }
    }

    /// Numbers known when tracing.
    @SuppressWarnings("ArrayRecordComponent") // copied both ways, equal by content
    record Constant(Shape shape, double[] values) implements Leaf {
        public Constant {
            values = values.clone();
        }

        @Override
        public double[] values() {
            return values.clone();
        }

        boolean is(double value) {
            return shape.equals(Shape.SCALAR) && values[0] == value;
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Constant c && c.shape.equals(shape) && Arrays.equals(c.values, values);
        }

        @Override
        public int hashCode() {
            return shape.hashCode() * 31 + Arrays.hashCode(values);
        }

        @Override
        public String symbol() {
            return values.length == 1 ? Double.toString(values[0]) : "constant" + shape;
        }
    }
}
