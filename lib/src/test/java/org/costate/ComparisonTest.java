package org.costate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.OptionalDouble;
import org.costate.Comparison.NotRun;
import org.costate.Comparison.Trial;
import org.costate.Comparison.Why;
import org.junit.jupiter.api.Test;

/// The recommendation follows from the numbers: here they are given.
class ComparisonTest {
    private static final double ALLOWED = 1e-4;
    private static final long MEMORY = 1000;

    private static Trial trial(String mode, double error, double milliseconds, long bytes) {
        return new Trial(
                mode,
                error,
                error,
                milliseconds,
                milliseconds,
                milliseconds,
                9,
                bytes,
                4,
                4,
                OptionalDouble.empty(),
                true);
    }

    private static Trial drifting(String mode, double error, double milliseconds, long bytes, double drift) {
        return new Trial(
                mode,
                error,
                error,
                milliseconds,
                milliseconds,
                milliseconds,
                9,
                bytes,
                4,
                4,
                OptionalDouble.of(drift),
                false);
    }

    private static Comparison of(Trial... trials) {
        return new Comparison(List.of(trials), List.of(), ALLOWED, 1e-9, MEMORY);
    }

    private static String recommended(Comparison c) {
        return c.recommended().orElseThrow().mode();
    }

    @Test
    void theFastestAccurateModeThatFitsIsTaken() {
        Comparison c = of(
                trial("slow", 1e-6, 5, 10),
                trial("wrong", 2e-4, 0.1, 10),
                trial("large", 1e-6, 0.5, 1001),
                trial("good", 1e-4, 2, 1000),
                drifting("lost", 1e-6, 0.2, 10, 0.3));
        assertEquals("good", recommended(c));
        String text = c.recommendation();
        assertTrue(text.startsWith("Take good: the fastest of the accurate modes that fit (error 1.0e-04"), text);
        assertTrue(text.contains("With less memory: slow, 10 bytes, 2.5 times as long."), text);
        assertTrue(text.contains("More memory than allowed: large (1001 bytes)."), text);
        assertTrue(text.contains("Not accurate: wrong (error 2.0e-04), lost (its state misses x0 by 3.0e-01)."), text);
        assertEquals(20, c.ratio(c.trials().get(3)), 1e-12);
    }

    @Test
    void withinATenthOfTheTimeTheOneThatHoldsLeastIsTaken() {
        assertEquals("small", recommended(of(trial("fast", 0, 1, 900), trial("small", 0, 1.09, 100))));
        assertEquals("fast", recommended(of(trial("fast", 0, 1, 900), trial("small", 0, 1.11, 100))));
        String text = of(trial("fast", 0, 1, 900), trial("small", 0, 1.09, 100)).recommendation();
        assertTrue(text.startsWith("Take small: as fast as the fastest"), text);
    }

    @Test
    void ifNothingFitsTheSmallestAccurateOneIsTaken() {
        Comparison c = of(trial("fast", 1e-6, 1, 5000), trial("small", 1e-6, 9, 2000), trial("wrong", 1, 1, 10));
        assertEquals("small", recommended(c));
        String text = c.recommendation();
        assertTrue(
                text.startsWith(
                        "small holds the least of the accurate modes, but 2.0 KiB are more than the 1000 bytes"),
                text);
    }

    @Test
    void ifNothingIsAccurateTheSmallestErrorIsTakenAndSaidSo() {
        Comparison c = of(trial("bad", 0.5, 1, 10), trial("worse", 2, 0.1, 10), trial("none", Double.NaN, 0.1, 10));
        assertEquals("bad", recommended(c));
        assertTrue(c.recommendation()
                .startsWith("bad has the smallest error, but is not accurate either (error 5.0e-01,"));
        Comparison lost = of(drifting("lost", 1e-9, 1, 10, 7));
        assertFalse(lost.accurate(lost.trials().getFirst()));
        assertTrue(lost.recommendation().contains("its state misses x0 by 7.0e+00"), lost.recommendation());
    }

    @Test
    void whatDidNotRunIsSaidUnlessItDoesNotGoWithTheSolver() {
        List<NotRun> notRun = List.of(
                new NotRun("Reversible", Why.REFUSED, "needs another solver"),
                new NotRun("Forward", Why.NO_TIME, "254 directions would take about 40 s"));
        Comparison none = new Comparison(List.of(), notRun, ALLOWED, Double.NaN, MEMORY);
        assertTrue(none.recommended().isEmpty());
        assertEquals(
                "No mode gave a gradient. Forward: not run, 254 directions would take about 40 s.",
                none.recommendation());
        Comparison blind = new Comparison(List.of(trial("one", 0, 1, 10)), notRun, ALLOWED, Double.NaN, MEMORY);
        assertTrue(blind.recommendation().contains("There was no reference in time"), blind.recommendation());
        assertTrue(blind.toString().endsWith("40 s."));
    }

    @Test
    void timesAndBytesHaveUnitsOfTheirSize() {
        Comparison c = new Comparison(
                List.of(trial("a", 0, 0.0123, 3L << 30), trial("b", 0, 12_300, 3 << 20)), List.of(), 1, 1e-9, 1L << 40);
        assertTrue(c.recommendation().contains("12 µs, 3.0 GiB"), c.recommendation());
        assertTrue(c.recommendation().contains("b, 3.0 MiB, 1000000.0 times"), c.recommendation());
    }
}
