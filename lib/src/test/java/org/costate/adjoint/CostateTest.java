package org.costate.adjoint;

import static org.costate.Close.assertClose;
import static org.costate.Close.flat;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.costate.Ode;
import org.costate.Solution;
import org.costate.graph.Expr;
import org.costate.graph.Trace;
import org.costate.memory.Precision;
import org.costate.ode.AdaptiveSteps;
import org.costate.ode.AsynchronousLeapfrog;
import org.costate.ode.Bosh3;
import org.costate.ode.Coupling;
import org.costate.ode.Dopri5;
import org.costate.ode.Dopri8;
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

/// The costate along the way: a(t) = ∂C/∂x(t), with both sides of its jumps.
class CostateTest {
    private static final double P = -0.3;
    private static final double Q = 1.7;
    private static final double T = 2;
    private static final double TAU = 0.75;

    /// x' = A x with A = [[p, q], [−q, p]], so that e^{At} = e^{pt} R(qt).
    private static final Dynamics SPIRAL = Trace.dynamics(2, (t, x, p) -> {
        Expr u = x.column(0);
        Expr v = x.column(1);
        Expr a = p.scalar("p");
        Expr b = p.scalar("q");
        return Expr.concat(u.times(a).plus(v.times(b)), v.times(a).minus(u.times(b)));
    });

    private static final Parameters THETA = Parameters.of(SPIRAL.layout(), P, Q);
    private static final double[][] X0 = {{1, 0.5}, {-0.4, 0.2}};
    private static final double[][] ZERO = new double[2][2];

    /// e^{As} v, or e^{Aᵀs} v.
    private static double[] flow(double s, double[] v, boolean transposed) {
        double c = Math.exp(P * s) * Math.cos(Q * s);
        double d = Math.exp(P * s) * Math.sin(Q * s) * (transposed ? -1 : 1);
        return new double[] {c * v[0] + d * v[1], -d * v[0] + c * v[1]};
    }

    /// Of |x(T)|² + |x(τ)|² + ∫ |x|² dt: the last is (e^{2p(T−t)} − 1) / p · x(t).
    private static double[] exact(double t, boolean beforeTau, double[] x0) {
        double[] x = flow(t, x0, false);
        double[] end = flow(T - t, new double[] {2 * flow(T, x0, false)[0], 2 * flow(T, x0, false)[1]}, true);
        double[] at = flow(TAU, x0, false);
        double[] jump = flow(TAU - t, new double[] {2 * at[0], 2 * at[1]}, true);
        double[] a = new double[2];
        for (int j = 0; j < 2; j++) {
            a[j] = end[j] + (beforeTau ? jump[j] : 0) + (Math.exp(2 * P * (T - t)) - 1) / P * x[j];
        }
        return a;
    }

    private static Cost cost() {
        return cost(2);
    }

    private static Cost cost(int samples) {
        double[][] zero = new double[samples][2];
        return Cost.sumOfSquares(zero)
                .plus(Cost.sumOfSquaresAt(TAU, zero))
                .plus(Cost.running(Trace.cost(2, (t, x, p) -> x.pow(2).sumColumns())));
    }

    private static final List<Adjoint> MODES = List.of(
            Backprop.defaults(),
            Checkpointed.states(3),
            Symplectic.defaults(),
            Forward.defaults(),
            Backsolve.defaults(),
            Interpolating.defaults(),
            Gauss.defaults(),
            Reversible.defaults());

    record Case(Adjoint mode, Solver solver, double tolerance) {}

