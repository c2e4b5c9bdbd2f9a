package org.costate.nd4j;

import static org.costate.Close.assertClose;
import static org.costate.Close.flat;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import org.costate.Ode;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Backprop;
import org.costate.adjoint.Backsolve;
import org.costate.adjoint.Checkpointed;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Forward;
import org.costate.adjoint.Gauss;
import org.costate.adjoint.Gradient;
import org.costate.adjoint.Interpolating;
import org.costate.adjoint.Reversible;
import org.costate.adjoint.Symplectic;
import org.costate.graph.Trace;
import org.costate.memory.Precision;
import org.costate.ode.Coupling;
import org.costate.ode.Dopri5;
import org.costate.ode.Dynamics;
import org.costate.ode.Euler;
import org.costate.ode.Parameters;
import org.costate.ode.Rk4;
import org.costate.ode.Solver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class SameDiffFieldTest {
    /// dx/dt = tanh(x W1 + t c + b1) W2, and a variable that nothing reads.
    private static SameDiff graph(DataType type) {
        SameDiff g = SameDiff.create();
        SDVariable x = g.placeHolder("x", type, -1, 2);
        SDVariable t = g.placeHolder("t", type);
        SDVariable w1 = g.var("W1", array(type, 0.6, -0.4, 0.3, 0.9, -0.7, 0.2).reshape(2, 3));
        SDVariable c = g.var("c", array(type, 0.25, -0.5, 0.1));
        SDVariable b1 = g.var("b1", array(type, 0.05, -0.15, 0.2));
        SDVariable w2 = g.var("W2", array(type, 0.8, -0.6, 0.5, 0.1, 0.7, -0.9).reshape(3, 2));
        g.var("unread", array(type, 3));
        g.math.tanh(x.mmul(w1).add(c.mul(t)).add(b1)).mmul(w2).rename("dx");
        return g;
    }

    private static INDArray array(DataType type, double... values) {
        return Nd4j.createFromArray(values).castTo(type);
    }

    private static final Dynamics TRACED = Trace.dynamics(
            2,
            (t, x, p) -> x.matmul(p.matrix("W1", 2, 3))
                    .plus(p.row("c", 3).times(t))
                    .plus(p.row("b1", 3))
                    .tanh()
                    .matmul(p.matrix("W2", 3, 2))
                    .plus(p.scalar("unread").times(0)));

    private static final double[][] X0 = {{0.75, -0.25}, {-0.4, 0.6}, {0.1, 0.2}};

    @ParameterizedTest
    @EnumSource
    void aGraphGivesTheGradientsOfTheTracedField(Precision precision) {
        Dynamics f = SameDiffField.of(
                graph(precision == Precision.FLOAT64 ? DataType.DOUBLE : DataType.FLOAT), "x", "t", "dx");
        Parameters theta = f.initialParameters(1);
        assertClose(new double[] {0.25, -0.5, 0.1}, theta.get("c")[0], 1e-7, "starts with the graph's values");
        theta.set("c", 0.3, -0.2, 0.15); // other than those that the graph started with
        Parameters same = new Parameters(TRACED.layout());
        theta.layout().entries().forEach(e -> same.set(e.name(), theta.get(e.name())));
        Cost cost = Cost.sumOfSquares(new double[][] {{0.4, -0.6}, {0, 0}, {1, 1}})
                .plus(Cost.at(
                        0.6, Trace.cost(2, (t, x, p) -> x.exp().sumColumns().times(p.scalar("unread")))));
        record Pair(Adjoint mode, Solver solver) {}
        for (Pair pair : new Pair[] {
            new Pair(Backprop.defaults(), Rk4.steps(3)),
            new Pair(Checkpointed.states(2), Dopri5.tolerance(1e-2, 1e-2)),
            new Pair(Symplectic.defaults(), Rk4.steps(3)),
            new Pair(Reversible.defaults(), Coupling.of(Rk4.steps(3))),
            new Pair(Forward.defaults(), Rk4.steps(1)),
            new Pair(Backsolve.defaults(), Rk4.steps(3)),
            new Pair(Interpolating.defaults(), Rk4.steps(3)),
            new Pair(Gauss.defaults(), Rk4.steps(3))
        }) {
            Ode ode = Ode.of(TRACED).span(0.1, 1).precision(precision).timeGradients();
            Gradient expected = ode.solver(pair.solver).adjoint(pair.mode).gradient(X0, same, cost);
            Gradient g = Ode.of(f)
                    .span(0.1, 1)
                    .precision(precision)
                    .timeGradients()
                    .solver(pair.solver)
                    .adjoint(pair.mode)
                    .gradient(X0, theta, cost);
            double close = precision == Precision.FLOAT64 ? 1e-12 : 2e-5;
            assertEquals(expected.cost(), g.cost(), close * expected.cost(), pair.toString());
            assertClose(flat(expected.x0()), flat(g.x0()), close, pair + " by x0");
            for (var e : theta.layout().entries()) {
                assertClose(flat(expected.parameter(e.name())), flat(g.parameter(e.name())), close, pair + e.name());
            }
            assertClose(
                    new double[] {
                        expected.times().t0(),
                        expected.times().t1(),
                        expected.times().byObservation()[0]
                    },
                    new double[] {g.times().t0(), g.times().t1(), g.times().byObservation()[0]},
                    close,
                    pair + " by times");
        }
    }

    /// What a graph computes in its own type is good for a problem of the other.
    @Test
    void precisionsMayDiffer() {
        Parameters theta = null;
        double[] byTheta = null;
        for (DataType type : new DataType[] {DataType.DOUBLE, DataType.FLOAT}) {
            for (Precision precision : Precision.values()) {
                Dynamics f = SameDiffField.of(graph(type), "x", "t", "dx");
                theta = theta == null ? f.initialParameters(1) : theta;
                double[] got = Ode.of(f)
                        .span(0, 1)
                        .solver(Rk4.steps(2))
                        .precision(precision)
                        .gradient(X0, theta, Cost.sumOfSquares(X0))
                        .parameters()
                        .toArray();
                byTheta = byTheta == null ? got : byTheta;
                assertClose(byTheta, got, 2e-5, type + " in a problem of " + precision);
            }
        }
    }

    /// The user's graph stays as it is, and evaluations on threads do not disturb each other.
    @Test
    void theGraphIsCopiedAndSharedByThreads() {
        SameDiff graph = graph(DataType.DOUBLE);
        int before = graph.variables().size();
        Dynamics f = SameDiffField.of(graph, "x", "t", "dx");
        List<Parameters> thetas = IntStream.range(0, 4)
                .mapToObj(i -> f.initialParameters(1).set("c", i, -i, 0.5 * i))
                .toList();
        Ode ode = Ode.of(f).span(0, 1).solver(Rk4.steps(2));
        List<double[]> alone = thetas.stream()
                .map(p ->
                        ode.gradient(X0, p, Cost.sumOfSquares(X0)).parameters().toArray())
                .toList();
        List<double[]> together = thetas.parallelStream()
                .map(p ->
                        ode.gradient(X0, p, Cost.sumOfSquares(X0)).parameters().toArray())
                .toList();
        for (int i = 0; i < alone.size(); i++) {
            assertArrayEquals(alone.get(i), together.get(i), 1e-14);
        }
        assertEquals(before, graph.variables().size());
        assertArrayEquals(
                new double[] {0.25, -0.5, 0.1}, graph.getVariable("c").getArr().toDoubleVector());
    }

    @Test
    void aFieldThatReadsNeitherTimeNorStateIsAField() {
        SameDiff g = SameDiff.create();
        SDVariable x = g.placeHolder("x", DataType.DOUBLE, -1, 2);
        SDVariable b = g.var("b", array(DataType.DOUBLE, 2, 3));
        x.mul(0).add(b).rename("dx");
        Dynamics f = SameDiffField.of(g, "x", "dx");
        Gradient gradient = Ode.of(f)
                .span(0, 0.5)
                .solver(Rk4.steps(1))
                .timeGradients()
                .gradient(new double[] {1, 1}, f.initialParameters(0), Cost.sumOfSquares(0, 0));
        assertClose(new double[] {2, 2.5}, gradient.end()[0], 1e-15, "x0 + b T");
        assertClose(new double[] {4, 5}, gradient.x0()[0], 1e-15, "by x0");
        assertClose(new double[] {2, 2.5}, gradient.parameter("b")[0], 1e-15, "by b");
        assertEquals(4 * 2 + 5 * 3, gradient.times().t1(), 1e-13, "a f");
    }

    /// Results that lie column by column.
    @Test
    void theOrderOfAResultDoesNotMatter() {
        SameDiff g = SameDiff.create();
        SDVariable x = g.placeHolder("x", DataType.DOUBLE, -1, 2);
        SDVariable w = g.var("W", array(DataType.DOUBLE, 1, 2, 3, 4).reshape(2, 2));
        g.transpose(w.mmul(g.transpose(x))).rename("dx");
        Dynamics f = SameDiffField.of(g, "x", "dx");
        double[][] end = Ode.of(f)
                .span(0, 1)
                .solver(Euler.steps(1))
                .solve(new double[][] {{1, 0}, {0, 1}, {1, 1}}, f.initialParameters(0))
                .end();
        assertClose(new double[] {2, 3, 2, 5, 4, 8}, flat(end), 1e-15, "x + W x");
    }

    @Test
    void graphsThatDoNotFitAreNamed() {
        SameDiff g = graph(DataType.DOUBLE);
        assertTrue(message(() -> SameDiffField.of(g, "y", "t", "dx")).startsWith("x: got y, expected the name of a"));
        assertTrue(message(() -> SameDiffField.of(g, "W1", "t", "dx")).startsWith("x: got W1"));
        assertTrue(message(() -> SameDiffField.of(g, "x", "s", "dx")).startsWith("t: got s"));
        assertTrue(message(() -> SameDiffField.of(g, "x", "t", "slope")).startsWith("slope: got slope"));
        assertTrue(message(() -> SameDiffField.of(g, "x", "dx")).startsWith("graph: got the placeholder t"));
        assertTrue(message(() -> SameDiffField.of(g, "t", "x", "dx")).startsWith("x: got t of DOUBLE and shape []"));
        SameDiff narrow = SameDiff.create();
        narrow.placeHolder("x", DataType.DOUBLE, -1, 2).sum(true, 1).rename("dx");
        Dynamics f = SameDiffField.of(narrow, "x", "dx");
        assertTrue(message(() -> Ode.of(f).span(0, 1).solver(Rk4.steps(1)).solve(1, 2))
                .startsWith("slope: dx has the shape [1, 1], expected [1, 2]"));
        SameDiff whole = SameDiff.create();
        whole.placeHolder("x", DataType.INT32, -1, 2).add(1).rename("dx");
        assertTrue(message(() -> SameDiffField.of(whole, "x", "dx")).startsWith("x: got x of INT"));
    }

    private static String message(Runnable faulty) {
        return assertThrows(IllegalArgumentException.class, faulty::run).getMessage();
    }
}
