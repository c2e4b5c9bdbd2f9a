package org.costate.adjoint;

import static org.costate.Close.assertClose;
import static org.costate.Close.flat;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.costate.Ode;
import org.costate.Solution;
import org.costate.graph.Trace;
import org.costate.memory.Precision;
import org.costate.ode.AdaptiveSteps;
import org.costate.ode.Bosh3;
import org.costate.ode.Dopri5;
import org.costate.ode.Dopri8;
import org.costate.ode.Dynamics;
import org.costate.ode.Euler;
import org.costate.ode.FixedSteps;
import org.costate.ode.GivenSteps;
import org.costate.ode.Outcome;
import org.costate.ode.Parameters;
import org.costate.ode.ReversibleHeun;
import org.costate.ode.Rk4;
import org.costate.ode.SolveException;
import org.costate.ode.Solver;
import org.costate.ode.Tsit5;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Observations that are read from inside of steps: no step ends at them, and the exact modes give the gradient of what
/// was read.
class InterpolatedObservationsTest {
    private static final double T0 = 0.2;
    private static final double T1 = 1.4;

    /// Of positions and momenta, so that every method can solve it.
    private static final Dynamics FIELD = Trace.partitioned(
            1,
            (t, p, theta) -> p.pow(2).plus(1).times(t.plus(0.3)).log().times(theta.scalar("a")),
            (t, q, theta) ->
                    q.times(2).sin().times(theta.scalar("b")).plus(t.times(3).cos()));

    private static final double[] THETA = {1.2, -0.9};
    private static final double[][] X0 = {{0.8, -0.3}, {0.1, 0.6}};
    private static final double[][] TARGET = {{0.2, 0.1}, {-0.4, 0.3}};

    static Stream<Solver> solvers() throws ReflectiveOperationException, URISyntaxException {
        List<Solver> all = new ArrayList<>();
        for (Solver s : PairingsTest.solvers().toList()) {
            all.add(s.withSteps(new FixedSteps(7)));
            if (s.scheme().errors().length > 0) {
                double tolerance = s.scheme().order() < 3 ? 1e-2 : s.scheme().order() < 5 ? 1e-3 : 1e-5;
                all.add(s.withSteps(AdaptiveSteps.of(tolerance, tolerance)));
            }
        }
        all.add(Rk4.grid(0.2, 0.3, 0.55, 0.9, 1.4));
        return all.stream();
    }

    private static Ode ode(Solver solver) {
        return Ode.of(FIELD).span(T0, T1).solver(solver).interpolateObservations();
    }

    private static Parameters theta(double... values) {
        return Parameters.of(FIELD.layout(), values);
    }

    /// Of states inside of steps, and all the rest that a cost may be made of.
    private static Cost cost(double[][] target, double... times) {
        Cost cost = Cost.sumOfSquares(target)
                .plus(Cost.parameterPenalty(0.1))
                .plus(Cost.running(
                        Trace.cost(2, (t, x, p) -> x.pow(2).sumColumns().times(t))));
        for (double t : times) {
            cost = cost.plus(
                    Cost.at(t, Trace.cost(2, (s, x, p) -> x.pow(3).sumColumns().times(s))));
        }
        return cost;
    }

    /// Two in one step, one at a node, and at both ends.
    private static double[] times(double[] grid) {
        return new double[] {0.77, 0.79, grid[2], T0, T1};
    }

    /// The steps of a gradient, whose running cost helps to choose them.
    private static double[] grid(Ode ode, double[][] x0, double[][] target) {
        List<Double> nodes = new ArrayList<>(List.of(T0));
        ode.progress((phase, t, done) -> {
                    if (phase == ProgressListener.Phase.FORWARD) {
                        nodes.add(t);
                    }
                })
                .gradient(x0, theta(THETA), cost(target));
        return nodes.stream().mapToDouble(t -> t).toArray();
    }

    private static Ode backwards(Ode ode, Solver solver) {
        double[] grid = grid(ode, X0, TARGET);
        double[] reversed = new double[grid.length];
        for (int k = 0; k < grid.length; k++) {
            reversed[k] = grid[grid.length - 1 - k];
        }
        return ode.span(T1, T0).solver(solver.withSteps(new GivenSteps(reversed)));
    }

