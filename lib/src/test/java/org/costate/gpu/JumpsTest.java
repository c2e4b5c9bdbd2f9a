package org.costate.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.costate.Ode;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Backprop;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Gradient;
import org.costate.graph.Expr;
import org.costate.graph.Trace;
import org.costate.memory.Precision;
import org.costate.ode.AsynchronousLeapfrog;
import org.costate.ode.Dopri5;
import org.costate.ode.Dynamics;
import org.costate.ode.Euler;
import org.costate.ode.Parameters;
import org.costate.ode.ReversibleHeun;
import org.costate.ode.Rk4;
import org.costate.ode.Solver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A field that jumps in time: no step sees the other side of the jump, as on the processor.
class JumpsTest {
    private static final double JUMP = 0.3;

    /// −1 before the jump, 1 after it, 0 at it.
    private static Expr side(Expr t) {
        return t.minus(JUMP).times(1e20).max(-1).min(1);
    }

    private static final Dynamics FIELD =
            Trace.dynamics(2, (t, x, p) -> x.times(p.row("rate", 2)).plus(side(t).times(p.row("push", 2))));

    private static Gradient gradient(Ode ode) {
        double[][] x0 = {{0.4, -0.7}, {1.1, 0.2}, {-0.3, 0.9}};
        Parameters p = Parameters.of(FIELD.layout(), -0.8, 0.6, 0.5, -0.9);
        return ode.gradient(
                x0, p, Cost.sumOfSquares(new double[3][2]).plus(Cost.sumOfSquaresAt(0.6, new double[3][2])));
    }

    private static void alike(Gpu gpu, Solver solver, double t0, double t1, Precision precision) {
        double close = solver.stepsPerSample() ? 1e-6 : Devices.close(precision);
        Devices.modes(solver).forEach(mode -> {
            Ode ode = ode(solver, mode, t0, t1).precision(precision);
            Gradient here = gradient(ode);
            Gradient there = gradient(ode.on(gpu));
            String what = solver + ", " + mode + ", from " + t0 + " to " + t1 + " on " + gpu;
            Devices.same(Devices.arrays(here, false, false), Devices.arrays(there, false, false), close, what);
        });
    }

    private static Ode ode(Solver solver, Adjoint mode, double t0, double t1) {
        return Ode.of(FIELD).span(t0, t1).solver(solver).adjoint(mode);
    }

    @Test
    void bothSidesAreThoseOfTheProcessor() {
        Gpu gpu = Devices.pocl();
        for (Gpu device : List.of(gpu, Devices.withoutLocalMemory(gpu, n -> {}))) {
            for (Solver solver :
                    List.of(Rk4.steps(5), Dopri5.steps(4), ReversibleHeun.steps(5), AsynchronousLeapfrog.steps(5))) {
                alike(device, solver.jumpAt(JUMP), 0, 1, Precision.FLOAT64);
                alike(device, solver.jumpAt(JUMP), 1, 0, Precision.FLOAT64);
                alike(device, solver.jumpAt(JUMP), JUMP, 1, Precision.FLOAT64);
                alike(device, solver.jumpAt(JUMP), 0.9, JUMP, Precision.FLOAT64);
            }
            alike(device, Rk4.steps(5).jumpAt(JUMP), 0, 1, Precision.FLOAT32);
        }
        Solver adaptive = Dopri5.tolerance(1e-7, 1e-9).perSample().jumpAt(JUMP);
        alike(gpu, adaptive, 0, 1, Precision.FLOAT64);
        alike(gpu, adaptive, 1, 0, Precision.FLOAT64);
    }

    /// Where the side of a single evaluation matters, here and on the device: Euler's first step after the jump.
    @ParameterizedTest
    @EnumSource(Precision.class)
    void theSidesAreRight(Precision precision) {
        Ode ode = ode(Euler.steps(10).jumpAt(JUMP), Backprop.defaults(), 0, 1).precision(precision);
        double x = 0.4;
        for (int k = 0; k < 10; k++) { // the jump is the end of the third step
            x += 0.1 * (-0.8 * x + (k < 3 ? -0.5 : 0.5));
        }
        double close = Devices.close(precision);
        assertEquals(x, gradient(ode).end()[0][0], close);
        assertEquals(x, gradient(ode.on(Devices.pocl())).end()[0][0], close);
        double back = 0.4;
        for (int k = 0; k < 10; k++) { // from 1 to 0: seven steps after the jump
            back -= 0.1 * (-0.8 * back + (k < 7 ? 0.5 : -0.5));
        }
        assertEquals(back, gradient(ode.span(1, 0)).end()[0][0], close);
        assertEquals(back, gradient(ode.span(1, 0).on(Devices.pocl())).end()[0][0], close);
    }
}
