package org.costate.plot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.costate.Ode;
import org.costate.Solution;
import org.costate.graph.Expr;
import org.costate.graph.Trace;
import org.costate.ode.Dopri5;
import org.costate.ode.Dynamics;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Parameters;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.XYSeries;
import tech.tablesaw.api.Table;

/// Samples with steps of their own, in figures and tables: each at its own times.
class PerSampleFiguresTest {
    private static final Dynamics PENDULUM = Trace.dynamics(
            2, (t, x, p) -> Expr.concat(x.column(1), x.column(0).sin().negate()));

    private static Solution solution(double end) {
        return Ode.of(PENDULUM)
                .span(0, end)
                .solver(Dopri5.tolerance(1e-6, 1e-6).perSample())
                .solve(new double[][] {{0.1, 0}, {3, 1}}, new Parameters(ParameterLayout.EMPTY));
    }

    @Test
    void theyAreDrawnAtTheirTimes() {
        Solution s = solution(3);
        assertTrue(s.sample(0).size() != s.sample(1).size());
        Figure time = Figures.timeSeries("T", s, 1, "angle", "speed");
        assertArrayEquals(s.sample(1).times(), time.getSeries("angle").getXData());
        assertArrayEquals(s.sample(1).component(0, 1), time.getSeries("speed").getYData());
        Figure plane = Figures.phase("T", "angle", "speed").orbit("two", s);
        List<XYSeries> orbits = List.copyOf(plane.getSeriesCollection());
        assertEquals(2, orbits.size());
        for (int row = 0; row < 2; row++) {
            assertArrayEquals(s.sample(row).component(0, 0), orbits.get(row).getXData());
        }
    }

    @Test
    void theirTableIsInTheOrderOfTheSolve() {
        for (double end : new double[] {3, -3}) {
            Solution s = solution(end);
            Table table = Tables.of(s);
            assertEquals(s.sample(0).size() + s.sample(1).size(), table.rowCount());
            double[] t = table.doubleColumn("t").asDoubleArray();
            for (int k = 1; k < t.length; k++) {
                assertTrue(end * (t[k] - t[k - 1]) >= 0);
            }
            for (int row = 0; row < 2; row++) {
                Table its = table.where(table.intColumn("sample").isEqualTo(row));
                assertArrayEquals(s.sample(row).times(), its.doubleColumn("t").asDoubleArray());
                assertArrayEquals(
                        s.sample(row).component(0, 1), its.doubleColumn("x₂").asDoubleArray());
            }
        }
    }
}