    @ParameterizedTest
    @MethodSource("solvers")
    void exactModesAgreeWithDifferencesOnTheRecordedGrid(Solver solver) {
        double[] grid = grid(ode(solver), X0, TARGET);
        Cost cost = cost(TARGET, times(grid));
        for (boolean back : new boolean[] {false, true}) {
            Ode ode = back ? backwards(ode(solver), solver) : ode(solver);
            Ode replay = back ? ode : ode(solver.withSteps(new GivenSteps(grid)));
            Gradient g = ode.gradient(X0, theta(THETA), cost);
            String what = solver + (back ? " backwards" : "");
            assertEquals(g.cost(), replay.gradient(X0, theta(THETA), cost).cost(), 1e-13, what);
            assertClose(differences(replay, cost, true), g.parameters().toArray(), 1e-8, what + " by theta");
            assertClose(differences(replay, cost, false), flat(g.x0()), 1e-8, what + " by x0");
        }
    }

    private static double[] differences(Ode ode, Cost cost, boolean byTheta) {
        double h = 1e-5;
        double[] difference = new double[byTheta ? 2 : 4];
        for (int i = 0; i < difference.length; i++) {
            for (int sign = -1; sign <= 1; sign += 2) {
                double[] theta = THETA.clone();
                double[][] x = {X0[0].clone(), X0[1].clone()};
                if (byTheta) {
                    theta[i] += sign * h;
                } else {
                    x[i / 2][i % 2] += sign * h;
                }
                difference[i] +=
                        sign / (2 * h) * ode.gradient(x, theta(theta), cost).cost();
            }
        }
        return difference;
    }

    private static List<Adjoint> exact(Solver solver) throws ReflectiveOperationException, URISyntaxException {
        List<Adjoint> modes = new ArrayList<>(List.of(Checkpointed.states(2)));
        for (Adjoint mode : PairingsTest.modes()) {
            boolean exact = !(mode instanceof Backsolve
                    || mode instanceof Interpolating
                    || mode instanceof Gauss
                    || mode instanceof Recompute);
            if (exact && PairingsTest.goTogether(mode, solver)) {
                modes.add(mode);
            }
        }
        return modes;
    }

    @ParameterizedTest
    @MethodSource("solvers")
    void everyExactModeIsBackprop(Solver solver) throws ReflectiveOperationException, URISyntaxException {
        Cost cost = cost(TARGET, times(grid(ode(solver), X0, TARGET)));
        for (Precision precision : Precision.values()) {
            for (Solver s : new Solver[] {solver, solver.jumpAt(0.5), solver.jumpAt(0.77)}) {
                for (boolean back : new boolean[] {false, true}) {
                    Ode plain = (back ? backwards(ode(s), s) : ode(s)).precision(precision);
                    Gradient backprop = plain.timeGradients().gradient(X0, theta(THETA), cost);
                    for (Adjoint mode : exact(s)) {
                        for (boolean times : new boolean[] {false, true}) {
                            Ode ode = plain.adjoint(mode);
                            Gradient g = (times ? ode.timeGradients() : ode).gradient(X0, theta(THETA), cost);
                            double tolerance = precision == Precision.FLOAT64 ? 1e-12 : 1e-4;
                            String what = s + ", " + mode + ", " + precision + (back ? " backwards" : "");
                            assertEquals(backprop.cost(), g.cost(), 1e-14 * Math.abs(backprop.cost()), what);
                            assertClose(numbers(backprop, times), numbers(g, times), tolerance, what);
                        }
                    }
                }
            }
        }
    }

    private static double[] numbers(Gradient g, boolean times) {
        double[] without = DoubleStream.concat(
                        DoubleStream.of(flat(g.x0())),
                        DoubleStream.of(g.parameters().toArray()))
                .toArray();
        return times
                ? DoubleStream.concat(DoubleStream.of(without), DoubleStream.of(byTimes(g)))
                        .toArray()
                : without;
    }

    private static double[] byTimes(Gradient g) {
        return DoubleStream.concat(
                        DoubleStream.of(g.times().t0(), g.times().t1()),
                        DoubleStream.of(g.times().byObservation()))
                .toArray();
    }

