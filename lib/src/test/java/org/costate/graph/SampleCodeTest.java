package org.costate.graph;

import static org.costate.Close.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.costate.kernels.Binary;
import org.costate.kernels.Unary;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Dynamics;
import org.costate.ode.Part;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// One sample, for which code is made, against many, which kernels work on.
class SampleCodeTest {
    private static final long SEED = 20261123;
    private static final int MANY = 20;
    private static final double TIME = 0.4;

    private final Workspace workspace = new Workspace();

    record Case(String name, Trace.Field field) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        TreeMap<String, Trace.Field> all = new TreeMap<>();
        for (Unary f : Unary.values()) {
            all.put("unary " + f, (t, x, p) -> Elementwise.of(f, x.times(p.row("w", 3))));
        }
        for (Binary f : Binary.values()) {
            all.put("binary " + f, (t, x, p) -> {
                Expr b = x.times(p.row("w", 3)).plus(t);
                return Elementwise.of(f, x.plus(p.scalar("s")), b);
            });
        }
        all.put(
                "constant powers",
                (t, x, p) -> x.pow(2.5).plus(x.pow(0.5)).plus(x.pow(-1)).times(p.scalar("s")));
        all.put("powers of a number", (t, x, p) -> Expr.constant(2).pow(x.times(p.scalar("s"))));
        all.put(
                "numbers before",
                (t, x, p) -> x.rsub(2).plus(x.times(p.scalar("s")).rdiv(3)));
        all.put(
                "the time beside the state",
                (t, x, p) -> Expr.concat(x, t, p.row("w", 2), Expr.constant(2)).matmul(p.matrix("A", 7, 3)));
        all.put("rows", (t, x, p) -> {
            Expr a = p.matrix("A", 4, 3);
            return x.matmul(a.rows(1, 3))
                    .plus(a.row(0))
                    .plus(Expr.constant(new double[][] {{1, 2, 3}, {4, 5, 6}}).row(1));
        });
        all.put("squares and cubes", (t, x, p) -> x.pow(2).plus(x.pow(3)).times(p.scalar("s")));
        all.put("products", (t, x, p) -> x.matmul(p.matrix("A", 3, 2)).tanh().matmul(p.matrix("B", 2, 3)));
        all.put("turned products", (t, x, p) -> x.matmul(p.matrix("A", 3, 3).transpose()));
        all.put(
                "products of parameters",
                (t, x, p) -> x.matmul(p.matrix("A", 3, 2).matmul(p.matrix("B", 2, 3))));
        all.put(
                "columns",
                (t, x, p) -> Expr.concat(
                        x.columns(1, 2).times(x.column(0)), x.column(0).times(p.scalar("s"))));
        all.put(
                "sums",
                (t, x, p) ->
                        x.times(x.sumColumns()).plus(p.matrix("A", 4, 3).pow(2).sumRows()));
        all.put("a slope that is the state", (t, x, p) -> x);
        all.put("a slope of parameters", (t, x, p) -> p.row("w", 3).plus(x.times(0)));
        all.put("a slope of the time", (t, x, p) -> t.sin().times(Expr.constant(new double[][] {{1, 2, 3}})));
        all.put(
                "shared parts",
                (t, x, p) -> x.tanh().times(x.tanh().plus(p.scalar("s"))).minus(x.tanh()));
        return all.entrySet().stream().map(e -> new Case(e.getKey(), e.getValue()));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theCodeOfOneSampleAgreesWithTheKernelsOfMany(Case c) {
        Dynamics f = Trace.dynamics(3, c.field);
        SplittableRandom random = new SplittableRandom(SEED);
        compare(c, f, random(1, f.layout().size(), random), random(MANY, 3, random), random(MANY, 3, random));
    }

