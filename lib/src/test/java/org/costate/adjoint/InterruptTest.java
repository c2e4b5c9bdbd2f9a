package org.costate.adjoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.costate.Ode;
import org.costate.Solution;
import org.costate.Stepping;
import org.costate.graph.Trace;
import org.costate.memory.Precision;
import org.costate.ode.AsynchronousLeapfrog;
import org.costate.ode.Coupling;
import org.costate.ode.Dopri5;
import org.costate.ode.Dopri8;
import org.costate.ode.Dynamics;
import org.costate.ode.Euler;
import org.costate.ode.Outcome;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Parameters;
import org.costate.ode.ReversibleHeun;
import org.costate.ode.Rk4;
import org.costate.ode.SolveException;
import org.costate.ode.Solver;
import org.costate.ode.StormerVerlet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// An interrupt, wherever it comes, is heeded before the field is asked for anything more.
class InterruptTest {
    private static final Dynamics FIELD = Trace.partitioned(
            1,
            (t, p, theta) -> p.times(theta.scalar("a")),
            (t, q, theta) -> q.sin().times(theta.scalar("b")).negate().plus(t.cos()));
    private static final Parameters THETA = Parameters.of(FIELD.layout(), 1.2, 0.9);
    private static final double[][] X0 = {{0.8, -0.3}, {0.1, 0.6}};

    @AfterEach
    void clearTheFlag() {
        Thread.interrupted();
    }

    static Stream<Solver> solvers() {
        return Stream.of(
                Euler.steps(12),
                Rk4.steps(7),
                Dopri8.steps(4),
                ReversibleHeun.steps(9),
                AsynchronousLeapfrog.steps(9),
                Coupling.of(Rk4.steps(5), 1),
                StormerVerlet.steps(9),
                Rk4.steps(7).jumpAt(0.4),
                Dopri5.tolerance(1e-3, 1e-3).adaptive(a -> a.withFirst(1)),
                Dopri5.tolerance(1e-3, 1e-3).perSample());
    }

