package org.costate.adjoint;

import static org.costate.Close.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.costate.Ode;
import org.costate.Solution;
import org.costate.graph.Expr;
import org.costate.graph.Trace;
import org.costate.ode.AdaptiveSteps;
import org.costate.ode.Bosh3;
import org.costate.ode.Dopri5;
import org.costate.ode.Dopri8;
import org.costate.ode.Dynamics;
import org.costate.ode.Norm;
import org.costate.ode.Outcome;
import org.costate.ode.Parameters;
import org.costate.ode.Solver;
import org.costate.ode.Tsit5;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// torchode's cases: samples of one batch with steps, spans and directions of their own, and what the control of steps
/// makes of errors that are zero, infinite or NaN.
class PerSampleAcceptanceTest {
    private static final double[][] Y0 = {{0.33, 1.2, -0.4}, {0.55, -0.8, 1.23}};
    private static final double[] A = {-1.4534, -0.3726, -0.7916, -1.0553, 0.9511, 0.1316, -1.8320, -0.7707, -1.0867};

    /// y' = d y A, where each sample has its own duration d, which may be negative, as a fourth component.
    private static final Dynamics TIMED = Trace.dynamics(4, (t, x, p) -> {
        Expr duration = x.column(3);
        return Expr.concat(x.columns(0, 3).matmul(p.matrix("A", 3, 3)).times(duration), duration.times(0));
    });

    private static final Dynamics PLAIN = Trace.dynamics(3, (t, y, p) -> y.matmul(p.matrix("A", 3, 3)));

    static Stream<Adjoint> modes() {
        return Stream.of(
                Backprop.defaults(),
                Checkpointed.states(4),
                Symplectic.defaults(),
                Forward.defaults(),
                Backsolve.defaults(),
                Interpolating.defaults(),
                Gauss.defaults());
    }

    private static double[][] timed(double... durations) {
        double[][] x = new double[2][];
        for (int i = 0; i < 2; i++) {
            x[i] = new double[] {Y0[i][0], Y0[i][1], Y0[i][2], durations[i]};
        }
        return x;
    }

    private static Cost sumOfSquares(int rows) {
        return Cost.terminal((x, gradient) -> {
            double sum = 0;
            for (int r = 0; r < rows; r++) {
                for (int c = 0; c < 3; c++) {
                    double v = x.get(r, c);
                    sum += v * v;
                    gradient.set(r, c, 2 * v);
                }
            }
            return sum;
        });
    }

    @ParameterizedTest
    @MethodSource("modes")
    void eachSampleIsAsIfAlone(Adjoint mode) {
        Parameters theta = Parameters.of(TIMED.layout(), A);
        for (double[] durations : new double[][] {{3, 4}, {3, -2}}) {
            Solver solver = Dopri5.tolerance(1e-6, 1e-6);
            Ode together = Ode.of(TIMED)
                    .span(0, 1)
                    .solver(solver.perSample())
                    .adjoint(mode)
                    .keepCostate();
            Solution s = together.solve(timed(durations), theta);
            Gradient g = together.gradient(timed(durations), theta, sumOfSquares(2));
            long steps = 0;
            double cost = 0;
            double[] byA = new double[9];
            for (int i = 0; i < 2; i++) {
                double[] x0 = timed(durations)[i];
                Ode alone =
                        Ode.of(TIMED).span(0, 1).solver(solver).adjoint(mode).keepCostate();
                Solution solo = alone.solve(x0, theta);
                assertArrayEquals(solo.end()[0], s.end()[i], "sample " + i);
                assertArrayEquals(solo.times(), s.sample(i).times(), "steps of sample " + i);
                assertEquals(solo.statistics(), s.sample(i).statistics(), "sample " + i);
                assertEquals(solo.outcome(), s.sample(i).outcome(), "sample " + i);
                Gradient one = alone.gradient(x0, theta, sumOfSquares(1));
                assertClose(one.x0()[0], g.x0()[i], 1e-14, mode + ", by y0 of sample " + i);
                assertArrayEquals(
                        one.costate().times(), g.costate().sample(i).times(), mode + ", steps back of sample " + i);
                steps += one.forward().steps();
                cost += one.cost();
                for (int k = 0; k < 9; k++) {
                    byA[k] += one.parameters().toArray()[k];
                }
            }
            assertEquals(steps, g.forward().steps(), "steps");
            assertEquals(cost, g.cost(), 1e-14 * cost);
            assertClose(byA, g.parameters().toArray(), 1e-13, mode + ", by A");
        }
    }

    /// In one batch and in opposite directions, what a plain solve over that span gives.
    @ParameterizedTest
    @MethodSource("modes")
    void spansOfTheirOwnAreThoseOfAPlainSolve(Adjoint mode) {
        double[] durations = {3, -2};
        Solver solver = Dopri8.tolerance(1e-11, 1e-12);
        Parameters theta = Parameters.of(TIMED.layout(), A);
        Gradient g = Ode.of(TIMED)
                .span(0, 1)
                .solver(solver.perSample())
                .adjoint(mode)
                .gradient(timed(durations), theta, sumOfSquares(2));
        double[] byA = new double[9];
        for (int i = 0; i < 2; i++) {
            Gradient plain = Ode.of(PLAIN)
                    .span(0, durations[i])
                    .solver(solver)
                    .timeGradients()
                    .gradient(Y0[i], Parameters.of(PLAIN.layout(), A), sumOfSquares(1));
            double[] x0 = plain.x0()[0];
            double[] expected = {x0[0], x0[1], x0[2], plain.times().t1()};
            assertClose(expected, g.x0()[i], 1e-8, mode + ", by y0 and the span of sample " + i);
            for (int k = 0; k < 9; k++) {
                byA[k] += plain.parameters().toArray()[k];
            }
        }
        assertClose(byA, g.parameters().toArray(), 1e-8, mode + ", by A");
    }

