package org.costate.adjoint;

import static org.costate.Close.flat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.costate.Ode;
import org.costate.graph.Trace;
import org.costate.memory.Precision;
import org.costate.ode.AsynchronousLeapfrog;
import org.costate.ode.Coupling;
import org.costate.ode.Dopri5;
import org.costate.ode.Dynamics;
import org.costate.ode.Euler;
import org.costate.ode.Outcome;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Parameters;
import org.costate.ode.ReversibleHeun;
import org.costate.ode.Rk4;
import org.costate.ode.SolveException;
import org.costate.ode.Solver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A field that is finite everywhere, whose derivatives are not defined until t = 1/2: every mode ends with a name,
/// a time and a step that reaches there, and none with NaN.
class NonFiniteDerivativeTest {
    private static final double[][] X0 = {{1, 2}, {3, 4}};
    private static final Cost COST = Cost.sumOfSquares(new double[2][2]);
    private static final ParameterLayout TWO = ParameterLayout.scalars("a", "b");

    record Pair(Adjoint mode, Solver solver) {}

    static Stream<Pair> pairs() throws ReflectiveOperationException, java.net.URISyntaxException {
        List<Adjoint> modes = new ArrayList<>(PairingsTest.modes());
        modes.add(Checkpointed.states(2));
        modes.add(Backsolve.defaults().withSeminorm());
        modes.add(Reversible.anchored(3));
        List<Pair> all = new ArrayList<>();
        for (Adjoint mode : modes) {
            for (Solver solver : new Solver[] {
                Euler.steps(20),
                Rk4.steps(20),
                ReversibleHeun.steps(20),
                Coupling.of(Rk4.steps(20), 1),
                Dopri5.tolerance(1e-5, 1e-5),
                Dopri5.tolerance(1e-5, 1e-5).perSample()
            }) {
                if (PairingsTest.goTogether(mode, solver)) {
                    all.add(new Pair(mode, solver));
                }
            }
        }
        return all.stream();
    }

