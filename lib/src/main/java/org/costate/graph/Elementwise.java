package org.costate.graph;

import java.util.List;
import java.util.Locale;
import org.costate.kernels.Binary;
import org.costate.kernels.Kernels;
import org.costate.kernels.Unary;
import org.costate.memory.Buffer;

/// Operations on each element by itself.
public sealed interface Elementwise extends Op {
    static Expr of(Unary function, Expr x) {
        return new Expr(new Map(function, x));
    }

    static Expr of(Binary function, Expr a, Expr b) {
        return new Expr(new Join(function, a, b));
    }

    /// The derivative of a function of steps: 0 in v's shape, whatever v is.
    private static Expr zero(Expr v) {
        return Expr.constant(0).stretch(v.shape());
    }

    /// y = f(x).
    record Map(Unary function, Expr x) implements Elementwise {
        @Override
        public List<Expr> inputs() {
            return List.of(x);
        }

        @Override
        public Op on(List<Expr> inputs) {
            return new Map(function, inputs.getFirst());
        }

        @Override
        public Shape shape() {
            return x.shape();
        }

        /// A transcendental function of an element takes as long as some multiplications.
        @Override
        public long work() {
            return 8L * shape().columns();
        }

        @Override
        public void forward(Kernels kernels, Buffer[] in, Buffer out) {
            kernels.unary(function, in[0], out);
        }

        @Override
        public Expr vjp(int i, Expr y, Expr g) {
            return pull(y, g);
        }

        @Override
        public Expr jvp(Expr y, List<Expr> dx) {
            return pull(y, dx.getFirst()); // f is applied to each element: its Jacobian is diagonal
        }

        /// v f′(x), by way of y = f(x) where that is known already.
        private Expr pull(Expr y, Expr v) {
            return switch (function) {
                case NEGATE -> v.negate();
                case EXP -> v.times(y);
                case LOG -> v.dividedBy(x);
                case SQRT -> v.times(0.5).dividedBy(y);
                case SIN -> v.times(x.cos());
                case COS -> v.times(x.sin()).negate();
                case TANH -> of(Binary.TANH_REVERSE, v, y);
                case ABS -> v.times(of(Unary.SIGN, x));
                case RELU -> v.times(of(Unary.STEP, x));
                case SIGN, STEP -> zero(v);
                case SIGMOID -> of(Binary.SIGMOID_REVERSE, v, y);
                case SOFTPLUS -> v.times(x.sigmoid());
                case NORMAL_CDF -> v.times(of(Unary.NORMAL_DENSITY, x));
                case NORMAL_DENSITY -> v.times(y).times(x).negate();
            };
        }

        @Override
        public String symbol() {
            return function.name().toLowerCase(Locale.ROOT);
        }
    }

    /// y = a ∘ b, stretching sides of length 1.
    record Join(Binary function, Expr a, Expr b) implements Elementwise {
        public Join {
            var _ = a.shape().broadcast(b.shape(), symbol(function));
        }

        @Override
        public List<Expr> inputs() {
            return List.of(a, b);
        }

        @Override
        public Op on(List<Expr> inputs) {
            return new Join(function, inputs.get(0), inputs.get(1));
        }

        @Override
        public Shape shape() {
            return a.shape().broadcast(b.shape(), symbol());
        }

        @Override
        public void forward(Kernels kernels, Buffer[] in, Buffer out) {
            kernels.binary(function, in[0], in[1], out);
        }

        @Override
        public Expr vjp(int i, Expr y, Expr g) {
            return pull(i, y, g).sumTo(inputs().get(i).shape());
        }

        @Override
        public Expr jvp(Expr y, List<Expr> dx) {
            Expr sum = null;
            for (int i = 0; i < 2; i++) {
                if (dx.get(i) != null) {
                    Expr part = pull(i, y, dx.get(i));
                    sum = sum == null ? part : sum.plus(part);
                }
            }
            return sum.stretch(shape());
        }

        /// v ∂y/∂(input i), element by element.
        private Expr pull(int i, Expr y, Expr v) {
            return switch (function) {
                case ADD -> v;
                case SUBTRACT -> i == 0 ? v : v.negate();
                case MULTIPLY -> v.times(i == 0 ? b : a);
                case DIVIDE -> i == 0 ? v.dividedBy(b) : v.times(y).dividedBy(b).negate();
                case POWER -> {
                    Expr less = b.op() instanceof Leaf.Constant c && c.shape().equals(Shape.SCALAR)
                            ? Expr.constant(c.values()[0] - 1)
                            : b.minus(1);
                    yield i == 0 ? v.times(a.pow(less).times(b)) : v.times(y).times(a.log());
                }
                case TANH_REVERSE ->
                    i == 0 ? of(function, v, b) : v.times(a).times(b).times(-2);
                case SIGMOID_REVERSE ->
                    i == 0 ? of(function, v, b) : v.times(a).times(b.times(-2).plus(1));
                case MAX -> v.times(i == 0 ? of(Binary.GREATER, a, b) : of(Binary.GREATER, b, a));
                case MIN -> v.times(i == 0 ? of(Binary.GREATER, b, a) : of(Binary.GREATER, a, b));
                case GREATER -> zero(v);
            };
        }

        boolean isSum() {
            return function == Binary.ADD;
        }

        private static String symbol(Binary function) {
            return function.name().toLowerCase(Locale.ROOT);
        }

        @Override
        public String symbol() {
            return symbol(function);
        }
    }
}