    /// The call that interrupts, for every one there is: that of the way there, of the interpolant, of steps that
    /// are undone or taken again, of transposed steps, of derivatives by times, of the costate, of the second
    /// sample.
    @ParameterizedTest
    @MethodSource("solvers")
    void anyLoopOfAnyGradientEndsAtTheNextCall(Solver solver)
            throws ReflectiveOperationException, java.net.URISyntaxException {
        Cost cost = Cost.sumOfSquares(X0)
                .plus(Cost.sumOfSquaresAt(0.77, X0))
                .plus(Cost.running(Trace.cost(2, (t, x, p) -> x.pow(2).sumColumns())));
        List<Adjoint> modes = new ArrayList<>(PairingsTest.modes());
        modes.add(Checkpointed.states(2));
        for (Adjoint mode : modes) {
            if (!PairingsTest.goTogether(mode, solver)) {
                continue;
            }
            AtomicInteger fatal = new AtomicInteger();
            Counting field = new Counting(FIELD, n -> {
                if (n == fatal.get()) {
                    Thread.currentThread().interrupt();
                }
            });
            Ode ode = Ode.of(field)
                    .span(0.2, 1.4)
                    .solver(solver)
                    .adjoint(mode)
                    .timeGradients()
                    .keepCostate(0.3);
            ode.gradient(X0, THETA, cost);
            int all = field.calls();
            for (int n = 1; n < all; n++) {
                fatal.set(field.calls() + n);
                String what = solver + ", " + mode + ", call " + n + " of " + all;
                SolveException e = assertThrows(SolveException.class, () -> ode.gradient(X0, THETA, cost), what);
                assertTrue(Thread.interrupted(), what + ": the flag stays set");
                assertEquals(Outcome.Kind.INTERRUPTED, e.outcome().kind(), what);
                assertEquals(fatal.get(), field.calls(), what + ": nothing is asked for after it");
                assertTrue(e.outcome().time() >= 0.2 && e.outcome().time() <= 1.4, what);
                assertEquals(0, ode.workspace().liveBytes(), what);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("solvers")
    void anySolveEndsAtTheNextCallAndKeepsItsTrajectory(Solver solver) {
        AtomicInteger fatal = new AtomicInteger();
        Counting field = new Counting(FIELD, n -> {
            if (n == fatal.get()) {
                Thread.currentThread().interrupt();
            }
        });
        Ode plain = Ode.of(field).span(0.2, 1.4).solver(solver);
        for (Ode ode : new Ode[] {plain, plain.dense(), plain.observe(0.2, 0.7)}) {
            Solution whole = ode.solve(X0, THETA);
            int all = field.calls();
            field.evaluations = 0;
            for (int n = 1; n < all; n++) {
                fatal.set(field.calls() + n);
                Solution s = ode.solve(X0, THETA);
                String what = solver + ", call " + n + " of " + all;
                assertTrue(Thread.interrupted(), what);
                assertEquals(Outcome.Kind.INTERRUPTED, s.outcome().kind(), what);
                assertEquals(fatal.get(), field.calls(), what + ": nothing is asked for after it");
                assertTrue(s.size() >= 1 && s.size() <= whole.size(), what);
                for (int k = 0; k < s.size(); k++) {
                    assertEquals(whole.times()[k], s.times()[k], what);
                    assertEquals(whole.state(k)[1][1], s.state(k)[1][1], what);
                }
                for (int row = 0; row < 2; row++) {
                    Solution one = s.sample(row);
                    Solution its = whole.sample(row);
                    boolean done = one.outcome().succeeded();
                    assertEquals(
                            done ? Outcome.Kind.SUCCESS : Outcome.Kind.INTERRUPTED,
                            one.outcome().kind(),
                            what);
                    assertTrue(done ? one.size() == its.size() : one.size() <= its.size(), what);
                    assertArrayEquals(Arrays.copyOf(its.times(), one.size()), one.times(), what);
                    assertArrayEquals(Arrays.copyOf(its.component(0, 1), one.size()), one.component(0, 1), what);
                }
            }
            field.evaluations = 0;
            fatal.set(0);
        }
        fatal.set(2);
        field.evaluations = 0;
        try (Stepping steps = plain.steps(X0, THETA)) {
            int taken = 0;
            while (steps.step()) {
                taken++;
            }
            assertTrue(taken <= 2, taken + " steps");
            assertEquals(Outcome.Kind.INTERRUPTED, steps.outcome().kind());
        }
    }

    /// Evaluations that take long by themselves: many samples by lambdas, large products.
    @Test
    void longEvaluationsAreLeftInTheMiddle() {
        AtomicInteger calls = new AtomicInteger();
        Dynamics lambdas = Dynamics.of(1, (t, x, dx) -> {
            if (calls.incrementAndGet() == 5000) {
                Thread.currentThread().interrupt();
            }
        });
        Solution s = Ode.of(lambdas)
                .span(0, 1)
                .solver(Euler.steps(3))
                .solve(new double[100_000][1], new Parameters(ParameterLayout.EMPTY));
        assertEquals(Outcome.Kind.INTERRUPTED, s.outcome().kind());
        assertEquals(5000, calls.get(), "calls");
        assertTrue(Thread.interrupted());
    }

    /// The bound that was promised, for a net whose gradient takes seconds: best of some, since other processes may
    /// hold this one up.
    @Test
    void aLargeNetEndsWithinATenthOfASecond() throws InterruptedException {
        Dynamics net = Trace.dynamics(
                128,
                (t, x, p) -> x.matmul(p.matrix("W1", 128, 512))
                        .tanh()
                        .matmul(p.matrix("W2", 512, 128))
                        .tanh());
        Parameters theta = net.initialParameters(1);
        double[][] x0 = new double[256][128];
        x0[0][0] = 1;
        for (Adjoint mode : List.of(Backprop.defaults(), Checkpointed.states(3), Backsolve.defaults())) {
            Ode ode =
                    Ode.of(net).span(0, 1).solver(Rk4.steps(100)).adjoint(mode).precision(Precision.FLOAT32);
            long best = Long.MAX_VALUE;
            for (int round = 0; round < 5 && best > 50_000_000; round++) {
                CountDownLatch under = new CountDownLatch(4);
                long[] ended = new long[1];
                Thread worker = new Thread(() -> {
                    assertThrows(
                            SolveException.class,
                            () -> ode.progress((phase, t, done) -> under.countDown())
                                    .gradient(x0, theta, Cost.sumOfSquares(x0)));
                    ended[0] = System.nanoTime();
                });
                worker.start();
                under.await();
                long asked = System.nanoTime();
                worker.interrupt();
                worker.join();
                best = Math.min(best, ended[0] - asked);
            }
            assertTrue(best < 100_000_000, mode + ": " + best * 1e-6 + " ms");
        }
    }
}
