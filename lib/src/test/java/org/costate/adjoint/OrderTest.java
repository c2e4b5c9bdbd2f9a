package org.costate.adjoint;

import static org.costate.Close.difference;
import static org.costate.Close.flat;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.costate.Ode;
import org.costate.Solution;
import org.costate.graph.Trace;
import org.costate.ode.Coupling;
import org.costate.ode.Dopri8;
import org.costate.ode.Dynamics;
import org.costate.ode.FixedSteps;
import org.costate.ode.Parameters;
import org.costate.ode.Solver;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Observed orders of every method there is, on a field that is nonlinear and depends on time: of the solution,
/// between its steps, and of the gradient in every mode.
class OrderTest {
    private static final double T0 = 0.2;
    private static final double T1 = 1.4;

    /// Of positions and momenta, so that every method can solve it.
    private static final Dynamics FIELD = Trace.partitioned(
            1,
            (t, p, theta) -> p.pow(2).plus(1).times(t.plus(0.3)).log().times(theta.scalar("a")),
            (t, q, theta) ->
                    q.times(2).sin().times(theta.scalar("b")).plus(t.times(3).cos()));

    private static final Parameters THETA = Parameters.of(FIELD.layout(), 1.2, -0.9);
    private static final double[] X0 = {0.8, -0.3};
    private static final Cost COST = Cost.sumOfSquares(0.2, 0.1)
            .plus(Cost.running(Trace.cost(2, (t, x, p) -> x.pow(2).sumColumns().times(t))));
    private static final Ode ODE = Ode.of(FIELD).span(T0, T1);
    private static final Ode TIGHT = ODE.solver(Dopri8.steps(200));

    static Stream<Solver> solvers() throws ReflectiveOperationException, java.net.URISyntaxException {
        return Stream.concat(PairingsTest.solvers(), Stream.of(Coupling.of(Dopri8.steps(1))));
    }

    /// In the range where the next order no longer shows, and rounding does not yet.
    private static int steps(Solver solver) {
        return switch (solver.scheme().order()) {
            case 1 -> 800;
            case 2 -> 150;
            case 3 -> 80;
            case 4 -> 40;
            case 5 -> 24;
            default -> 10;
        };
    }

    private interface Miss {
        double of(Ode ode, int steps);
    }

    private static double order(Solver solver, Miss error) {
        double[] e = new double[2];
        for (int i = 0; i < 2; i++) {
            int n = steps(solver) << i;
            e[i] = error.of(ODE.solver(solver.withSteps(new FixedSteps(n))), n);
        }
        return Math.log(e[0] / e[1]) / Math.log(2);
    }

    /// The order of cubic Hermite interpolation, or of the method's own.
    private static int interpolant(Solver solver) {
        int p = solver.scheme().order();
        return solver.scheme().tableau() == null || p < 5 ? 3 : p - 1;
    }

    @ParameterizedTest
    @MethodSource("solvers")
    void ofTheSolution(Solver solver) {
        double[] exact = flat(TIGHT.solve(X0, THETA).end());
        check(
                solver.scheme().order(),
                order(
                        solver,
                        (ode, n) -> difference(exact, flat(ode.solve(X0, THETA).end()))),
                solver.toString());
    }

    @ParameterizedTest
    @MethodSource("solvers")
    void betweenTheSteps(Solver solver) {
        double[] times = DoubleStream.iterate(T0, t -> t <= T1, t -> t + 0.0071).toArray();
        Solution tight = TIGHT.observe(times).solve(X0, THETA);
        int expected = Math.min(solver.scheme().order(), interpolant(solver) + 1);
        check(
                expected,
                order(solver, (ode, n) -> {
                    Solution s = ode.dense().solve(X0, THETA);
                    return IntStream.range(0, times.length)
                            .mapToDouble(j -> difference(flat(tight.state(j)), flat(s.at(times[j]))))
                            .max()
                            .getAsDouble();
                }),
                solver + " between its steps");
    }

    /// Of observations that are read from inside of the steps, and of their gradient.
    @ParameterizedTest
    @MethodSource("solvers")
    void ofInterpolatedObservations(Solver solver) {
        double[] times = DoubleStream.iterate(T0, t -> t <= T1, t -> t + 0.0071).toArray();
        Solution tight = TIGHT.observe(times).solve(X0, THETA);
        int expected = Math.min(solver.scheme().order(), interpolant(solver) + 1);
        check(
                expected,
                order(solver, (ode, n) -> {
                    Solution s = ode.observe(times).interpolateObservations().solve(X0, THETA);
                    return IntStream.range(0, times.length)
                            .mapToDouble(j -> difference(flat(tight.state(j)), flat(s.state(j))))
                            .max()
                            .getAsDouble();
                }),
                solver + " inside of its steps");
        // A third and two thirds into a step, which are two thirds and one third into a step half as long.
        int n0 = steps(solver);
        List<Cost> costs = IntStream.range(0, 24)
                .mapToDouble(j -> T0 + (T1 - T0) * (Math.floorDiv(j / 2 * n0, 12) + (1 + j % 2) / 3.0) / n0)
                .mapToObj(t -> Cost.sumOfSquaresAt(t, new double[][] {{0.2, 0.1}}))
                .toList();
        List<double[]> exact = costs.stream().map(cost -> numbers(TIGHT, cost)).toList();
        check(
                expected,
                order(
                        solver,
                        (ode, n) -> IntStream.range(0, costs.size())
                                .mapToDouble(j ->
                                        difference(exact.get(j), numbers(ode.interpolateObservations(), costs.get(j))))
                                .max()
                                .getAsDouble()),
                solver + ", gradient of what is inside of its steps");
    }

    @ParameterizedTest
    @MethodSource("solvers")
    void ofTheGradient(Solver solver) throws ReflectiveOperationException, java.net.URISyntaxException {
        double[] exact = numbers(TIGHT);
        for (Adjoint mode : PairingsTest.modes()) {
            if (!PairingsTest.goTogether(mode, solver)) {
                continue;
            }
            int p = solver.scheme().order();
            int expected = switch (mode) {
                case Recompute r -> 1;
                case Interpolating i -> Math.min(p, interpolant(solver) + 1);
                case Gauss g -> Math.min(p, interpolant(solver) + 1);
                default -> p;
            };
            check(
                    expected,
                    order(solver, (ode, n) -> difference(exact, numbers(ode.adjoint(mode)))),
                    solver + ", " + mode);
        }
    }

    private static double[] numbers(Ode ode) {
        return numbers(ode, COST);
    }

    private static double[] numbers(Ode ode, Cost cost) {
        Gradient g = ode.gradient(X0, THETA, cost);
        return DoubleStream.concat(
                        DoubleStream.of(flat(g.x0())),
                        DoubleStream.of(g.parameters().toArray()))
                .toArray();
    }

    /// Methods of order 5 and more were chosen for errors so small that those of the next order still show.
    private static void check(int expected, double observed, String what) {
        double below = expected < 5 ? 0.2 : 0.4;
        double above = expected < 5 ? 0.2 : 1.8;
        assertTrue(
                observed >= expected - below && observed <= expected + above,
                what + ": order " + observed + ", expected " + expected);
    }
}
