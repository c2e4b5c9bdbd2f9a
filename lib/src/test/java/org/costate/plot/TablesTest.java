package org.costate.plot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.costate.Ode;
import org.costate.Solution;
import org.costate.adjoint.Backprop;
import org.costate.adjoint.Backsolve;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Gradient;
import org.costate.graph.Trace;
import org.costate.ode.Dynamics;
import org.costate.ode.Euler;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Rk4;
import org.junit.jupiter.api.Test;
import tech.tablesaw.api.Table;

class TablesTest {
    /// dx/dt = (1, 2): after three Euler steps over [0, 3] everything is whole.
    private static Solution straight(double[][] x0) {
        Dynamics f = Dynamics.of(
                2,
                ParameterLayout.EMPTY,
                (t, x, p, dx) -> {
                    dx[0] = 1;
                    dx[1] = 2;
                },
                (t, x, p, a, gx, gp) -> {});
        return Ode.of(f).span(0, 3).solver(Euler.steps(3)).solve(x0, f.initialParameters(1));
    }

    private static Gradient gradient(org.costate.adjoint.Adjoint mode) {
        Dynamics f = Trace.dynamics(
                2,
                (t, x, p) -> x.matmul(p.matrix("W", 2, 2)).plus(p.row("b", 2)).tanh());
        return Ode.of(f)
                .span(0, 1)
                .solver(Rk4.steps(8))
                .adjoint(mode)
                .gradient(new double[] {0.5, -1}, f.initialParameters(3), Cost.sumOfSquares(new double[][] {{1, 1}}));
    }

    @Test
    void aSolutionIsARowForEachTime() {
        Table table = Tables.of(straight(new double[][] {{10, 20}}), "prey", "predators");
        assertEquals(List.of("t", "prey", "predators"), table.columnNames());
        assertArrayEquals(new double[] {0, 1, 2, 3}, table.doubleColumn("t").asDoubleArray());
        assertArrayEquals(
                new double[] {10, 11, 12, 13}, table.doubleColumn("prey").asDoubleArray());
        assertArrayEquals(
                new double[] {20, 22, 24, 26}, table.doubleColumn("predators").asDoubleArray());
    }

    @Test
    void aBatchIsARowForEachTimeAndSample() {
        Table table = Tables.of(straight(new double[][] {{0, 0}, {100, 100}}));
        assertEquals(List.of("t", "sample", "x₁", "x₂"), table.columnNames());
        assertEquals(8, table.rowCount());
        Table end = table.where(table.doubleColumn("t").isEqualTo(3));
        assertArrayEquals(new double[] {0, 1}, end.intColumn("sample").asDoubleArray());
        assertArrayEquals(new double[] {3, 103}, end.doubleColumn("x₁").asDoubleArray());
        assertArrayEquals(new double[] {6, 106}, end.doubleColumn("x₂").asDoubleArray());
    }

    @Test
    void namesAreAsManyAsComponents() {
        var e = assertThrows(
                IllegalArgumentException.class, () -> Tables.of(straight(new double[][] {{0, 0}}), "prey"));
        assertTrue(e.getMessage().startsWith("names: got 1, expected 2"), e.getMessage());
    }

    @Test
    void gradientsAreComparedNumberByNumber() {
        Gradient a = gradient(Backprop.defaults());
        Gradient b = gradient(Backsolve.defaults());
        Table table = Tables.compare("Backprop", a, "Backsolve", b);
        assertEquals(2 + 4 + 2, table.rowCount());
        assertEquals(
                List.of("array", "row", "column", "Backprop", "Backsolve", "relative difference"), table.columnNames());
        int row = 2 + 1; // W, row 0, column 1
        assertEquals("W", table.stringColumn("array").get(row));
        assertEquals(0, table.intColumn("row").get(row));
        assertEquals(1, table.intColumn("column").get(row));
        double x = a.parameter("W")[0][1];
        double y = b.parameter("W")[0][1];
        assertEquals(x, table.doubleColumn("Backprop").get(row));
        assertEquals(y, table.doubleColumn("Backsolve").get(row));
        double expected = Math.abs(x - y) / Math.max(Math.abs(x), Math.abs(y));
        assertTrue(expected > Tables.ROUND_OFF, "the modes differ by " + expected);
        assertEquals(expected, table.doubleColumn("relative difference").get(row), 0.05 * expected);
    }

    @Test
    void theSameGradientDiffersByNothing() {
        Gradient a = gradient(Backprop.defaults());
        Table table = Tables.compare("first", a, "second", gradient(Backprop.defaults()));
        assertEquals(0, table.doubleColumn("relative difference").max());
    }

    @Test
    void gradientsAreComparedArrayByArray() {
        Gradient a = gradient(Backprop.defaults());
        Gradient b = gradient(Backsolve.defaults());
        Table table = Tables.compareArrays("Backprop", a, "Backsolve", b);
        assertEquals(List.of("x0", "W", "b"), table.stringColumn("array").asList());
        assertEquals(
                List.of("1 × 2", "2 × 2", "1 × 2"), table.stringColumn("shape").asList());
        double largest = 0;
        double difference = 0;
        for (int r = 0; r < 2; r++) {
            for (int c = 0; c < 2; c++) {
                largest = Math.max(largest, Math.abs(a.parameter("W")[r][c]));
                difference = Math.max(difference, Math.abs(a.parameter("W")[r][c] - b.parameter("W")[r][c]));
            }
        }
        assertEquals(largest, table.doubleColumn("largest, Backprop").get(1));
        assertEquals(
                difference / largest, table.doubleColumn("relative difference").get(1), 0.06 * difference / largest);
    }

    @Test
    void differencesKeepTwoDigits() {
        assertEquals(0.012, Tables.round(0.01234, 2));
        assertEquals(-1.3e-7, Tables.round(-1.25e-7 - 1e-12, 2));
        assertEquals(120000, Tables.round(123456, 2));
        assertEquals(0, Tables.round(0, 2));
        assertEquals(Double.POSITIVE_INFINITY, Tables.round(Double.POSITIVE_INFINITY, 2));
        assertThrows(IllegalArgumentException.class, () -> Tables.round(1, 0));
    }

    @Test
    void columnsMakeATable() {
        Table table = Tables.columns("Memory")
                .add("mode", "Backprop", "Backsolve")
                .add("steps", 10, 20)
                .add("bytes", 1L << 40, 7L)
                .add("error", 0.5, 0.25)
                .table();
        assertEquals("Memory", table.name());
        assertEquals(List.of("mode", "steps", "bytes", "error"), table.columnNames());
        assertEquals(1L << 40, table.longColumn("bytes").get(0));
        assertEquals(20, table.intColumn("steps").get(1));
        assertEquals(0.25, table.doubleColumn("error").get(1));
    }

    @Test
    void columnsOfOtherLengthsAndNamesTwiceAreRefused() {
        var three = assertThrows(
                IllegalArgumentException.class,
                () -> Tables.columns("t").add("a", 1, 2).add("b", 1.0, 2.0, 3.0));
        assertTrue(three.getMessage().contains("column b: got 3 values, expected 2"), three.getMessage());
        assertThrows(
                IllegalArgumentException.class,
                () -> Tables.columns("t").add("a", 1, 2).add("a", 3, 4));
    }
}
