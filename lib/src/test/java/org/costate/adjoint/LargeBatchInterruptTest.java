package org.costate.adjoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.costate.Ode;
import org.costate.graph.Trace;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Dynamics;
import org.costate.ode.Euler;
import org.costate.ode.Interruption;
import org.costate.ode.Norm;
import org.costate.ode.Outcome;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Parameters;
import org.costate.ode.Part;
import org.costate.ode.SolveException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// An interrupt of a gradient of a hundred thousand samples is looked for often enough, wherever it comes.
class LargeBatchInterruptTest {
    private static final int BATCH = 100_000;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /// A thread that knows what was computed, at most, from one look at its flag to the next.
    private static final class Watched extends Thread {
        private final ThreadLocal<long[]> last = ThreadLocal.withInitial(() -> new long[] {now()});
        private volatile boolean on;
        private long longest;
        private long all;

        Watched(Runnable task) {
            super(task);
        }

        /// What others on this machine do does not count.
        private static long now() {
            return THREADS.getCurrentThreadCpuTime();
        }

        synchronized void begin() {
            longest = 0;
            all = 0;
            last.get()[0] = now();
            on = true;
        }

        @Override
        public boolean isInterrupted() {
            if (on) {
                look();
            }
            return super.isInterrupted();
        }

        private synchronized void look() {
            long now = now();
            longest = Math.max(longest, now - last.get()[0]);
            all += now - last.get()[0];
            last.get()[0] = now;
        }

        /// The longest part.
        synchronized double end() {
            look();
            on = false;
            return longest / (double) all;
        }
    }

    private static final int D = 32;
    private static final int WIDTH = 512;

    /// One of the six products would be more.
    private static final double LARGEST_PIECE = 1.0 / 12;

    static List<Dynamics> fields() {
        return List.of(
                Trace.dynamics(
                        D,
                        (t, x, p) -> x.matmul(p.matrix("W1", D, WIDTH)).tanh().matmul(p.matrix("W2", WIDTH, D))),
                Trace.dynamics(
                        D,
                        (t, x, p) -> x.minus(x.meanRows()) // mixes samples
                                .matmul(p.matrix("W1", D, WIDTH))
                                .tanh()
                                .matmul(p.matrix("W2", WIDTH, D))));
    }

    /// A fifth of the batch: what is left of a gradient of two products there and four back, in pieces.
    @ParameterizedTest
    @MethodSource("fields")
    void anEvaluationAndAProductLookAtTheFlagOftenEnough(Dynamics field) throws InterruptedException {
        int batch = BATCH / 5;
        Workspace workspace = new Workspace();
        Precision precision = Precision.FLOAT32;
        Buffer x = workspace.allocate(batch, D, precision);
        SplittableRandom random = new SplittableRandom(2);
        for (long i = 0; i < x.size(); i++) {
            x.set(i, random.nextDouble());
        }
        Buffer theta = workspace.allocate(1, field.layout().size(), precision);
        theta.copyFrom(field.initialParameters(1).flat());
        BoundDynamics bound = field.bind(workspace, batch, precision, theta);
        Buffer tape = workspace.allocate(1, bound.tapeLength(), precision);
        Buffer k = workspace.allocate(batch, D, precision);
        Buffer gx = workspace.allocate(batch, D, precision);
        Buffer gp = workspace.allocate(1, field.layout().size(), precision);
        Watched[] me = new Watched[1];
        double[] best = {1};
        me[0] = new Watched(() -> {
            for (int round = 0; round < 20 && best[0] > LARGEST_PIECE; round++) {
                me[0].begin();
                bound.eval(Part.ALL, 0, x, k, tape);
                bound.vjp(Part.ALL, 0, x, tape, k, gx, gp);
                best[0] = Math.min(best[0], me[0].end());
            }
        });
        me[0].start();
        me[0].join();
        assertTrue(best[0] <= LARGEST_PIECE, "of all that is computed: " + best[0]);
    }

    @AfterEach
    void clearTheFlag() {
        Thread.interrupted();
    }

