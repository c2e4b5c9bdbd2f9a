package org.costate.adjoint;

import static org.costate.Close.difference;
import static org.costate.Close.flat;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.costate.Makers;
import org.costate.Ode;
import org.costate.graph.Trace;
import org.costate.memory.Precision;
import org.costate.ode.AdaptiveSteps;
import org.costate.ode.Coupling;
import org.costate.ode.Dopri5;
import org.costate.ode.Dopri8;
import org.costate.ode.Dynamics;
import org.costate.ode.Euler;
import org.costate.ode.FixedSteps;
import org.costate.ode.GivenSteps;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Parameters;
import org.costate.ode.Rk4;
import org.costate.ode.Solver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every solver with every gradient mode, every kind of steps and of cost, both precisions, with and without
/// derivatives by times and the costate, observations at nodes or interpolated: what is refused is refused when the
/// [Ode] is built, and all the rest is right.
class PairingsTest {
    private static final double T0 = 0.2;
    private static final double T1 = 1.4;
    private static final double OBSERVED = 0.77;

    /// A driven oscillator, which every method can solve.
    private static final Dynamics FIELD = Trace.partitioned(
            1,
            (t, p, theta) -> p.times(theta.scalar("a")),
            (t, q, theta) -> q.sin().times(theta.scalar("b")).negate().plus(t.cos()));

    private static final Parameters THETA = Parameters.of(FIELD.layout(), 1.2, 0.9);
    private static final double[][] X0 = {{0.8, -0.3}, {0.1, 0.6}};
    private static final double[][] TARGET = {{0.2, 0.1}, {-0.4, 0.3}};

    private static List<Cost> costs() {
        Cost end = Cost.sumOfSquares(TARGET);
        return List.of(
                end,
                end.plus(Cost.sumOfSquaresAt(OBSERVED, TARGET)),
                end.plus(Cost.running(
                        Trace.cost(2, (t, x, p) -> x.pow(2).sumColumns().times(t)))));
    }

    /// Every method that the package has, with enough steps, and couplings.
    static Stream<Solver> solvers() throws ReflectiveOperationException, URISyntaxException {
        List<Solver> all = new ArrayList<>();
        for (Method m : Makers.of(Solver.class, "steps", int.class)) {
            int order = ((Solver) m.invoke(null, 1)).scheme().order();
            all.add((Solver) m.invoke(null, order == 1 ? 600 : order == 2 ? 60 : 20));
        }
        assertTrue(all.size() >= 14, "only " + all);
        all.add(Coupling.of(Rk4.steps(20)));
        all.add(Coupling.of(Dopri5.steps(20), 1));
        return all.stream();
    }

    static List<Adjoint> modes() throws ReflectiveOperationException, URISyntaxException {
        List<Adjoint> all = new ArrayList<>();
        for (Method m : Makers.of(Adjoint.class, "defaults")) {
            all.add((Adjoint) m.invoke(null));
        }
        assertTrue(all.size() >= 9, "only " + all);
        return all;
    }

    private static List<Solver> withEveryKindOfSteps(Solver fixed) {
        List<Solver> all = new ArrayList<>(List.of(fixed));
        int n = ((FixedSteps) fixed.steps()).count();
        double[] uneven = new double[n + 1];
        for (int k = 0; k <= n; k++) {
            double s = k / (double) n;
            uneven[k] = k == n ? T1 : T0 + (T1 - T0) * (0.8 * s + 0.2 * s * s);
        }
        all.add(fixed.withSteps(new GivenSteps(uneven)));
        if (fixed.scheme().errors().length > 0) {
            double tolerance = fixed.scheme().order() < 3 ? 1e-5 : 1e-6;
            all.add(fixed.withSteps(AdaptiveSteps.of(tolerance, tolerance)));
            all.add(all.getLast().perSample());
        }
        return all;
    }

    static boolean goTogether(Adjoint mode, Solver solver) {
        return switch (mode) {
            case Reversible r -> solver.scheme().reversible();
            case Recompute r -> solver.scheme().equals(Euler.steps(1).scheme()) && solver.steps() instanceof FixedSteps;
            default -> true;
        };
    }

