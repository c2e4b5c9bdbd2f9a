package org.costate.adjoint;

import static org.costate.Close.assertClose;
import static org.costate.Close.flat;
import static org.costate.adjoint.TimeGradientTest.FIELD;
import static org.costate.adjoint.TimeGradientTest.T0;
import static org.costate.adjoint.TimeGradientTest.T1;
import static org.costate.adjoint.TimeGradientTest.TARGET;
import static org.costate.adjoint.TimeGradientTest.TAU;
import static org.costate.adjoint.TimeGradientTest.THETA;
import static org.costate.adjoint.TimeGradientTest.X0;
import static org.costate.adjoint.TimeGradientTest.close;
import static org.costate.adjoint.TimeGradientTest.cost;
import static org.costate.adjoint.TimeGradientTest.differences;
import static org.costate.adjoint.TimeGradientTest.exact;
import static org.costate.adjoint.TimeGradientTest.recorded;
import static org.costate.adjoint.TimeGradientTest.times;

import java.util.stream.DoubleStream;
import org.costate.Ode;
import org.costate.ode.Dopri5;
import org.costate.ode.Euler;
import org.costate.ode.GivenSteps;
import org.costate.ode.Parameters;
import org.costate.ode.Rk4;
import org.costate.ode.Solver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Spans that end before they begin: all numbers of the gradient, in every mode.
class BackwardTimeTest {
    /// Of the exact modes against differences, of the others
    /// against a tight solve.
    @ParameterizedTest
    @MethodSource("org.costate.adjoint.ExactModesTest#solvers")
    void exactModes(Solver forward) {
        Solver solver = forward.steps() instanceof GivenSteps g ? forward.withSteps(g.between(T1, T0)) : forward;
        double[] byTimes = differences(FIELD, THETA, solver, T1, T0, X0, TARGET);
        double[] grid = recorded(FIELD, THETA, solver, T1, T0, X0, TARGET);
        Solver replay = grid.length == 0 ? solver : solver.withSteps(new GivenSteps(grid));
        double[] others = new double[10];
        double h = 1e-6;
        for (int i = 0; i < 10; i++) {
            for (int sign = -1; sign <= 1; sign += 2) {
                double[][] x0 = {X0[0].clone(), X0[1].clone()};
                Parameters theta = THETA.copy();
                if (i < 4) {
                    x0[i / 2][i % 2] += sign * h;
                } else {
                    theta.flat().set(i - 4, theta.flat().get(i - 4) + sign * h);
                }
                others[i] += sign
                        / (2 * h)
                        * back(replay).gradient(x0, theta, cost(TAU)).cost();
            }
        }
        for (Adjoint mode : exact(solver)) {
            Gradient g = back(solver).adjoint(mode).gradient(X0, THETA, cost(TAU));
            String what = mode + ", " + solver + " backwards";
            close(byTimes, times(g), 1e-8, what);
            assertClose(others, byStatesAndParameters(g), 1e-8, what);
        }
    }

    @Test
    void continuousModes() {
        Gradient tight = back(Rk4.steps(2000)).gradient(X0, THETA, cost(TAU));
        for (Adjoint mode :
                new Adjoint[] {Backsolve.defaults(), Interpolating.defaults(), Gauss.defaults(), Recompute.defaults()
                }) {
            Solver solver = mode instanceof Recompute ? Euler.steps(20_000) : Dopri5.tolerance(1e-10, 1e-10);
            double tolerance = mode instanceof Recompute ? 2e-3 : 1e-7;
            Gradient g = back(solver).adjoint(mode).gradient(X0, THETA, cost(TAU));
            close(times(tight), times(g), tolerance, mode + " backwards");
            assertClose(byStatesAndParameters(tight), byStatesAndParameters(g), tolerance, mode + " backwards");
        }
    }

    private static Ode back(Solver solver) {
        return Ode.of(FIELD).span(T1, T0).solver(solver).timeGradients();
    }

    private static double[] byStatesAndParameters(Gradient g) {
        return DoubleStream.concat(
                        DoubleStream.of(flat(g.x0())),
                        DoubleStream.of(g.parameters().toArray()))
                .toArray();
    }
}
