package org.costate.graph;

import static org.costate.Close.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.costate.kernels.Binary;
import org.costate.kernels.Unary;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every operation: forward against what it says, vector–Jacobian and Jacobian–vector products against central
/// differences and against each other, in both precisions.
class OpContractTest {
    private static final long SEED = 4711;
    private static final int BATCH = 3;

    /// One expression of the symbols; all of them positive numbers when tested.
    record Sample(String name, Expr y) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static final Expr X = new Expr(new Leaf.Input("x", new Shape(Shape.BATCH, 4)));
    private static final Expr Z = new Expr(new Leaf.Input("z", new Shape(Shape.BATCH, 4)));
    private static final Expr T = new Expr(new Leaf.Input("t", Shape.SCALAR));
    private static final Expr W = new Expr(new Leaf.Parameter("W", new Shape(4, 5)));
    private static final Expr V = new Expr(new Leaf.Parameter("V", new Shape(5, 4)));
    private static final Expr ROW = new Expr(new Leaf.Parameter("row", new Shape(1, 4)));
    private static final List<Expr> LEAVES = List.of(X, Z, T, W, V, ROW);

    static Stream<Sample> samples() {
        List<Sample> all = new ArrayList<>();
        for (Unary f : Unary.values()) {
            all.add(new Sample(f.toString(), Elementwise.of(f, X)));
            if (f != Unary.LOG && f != Unary.SQRT) {
                all.add(new Sample(f + " of both signs", Elementwise.of(f, X.minus(0.6))));
                all.add(new Sample(
                        f + " from afar", Elementwise.of(f, X.minus(0.6).times(4))));
            }
        }
        Expr column = Z.column(1);
        for (Binary f : Binary.values()) {
            if (f == Binary.POWER) {
                for (double n : new double[] {2, 3, -1, 0.5}) {
                    all.add(new Sample("POWER " + n, X.pow(n)));
                    if (n != 0.5) {
                        all.add(new Sample(
                                "POWER " + n + " of numbers below 0", X.negate().pow(n)));
                    }
                }
            }
            for (Expr other : List.of(Z, ROW, column, T)) {
                all.add(new Sample(f + " batch, " + other.shape(), Elementwise.of(f, X, other)));
                all.add(new Sample(f + " " + other.shape() + ", batch", Elementwise.of(f, other, X)));
            }
        }
        all.add(new Sample("power of two", Expr.constant(2).pow(X)));
        all.add(new Sample("power of itself", X.pow(X)));
        all.add(new Sample("second derivative of a power", second(X.pow(X.times(ROW)))));
        all.add(new Sample("subtract from a number", X.rsub(3)));
        all.add(new Sample("divide a number", X.rdiv(3)));
        all.add(new Sample("product", X.matmul(W)));
        all.add(new Sample("product with a transpose", X.matmul(V.transpose())));
        all.add(new Sample("product of parameters", X.matmul(W.matmul(V))));
        all.add(new Sample("product of two transposes", X.matmul(V.transpose().matmul(W.transpose()))));
        all.add(new Sample("transpose", W.transpose().plus(V)));
        all.add(new Sample("columns", X.columns(1, 2)));
        all.add(new Sample("embed", new Expr(new Linear.Embed(X.columns(0, 2), 3, 6))));
        all.add(new Sample("concat", Expr.concat(X.column(3), Z, X)));
        all.add(new Sample("concat with the time", Expr.concat(X, T, ROW, Expr.constant(2))));
        all.add(new Sample("concat after the time", Expr.concat(T, X)));
        all.add(new Sample("concat of parameters", Expr.concat(T, W, ROW)));
        all.add(new Sample("rows", X.plus(V.rows(1, 2).sumRows())));
        all.add(new Sample("row", X.times(V.row(4))));
        all.add(new Sample("product with rows", X.matmul(V.rows(1, 4))));
        all.add(new Sample("sum of columns", X.times(Z).sumColumns()));
        all.add(new Sample("sum of rows", X.times(Z).sumRows()));
        all.add(new Sample("sum", X.times(Z).sum()));
        all.add(new Sample("mean of columns", X.times(Z).meanColumns()));
        all.add(new Sample("mean of rows", X.times(Z).meanRows()));
        all.add(new Sample("mean of rows of parameters", W.times(W).meanRows()));
        all.add(new Sample("mean", X.times(Z).mean()));
        Expr signed = X.minus(0.6).times(4);
        all.add(new Sample("leaky relu", signed.leakyRelu(0.1)));
        all.add(new Sample("silu", signed.silu()));
        all.add(new Sample("gelu", signed.gelu()));
        all.add(new Sample("softplus", signed.softplus()));
        all.add(new Sample("clipped", signed.min(1).max(-1)));
        all.add(new Sample("second derivative of softplus", second(signed.softplus())));
        all.add(new Sample("second derivative of gelu", second(signed.gelu())));
        all.add(new Sample("stretch a row", ROW.stretch(X.shape())));
        all.add(new Sample("stretch a column", column.stretch(X.shape())));
        all.add(new Sample("stretch a number", T.stretch(X.shape())));
        all.add(new Sample(
                "shared parts", X.tanh().times(X.tanh()).plus(X.tanh().sumColumns())));
        return all.stream();
    }

    /// The derivative of an expression of X along Z, itself to be differentiated.
    private static Expr second(Expr y) {
        Interner interner = new Interner();
        return Derivative.jvp(interner.intern(y), Map.of(interner.intern(X), interner.intern(Z)));
    }

