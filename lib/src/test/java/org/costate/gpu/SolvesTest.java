package org.costate.gpu;

import static org.costate.Close.assertClose;
import static org.costate.Close.flat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.costate.Ode;
import org.costate.Solution;
import org.costate.adjoint.Backsolve;
import org.costate.graph.Trace;
import org.costate.memory.Precision;
import org.costate.ode.Dopri5;
import org.costate.ode.Dynamics;
import org.costate.ode.Outcome;
import org.costate.ode.Parameters;
import org.costate.ode.Rk4;
import org.costate.ode.Solver;
import org.costate.ode.Tsit5;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Solves on a device: states, times, outcomes and statistics are those of the processor.
class SolvesTest {
    private static final Dynamics FIELD = Trace.dynamics(
            2,
            (t, x, p) -> x.matmul(p.matrix("A", 2, 2))
                    .tanh()
                    .plus(t.times(p.row("b", 2)))
                    .minus(x.times(0.3)));
    /// Blows up at 1 / x0.
    private static final Dynamics SQUARE = Trace.dynamics(1, (t, x, p) -> x.times(x));

    private static final Parameters THETA = FIELD.initialParameters(3);
    private static final double[][] STARTS = {{1, 0.5}, {-0.3, 0.2}, {0.1, -1.5}};

    /// @param moves may rounding lead to other steps, so that times differ?
    private static void compare(Ode ode, double[][] x0, Parameters theta, double tolerance, boolean moves) {
        Solution here = ode.solve(x0, theta);
        Solution there = ode.on(Devices.optimizing()).solve(x0, theta);
        assertEquals(
                here.outcome().kind(), there.outcome().kind(), there.outcome().message());
        for (int row = 0; row < x0.length; row++) {
            Solution a = here.sample(row);
            Solution b = there.sample(row);
            String what = ode + ", sample " + row;
            assertEquals(a.outcome().kind(), b.outcome().kind(), what);
            assertEquals(a.size(), b.size(), what);
            assertEquals(a.statistics().steps(), b.statistics().steps(), what);
            assertEquals(a.statistics().rejected(), b.statistics().rejected(), what);
            for (int k = 0; k < a.size(); k++) {
                if (Math.abs(a.times()[k] - b.times()[k]) > 1e-9) {
                    assertTrue(moves, what + ", time " + k);
                    continue;
                }
                assertClose(flat(a.state(k)), flat(b.state(k)), tolerance, what + ", state " + k);
            }
            if (a.outcome().succeeded()) {
                assertClose(flat(a.end()), flat(b.end()), tolerance, what);
            }
        }
        assertEquals(0, Devices.optimizing().liveBytes());
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void statesAreThoseOfTheProcessor(Precision precision) {
        boolean wide = precision == Precision.FLOAT64;
        Solver[] solvers = {
            Rk4.steps(7),
            Dopri5.steps(5).jumpAt(0.35),
            wide
                    ? Dopri5.tolerance(1e-7, 1e-9).perSample()
                    : Dopri5.tolerance(1e-3, 1e-4).perSample(),
            Tsit5.tolerance(1e-4, 1e-5).perSample().stopAt(0.3)
        };
        for (Solver solver : solvers) {
            Ode ode = Ode.of(FIELD).span(0, 1.2).solver(solver).precision(precision);
            boolean free = solver.stepsPerSample();
            double close = wide ? (free ? 1e-6 : 1e-12) : (free ? 1e-2 : 2e-5);
            compare(ode, STARTS, THETA, close, free);
            compare(ode.observe(0, 0.5, 1.2), STARTS, THETA, close, false);
            compare(ode.span(1.2, -0.1).observe(0.5), STARTS, THETA, close, false);
        }
    }

    @Test
    void whatWasBeforeAFailureIsKept() {
        Parameters none = new Parameters(SQUARE.layout());
        double[][] x0 = {{0.2}, {1}, {0.1}};
        compare(Ode.of(SQUARE).span(0, 30).solver(Rk4.steps(30)), x0, none, 1e-9, false);
        Solver own = Dopri5.tolerance(1e-6, 1e-6).perSample();
        Ode ode = Ode.of(SQUARE).span(0, 2).solver(own).observe(0, 0.5, 1.5, 2);
        compare(ode, x0, none, 1e-9, false);
        Solution s = ode.on(Devices.optimizing()).solve(x0, none);
        assertEquals(2, s.sample(1).size(), "the state at 0.5 is kept");
        assertEquals(
                1, s.sample(1).outcome().offender().row(), s.sample(1).outcome().message());
        assertTrue(s.sample(0).outcome().succeeded() && s.sample(2).outcome().succeeded());
    }

    @Test
    void aStepLimitIsSaidOfItsSample() {
        Ode ode = Ode.of(FIELD)
                .span(0, 5)
                .solver(Dopri5.tolerance(1e-9, 1e-9).perSample().maxSteps(10));
        Solution s = ode.on(Devices.optimizing()).solve(STARTS, THETA);
        assertEquals(Outcome.Kind.STEP_LIMIT, s.outcome().kind());
        compare(ode, STARTS, THETA, 1e-9, true);
    }

    @Test
    void theSourceCanBeRead() {
        Ode ode = Ode.of(FIELD).span(0, 1).solver(Rk4.steps(10)).adjoint(Backsolve.defaults());
        String source = ode.on(Devices.optimizing()).source();
        assertTrue(source.contains("KERNEL void steps(") && source.contains("p_A") && source.contains("tanh("), source);
        assertTrue(source.contains("/* f0 = ") || source.contains("/* k = "), source);
        assertThrows(IllegalStateException.class, ode::source);
    }
}
