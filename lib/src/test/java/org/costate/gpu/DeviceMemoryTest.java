package org.costate.gpu;

import static org.costate.Close.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.costate.Ode;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Backprop;
import org.costate.adjoint.Backsolve;
import org.costate.adjoint.Checkpointed;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Gradient;
import org.costate.adjoint.Interpolating;
import org.costate.adjoint.Reversible;
import org.costate.graph.Trace;
import org.costate.ode.AsynchronousLeapfrog;
import org.costate.ode.Dopri5;
import org.costate.ode.Dynamics;
import org.costate.ode.Outcome;
import org.costate.ode.Parameters;
import org.costate.ode.ReversibleHeun;
import org.costate.ode.Rk4;
import org.costate.ode.SolveException;
import org.costate.ode.Solver;
import org.junit.jupiter.api.Test;

/// Memory of a device: counted, told before it is too much, given back; and launches of few steps.
class DeviceMemoryTest {
    private static final Dynamics FIELD =
            Trace.dynamics(2, (t, x, p) -> x.matmul(p.matrix("W", 2, 9)).tanh().matmul(p.matrix("V", 9, 2)));
    private static final Parameters THETA = FIELD.initialParameters(1);

    private static double[][] starts(int batch) {
        SplittableRandom random = new SplittableRandom(5);
        return Stream.generate(() -> random.doubles(2, -1, 1).toArray())
                .limit(batch)
                .toArray(double[][]::new);
    }

    private static Gradient gradient(Gpu gpu, Adjoint mode, Solver solver, int batch) {
        return Ode.of(FIELD)
                .span(0, 1)
                .solver(solver)
                .adjoint(mode)
                .on(gpu)
                .gradient(starts(batch), THETA, Cost.sumOfSquares(new double[batch][2]));
    }

    private static long peak(Adjoint mode, Solver solver) {
        Gpu gpu = Devices.pocl();
        gpu.resetPeak();
        var _ = gradient(gpu, mode, solver, 20);
        assertEquals(0, gpu.liveBytes(), mode + " gave all back");
        return gpu.peakBytes();
    }

    /// A state of 20 x 2 float64 numbers is 320 bytes.
    @Test
    void memoryGrowsWithTheStepsOnlyWhereItShould() {
        long more = 2_000 - 200;
        assertTrue(peak(Backprop.defaults(), Rk4.steps(2_000)) - peak(Backprop.defaults(), Rk4.steps(200))
                > more * 4 * 320);
        long along = peak(Interpolating.defaults(), Rk4.steps(2_000)) - peak(Interpolating.defaults(), Rk4.steps(200));
        assertTrue(along > more * 4 * 320 && along < more * 6 * 320, along + " bytes");
        for (Adjoint mode : new Adjoint[] {Backsolve.defaults(), Checkpointed.states(10)}) {
            long flat = peak(mode, Rk4.steps(2_000)) - peak(mode, Rk4.steps(200));
            assertTrue(Math.abs(flat) < 60_000, mode + ": " + flat + " bytes more for ten times the steps");
        }
        Adjoint undo = Reversible.defaults();
        long flat = peak(undo, AsynchronousLeapfrog.steps(2_000)) - peak(undo, AsynchronousLeapfrog.steps(200));
        assertTrue(Math.abs(flat) < 60_000, undo + ": " + flat + " bytes");
    }

    /// How many samples would fit by what the failure says; 0 if there is none.
    private static int fitting(Ode ode, int batch, int most) {
        try {
            var _ = ode.gradient(starts(batch), THETA, cost(batch));
            return 0;
        } catch (SolveException e) {
            assertEquals(Outcome.Kind.MEMORY_BUDGET, e.outcome().kind(), e.getMessage());
            Matcher told = Pattern.compile("(\\d+) would fit at a time.*; take gpu.samplesAtATime")
                    .matcher(e.getMessage());
            assertTrue(told.find(), e.getMessage());
            int fit = Integer.parseInt(told.group(1));
            assertTrue(fit > 0 && fit < most, e.getMessage());
            assertEquals(0, Devices.pocl().liveBytes());
            return fit;
        }
    }

    @Test
    void aBatchThatDoesNotFitIsSaidBeforeWithWhatWould() {
        odes().forEach(plain -> {
            Ode ode = plain.span(0, 20);
            int batch = 200;
            Gpu all = Devices.pocl();
            all.resetPeak();
            var _ = ode.on(all).gradient(starts(batch), THETA, cost(batch));
            long budget = all.peakBytes() / 2;
            boolean adaptive = ode.toString().contains("per sample");
            Gpu gpu = all.memoryBudget(budget);
            int fit = fitting(ode.on(gpu), batch, batch);
            for (int next = fit; adaptive && next > 0; ) { // how many steps there are is known by and by
                fit = next;
                next = fitting(ode.on(gpu.samplesAtATime(fit)), batch, fit);
            }
            all.resetPeak();
            Gradient g = ode.on(gpu.samplesAtATime(fit)).gradient(starts(batch), THETA, cost(batch));
            assertTrue(all.peakBytes() <= budget, ode + ": " + all.peakBytes() + " of " + budget);
            assertEquals(batch, g.x0().length);
        });
        assertThrows(IllegalArgumentException.class, () -> Devices.pocl().memoryBudget(0));
    }

    private static final Adjoint[] EXPLICIT = {
        Backprop.defaults(),
        Checkpointed.states(5),
        Backsolve.defaults(),
        Backsolve.defaults().withReset(),
        Interpolating.defaults()
    };