    /// The values of expressions for given leaves.
    private static double[][] values(List<Expr> results, List<Expr> leaves, double[][] numbers, Precision precision) {
        Workspace workspace = new Workspace();
        IdentityHashMap<Expr, Buffer> places = new IdentityHashMap<>();
        Interner interner = new Interner();
        for (int i = 0; i < leaves.size(); i++) {
            Shape s = leaves.get(i).shape();
            Buffer b = workspace.allocate(s.rows(BATCH), s.columns(), precision);
            b.copyFrom(numbers[i]);
            places.put(interner.intern(leaves.get(i)), b);
        }
        List<Expr> interned = results.stream().map(interner::intern).toList();
        Places all = new Places(places, workspace, BATCH, precision);
        new Program(all, List.of(), false).compute(interned).run();
        return interned.stream().map(e -> all.of(e).toArray()).toArray(double[][]::new);
    }

    private static double[] random(SplittableRandom random, Shape shape) {
        return random.doubles((long) shape.rows(BATCH) * shape.columns(), 0.3, 0.9)
                .toArray();
    }

    private static double[] along(double[] x, double h, double[] v) {
        double[] moved = x.clone();
        for (int i = 0; i < x.length; i++) {
            moved[i] += h * v[i];
        }
        return moved;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    @ParameterizedTest
    @MethodSource("samples")
    void derivativesAgreeWithDifferencesAndWithEachOther(Sample sample) {
        Interner interner = new Interner();
        Expr y = interner.intern(sample.y);
        List<Expr> leaves = LEAVES.stream().map(interner::intern).toList();
        SplittableRandom random = new SplittableRandom(SEED);
        double[][] at = leaves.stream().map(l -> random(random, l.shape())).toArray(double[][]::new);
        Expr g = interner.intern(new Expr(new Leaf.Input("g", y.shape())));
        double[] back = random(random, y.shape());
        List<Expr> vjps = Derivative.vjp(y, g, leaves);
        boolean any = false;
        for (int i = 0; i < leaves.size(); i++) {
            Expr leaf = leaves.get(i);
            Expr d = interner.intern(new Expr(new Leaf.Input("d", leaf.shape())));
            double[] direction = random(random, leaf.shape());
            Expr jvp = Derivative.jvp(y, Map.of(leaf, d));
            assertEquals(vjps.get(i) == null, jvp == null, "both derivatives see the same dependence on " + leaf);
            if (jvp == null) {
                continue;
            }
            any = true;
            assertEquals(leaf.shape(), vjps.get(i).shape(), "shape of what comes back");
            assertEquals(y.shape(), jvp.shape(), "shape of the move");

            double h = 1e-5;
            double[][] up = at.clone();
            double[][] down = at.clone();
            up[i] = along(at[i], h, direction);
            down[i] = along(at[i], -h, direction);
            double[] high = values(List.of(y), leaves, up, Precision.FLOAT64)[0];
            double[] low = values(List.of(y), leaves, down, Precision.FLOAT64)[0];
            double[] difference = along(high, -1, low);
            for (int k = 0; k < difference.length; k++) {
                difference[k] /= 2 * h;
            }
            List<Expr> symbols = new ArrayList<>(leaves);
            symbols.add(g);
            symbols.add(d);
            double[][] numbers =
                    Stream.concat(Stream.of(at), Stream.of(back, direction)).toArray(double[][]::new);
            for (Precision p : Precision.values()) {
                boolean wide = p == Precision.FLOAT64;
                double[][] got = values(List.of(jvp, vjps.get(i)), symbols, numbers, p);
                String what = sample + " by " + leaf + " in " + p + ", seed " + SEED;
                assertClose(difference, got[0], wide ? 1e-9 : 2e-5, what + ": J u against differences");
                double left = dot(back, got[0]);
                double right = dot(got[1], direction);
                assertEquals(
                        left, right, (wide ? 1e-13 : 2e-5) * Math.max(1, Math.abs(left)), what + ": transposition");
            }
        }
        assertTrue(any, "depends on nothing");
    }

    @Test
    void everyOperationIsAmongTheSamples() {
        Set<Class<?>> expected = new HashSet<>();
        collect(Op.class, expected);
        expected.removeIf(Leaf.class::isAssignableFrom);
        expected.removeIf(Fused.class::isAssignableFrom); // made after the derivatives: see NarrowNetTest
        assertFalse(expected.isEmpty(), "no operations found");
        Set<Class<?>> seen = new HashSet<>();
        Interner interner = new Interner();
        samples()
                .forEach(
                        s -> Derivative.order(List.of(interner.intern(s.y))).forEach(e -> seen.add(e.op().getClass())));
        seen.removeIf(Leaf.class::isAssignableFrom);
        assertEquals(expected, seen);
    }

    private static void collect(Class<?> type, Set<Class<?>> found) {
        if (!type.isSealed()) {
            found.add(type);
            return;
        }
        for (Class<?> below : type.getPermittedSubclasses()) {
            collect(below, found);
        }
    }

    @Test
    void equalPartsAreComputedOnceAndConstantsFolded() {
        Interner interner = new Interner();
        Expr a = interner.intern(X.plus(1).tanh());
        Expr b = interner.intern(X.plus(Expr.constant(3).minus(2)).tanh());
        assertEquals(a, b);
        assertSame(a, b);
        assertEquals(3, Derivative.order(List.of(interner.intern(a.times(b)))).size() - 2, "plus, tanh, times");
    }
}
