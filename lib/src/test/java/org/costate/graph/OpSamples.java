package org.costate.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.costate.kernels.Binary;
import org.costate.kernels.Unary;
import org.costate.ode.Dynamics;

/// Expressions that show every operation, in all of its shapes.
public final class OpSamples {
    private OpSamples() {}

    /// One expression of the symbols; all of them positive numbers when tested.
    record Sample(String name, Expr y) {
        @Override
        public String toString() {
            return name;
        }
    }

    /// All samples.
    ///
    /// @param x of 4 numbers a sample, as is `z`
    /// @param t a number
    /// @param w of 4 x 5 numbers
    /// @param v of 5 x 4 numbers
    /// @param row of 4 numbers
    static List<Sample> of(Expr x, Expr z, Expr t, Expr w, Expr v, Expr row) {
        List<Sample> all = new ArrayList<>();
        for (Unary f : Unary.values()) {
            all.add(new Sample(f.toString(), Elementwise.of(f, x)));
            if (f != Unary.LOG && f != Unary.SQRT) {
                all.add(new Sample(f + " of both signs", Elementwise.of(f, x.minus(0.6))));
                all.add(new Sample(
                        f + " from afar", Elementwise.of(f, x.minus(0.6).times(4))));
            }
        }
        Expr column = z.column(1);
        for (Binary f : Binary.values()) {
            if (f == Binary.POWER) {
                for (double n : new double[] {2, 3, -1, 0.5}) {
                    all.add(new Sample("POWER " + n, x.pow(n)));
                    if (n != 0.5) {
                        all.add(new Sample(
                                "POWER " + n + " of numbers below 0", x.negate().pow(n)));
                    }
                }
            }
            for (Expr other : List.of(z, row, column, t)) {
                all.add(new Sample(f + " batch, " + other.shape(), Elementwise.of(f, x, other)));
                all.add(new Sample(f + " " + other.shape() + ", batch", Elementwise.of(f, other, x)));
            }
        }
        all.add(new Sample("power of two", Expr.constant(2).pow(x)));
        all.add(new Sample("power of itself", x.pow(x)));
        all.add(new Sample("second derivative of a power", second(x, z, x.pow(x.times(row)))));
        all.add(new Sample("subtract from a number", x.rsub(3)));
        all.add(new Sample("divide a number", x.rdiv(3)));
        all.add(new Sample("product", x.matmul(w)));
        all.add(new Sample("product with a transpose", x.matmul(v.transpose())));
        all.add(new Sample("product of parameters", x.matmul(w.matmul(v))));
        all.add(new Sample("product of two transposes", x.matmul(v.transpose().matmul(w.transpose()))));
        all.add(new Sample("transpose", w.transpose().plus(v)));
        all.add(new Sample("columns", x.columns(1, 2)));
        all.add(new Sample("embed", new Expr(new Linear.Embed(x.columns(0, 2), 3, 6))));
        all.add(new Sample("concat", Expr.concat(x.column(3), z, x)));
        all.add(new Sample("concat with the time", Expr.concat(x, t, row, Expr.constant(2))));
        all.add(new Sample("concat after the time", Expr.concat(t, x)));
        all.add(new Sample("concat of parameters", Expr.concat(t, w, row)));
        all.add(new Sample("rows", x.plus(v.rows(1, 2).sumRows())));
        all.add(new Sample("row", x.times(v.row(4))));
        all.add(new Sample("product with rows", x.matmul(v.rows(1, 4))));
        all.add(new Sample("sum of columns", x.times(z).sumColumns()));
        all.add(new Sample("sum of rows", x.times(z).sumRows()));
        all.add(new Sample("sum", x.times(z).sum()));
        all.add(new Sample("mean of columns", x.times(z).meanColumns()));
        all.add(new Sample("mean of rows", x.times(z).meanRows()));
        all.add(new Sample("mean of rows of parameters", w.times(w).meanRows()));
        all.add(new Sample("mean", x.times(z).mean()));
        Expr signed = x.minus(0.6).times(4);
        all.add(new Sample("leaky relu", signed.leakyRelu(0.1)));
        all.add(new Sample("silu", signed.silu()));
        all.add(new Sample("gelu", signed.gelu()));
        all.add(new Sample("softplus", signed.softplus()));
        all.add(new Sample("clipped", signed.min(1).max(-1)));
        all.add(new Sample("second derivative of softplus", second(x, z, signed.softplus())));
        all.add(new Sample("second derivative of gelu", second(x, z, signed.gelu())));
        all.add(new Sample("stretch a row", row.stretch(x.shape())));
        all.add(new Sample("stretch a column", column.stretch(x.shape())));
        all.add(new Sample("stretch a number", t.stretch(x.shape())));
        all.add(new Sample(
                "shared parts", x.tanh().times(x.tanh()).plus(x.tanh().sumColumns())));
        return all;
    }

