package org.costate.gpu;

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
import org.costate.ode.Dynamics;
import org.costate.ode.Outcome;
import org.costate.ode.Parameters;
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
        var _ = gradient(gpu, mode, solver, 100);
        assertEquals(0, gpu.liveBytes(), mode + " gave all back");
        return gpu.peakBytes();
    }

    /// A state of 100 x 2 float64 numbers is 1600 bytes.
    @Test
    void memoryGrowsWithTheStepsOnlyWhereItShould() {
        long more = 2_000 - 200;
        assertTrue(peak(Backprop.defaults(), Rk4.steps(2_000)) - peak(Backprop.defaults(), Rk4.steps(200))
                > more * 4 * 1600);
        long along = peak(Interpolating.defaults(), Rk4.steps(2_000)) - peak(Interpolating.defaults(), Rk4.steps(200));
        assertTrue(along > more * 4 * 1600 && along < more * 6 * 1600, along + " bytes");
        for (Adjoint mode : new Adjoint[] {Backsolve.defaults(), Checkpointed.states(10)}) {
            long flat = peak(mode, Rk4.steps(2_000)) - peak(mode, Rk4.steps(200));
            assertTrue(Math.abs(flat) < 200_000, mode + ": " + flat + " bytes more for ten times the steps");
        }
        Adjoint undo = Reversible.defaults();
        long flat = peak(undo, AsynchronousLeapfrog.steps(2_000)) - peak(undo, AsynchronousLeapfrog.steps(200));
        assertTrue(Math.abs(flat) < 200_000, undo + ": " + flat + " bytes");
    }

    @Test
    void aBatchThatDoesNotFitIsSaidBeforeWithWhatWould() {
        Gpu gpu = Devices.pocl().memoryBudget(1_000_000);
        SolveException e =
                assertThrows(SolveException.class, () -> gradient(gpu, Backprop.defaults(), Rk4.steps(1000), 100));
        assertEquals(Outcome.Kind.MEMORY_BUDGET, e.outcome().kind());
        Matcher told = Pattern.compile("(\\d+) would fit at a time").matcher(e.getMessage());
        assertTrue(told.find(), e.getMessage());
        int fit = Integer.parseInt(told.group(1));
        assertTrue(fit > 0 && fit < 100, e.getMessage());
        assertEquals(0, gpu.liveBytes());
        var _ = gradient(gpu, Backprop.defaults(), Rk4.steps(1000), fit);
        assertThrows(IllegalArgumentException.class, () -> Devices.pocl().memoryBudget(0));
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
