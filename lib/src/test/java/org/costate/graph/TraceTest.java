package org.costate.graph;

import static org.costate.Close.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Dynamics;
import org.costate.ode.Parameters;
import org.costate.ode.Part;
import org.junit.jupiter.api.Test;

class TraceTest {
    private static String message(Runnable faulty) {
        return assertThrows(IllegalArgumentException.class, faulty::run).getMessage();
    }

    @Test
    void faultsNameTheOperationAndTheShapes() {
        assertEquals(
                "matmul: got [batch, 2] times [3, 4], expected equal inner sides; transpose one of them, or give it another"
                        + " shape",
                message(() -> Trace.dynamics(2, (t, x, p) -> x.matmul(p.matrix("W", 3, 4)))));
        assertTrue(message(() -> Trace.dynamics(2, (t, x, p) -> x.plus(p.row("b", 3))))
                .startsWith("add: got shapes"));
        assertTrue(message(() -> Trace.dynamics(2, (t, x, p) -> x.matmul(p.matrix("W", 2, 3))))
                .contains("got an expression of shape [batch, 3], expected [batch, 2]"));
        assertTrue(message(() -> Trace.dynamics(2, (t, x, p) -> null)).contains("field: got null"));
        assertTrue(message(() -> Trace.dynamics(0, (t, x, p) -> x)).contains("dimension: got 0"));
        assertTrue(message(() -> Trace.dynamics(2, (t, x, p) -> x.transpose())).contains("batch stays in the rows"));
        assertTrue(message(() ->
                        Trace.dynamics(1, (t, x, p) -> x.times(p.scalar("a")).plus(p.row("a", 2))))
                .contains("expected 1 x 1 as before"));
        assertTrue(message(() -> Trace.dynamics(2, (t, x, p) -> x.columns(1, 2)))
                .contains("columns: got 2 from 1"));
    }

    @Test
    void aSymbolOfAnotherTraceIsRefused() {
        Expr[] stolen = new Expr[1];
        Trace.dynamics(1, (t, x, p) -> stolen[0] = p.scalar("mine"));
        Dynamics f = Trace.dynamics(1, (t, x, p) -> x.times(stolen[0]));
        Workspace w = new Workspace();
        Buffer none = w.allocate(1, 0, Precision.FLOAT64);
        IllegalStateException e =
                assertThrows(IllegalStateException.class, () -> f.bind(w, 1, Precision.FLOAT64, none));
        assertTrue(e.getMessage().contains("the symbol mine is not bound here"), e.getMessage());
    }

    @Test
    void printsOneOperationALine() {
        Dynamics f =
                Trace.dynamics(2, (t, x, p) -> x.matmul(p.matrix("W", 2, 2)).tanh());
        assertEquals("v2 = matmul(x, W)  [batch, 2]\ndx = tanh(v2)  [batch, 2]\n", f.toString());
    }

    /// What the slope does not need is not computed, what it needs twice is computed once, and what is
    /// known is a number: seen in the text, which is the program.
    @Test
    void deadPartsGoSharedPartsStayOnceAndConstantPartsFold() {
        Dynamics f = Trace.dynamics(2, (t, x, p) -> {
            Expr unused = x.exp().times(p.scalar("unused"));
            Expr two = Expr.constant(6).dividedBy(3).sqrt().pow(2);
            Expr once = x.tanh();
            return unused == null
                    ? x
                    : once.times(x.tanh()).plus(two.times(once)).plus(x.pow(0).sumColumns());
        });
        assertEquals("""
                v1 = tanh(x)  [batch, 2]
                v2 = multiply(v1, v1)  [batch, 2]
                v4 = multiply(2.0000000000000004, v1)  [batch, 2]
                """, f.toString().lines().limit(3).collect(java.util.stream.Collectors.joining("\n", "", "\n")));
        assertFalse(f.toString().contains("exp"), f.toString());
        Workspace w = new Workspace();
        BoundDynamics bound = f.bind(w, 1, Precision.FLOAT64, new Parameters(f.layout()).flat());
        Buffer x = w.allocate(1, 2, Precision.FLOAT64);
        Buffer dx = w.allocate(1, 2, Precision.FLOAT64);
        bound.eval(0, x, dx);
        assertArrayEquals(new double[] {2, 2}, dx.toArray(), "a power of 0 is a one for each element");
        assertTrue(message(() -> Expr.constant(new double[0][])).startsWith("values: got no numbers"));
    }

    @Test
    void timeIsAValueAndShapesStretch() {
        Dynamics f = Trace.dynamics(2, (t, x, p) -> t.times(3).plus(p.scalar("c")));
        Parameters theta = Parameters.of(f.layout(), 0.5);
        Workspace w = new Workspace();
        BoundDynamics bound = f.bind(w, 2, Precision.FLOAT64, theta.flat());
        Buffer x = w.allocate(2, 2, Precision.FLOAT64);
        Buffer dx = w.allocate(2, 2, Precision.FLOAT64);
        Buffer tape = w.allocate(1, bound.tapeLength(), Precision.FLOAT64);
        bound.eval(Part.ALL, 2, x, dx, tape);
        assertArrayEquals(new double[] {6.5, 6.5, 6.5, 6.5}, dx.toArray());
        Buffer a = w.allocate(2, 2, Precision.FLOAT64);
        a.copyFrom(1, 2, 3, 4);
        Buffer gx = w.allocate(2, 2, Precision.FLOAT64);
        gx.fill(7);
        Buffer gp = w.allocate(1, 1, Precision.FLOAT64);
        bound.vjp(Part.ALL, 2, x, tape, a, gx, gp);
        assertArrayEquals(new double[4], gx.toArray(), "f does not depend on x");
        assertArrayEquals(new double[] {10}, gp.toArray());
        theta.set("c", 1);
        f.bind(w, 2, Precision.FLOAT64, theta.flat()).eval(0, x, dx);
        assertArrayEquals(new double[] {1, 1, 1, 1}, dx.toArray(), "parameters are read when it is bound");
    }

