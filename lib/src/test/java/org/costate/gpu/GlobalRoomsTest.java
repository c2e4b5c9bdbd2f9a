package org.costate.gpu;

import static org.costate.Close.flat;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.costate.Draws;
import org.costate.Ode;
import org.costate.Solution;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Backprop;
import org.costate.adjoint.Backsolve;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Gradient;
import org.costate.graph.Trace;
import org.costate.memory.Precision;
import org.costate.ode.Bosh3;
import org.costate.ode.Dopri5;
import org.costate.ode.Dynamics;
import org.costate.ode.Outcome;
import org.costate.ode.Parameters;
import org.costate.ode.ReversibleHeun;
import org.costate.ode.SolveException;
import org.costate.ode.Solver;
import org.junit.jupiter.api.Test;

/// Steps of each sample's own size where local memory has no room for a sample: its arrays are in global memory.
class GlobalRoomsTest {
    private static final long SEED = 12;
    private static final int D = 9;

    private static final Dynamics NET = Trace.dynamics(
            D,
            (t, x, p) -> x.matmul(p.matrix("W1", D, 21))
                    .plus(p.row("b1", 21).times(t))
                    .tanh()
                    .matmul(p.matrix("W2", 21, D)));

    /// Steps of one launch would not be repeated.
    private static Gpu little() {
        return Devices.withoutLocalMemory(Devices.pocl(), times -> {
            throw new AssertionError("evaluations were repeated " + times + " times");
        });
    }

    private static double[][] random(long seed, int rows) {
        return Draws.uniform(seed, rows, D, 0.8);
    }

    private static Gradient gradient(Ode ode, int batch) {
        Cost cost = Cost.sumOfSquares(random(3, batch))
                .plus(Cost.sumOfSquaresAt(0.5, random(4, batch)))
                .plus(Cost.running(Trace.cost(D, (t, x, p) -> x.times(x).sumColumns())));
        return ode.gradient(random(2, batch), NET.initialParameters(SEED), cost);
    }

    @Test
    void gradientsHaveTheBitsOfThoseInLocalMemory() {
        for (Solver solver : List.of(Dopri5.tolerance(1e-4, 1e-5), ReversibleHeun.tolerance(1e-3, 1e-3))) {
            for (Precision precision : Precision.values()) {
                if (precision == Precision.FLOAT32 && !solver.scheme().reversible()) {
                    continue; // to build kernels takes a while
                }
                for (Adjoint mode : Devices.modes(solver)) {
                    Ode ode = Ode.of(NET)
                            .span(0, 1)
                            .solver(solver.perSample())
                            .precision(precision)
                            .adjoint(mode);
                    String what = solver + ", " + mode + ", " + precision;
                    Gpu gpu = little();
                    Gradient global = gradient(ode.on(gpu), 11);
                    Gradient local = gradient(ode.on(Devices.pocl()), 11);
                    Devices.sameBits(Devices.arrays(local, false, false), Devices.arrays(global, false, false), what);
                    assertEquals(local.forward(), global.forward(), what);
                    assertEquals(local.backward(), global.backward(), what);
                    assertEquals(0, gpu.liveBytes(), what);
                }
            }
        }
    }

    /// Of a net that is wide indeed, by kernels compiled as they are for users.
    @Test
    void gradientsOfWideNetsAreThoseOfTheProcessor() {
        Dynamics wide = Trace.dynamics(
                D, (t, x, p) -> x.matmul(p.matrix("W1", D, 7000)).tanh().matmul(p.matrix("W2", 7000, D)));
        Gpu gpu = Devices.optimizing();
        Solver solver = ReversibleHeun.tolerance(1e-3, 1e-3).perSample();
        for (Adjoint mode : List.of(Backprop.defaults(), Backsolve.defaults())) {
            Ode ode = Ode.of(wide).span(0, 1).solver(solver).adjoint(mode);
            assertTrue(ode.on(gpu).source().contains("GLOBAL TIME *rooms,"), mode.toString());
            Cost cost = Cost.sumOfSquares(random(3, 5));
            Gradient here = ode.gradient(random(2, 5), wide.initialParameters(SEED), cost);
            Gradient there = ode.on(gpu).gradient(random(2, 5), wide.initialParameters(SEED), cost);
            Devices.same(
                    Devices.arrays(here, false, false), Devices.arrays(there, false, false), 1e-9, mode.toString());
            assertEquals(here.forward().steps(), there.forward().steps(), mode.toString());
        }
    }

    @Test
    void solvesHaveTheSameBits() {
        Ode ode = Ode.of(NET).span(0, 1).solver(Bosh3.tolerance(1e-4, 1e-4).perSample());
        Solution global = ode.on(little()).solve(random(2, 5), NET.initialParameters(SEED));
        Solution local = ode.on(Devices.pocl()).solve(random(2, 5), NET.initialParameters(SEED));
        for (int i = 0; i < 5; i++) {
            Solution expected = local.sample(i);
            Solution got = global.sample(i);
            assertArrayEquals(expected.times(), got.times());
            for (int k = 0; k < expected.size(); k++) {
                assertArrayEquals(flat(expected.state(k)), flat(got.state(k)));
            }
        }
    }