    /// Both signs, zeros, what is large, and the kinks: of minimum and maximum in the first column, where s is t and
    /// the
    /// first w is 1. There each function is defined, or both codes agree that it is not.
    @ParameterizedTest
    @MethodSource("cases")
    void theyAgreeAtKinksAndTiesAndOnNegativeNumbers(Case c) {
        Dynamics f = Trace.dynamics(3, c.field);
        double[] values = {0, -0.0, 1, -1, 0.3, -0.3, -1.7, 2.6, -5.5, 0.4, -0.4, -0.8, 40, -40, 1e-9, -1e-9};
        Buffer theta = workspace.allocate(1, f.layout().size(), Precision.FLOAT64);
        double[] weights = {1, -1, 0.5, TIME};
        for (int i = 0; i < theta.size(); i++) {
            theta.set(i, weights[i % 4]);
        }
        Buffer x = workspace.allocate(MANY, 3, Precision.FLOAT64);
        Buffer a = workspace.allocate(MANY, 3, Precision.FLOAT64);
        for (int i = 0; i < x.size(); i++) {
            x.set(i, values[(i + i / values.length) % values.length]);
            a.set(i, i % 2 == 0 ? 1.5 : -0.75);
        }
        compare(c, f, theta, x, a);
    }

    private void compare(Case c, Dynamics f, Buffer theta, Buffer x, Buffer a) {
        double[][] many = evaluate(f, theta, x, a);
        double[] gp = new double[(int) theta.size()];
        for (int row = 0; row < MANY; row++) {
            double[][] one = evaluate(f, theta, x.view(row * 3L, 1, 3), a.view(row * 3L, 1, 3));
            for (int i = 0; i < 3; i++) {
                String what = c.name + " of " + x.get(row, i) + ", row " + row + ", seed " + SEED;
                close(many[0][3 * row + i], one[0][i], what);
                close(many[1][3 * row + i], one[1][i], what);
            }
            for (int i = 0; i < gp.length; i++) {
                gp[i] += one[2][i] - 1; // each begins at 1, to see that it is added to
            }
        }
        for (int i = 0; i < gp.length; i++) {
            gp[i]++;
        }
        if (gp.length > 0 && Arrays.stream(many[2]).allMatch(Double::isFinite)) {
            assertClose(many[2], gp, 1e-12, c.name);
        }
    }

    private static void close(double expected, double got, String what) {
        if (Double.isFinite(expected)) {
            assertEquals(expected, got, 1e-12 * (1 + Math.abs(expected)), what);
        } else {
            assertEquals(expected, got, what);
        }
    }

    private Buffer random(int rows, int columns, SplittableRandom random) {
        Buffer b = workspace.allocate(rows, columns, Precision.FLOAT64);
        for (long i = 0; i < b.size(); i++) {
            b.set(i, random.nextDouble(0.3, 1.2)); // within the domain of all functions
        }
        return b;
    }

    /// Slopes, what comes back to the states, and to the parameters.
    private double[][] evaluate(Dynamics f, Buffer theta, Buffer x, Buffer a) {
        BoundDynamics bound = f.bind(workspace, x.rows(), Precision.FLOAT64, theta);
        assertEquals(x.rows() == 1, bound instanceof FewSamples, "which code runs");
        Buffer tape = workspace.allocate(1, bound.tapeLength(), Precision.FLOAT64);
        Buffer k = workspace.allocate(x.rows(), 3, Precision.FLOAT64);
        Buffer gx = workspace.allocate(x.rows(), 3, Precision.FLOAT64);
        Buffer gp = workspace.allocate(1, (int) theta.size(), Precision.FLOAT64);
        gp.fill(1);
        bound.eval(Part.ALL, TIME, x, k, tape);
        bound.vjp(Part.ALL, TIME, x, tape, a, gx, gp);
        return new double[][] {k.toArray(), gx.toArray(), gp.toArray()};
    }

    @Test
    void largeFieldsAndFieldsThatMixSamplesGetNoCode() {
        Dynamics wide = Trace.dynamics(
                2, (t, x, p) -> x.matmul(p.matrix("A", 2, 50)).tanh().matmul(p.matrix("B", 50, 2)));
        Dynamics mixed = Trace.dynamics(2, (t, x, p) -> x.minus(x.meanRows()));
        for (Dynamics f : new Dynamics[] {wide, mixed}) {
            Buffer theta = workspace.allocate(1, f.layout().size(), Precision.FLOAT64);
            assertTrue(!(f.bind(workspace, 1, Precision.FLOAT64, theta) instanceof FewSamples));
        }
    }
}
