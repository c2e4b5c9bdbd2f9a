package org.costate.kernels;

import static org.costate.Close.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every implementation against the scalar one, in both precisions, on lengths around the vector's.
class KernelsContractTest {
    private static final long SEED = 20250101;
    private static final int[] SIDES = {1, 2, 3, 7, 8, 9, 15, 16, 17, 33, 50};

    private final Kernels reference = new ScalarKernels();
    private final Workspace workspace = new Workspace();
    private final SplittableRandom random = new SplittableRandom(SEED);

    record Case(Kernels kernels, Precision precision) {
        @Override
        public String toString() {
            return kernels.name() + ", " + precision;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(new ScalarKernels(), new VectorKernels(), Kernels.best())
                .flatMap(k -> Stream.of(Precision.values()).map(p -> new Case(k, p)));
    }

    private Buffer random(int rows, int columns, Precision precision, double from, double to) {
        // A view that starts anywhere, because states inside an augmented state do.
        Buffer b = workspace.allocate(1, rows * columns + 3, precision).view(3, rows, columns);
        for (long i = 0; i < b.size(); i++) {
            b.set(i, random.nextDouble(from, to));
        }
        return b;
    }

    private void same(Case c, int rows, int columns, double units, String what, TwoRuns runs) {
        Buffer expected = random(rows, columns, c.precision, 5, 6);
        Buffer got = random(rows, columns, c.precision, -6, -5);
        runs.run(reference, expected);
        runs.run(c.kernels, got);
        assertClose(expected.toArray(), got.toArray(), units * c.precision.unitRoundoff(), what + ", seed " + SEED);
    }

