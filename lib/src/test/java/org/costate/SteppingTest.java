package org.costate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Backprop;
import org.costate.adjoint.Backsolve;
import org.costate.adjoint.Checkpointed;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Forward;
import org.costate.adjoint.Gauss;
import org.costate.adjoint.ProgressListener.Phase;
import org.costate.graph.Expr;
import org.costate.graph.Trace;
import org.costate.ode.Dopri5;
import org.costate.ode.Dynamics;
import org.costate.ode.Outcome;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Parameters;
import org.costate.ode.Rk4;
import org.costate.ode.SolveException;
import org.costate.ode.Solver;
import org.junit.jupiter.api.Test;

/// Solves step by step, and gradients that tell how far they have come.
class SteppingTest {
    private static final Parameters NONE = new Parameters(ParameterLayout.EMPTY);
    private static final Dynamics PENDULUM = Trace.dynamics(
            2,
            (t, x, p) ->
                    org.costate.graph.Expr.concat(x.column(1), x.column(0).sin().negate()));

    @Test
    void takesTheStepsOfTheSolve() {
        double[][] x0 = {{1, 0}, {0.2, -0.7}};
        for (Solver solver : new Solver[] {Rk4.steps(17), Dopri5.tolerance(1e-6, 1e-6)}) {
            for (double end : new double[] {3, -3}) {
                Ode ode = Ode.of(PENDULUM).span(0, end).solver(solver);
                Solution s = ode.solve(x0, NONE);
                List<Double> told = new ArrayList<>();
                try (Stepping steps = ode.listener((k, t, x) -> told.add(t)).steps(x0, NONE)) {
                    assertNull(steps.outcome());
                    assertEquals(0, steps.time());
                    assertArrayEquals(x0, steps.state());
                    for (int k = 1; k < s.size(); k++) {
                        assertTrue(steps.step());
                        assertEquals(s.times()[k], steps.time());
                        assertEquals(s.times()[k] - s.times()[k - 1], steps.stepSize(), 1e-15);
                        assertArrayEquals(s.state(k), steps.state());
                        assertEquals(k, steps.statistics().steps());
                        assertEquals(k, told.size());
                    }
                    assertFalse(steps.step());
                    assertEquals(Outcome.Kind.SUCCESS, steps.outcome().kind());
                    assertEquals(s.statistics(), steps.statistics());
                    assertTrue(ode.workspace().liveBytes() > 0);
                }
                assertEquals(0, ode.workspace().liveBytes());
            }
        }
    }

    @Test
    void saysWhatWentWrongAndWhatCannotBe() {
        Dynamics square = Dynamics.of(1, (t, x, dx) -> dx[0] = x[0] * x[0]);
        Stepping steps = Ode.of(square).span(0, 4).solver(Rk4.steps(400)).steps(new double[] {1}, NONE);
        while (steps.step()) {}
        assertEquals(Outcome.Kind.NON_FINITE, steps.outcome().kind());
        assertEquals(steps.outcome().time(), steps.time());
        steps.close();
        steps.close();
        assertTrue(assertThrows(IllegalStateException.class, steps::step)
                .getMessage()
                .contains("begin another"));
        assertThrows(IllegalStateException.class, steps::state);
        double[] observed = {0.11, 0.37};
        List<Double> times = new ArrayList<>();
        try (Stepping s = Ode.of(square)
                .span(0, 0.5)
                .solver(Dopri5.tolerance(1e-3, 1e-3))
                .observe(observed)
                .steps(new double[] {1}, NONE)) {
            while (s.step()) {
                times.add(s.time());
            }
        }
        assertTrue(times.contains(0.11) && times.contains(0.37));
    }

    /// Each step takes one of every sample that has not ended, and each sample's are those of its solve.
    @Test
    void samplesWithStepsOfTheirOwnStepSideBySide() {
        double[][] x0 = {{1, 0}, {0.2, -0.7}, {3, 1}};
        for (double end : new double[] {3, -3}) {
            Ode ode = Ode.of(PENDULUM)
                    .span(0, end)
                    .solver(Dopri5.tolerance(1e-8, 1e-8).perSample());
            Solution s = ode.solve(x0, NONE);
            int[] told = new int[3];
            try (Stepping steps = ode.listener((sample, k, t, x) -> {
                        assertEquals(told[sample]++, k);
                        assertEquals(s.sample(sample).times()[k + 1], t);
                        assertEquals(s.sample(sample).component(0, 1)[k + 1], x.get(1));
                    })
                    .steps(x0, NONE)) {
                assertArrayEquals(x0, steps.state());
                int most = 0;
                for (int row = 0; row < 3; row++) {
                    most = Math.max(most, s.sample(row).size() - 1);
                }
                for (int k = 1; k <= most; k++) {
                    assertNull(steps.outcome());
                    assertTrue(steps.step());
                    double behind = end;
                    for (int row = 0; row < 3; row++) {
                        Solution whole = s.sample(row);
                        int at = Math.min(k, whole.size() - 1);
                        Stepping one = steps.sample(row);
                        assertEquals(whole.times()[at], one.time());
                        assertEquals(whole.times()[at] - whole.times()[at - 1], one.stepSize(), 1e-15);
                        assertArrayEquals(whole.state(at), one.state());
                        assertArrayEquals(whole.state(at)[0], steps.state()[row]);
                        assertEquals(at, one.statistics().steps());
                        behind = Math.abs(one.time()) < Math.abs(behind) ? one.time() : behind;
                    }
                    assertEquals(behind, steps.time(), "what all have reached");
                }
                assertFalse(steps.step());
                assertEquals(s.outcome(), steps.outcome());
                assertEquals(s.statistics(), steps.statistics());
                for (int row = 0; row < 3; row++) {
                    assertEquals(s.sample(row).outcome(), steps.sample(row).outcome());
                }
            }
            assertEquals(0, ode.workspace().liveBytes());
        }
    }