    private static Outcome outcome(Dynamics f, Pair pair, Precision precision, boolean times, Cost cost) {
        Ode ode = Ode.of(f).span(0, 1).solver(pair.solver).precision(precision).adjoint(pair.mode);
        Parameters theta = Parameters.of(f.layout(), 1, 1);
        Ode asked = times ? ode.timeGradients() : ode;
        SolveException e =
                assertThrows(SolveException.class, () -> asked.gradient(X0, theta, cost), pair + ", " + precision);
        Outcome o = e.outcome();
        String what = pair + ", " + precision + ": " + o.message();
        assertEquals(Outcome.Kind.NON_FINITE, o.kind(), what);
        assertTrue(o.message().contains("t = " + o.time() + " of size " + o.stepSize()), what);
        assertTrue(o.message().contains("vector-Jacobian product"), what);
        if (pair.mode instanceof Forward && !times) {
            assertEquals(0, o.time(), what);
            assertTrue(o.stepSize() > 0, what);
        } else if (!times) {
            // A slope that is carried to the next step is that of the node between them; FLOAT32 has coarser times.
            boolean carries =
                    pair.solver.scheme().slots() > pair.solver.scheme().states();
            double late = 1e-6 + (carries ? Math.abs(o.stepSize()) : 0);
            assertTrue(o.time() >= 0.5 - late && o.time() + o.stepSize() <= 0.5 + 1e-6, what);
        }
        assertEquals(0, ode.workspace().liveBytes(), what);
        return o;
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void ofASquareRootAtZeroIsNamed(Pair pair) {
        Dynamics root = Trace.dynamics(
                2,
                (t, x, p) ->
                        x.times(t.minus(0.5).relu()).sqrt().times(p.scalar("a")).minus(x.times(p.scalar("b"))));
        for (Precision precision : Precision.values()) {
            Outcome o = outcome(root, pair, precision, false, COST);
            isOfTheCostate(o, pair);
        }
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void ofALambdaByTheStateIsNamed(Pair pair) {
        Outcome o = outcome(byHand(Double.NaN, 0), pair, Precision.FLOAT64, false, COST);
        isOfTheCostate(o, pair);
        // Each tangent takes all of the lambda's numbers, times 0 or 1.
        if (!(pair.mode instanceof Forward) && o.offender().quantity().equals("costate")) {
            assertEquals(1, o.offender().column(), pair + ": " + o.message());
        }
    }

    private static void isOfTheCostate(Outcome o, Pair pair) {
        boolean along = pair.mode instanceof Gauss; // sums along the costate before it takes the next step
        assertTrue(
                o.offender().quantity().equals("costate")
                        || (along && o.offender().quantity().startsWith("gradient by ")),
                pair + ": " + o.message());
        assertEquals(0, o.offender().row(), pair + ": " + o.message());
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void ofALambdaByAParameterIsNamed(Pair pair) {
        Outcome o = outcome(byHand(0, Double.NEGATIVE_INFINITY), pair, Precision.FLOAT64, false, COST);
        if (pair.mode instanceof Forward) {
            assertNotNull(o.offender());
        } else {
            assertEquals("gradient by b", o.offender().quantity(), pair + ": " + o.message());
        }
    }

    /// dx/dt = (a, −b x1), with something added to the derivatives until t = 1/2.
    private static Dynamics byHand(double byState, double byParameter) {
        return Dynamics.of(
                2,
                TWO,
                (t, x, p, dx) -> {
                    dx[0] = p[0];
                    dx[1] = -x[1] * p[1];
                },
                (t, x, p, a, gx, gp) -> {
                    gx[1] = -a[1] * p[1] + (t > 0.5 ? 0 : byState);
                    gp[0] = a[0];
                    gp[1] = -a[1] * x[1] + (t > 0.5 ? 0 : byParameter);
                });
    }

    /// Where a mode asks for ∂f/∂t; the others do not need it, and give an answer.
    @ParameterizedTest
    @MethodSource("pairs")
    void byTimesIsNamed(Pair pair) {
        Dynamics f = Trace.dynamics(
                2,
                (t, x, p) ->
                        x.times(p.scalar("a")).plus(t.minus(0.5).relu().sqrt()).times(p.scalar("b")));
        if (pair.mode instanceof Backsolve || pair.mode instanceof Interpolating || pair.mode instanceof Gauss) {
            TimeGradient g = Ode.of(f)
                    .span(0, 1)
                    .solver(pair.solver)
                    .adjoint(pair.mode)
                    .timeGradients()
                    .gradient(X0, Parameters.of(TWO, 1, 1), COST)
                    .times();
            assertTrue(Double.isFinite(g.t0()) && Double.isFinite(g.t1()), pair + ": " + g);
        } else {
            Outcome o = outcome(f, pair, Precision.FLOAT64, true, COST);
            assertTrue(o.message().contains("the derivative by the time of the node at "), o.message());
            assertEquals(0.5, o.time(), 0.3, o.message());
        }
        Cost early = Cost.at(
                0.25, Trace.cost(2, (t, x, p) -> t.minus(0.25).relu().sqrt().plus(x.column(0))));
        Outcome o = outcome(byHand(0, 0), pair, Precision.FLOAT64, true, COST.plus(early));
        assertTrue(o.message().contains("node at 0.25, NaN"), o.message());
    }

    /// What is not finite may also be the state, where a mode finds it again.
    @Test
    void aStateThatIsLostOnTheWayBackIsNamed() {
        Dynamics cubic =
                Trace.dynamics(1, (t, x, p) -> x.pow(3).times(p.scalar("a")).negate());
        Dynamics decay = Trace.dynamics(1, (t, x, p) -> x.times(p.scalar("a")).negate());
        Dynamics late = Dynamics.of( // Euler's method never asks for it at the end, Recompute does
                1,
                ParameterLayout.scalars("a"),
                (t, x, p, dx) -> dx[0] = t > 0.95 ? Double.NaN : -p[0] * x[0],
                (t, x, p, a, gx, gp) -> {
                    gx[0] = -p[0] * a[0];
                    gp[0] = -x[0] * a[0];
                });
        lost(cubic, Dopri5.tolerance(1e-3, 1e-3), Backsolve.defaults(), 1e4);
        lost(decay, Coupling.of(Rk4.steps(10_000), 0.9), Reversible.anchored(Integer.MAX_VALUE), 1);
        lost(late, Euler.steps(10), Recompute.defaults(), 1);
    }

    private static void lost(Dynamics f, Solver solver, Adjoint mode, double x0) {
        SolveException e = assertThrows(
                SolveException.class,
                () -> Ode.of(f)
                        .span(0, 1)
                        .solver(solver)
                        .adjoint(mode)
                        .gradient(new double[] {x0}, Parameters.of(f.layout(), 1), Cost.sumOfSquares(0)),
                mode + ", " + solver);
        Outcome o = e.outcome();
        assertTrue(o.message().startsWith("the state that is found again on the way back is lost"), o.message());
        assertTrue(o.message().contains("take a gradient mode that keeps states"), o.message());
        assertEquals("state", o.offender().quantity());
        assertTrue(o.stepSize() < 0 && o.time() > 0 && o.time() <= 1, o.message());
    }

    /// The costate at a node may need a product that the gradient does not.
    @Test
    void theCostateIsNeverKeptWhereItIsNotFinite() {
        Dynamics f = Dynamics.of(1, TWO, (t, x, p, dx) -> dx[0] = p[0] * x[0], (t, x, p, a, gx, gp) -> {
            gx[0] = t == 0.5 ? Double.NaN : a[0] * p[0];
            gp[0] = a[0] * x[0];
        });
        Parameters theta = Parameters.of(TWO, 1, 1);
        Ode ode = Ode.of(f).span(0, 1).solver(AsynchronousLeapfrog.steps(10));
        double[][] x0 = {{1}};
        assertTrue(
                Arrays.stream(flat(ode.gradient(x0, theta, Cost.sumOfSquares(0)).x0()))
                        .allMatch(Double::isFinite));
        for (Ode asked : new Ode[] {ode.keepCostate(), ode.keepCostate(0.5), ode.costateListener((t, a) -> {})}) {
            SolveException e =
                    assertThrows(SolveException.class, () -> asked.gradient(x0, theta, Cost.sumOfSquares(0)));
            assertEquals(Outcome.Kind.NON_FINITE, e.outcome().kind());
            assertEquals(0.5, e.outcome().time());
            assertEquals("costate", e.outcome().offender().quantity());
        }
    }
}
