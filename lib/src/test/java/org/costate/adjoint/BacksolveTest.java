package org.costate.adjoint;

import static org.costate.Close.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.costate.Ode;
import org.costate.graph.Trace;
import org.costate.memory.Precision;
import org.costate.ode.Dopri5;
import org.costate.ode.Dynamics;
import org.costate.ode.Norm;
import org.costate.ode.Parameters;
import org.costate.ode.Solver;
import org.junit.jupiter.api.Test;

/// How Backsolve chooses its steps, and Interpolating and Gauss: tolerances, limits, and norms.
class BacksolveTest {
    private static final Dynamics NET = Trace.dynamics(
            3,
            (t, x, p) -> x.pow(2)
                    .matmul(p.matrix("W1", 3, 40))
                    .plus(p.row("b1", 40).times(t))
                    .tanh()
                    .matmul(p.matrix("W2", 40, 3)));
    private static final Parameters THETA = NET.initialParameters(3);
    private static final double[][] X0 = {{0.3, -0.8, 0.5}, {0.7, 0.2, -0.4}};
    private static final Cost COST = Cost.sumOfSquares(new double[][] {{1, 0, 0.5}, {-0.2, 0.4, 0}});

    private static Ode ode(Solver solver, Adjoint mode) {
        return Ode.of(NET).span(0, 3).solver(solver).adjoint(mode);
    }

    private static Gradient gradient(Solver solver, Adjoint mode) {
        return ode(solver, mode).gradient(X0, THETA, COST);
    }

    /// Nothing depends on the parameters' gradient, which grows large where many steps add to it.
    @Test
    void theSeminormTakesFewerSteps() {
        Dynamics turning = Trace.dynamics(
                2,
                (t, x, p) -> x.matmul(p.matrix("A", 2, 2))
                        .plus(t.times(20).sin().times(p.row("c", 50)).sin().matmul(p.matrix("B", 50, 2))));
        Parameters theta = turning.initialParameters(2);
        theta.set("A", 0, 1, -1, 0);
        Cost cost = Cost.sumOfSquares(0.2, 0.1);
        for (Solver solver : new Solver[] {
            Dopri5.tolerance(1e-7, 1e-9), Dopri5.tolerance(1e-7, 1e-9).adaptive(a -> a.withNorm(shaped(1, 2)))
        }) {
            Ode ode = Ode.of(turning).span(0, 6).solver(solver);
            Gradient full = ode.adjoint(Backsolve.defaults()).gradient(new double[] {1, 0.3}, theta, cost);
            Gradient semi =
                    ode.adjoint(Backsolve.defaults().withSeminorm()).gradient(new double[] {1, 0.3}, theta, cost);
            long fewer = semi.backward().evaluations();
            assertTrue(fewer < 0.9 * full.backward().evaluations(), semi.backward() + " " + full.backward());
            assertClose(full.parameters().toArray(), semi.parameters().toArray(), 1e-4, "by theta");
        }
    }

    @Test
    void itsOwnToleranceChoosesTheStepsOfTheWayBack() {
        Solver solver = Dopri5.tolerance(1e-6, 1e-8);
        Gradient same = gradient(solver, Backsolve.defaults());
        Gradient tighter = gradient(solver, Backsolve.defaults().tolerance(1e-9, 1e-11));
        Gradient looser = gradient(solver, Backsolve.defaults().tolerance(1e-3, 1e-3));
        assertEquals(same.forward(), tighter.forward());
        assertTrue(
                tighter.backward().steps() > 2 * same.backward().steps(),
                tighter.backward().toString());
        assertTrue(
                2 * looser.backward().steps() < same.backward().steps(),
                looser.backward().toString());
    }

    @Test
    void allElseOfTheControlIsKept() {
        Backsolve own = Backsolve.defaults().tolerance(1e-5, 1e-5);
        Solver solver = Dopri5.tolerance(1e-6, 1e-8);
        Gradient plain = gradient(solver, own);
        Gradient shorter = gradient(solver.adaptive(a -> a.withMax(0.01)), own);
        assertTrue(shorter.backward().steps() >= 300, shorter.backward().toString());
        Gradient longer = gradient(solver.adaptive(a -> a.withMin(1)), own);
        assertTrue(longer.backward().steps() <= 3, longer.backward().toString());
        Gradient pid = gradient(solver.adaptive(a -> a.withControl(0.4, 0.3, 0.1)), own);
        assertNotEquals(plain.backward().largest(), pid.backward().largest());
        Norm strict = (error, scale) -> 1e3 * Norm.RMS.of(error, scale);
        Gradient norm = gradient(solver.adaptive(a -> a.withNorm(strict)), own);
        assertTrue(
                norm.backward().steps() > 2 * plain.backward().steps(),
                norm.backward().toString());
    }

