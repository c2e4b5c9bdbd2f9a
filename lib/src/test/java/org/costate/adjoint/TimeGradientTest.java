package org.costate.adjoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.costate.Ode;
import org.costate.Solution;
import org.costate.graph.Trace;
import org.costate.ode.AsynchronousLeapfrog;
import org.costate.ode.Coupling;
import org.costate.ode.Dopri5;
import org.costate.ode.Dynamics;
import org.costate.ode.Euler;
import org.costate.ode.GivenSteps;
import org.costate.ode.Parameters;
import org.costate.ode.ReversibleHeun;
import org.costate.ode.Rk4;
import org.costate.ode.Solver;
import org.costate.ode.Tsit5;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// ∂C/∂t0, ∂C/∂t1, ∂C/∂τ: exact for the discrete solve in the exact modes, of the solver's order in the others.
class TimeGradientTest {
    private static final double[][] X0 = {{0.8, -0.3}, {0.1, 0.6}};
    private static final double[][] TARGET = {{0.2, 0.1}, {-0.4, 0.3}};

    private static final Dynamics FIELD = Trace.dynamics(
            2,
            (t, x, p) ->
                    x.matmul(p.matrix("W", 2, 2)).plus(p.row("b", 2).times(t)).tanh());
    private static final Parameters THETA = Parameters.of(FIELD.layout(), 0.9, -1.3, 0.7, 0.4, 0.5, -0.8);

    private static Cost cost(double tau) {
        return Cost.sumOfSquares(TARGET)
                .plus(Cost.sumOfSquaresAt(tau, TARGET))
                .plus(Cost.running(
                        Trace.cost(2, (t, x, p) -> x.pow(2).sumColumns().times(t))));
    }

    private static double value(Solver solver, double t0, double t1, double tau) {
        return Ode.of(FIELD)
                .span(t0, t1)
                .solver(solver)
                .gradient(X0, THETA, cost(tau))
                .cost();
    }

    static Stream<Solver> solvers() {
        return Stream.of(
                Euler.steps(7),
                Rk4.steps(6),
                Tsit5.steps(5),
                ReversibleHeun.steps(9),
                AsynchronousLeapfrog.steps(9),
                Coupling.of(Rk4.steps(5)));
    }

    private static List<Adjoint> exact(Solver solver) {
        Stream<Adjoint> modes =
                Stream.of(Backprop.defaults(), Checkpointed.states(2), Symplectic.defaults(), Forward.defaults());
        return (solver.scheme().reversible() ? Stream.concat(modes, Stream.of(Reversible.defaults())) : modes).toList();
    }

    @ParameterizedTest
    @MethodSource("solvers")
    void exactModesAgreeWithDifferencesOfTheDiscreteSolve(Solver solver) {
        double h = 1e-6;
        double byT0 = (value(solver, 0.3 + h, 1.5, 0.77) - value(solver, 0.3 - h, 1.5, 0.77)) / (2 * h);
        double byT1 = (value(solver, 0.3, 1.5 + h, 0.77) - value(solver, 0.3, 1.5 - h, 0.77)) / (2 * h);
        double byTau = (value(solver, 0.3, 1.5, 0.77 + h) - value(solver, 0.3, 1.5, 0.77 - h)) / (2 * h);
        for (Adjoint mode : exact(solver)) {
            TimeGradient g = Ode.of(FIELD)
                    .span(0.3, 1.5)
                    .solver(solver)
                    .adjoint(mode)
                    .timeGradients()
                    .gradient(X0, THETA, cost(0.77))
                    .times();
            assertEquals(byT0, g.t0(), 1e-8, mode + " by t0");
            assertEquals(byT1, g.t1(), 1e-8, mode + " by t1");
            assertEquals(0.77, g.observations()[0]);
            assertEquals(byTau, g.byObservation()[0], 1e-8, mode + " by the observation time");
        }
    }