    /// With a fixed count the nodes move with the ends, and the observations stand in steps that move.
    @ParameterizedTest
    @MethodSource("solvers")
    void byTheEndsAndTheObservationTimes(Solver solver) {
        boolean fixed = solver.steps() instanceof FixedSteps;
        double[][] parts = fixed ? new double[][] {{-1}, {0.9}} : new double[][] {{-1}};
        for (double[] forced : parts) {
            Solver s = forced[0] > 0 ? solver.stopAt(forced) : solver;
            double[] got = byTimes(ode(s).timeGradients().gradient(X0, theta(THETA), cost(TARGET, 0.77, 0.79)));
            double[] expected = fixed ? differences(s) : differencesOnTheRecordedGrid(s, X0, TARGET);
            assertArrayEquals(expected, got, 2e-8, s + " stops " + Arrays.toString(forced));
        }
        if (solver.steps() instanceof AdaptiveSteps) {
            double[] each = new double[4];
            for (int row = 0; row < 2; row++) {
                double[] one =
                        differencesOnTheRecordedGrid(solver, new double[][] {X0[row]}, new double[][] {TARGET[row]});
                for (int i = 0; i < 4; i++) {
                    each[i] += one[i];
                }
            }
            Gradient g = ode(solver.perSample()).timeGradients().gradient(X0, theta(THETA), cost(TARGET, 0.77, 0.79));
            assertArrayEquals(each, byTimes(g), 2e-8, "by samples, " + solver);
        }
    }

    private static double[] differences(Solver solver) {
        double h = 1e-6;
        double[] difference = new double[4];
        for (int which = 0; which < 4; which++) {
            for (int sign = -1; sign <= 1; sign += 2) {
                double[] at = {T0, T1, 0.77, 0.79};
                at[which] += sign * h;
                difference[which] += sign
                        / (2 * h)
                        * ode(solver)
                                .span(at[0], at[1])
                                .gradient(X0, theta(THETA), cost(TARGET, at[2], at[3]))
                                .cost();
            }
        }
        return difference;
    }

    private static double[] differencesOnTheRecordedGrid(Solver solver, double[][] x0, double[][] target) {
        double[] nodes = grid(ode(solver), x0, target);
        double h = 1e-6;
        double[] difference = new double[4];
        for (int which = 0; which < 4; which++) {
            for (int sign = -1; sign <= 1; sign += 2) {
                double[] grid = nodes.clone();
                double[] at = {0.77, 0.79};
                if (which < 2) {
                    grid[which == 0 ? 0 : grid.length - 1] += sign * h;
                } else {
                    at[which - 2] += sign * h;
                }
                difference[which] += sign
                        / (2 * h)
                        * ode(solver.withSteps(new GivenSteps(grid)))
                                .span(grid[0], grid[grid.length - 1])
                                .gradient(x0, theta(THETA), cost(target, at))
                                .cost();
            }
        }
        return difference;
    }

    /// At a node the interpolant is that of the step that ends there.
    @Test
    void byTheTimeOfANode() {
        for (Solver solver : new Solver[] {Rk4.steps(7), Tsit5.steps(7), Dopri8.steps(7), ReversibleHeun.steps(7)}) {
            double node = ode(solver).solve(X0, theta(THETA)).times()[2];
            Gradient g = ode(solver).timeGradients().gradient(X0, theta(THETA), cost(TARGET, node));
            double h = 1e-6;
            double before = ode(solver)
                    .gradient(X0, theta(THETA), cost(TARGET, node - h))
                    .cost();
            assertEquals((g.cost() - before) / h, g.times().byObservation()[0], 1e-4, solver.toString());
        }
    }

    /// What the cost sees is what dense output says, and what a solve keeps.
    @ParameterizedTest
    @MethodSource("solvers")
    void statesAreThoseOfDenseOutput(Solver solver) {
        double[] times = {0.2, 0.21, 0.77, 0.79, 1.1, 1.39, 1.4};
        for (boolean back : new boolean[] {false, true}) {
            for (Solver s : new Solver[] {solver, solver.jumpAt(0.5)}) {
                Ode ode = back ? backwards(ode(s), s) : ode(s);
                double[] at = back
                        ? DoubleStream.of(times)
                                .map(t -> -t)
                                .sorted()
                                .map(t -> -t)
                                .toArray()
                        : times;
                Solution dense = ode.dense().solve(X0, theta(THETA));
                Solution kept = ode.observe(at).solve(X0, theta(THETA));
                assertArrayEquals(at, kept.times());
                for (int j = 0; j < at.length; j++) {
                    double[] expected = flat(dense.at(at[j]));
                    assertClose(expected, flat(kept.state(j)), 1e-12, s + " at " + at[j]);
                    double[] seen = new double[4];
                    ode.gradient(X0, theta(THETA), Cost.at(at[j], (x, gradient) -> {
                        for (int i = 0; i < 4; i++) {
                            seen[i] = x.get(i);
                        }
                        return 0;
                    }));
                    assertClose(expected, seen, 1e-12, s + ", the cost at " + at[j]);
                }
            }
        }
    }

