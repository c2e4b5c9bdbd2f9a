package org.costate.graph;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.costate.kernels.Binary;
import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;

/// Operations that are linear in each of their inputs: products, sums, and moving numbers about.
public sealed interface Linear extends Op {
    /// The product, with transposes of the factors taken into it.
    static Expr product(Expr a, Expr b) {
        boolean ta = a.op() instanceof Transpose;
        boolean tb = b.op() instanceof Transpose;
        return new Expr(new Product(ta ? ((Transpose) a.op()).x : a, ta, tb ? ((Transpose) b.op()).x : b, tb));
    }

    static Expr transpose(Expr x) {
        return x.op() instanceof Transpose t ? t.x : new Expr(new Transpose(x));
    }

    /// A product with a small matrix of parameters, the matrix turned so that lanes of a vector find their
    /// numbers side by side. It is turned once for many evaluations.
    static Op arranged(Op op) {
        if (!(op instanceof Product p) || p.b.isVariable() || p.b.shape().size() > Product.TURN) {
            return op;
        }
        int n = p.shape().columns();
        boolean turn = p.transposeB
                ? n >= Product.LONG
                : n < Product.LONG && !p.transposeA && p.b.shape().rows() >= Product.LONG;
        return turn ? new Product(p.a, p.transposeA, transpose(p.b), !p.transposeB) : op;
    }

    /// Operations with one input are their own Jacobian–vector product.
    @Override
    default Expr jvp(Expr y, List<Expr> dx) {
        return new Expr(on(dx));
    }

    /// y = op(A) op(B).
    record Product(Expr a, boolean transposeA, Expr b, boolean transposeB) implements Linear {
        /// Numbers of a matrix that is worth turning, and of a row that fills a vector.
        private static final int TURN = 1 << 13;

        private static final int LONG = 16;

        public Product {
            if (inner(a.shape(), !transposeA) != inner(b.shape(), transposeB)) {
                throw new IllegalArgumentException(
                        "matmul: got " + a.shape() + (transposeA ? " transposed" : "") + " times " + b.shape()
                                + (transposeB ? " transposed" : "")
                                + ", expected equal inner sides; transpose one of them, or give it another shape");
            }
        }

        private static int inner(Shape s, boolean columns) {
            return columns ? s.columns() : s.rows();
        }

        @Override
        public List<Expr> inputs() {
            return List.of(a, b);
        }

        @Override
        public Op on(List<Expr> inputs) {
            return new Product(inputs.get(0), transposeA, inputs.get(1), transposeB);
        }

        @Override
        public Shape shape() {
            return new Shape(inner(a.shape(), transposeA), inner(b.shape(), !transposeB));
        }

        @Override
        public void forward(Kernels kernels, Buffer[] in, Buffer out) {
            forward(kernels, in, null, out);
        }

        @Override
        public long work() {
            return (long) shape().columns() * inner(a.shape(), !transposeA);
        }

        @Override
        public boolean adds() {
            return true;
        }

        @Override
        public void forward(Kernels kernels, Buffer[] in, Buffer plus, Buffer out) {
            kernels.product(in[0], transposeA, in[1], transposeB, plus, out);
        }

        /// For Y = A B: g Bᵀ and Aᵀ g; a transposed factor gets the transpose of that.
        @Override
        public Expr vjp(int i, Expr y, Expr g) {
            if (i == 0) {
                return new Expr(
                        transposeA ? new Product(b, transposeB, g, true) : new Product(g, false, b, !transposeB));
            }
            return new Expr(transposeB ? new Product(g, true, a, transposeA) : new Product(a, !transposeA, g, false));
        }

        @Override
        public Expr jvp(Expr y, List<Expr> dx) {
            Expr left = dx.get(0) == null ? null : new Expr(new Product(dx.get(0), transposeA, b, transposeB));
            Expr right = dx.get(1) == null ? null : new Expr(new Product(a, transposeA, dx.get(1), transposeB));
            return left == null ? right : right == null ? left : left.plus(right);
        }

        @Override
        public String symbol() {
            return "matmul" + (transposeA ? "_t" : "") + (transposeB ? "_T" : "");
        }
    }

    /// y = xᵀ, for parameters and constants.
    record Transpose(Expr x) implements Linear {
        @Override
        public List<Expr> inputs() {
            return List.of(x);
        }

        @Override
        public Op on(List<Expr> inputs) {
            return new Transpose(inputs.getFirst());
        }

        @Override
        public Shape shape() {
            return x.shape().transposed("transpose");
        }

        @Override
        public void forward(Kernels kernels, Buffer[] in, Buffer out) {
            for (int r = 0; r < out.rows(); r++) {
                for (int c = 0; c < out.columns(); c++) {
                    out.set(r, c, in[0].get(c, r));
                }
            }
        }

        @Override
        public Expr vjp(int i, Expr y, Expr g) {
            return transpose(g);
        }
    }

    /// y = x\[:, from … from + count − 1\].
    record Columns(Expr x, int from, int count) implements Linear {
        public Columns {
            if (from < 0 || count < 1 || from + count > x.shape().columns()) {
                throw new IllegalArgumentException("columns: got " + count + " from " + from
                        + " on, expected them within " + x.shape() + "; the first is number 0");
            }
        }

        @Override
        public List<Expr> inputs() {
            return List.of(x);
        }

