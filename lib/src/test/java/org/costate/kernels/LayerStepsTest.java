package org.costate.kernels;

import static org.costate.Close.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Two layers that are found among written steps give what the steps give one by one.
class LayerStepsTest {
    private static final int ROWS = 7;

    private final SplittableRandom random = new SplittableRandom(5);
    private final Workspace workspace = new Workspace();
    private final Kernels kernels = Kernels.best();

    private Buffer random(int rows, int columns, Precision precision) {
        Buffer b = workspace.allocate(rows, columns, precision);
        for (long i = 0; i < b.size(); i++) {
            b.set(i, random.nextDouble(-1, 1));
        }
        return b;
    }

    /// A net of `from` numbers to `wide` and to `to`, forwards and back, one step at a time or as steps together.
    private final class Net {
        final Buffer x;
        final Buffer w;
        final Buffer b;
        final Buffer h;
        final Buffer v;
        final Buffer c;
        final Buffer y;
        final Buffer k;
        final Buffer g;
        final Buffer gx;
        final Buffer byW;
        final Buffer byB;
        final Buffer byV;

        Net(int from, int wide, int to, Precision p) {
            x = random(ROWS, from, p);
            w = random(from, wide, p);
            b = random(1, wide, p);
            h = random(ROWS, wide, p);
            v = random(to, wide, p);
            c = random(1, to, p);
            y = random(ROWS, to, p);
            k = random(ROWS, to, p);
            g = random(ROWS, wide, p);
            gx = random(ROWS, from, p);
            byW = random(from, wide, p);
            byB = random(1, wide, p);
            byV = random(wide, to, p);
        }

        void forward(Kernels to, boolean biased) {
            to.productTanh(x, w, biased ? b : null, h);
            to.product(h, false, v, true, biased ? c : null, y);
        }

        /// @param which sums are wanted: bits
        void reverse(Kernels to, int which, boolean add) {
            to.productTanhReverse(k, v, h, g);
            to.product(g, false, w, true, null, gx);
            if ((which & 1) != 0) {
                to.product(x, true, g, false, add ? byW : null, byW);
            }
            if ((which & 2) != 0) {
                to.sumRows(g, add, byB);
            }
            if ((which & 4) != 0) {
                to.product(h, true, k, false, add ? byV : null, byV);
            }
        }

        Buffer[] results() {
            return new Buffer[] {h, y, g, gx, byW, byB, byV};
        }
    }

    private static int run(Steps steps) {
        Runnable[] taken = steps.taken();
        for (Runnable step : taken) {
            step.run();
        }
        return taken.length;
    }

    @ParameterizedTest
    @CsvSource({"2,50,2", "1,50,2", "2,33,1", "1,16,1", "2,512,2", "2,64,2"})
    void twoLayersAreOneStep(int from, int wide, int to) {
        for (Precision p : Precision.values()) {
            for (int which = 0; which < 8; which++) {
                Net net = new Net(from, wide, to, p);
                boolean add = which % 3 != 0;
                boolean biased = which % 2 == 0;
                double[][] before = new double[7][];
                Buffer[] all = net.results();
                for (int i = 0; i < all.length; i++) {
                    before[i] = all[i].toArray();
                }
                net.forward(kernels, biased);
                net.reverse(kernels, which, add);
                double[][] expected = new double[7][];
                for (int i = 0; i < all.length; i++) {
                    expected[i] = all[i].toArray();
                    all[i].copyFrom(before[i]);
                }
                Steps steps = new Steps(kernels);
                net.forward(steps, biased);
                net.reverse(steps, which, add);
                int count = run(steps);
                boolean vectors = steps.fusesTanh(from, wide) && steps.fusesTanh(to, wide);
                assertEquals(vectors ? 2 : 4 + Integer.bitCount(which), count, "steps");
                for (int i = 0; i < all.length; i++) {
                    assertClose(
                            expected[i], all[i].toArray(), 100 * p.unitRoundoff(), "result " + i + ", sums " + which);
                }
            }
        }
    }

    /// What is written between two steps may be what the second one reads: then they stay apart.
    @ParameterizedTest
    @CsvSource({"v", "c"})
    void aLayerThatIsNotReadyWaits(String late) {
        Net net = new Net(2, 50, 2, Precision.FLOAT64);
        Buffer lateOne = late.equals("v") ? net.v : net.c;
        Buffer source = random(lateOne.rows(), lateOne.columns(), Precision.FLOAT64);
        Steps steps = new Steps(kernels);
        steps.productTanh(net.x, net.w, net.b, net.h);
        steps.unary(Unary.NEGATE, source, lateOne);
        steps.product(net.h, false, net.v, true, net.c, net.y);
        assertEquals(3, run(steps));
        double[] y = net.y.toArray();
        net.forward(kernels, true);
        assertClose(net.y.toArray(), y, 1e-14, late);
    }

    /// Widths and sides that the loops are not made for.
    @ParameterizedTest
    @CsvSource({"3,50,2", "2,50,3", "2,513,2", "2,2,2"})
    void othersStayAsTheyAre(int from, int wide, int to) {
        Net net = new Net(from, wide, to, Precision.FLOAT64);
        net.forward(new ScalarKernels(), true);
        double[] expected = net.y.toArray();
        Steps steps = new Steps(kernels);
        net.forward(steps, true);
        assertEquals(2, run(steps));
        assertClose(expected, net.y.toArray(), 1e-13, "y");
    }
}