    @Test
    void partsOfOneRowAreRepeatedBesideTheBatch() {
        Dynamics f = Trace.dynamics(
                3, (t, x, p) -> Expr.concat(x.column(2), t, Expr.constant(7)).plus(x.times(0)));
        Workspace w = new Workspace();
        for (int batch : new int[] {1, 2, 20}) {
            BoundDynamics bound = f.bind(w, batch, Precision.FLOAT64, new Parameters(f.layout()).flat());
            Buffer x = w.allocate(batch, 3, Precision.FLOAT64);
            Buffer dx = w.allocate(batch, 3, Precision.FLOAT64);
            x.set(batch - 1, 2, 5);
            bound.eval(2, x, dx);
            assertArrayEquals(
                    new double[] {5, 2, 7}, dx.view(3L * (batch - 1), 1, 3).toArray());
        }
        Expr two = Expr.constant(new double[2][2]);
        Expr three = Expr.constant(new double[3][2]);
        assertTrue(message(() -> Expr.concat(two, three)).contains("expected as many rows of all parts, or one"));
    }

    @Test
    void rowsAreTakenFromParametersAndConstants() {
        Expr c = Expr.constant(new double[][] {{1, 2}, {3, 4}, {5, 6}});
        Interner interner = new Interner();
        assertEquals(Expr.constant(new double[][] {{3, 4}, {5, 6}}), interner.intern(c.rows(1, 2)));
        assertEquals(Expr.constant(new double[][] {{5, 6}}), interner.intern(c.row(2)));
        assertTrue(message(() -> c.rows(1, 3)).startsWith("rows: got 3 from 1 on, expected them within [3, 2]"));
        String batch = message(() -> Trace.dynamics(2, (t, x, p) -> x.row(0)));
        assertTrue(batch.contains("rows: got [batch, 2]") && batch.contains("take columns(...)"), batch);
    }

    @Test
    void theIdentityAndOneUseOfTheStateAreFields() {
        Dynamics f = Trace.dynamics(3, (t, x, p) -> x);
        Workspace w = new Workspace();
        Buffer none = w.allocate(1, 0, Precision.FLOAT64);
        BoundDynamics bound = f.bind(w, 1, Precision.FLOAT64, none);
        Buffer x = w.allocate(1, 3, Precision.FLOAT64);
        x.copyFrom(1, 2, 3);
        Buffer dx = w.allocate(1, 3, Precision.FLOAT64);
        bound.eval(0, x, dx);
        assertArrayEquals(x.toArray(), dx.toArray());
        Buffer gx = w.allocate(1, 3, Precision.FLOAT64);
        bound.vjp(Part.ALL, 0, x, w.allocate(1, 0, Precision.FLOAT64), dx, gx, none);
        assertArrayEquals(x.toArray(), gx.toArray());
    }

    @Test
    void initialParametersDependOnTheSeedAndOnNothingElse() {
        Dynamics small = Trace.dynamics(2, (t, x, p) -> x.matmul(p.matrix("W", 2, 2)));
        Dynamics large = Trace.dynamics(
                2,
                (t, x, p) -> x.matmul(p.matrix("V", 2, 2))
                        .matmul(p.matrix("W", 2, 2))
                        .plus(p.row("b", 2)));
        double[][] w = small.initialParameters(3).get("W");
        assertArrayEquals(w, large.initialParameters(3).get("W"), "adding V leaves W as it was");
        assertNotEquals(w[0][0], small.initialParameters(4).get("W")[0][0]);
        double bound = Math.sqrt(6.0 / 4);
        for (double[] row : w) {
            for (double v : row) {
                assertTrue(Math.abs(v) <= bound && v != 0);
            }
        }
        assertArrayEquals(new double[][] {{0, 0}}, large.initialParameters(3).get("b"));
    }

    @Test
    void parametersAreNamedViewsOfOneFlatArray() {
        Dynamics f =
                Trace.dynamics(2, (t, x, p) -> x.matmul(p.matrix("W", 2, 2)).plus(p.row("b", 2)));
        Parameters theta = new Parameters(f.layout()).set("W", 1, 2, 3, 4).set("b", new double[][] {{5, 6}});
        assertArrayEquals(new double[] {1, 2, 3, 4, 5, 6}, theta.toArray());
        assertClose(
                new double[] {0.5, 1, 1.5, 2, 2.5, 3}, theta.plus(-0.5, theta).toArray(), 0, "descent");
        assertTrue(message(() -> theta.get("Q")).contains("expected one of [W, b]"));
        assertTrue(message(() -> theta.scalar("W")).contains("use get(\"W\")"));
        assertTrue(message(() -> Parameters.of(f.layout(), 1, 2)).contains("got 2 numbers, expected 6"));
        assertTrue(message(() -> theta.set("b", 1, 2, 3)).contains("got 3 numbers"));
    }
}