    @ParameterizedTest
    @MethodSource("solvers")
    void onlyTwoKindsOfPairsAreRefusedAndTheRestIsRight(Solver fixed)
            throws ReflectiveOperationException, URISyntaxException {
        List<Gradient> tight = new ArrayList<>();
        for (Cost cost : costs()) {
            tight.add(Ode.of(FIELD)
                    .span(T0, T1)
                    .solver(Dopri8.tolerance(1e-12, 1e-12))
                    .timeGradients()
                    .gradient(X0, THETA, cost));
        }
        for (Solver solver : withEveryKindOfSteps(fixed)) {
            Ode ode = Ode.of(FIELD).span(T0, T1).solver(solver);
            List<Adjoint> together = new ArrayList<>();
            for (Adjoint mode : modes()) {
                if (goTogether(mode, solver)) {
                    together.add(mode);
                    continue;
                }
                String said = assertThrows(IllegalArgumentException.class, () -> ode.adjoint(mode))
                        .getMessage();
                assertTrue(said.contains(solver.scheme().name()) && said.contains("; take "), said);
                assertEquals(
                        said,
                        assertThrows(
                                        IllegalArgumentException.class,
                                        () -> Ode.of(FIELD).adjoint(mode).solver(solver))
                                .getMessage(),
                        "in either order");
            }
            for (int c = 0; c < 3; c++) {
                check(ode, together, costs().get(c), tight.get(c), solver + ", cost " + c);
            }
            check(ode.interpolateObservations(), together, costs().get(1), tight.get(1), solver + ", interpolated");
        }
    }

    /// Against the tight solve; exact modes also against Backprop of the same steps, to rounding.
    private static void check(Ode ode, List<Adjoint> modes, Cost cost, Gradient tight, String what) {
        for (Precision precision : Precision.values()) {
            double rounding = precision == Precision.FLOAT64 ? 1e-11 : 1e-3;
            for (boolean times : new boolean[] {false, true}) {
                Ode asked = times ? ode.precision(precision).timeGradients() : ode.precision(precision);
                Gradient backprop = asked.adjoint(Backprop.defaults()).gradient(X0, THETA, cost);
                for (Adjoint mode : modes) {
                    String said = what + ", " + mode + ", " + precision + (times ? ", times" : "");
                    Gradient got = asked.adjoint(mode).gradient(X0, THETA, cost);
                    compare(blocks(tight, times), blocks(got, times), 0.01, said);
                    if (exact(mode)) {
                        compare(blocks(backprop, times), blocks(got, times), rounding, said + ", as Backprop");
                    }
                }
            }
            for (Adjoint mode : modes) {
                double close = precision == Precision.FLOAT64 ? 1e-9 : 1e-4;
                Ode asked = ode.adjoint(mode).precision(precision);
                checkCostate(asked, cost, tight, close, what + ", " + mode + ", " + precision);
            }
        }
    }

    /// Kept at every step, told, and kept at given times; of a batch and of each sample.
    private static void checkCostate(Ode ode, Cost cost, Gradient tight, double rounding, String what) {
        double[][] begins = new double[2][];
        Gradient all = ode.keepCostate()
                .costateListener((sample, t, a) -> {
                    for (int r = 0; t == T0 && r < a.rows(); r++) {
                        begins[sample + r] = new double[] {a.get(r, 0), a.get(r, 1)};
                    }
                })
                .gradient(X0, THETA, cost);
        double[][] some =
                ode.keepCostate(T0, T1).gradient(X0, THETA, cost).costate().value(0);
        double[] expected = flat(tight.x0());
        assertTrue(difference(expected, flat(begins)) < 0.01, what + ", costate told");
        assertTrue(difference(expected, flat(some)) < 0.01, what + ", costate at t0");
        for (int row = 0; row < 2; row++) {
            Costate one = all.costate().sample(row);
            assertTrue(one.size() > 2 && one.time(0) == T0 && one.time(one.size() - 1) == T1, what);
            assertArrayEquals(all.x0()[row], one.value(0)[0], rounding, what);
            for (int j = 0; j < 2; j++) {
                double atEnd = 2 * (all.end()[row][j] - TARGET[row][j]);
                assertEquals(atEnd, one.value(one.size() - 1)[0][j], rounding, what + ", costate at t1");
            }
        }
    }

