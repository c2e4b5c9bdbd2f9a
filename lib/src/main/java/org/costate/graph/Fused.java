package org.costate.graph;

import java.util.List;
import org.costate.kernels.Binary;
import org.costate.kernels.Kernels;
import org.costate.kernels.Unary;
import org.costate.memory.Buffer;

/// Operations that one kernel does in place of two or three. Written for the kernels only after the derivatives are
/// taken, so they have none of their own.
sealed interface Fused extends Op {
    /// The expression that this stands for.
    Expr plain();

    /// What an operation is written as, given that its inputs are written so already: see also
    /// [Linear#arranged(Op)].
    static Op lowered(Op op) {
        Op arranged = Linear.arranged(op);
        return switch (arranged) {
            case Elementwise.Map m when m.function() == Unary.TANH -> layer(m);
            case Elementwise.Join j
            when j.function() == Binary.TANH_REVERSE
                    && isNarrow(j.a())
                    && j.b().shape().equals(j.a().shape()) -> {
                Linear.Product p = (Linear.Product) j.a().op();
                yield new TanhReverse(p.a(), p.b(), j.b());
            }
            default -> arranged;
        };
    }

    private static Op layer(Elementwise.Map tanh) {
        Expr x = tanh.x();
        if (isNarrow(x)) {
            Linear.Product p = (Linear.Product) x.op();
            return new Tanh(List.of(p.a(), p.b()));
        }
        if (x.op() instanceof Elementwise.Join j && j.isSum()) {
            boolean first = isNarrow(j.a());
            Expr row = first ? j.b() : j.a();
            Expr product = first ? j.a() : j.b();
            if (isNarrow(product)
                    && row.shape().equals(new Shape(1, product.shape().columns()))) {
                Linear.Product p = (Linear.Product) product.op();
                return new Tanh(List.of(p.a(), p.b(), row));
            }
        }
        return tanh;
    }

    /// Is it a product of a few numbers a sample, for which the kernels have such operations?
    private static boolean isNarrow(Expr e) {
        return e.op() instanceof Linear.Product p
                && !p.transposeA()
                && !p.transposeB()
                && p.shape().rows() == Shape.BATCH
                && Kernels.best().fusesTanh(p.a().shape().columns(), p.shape().columns());
    }

    @Override
    default Expr vjp(int i, Expr y, Expr g) {
        throw new IllegalStateException(symbol() + " comes after the derivatives");
    }

    @Override
    default Expr jvp(Expr y, List<Expr> dx) {
        throw new IllegalStateException(symbol() + " comes after the derivatives");
    }

    /// tanh(X W + b).
    ///
    /// @param inputs X, W and, if there is one, b
    record Tanh(List<Expr> inputs) implements Fused {
        @Override
        public Op on(List<Expr> others) {
            return new Tanh(others);
        }

        @Override
        public Shape shape() {
            return new Shape(Shape.BATCH, inputs.get(1).shape().columns());
        }

        @Override
        public long work() {
            return (8L + inputs.get(1).shape().rows()) * shape().columns();
        }

        @Override
        public void forward(Kernels kernels, Buffer[] in, Buffer out) {
            kernels.productTanh(in[0], in[1], in.length > 2 ? in[2] : null, out);
        }

        @Override
        public Expr plain() {
            Expr product = inputs.get(0).matmul(inputs.get(1));
            return (inputs.size() > 2 ? product.plus(inputs.get(2)) : product).tanh();
        }
    }

    /// (X W) ∘ (1 − y²), which comes back to the argument of y = tanh(…) where X W comes back to y.
    record TanhReverse(Expr x, Expr w, Expr y) implements Fused {
        @Override
        public List<Expr> inputs() {
            return List.of(x, w, y);
        }

        @Override
        public Op on(List<Expr> others) {
            return new TanhReverse(others.get(0), others.get(1), others.get(2));
        }

        @Override
        public Shape shape() {
            return y.shape();
        }

        @Override
        public long work() {
            return (2L + w.shape().rows()) * shape().columns();
        }

        @Override
        public void forward(Kernels kernels, Buffer[] in, Buffer out) {
            kernels.productTanhReverse(in[0], in[1], in[2], out);
        }

        @Override
        public Expr plain() {
            return Elementwise.of(Binary.TANH_REVERSE, x.matmul(w), y);
        }
    }
}
