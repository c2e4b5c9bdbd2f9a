package org.costate.adjoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.costate.Ode;
import org.costate.graph.Trace;
import org.costate.memory.Buffer;
import org.costate.ode.Dynamics;
import org.costate.ode.Midpoint;
import org.costate.ode.Parameters;
import org.costate.ode.Rk4;
import org.junit.jupiter.api.Test;

/// Memory against steps, measured: the workspace's bytes and the Java heap that is live after collection, so that
/// nothing hides in objects.
class MemoryTest {
    private static final Dynamics NET = Trace.dynamics(
            2,
            (t, x, p) ->
                    x.matmul(p.matrix("W1", 2, 16)).plus(p.row("b1", 16)).tanh().matmul(p.matrix("W2", 16, 2)));
    private static final Parameters THETA = NET.initialParameters(5);
    private static final double[] X0 = {0.4, -0.8};

    /// Bytes of the workspace, and of the heap while the way back is about to begin: everything kept is alive then.
    private static long[] bytes(Adjoint mode, int steps) {
        long[] heap = new long[1];
        Cost cost = Cost.terminal((Buffer x, Buffer gradient) -> {
            heap[0] = liveHeap();
            gradient.fill(1);
            return 0;
        });
        Gradient g = Ode.of(NET)
                .span(0, 1)
                .solver(Midpoint.steps(steps))
                .adjoint(mode)
                .gradient(X0, THETA, cost);
        return new long[] {g.peakBytes(), heap[0]};
    }

    private static void assertFlat(long few, long many, String what) {
        assertTrue(Math.abs(many - few) <= few / 100, what + ": " + few + " bytes, then " + many);
    }

    private static long liveHeap() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 4; i++) {
            System.gc();
            least = Math.min(
                    least,
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        }
        return least;
    }

    @Test
    void backsolveIsFlatFromTenToAHundredThousandSteps() {
        bytes(Backsolve.defaults(), 10);
        long[] few = bytes(Backsolve.defaults(), 10);
        for (int steps : new int[] {100, 1000, 10_000, 100_000}) {
            long[] many = bytes(Backsolve.defaults(), steps);
            assertFlat(few[0], many[0], "workspace at " + steps + " steps");
            // One object a step would be 1.6 MB and more at 100 000 steps.
            assertFlat(few[1], many[1], "live heap at " + steps + " steps");
        }
    }

    @Test
    void backpropGrowsWithTheSteps() {
        List<Double> perStep = new ArrayList<>();
        bytes(Backprop.defaults(), 10);
        for (int steps : new int[] {1000, 10_000, 100_000}) {
            long[] b = bytes(Backprop.defaults(), steps);
            perStep.add(b[0] / (double) steps);
        }
        // Two evaluations a step, each with its state (2) and its activations (16), 8 bytes a number.
        assertEquals(2 * 18 * 8, perStep.getLast(), 1, "bytes a step");
        assertTrue(perStep.getFirst() < 1.05 * perStep.getLast(), perStep.toString());
    }

    @Test
    void backpropKeepsNothingOnTheHeap() {
        bytes(Backprop.defaults(), 10);
        long few = bytes(Backprop.defaults(), 10)[1];
        long many = bytes(Backprop.defaults(), 100_000)[1];
        assertFlat(few, many, "live heap");
    }

    @Test
    void noStepAllocatesOnTheHeap() {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (Adjoint mode : List.of(Backprop.defaults(), Backsolve.defaults())) {
            Cost cost = Cost.sumOfSquares(0, 0);
            Ode ode = Ode.of(NET).span(0, 1).adjoint(mode);
            // Vectors live on the heap until the JIT has compiled their loops: measured when it has.
            double each = Double.POSITIVE_INFINITY;
            for (int round = 0; round < 60 && each >= 1; round++) {
                for (int warm = 0; warm < 5; warm++) {
                    ode.solver(Rk4.steps(2000)).gradient(X0, THETA, cost);
                }
                long[] bytes = new long[2];
                for (int i = 0; i < 2; i++) {
                    long before = threads.getCurrentThreadAllocatedBytes();
                    ode.solver(Rk4.steps(1000 + 4000 * i)).gradient(X0, THETA, cost);
                    bytes[i] = threads.getCurrentThreadAllocatedBytes() - before;
                }
                each = (bytes[1] - bytes[0]) / 4000.0;
            }
            assertTrue(each < 1, mode + ": " + each + " bytes a step");
        }
    }
}
