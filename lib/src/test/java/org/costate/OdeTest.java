package org.costate;

import static org.costate.Close.assertClose;
import static org.costate.Close.flat;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.costate.adjoint.Backprop;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Gradient;
import org.costate.graph.Trace;
import org.costate.memory.Precision;
import org.costate.ode.Dynamics;
import org.costate.ode.Euler;
import org.costate.ode.Outcome;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Parameters;
import org.costate.ode.Rk4;
import org.costate.ode.SolveException;
import org.junit.jupiter.api.Test;

class OdeTest {
    private static final Dynamics GROWTH = Dynamics.of(1, (t, x, dx) -> dx[0] = x[0]);

    @Test
    void solvesAPlainLambdaAndKeepsTheTrajectory() {
        Solution s = Ode.of(GROWTH).span(0, 1).solver(Euler.steps(10)).solve(1.0);
        assertEquals(Math.pow(1.1, 10), s.end()[0][0], 1e-14, "ten steps of Euler, by hand");
        assertEquals(11, s.size());
        assertEquals(1, s.times()[10]);
        assertEquals(1.1 * 1.1, s.state(2)[0][0], 1e-15);
        assertEquals(s.end()[0][0], s.component(0, 0)[10]);
        assertEquals(
                "10 steps, 10 evaluations, 0 vector-Jacobian products",
                s.statistics().toString());
        assertThrows(IndexOutOfBoundsException.class, () -> s.component(0, 1));
    }

    @Test
    void aLambdaMayAddToTheSlope() {
        Dynamics adding = Dynamics.of(1, (t, x, dx) -> dx[0] += x[0]);
        assertEquals(
                Math.pow(1.1, 10),
                Ode.of(adding).span(0, 1).solver(Euler.steps(10)).solve(1.0).end()[0][0],
                1e-14);
    }

    @Test
    void solvesBatchesInBothPrecisionsAndBothDirections() {
        for (Precision p : Precision.values()) {
            Ode ode = Ode.of(GROWTH).span(1, 0).solver(Rk4.steps(50)).precision(p);
            double[][] end = ode.solve(new double[][] {{1}, {2}, {-3}}, new Parameters(ParameterLayout.EMPTY))
                    .end();
            assertClose(
                    new double[] {Math.exp(-1), 2 * Math.exp(-1), -3 * Math.exp(-1)},
                    flat(end),
                    p == Precision.FLOAT64 ? 1e-8 : 1e-6,
                    p.toString());
        }
    }

    @Test
    void aFailedSolveKeepsWhatWasComputedAndSaysWhatHappened() {
        Dynamics square = Dynamics.of(1, (t, x, dx) -> dx[0] = x[0] * x[0]);
        Solution s = Ode.of(square).span(0, 4).solver(Rk4.steps(400)).solve(1.0);
        assertEquals(Outcome.Kind.NON_FINITE, s.outcome().kind());
        assertTrue(s.size() > 90 && s.size() < 200, s.toString());
        assertEquals(s.outcome().time(), s.times()[s.size() - 1]);
        for (double x : s.component(0, 0)) {
            assertTrue(Double.isFinite(x));
        }
        SolveException e = assertThrows(SolveException.class, s::end);
        assertEquals(s.outcome(), e.outcome());
    }

