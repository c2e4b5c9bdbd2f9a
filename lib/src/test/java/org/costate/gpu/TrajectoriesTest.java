package org.costate.gpu;

import static org.costate.Close.assertClose;
import static org.costate.Close.flat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
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
import org.costate.memory.Precision;
import org.costate.ode.AsynchronousLeapfrog;
import org.costate.ode.Bosh3;
import org.costate.ode.Coupling;
import org.costate.ode.Dopri5;
import org.costate.ode.Dopri8;
import org.costate.ode.Dynamics;
import org.costate.ode.Euler;
import org.costate.ode.Parameters;
import org.costate.ode.ReversibleHeun;
import org.costate.ode.Rk4;
import org.costate.ode.Solver;
import org.costate.ode.Tsit5;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Whole trajectories on the device.
class TrajectoriesTest {
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
        SplittableRandom random = new SplittableRandom(seed);
        return Stream.generate(() -> random.doubles(3, -0.5, 0.5).toArray())
                .limit(rows)
                .toArray(double[][]::new);
    }

    static Stream<Solver> solvers() {
        return Stream.of(
                Euler.steps(9),
                Rk4.steps(9),
                Bosh3.steps(9),
                Tsit5.steps(9),
                Dopri5.steps(9),
                Dopri8.steps(9),
                ReversibleHeun.steps(9),
                AsynchronousLeapfrog.steps(9),
                Coupling.of(Rk4.steps(9)),
                Rk4.grid(0, 0.3, 0.55, 0.9, 1),
                Dopri5.steps(9).jumpAt(0.5));
    }

    @ParameterizedTest
    @MethodSource("solvers")
    void gradientsAreThoseOfTheProcessor(Solver solver) {
        int batch = 70;
        Parameters theta = NET.initialParameters(SEED);
        Cost cost = Cost.sumOfSquares(random(3, batch))
                .plus(Cost.sumOfSquaresAt(0.55, random(4, batch)))
                .plus(Cost.sumOfSquaresAt(0, random(6, batch)))
                .plus(Cost.running(Trace.cost(3, (t, x, p) -> x.times(x).sumColumns())));
        List<Adjoint> modes = new ArrayList<>(List.of(
                Backprop.defaults(),
                Checkpointed.states(3),
                Checkpointed.defaults(),
                Backsolve.defaults(),
                Interpolating.defaults()));
        if (solver.scheme().reversible()) {
            modes.add(Reversible.defaults());
        }
        for (Precision precision : Precision.values()) {
            for (Adjoint mode : modes) {
                Ode ode = Ode.of(NET)
                        .span(0, 1)
                        .solver(solver)
                        .precision(precision)
                        .adjoint(mode);
                Gradient here = ode.gradient(random(2, batch), theta, cost);
                Gradient there = ode.on(Devices.pocl()).gradient(random(2, batch), theta, cost);
                double close = precision == Precision.FLOAT64 ? 1e-12 : 2e-5;
                assertEquals(here.cost(), there.cost(), close * Math.abs(here.cost()), mode + " cost");
                assertClose(flat(here.x0()), flat(there.x0()), close, mode + " x0");
                assertClose(here.parameters().toArray(), there.parameters().toArray(), close, mode + " theta");
                assertEquals(0, Devices.pocl().liveBytes(), mode + " device memory");
            }
        }
    }
}
