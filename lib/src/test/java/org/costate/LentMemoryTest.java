package org.costate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.costate.adjoint.Backprop;
import org.costate.adjoint.Backsolve;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Gauss;
import org.costate.adjoint.Gradient;
import org.costate.graph.Trace;
import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.Dopri5;
import org.costate.ode.Dynamics;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Parameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Buffers over memory of the caller's: when he closes it, each use is an exception and none a crash.
@SuppressWarnings("MustBeClosedChecker") // each test says when its arena is closed
class LentMemoryTest {
    private static final Workspace OURS = new Workspace();

    private static Buffer lent(Arena arena, int rows, int columns, Precision precision) {
        MemorySegment memory = arena.allocate((long) rows * columns * precision.bytes(), 64);
        return Buffer.over(memory, rows, columns, precision);
    }

    private static Buffer ours(int rows, int columns, Precision precision) {
        return OURS.allocate(rows, columns, precision);
    }

    @Test
    void memoryOnTheHeapIsRefused() {
        MemorySegment heap = MemorySegment.ofArray(new double[4]);
        String said = assertThrows(IllegalArgumentException.class, () -> Buffer.over(heap, 2, 2, Precision.FLOAT64))
                .getMessage();
        assertTrue(said.startsWith("memory: got an array on the Java heap, expected memory off it; copy"), said);
    }

    /// Kernels of every kind: on segments, on addresses, native.
    private static List<Consumer<Buffer>> uses(Precision p) {
        Kernels k = Kernels.best();
        return List.of(
                Buffer::block,
                Buffer::address,
                Buffer::memory,
                Buffer::hold,
                b -> b.get(0),
                b -> b.set(0, 1),
                b -> b.view(0, 1, 1),
                b -> Buffer.movable(1, 1, p).moveTo(b, 0),
                b -> ours(128, 128, p).copyFrom(b),
                b -> k.add(1, b, ours(128, 128, p)),
                b -> k.product(ours(4, 128, p), false, b, false, ours(4, 128, p)),
                b -> k.product(ours(128, 2, p), false, ours(2, 128, p), false, null, b),
                b -> k.product(b, false, ours(128, 2, p), false, ours(128, 2, p)),
                b -> k.product(b, true, b, false, ours(128, 128, p)),
                b -> k.productTanh(ours(128, 2, p), ours(2, 128, p), null, b),
                b -> k.productTanhReverse(ours(128, 2, p), ours(2, 128, p), b, ours(128, 128, p)),
                b -> k.sumRows(b, false, ours(1, 128, p)));
    }

    @ParameterizedTest
    @EnumSource
    void usesAfterTheArenaIsClosedAreExceptions(Precision p) {
        for (Arena arena : new Arena[] {Arena.ofConfined(), Arena.ofShared()}) {
            Buffer whole = lent(arena, 128, 128, p);
            Buffer view = whole.view(0, 128, 128);
            Buffer moved = Buffer.movable(128, 128, p);
            moved.moveTo(whole, 0);
            for (Buffer b : new Buffer[] {whole, view, moved}) {
                assertTrue(b.isLive() && b.isLent());
                uses(p).forEach(use -> use.accept(b));
            }
            arena.close();
            for (Buffer b : new Buffer[] {whole, view, moved}) {
                assertFalse(b.isLive());
                for (Consumer<Buffer> use : uses(p)) {
                    String said = assertThrows(IllegalStateException.class, () -> use.accept(b))
                            .getMessage();
                    assertTrue(said.contains("released or closed"), said);
                }
            }
        }
        assertFalse(ours(1, 1, p).isLent());
    }

    /// Who closes x0 while it is solved from: the call has a copy.
    @ParameterizedTest
    @EnumSource
    void x0MayBeClosedWhileACallGoesOn(Precision p) {
        Parameters none = new Parameters(ParameterLayout.EMPTY);
        for (var mode : List.of(Backprop.defaults(), Backsolve.defaults(), Gauss.defaults())) {
            for (int rows : new int[] {1, 40}) {
                Gradient[] both = new Gradient[2];
                Solution[] solutions = new Solution[2];
                for (int closed = 0; closed < 2; closed++) {
                    for (boolean gradient : new boolean[] {true, false}) {
                        Arena arena = Arena.ofShared();
                        boolean closes = closed == 1;
                        Dynamics f = Dynamics.ofBatch(
                                2,
                                ParameterLayout.EMPTY,
                                (t, x, th, dx) -> {
                                    if (closes && arena.scope().isAlive()) {
                                        arena.close();
                                    }
                                    Kernels.best().add(-0.3, x, dx);
                                },
                                (t, x, th, a, gx, gp) -> Kernels.best().add(-0.3, a, gx));
                        Buffer x0 = lent(arena, rows, 2, p);
                        x0.fill(0.7);
                        Ode ode = Ode.of(f)
                                .span(0, 1)
                                .solver(Dopri5.tolerance(1e-4, 1e-4))
                                .precision(p)
                                .adjoint(mode);
                        if (gradient) {
                            both[closed] =
                                    ode.timeGradients().gradient(x0, none, Cost.sumOfSquares(new double[rows][2]));
                        } else {
                            solutions[closed] = ode.dense().solve(x0, none);
                        }
                        assertEquals(closes, !x0.isLive());
                    }
                }
                assertArrayEquals(both[0].x0(), both[1].x0());
                assertEquals(both[0].times().t0(), both[1].times().t0());
                assertArrayEquals(solutions[0].at(0.3), solutions[1].at(0.3));
            }
        }
    }

    @Test
    void closedX0IsNamed() {
        Dynamics f = Trace.dynamics(2, (t, x, p) -> x);
        Arena arena = Arena.ofConfined();
        Buffer x0 = lent(arena, 1, 2, Precision.FLOAT64);
        arena.close();
        Ode ode = Ode.of(f).span(0, 1).solver(Dopri5.tolerance(1e-4, 1e-4));
        String said = assertThrows(IllegalArgumentException.class, () -> ode.solve(x0, f.initialParameters(1)))
                .getMessage();
        assertTrue(said.startsWith("x0: got ") && said.contains("released or closed"), said);
    }

    /// Under products, native and on addresses, another thread closes the memory that they read.
    @Test
    void closingUnderProductsNeverCrashes() throws InterruptedException, ExecutionException {
        int n = 600_000; // so large that the system takes the memory back at once
        Buffer ours = ours(n, 8, Precision.FLOAT64);
        Buffer across = ours.view(0, 8, n);
        Buffer out = ours(8, 8, Precision.FLOAT64);
        ours.fill(1);
        List<Consumer<Buffer>> products = List.of(
                lent -> Kernels.best().product(across, false, lent, false, out),
                lent -> Kernels.best().product(ours, true, lent, false, out));
        for (int round = 0; round < 6; round++) {
            Consumer<Buffer> product = products.get(round % 2);
            Arena arena = Arena.ofShared();
            Buffer lent = lent(arena, n, 8, Precision.FLOAT64);
            lent.fill(2);
            CountDownLatch under = new CountDownLatch(2);
            try (ExecutorService pool = Executors.newSingleThreadExecutor()) {
                Future<String> said = pool.submit(() -> {
                    try {
                        while (true) {
                            product.accept(lent);
                            assertEquals(2.0 * n, out.get(0));
                            under.countDown();
                        }
                    } catch (IllegalStateException e) {
                        return e.getMessage();
                    }
                });
                under.await();
                arena.close();
                assertTrue(said.get().contains("losed"), said.get()); // ours, or that of the segment
            }
        }
        OURS.release(ours);
    }
}
