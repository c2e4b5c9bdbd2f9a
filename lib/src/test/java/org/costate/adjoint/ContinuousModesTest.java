package org.costate.adjoint;

import static org.costate.Close.assertClose;
import static org.costate.Close.flat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.costate.Draws;
import org.costate.Ode;
import org.costate.graph.Trace;
import org.costate.ode.Bosh3;
import org.costate.ode.Dopri5;
import org.costate.ode.Dopri8;
import org.costate.ode.Dynamics;
import org.costate.ode.Midpoint;
import org.costate.ode.Parameters;
import org.costate.ode.ReversibleHeun;
import org.costate.ode.Rk4;
import org.costate.ode.Solver;
import org.costate.ode.Tsit5;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The modes that solve the adjoint equation, with every kind of solver, against the exact gradient of a tight solve.
class ContinuousModesTest {
    private static final long SEED = 21;

    private static final Dynamics NET = Trace.dynamics(
            3,
            (t, x, p) -> x.pow(2)
                    .matmul(p.matrix("W1", 3, 6))
                    .plus(p.row("b1", 6).times(t))
                    .tanh()
                    .matmul(p.matrix("W2", 6, 3)));

    record Pair(Adjoint mode, Solver solver, double tolerance) {}

    static Stream<Pair> pairs() {
        return Stream.of(
                        Backsolve.defaults(),
                        Backsolve.defaults().withReset(),
                        Backsolve.defaults().withSeminorm(),
                        Backsolve.defaults().tolerance(1e-9, 1e-9),
                        Interpolating.defaults(),
                        Gauss.defaults())
                .flatMap(mode -> Stream.of(
                        new Pair(mode, Rk4.steps(200), 1e-7),
                        new Pair(mode, Midpoint.steps(1000), 1e-5),
                        new Pair(mode, ReversibleHeun.steps(1000), 1e-5),
                        new Pair(mode, Bosh3.tolerance(1e-6, 1e-6), 1e-4),
                        new Pair(mode, Dopri5.tolerance(1e-8, 1e-8), 1e-6),
                        new Pair(mode, Tsit5.tolerance(1e-8, 1e-8), 1e-6),
                        new Pair(mode, Dopri8.tolerance(1e-10, 1e-10), 1e-7),
                        new Pair(
                                mode, Dopri5.tolerance(1e-8, 1e-8).adaptive(a -> a.withControl(0.4, 0.3, 0.1)), 1e-6)));
    }

    private static double[][] random(long seed, int rows) {
        return Draws.uniform(seed, rows, 3, 1);
    }

    private static Parameters theta() {
        return Parameters.of(
                NET.layout(),
                new SplittableRandom(SEED)
                        .doubles(NET.layout().size(), -0.7, 0.7)
                        .toArray());
    }

    private static Cost cost() {
        return Cost.sumOfSquares(random(3, 2))
                .plus(Cost.sumOfSquaresAt(0.61, random(4, 2)))
                .plus(Cost.sumOfSquaresAt(1.1, random(5, 2)))
                .plus(Cost.sumOfSquaresAt(0.2, random(6, 2)))
                .plus(Cost.parameterPenalty(0.1));
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void agreesWithTheExactGradientOfATightSolve(Pair pair) {
        for (double end : new double[] {1.4, 0.2 - 1.2}) {
            Cost cost = end > 0.2 ? cost() : Cost.sumOfSquares(random(3, 2));
            Ode ode = Ode.of(NET).span(0.2, end);
            Gradient tight = ode.solver(Dopri8.tolerance(1e-12, 1e-12)).gradient(random(2, 2), theta(), cost);
            Gradient g = ode.solver(pair.solver).adjoint(pair.mode).gradient(random(2, 2), theta(), cost);
            assertEquals(tight.cost(), g.cost(), pair.tolerance * 10, "cost");
            assertClose(tight.parameters().toArray(), g.parameters().toArray(), pair.tolerance, pair + " by theta");
            assertClose(flat(tight.x0()), flat(g.x0()), pair.tolerance, pair + " by x0");
            assertTrue(g.trusted());
        }
    }

    /// Resetting the state at observations keeps the drift of a contracting field in bounds.
    @Test
    void resettingAtObservationsKeepsTheStateNear() {
        Dynamics contracting = Trace.dynamics(1, (t, x, p) -> x.times(-8).plus(p.scalar("c")));
        Parameters theta = Parameters.of(contracting.layout(), 1);
        Cost cost = Cost.sumOfSquares(0);
        for (double t = 0.1; t < 1.95; t += 0.1) {
            cost = cost.plus(Cost.sumOfSquaresAt(t, new double[][] {{0}}));
        }
        Ode ode = Ode.of(contracting).span(0, 2).solver(Dopri5.tolerance(1e-6, 1e-6));
        double free = ode.adjoint(Backsolve.defaults())
                .gradient(new double[] {2}, theta, cost)
                .drift()
                .getAsDouble();
        double reset = ode.adjoint(Backsolve.defaults().withReset())
                .gradient(new double[] {2}, theta, cost)
                .drift()
                .getAsDouble();
        assertTrue(reset < 1e-4 && reset < free / 100, "drift " + free + ", with reset " + reset);
    }
}