    private interface TwoRuns {
        void run(Kernels k, Buffer out);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void unary(Case c) {
        for (Unary f : Unary.values()) {
            for (int n : SIDES) {
                boolean positive = f == Unary.LOG || f == Unary.SQRT;
                Buffer x = random(2, n, c.precision, positive ? 0.01 : -3, 3);
                same(c, 2, n, 8, f + " of " + n, (k, out) -> k.unary(f, x, out));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void binaryWithEveryBroadcast(Case c) {
        for (Binary f : Binary.values()) {
            for (int rows : new int[] {1, 2, 5}) {
                for (int columns : new int[] {1, 2, 5, 9, 17}) {
                    int[][] shapes = {{rows, columns}, {1, columns}, {rows, 1}, {1, 1}};
                    for (int[] sa : shapes) {
                        for (int[] sb : shapes) {
                            Buffer a = random(sa[0], sa[1], c.precision, 0.2, 2);
                            Buffer b = random(sb[0], sb[1], c.precision, 0.2, 0.9);
                            String what = f + " " + a + " " + b + " to " + rows + " x " + columns;
                            same(c, rows, columns, 16, what, (k, out) -> k.binary(f, a, b, out));
                        }
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void wholePowersOfNegativeNumbers(Case c) {
        Buffer x = random(3, 11, c.precision, -2, 2);
        for (double n : new double[] {2, 3, 4, 5}) {
            Buffer exponent = workspace.allocate(1, 1, c.precision);
            exponent.set(0, n);
            same(c, 3, 11, 16, "power " + n, (k, out) -> k.binary(Binary.POWER, x, exponent, out));
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void combineAndAdd(Case c) {
        for (int n : SIDES) {
            Buffer x = random(1, n, c.precision, -1, 1);
            Buffer[] k = {
                random(1, n, c.precision, -1, 1), random(1, n, c.precision, -1, 1), random(1, n, c.precision, -1, 1)
            };
            double[] weights = {0.3, -1.7, 2, Double.NaN};
            same(c, 1, n, 8, "combine " + n, (kernels, out) -> kernels.combine(weights, k, 3, out));
            Buffer start = random(1, n, c.precision, -1, 1);
            same(c, 1, n, 8, "add " + n, (kernels, out) -> {
                out.copyFrom(start);
                kernels.add(-0.7, x, out);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void productsInEveryOrientation(Case c) {
        for (int m : new int[] {1, 2, 7, 20}) {
            for (int inner : new int[] {1, 2, 8, 33}) {
                for (int n : new int[] {1, 2, 9, 50}) {
                    for (int way = 0; way < 4; way++) {
                        boolean ta = (way & 1) != 0;
                        boolean tb = (way & 2) != 0;
                        Buffer a = ta ? random(inner, m, c.precision, -1, 1) : random(m, inner, c.precision, -1, 1);
                        Buffer b = tb ? random(n, inner, c.precision, -1, 1) : random(inner, n, c.precision, -1, 1);
                        String what = a + (ta ? "^T " : " ") + b + (tb ? "^T" : "");
                        same(c, m, n, 64 * inner, what, (k, out) -> k.product(a, ta, b, tb, null, out));
                        Buffer row = random(1, n, c.precision, -1, 1);
                        same(c, m, n, 8 * inner, what + " + row", (k, out) -> k.product(a, ta, b, tb, row, out));
                        Buffer start = random(m, n, c.precision, -1, 1);
                        same(c, m, n, 128 * inner, what + " added", (k, out) -> {
                            out.copyFrom(start);
                            k.product(a, ta, b, tb, out, out);
                        });
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void productsWithTanhAndItsReverse(Case c) {
        for (int m : new int[] {1, 3, 20}) {
            for (int inner = 1; inner <= 8; inner++) {
                for (int n : new int[] {16, 17, 50}) {
                    // Elsewhere nobody asks: see fusesTanh.
                    Kernels k = c.kernels.fusesTanh(inner, n) ? c.kernels : reference;
                    Buffer x = random(m, inner, c.precision, -1, 1);
                    Buffer w = random(inner, n, c.precision, -1, 1);
                    Buffer row = random(1, n, c.precision, -1, 1);
                    Buffer y = random(m, n, c.precision, -1, 1);
                    String what = x + " " + w;
                    same(
                            c,
                            m,
                            n,
                            8 * inner,
                            "tanh of " + what,
                            (q, out) -> pick(q, k).productTanh(x, w, null, out));
                    same(
                            c,
                            m,
                            n,
                            8 * inner,
                            "tanh of row and " + what,
                            (q, out) -> pick(q, k).productTanh(x, w, row, out));
                    same(
                            c,
                            m,
                            n,
                            32 * inner,
                            "reverse by " + what,
                            (q, out) -> pick(q, k).productTanhReverse(x, w, y, out));
                }
            }
        }
    }

    private static Kernels pick(Kernels asked, Kernels instead) {
        return asked instanceof ScalarKernels ? asked : instead;
    }

    @Test
    void theFastKernelsFuseTanh() {
        assertTrue(new VectorKernels().fusesTanh(2, 50), "native access is on in tests");
        assertFalse(new VectorKernels().fusesTanh(9, 50), "not narrow");
        assertFalse(reference.fusesTanh(2, 50));
    }

    /// The rows of a product, and those of the operations with tanh, have the same bits wherever they lie.
    @ParameterizedTest
    @MethodSource("cases")
    void noRowDependsOnWhereItLies(Case c) {
        Buffer x = random(11, 3, c.precision, -1, 1);
        Buffer w = random(3, 50, c.precision, -1, 1);
        Buffer turned = random(2, 50, c.precision, -1, 1);
        Buffer h = random(11, 50, c.precision, -1, 1);
        Buffer wide = workspace.allocate(11, 50, c.precision);
        Buffer slim = workspace.allocate(11, 2, c.precision);
        c.kernels.product(x, false, w, false, null, wide);
        c.kernels.product(h, false, turned, true, null, slim);
        Buffer oneWide = workspace.allocate(1, 50, c.precision);
        Buffer oneSlim = workspace.allocate(1, 2, c.precision);
        for (int r = 0; r < 11; r++) {
            c.kernels.product(x.view(r * 3L, 1, 3), false, w, false, null, oneWide);
            c.kernels.product(h.view(r * 50L, 1, 50), false, turned, true, null, oneSlim);
            assertArrayEquals(wide.view(r * 50L, 1, 50).toArray(), oneWide.toArray(), "row " + r);
            assertArrayEquals(slim.view(r * 2L, 1, 2).toArray(), oneSlim.toArray(), "row " + r);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void sums(Case c) {
        for (int rows : new int[] {1, 2, 13}) {
            for (int n : SIDES) {
                Buffer x = random(rows, n, c.precision, -1, 1);
                Buffer y = random(rows, n, c.precision, -1, 1);
                same(c, 1, n, 64 * rows, "sumRows", (k, out) -> k.sumRows(x, false, out));
                Buffer start = random(1, n, c.precision, -1, 1);
                same(c, 1, n, 64 * rows, "sumRows added", (k, out) -> {
                    out.copyFrom(start);
                    k.sumRows(x, true, out);
                });
                same(c, rows, 1, 64 * n, "sumColumns", (k, out) -> k.sumColumns(x, out));
                assertEquals(
                        reference.dot(x, y), c.kernels.dot(x, y), 8 * rows * n * c.precision.unitRoundoff(), "dot");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void copiesColumns(Case c) {
        Buffer x = random(3, 7, c.precision, -1, 1);
        same(c, 3, 9, 0, "copyColumns", (k, out) -> {
            out.fill(0);
            k.copyColumns(x, 2, out, 4, 5);
        });
    }

    @ParameterizedTest
    @MethodSource("cases")
    void seesEveryNumberThatIsNotFinite(Case c) {
        for (int n : SIDES) {
            Buffer x = random(1, n, c.precision, -1, 1);
            x.set(n / 2, c.precision == Precision.FLOAT64 ? Double.MAX_VALUE : Float.MAX_VALUE);
            assertTrue(c.kernels.finite(x), "large is finite");
            for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
                for (int at : new int[] {0, n / 2, n - 1}) {
                    double good = x.get(at);
                    x.set(at, bad);
                    assertFalse(c.kernels.finite(x), bad + " at " + at + " of " + n);
                    x.set(at, good);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void refusesWrongShapesByName(Case c) {
        Buffer a = workspace.allocate(2, 3, c.precision);
        Buffer b = workspace.allocate(2, 4, c.precision);
        for (Consumer<Kernels> call : java.util.List.<Consumer<Kernels>>of(
                k -> k.unary(Unary.EXP, a, b),
                k -> k.binary(Binary.ADD, a, a, b),
                k -> k.product(a, false, b, false, null, a),
                k -> k.add(1, a, b),
                k -> k.dot(a, b),
                k -> k.copyColumns(a, 1, b, 0, 3),
                k -> k.sumRows(a, false, b),
                k -> k.sumColumns(a, b))) {
            IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> call.accept(c.kernels));
            assertTrue(e.getMessage().contains("2 x 3"), e.getMessage());
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void tiesAndNotANumber(Case c) {
        Buffer a = workspace.allocate(1, 19, c.precision);
        Buffer b = workspace.allocate(1, 19, c.precision);
        for (int i = 0; i < 19; i++) {
            a.set(i, i % 5);
            b.set(i, i % 3);
        }
        for (Binary f : new Binary[] {Binary.MIN, Binary.MAX, Binary.GREATER}) {
            same(c, 1, 19, 0, f + " with ties", (k, out) -> k.binary(f, a, b, out));
            Buffer two = workspace.allocate(1, 1, c.precision);
            two.set(0, 2);
            same(c, 1, 19, 0, f + " and 2", (k, out) -> k.binary(f, a, two, out));
            same(c, 1, 19, 0, "2 and " + f, (k, out) -> k.binary(f, two, a, out));
        }
        a.fill(Double.NaN);
        Buffer out = workspace.allocate(1, 19, c.precision);
        for (Unary f : Unary.values()) {
            c.kernels.unary(f, a, out);
            assertEquals(f == Unary.STEP, c.kernels.finite(out), f + " of NaN");
        }
        for (Binary f : new Binary[] {Binary.MIN, Binary.MAX, Binary.SIGMOID_REVERSE}) {
            c.kernels.binary(f, a, b, out);
            assertFalse(c.kernels.finite(out), f + " of NaN");
        }
    }

    @Test
    void whatWasChosenIsSaid() {
        String report = Kernels.report();
        assertTrue(report.contains("loops: ") && report.contains("products: "), report);
    }
}
