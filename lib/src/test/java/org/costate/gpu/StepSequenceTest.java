package org.costate.gpu;

import static org.costate.Close.assertClose;
import static org.costate.Close.flat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.costate.Draws;
import org.costate.Ode;
import org.costate.Solution;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Backprop;
import org.costate.adjoint.Checkpointed;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Gradient;
import org.costate.adjoint.Interpolating;
import org.costate.adjoint.Reversible;
import org.costate.graph.Trace;
import org.costate.memory.Precision;
import org.costate.ode.AsynchronousLeapfrog;
import org.costate.ode.Coupling;
import org.costate.ode.Dopri5;
import org.costate.ode.Dynamics;
import org.costate.ode.Euler;
import org.costate.ode.Outcome;
import org.costate.ode.Parameters;
import org.costate.ode.ReversibleHeun;
import org.costate.ode.Rk4;
import org.costate.ode.SolveException;
import org.costate.ode.Solver;
import org.costate.ode.StormerVerlet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Steps of nets that no group holds: a sequence of launches a step.
class StepSequenceTest {
    private static final long SEED = 11;

    private static final Dynamics NET = Trace.dynamics(
            9,
            (t, x, p) -> x.matmul(p.matrix("W1", 9, 35))
                    .plus(p.row("b1", 35).times(t))
                    .tanh()
                    .matmul(p.matrix("W2", 35, 9))
                    .plus(p.row("b2", 9)));

    private static final Dynamics OSCILLATORS = Trace.partitioned(
            5,
            (t, p, theta) -> p.times(theta.row("a", 5)),
            (t, q, theta) -> q.sin().matmul(theta.matrix("B", 5, 5)).negate().plus(t.cos()));

    /// Has no derivative at 0, where it stays.
    private static final Dynamics ROOT = Trace.dynamics(8, (t, x, p) -> x.sqrt());

    private final List<Integer> repeats = new ArrayList<>();

    private Gpu gpu() {
        return Devices.withoutLocalMemory(Devices.pocl(), repeats::add);
    }

    private static double[][] random(long seed, int rows, int columns) {
        return Draws.uniform(seed, rows, columns, 0.8);
    }