    /// Whatever is observed, the steps are those of the solve without.
    @Test
    void noStepIsShortened() throws ReflectiveOperationException, URISyntaxException {
        double[] many = DoubleStream.iterate(T0, t -> t < T1, t -> t + 0.0013).toArray();
        for (Solver solver : solvers().toList()) {
            long steps = ode(solver).solve(X0, theta(THETA)).statistics().steps();
            Solution s = ode(solver).observe(many).solve(X0, theta(THETA));
            assertEquals(steps, s.statistics().steps(), solver.toString());
            assertEquals(many.length, s.size());
            Cost plain = Cost.sumOfSquares(TARGET);
            for (double t : many) {
                plain = plain.plus(Cost.sumOfSquaresAt(t, TARGET));
            }
            for (Adjoint mode : new Adjoint[] {Backprop.defaults(), Forward.defaults(), Backsolve.defaults()}) {
                Gradient g = ode(solver).adjoint(mode).gradient(X0, theta(THETA), plain);
                assertEquals(steps, g.forward().steps(), solver + ", " + mode);
            }
            try (var stepping = ode(solver).observe(many).steps(X0, theta(THETA))) {
                while (stepping.step()) {
                    // to the end
                }
                assertEquals(steps, stepping.statistics().steps(), solver.toString());
            }
        }
        Solver solver = Dopri5.tolerance(1e-6, 1e-6);
        long alone = 0;
        for (double[] x : X0) {
            alone += ode(solver).solve(x, theta(THETA)).statistics().steps();
        }
        Solution each = ode(solver.perSample()).observe(many).solve(X0, theta(THETA));
        assertEquals(alone, each.statistics().steps());
    }

    /// The costate has both sides of a jump where it is asked for at that time, and is right at the nodes about one.
    @Test
    void theCostateJumpsWhereAStepIsLookedInto() throws ReflectiveOperationException, URISyntaxException {
        double tau = 0.77;
        for (Solver solver :
                new Solver[] {Rk4.steps(50), Bosh3.steps(80), Dopri5.tolerance(1e-9, 1e-9), Dopri8.tolerance(1e-9, 1e-9)
                }) {
            Costate exact = ode(Dopri8.tolerance(1e-12, 1e-12))
                    .keepCostate(0.5, tau, 1.1)
                    .gradient(X0, theta(THETA), cost(TARGET, tau))
                    .costate();
            for (Adjoint mode : PairingsTest.modes()) {
                if (!PairingsTest.goTogether(mode, solver)) {
                    continue;
                }
                Costate at = ode(solver)
                        .adjoint(mode)
                        .keepCostate(0.5, tau, 1.1)
                        .gradient(X0, theta(THETA), cost(TARGET, tau))
                        .costate();
                assertArrayEquals(new double[] {0.5, tau, tau, 1.1}, at.times(), solver + ", " + mode);
                for (int k = 0; k < 4; k++) {
                    assertClose(flat(exact.value(k)), flat(at.value(k)), 1e-5, solver + ", " + mode + ", " + k);
                }
                Gradient all = ode(solver).adjoint(mode).keepCostate().gradient(X0, theta(THETA), cost(TARGET, tau));
                assertClose(flat(all.x0()), flat(all.costate().value(0)), 1e-13, "at t0");
            }
        }
    }

    /// Where there is no state between two good ones, that is what the outcome says.
    @Test
    void aStateInsideThatIsNotFiniteIsNamed() {
        Dynamics edge = Trace.dynamics(1, (t, x, p) -> t.negate().plus(1).sqrt());
        Ode ode = Ode.of(edge).span(0, 2).solver(Euler.grid(0, 0.5, 2)).interpolateObservations();
        Parameters none = new Parameters(edge.layout());
        Solution s = ode.observe(0.25, 1).solve(new double[] {1}, none);
        assertEquals(Outcome.Kind.NON_FINITE, s.outcome().kind(), s.toString());
        assertEquals(1, s.size(), "the one before");
        Cost at1 = Cost.sumOfSquaresAt(1, new double[][] {{0}});
        String said = assertThrows(SolveException.class, () -> ode.gradient(new double[] {1}, none, at1))
                .getMessage();
        assertTrue(said.contains("component 0 of sample 0"), said);
    }
}