    /// Every mode with given steps and with steps of the samples' own.
    private static Stream<Ode> odes() {
        Stream<Ode> explicit = Stream.of(EXPLICIT)
                .flatMap(mode -> Stream.of(
                                Rk4.steps(40), Dopri5.tolerance(1e-6, 1e-6).perSample())
                        .map(solver -> Ode.of(FIELD).span(0, 1).solver(solver).adjoint(mode)));
        Solver pairs = ReversibleHeun.steps(40);
        return Stream.concat(
                explicit, Stream.of(Ode.of(FIELD).span(0, 1).solver(pairs).adjoint(Reversible.anchored(8))));
    }

    private static Cost cost(int batch) {
        Cost running =
                Cost.running(Trace.cost(2, (t, x, p) -> x.pow(2).sumColumns().times(t)));
        Cost mixes = Cost.terminal((x, gradient) -> {
            double sum = 0;
            for (long i = 0; i < x.size(); i++) {
                sum += x.get(i);
            }
            gradient.fill(2 * sum);
            return sum * sum;
        });
        double[][] targets = new double[batch][2];
        return mixes.plus(running)
                .plus(Cost.sumOfSquaresAt(0.4, targets))
                .plus(Cost.sumOfSquaresAt(0, targets))
                .plus(Cost.parameterPenalty(0.1));
    }

    @Test
    void chunksGiveTheGradientOfTheWholeBatch() {
        int batch = 25;
        odes().forEach(ode -> {
            Gradient whole = ode.on(Devices.pocl()).gradient(starts(batch), THETA, cost(batch));
            Gradient some = ode.on(Devices.pocl().samplesAtATime(7)).gradient(starts(batch), THETA, cost(batch));
            assertEquals(whole.cost(), some.cost(), ode.toString());
            assertArrayEquals(whole.end(), some.end(), ode.toString());
            assertArrayEquals(whole.x0(), some.x0(), ode.toString());
            assertClose(whole.parameters().toArray(), some.parameters().toArray(), 1e-13, ode.toString());
            assertEquals(whole.forward().steps(), some.forward().steps(), ode.toString());
            assertEquals(whole.drift(), some.drift(), ode.toString());
            assertEquals(0, Devices.pocl().liveBytes());
        });
    }

    @Test
    void chunksTakeLessMemoryAndNameTheSampleThatFails() {
        Gpu gpu = Devices.pocl();
        gpu.resetPeak();
        var _ = gradient(gpu, Backprop.defaults(), Rk4.steps(500), 100);
        long whole = gpu.peakBytes();
        gpu.resetPeak();
        var _ = gradient(gpu.samplesAtATime(10), Backprop.defaults(), Rk4.steps(500), 100);
        assertTrue(gpu.peakBytes() < whole / 8, gpu.peakBytes() + " bytes, all at once " + whole);
        for (Solver solver :
                new Solver[] {Rk4.steps(30), Dopri5.tolerance(1e-6, 1e-6).perSample()}) {
            Dynamics square = Trace.dynamics(1, (t, x, p) -> x.times(x));
            double[][] x0 = new double[20][1];
            x0[17][0] = 3;
            Ode ode = Ode.of(square).span(0, 30).solver(solver).on(gpu.samplesAtATime(6));
            SolveException e = assertThrows(
                    SolveException.class,
                    () -> ode.gradient(x0, new Parameters(square.layout()), Cost.sumOfSquares(new double[20][1])));
            assertEquals(17, e.outcome().offender().row(), e.getMessage());
            assertEquals(0, gpu.liveBytes());
        }
    }

    @Test
    void whatAddsOverTheBatchIsNotCut() {
        Dynamics mixing = Trace.dynamics(2, (t, x, p) -> x.minus(x.meanRows()));
        Gpu gpu = Devices.pocl().samplesAtATime(3);
        Ode ode = Ode.of(mixing).span(0, 1).solver(Rk4.steps(3));
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> ode.on(gpu));
        assertTrue(e.getMessage().contains("leave samplesAtATime(...) away"), e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> gpu.samplesAtATime(0));
    }

    @Test
    void launchesOfFewStepsGiveTheSameBits() {
        Gpu few = Devices.pocl().stepsALaunch(7);
        for (Adjoint mode : new Adjoint[] {Backprop.defaults(), Checkpointed.states(5), Backsolve.defaults()}) {
            Gradient whole = gradient(Devices.pocl(), mode, Rk4.steps(100), 20);
            Gradient cut = gradient(few, mode, Rk4.steps(100), 20);
            assertArrayEquals(whole.parameters().toArray(), cut.parameters().toArray(), mode.toString());
            assertArrayEquals(whole.x0()[3], cut.x0()[3], mode.toString());
        }
        assertThrows(IllegalArgumentException.class, () -> Devices.pocl().stepsALaunch(0));
    }

    @Test
    void everythingIsGivenBackAfterAFailure() {
        Dynamics square = Trace.dynamics(1, (t, x, p) -> x.times(x));
        Ode ode = Ode.of(square).span(0, 30).solver(Rk4.steps(30)).on(Devices.pocl());
        SolveException e = assertThrows(
                SolveException.class,
                () -> ode.gradient(
                        new double[][] {{0.1}, {3}},
                        new Parameters(square.layout()),
                        Cost.sumOfSquares(new double[2][1])));
        assertEquals(Outcome.Kind.NON_FINITE, e.outcome().kind());
        assertEquals(1, e.outcome().offender().row(), e.getMessage());
        assertEquals(0, Devices.pocl().liveBytes());
    }
}
