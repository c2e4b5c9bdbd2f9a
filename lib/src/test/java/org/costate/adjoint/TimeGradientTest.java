package org.costate.adjoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.costate.Ode;
import org.costate.graph.Trace;
import org.costate.memory.Precision;
import org.costate.ode.AdaptiveSteps;
import org.costate.ode.AsynchronousLeapfrog;
import org.costate.ode.Coupling;
import org.costate.ode.Dopri5;
import org.costate.ode.Dynamics;
import org.costate.ode.Euler;
import org.costate.ode.FixedSteps;
import org.costate.ode.GivenSteps;
import org.costate.ode.Parameters;
import org.costate.ode.ReversibleHeun;
import org.costate.ode.Rk4;
import org.costate.ode.Solver;
import org.costate.ode.StormerVerlet;
import org.costate.ode.SymplecticEuler;
import org.costate.ode.Tsit5;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// ∂C/∂t0, ∂C/∂t1, ∂C/∂τ: exact for the discrete solve in the exact modes, of the solver's order in the others.
class TimeGradientTest {
    static final double[][] X0 = {{0.8, -0.3}, {0.1, 0.6}};
    static final double[][] TARGET = {{0.2, 0.1}, {-0.4, 0.3}};

    static final Dynamics FIELD = Trace.dynamics(
            2,
            (t, x, p) ->
                    x.matmul(p.matrix("W", 2, 2)).plus(p.row("b", 2).times(t)).tanh());
    static final Parameters THETA = Parameters.of(FIELD.layout(), 0.9, -1.3, 0.7, 0.4, 0.5, -0.8);

    static final double T0 = 0.2;
    static final double T1 = 1.4;
    static final double TAU = 0.77;

    static Cost cost(double tau) {
        return cost(tau, TARGET);
    }

    private static Cost cost(double tau, double[][] target) {
        return Cost.sumOfSquares(target)
                .plus(Cost.sumOfSquaresAt(tau, target))
                .plus(Cost.running(
                        Trace.cost(2, (t, x, p) -> x.pow(2).sumColumns().times(t))));
    }

    static Stream<Solver> solvers() {
        return ExactModesTest.solvers();
    }

    static List<Adjoint> exact(Solver solver) {
        Stream<Adjoint> modes =
                Stream.of(Backprop.defaults(), Checkpointed.states(2), Symplectic.defaults(), Forward.defaults());
        return (solver.scheme().reversible() ? Stream.concat(modes, Stream.of(Reversible.defaults())) : modes).toList();
    }

    @ParameterizedTest
    @MethodSource("solvers")
    void exactModesAgreeWithDifferencesOfTheDiscreteSolve(Solver solver) {
        double[] differences = differences(FIELD, THETA, solver);
        for (Adjoint mode : exact(solver)) {
            close(differences, gradient(FIELD, THETA, solver, mode), 1e-8, mode + ", " + solver);
            double[] single = times(Ode.of(FIELD)
                    .span(T0, T1)
                    .solver(solver)
                    .adjoint(mode)
                    .precision(Precision.FLOAT32)
                    .timeGradients()
                    .gradient(X0, THETA, cost(TAU)));
            // With adaptive steps rounding also moves the grid.
            double tolerance = solver.steps() instanceof AdaptiveSteps ? 2e-3 : 5e-5;
            close(differences, single, tolerance, mode + ", float32, " + solver);
        }
    }

    /// A step that must end, and a jump, at a given time stays there when the ends move.
    @Test
    void forcedTimesStandStill() {
        for (Solver solver : new Solver[] {
            Rk4.steps(6).stopAt(0.95),
            Rk4.steps(6).jumpAt(0.95),
            ReversibleHeun.steps(6).stopAt(0.95),
            AsynchronousLeapfrog.steps(6).jumpAt(0.95),
            Coupling.of(Rk4.steps(6)).jumpAt(0.95)
        }) {
            double[] differences = differences(FIELD, THETA, solver);
            for (Adjoint mode : exact(solver)) {
                close(differences, gradient(FIELD, THETA, solver, mode), 1e-8, mode + ", " + solver);
            }
        }
    }

    static Stream<Solver> adaptive() {
        return Stream.concat(
                solvers().filter(s -> s.steps() instanceof AdaptiveSteps),
                Stream.of(
                        Coupling.of(Dopri5.tolerance(1e-4, 1e-4)),
                        Tsit5.tolerance(1e-5, 1e-5).jumpAt(0.9)));
    }

