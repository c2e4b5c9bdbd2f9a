package org.costate.adjoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.costate.Ode;
import org.costate.graph.Trace;
import org.costate.memory.Buffer;
import org.costate.ode.Bosh3;
import org.costate.ode.Coupling;
import org.costate.ode.Dopri5;
import org.costate.ode.Dopri8;
import org.costate.ode.Dynamics;
import org.costate.ode.Euler;
import org.costate.ode.Midpoint;
import org.costate.ode.Parameters;
import org.costate.ode.ReversibleHeun;
import org.costate.ode.Rk4;
import org.costate.ode.Solver;
import org.costate.ode.Tsit5;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Memory against steps, measured: the workspace's bytes, the Java heap that is live after collection, and the
/// native memory that the JVM holds for buffers, so that nothing hides.
class MemoryTest {
    private static final Dynamics NET = Trace.dynamics(
            2,
            (t, x, p) ->
                    x.matmul(p.matrix("W1", 2, 16)).plus(p.row("b1", 16)).tanh().matmul(p.matrix("W2", 16, 2)));
    private static final Parameters THETA = NET.initialParameters(5);
    private static final double[] X0 = {0.4, -0.8};
    private static final long KIB = 1024;

    /// @param workspace the peak of the call
    /// @param held the heap that is live, and native memory, while the way back is about to begin: everything
    ///     that is kept is alive then
    private record Bytes(long workspace, long held) {}

    private static Bytes bytes(Adjoint mode, Solver solver) {
        long[] held = new long[1];
        Cost cost = Cost.terminal((Buffer x, Buffer gradient) -> {
            held[0] = held();
            gradient.fill(1);
            return 0;
        });
        Gradient g = Ode.of(NET).span(0, 1).solver(solver).adjoint(mode).gradient(X0, THETA, cost);
        return new Bytes(g.peakBytes(), held[0]);
    }