    private static boolean exact(Adjoint mode) {
        return mode instanceof Checkpointed
                || mode instanceof Symplectic
                || mode instanceof Forward
                || mode instanceof Reversible;
    }

    private static void compare(List<double[]> expected, List<double[]> got, double tolerance, String what) {
        String[] names = {"x0", "theta", "t0 and t1", "the observation time"};
        for (int i = 0; i < expected.size(); i++) {
            double miss = difference(expected.get(i), got.get(i));
            assertTrue(miss <= tolerance, what + ", by " + names[i] + ": " + miss);
        }
    }

    /// By x0, by θ, then by the ends and by the observation time if asked for.
    private static List<double[]> blocks(Gradient g, boolean times) {
        List<double[]> all =
                new ArrayList<>(List.of(flat(g.x0()), g.parameters().toArray()));
        if (times) {
            all.add(new double[] {g.times().t0(), g.times().t1()});
            all.add(g.times().byObservation());
        }
        return all;
    }

    private static double[] numbers(Gradient g) {
        return blocks(g, false).stream()
                .flatMapToDouble(java.util.Arrays::stream)
                .toArray();
    }

    @Test
    void symplecticMethodsNeedAPartitionedField() throws ReflectiveOperationException, URISyntaxException {
        Dynamics whole = Trace.dynamics(2, (t, x, p) -> x.negate());
        int refused = 0;
        for (Solver solver : solvers().toList()) {
            if (solver.scheme().partitioned()) {
                refused++;
                String said = assertThrows(
                                IllegalArgumentException.class,
                                () -> Ode.of(whole).solver(solver))
                        .getMessage();
                assertTrue(said.contains(solver.scheme().name()) && said.contains("Trace.partitioned"), said);
            } else {
                assertNotNull(Ode.of(whole).solver(solver));
            }
        }
        assertEquals(2, refused);
    }

    @Test
    void aFieldWithoutVjpIsSolvedAndRefusedOnlyWhereAGradientIsAskedFor()
            throws ReflectiveOperationException, URISyntaxException {
        Dynamics plain = Dynamics.of(1, (t, x, dx) -> dx[0] = -x[0]);
        Ode ode = Ode.of(plain).span(0, 1).solver(Rk4.steps(10));
        assertEquals(Math.exp(-1), ode.solve(1.0).end()[0][0], 1e-6);
        for (Adjoint mode : modes()) {
            String said = assertThrows(
                            IllegalArgumentException.class, () -> Ode.of(plain).adjoint(mode))
                    .getMessage();
            assertTrue(said.startsWith("dynamics: got a field without") && said.contains("Three ways out"), said);
        }
        Parameters none = new Parameters(ParameterLayout.EMPTY);
        assertThrows(IllegalArgumentException.class, () -> ode.gradient(new double[] {1}, none, Cost.sumOfSquares(0)));
    }

    /// Backwards, (q, a_p) moves by (p, a_q) and the other way round, so that the method keeps its order.
    @Test
    void symplecticMethodsKeepTheirOrderInTheContinuousModes() {
        Solver tight = Dopri8.tolerance(1e-13, 1e-13);
        for (Cost cost : costs()) {
            double[] exact = numbers(Ode.of(FIELD).span(T0, T1).solver(tight).gradient(X0, THETA, cost));
            for (Adjoint mode : List.of(Backsolve.defaults(), Interpolating.defaults(), Gauss.defaults())) {
                for (int order = 1; order <= 2; order++) {
                    double[] error = new double[2];
                    for (int i = 0; i < 2; i++) {
                        int n = 80 * (1 + i);
                        Solver solver = order == 1
                                ? org.costate.ode.SymplecticEuler.steps(n)
                                : org.costate.ode.StormerVerlet.steps(n);
                        error[i] = difference(
                                exact,
                                numbers(Ode.of(FIELD)
                                        .span(T0, T1)
                                        .solver(solver)
                                        .adjoint(mode)
                                        .gradient(X0, THETA, cost)));
                    }
                    double slope = Math.log(error[0] / error[1]) / Math.log(2);
                    assertEquals(order, slope, 0.25, mode + ", " + cost);
                }
            }
        }
    }
}