        @Override
        public Op on(List<Expr> inputs) {
            return new Columns(inputs.getFirst(), from, count);
        }

        @Override
        public Shape shape() {
            return new Shape(x.shape().rows(), count);
        }

        @Override
        public void forward(Kernels kernels, Buffer[] in, Buffer out) {
            kernels.copyColumns(in[0], from, out, 0, count);
        }

        @Override
        public Expr vjp(int i, Expr y, Expr g) {
            return new Expr(new Embed(g, from, x.shape().columns()));
        }
    }

    /// y = zeros of `columns` columns with x from column `at` on: the transpose of [Columns].
    record Embed(Expr x, int at, int columns) implements Linear {
        @Override
        public List<Expr> inputs() {
            return List.of(x);
        }

        @Override
        public Op on(List<Expr> inputs) {
            return new Embed(inputs.getFirst(), at, columns);
        }

        @Override
        public Shape shape() {
            return new Shape(x.shape().rows(), columns);
        }

        @Override
        public void forward(Kernels kernels, Buffer[] in, Buffer out) {
            out.fill(0);
            kernels.copyColumns(in[0], 0, out, at, in[0].columns());
        }

        @Override
        public Expr vjp(int i, Expr y, Expr g) {
            return g.columns(at, x.shape().columns());
        }
    }

    /// y = x and z side by side.
    record Concat(Expr x, Expr z) implements Linear {
        public Concat {
            if (x.shape().rows() != z.shape().rows()) {
                throw new IllegalArgumentException("concat: got " + x.shape() + " and " + z.shape()
                        + ", expected as many rows of all parts, or one, since columns are put side by side; transpose a"
                        + " part, or take one row of it by row(i)");
            }
        }

        @Override
        public List<Expr> inputs() {
            return List.of(x, z);
        }

        @Override
        public Op on(List<Expr> inputs) {
            return new Concat(inputs.get(0), inputs.get(1));
        }

        @Override
        public Shape shape() {
            return new Shape(x.shape().rows(), x.shape().columns() + z.shape().columns());
        }

        @Override
        public void forward(Kernels kernels, Buffer[] in, Buffer out) {
            kernels.copyColumns(in[0], 0, out, 0, in[0].columns());
            kernels.copyColumns(in[1], 0, out, in[0].columns(), in[1].columns());
        }

        @Override
        public Expr vjp(int i, Expr y, Expr g) {
            int split = x.shape().columns();
            return i == 0 ? g.columns(0, split) : g.columns(split, z.shape().columns());
        }

        @Override
        public Expr jvp(Expr y, List<Expr> dx) {
            Expr left = dx.get(0) == null ? null : new Expr(new Embed(dx.get(0), 0, shape().columns()));
            Expr right = dx.get(1) == null
                    ? null
                    : new Expr(new Embed(dx.get(1), x.shape().columns(), shape().columns()));
            return left == null ? right : right == null ? left : left.plus(right);
        }
    }

    /// y_i = Σ_j x_ij.
    record SumColumns(Expr x) implements Linear {
        @Override
        public List<Expr> inputs() {
            return List.of(x);
        }

        @Override
        public Op on(List<Expr> inputs) {
            return new SumColumns(inputs.getFirst());
        }

        @Override
        public Shape shape() {
            return new Shape(x.shape().rows(), 1);
        }

        @Override
        public void forward(Kernels kernels, Buffer[] in, Buffer out) {
            kernels.sumColumns(in[0], out);
        }

        @Override
        public Expr vjp(int i, Expr y, Expr g) {
            return g.stretch(x.shape());
        }
    }

    /// y_j = Σ_i x_ij.
    record SumRows(Expr x) implements Linear {
        @Override
        public List<Expr> inputs() {
            return List.of(x);
        }

        @Override
        public Op on(List<Expr> inputs) {
            return new SumRows(inputs.getFirst());
        }

        @Override
        public Shape shape() {
            return new Shape(1, x.shape().columns());
        }

        @Override
        public void forward(Kernels kernels, Buffer[] in, Buffer out) {
            kernels.sumRows(in[0], false, out);
        }

        @Override
        public boolean adds() {
            return true;
        }

        @Override
        public void forward(Kernels kernels, Buffer[] in, Buffer plus, Buffer out) {
            kernels.sumRows(in[0], true, out);
        }

        @Override
        public Expr vjp(int i, Expr y, Expr g) {
            return g.stretch(x.shape());
        }
    }

    /// y = x repeated along its sides of length 1.
    record Stretch(Expr x, Shape shape) implements Linear {
        @Override
        public List<Expr> inputs() {
            return List.of(x);
        }

        @Override
        public Op on(List<Expr> inputs) {
            return new Stretch(inputs.getFirst(), shape);
        }

        @Override
        public void forward(Kernels kernels, Buffer[] in, Buffer out) {
            kernels.binary(Binary.ADD, in[0], ZERO.get(in[0].precision()), out);
        }

        @Override
        public Expr vjp(int i, Expr y, Expr g) {
            return g.sumTo(x.shape());
        }

        private static final Map<Precision, Buffer> ZERO = zeros();

        private static Map<Precision, Buffer> zeros() {
            var map = new EnumMap<Precision, Buffer>(Precision.class);
            for (var p : Precision.values()) {
                map.put(p, new Workspace().allocate(1, 1, p));
            }
            return map;
        }
    }
}
