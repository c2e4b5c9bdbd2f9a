package org.costate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Backprop;
import org.costate.adjoint.Backsolve;
import org.costate.adjoint.Checkpointed;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Costate;
import org.costate.adjoint.Forward;
import org.costate.adjoint.Gauss;
import org.costate.adjoint.Gradient;
import org.costate.adjoint.Reversible;
import org.costate.adjoint.Symplectic;
import org.costate.graph.Trace;
import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.Dopri5;
import org.costate.ode.Dynamics;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Parameters;
import org.costate.ode.ReversibleHeun;
import org.costate.ode.Rk4;
import org.costate.ode.Solver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// One problem, many threads: the same bits as alone, and nothing left.
class SharedOdeTest {
    private static final int THREADS = 8;

    private static final Dynamics NET = Trace.dynamics(
            2,
            (t, x, p) -> x.matmul(p.matrix("W1", 2, 20))
                    .plus(p.row("b", 20).times(t))
                    .tanh()
                    .matmul(p.matrix("W2", 20, 2)));
    private static final Dynamics BY_HAND = Dynamics.of(
            2,
            ParameterLayout.scalars("k"),
            (t, x, p, dx) -> {
                dx[0] = x[1];
                dx[1] = -p[0] * Math.sin(x[0]) + Math.cos(t);
            },
            (t, x, p, a, gx, gp) -> {
                gx[0] = -a[1] * p[0] * Math.cos(x[0]);
                gx[1] = a[0];
                gp[0] = -a[1] * Math.sin(x[0]);
            });

    record Case(Dynamics field, Solver solver, Adjoint mode) {}

    static Stream<Case> cases() {
        Solver adaptive = Dopri5.tolerance(1e-6, 1e-6);
        return Stream.of(NET, BY_HAND)
                .flatMap(f -> Stream.of(
                        new Case(f, Rk4.steps(30), Backprop.defaults()),
                        new Case(f, adaptive, Checkpointed.states(3)),
                        new Case(f, adaptive.perSample(), Backsolve.defaults()),
                        new Case(f, adaptive, Gauss.defaults()),
                        new Case(f, Rk4.steps(30), Symplectic.defaults()),
                        new Case(f, Rk4.steps(10), Forward.defaults()),
                        new Case(f, ReversibleHeun.steps(60), Reversible.defaults())));
    }

    private static double[][] states(int rows) {
        double[][] x = new double[rows][2];
        for (int r = 0; r < rows; r++) {
            x[r] = new double[] {Math.sin(r + 1), Math.cos(3 * r)};
        }
        return x;
    }

    /// Every number that comes out, as bits.
    private static long[] bits(Ode ode, Parameters theta, int rows) {
        Cost cost = Cost.sumOfSquares(states(rows))
                .plus(Cost.sumOfSquaresAt(0.4, states(rows)))
                .plus(Cost.running(Trace.cost(2, (t, x, p) -> x.pow(2).sumColumns())));
        Gradient g = ode.timeGradients().keepCostate(0.1).gradient(states(rows), theta, cost);
        Solution s = ode.dense().solve(states(rows), theta);
        return Stream.of(
                        new double[] {
                            g.cost(), g.peakBytes(), g.times().t0(), g.forward().steps()
                        },
                        g.parameters().toArray(),
                        Close.flat(g.x0()),
                        Close.flat(g.costate().value(0)),
                        Close.flat(s.at(0.37)),
                        Close.flat(s.end()))
                .flatMapToDouble(Arrays::stream)
                .mapToLong(Double::doubleToRawLongBits)
                .toArray();
    }