    @Test
    void aGroupTakesSeveralSamplesWhereTheyAreMany() {
        int batch = 4300;
        double[] first = new SplittableRandom(SEED).doubles(batch, -1, 0.5).toArray();
        Ode ode = Ode.of(Devices.SQUARE)
                .span(0, 1)
                .solver(Bosh3.tolerance(1e-2, 1e-2).perSample())
                .adjoint(Backprop.defaults());
        Cost cost = Cost.sumOfSquares(new double[batch][8]);
        Parameters none = new Parameters(Devices.SQUARE.layout());
        Gradient global = ode.on(little()).gradient(Devices.starts(first), none, cost);
        Gradient local = ode.on(Devices.pocl()).gradient(Devices.starts(first), none, cost);
        Devices.sameBits(Devices.arrays(local, false, false), Devices.arrays(global, false, false), "many");
    }

    @Test
    void aSampleThatFailsIsNamed() {
        Solver solver = Dopri5.tolerance(1e-3, 1e-3).perSample();
        Parameters none = new Parameters(Devices.SQUARE.layout());
        Cost cost = Cost.sumOfSquares(new double[3][8]);
        for (Adjoint mode : Devices.modes(solver)) {
            Ode ode = Ode.of(Devices.SQUARE).span(0, 4).solver(solver).adjoint(mode);
            double[][] x0 = Devices.starts(0.1, -1, 0.6);
            Gpu gpu = little();
            Outcome there = assertThrows(SolveException.class, () -> ode.on(gpu).gradient(x0, none, cost))
                    .outcome();
            Outcome here = assertThrows(SolveException.class, () -> ode.gradient(x0, none, cost))
                    .outcome();
            assertEquals(here.kind(), there.kind(), mode.toString());
            assertEquals(2, there.offender().row(), there.message());
            assertEquals(5, there.offender().column(), there.message());
            assertEquals(here.time(), there.time(), 1e-9, mode.toString());
            assertEquals(0, gpu.liveBytes(), mode.toString());
        }
    }

    /// The arrays of the groups are counted with what a call needs.
    @Test
    void aBatchThatDoesNotFitIsSaidBeforeWithWhatWould() {
        Ode ode = Ode.of(NET)
                .span(0, 1)
                .solver(Bosh3.tolerance(1e-2, 1e-2).perSample())
                .adjoint(Backprop.defaults());
        Gpu all = little();
        all.resetPeak();
        var _ = gradient(ode.on(all), 100);
        long budget = all.peakBytes() / 2;
        Gpu gpu = all.memoryBudget(budget);
        Gradient chunks = null;
        int fit = 100;
        while (chunks == null) { // each time more steps are known
            gpu.resetPeak();
            try {
                chunks = gradient(ode.on(gpu.samplesAtATime(fit)), 100);
            } catch (SolveException e) {
                assertEquals(Outcome.Kind.MEMORY_BUDGET, e.outcome().kind());
                assertEquals(0, gpu.liveBytes());
                int fewer = Devices.wouldFit(e);
                assertTrue(fewer > 1 && fewer < fit, e.getMessage());
                fit = fewer;
            }
        }
        assertTrue(fit > 45 && fit < 100, fit + " samples at a time");
        assertTrue(gpu.peakBytes() <= budget, gpu.peakBytes() + " of " + budget + " bytes for " + fit);
        Devices.same(
                Devices.arrays(gradient(ode.on(all), 100), false, false),
                Devices.arrays(chunks, false, false),
                1e-12,
                fit + " samples at a time");
    }

    /// However large the batch, and as many groups as there is room for.
    @Test
    void theArraysOfAllGroupsTogetherAreBounded() {
        for (int numbers : new int[] {10_000, 50_000}) {
            for (int batch : new int[] {1, 100, 1_000_000}) {
                GroupShape.Needs needs = new GroupShape.Needs(true, true, numbers, 0, 1000, 700, 0, false, false);
                GroupShape shape = GroupShape.of(Prediction.ANY, Precision.FLOAT64, batch, needs);
                String what = batch + " samples: " + shape;
                long all = shape.roomBytes() * shape.groups();
                assertTrue(shape.roomBytes() >= 8L * numbers && all <= 1 << 27, what);
                assertTrue(batch < 1000 || all > 1 << 26, what);
                assertTrue((long) shape.groups() * shape.samples() >= batch && shape.groups() <= batch, what);
            }
        }
    }

    /// Each sample has them anyway, and groups would only wait.
    @Test
    void gradientsOfEachSampleDoNotMakeGroupsFewer() {
        for (boolean ofSamples : new boolean[] {true, false}) {
            GroupShape.Needs needs =
                    new GroupShape.Needs(true, true, 1000, 0, 33_000, 256, 4 * 33_000, ofSamples, false);
            GroupShape shape = GroupShape.of(Prediction.ANY, Precision.FLOAT64, 3000, needs);
            assertEquals(ofSamples ? 1 : 24, shape.samples(), shape.toString());
        }
    }

    @Test
    void theSourceHasNoLocalArrays() {
        for (Adjoint mode : Devices.modes(ReversibleHeun.steps(1))) {
            Solver solver = ReversibleHeun.tolerance(1e-3, 1e-3).perSample();
            String source = Ode.of(NET)
                    .span(0, 1)
                    .solver(solver)
                    .adjoint(mode)
                    .on(little())
                    .source();
            assertTrue(source.contains("KERNEL void adaptive(\n    GLOBAL TIME *rooms,"), source);
            assertFalse(
                    Pattern.compile("LOCAL (struct|REAL|TIME)").matcher(source).find(), source);
        }
    }
}