    /// A step that must end, and a jump, at a given time stays there when the ends move.
    @Test
    void forcedTimesStandStill() {
        for (Solver solver :
                new Solver[] {Rk4.steps(6).stopAt(0.95), Rk4.steps(6).jumpAt(0.95)}) {
            double h = 1e-6;
            TimeGradient g = Ode.of(FIELD)
                    .span(0.3, 1.5)
                    .solver(solver)
                    .timeGradients()
                    .gradient(X0, THETA, cost(0.77))
                    .times();
            assertEquals(
                    (value(solver, 0.3 + h, 1.5, 0.77) - value(solver, 0.3 - h, 1.5, 0.77)) / (2 * h), g.t0(), 1e-8);
            assertEquals(
                    (value(solver, 0.3, 1.5 + h, 0.77) - value(solver, 0.3, 1.5 - h, 0.77)) / (2 * h), g.t1(), 1e-8);
        }
    }

    /// With adaptive steps the accepted grid is frozen, and only its ends and the observation move.
    @Test
    void adaptiveGridsAreFrozen() {
        Solver solver = Dopri5.tolerance(1e-4, 1e-4);
        Solution s = Ode.of(FIELD).span(0.3, 1.5).solver(solver.stopAt(0.77)).solve(X0, THETA);
        TimeGradient g = Ode.of(FIELD)
                .span(0.3, 1.5)
                .solver(solver.withSteps(new GivenSteps(s.times())))
                .timeGradients()
                .gradient(X0, THETA, cost(0.77))
                .times();
        double h = 1e-6;
        double[] difference = new double[3];
        for (int which = 0; which < 3; which++) {
            for (int sign = -1; sign <= 1; sign += 2) {
                double[] times = s.times();
                int node = which == 0 ? 0 : which == 1 ? times.length - 1 : index(times, 0.77);
                times[node] += sign * h;
                difference[which] += sign
                        * value(
                                solver.withSteps(new GivenSteps(times)),
                                times[0],
                                times[times.length - 1],
                                times[index(times, 0.77)])
                        / (2 * h);
            }
        }
        assertEquals(difference[0], g.t0(), 1e-8, "by t0");
        assertEquals(difference[1], g.t1(), 1e-8, "by t1");
        assertEquals(difference[2], g.byObservation()[0], 1e-8, "by the observation time");
    }

    private static int index(double[] times, double t) {
        int nearest = 0;
        for (int k = 0; k < times.length; k++) {
            nearest = Math.abs(times[k] - t) < Math.abs(times[nearest] - t) ? k : nearest;
        }
        return nearest;
    }

    @Test
    void continuousModesAgreeWithATightSolve() {
        TimeGradient tight = Ode.of(FIELD)
                .span(0.3, 1.5)
                .solver(Rk4.steps(2000))
                .timeGradients()
                .gradient(X0, THETA, cost(0.77))
                .times();
        for (Adjoint mode : new Adjoint[] {Backsolve.defaults(), Interpolating.defaults(), Gauss.defaults()}) {
            TimeGradient g = Ode.of(FIELD)
                    .span(0.3, 1.5)
                    .solver(Dopri5.tolerance(1e-10, 1e-10))
                    .adjoint(mode)
                    .timeGradients()
                    .gradient(X0, THETA, cost(0.77))
                    .times();
            assertEquals(tight.t0(), g.t0(), 1e-7, mode + " by t0");
            assertEquals(tight.t1(), g.t1(), 1e-7, mode + " by t1");
            assertEquals(tight.byObservation()[0], g.byObservation()[0], 1e-7, mode + " by the observation time");
        }
    }

    @Test
    void notAskedForIsNamed() {
        Gradient g = Ode.of(FIELD).span(0, 1).solver(Rk4.steps(3)).gradient(X0, THETA, Cost.sumOfSquares(TARGET));
        assertTrue(
                assertThrows(IllegalStateException.class, g::times).getMessage().contains("timeGradients()"));
    }
}
