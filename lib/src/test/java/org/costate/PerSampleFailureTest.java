package org.costate;

import static org.costate.FailureTest.NONE;
import static org.costate.FailureTest.SQUARE;
import static org.costate.FailureTest.STARTS;
import static org.costate.FailureTest.named;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.costate.ode.Dopri5;
import org.costate.ode.Outcome;
import org.costate.ode.Outcome.Kind;
import org.costate.ode.SolveException;
import org.costate.ode.Solver;
import org.costate.ode.Tsit5;
import org.junit.jupiter.api.Test;

/// Samples with steps of their own of which some fail: nothing that was computed is lost, and no more is held than
/// that.
class PerSampleFailureTest {
    /// One of three samples blows up: it keeps its way until then, the others all that they have alone.
    @Test
    void aSampleThatFailsTakesNothingFromTheOthers() {
        Ode ode = Ode.of(SQUARE).span(0, 4).dense();
        Solver solver = Tsit5.tolerance(1e-6, 1e-6);
        Solution s = ode.solver(solver.perSample()).solve(STARTS, NONE);
        for (int row = 0; row < 3; row++) {
            Solution alone = ode.solver(solver).solve(STARTS[row], NONE);
            Solution one = s.sample(row);
            assertEquals(row < 2, one.outcome().succeeded());
            assertEquals(1, one.batch());
            assertArrayEquals(alone.times(), one.times());
            for (int k = 0; k < alone.size(); k++) {
                assertArrayEquals(alone.state(k), one.state(k), "state " + k + " of sample " + row);
            }
            assertArrayEquals(alone.component(0, 1), one.component(0, 1));
            assertEquals(alone.statistics(), one.statistics());
            assertArrayEquals(alone.at(0.3), one.at(0.3));
            if (row < 2) {
                assertEquals(alone.outcome(), one.outcome());
                assertArrayEquals(alone.end(), one.end());
            } else {
                assertEquals(alone.outcome().kind(), one.outcome().kind());
                assertEquals(2, one.outcome().offender().row(), "its number in the batch");
                assertThrows(SolveException.class, one::end);
            }
        }
        named(s.outcome(), Kind.STEP_UNDERFLOW, "2 of 3 samples reached the end: sample(row)");
        assertThrows(SolveException.class, s::end);
        assertArrayEquals(new double[] {0}, s.times(), "the time that all have in common");
        assertArrayEquals(STARTS, s.state(0));
        assertEquals(3, s.at(0.5).length);
        assertThrows(IllegalArgumentException.class, () -> s.at(3), "not all of them got there");
        assertThrows(IndexOutOfBoundsException.class, () -> s.sample(3));
        Solution observed = ode.solver(solver.perSample()).observe(0.25, 0.5, 3).solve(STARTS, NONE);
        assertArrayEquals(new double[] {0.25, 0.5}, observed.times());
        assertArrayEquals(new double[] {0.25, 0.5, 3}, observed.sample(1).times());
        assertArrayEquals(observed.sample(2).state(1)[0], observed.state(1)[2]);
    }

    @Test
    void aBudgetThatEndsOneSampleLeavesThoseBefore() {
        double[][] x0 = new double[40][2];
        Ode ode = Ode.of(SQUARE).span(0, 4).solver(Dopri5.tolerance(1e-9, 1e-9).perSample());
        for (int i = 0; i < x0.length; i++) {
            x0[i][0] = i + 1;
        }
        for (boolean dense : new boolean[] {false, true}) {
            Ode asked = dense ? ode.dense() : ode;
            Solution whole = asked.solve(x0, NONE);
            long steps = whole.statistics().steps();
            Solution s = asked.memoryBudget(steps * (dense ? 80 : 12)).solve(x0, NONE);
            named(s.outcome(), Kind.MEMORY_BUDGET, "ode.memoryBudget(bytes)");
            assertEquals(0, asked.workspace().liveBytes());
            int good = 0;
            while (s.sample(good).outcome().succeeded()) {
                assertArrayEquals(whole.sample(good).end(), s.sample(good).end());
                assertArrayEquals(whole.sample(good).times(), s.sample(good).times());
                good++;
            }
            assertTrue(good > 4 && good < 36, good + " of 40 fitted");
            assertTrue(dense || s.sample(good).size() > 1, "the way of the one that was stopped");
            Outcome last = s.sample(39).outcome();
            named(last, Kind.MEMORY_BUDGET, "not begun");
            assertEquals(0, last.time());
            if (dense) {
                assertArrayEquals(whole.sample(2).at(1.1), s.sample(2).at(1.1));
                assertThrows(IllegalStateException.class, () -> s.sample(39).at(1.1));
            }
        }
    }

    /// What many samples keep is what the documentation says, up to the half of it that the last block may be empty.
    @Test
    void theMemoryOfManySamplesIsThatOfTheirStates() {
        double[][] x0 = new double[2000][2];
        for (int i = 0; i < x0.length; i++) {
            x0[i][0] = i + 1;
        }
        Ode ode =
                Ode.of(SQUARE).span(0, 0.1).solver(Dopri5.tolerance(1e-3, 1e-3).perSample());
        long numbers = (ode.solve(x0, NONE).statistics().steps() + x0.length) * 3;
        assertTrue(
                ode.workspace().peakBytes() < 2 * 8 * numbers + 10_000,
                ode.workspace().peakBytes() + " bytes");
    }
}