    static Stream<Case> cases() {
        List<Case> all = new ArrayList<>();
        for (Adjoint mode : MODES) {
            for (Solver solver : List.of(
                    Rk4.steps(200),
                    Dopri5.steps(60),
                    Bosh3.tolerance(1e-8, 1e-8),
                    Tsit5.tolerance(1e-10, 1e-10),
                    Dopri8.tolerance(1e-10, 1e-10),
                    ReversibleHeun.steps(3000),
                    AsynchronousLeapfrog.steps(3000),
                    Coupling.of(Rk4.steps(200), 1))) {
                if (!(mode instanceof Reversible) || solver.scheme().reversible()) {
                    all.add(new Case(mode, solver, solver.scheme().order() <= 3 ? 1e-5 : 2e-7));
                }
            }
        }
        for (Solver solver : List.of(
                ReversibleHeun.tolerance(1e-7, 1e-7),
                AsynchronousLeapfrog.tolerance(1e-7, 1e-7),
                Coupling.of(Dopri5.tolerance(1e-9, 1e-9), 1))) {
            all.add(new Case(Reversible.defaults(), solver, 1e-5));
        }
        all.add(new Case(Recompute.defaults(), Euler.steps(20_000), 2e-3));
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void agreesWithTheClosedFormOnBothSidesOfItsJump(Case c) {
        double[] at = {0, 0.1, TAU, 1.234, T};
        List<Double> told = new ArrayList<>();
        Ode ode = Ode.of(SPIRAL).span(0, T).solver(c.solver).adjoint(c.mode);
        Gradient g = ode.keepCostate(at).costateListener((t, a) -> told.add(t)).gradient(X0, THETA, cost());
        Costate costate = g.costate();
        assertArrayEquals(new double[] {0, 0.1, TAU, TAU, 1.234, T}, costate.times());
        for (int k = 0; k < 6; k++) {
            for (int row = 0; row < 2; row++) {
                double[] expected = exact(costate.time(k), k < 3, X0[row]);
                assertClose(expected, costate.value(k)[row], c.tolerance, c + ", number " + k);
                assertEquals(costate.value(k)[row][1], costate.component(row, 1)[k]);
            }
        }
        assertClose(flat(g.x0()), flat(costate.value(0)), 1e-13, "at t0");
        assertEquals(6 * (8 + (2 * 3) * 8), costate.bytes(), "with the running cost's");
        // The listener hears of every step, from the end to the start.
        assertEquals(T, told.getFirst());
        assertEquals(0, told.getLast());
        for (int k = 1; k < told.size(); k++) {
            assertTrue(told.get(k) < told.get(k - 1) || (told.get(k).equals(told.get(k - 1)) && told.get(k) == TAU));
        }
        Costate all = ode.keepCostate().gradient(X0, THETA, cost()).costate();
        assertEquals(told.size() - 2, all.size(), 4, "as many, but for the steps that ended at 0.1 and 1.234");
        for (int k = 0; k < all.size(); k += 7) {
            double t = all.time(k);
            boolean before = t < TAU || (t == TAU && all.time(k + 1) == TAU);
            assertClose(exact(t, before, X0[1]), all.value(k)[1], c.tolerance, c + " at " + t);
        }
    }

    /// For methods that carry the solution and its slope at most: the exact derivative of the solve that starts at t,
    /// on the rest of the recorded grid.
    @Test
    void isTheDerivativeOfTheSolveThatStartsThere() {
        Dynamics net = Trace.dynamics(
                2, (t, x, p) -> x.matmul(p.matrix("W", 2, 2)).plus(t).tanh().times(x));
        Parameters theta = Parameters.of(net.layout(), 0.8, -1.1, 0.6, 0.9);
        double[][] target = {{0.3, -0.2}, {0.1, 0.4}};
        Cost late = Cost.sumOfSquares(target)
                .plus(Cost.running(
                        Trace.cost(2, (t, x, p) -> x.pow(2).sumColumns().times(t))));
        Cost cost = late.plus(Cost.sumOfSquaresAt(0.9, target));
        for (Solver solver : new Solver[] {
            Rk4.steps(6),
            Dopri5.steps(5),
            Bosh3.steps(6),
            Dopri5.tolerance(1e-3, 1e-3),
            Dopri8.tolerance(1e-3, 1e-3),
            Dopri5.steps(5).jumpAt(0.6)
        }) {
            Ode whole = Ode.of(net).span(0.2, 1.7).solver(solver);
            for (Adjoint mode : List.of(Backprop.defaults(), Checkpointed.states(2), Symplectic.defaults())) {
                Costate costate = whole.adjoint(mode)
                        .keepCostate()
                        .gradient(X0, theta, cost)
                        .costate();
                double[] grid = Arrays.stream(costate.times()).distinct().toArray();
                assertEquals(grid.length + 1, costate.size(), "every node, and one twice");
                Solution s =
                        whole.solver(solver.withSteps(new GivenSteps(grid))).solve(X0, theta);
                for (int k = 0; k < costate.size() - 1; k++) {
                    double t = costate.time(k);
                    boolean before = t < 0.9 || (t == 0.9 && costate.time(k + 1) == 0.9);
                    double[] rest = Arrays.stream(grid).filter(u -> u >= t).toArray();
                    Ode later = Ode.of(net)
                            .span(t, 1.7)
                            .solver(solver.withSteps(new GivenSteps(rest)))
                            .adjoint(Backprop.defaults());
                    double[][] x = s.state(before ? k : k - 1);
                    Cost seen = before ? cost : late;
                    double h = 1e-5;
                    for (int i = 0; i < 4; i++) {
                        double[][] up = {x[0].clone(), x[1].clone()};
                        double[][] down = {x[0].clone(), x[1].clone()};
                        up[i / 2][i % 2] += h;
                        down[i / 2][i % 2] -= h;
                        double difference = (later.gradient(up, theta, seen).cost()
                                        - later.gradient(down, theta, seen).cost())
                                / (2 * h);
                        assertEquals(
                                difference, costate.value(k)[i / 2][i % 2], 2e-8, solver + ", " + mode + " at " + t);
                    }
                }
            }
        }
    }

    @Test
    void worksBackwardsInTimeAndWithoutACostAtTheEnd() {
        Ode back = Ode.of(SPIRAL).span(T, 0).solver(Rk4.steps(200)).keepCostate(T, 1, 0);
        Costate c = back.gradient(X0, THETA, Cost.sumOfSquares(ZERO)).costate();
        assertArrayEquals(new double[] {T, 1, 0}, c.times(), "in the order of the solve");
        double[] end = flow(-T, X0[0], false);
        assertClose(flow(-1, new double[] {2 * end[0], 2 * end[1]}, true), c.value(1)[0], 1e-7, "backwards in time");

        for (Adjoint mode : List.of(Backprop.defaults(), Backsolve.defaults())) {
            Costate early = Ode.of(SPIRAL)
                    .span(0, T)
                    .solver(Rk4.steps(200))
                    .adjoint(mode)
                    .keepCostate(T, TAU, 0.5)
                    .gradient(X0, THETA, Cost.sumOfSquaresAt(TAU, ZERO))
                    .costate();
            assertArrayEquals(new double[] {0.5, TAU, TAU, T}, early.times());
            assertArrayEquals(ZERO, early.value(3), "nothing looks at the end");
            assertArrayEquals(ZERO, early.value(2));
            double[] at = flow(TAU, X0[0], false);
            assertClose(new double[] {2 * at[0], 2 * at[1]}, early.value(1)[0], 1e-8, "before the observation");
        }
    }

    static Stream<Case> adaptive() {
        Solver solver = Dopri5.tolerance(1e-5, 1e-5);
        return Stream.concat(
                MODES.stream().filter(mode -> !(mode instanceof Reversible)).map(mode -> new Case(mode, solver, 1e-3)),
                Stream.of(new Case(Reversible.defaults(), ReversibleHeun.tolerance(1e-5, 1e-5), 2e-3)));
    }

    /// Samples with steps of their own have each the costate of its solo gradient, at its own times.
    @ParameterizedTest
    @MethodSource("adaptive")
    void eachSampleHasThatOfItsSoloGradient(Case c) {
        for (Precision precision : Precision.values()) {
            Ode ode = Ode.of(SPIRAL).span(0, T).adjoint(c.mode).precision(precision);
            Ode each = ode.solver(c.solver.perSample());
            List<List<Double>> told = List.of(new ArrayList<>(), new ArrayList<>());
            Gradient g = each.keepCostate()
                    .costateListener((sample, t, a) -> {
                        assertTrue(a.rows() == 1
                                && a.columns() == 2
                                && (sample == 1 || told.get(1).isEmpty()));
                        told.get(sample).addAll(List.of(t, a.get(0), a.get(1)));
                    })
                    .gradient(X0, THETA, cost(2));
            long bytes = 0;
            for (int row = 0; row < 2; row++) {
                Costate alone = ode.solver(c.solver)
                        .keepCostate()
                        .gradient(X0[row], THETA, cost(1))
                        .costate();
                Costate its = g.costate().sample(row);
                String what = c + ", " + precision + ", sample " + row;
                assertArrayEquals(alone.times(), its.times(), what);
                for (int k = 0; k < alone.size(); k++) {
                    assertArrayEquals(alone.value(k), its.value(k), what);
                    List<Double> heard = told.get(row).subList(3 * (its.size() - 1 - k), 3 * (its.size() - k));
                    assertEquals(List.of(its.time(k), its.value(k)[0][0], its.value(k)[0][1]), heard, what);
                    boolean before = its.time(k) < TAU || (its.time(k) == TAU && its.time(k + 1) == TAU);
                    assertClose(exact(its.time(k), before, X0[row]), its.value(k)[0], c.tolerance, what);
                }
                assertArrayEquals(alone.component(0, 1), its.component(0, 1));
                assertEquals(3 * its.size(), told.get(row).size());
                assertEquals(alone.bytes(), its.bytes());
                bytes += its.bytes();
            }
            assertEquals(bytes, g.costate().bytes());
            assertEquals(2, g.costate().batch());
            assertArrayEquals(new double[] {0, T}, g.costate().times(), "the times that both have");
            double rounding = precision == Precision.FLOAT64 ? 1e-13 : 1e-5;
            assertClose(flat(g.x0()), flat(g.costate().value(0)), rounding, c + ", at t0");
            double[][] ends = {g.costate().value(0)[1], g.costate().value(1)[1]};
            assertArrayEquals(new double[] {ends[0][0], ends[1][0]}, g.costate().component(1, 0));
            assertThrows(IndexOutOfBoundsException.class, () -> g.costate().sample(2));

            Costate some = each.keepCostate(TAU, 0).gradient(X0, THETA, cost(2)).costate();
            assertArrayEquals(new double[] {0, TAU, TAU}, some.times(), "those that were asked for");
            assertArrayEquals(some.times(), some.sample(1).times());
            for (int k = 0; k < 3; k++) {
                assertArrayEquals(some.value(k)[1], some.sample(1).value(k)[0]);
                for (int row = 0; row < 2; row++) {
                    assertClose(exact(some.time(k), k < 2, X0[row]), some.value(k)[row], c.tolerance, c.toString());
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void worksInFloat32(Case c) {
        Solver coarse = c.solver.steps() instanceof AdaptiveSteps
                ? c.solver.adaptive(a -> AdaptiveSteps.of(1e-4, 1e-4))
                : c.solver;
        Gradient g = Ode.of(SPIRAL)
                .span(0, T)
                .solver(coarse)
                .adjoint(c.mode)
                .precision(Precision.FLOAT32)
                .keepCostate(0, TAU, T)
                .gradient(X0, THETA, cost());
        assertArrayEquals(new double[] {0, TAU, TAU, T}, g.costate().times());
        for (int k = 0; k < 4; k++) {
            assertClose(exact(g.costate().time(k), k < 2, X0[0]), g.costate().value(k)[0], 5e-3, c + ", number " + k);
        }
    }

    @Test
    void itsBytesAreCountedAndOutliveTheCall() {
        Ode ode = Ode.of(SPIRAL).span(0, T).solver(Rk4.steps(1000)).adjoint(Backsolve.defaults());
        Gradient without = ode.gradient(X0, THETA, Cost.sumOfSquares(ZERO));
        Gradient with = ode.keepCostate().gradient(X0, THETA, Cost.sumOfSquares(ZERO));
        assertEquals(1001 * (8 + 32), with.costate().bytes());
        assertTrue(with.peakBytes() - without.peakBytes() >= 1001 * 40, with + " " + without);
        Gradient told = ode.costateListener((t, a) -> {}).gradient(X0, THETA, Cost.sumOfSquares(ZERO));
        assertTrue(told.peakBytes() - without.peakBytes() < 1000, "telling needs no memory of the way");
        assertEquals(0, ode.workspace().liveBytes());
        double[] before = with.costate().component(0, 0);
        ode.keepCostate().gradient(new double[][] {{7, 7}, {7, 7}}, THETA, Cost.sumOfSquares(ZERO));
        assertArrayEquals(before, with.costate().component(0, 0), "nobody else writes there");
    }

    @Test
    void whatCannotBeIsNamed() {
        Ode ode = Ode.of(SPIRAL).span(0, T).solver(Rk4.steps(10));
        Gradient g = ode.gradient(X0, THETA, Cost.sumOfSquares(ZERO));
        assertTrue(assertThrows(IllegalStateException.class, g::costate)
                .getMessage()
                .contains("keepCostate()"));
        assertTrue(assertThrows(
                        IllegalArgumentException.class,
                        () -> ode.keepCostate(1, 3).gradient(X0, THETA, Cost.sumOfSquares(ZERO)))
                .getMessage()
                .startsWith("costate times: got 3.0, expected times of the span"));
        assertThrows(IllegalArgumentException.class, () -> ode.keepCostate(new double[0]));
        assertThrows(IllegalArgumentException.class, () -> ode.keepCostate(Double.NaN));
        Costate c =
                ode.keepCostate().gradient(X0, THETA, Cost.sumOfSquares(ZERO)).costate();
        assertThrows(IndexOutOfBoundsException.class, () -> c.value(11));
        assertThrows(IndexOutOfBoundsException.class, () -> c.component(2, 0));
    }
}