    private static Norm shaped(int rows, int columns) {
        return shaped(rows, columns, new AtomicInteger());
    }

    private static Norm shaped(int rows, int columns, AtomicInteger calls) {
        return (error, scale) -> {
            calls.incrementAndGet();
            assertTrue(error.rows() == rows && error.columns() == columns, "got " + error);
            assertTrue(scale.rows() == rows && scale.columns() == columns, "got " + scale);
            return Norm.RMS.of(error, scale);
        };
    }

    /// There and back, for the state and for the costate, of a batch or of a sample, with a running cost or without.
    @Test
    void aNormOfTheCallersSeesStates() {
        Cost running =
                COST.plus(Cost.running(Trace.cost(3, (t, x, p) -> x.pow(2).sumColumns())));
        for (Adjoint mode : List.of(
                Backprop.defaults(),
                Backsolve.defaults(),
                Backsolve.defaults().withSeminorm().tolerance(1e-5, 1e-5),
                Interpolating.defaults(),
                Gauss.defaults())) {
            for (Precision precision : Precision.values()) {
                for (Cost cost : List.of(COST, running)) {
                    for (boolean each : new boolean[] {false, true}) {
                        AtomicInteger calls = new AtomicInteger();
                        Norm norm = shaped(each ? 1 : 2, 3, calls);
                        Solver solver = Dopri5.tolerance(1e-4, 1e-4)
                                .adaptive(a -> a.withNorm(norm).withPerSample(each));
                        Gradient g = ode(solver, mode).precision(precision).gradient(X0, THETA, cost);
                        assertTrue(calls.get() > g.forward().steps(), calls + " calls");
                    }
                }
            }
        }
    }

    /// Each part counts: a norm that is large for the costate alone makes the steps of the way back short.
    @Test
    void theLargestOfThePartsCounts() {
        Solver solver = Dopri5.tolerance(1e-6, 1e-6);
        AtomicInteger calls = new AtomicInteger();
        Norm first = (error, scale) -> calls.incrementAndGet() % 2 == 1 ? 1e3 * Norm.RMS.of(error, scale) : 0;
        Norm second = (error, scale) -> calls.incrementAndGet() % 2 == 0 ? 1e3 * Norm.RMS.of(error, scale) : 0;
        long both = gradient(solver, Backsolve.defaults()).backward().steps();
        for (Norm norm : List.of(first, second)) {
            Cost even = Cost.terminal((x, gradient) -> {
                calls.set(0);
                return COST.terms().size();
            });
            Gradient g = ode(solver.adaptive(a -> a.withNorm(norm)), Backsolve.defaults())
                    .gradient(X0, THETA, COST.plus(even));
            assertTrue(g.backward().steps() > 1.5 * both, g.backward() + " " + both);
            long attempts = g.backward().steps() + g.backward().rejected();
            assertEquals(
                    2 * (attempts + 3), calls.get(), "twice for each attempt, and for the three of the first step");
        }
    }

    @Test
    void aModeTellsItsOptions() {
        List<Adjoint> modes = List.of(
                Backsolve.defaults(),
                Backsolve.defaults().withReset(),
                Backsolve.defaults().withSeminorm(),
                Backsolve.defaults().withSeminorm().withReset(),
                Backsolve.defaults().tolerance(1e-9, 1e-8),
                Backsolve.defaults().tolerance(1e-9, 1e-9),
                Checkpointed.defaults(),
                Checkpointed.states(5),
                Checkpointed.states(6),
                Checkpointed.bytes(6),
                Reversible.defaults(),
                Reversible.anchored(6));
        Set<String> names = new HashSet<>(modes.stream().map(Adjoint::toString).toList());
        assertEquals(modes.size(), names.size(), names.toString());
        assertTrue(
                names.containsAll(List.of(
                        "Backsolve",
                        "Backsolve, tolerance 1.0E-9 relative, 1.0E-8 absolute",
                        "Backsolve, seminorm, reset",
                        "Checkpointed, 5 states",
                        "Checkpointed, 6 bytes")),
                names.toString());
        assertEquals(Checkpointed.defaults().toString(), Checkpointed.states(64).toString(), "the same mode");
    }
}