    @Test
    void badInputIsNamed() {
        Parameters none = new Parameters(ParameterLayout.EMPTY);
        Ode ode = Ode.of(GROWTH).span(0, 1).solver(Euler.steps(10));
        says("x0: got 1 x 2, expected one row a sample and 1 columns", () -> ode.solve(new double[] {1, 2}, none));
        says("x0: got NaN as component 0 of sample 0", () -> ode.solve(Double.NaN));
        says("x0: got no rows", () -> ode.solve(new double[][] {}, none));
        says("theta: got a[1 x 1]", () -> ode.solve(new double[] {1}, new Parameters(ParameterLayout.scalars("a"))));
        says("span: got 0.0 to Infinity", () -> ode.span(0, Double.POSITIVE_INFINITY));
        says("steps: got 0, expected at least 1", () -> Euler.steps(0));
        assertTrue(assertThrows(
                        IllegalStateException.class,
                        () -> Ode.of(GROWTH).span(0, 1).solve(1.0))
                .getMessage()
                .contains(".solver(Rk4.steps(100))"));
        assertTrue(assertThrows(
                        IllegalStateException.class,
                        () -> Ode.of(GROWTH).solver(Euler.steps(1)).solve(1.0))
                .getMessage()
                .contains(".span(0, 1)"));
        says(
                "target: got 1 x 2, expected one row for each of the 1 samples",
                () -> Ode.of(Trace.dynamics(1, (t, x, p) -> x))
                        .span(0, 1)
                        .solver(Euler.steps(1))
                        .gradient(new double[] {1}, none, Cost.sumOfSquares(1, 2)));
    }

    @Test
    void aGradientOfAFieldWithoutVjpNamesTheThreeWaysOut() {
        Ode ode = Ode.of(GROWTH).span(0, 1).solver(Euler.steps(10));
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class,
                () -> ode.gradient(new double[] {1}, new Parameters(ParameterLayout.EMPTY), Cost.sumOfSquares(0)));
        assertTrue(e.getMessage().contains("Trace.dynamics(1, "), e.getMessage());
        assertTrue(e.getMessage().contains("Dynamics.of(dimension, layout, field, (t, x, p, a, gx, gp)"));
        assertTrue(e.getMessage().contains("differences of solve"));
    }

    private static void says(String start, Runnable faulty) {
        String message =
                assertThrows(IllegalArgumentException.class, faulty::run).getMessage();
        assertTrue(message.startsWith(start), message);
    }

    @Test
    void thePeakOfAGradientIsItsOwn() {
        Dynamics f = Trace.dynamics(1, (t, x, p) -> x.tanh());
        Parameters none = new Parameters(ParameterLayout.EMPTY);
        Ode ode = Ode.of(f).span(0, 1).solver(Euler.steps(10)).adjoint(Backprop.defaults());
        long few = ode.gradient(new double[] {1}, none, Cost.sumOfSquares(0)).peakBytes();
        long many = ode.solver(Euler.steps(1000))
                .gradient(new double[] {1}, none, Cost.sumOfSquares(0))
                .peakBytes();
        long again = ode.gradient(new double[] {1}, none, Cost.sumOfSquares(0)).peakBytes();
        assertTrue(many > 10 * few, many + " bytes for 1000 steps, " + few + " for 10");
        assertEquals(few, again, "after a larger one in the same workspace");
    }

    @Test
    void leavesItsInputAlone() {
        double[][] x0 = {{1, 2}};
        Dynamics f = Trace.dynamics(2, (t, x, p) -> x.matmul(p.matrix("A", 2, 2)));
        Parameters theta = f.initialParameters(1);
        double[] before = theta.toArray();
        Gradient g = Ode.of(f).span(0, 1).solver(Rk4.steps(5)).gradient(x0, theta, Cost.sumOfSquares(x0));
        assertArrayEquals(new double[][] {{1, 2}}, x0);
        assertArrayEquals(before, theta.toArray());
        g.x0()[0][0] = 77;
        assertTrue(g.x0()[0][0] != 77, "copies come out");
    }

    @Test
    void theDoctorSaysWhatRuns() {
        String[] lines = Doctor.report().split("\n", -1);
        assertTrue(lines[0].startsWith("loops|ok|Vector API, "), lines[0]);
        assertTrue(lines[1].startsWith("products|ok|OpenBLAS, its kernels for "), lines[1]);
        for (int i = 0; i < 3; i++) {
            assertEquals(3, lines[i].chars().filter(c -> c == '|').count(), lines[i]);
        }
    }
}
