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
import org.costate.graph.OpSamples.Sample;
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

    private static final Expr X = new Expr(new Leaf.Input("x", new Shape(Shape.BATCH, 4)));
    private static final Expr Z = new Expr(new Leaf.Input("z", new Shape(Shape.BATCH, 4)));
    private static final Expr T = new Expr(new Leaf.Input("t", Shape.SCALAR));
    private static final Expr W = new Expr(new Leaf.Parameter("W", new Shape(4, 5)));
    private static final Expr V = new Expr(new Leaf.Parameter("V", new Shape(5, 4)));
    private static final Expr ROW = new Expr(new Leaf.Parameter("row", new Shape(1, 4)));
    private static final List<Expr> LEAVES = List.of(X, Z, T, W, V, ROW);

    static Stream<Sample> samples() {
        return OpSamples.of(X, Z, T, W, V, ROW).stream();
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
        Expr y = interner.intern(sample.y());
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
                .forEach(s ->
                        Derivative.order(List.of(interner.intern(s.y()))).forEach(e -> seen.add(e.op().getClass())));
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