    private static Gradient gradient(Ode ode, Dynamics field, int batch) {
        int d = field.dimension();
        Cost cost = Cost.sumOfSquares(random(3, batch, d))
                .plus(Cost.sumOfSquaresAt(0, random(5, batch, d)))
                .plus(Cost.sumOfSquaresAt(0.5, random(4, batch, d)))
                .plus(Cost.running(Trace.cost(d, (t, x, p) -> x.times(x).sumColumns())));
        return ode.gradient(random(2, batch, d), field.initialParameters(SEED), cost);
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void gradientsAreThoseOfTheProcessor(Precision precision) {
        Gpu gpu = gpu();
        Map<Solver, Dynamics> solvers = Map.of(
                Rk4.steps(6), NET,
                Dopri5.steps(4), NET,
                ReversibleHeun.steps(6), NET,
                AsynchronousLeapfrog.steps(6), NET,
                Rk4.steps(4).jumpAt(0.5), OSCILLATORS,
                StormerVerlet.steps(6), OSCILLATORS);
        solvers.forEach((solver, field) -> {
            if (precision == Precision.FLOAT32 && !solver.scheme().reversible()) {
                return; // to build kernels takes a while
            }
            for (Adjoint mode : Devices.modes(solver)) {
                for (int batch : !(mode instanceof Checkpointed) ? new int[] {37} : new int[] {1, 37}) {
                    Ode ode = Ode.of(field)
                            .span(0, 1)
                            .solver(solver)
                            .precision(precision)
                            .adjoint(mode);
                    String what = solver + ", " + mode + ", " + precision + ", " + batch + " samples";
                    repeats.clear();
                    Gradient there = gradient(ode.on(gpu), field, batch);
                    assertTrue(!repeats.isEmpty(), what + " was done elsewhere");
                    Gradient here = gradient(ode, field, batch);
                    var arrays = Devices.arrays(there, false, false);
                    Devices.same(Devices.arrays(here, false, false), arrays, Devices.close(precision), what);
                    if (!(mode instanceof Interpolating)) { // here each makes what dense output needs for two steps
                        assertEquals(
                                here.forward().evaluations(), there.forward().evaluations(), what);
                    }
                    assertEquals(0, gpu.liveBytes(), what);
                    if (batch > 1) {
                        Gradient again = gradient(ode.on(gpu.stepsALaunch(2)), field, batch);
                        Devices.sameBits(arrays, Devices.arrays(again, false, false), what);
                    }
                }
            }
        });
    }

    @Test
    void solvesAreThoseOfTheProcessor() {
        for (Solver solver : List.of(Rk4.steps(7), AsynchronousLeapfrog.steps(7))) {
            Ode ode = Ode.of(NET).span(0, 1).solver(solver);
            Solution here = ode.solve(random(2, 13, 9), NET.initialParameters(SEED));
            Solution there = ode.on(gpu()).solve(random(2, 13, 9), NET.initialParameters(SEED));
            assertTrue(!repeats.isEmpty());
            assertEquals(here.size(), there.size());
            for (int k = 0; k < here.size(); k++) {
                assertClose(flat(here.state(k)), flat(there.state(k)), 1e-12, solver + ", state " + k);
            }
        }
    }

    private void alike(Dynamics field, double end, Solver solver, double[][] x0) {
        for (Adjoint mode : Devices.modes(solver)) {
            alike(field, Ode.of(field).span(0, end).solver(solver).adjoint(mode), x0, 0);
        }
    }

    /// @param close how far the time of the failure may differ
    private void alike(Dynamics field, Ode ode, double[][] x0, double close) {
        Gpu gpu = gpu();
        Parameters none = new Parameters(field.layout());
        Cost cost = Cost.sumOfSquares(new double[x0.length][8]);
        Outcome here = assertThrows(SolveException.class, () -> ode.gradient(x0, none, cost))
                .outcome();
        Outcome there = assertThrows(SolveException.class, () -> ode.on(gpu).gradient(x0, none, cost))
                .outcome();
        String what = ode + "\nhere:  " + here.message() + "\nthere: " + there.message();
        assertTrue(!repeats.isEmpty(), what);
        assertEquals(here.kind(), there.kind(), what);
        assertEquals(here.time(), there.time(), close, what);
        assertEquals(here.stepSize(), there.stepSize(), close, what);
        if (close == 0) {
            assertEquals(here.offender().row(), there.offender().row(), what);
            assertEquals(here.offender().column(), there.offender().column(), what);
        }
        assertEquals(here.offender().quantity(), there.offender().quantity(), what);
        assertEquals(0, gpu.liveBytes(), what);
    }

    /// Rounding grows where steps are undone; what is lost first depends on it.
    @Test
    void aStateThatIsLostWhereStepsAreUndoneIsNamed() {
        Dynamics decay = Trace.dynamics(8, (t, x, p) -> x.negate());
        Ode ode = Ode.of(decay)
                .span(0, 1)
                .solver(Coupling.of(Euler.steps(400), 0.5))
                .precision(Precision.FLOAT32)
                .adjoint(Reversible.anchored(Integer.MAX_VALUE));
        alike(decay, ode, Devices.starts(0.3, 0.2), 0.1);
    }

    @Test
    void aSampleThatFailsIsNamed() {
        for (Solver solver : List.of(Rk4.steps(400), ReversibleHeun.steps(400))) {
            alike(Devices.SQUARE, 4, solver, Devices.starts(0.1, -1, 0.6, 1));
        }
        for (Solver solver : List.of(Rk4.steps(7), ReversibleHeun.steps(7))) {
            alike(ROOT, 1, solver, Devices.starts(1, 0, 2));
        }
    }

    @Test
    void aBatchThatDoesNotFitIsSaidBeforeWithWhatWould() {
        Map<Adjoint, Solver> modes = Map.of(
                Backprop.defaults(), Rk4.steps(30),
                Reversible.anchored(10), ReversibleHeun.steps(30),
                Interpolating.defaults(), Rk4.steps(30));
        modes.forEach((mode, solver) -> {
            Ode ode = Ode.of(NET).span(0, 1).solver(solver).adjoint(mode);
            Gpu all = gpu();
            all.resetPeak();
            var _ = gradient(ode.on(all), NET, 200);
            long budget = all.peakBytes() / 2;
            repeats.clear();
            Gpu gpu = all.memoryBudget(budget);
            SolveException e = assertThrows(SolveException.class, () -> gradient(ode.on(gpu), NET, 200));
            assertEquals(Outcome.Kind.MEMORY_BUDGET, e.outcome().kind());
            assertEquals(0, gpu.liveBytes());
            assertEquals(List.of(), repeats);
            int fit = Devices.wouldFit(e);
            assertTrue(fit > 1 && fit < 200, e.getMessage());
            gpu.resetPeak();
            var _ = gradient(ode.on(gpu), NET, fit);
            assertTrue(gpu.peakBytes() <= budget, gpu.peakBytes() + " of " + budget + " bytes for " + fit);
        });
    }

    @Test
    void chunksOfABatchGiveTheSame() {
        for (Solver solver : List.of(Rk4.steps(6), ReversibleHeun.steps(6))) {
            for (Adjoint mode : Devices.modes(solver)) {
                Ode ode = Ode.of(NET).span(0, 1).solver(solver).adjoint(mode);
                String what = solver + ", " + mode;
                Gpu gpu = gpu();
                gpu.resetPeak();
                var whole = Devices.arrays(gradient(ode.on(gpu), NET, 37), false, false);
                long peak = gpu.peakBytes();
                gpu.resetPeak();
                repeats.clear();
                var chunks = Devices.arrays(gradient(ode.on(gpu.samplesAtATime(10)), NET, 37), false, false);
                assertTrue(!repeats.isEmpty(), what + " was done elsewhere");
                Devices.same(whole, chunks, 1e-12, what);
                assertTrue(gpu.peakBytes() < peak / 2, what + ": " + gpu.peakBytes() + " bytes of " + peak);
                assertEquals(0, gpu.liveBytes(), what);
            }
        }
    }

    /// Where a group would hold a sample, but all its weights are many.
    @Test
    void netsOfManyWeightsTakeTiles() {
        int d = 16;
        for (int width : new int[] {32, GroupShape.MOST_PARAMETERS / d}) {
            Dynamics net = Trace.dynamics(
                    d, (t, x, p) -> x.matmul(p.matrix("W1", d, width)).matmul(p.matrix("W2", width, d)));
            Ode ode = Ode.of(net).span(0, 1).solver(Rk4.steps(1));
            String source = ode.on(Devices.pocl()).source();
            assertEquals(width > 32, source.contains("KERNEL void argument("), width + " hidden");
            assertEquals(width == 32, source.contains("KERNEL void steps("), width + " hidden");
        }
    }

    @Test
    void theSourceHasTheSteps() {
        String source = Ode.of(NET).span(0, 1).solver(Rk4.steps(3)).on(gpu()).source();
        assertTrue(source.contains("KERNEL void slope_0(") && source.contains("KERNEL void argument("), source);
    }
}