    /// With adaptive steps the accepted grid is frozen, and only its ends and the observation move: each sample's, if
    /// they have steps of their own.
    @ParameterizedTest
    @MethodSource("adaptive")
    void adaptiveGridsAreFrozen(Solver solver) {
        double[] joint = differences(FIELD, THETA, solver);
        double[] each = new double[3];
        for (int row = 0; row < 2; row++) {
            double[] one =
                    differences(FIELD, THETA, solver, T0, T1, new double[][] {X0[row]}, new double[][] {TARGET[row]});
            for (int i = 0; i < 3; i++) {
                each[i] += one[i];
            }
        }
        for (Adjoint mode : exact(solver)) {
            close(joint, gradient(FIELD, THETA, solver, mode), 1e-8, mode + ", " + solver);
            close(each, gradient(FIELD, THETA, solver.perSample(), mode), 1e-8, mode + " by samples, " + solver);
        }
    }

    /// The times of the steps that are taken; none with a fixed count, whose nodes move with the ends.
    static double[] recorded(
            Dynamics f, Parameters theta, Solver solver, double t0, double t1, double[][] x0, double[][] target) {
        List<Double> nodes = new ArrayList<>();
        if (!(solver.steps() instanceof FixedSteps)) {
            nodes.add(t0);
            Ode.of(f)
                    .span(t0, t1)
                    .solver(solver)
                    .progress((phase, t, done) -> {
                        if (phase == ProgressListener.Phase.FORWARD) {
                            nodes.add(t);
                        }
                    })
                    .gradient(x0, theta, cost(TAU, target));
        }
        return nodes.stream().mapToDouble(t -> t).toArray();
    }

    private static double[] gradient(Dynamics f, Parameters theta, Solver solver, Adjoint mode) {
        return times(Ode.of(f)
                .span(T0, T1)
                .solver(solver)
                .adjoint(mode)
                .timeGradients()
                .gradient(X0, theta, cost(TAU)));
    }

    /// By t0, t1, and the observation time.
    static double[] times(Gradient gradient) {
        TimeGradient g = gradient.times();
        assertEquals(TAU, g.observations()[0]);
        return new double[] {g.t0(), g.t1(), g.byObservation()[0]};
    }

    static void close(double[] expected, double[] got, double tolerance, String what) {
        assertEquals(expected[0], got[0], tolerance, what + " by t0");
        assertEquals(expected[1], got[1], tolerance, what + " by t1");
        assertEquals(expected[2], got[2], tolerance, what + " by the observation time");
    }

    private static double[] differences(Dynamics f, Parameters theta, Solver solver) {
        return differences(f, theta, solver, T0, T1, X0, TARGET);
    }

    static double[] differences(
            Dynamics f, Parameters theta, Solver solver, double t0, double t1, double[][] x0, double[][] target) {
        double[] grid = recorded(f, theta, solver, t0, t1, x0, target);
        double h = 1e-6;
        double[] difference = new double[3];
        for (int which = 0; which < 3; which++) {
            for (int sign = -1; sign <= 1; sign += 2) {
                double[] at = {t0, t1, TAU};
                at[which] += sign * h;
                difference[which] += sign
                        / (2 * h)
                        * Ode.of(f)
                                .span(at[0], at[1])
                                .solver(moved(solver, grid, at))
                                .gradient(x0, theta, cost(at[2], target))
                                .cost();
            }
        }
        return difference;
    }

    /// The method on its grid with the ends and the node of the observation moved.
    private static Solver moved(Solver solver, double[] grid, double[] at) {
        if (grid.length == 0) {
            return solver;
        }
        double[] times = grid.clone();
        times[index(times, TAU)] = at[2];
        times[0] = at[0];
        times[times.length - 1] = at[1];
        return solver.withSteps(new GivenSteps(times));
    }

    @Test
    void symplecticMethodsToo() {
        Dynamics pendulum = Trace.partitioned(
                1,
                (t, p, theta) -> p.times(theta.scalar("a")),
                (t, q, theta) -> q.plus(t).sin().times(theta.scalar("b")).negate());
        Parameters theta = Parameters.of(pendulum.layout(), 1.2, 0.9);
        for (Solver solver : new Solver[] {
            SymplecticEuler.steps(9),
            StormerVerlet.steps(9),
            SymplecticEuler.grid(T0, 0.5, 0.8, 1.2, T1),
            StormerVerlet.grid(T0, 0.5, 0.8, 1.2, T1)
        }) {
            double[] differences = differences(pendulum, theta, solver);
            for (Adjoint mode : exact(solver)) {
                close(differences, gradient(pendulum, theta, solver, mode), 1e-8, mode + ", " + solver);
            }
        }
    }

