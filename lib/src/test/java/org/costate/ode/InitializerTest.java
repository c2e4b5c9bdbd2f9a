package org.costate.ode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.costate.graph.Trace;
import org.junit.jupiter.api.Test;

class InitializerTest {
    private static final int ROWS = 300;
    private static final int COLUMNS = 100;

    private static double[] start(Initializer initializer, long seed) {
        return ParameterLayout.EMPTY
                .with("W", ROWS, COLUMNS, initializer)
                .initial(seed)
                .toArray();
    }

    /// Uniform on ±b: all inside, both ends nearly reached, mean 0 and variance b² / 3 within five standard
    /// errors.
    @Test
    void randomStartsHaveTheVarianceThatTheirRuleNames() {
        record Case(Initializer rule, double bound) {}
        for (Case c : new Case[] {
            new Case(Initializer.GLOROT, Math.sqrt(6.0 / (ROWS + COLUMNS))),
            new Case(Initializer.HE, Math.sqrt(6.0 / ROWS))
        }) {
            for (long seed : new long[] {1, 2}) {
                double[] w = start(c.rule, seed);
                double n = w.length;
                double mean = Arrays.stream(w).sum() / n;
                double variance = Arrays.stream(w).map(v -> v * v).sum() / n;
                double b = c.bound;
                assertEquals(0, mean, 5 * b / Math.sqrt(3 * n));
                assertEquals(b * b / 3, variance, 5 * b * b * Math.sqrt(4 / (45 * n)));
                double largest = Arrays.stream(w).map(Math::abs).max().orElseThrow();
                assertTrue(largest <= b && largest > 0.999 * b, largest + " of " + b);
            }
            assertArrayEquals(start(c.rule, 7), start(c.rule, 7), "one seed, one start");
            assertNotEquals(start(c.rule, 7)[0], start(c.rule, 8)[0]);
        }
        assertArrayEquals(new double[ROWS * COLUMNS], start(Initializer.ZEROS, 3));
    }

    @Test
    void givenNumbersAndLambdasStartWhatTheyAreDeclaredFor() {
        Dynamics f = Trace.dynamics(
                2,
                (t, x, p) -> x.matmul(p.array("W", 2, 2, Initializer.given(1, 2, 3, 4)))
                        .times(p.scalar("k", 0.5))
                        .plus(p.array("b", 1, 2, (random, rows, columns, values) -> Arrays.fill(values, 7))));
        Parameters theta = f.initialParameters(99);
        assertArrayEquals(new double[][] {{1, 2}, {3, 4}}, theta.get("W"));
        assertEquals(0.5, theta.scalar("k"));
        assertArrayEquals(new double[][] {{7, 7}}, theta.get("b"));
        assertArrayEquals(
                theta.toArray(),
                ParameterLayout.EMPTY
                        .with("W", 2, 2, Initializer.given(1, 2, 3, 4))
                        .with("k", 1, 1, Initializer.given(0.5))
                        .with("b", 1, 2, Initializer.given(7, 7))
                        .initial(1)
                        .toArray());
        double[] mine = {1};
        Initializer kept = Initializer.given(mine);
        mine[0] = 2;
        assertEquals(1, ParameterLayout.EMPTY.with("k", 1, 1, kept).initial(1).scalar("k"), "copied");
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> ParameterLayout.EMPTY.with("W", 2, 2, Initializer.given(1, 2, 3)))
                .getMessage();
        assertEquals(
                "parameter W: got 3 given numbers, expected 4 for 2 x 2; give one for each, row after row", message);
    }

    @Test
    void layoutsAreEqualByNamesShapesAndOrder() {
        ParameterLayout a =
                ParameterLayout.EMPTY.with("W", 2, 3, Initializer.HE).with("b", 1, 3, Initializer.ZEROS);
        ParameterLayout other =
                ParameterLayout.EMPTY.with("W", 2, 3, Initializer.GLOROT).with("b", 1, 3, Initializer.HE);
        assertEquals(a, other, "how they start does not matter");
        assertEquals(a.hashCode(), other.hashCode());
        assertFalse(
                a.equals(ParameterLayout.EMPTY.with("W", 3, 2, Initializer.HE).with("b", 1, 3, Initializer.ZEROS)));
        assertFalse(
                a.equals(ParameterLayout.EMPTY.with("b", 1, 3, Initializer.HE).with("W", 2, 3, Initializer.ZEROS)));
        assertEquals(
                "W[2 x 3], b[1 x 3], k[1 x 1] (10 numbers)",
                a.plus(ParameterLayout.scalars("k")).toString());
        assertEquals(a, a.plus(other));
    }
}