    private static long held() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 4; i++) {
            System.gc();
            long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
            long buffers = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                    .mapToLong(BufferPoolMXBean::getMemoryUsed)
                    .sum();
            least = Math.min(least, heap + buffers);
        }
        return least;
    }

    record Flat(Adjoint mode, java.util.function.IntFunction<Solver> make) {}

    static Stream<Flat> flat() {
        return Stream.of(
                new Flat(Backsolve.defaults(), Midpoint::steps),
                new Flat(Reversible.defaults(), ReversibleHeun::steps),
                new Flat(Reversible.defaults(), n -> Coupling.of(Euler.steps(n), 1)));
    }

    @ParameterizedTest
    @MethodSource("flat")
    void isFlatFromTenToAMillionSteps(Flat flat) {
        bytes(flat.mode, flat.make.apply(1000));
        Bytes few = bytes(flat.mode, flat.make.apply(10));
        for (int steps : new int[] {1000, 100_000, 1_000_000}) {
            Bytes many = bytes(flat.mode, flat.make.apply(steps));
            String what = flat.mode + ", " + steps + " steps: " + few + ", then " + many;
            assertTrue(Math.abs(many.workspace - few.workspace) <= few.workspace / 100, what);
            // One object a step would be 16 MB and more.
            assertTrue(many.held - few.held < 64 * KIB, what);
        }
    }

    @Test
    void backpropGrowsWithTheSteps() {
        List<Double> perStep = new ArrayList<>();
        bytes(Backprop.defaults(), Midpoint.steps(10));
        for (int steps : new int[] {1000, 10_000, 100_000}) {
            Bytes b = bytes(Backprop.defaults(), Midpoint.steps(steps));
            perStep.add(b.workspace / (double) steps);
        }
        // Two evaluations a step, each with its state (2) and its activations (16), 8 bytes a number.
        assertEquals(2 * 18 * 8, perStep.getLast(), 1, "bytes a step");
        assertTrue(perStep.getFirst() < 1.05 * perStep.getLast(), perStep.toString());
    }

    /// What it keeps is in the workspace, and nowhere else.
    @Test
    void backpropKeepsNothingOnTheHeap() {
        bytes(Backprop.defaults(), Midpoint.steps(10));
        Bytes few = bytes(Backprop.defaults(), Midpoint.steps(10));
        Bytes many = bytes(Backprop.defaults(), Midpoint.steps(100_000));
        long beside = (many.held - few.held) - (many.workspace - few.workspace);
        assertTrue(beside < 64 * KIB, beside + " bytes beside the workspace, " + few + ", then " + many);
    }

    @ParameterizedTest
    @MethodSource("solves")
    void tenThousandGradientsInARowLeaveNothing(Solve s) {
        Ode ode = Ode.of(NET).span(0, 1).solver(s.make.apply(4)).adjoint(s.mode);
        Cost cost = Cost.sumOfSquares(0, 0).plus(Cost.sumOfSquaresAt(0.3, new double[][] {{1, 1}}));
        long[] held = new long[3];
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < (round == 0 ? 1000 : 5000); i++) {
                ode.gradient(X0, THETA, cost);
            }
            held[round] = held();
        }
        assertTrue(
                Math.min(held[2] - held[1], held[1] - held[0]) < 64 * KIB,
                s + ": " + held[0] + ", " + held[1] + ", " + held[2]);
        assertEquals(0, ode.workspace().liveBytes());
    }

    /// @param make from a number that the steps are proportional to
    record Solve(Adjoint mode, java.util.function.IntFunction<Solver> make) {
        @Override
        public String toString() {
            return mode + ", " + make.apply(1);
        }
    }

    static Stream<Solve> solves() {
        return Stream.of(
                new Solve(Backprop.defaults(), Rk4::steps),
                new Solve(Backprop.defaults(), n -> small(Dopri5.tolerance(1e-6, 1e-6), n)),
                new Solve(Checkpointed.states(30), Bosh3::steps),
                new Solve(Checkpointed.states(30), n -> small(Dopri5.tolerance(1e-6, 1e-6), n)),
                new Solve(Symplectic.defaults(), Rk4::steps),
                new Solve(Reversible.defaults(), ReversibleHeun::steps),
                new Solve(Forward.defaults(), Rk4::steps),
                new Solve(Backsolve.defaults(), Rk4::steps),
                new Solve(Backsolve.defaults(), n -> small(Tsit5.tolerance(1e-6, 1e-6), n)),
                new Solve(Interpolating.defaults(), Rk4::steps),
                new Solve(Interpolating.defaults(), n -> small(Dopri5.tolerance(1e-6, 1e-6), n)),
                new Solve(Gauss.defaults(), Rk4::steps),
                new Solve(Gauss.defaults(), Dopri8::steps));
    }

    private static Solver small(Solver adaptive, int n) {
        return adaptive.adaptive(a -> a.withMax(1.0 / n));
    }

    /// A step makes no objects, whatever the mode, the steps, and what is wished for.
    @ParameterizedTest
    @MethodSource("solves")
    void noStepAllocatesOnTheHeap(Solve s) {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        Cost cost = Cost.sumOfSquares(0, 0).plus(Cost.sumOfSquaresAt(0.3, new double[][] {{1, 1}}));
        Ode plain = Ode.of(NET).span(0, 1).adjoint(s.mode);
        for (Ode ode : new Ode[] {plain, plain.timeGradients().costateListener((t, a) -> {})}) {
            // Vectors live on the heap until the JIT has compiled their loops: measured when it has.
            double each = Double.POSITIVE_INFINITY;
            for (int round = 0; round < 60 && each >= 1; round++) {
                for (int warm = 0; warm < 3; warm++) {
                    ode.solver(s.make.apply(1000)).gradient(X0, THETA, cost);
                }
                long[] bytes = new long[2];
                for (int i = 0; i < 2; i++) {
                    long before = threads.getCurrentThreadAllocatedBytes();
                    ode.solver(s.make.apply(500 + 2000 * i)).gradient(X0, THETA, cost);
                    bytes[i] = threads.getCurrentThreadAllocatedBytes() - before;
                }
                each = (bytes[1] - bytes[0]) / 2000.0;
            }
            assertTrue(each < 1, s + ": " + each + " bytes a step");
        }
    }

    @Test
    void noStepOfADenseSolveAllocatesOnTheHeap() {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (java.util.function.IntFunction<Solver> make : List.<java.util.function.IntFunction<Solver>>of(
                Rk4::steps, Dopri5::steps, Dopri8::steps, n -> small(Tsit5.tolerance(1e-6, 1e-6), n))) {
            Ode ode = Ode.of(NET).span(0, 1).observe(1).dense();
            double each = Double.POSITIVE_INFINITY;
            for (int round = 0; round < 60 && each >= 1; round++) {
                long[] bytes = new long[2];
                for (int i = 0; i < 2; i++) {
                    long before = threads.getCurrentThreadAllocatedBytes();
                    ode.solver(make.apply(500 + 2000 * i)).solve(X0, THETA);
                    bytes[i] = threads.getCurrentThreadAllocatedBytes() - before;
                }
                each = (bytes[1] - bytes[0]) / 2000.0;
            }
            assertTrue(each < 1, make.apply(1) + ": " + each + " bytes a step");
        }
    }
}
