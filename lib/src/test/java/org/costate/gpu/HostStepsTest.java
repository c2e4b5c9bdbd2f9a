package org.costate.gpu;

import static org.costate.Close.assertClose;
import static org.costate.Close.flat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.costate.Draws;
import org.costate.Ode;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Backprop;
import org.costate.adjoint.Backsolve;
import org.costate.adjoint.Checkpointed;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Gradient;
import org.costate.adjoint.Interpolating;
import org.costate.graph.Trace;
import org.costate.memory.Precision;
import org.costate.ode.Dynamics;
import org.costate.ode.Parameters;
import org.costate.ode.Rk4;
import org.junit.jupiter.api.Test;

/// Evaluations on the device with steps taken here.
class HostStepsTest {
    private static final long SEED = 20;

    private static final Dynamics NET = Trace.dynamics(
            3,
            (t, x, p) -> x.pow(3)
                    .matmul(p.matrix("W1", 3, 7))
                    .plus(p.row("b1", 7).times(t))
                    .tanh()
                    .matmul(p.matrix("W2", 7, 3))
                    .plus(x.column(0).times(p.row("b2", 3))));

    private static double[][] random(long seed, int rows) {
        return Draws.uniform(seed, rows, 3, 1);
    }

    @Test
    void gradientsAreThoseOfTheProcessor() {
        Parameters theta = NET.initialParameters(SEED);
        Cost cost = Cost.sumOfSquares(random(3, 70))
                .plus(Cost.sumOfSquaresAt(0.5, random(4, 70)))
                .plus(Cost.running(Trace.cost(3, (t, x, p) -> x.times(x).sumColumns())));
        for (Precision precision : Precision.values()) {
            for (Adjoint mode : List.of(
                    Backprop.defaults(), Checkpointed.states(3), Backsolve.defaults(), Interpolating.defaults())) {
                Ode ode = Ode.of(NET)
                        .span(0, 1)
                        .solver(Rk4.steps(10))
                        .precision(precision)
                        .adjoint(mode)
                        .timeGradients();
                Gradient here = ode.gradient(random(2, 70), theta, cost);
                Gradient there = ode.on(Devices.optimizing()).gradient(random(2, 70), theta, cost);
                double close = precision == Precision.FLOAT64 ? 1e-12 : 2e-5;
                assertEquals(here.cost(), there.cost(), close * Math.abs(here.cost()), mode + " cost");
                assertClose(flat(here.x0()), flat(there.x0()), close, mode + " x0");
                assertClose(here.parameters().toArray(), there.parameters().toArray(), close, mode + " theta");
                assertEquals(here.times().t0(), there.times().t0(), close * 10, mode + " t0");
                assertEquals(0, Devices.optimizing().liveBytes(), mode + " device memory");
            }
        }
    }
}
