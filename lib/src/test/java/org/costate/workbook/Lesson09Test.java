package org.costate.workbook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.costate.Ode;
import org.costate.adjoint.Cost;
import org.costate.graph.Trace;
import org.costate.ode.Dynamics;
import org.costate.ode.Parameters;
import org.costate.ode.Rk4;
import org.junit.jupiter.api.Test;

class Lesson09Test {
    private static final Dynamics DECAY = Trace.dynamics(1, (t, x, p) -> x.times(p.scalar("k", 1)));

    @Test
    void ofADeviceThatIsNotHereThereIsTheSourceOnly() {
        Ode ode = Ode.of(DECAY).span(0, 1).solver(Rk4.steps(2)).on(Lesson09.a100());
        assertTrue(ode.source().contains("KERNEL void transpose("));
        Parameters one = DECAY.initialParameters(1);
        var refused = assertThrows(
                IllegalStateException.class,
                () -> ode.gradient(new double[][] {{1}}, one, Cost.sumOfSquares(new double[][] {{0}})));
        assertTrue(refused.getMessage().contains("A100") && refused.getMessage().contains("Gpu.all()"));
    }

    @Test
    void theListingLacksTheBarrierBeforeTheFirstLineThatReadsTooEarly() {
        List<String> lines = Lesson09.listing().lines().toList();
        assertEquals(1, lines.stream().filter(line -> line.endsWith("BARRIER;")).count());
        String early = lines.stream()
                .filter(line -> line.contains("sum0 += v1["))
                .findFirst()
                .orElseThrow();
        int number = Integer.parseInt(early.substring(0, 2).strip());
        assertEquals(early, lines.get(number - 1));
        assertEquals(Verdict.State.PASSED, Lesson09.barrier.check(number).state());
        assertFalse(lines.get(number - 1).contains("BARRIER"));
        // What is before it is complete: its own number, or arrays from above.
        assertTrue(lines.subList(0, number - 1).stream().noneMatch(line -> line.matches(".*= .*\\bv1\\[.*")));
    }

    @Test
    void aPieceOfASourceIsMovedToTheLeft() {
        assertEquals("a\n  b", Lesson09.lines("x\n  a\n    b\n  c", "a", "b"));
        assertThrows(IllegalArgumentException.class, () -> Lesson09.lines("b\na", "a", "b"));
    }
}