    @Test
    void aSampleStepsAloneAndFailsAlone() {
        Dynamics square = Dynamics.of(1, (t, x, dx) -> dx[0] = x[0] * x[0]);
        Ode ode = Ode.of(square).span(0, 4).solver(Dopri5.tolerance(1e-6, 1e-6).perSample());
        double[][] x0 = {{-1}, {1}, {0.1}};
        Stepping steps = ode.steps(x0, NONE);
        Stepping last = steps.sample(2);
        while (last.step()) {}
        assertEquals(4, last.time());
        assertTrue(last.outcome().succeeded());
        assertEquals(0, steps.time(), "the others have not moved");
        assertArrayEquals(x0[0], steps.state()[0]);
        while (steps.step()) {}
        assertTrue(steps.sample(0).outcome().succeeded());
        assertFalse(steps.sample(1).outcome().succeeded());
        assertEquals(1, steps.sample(1).time(), 1e-4);
        assertEquals(1, steps.outcome().offender().row());
        assertTrue(steps.outcome().message().contains("2 of 3 samples"), steps.toString());
        assertThrows(IndexOutOfBoundsException.class, () -> steps.sample(3));
        last.close();
        assertEquals(1, last.state().length, "closed with the whole alone");
        steps.close();
        assertThrows(IllegalStateException.class, last::state);
        assertEquals(0, ode.workspace().liveBytes());
        try (Stepping together = ode.solver(Rk4.steps(10)).steps(new double[][] {{0.1}, {-0.2}}, NONE)) {
            assertTrue(together.sample(1).step(), "they step together");
            assertEquals(0.4, together.time(), 1e-15);
            assertArrayEquals(together.state()[1], together.sample(1).state()[0]);
        }
    }

    private record Told(Phase phase, double t, double done) {}

    @Test
    void gradientsTellHowFarTheyHaveCome() {
        double[][] x0 = {{1, 0}, {0.2, -0.7}, {0.1, 0.1}};
        Cost cost = Cost.sumOfSquares(new double[3][2]).plus(Cost.sumOfSquaresAt(1, new double[3][2]));
        for (Solver solver : new Solver[] {
            Rk4.steps(20),
            Dopri5.tolerance(1e-6, 1e-6),
            Dopri5.tolerance(1e-6, 1e-6).perSample()
        }) {
            for (Adjoint mode : new Adjoint[] {
                Backprop.defaults(), Checkpointed.states(3), Backsolve.defaults(), Gauss.defaults(), Forward.defaults()
            }) {
                for (boolean times : new boolean[] {false, true}) {
                    List<Told> told = new ArrayList<>();
                    Ode ode = Ode.of(PENDULUM)
                            .span(0.5, 2.5)
                            .solver(solver)
                            .adjoint(mode)
                            .progress((phase, t, done) -> told.add(new Told(phase, t, done)));
                    var g = (times ? ode.timeGradients() : ode).gradient(x0, NONE, cost);
                    String what = solver + ", " + mode;
                    for (int i = 1; i < told.size(); i++) {
                        Told before = told.get(i - 1);
                        Told now = told.get(i);
                        assertTrue(now.phase.compareTo(before.phase) >= 0, what);
                        assertTrue(now.phase != before.phase || now.done >= before.done, what + " " + told);
                    }
                    boolean back = !(mode instanceof Forward) || times;
                    assertEquals(back ? Phase.BACKWARD : Phase.FORWARD, told.getLast().phase, what);
                    assertEquals(1, told.getLast().done, 1e-15, what);
                    assertEquals(back ? 0.5 : 2.5, told.getLast().t, what);
                    assertEquals(
                            g.forward().steps(),
                            told.stream().filter(x -> x.phase == Phase.FORWARD).count(),
                            what + ", every step");
                }
            }
        }
    }

    /// Whatever does not fit, it is an outcome, in the first step or in the last.
    @Test
    void aBudgetThatIsTooSmallIsAnOutcome() {
        Dynamics onArrays = Dynamics.of(2, (t, x, dx) -> {
            dx[0] = x[1];
            dx[1] = -x[0];
        });
        Dynamics traced = Trace.dynamics(
                2, (t, x, p) -> Expr.concat(x.column(1), x.column(0).negate()));
        for (Dynamics f : new Dynamics[] {onArrays, traced}) {
            for (Solver solver :
                    new Solver[] {Rk4.steps(5), Dopri5.tolerance(1e-9, 1e-9).maxSteps(3)}) {
                int reached = 0;
                for (long budget = 64; budget <= 4096; budget += 64) {
                    Ode ode = Ode.of(f).span(0, 1).solver(solver).memoryBudget(budget);
                    try (Stepping steps = ode.steps(new double[] {1, 0}, new Parameters(f.layout()))) {
                        while (steps.step()) {
                            assertEquals(1, steps.state().length);
                        }
                        Outcome.Kind kind = steps.outcome().kind();
                        reached += kind == Outcome.Kind.MEMORY_BUDGET ? 0 : 1;
                    } catch (SolveException e) {
                        assertEquals(Outcome.Kind.MEMORY_BUDGET, e.outcome().kind());
                    }
                    assertEquals(0, ode.workspace().liveBytes());
                }
                assertTrue(reached > 10, solver + ": " + reached + " budgets were enough");
            }
        }
    }
}