    static Stream<Solver> solvers() {
        return Stream.of(
                Bosh3.tolerance(1e-6, 1e-6),
                Tsit5.tolerance(1e-6, 1e-6),
                Dopri5.tolerance(1e-6, 1e-6),
                Dopri8.tolerance(1e-6, 1e-6),
                Dopri5.tolerance(1e-6, 1e-6).adaptive(a -> a.withControl(0.4, 0.3, 0.1)),
                Dopri5.tolerance(1e-6, 1e-6).adaptive(a -> a.withNorm(Norm.MAX)));
    }

    @ParameterizedTest
    @MethodSource("solvers")
    void noErrorGivesFiniteSteps(Solver solver) {
        for (double slope : new double[] {0, 2}) {
            Solution s = Ode.of(Dynamics.of(2, (t, y, dy) -> {
                        dy[0] = slope;
                        dy[1] = 0;
                    }))
                    .span(0, 1000)
                    .solver(solver)
                    .solve(1.0, 0.0);
            assertTrue(s.outcome().succeeded(), s.outcome().toString());
            assertEquals(1 + 1000 * slope, s.end()[0][0], 1e-9);
            assertTrue(s.statistics().largest() <= 1000 && s.statistics().smallest() > 0);
            assertTrue(s.statistics().steps() < 60, s.toString());
        }
    }

    @ParameterizedTest
    @MethodSource("solvers")
    void statesThatAreNotFiniteEndTheSolve(Solver solver) {
        for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
            for (double from : new double[] {0, 0.5}) {
                Solution s = Ode.of(Dynamics.of(2, (t, y, dy) -> {
                            dy[0] = 1;
                            dy[1] = t >= from ? bad : -y[1];
                        }))
                        .span(0, 1)
                        .solver(solver)
                        .solve(0.0, 1.0);
                assertEquals(
                        Outcome.Kind.NON_FINITE, s.outcome().kind(), s.outcome().toString());
                assertTrue(
                        s.outcome().message().contains("component 1"),
                        s.outcome().message());
                assertEquals(from, s.outcome().time(), 1e-3);
                double[] last = s.state(s.size() - 1)[0];
                assertTrue(Double.isFinite(last[0]) && Double.isFinite(last[1]), "the last good state");
            }
        }
    }

    /// A norm that is never satisfied, and one that is no number, end the solve by name too.
    @Test
    void normsThatAreNotFiniteEndTheSolve() {
        for (double size : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.MAX_VALUE}) {
            Solver solver = Dopri5.tolerance(1e-6, 1e-6).adaptive(a -> a.withNorm((error, scale) -> size));
            Solution s = Ode.of(Dynamics.of(1, (t, y, dy) -> dy[0] = -y[0]))
                    .span(0, 1)
                    .solver(solver.maxSteps(10_000))
                    .solve(1.0);
            Outcome.Kind kind = s.outcome().kind();
            assertTrue(
                    kind == Outcome.Kind.STEP_UNDERFLOW || kind == Outcome.Kind.NON_FINITE,
                    "norm " + size + ": " + s.outcome());
            assertEquals(0, s.outcome().time());
        }
    }

    /// Where one sample of a batch goes wrong it is named.
    @Test
    void aSampleThatGoesWrongIsNamed() {
        Dynamics square = Dynamics.of(1, (t, y, dy) -> dy[0] = y[0] * y[0]);
        for (Solver solver : new Solver[] {
            Tsit5.tolerance(1e-6, 1e-6), Tsit5.tolerance(1e-6, 1e-6).perSample()
        }) {
            Solution s = Ode.of(square)
                    .span(0, 2)
                    .solver(solver)
                    .solve(new double[][] {{-1}, {1}, {0.1}}, new Parameters(square.layout()));
            assertTrue(!s.outcome().succeeded(), s.toString());
            assertEquals(1, s.outcome().time(), 1e-4);
            assertTrue(s.outcome().message().length() > 40, s.outcome().message());
        }
    }

    /// The shortest step that was allowed is taken even where its error is too large.
    @Test
    void theShortestStepIsTaken() {
        Solution s = Ode.of(Dynamics.of(1, (t, y, dy) -> dy[0] = Math.cos(50 * t)))
                .span(0, 1)
                .solver(Tsit5.tolerance(1e-12, 1e-12)
                        .adaptive(a -> AdaptiveSteps.of(1e-12, 1e-12).withMin(0.125)))
                .solve(0.0);
        assertTrue(s.outcome().succeeded());
        assertTrue(s.statistics().steps() <= 9 && s.statistics().smallest() >= 0.01, s.toString());
    }
}