    /// A field of 8 numbers, x and z. Its slope is two sums of samples, each number with a weight of its own, so that
    /// one that is wrong is not hidden by another one.
    public static Dynamics field(List<String> names) {
        return Trace.dynamics(8, (t, s, p) -> {
            Expr x = s.columns(0, 4);
            Expr z = s.columns(4, 4);
            List<Sample> all = of(x, z, t, p.matrix("W", 4, 5), p.matrix("V", 5, 4), p.row("row", 4)).stream()
                    .filter(sample -> names.contains(sample.name()))
                    .toList();
            SplittableRandom random = new SplittableRandom(all.size());
            Expr[] sums = {x.times(0.1), z.times(0.1)};
            for (int i = 0; i < all.size(); i++) {
                Expr weighted = fourColumns(all.get(i).y, x, random).times(constant(random, 1, 4));
                sums[i % 2] = sums[i % 2].plus(weighted);
            }
            return Expr.concat(sums[0], sums[1]);
        });
    }

    /// A sample with four numbers for every sample of the batch.
    private static Expr fourColumns(Expr y, Expr x, SplittableRandom random) {
        Shape shape = y.shape();
        Expr many = shape.rows() == Shape.BATCH || shape.rows() == 1
                ? y
                : x.sumColumns().matmul(constant(random, 1, shape.rows())).matmul(y);
        int columns = many.shape().columns();
        return columns == 4 || columns == 1 ? many : many.matmul(constant(random, columns, 4));
    }

    private static Expr constant(SplittableRandom random, int rows, int columns) {
        double[] values = random.doubles((long) rows * columns, 0.5, 1).toArray();
        return new Expr(new Leaf.Constant(new Shape(rows, columns), values));
    }

    /// The names of all samples that mix the samples of a batch, or of all that do not.
    public static List<String> names(boolean mixing) {
        Expr x = new Expr(new Leaf.Input("x", new Shape(Shape.BATCH, 4)));
        Expr z = new Expr(new Leaf.Input("z", new Shape(Shape.BATCH, 4)));
        Expr t = new Expr(new Leaf.Input("t", Shape.SCALAR));
        Expr w = new Expr(new Leaf.Parameter("W", new Shape(4, 5)));
        Expr v = new Expr(new Leaf.Parameter("V", new Shape(5, 4)));
        Expr row = new Expr(new Leaf.Parameter("row", new Shape(1, 4)));
        return of(x, z, t, w, v, row).stream()
                .filter(sample ->
                        mixing == Derivative.order(List.of(sample.y)).stream().anyMatch(TracedDynamics::mixesSamples))
                .map(Sample::name)
                .toList();
    }

    /// The derivative of an expression of `x` along `z`, itself to be differentiated.
    private static Expr second(Expr x, Expr z, Expr y) {
        Interner interner = new Interner();
        return Derivative.jvp(interner.intern(y), Map.of(interner.intern(x), interner.intern(z)));
    }
}
