package org.costate.adjoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.costate.Ode;
import org.costate.graph.Trace;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.ode.AdaptiveSteps;
import org.costate.ode.AsynchronousLeapfrog;
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
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Memory against steps, measured: the workspace's bytes, the Java heap that is live after collection, and the
/// native memory that the JVM holds for buffers, so that nothing hides.
class MemoryTest {
    static final Dynamics NET = Trace.dynamics(
            2,
            (t, x, p) ->
                    x.matmul(p.matrix("W1", 2, 16)).plus(p.row("b1", 16)).tanh().matmul(p.matrix("W2", 16, 2)));
    static final Parameters THETA = NET.initialParameters(5);
    static final double[] X0 = {0.4, -0.8};
    private static final long KIB = 1024;

    /// @param workspace the peak of the call
    /// @param held the heap that is live, and native memory, while the way back is about to begin: everything
    ///     that is kept is alive then
    /// @param end the same when the way back, or the only one, is about to end
    record Bytes(long workspace, long held, long end) {}

    private static Bytes bytes(Adjoint mode, Solver solver) {
        return bytes(Ode.of(NET), THETA, new double[][] {X0}, mode, solver);
    }

    private static Bytes bytes(Ode ode, Parameters theta, double[][] x0, Adjoint mode, Solver solver) {
        long[] held = new long[2];
        Cost cost = Cost.terminal((Buffer x, Buffer gradient) -> {
            held[0] = held();
            gradient.fill(1);
            return 0;
        });
        ProgressListener.Phase last =
                mode instanceof Forward ? ProgressListener.Phase.FORWARD : ProgressListener.Phase.BACKWARD;
        Gradient g = ode.span(0, 1)
                .solver(solver)
                .adjoint(mode)
                .progress((phase, t, done) -> {
                    if (held[1] == 0 && phase == last && done > 0.999) {
                        held[1] = held();
                    }
                })
                .gradient(x0, theta, cost);
        return new Bytes(g.peakBytes(), held[0], held[1]);
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

    record Flat(Adjoint mode, IntFunction<Solver> make) {
        Bytes with(int steps) {
            return mode instanceof Forward // of which a net has too many directions
                    ? bytes(Ode.of(Fields.LINEAR), Fields.linear(), new double[][] {{0.4}}, mode, make.apply(steps))
                    : bytes(mode, make.apply(steps));
        }

        @Override
        public String toString() {
            return mode + ", " + make.apply(1);
        }
    }

    static Stream<Flat> flat() {
        return Stream.of(
                new Flat(Backsolve.defaults(), Midpoint::steps),
                new Flat(Reversible.defaults(), ReversibleHeun::steps),
                new Flat(Reversible.defaults(), AsynchronousLeapfrog::steps),
                new Flat(Reversible.defaults(), n -> Coupling.of(Euler.steps(n), 1)),
                new Flat(Forward.defaults(), Midpoint::steps),
                new Flat(Recompute.defaults(), Euler::steps));
    }

    @ParameterizedTest
    @MethodSource("flat")
    void isFlatFromTenToAMillionSteps(Flat flat) {
        flat.with(1000);
        Bytes few = flat.with(10);
        for (int steps : new int[] {1000, 100_000, 1_000_000}) {
            Bytes many = flat.with(steps);
            String what = flat + ", " + steps + " steps: " + few + ", then " + many;
            assertTrue(Math.abs(many.workspace - few.workspace) <= few.workspace / 100, what);
            // One object a step would be 16 MB and more.
            assertTrue(many.held - few.held < 64 * KIB, what);
            assertTrue(many.end - few.end < 64 * KIB, "at the end, " + what);
        }
    }

    /// Where threads share the batch, and numbers are half as long.
    @ParameterizedTest
    @EnumSource
    void isFlatForABatch(Precision precision) {
        Ode ode = Ode.of(NET).precision(precision);
        double[][] x0 = new double[64][2];
        for (int i = 0; i < x0.length; i++) {
            x0[i] = new double[] {0.4 + 0.01 * i, -0.8};
        }
        for (Flat flat : List.of(
                new Flat(Backsolve.defaults(), Midpoint::steps),
                new Flat(Reversible.defaults(), ReversibleHeun::steps))) {
            bytes(ode, THETA, x0, flat.mode, flat.make.apply(1000));
            Bytes few = bytes(ode, THETA, x0, flat.mode, flat.make.apply(10));
            Bytes many = bytes(ode, THETA, x0, flat.mode, flat.make.apply(30_000));
            String what = flat + ": " + few + ", then " + many;
            assertTrue(Math.abs(many.workspace - few.workspace) <= few.workspace / 100, what);
            assertTrue(many.held - few.held < 64 * KIB, what);
            assertTrue(many.end - few.end < 64 * KIB, "at the end, " + what);
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

    /// The cubics of the solution, four states a step of two numbers, and the time; nothing of the costate.
    @Test
    void interpolatingAndGaussKeepTheSolution() {
        for (Adjoint mode : List.of(Interpolating.defaults(), Gauss.defaults())) {
            bytes(mode, Rk4.steps(10));
            long few = bytes(mode, Rk4.steps(1000)).workspace;
            long more = bytes(mode, Rk4.steps(1300)).workspace;
            assertEquals(4 * 2 * 8 + 8, (more - few) / 300.0, 1, "bytes a step: " + mode);
        }
    }

    /// Its budget of checkpoints, in states or in bytes, and what one step needs, however many steps there are.
    @Test
    void checkpointedStaysWithinItsBudget() {
        for (IntFunction<Solver> make :
                List.<IntFunction<Solver>>of(Rk4::steps, Dopri5::steps, n -> small(Dopri5.tolerance(1e-6, 1e-6), n))) {
            long one = peak(Checkpointed.states(1), make.apply(10));
            long state = make.apply(1).scheme().slots() * 2L * 8;
            for (int steps : new int[] {10, 1000, 5000}) {
                Solver solver = make.apply(steps);
                long times = solver.steps() instanceof AdaptiveSteps ? 2 * 8L * (steps + 100) : 0; // blocks double
                for (int count : new int[] {5, 40, 1000}) {
                    for (Adjoint mode : List.of(Checkpointed.states(count), Checkpointed.bytes(count * state))) {
                        long more = peak(mode, solver) - one;
                        String what = solver + ", " + steps + " steps, " + count + " checkpoints: " + more + " bytes";
                        assertTrue(more <= count * state + times, what);
                    }
                }
            }
        }
        bytes(Checkpointed.states(2000), Rk4.steps(10_000));
        Bytes few = bytes(Checkpointed.states(5), Rk4.steps(10_000));
        Bytes many = bytes(Checkpointed.states(2000), Rk4.steps(10_000));
        long beside = (many.held - few.held) - (many.workspace - few.workspace);
        assertTrue(beside < 64 * KIB, beside + " bytes beside the workspace, " + few + ", then " + many);
    }

    private static long peak(Adjoint mode, Solver solver) {
        return Ode.of(NET)
                .span(0, 1)
                .solver(solver)
                .adjoint(mode)
                .gradient(X0, THETA, Cost.sumOfSquares(0, 0))
                .peakBytes();
    }

    /// What it keeps is in the workspace, and nowhere else; and what is measured sees it all.
    @Test
    void backpropKeepsNothingOnTheHeap() {
        bytes(Backprop.defaults(), Midpoint.steps(10));
        Bytes few = bytes(Backprop.defaults(), Midpoint.steps(10));
        Bytes many = bytes(Backprop.defaults(), Midpoint.steps(100_000));
        long beside = (many.held - few.held) - (many.workspace - few.workspace);
        assertTrue(Math.abs(beside) < 64 * KIB, beside + " bytes beside the workspace, " + few + ", then " + many);
    }

    @ParameterizedTest
    @MethodSource("solves")
    void tenThousandGradientsInARowLeaveNothing(Solve s) {
        boolean small = s.mode instanceof Forward; // of which a net has too many directions
        Ode ode = Ode.of(small ? Fields.LINEAR : NET)
                .span(0, 1)
                .solver(s.make.apply(4))
                .adjoint(s.mode);
        double[] x0 = small ? new double[] {0.4} : X0;
        Parameters theta = small ? Fields.linear() : THETA;
        Cost cost =
                Cost.sumOfSquares(new double[1][x0.length]).plus(Cost.sumOfSquaresAt(0.3, new double[1][x0.length]));
        List<Long> held = new ArrayList<>();
        long least = Long.MAX_VALUE; // what is kept of each gradient grows in every round
        for (int round = 0; round < 3 || (round < 8 && least >= 64 * KIB); round++) {
            for (int i = 0; i < (round == 0 ? 1000 : 5000); i++) {
                ode.gradient(x0, theta, cost);
            }
            held.add(held());
            least = round == 0 ? least : Math.min(least, held.get(round) - held.get(round - 1));
        }
        assertTrue(least < 64 * KIB, s + ": " + held);
        assertEquals(0, ode.workspace().liveBytes());
    }

    /// A mode with a solver.
    ///
    /// @param make from a number that the steps are proportional to
    record Solve(Adjoint mode, IntFunction<Solver> make) {
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
                new Solve(Backprop.defaults(), MemoryTest::grid),
                new Solve(Checkpointed.states(30), MemoryTest::grid),
                new Solve(Reversible.anchored(40), ReversibleHeun::steps),
                new Solve(Reversible.defaults(), ReversibleHeun::steps),
                new Solve(Reversible.defaults(), n -> Coupling.of(Rk4.steps(n), 1)),
                new Solve(Recompute.defaults(), Euler::steps),
                new Solve(Forward.defaults(), Rk4::steps),
                new Solve(Backsolve.defaults(), Rk4::steps),
                new Solve(Backsolve.defaults(), n -> small(Tsit5.tolerance(1e-6, 1e-6), n)),
                new Solve(Interpolating.defaults(), Rk4::steps),
                new Solve(Interpolating.defaults(), n -> small(Dopri5.tolerance(1e-6, 1e-6), n)),
                new Solve(Gauss.defaults(), Rk4::steps),
                new Solve(Gauss.defaults(), Dopri8::steps));
    }

    private static final Map<Integer, Solver> GRIDS = new ConcurrentHashMap<>();

    /// Uneven steps, the same grid for each call.
    private static Solver grid(int n) {
        return GRIDS.computeIfAbsent(
                n,
                m -> Rk4.grid(IntStream.rangeClosed(0, m)
                        .mapToDouble(k -> k == m ? 1 : Math.pow(k / (double) m, 1.2))
                        .toArray()));
    }

    static Solver small(Solver adaptive, int n) {
        return adaptive.adaptive(a -> a.withMax(1.0 / n));
    }
}