    /// However few samples there are, a slow lambda is not called again.
    @Test
    void noLambdaIsCalledForAnotherSample() {
        AtomicInteger calls = new AtomicInteger();
        AtomicInteger fatal = new AtomicInteger();
        Runnable count = () -> {
            if (calls.incrementAndGet() == fatal.get()) {
                Thread.currentThread().interrupt();
            }
        };
        Dynamics field = Dynamics.of(
                2,
                ParameterLayout.scalars("k"),
                (t, x, p, dx) -> {
                    count.run();
                    dx[0] = p[0] * x[1];
                },
                (t, x, p, a, gx, gp) -> {
                    count.run();
                    gx[1] = p[0] * a[0];
                });
        Parameters k = Parameters.of(field.layout(), 1);
        for (int batch : new int[] {5, 40}) {
            for (Adjoint mode : List.of(Backprop.defaults(), Forward.defaults())) {
                Ode ode = Ode.of(field).span(0, 1).solver(Euler.steps(1)).adjoint(mode);
                double[][] x0 = new double[batch][2];
                fatal.set(0);
                calls.set(0);
                ode.gradient(x0, k, Cost.sumOfSquares(x0));
                int all = calls.get();
                for (int n = 1; n < all; n++) {
                    calls.set(0);
                    fatal.set(n);
                    ended(ode, x0, k, mode + ", call " + n);
                    assertEquals(n, calls.get(), mode + ", calls");
                }
            }
        }
    }

    private static void ended(Ode ode, double[][] x0, Parameters theta, String what) {
        SolveException e =
                assertThrows(SolveException.class, () -> ode.gradient(x0, theta, Cost.sumOfSquares(x0)), what);
        assertEquals(Outcome.Kind.INTERRUPTED, e.outcome().kind(), what);
        assertTrue(Thread.interrupted(), what);
    }

    /// Jacobian–vector products of batch lambdas are made of products for each sample and component.
    @Test
    void noProductIsTakenForAnotherComponent() {
        AtomicInteger products = new AtomicInteger();
        Dynamics field =
                Dynamics.ofBatch(3, ParameterLayout.EMPTY, (t, x, p, dx) -> dx.copyFrom(x), (t, x, p, a, gx, gp) -> {
                    if (products.incrementAndGet() == 7) {
                        Thread.currentThread().interrupt();
                    }
                    gx.copyFrom(a);
                });
        Ode ode = Ode.of(field).span(0, 1).solver(Euler.steps(1)).adjoint(Forward.defaults());
        ended(ode, new double[100][3], new Parameters(ParameterLayout.EMPTY), "product 7");
        assertEquals(7, products.get());
    }

    @Test
    void loopsOverNumbersAreLeftInTheMiddle() {
        AtomicInteger after = new AtomicInteger();
        Cost interrupting = Cost.terminal((x, gradient) -> {
            Thread.currentThread().interrupt();
            return 0;
        });
        Cost last = Cost.terminal((x, gradient) -> after.incrementAndGet());
        Dynamics still = Dynamics.ofBatch(
                1, ParameterLayout.EMPTY, (t, x, p, dx) -> dx.fill(0), (t, x, p, a, gx, gp) -> gx.fill(0));
        double[][] zeros = new double[BATCH][1];
        Cost cost = interrupting.plus(Cost.sumOfSquares(zeros)).plus(last);
        Ode ode = Ode.of(still).span(0, 1).solver(Euler.steps(1));
        assertThrows(SolveException.class, () -> ode.gradient(zeros, new Parameters(ParameterLayout.EMPTY), cost));
        assertTrue(Thread.interrupted());
        assertEquals(0, after.get(), "the cost that comes next");
        Buffer many = new Workspace().allocate(BATCH, 1, Precision.FLOAT64);
        for (Norm norm : List.of(Norm.RMS, Norm.MAX)) {
            norm.of(many, many);
            Thread.currentThread().interrupt();
            assertThrows(Interruption.class, () -> norm.of(many, many));
            assertTrue(Thread.interrupted());
        }
    }
}