    /// All at the same moment, as far as that can be.
    private static <T> List<T> together(Callable<T> call) throws InterruptedException, ExecutionException {
        try (ExecutorService pool = Executors.newFixedThreadPool(THREADS)) {
            CountDownLatch ready = new CountDownLatch(THREADS);
            List<Future<T>> futures = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                futures.add(pool.submit(() -> {
                    ready.countDown();
                    ready.await();
                    return call.call();
                }));
            }
            List<T> all = new ArrayList<>();
            for (Future<T> f : futures) {
                all.add(f.get());
            }
            return all;
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void eightThreadsGetTheBitsOfOne(Case c) throws InterruptedException, ExecutionException {
        Parameters theta = c.field.initialParameters(4);
        for (Workspace workspace : new Workspace[] {new Workspace(), Workspace.scoped()}) {
            Ode ode =
                    Ode.of(c.field).span(0, 1).solver(c.solver).adjoint(c.mode).workspace(workspace);
            for (int rows : new int[] {1, 40}) {
                long[] alone = bits(ode, theta, rows);
                for (long[] each : together(() -> {
                    long[] last = null;
                    for (int i = 0; i < 5; i++) {
                        last = bits(ode, theta, rows);
                        assertArrayEquals(alone, last, "round " + i);
                    }
                    return last;
                })) {
                    assertArrayEquals(alone, each);
                }
            }
            assertEquals(0, workspace.liveBytes());
            workspace.close();
            assertEquals(0, workspace.reservedBytes());
            assertThrows(IllegalStateException.class, () -> bits(ode, theta, 1));
        }
    }

    /// One result, read by all.
    @Test
    void eightThreadsReadOneResult() throws InterruptedException, ExecutionException {
        Parameters theta = NET.initialParameters(4);
        for (Precision precision : Precision.values()) {
            for (Solver solver : new Solver[] {
                Rk4.steps(30),
                Dopri5.tolerance(1e-4, 1e-4),
                Dopri5.tolerance(1e-4, 1e-4).perSample()
            }) {
                boolean each = solver.stepsPerSample();
                Ode ode = Ode.of(NET).span(0, 1).solver(solver).precision(precision);
                Solution s = ode.dense().solve(states(7), theta);
                Ode kept = each ? ode.keepCostate(0.1, 0.5, 0.9) : ode.keepCostate();
                Gradient g = kept.timeGradients().gradient(states(7), theta, Cost.sumOfSquares(states(7)));
                long[] alone = read(s, g);
                for (long[] bits : together(() -> {
                    for (int i = 0; i < 20; i++) {
                        assertArrayEquals(alone, read(s, g), "round " + i);
                    }
                    return read(s, g);
                })) {
                    assertArrayEquals(alone, bits);
                }
            }
        }
    }

    /// Every number of both, in an order of times that differs from thread to thread.
    private static long[] read(Solution s, Gradient g) {
        int n = 50;
        double[][] between = new double[n][];
        int from = (int) (Thread.currentThread().threadId() * 7 % n);
        for (int i = 0; i < n; i++) {
            int k = (from + 11 * i) % n;
            between[k] = Close.flat(s.at(k / (double) (n - 1)));
        }
        Stream<double[]> states = Stream.of(Close.flat(s.state(s.size() - 1)), s.component(3, 1), s.times());
        Costate costate = g.costate();
        Stream<double[]> costates =
                Stream.of(Close.flat(costate.value(1)), costate.component(3, 1), costate.times(), Close.flat(g.x0()));
        Parameters mine = g.parameters();
        double[] byTheta = mine.toArray();
        mine.flat().fill(Double.NaN); // a copy: nobody else sees it
        return Stream.of(Stream.of(between), states, costates, Stream.of(byTheta, new double[] {
                    g.times().t0()
                }))
                .flatMap(x -> x)
                .flatMapToDouble(Arrays::stream)
                .mapToLong(Double::doubleToRawLongBits)
                .toArray();
    }

    /// Results of a scoped workspace live on.
    @Test
    void whatCameOutOutlivesTheWorkspace() {
        Parameters theta = NET.initialParameters(4);
        Workspace workspace = Workspace.scoped();
        Ode ode = Ode.of(NET).span(0, 1).solver(Rk4.steps(10)).workspace(workspace);
        Solution s = ode.dense().solve(states(2), theta);
        Gradient g = ode.keepCostate().gradient(states(2), theta, Cost.sumOfSquares(states(2)));
        double[][] middle = s.at(0.55);
        double[] a = g.costate().component(1, 1);
        workspace.close();
        assertArrayEquals(middle, s.at(0.55));
        assertArrayEquals(a, g.costate().component(1, 1));
        assertEquals(11, s.component(0, 0).length);
    }

    /// A native product holds its memory: closing under it is refused, or comes after it, and never crashes.
    @Test
    void closingUnderProductsNeverCrashes() throws InterruptedException, ExecutionException {
        for (int round = 0; round < 3; round++) {
            Workspace workspace = Workspace.scoped();
            int n = 600_000; // so large that the system takes the memory back at once
            Buffer a = workspace.allocate(8, n, Precision.FLOAT64);
            Buffer b = workspace.allocate(n, 8, Precision.FLOAT64);
            a.fill(1);
            b.fill(2);
            try (ExecutorService pool = Executors.newFixedThreadPool(2)) {
                CountDownLatch under = new CountDownLatch(3);
                Future<Integer> products = pool.submit(() -> {
                    Buffer out = new Workspace().allocate(8, 8, Precision.FLOAT64);
                    int done = 0;
                    try {
                        while (true) {
                            Kernels.best().product(a, false, b, false, out);
                            assertEquals(2.0 * n, out.get(7));
                            done++;
                            under.countDown();
                        }
                    } catch (IllegalStateException e) {
                        assertTrue(e.getMessage().contains("released or closed"), e.getMessage());
                        return done;
                    }
                });
                under.await();
                int refused = 0;
                while (true) {
                    try {
                        workspace.close();
                        break;
                    } catch (IllegalStateException e) {
                        refused++;
                        assertTrue(e.getMessage().contains("still shown"), e.getMessage());
                    }
                }
                assertTrue(products.get() >= 3 && refused >= 0);
            }
        }
    }
}