    /// Recompute finds states that are wrong by O(h), and so are its derivatives by times; where nothing depends on
    /// the state that it finds, they are exact.
    @Test
    void recomputeIsOfFirstOrder() {
        double[] error = new double[3];
        for (int i = 0; i < 3; i++) {
            Solver solver = Euler.steps(200 << i);
            double[] differences = differences(FIELD, THETA, solver);
            double[] got = gradient(FIELD, THETA, solver, Recompute.defaults());
            for (int k = 0; k < 3; k++) {
                error[i] = Math.max(error[i], Math.abs(got[k] - differences[k]));
            }
        }
        assertTrue(error[0] > 1e-6, "not exact: " + error[0]);
        for (int i = 1; i < 3; i++) {
            assertEquals(1, Math.log(error[i - 1] / error[i]) / Math.log(2), 0.2, Arrays.toString(error));
        }
        Dynamics still = Trace.dynamics(2, (t, x, p) -> p.row("b", 2).times(2));
        Parameters theta = Parameters.of(still.layout(), 1.2, 0.9);
        for (Solver solver : new Solver[] {
            Euler.steps(7), Euler.steps(7).stopAt(0.9), Euler.steps(9).jumpAt(0.9)
        }) {
            double[] got = gradient(still, theta, solver, Recompute.defaults());
            close(differences(still, theta, solver), got, 1e-7, "states that are found exactly, " + solver);
        }
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
                .span(T0, T1)
                .solver(Rk4.steps(2000))
                .timeGradients()
                .gradient(X0, THETA, cost(TAU))
                .times();
        for (Adjoint mode : new Adjoint[] {Backsolve.defaults(), Interpolating.defaults(), Gauss.defaults()}) {
            TimeGradient g = Ode.of(FIELD)
                    .span(T0, T1)
                    .solver(Dopri5.tolerance(1e-10, 1e-10))
                    .adjoint(mode)
                    .timeGradients()
                    .gradient(X0, THETA, cost(TAU))
                    .times();
            assertEquals(tight.t0(), g.t0(), 1e-7, mode + " by t0");
            assertEquals(tight.t1(), g.t1(), 1e-7, mode + " by t1");
            assertEquals(tight.byObservation()[0], g.byObservation()[0], 1e-7, mode + " by the observation time");
        }
    }

    /// Where both ends are one time there is no step, and yet each of them moves the state by f: that is the limit of
    /// short spans in both directions, and the closed form.
    @Test
    void spansOfNoLengthHaveTheLimitOfShortOnes() throws ReflectiveOperationException, java.net.URISyntaxException {
        Dynamics pendulum = Trace.partitioned(
                1,
                (t, p, theta) -> p.times(theta.scalar("a")),
                (t, q, theta) -> q.plus(t).sin().times(theta.scalar("b")).negate());
        Parameters pendulums = Parameters.of(pendulum.layout(), 1.2, 0.9);
        double closed = 0;
        for (int row = 0; row < 2; row++) {
            for (int c = 0; c < 2; c++) {
                double[] theta = THETA.toArray();
                double f = Math.tanh(X0[row][0] * theta[c] + X0[row][1] * theta[2 + c] + theta[4 + c] * 0.6);
                closed += 4 * (X0[row][c] - TARGET[row][c]) * f + 0.6 * X0[row][c] * X0[row][c];
            }
        }
        for (Solver solver : new Solver[] {
            Euler.steps(3),
            Rk4.steps(6),
            Dopri5.tolerance(1e-8, 1e-8),
            Dopri5.tolerance(1e-8, 1e-8).perSample(),
            ReversibleHeun.steps(4),
            StormerVerlet.steps(3)
        }) {
            boolean split = solver.scheme().partitioned();
            Dynamics f = split ? pendulum : FIELD;
            Parameters theta = split ? pendulums : THETA;
            for (Adjoint mode : PairingsTest.modes()) {
                if (!PairingsTest.goTogether(mode, solver)) {
                    continue;
                }
                String what = mode + ", " + solver;
                Counting counting = new Counting(f);
                Gradient g = over(counting, theta, solver, mode, 0.6);
                assertEquals(-g.times().t1(), g.times().t0(), 0, what + ": by t0");
                assertEquals(
                        counting.evaluations, g.forward().plus(g.backward()).evaluations(), what + ": evaluations");
                if (!split) {
                    assertEquals(closed, g.times().t1(), 1e-13, what + ": by t1");
                }
                for (double end : new double[] {0.6 + 1e-7, 0.6 - 1e-7}) {
                    TimeGradient near = over(f, theta, solver, mode, end).times();
                    assertEquals(near.t0(), g.times().t0(), 1e-5, what + ": by t0, from " + end);
                    assertEquals(near.t1(), g.times().t1(), 1e-5, what + ": by t1, from " + end);
                }
            }
        }
    }

    private static Gradient over(Dynamics f, Parameters theta, Solver solver, Adjoint mode, double end) {
        return Ode.of(f)
                .span(0.6, end)
                .solver(solver)
                .adjoint(mode)
                .timeGradients()
                .gradient(X0, theta, cost(end));
    }

    @Test
    void notAskedForIsNamed() {
        Gradient g = Ode.of(FIELD).span(0, 1).solver(Rk4.steps(3)).gradient(X0, THETA, Cost.sumOfSquares(TARGET));
        assertTrue(
                assertThrows(IllegalStateException.class, g::times).getMessage().contains("timeGradients()"));
    }
}
