package org.costate;

import static org.costate.Wrong.wrong;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Backprop;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Gradient;
import org.costate.graph.Expr;
import org.costate.graph.Trace;
import org.costate.kernels.Kernels;
import org.costate.kernels.Team;
import org.costate.memory.Buffer;
import org.costate.memory.History;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.nd4j.NdArrays;
import org.costate.ode.AdaptiveSteps;
import org.costate.ode.Coupling;
import org.costate.ode.Dopri5;
import org.costate.ode.Dynamics;
import org.costate.ode.FixedSteps;
import org.costate.ode.Initializer;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Parameters;
import org.costate.ode.Rk4;
import org.costate.ode.Solver;
import org.costate.ode.Tableau;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Null where something is needed, numbers that count from 0, and what else a call far from a solve refuses: named as
/// in [WrongInputTest].
class NullInputTest {
    private static final Dynamics F = Trace.dynamics(2, (t, x, p) -> x.times(p.scalar("k")));
    private static final ParameterLayout LAYOUT = F.layout();
    private static final Parameters THETA = F.initialParameters(1);
    private static final double[] X0 = {1, 2};
    private static final Ode ODE = Ode.of(F).span(0, 1).solver(Rk4.steps(2));
    private static final Cost COST = Cost.sumOfSquares(0, 0);
    private static final Solver SOLVER = Rk4.steps(3);
    private static final Workspace WORKSPACE = new Workspace();
    private static final Buffer BUFFER = WORKSPACE.allocate(1, 2, Precision.FLOAT64);
    private static final double[] NUMBERS = null;
    private static final double[][] ROWS = null;

    private static Wrong none(Runnable call, String argument, String remedy) {
        return wrong(call, argument, "null", "one", remedy);
    }

    private interface Reading {
        void run() throws IOException;
    }

    private static Runnable reading(Reading call) {
        return () -> {
            try {
                call.run();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
    }

    private static Runnable traced(java.util.function.UnaryOperator<Expr> of) {
        return () -> Trace.dynamics(2, (t, x, p) -> of.apply(x));
    }

    private static Runnable tableau(double[] c, double[][] a, double[] b) {
        return () -> new Tableau("mine", 1, c, a, b, "");
    }

    static List<Wrong> nulls() {
        List<Wrong> all = new ArrayList<>(List.of(
                none(() -> Trace.dynamics(2, null), "field", "(t, x, p) -> ..."),
                none(() -> Trace.cost(2, null), "cost", "(t, x, p) -> ..."),
                none(() -> Trace.partitioned(1, null, (t, q, p) -> q), "dq", "(t, p, theta) -> ..."),
                none(() -> Trace.partitioned(1, (t, q, p) -> q, null), "dp", "(t, q, theta) -> ..."),
                none(traced(x -> x.plus((Expr) null)), "other", "Expr.constant(value)"),
                none(traced(x -> x.matmul(null)), "other", "Expr.constant(value)"),
                none(traced(x -> Expr.concat(x, null)), "second", "Expr.constant(value)"),
                none(traced(x -> Expr.constant(ROWS)), "values", "[rows][columns]"),
                none(() -> Dynamics.of(1, null), "field", "(t, x, dx) -> ..."),
                none(() -> Dynamics.of(1, LAYOUT, null), "field", "(t, x, p, dx) -> ..."),
                none(() -> Dynamics.of(1, null, (t, x, p, dx) -> {}), "layout", "ParameterLayout.EMPTY"),
                none(() -> Dynamics.ofBatch(1, LAYOUT, null), "field", "(t, x, p, dx) -> ..."),
                none(() -> Dynamics.ofBatch(1, null, (t, x, p, dx) -> {}), "layout", "ParameterLayout.EMPTY"),
                none(() -> Dynamics.cost(1, LAYOUT, null, null), "cost", "(t, x, p) -> ..."),
                none(() -> Dynamics.costOfBatch(1, LAYOUT, null, null), "cost", "(t, x, p, c) -> ..."),
                none(() -> Dynamics.partitioned(null, F), "dq", "a field of p"),
                none(() -> Dynamics.partitioned(F, null), "dp", "a field of q"),
                none(() -> Cost.terminal((Dynamics) null), "f", "Trace.cost("),
                none(() -> Cost.terminal((Cost.Terminal) null), "f", "give a lambda"),
                none(() -> Cost.terminal((Cost.WithParameters) null), "f", "give a lambda"),
                none(() -> Cost.at(1, (Dynamics) null), "f", "Trace.cost("),
                none(() -> Cost.at(1, (Cost.Terminal) null), "f", "give a lambda"),
                none(() -> Cost.at(1, (Cost.WithParameters) null), "f", "give a lambda"),
                none(() -> Cost.running(null), "f", "Trace.cost("),
                none(() -> Cost.sumOfSquares(ROWS), "target", "[batch][dimension]"),
                none(() -> Cost.sumOfSquaresAt(1, ROWS), "target", "[batch][dimension]"),
                none(() -> Cost.meanOfSquares(ROWS), "target", "[batch][dimension]"),
                none(() -> Cost.normalNoise(ROWS, 1), "target", "[batch][dimension]"),
                none(() -> COST.plus(null), "other", "Cost.sumOfSquares("),
                none(() -> ODE.keepCostate(NUMBERS), "costate times", "keepCostate()"),
                none(() -> ODE.observe(NUMBERS), "times", "times of the span"),
                none(() -> Coupling.of(null), "base", "Rk4.steps(100)"),
                none(() -> new Solver(null, new FixedSteps(1), 1, X0, X0), "scheme", "Rk4"),
                none(() -> SOLVER.withSteps(null), "steps", "FixedSteps"),
                none(() -> SOLVER.stopAt(NUMBERS), "stopAt", "leave it away"),
                none(() -> SOLVER.jumpAt(NUMBERS), "jumpAt", "leave it away"),
                none(() -> Rk4.grid(NUMBERS), "times", "from t0 to t1"),
                none(() -> Dopri5.tolerance(1, 1).adaptive(null), "change", "withMax"),
                none(() -> AdaptiveSteps.of(1, 1).withNorm(null), "norm", "Norm.RMS"),
                none(tableau(null, new double[][] {{}}, X0), "c", "the first 0"),
                none(tableau(X0, null, X0), "a", "i coefficients"),
                none(tableau(X0, new double[][] {{}}, null), "b", "weights"),
                none(() -> Rk4.TABLEAU.withError(1, NUMBERS), "bHat", "second method")));
        all.addAll(List.of(
                none(() -> new Parameters(null), "layout", "f.layout()"),
                none(() -> Parameters.of(null, 1), "layout", "f.layout()"),
                none(() -> Parameters.of(LAYOUT, NUMBERS), "values", "one number for each"),
                none(reading(() -> Parameters.load(LAYOUT, null)), "file", "Path.of("),
                none(reading(() -> Parameters.load(null, Path.of("x"))), "layout", "f.layout()"),
                none(reading(() -> THETA.save(null)), "file", "Path.of("),
                none(() -> THETA.copy().set("k", NUMBERS), "values", "one number for each"),
                none(() -> THETA.copy().set("k", ROWS), "values", "[rows][columns]"),
                none(() -> THETA.plus(1, null), "direction", "gradient.parameters()"),
                none(() -> ParameterLayout.scalars((String[]) null), "names", "a name"),
                none(() -> LAYOUT.with(null, 1, 1, Initializer.ZEROS), "name", "a name"),
                none(() -> LAYOUT.with("b", 1, 1, null), "initializer", "Initializer.ZEROS"),
                none(() -> LAYOUT.plus(null), "other", "ParameterLayout.EMPTY"),
                none(() -> WORKSPACE.allocate(1, 1, null), "precision", "FLOAT64"),
                none(() -> WORKSPACE.release((Buffer) null), "buffer", "allocate"),
                none(() -> Buffer.over(null, 1, 1, Precision.FLOAT64), "memory", "Arena.ofAuto()"),
                none(() -> BUFFER.copyFrom((Buffer) null), "source", "as many numbers"),
                none(() -> BUFFER.copyFrom(NUMBERS), "values", "one number for each"),
                none(() -> BUFFER.copyFrom(ROWS), "values", "each row"),
                none(() -> NdArrays.of(null), "buffer", "Workspace.allocate"),
                none(() -> NdArrays.buffer(null), "array", "Nd4j.create"),
                none(() -> Advisor.of(null), "ode", "Ode.of("),
                none(() -> Advisor.of(ODE).time(null), "most", "Duration.ofSeconds"),
                none(() -> Advisor.of(ODE).modes((Adjoint[]) null), "some", "Backprop"),
                none(() -> Advisor.of(ODE).compare(ROWS, THETA, COST), "x0", "[batch][dimension]"),
                none(() -> Advisor.of(ODE).compare(new double[][] {X0}, null, COST), "theta", "initialParameters"),
                wrong(
                        () -> Advisor.of(ODE).modes(Backprop.defaults(), null),
                        "some",
                        "null as number 1",
                        "one",
                        "Backprop"),
                wrong(
                        () -> Cost.sumOfSquares(new double[][] {X0, null}),
                        "target",
                        "null as number 1",
                        "one",
                        "[batch][dimension]"),
                // what else is far from a solve
                wrong(() -> Expr.constant(new double[0][]), "values", "no numbers", "one row", "constant(value)"),
                wrong(
                        () -> Expr.constant(new double[][] {{1, 2}, {3}}),
                        "values",
                        "1 numbers in row 1",
                        "2 as in row 0",
                        "each column"),
                wrong(
                        () -> Trace.partitioned(0, (t, q, p) -> q, (t, q, p) -> q),
                        "positions",
                        "0",
                        "at least 1",
                        "how many"),
                wrong(traced(x -> x.columns(1, 2)), "columns", "2 from 1 on", "within [batch, 2]", "number 0"),
                wrong(
                        () -> Trace.dynamics(2, (t, x, p) -> Expr.concat(x, p.matrix("b", 2, 1))),
                        "concat",
                        "[2, 1]",
                        "as many rows",
                        "row(i)"),
                wrong(
                        () -> Trace.dynamics(2, (t, x, p) -> x.plus(p.matrix("b", 0, 3))),
                        "parameter b",
                        "0 x 3",
                        "at least 1 x 1",
                        "leave an empty"),
                wrong(
                        () -> LAYOUT.plus(ParameterLayout.EMPTY.with("k", 2, 1, Initializer.ZEROS)),
                        "parameter k",
                        "1 x 1 and 2 x 1",
                        "one shape",
                        "another name"),
                wrong(() -> Team.threads(0), "threads", "0", "at least 1", "works alone"),
                wrong(() -> Advisor.of(ODE).time(java.time.Duration.ZERO), "most", "PT0S", "above 0", "Duration."),
                wrong(() -> Advisor.of(ODE).memory(0), "bytes", "0", "at least 1", "leave memory(...) away"),
                wrong(() -> Advisor.of(ODE).error(-1), "most", "-1.0", "from 0 on", "such as 1e-3"),
                wrong(() -> Advisor.of(ODE).modes(), "some", "no modes", "at least one", "leave modes(...) away"),
                wrong(
                        tableau(new double[] {0, 1}, new double[][] {{}, {1, 2}}, X0),
                        "tableau mine",
                        "row 1 of A",
                        "1 (an explicit method)",
                        "source"),
                wrong(
                        () -> Kernels.best().product(BUFFER, false, BUFFER, false, BUFFER),
                        "product",
                        "1 x 2",
                        "what gives Buffer[1 x 2",
                        "inner sides"),
                wrong(
                        () -> Kernels.best().copyColumns(BUFFER, 1, BUFFER, 0, 2),
                        "columns",
                        "2 from 1 on",
                        "from 0 on",
                        "count from 0")));
        return all;
    }

    @ParameterizedTest
    @MethodSource("nulls")
    void isNamed(Wrong wrong) {
        wrong.check();
    }

    static List<Wrong> outside() {
        Solution s = ODE.solve(X0, THETA);
        Gradient g = ODE.keepCostate().gradient(X0, THETA, COST);
        History history = new History(WORKSPACE, 2, 0, 1, Precision.FLOAT64);
        Buffer view = Buffer.movable(1, 2, Precision.FLOAT64);
        history.append(view);
        return List.of(
                wrong(() -> s.state(5), "k", "state number 5", "below 3", "size()"),
                wrong(() -> s.state(-1), "k", "state number -1", "below 3", "size()"),
                wrong(() -> s.component(0, 2), "row, j", "component 2", "below 1 and 2", "count from 0"),
                wrong(() -> g.costate().value(3), "k", "number 3", "below 3", "size()"),
                wrong(() -> g.costate().component(1, 0), "row, j", "sample 1", "below 1 and 2", "count from 0"),
                wrong(() -> history.moveTo(1, 0, view), "record", "number 1", "below 1", "count from 0"),
                wrong(() -> history.append(view), "record", "one more than 1", "at most these", "release"),
                wrong(() -> history.truncate(2), "kept", "2", "0 to 1", "count()"));
    }

    @ParameterizedTest
    @MethodSource("outside")
    void placesThatThereAreNotAreNamed(Wrong wrong) {
        wrong.check(IndexOutOfBoundsException.class);
    }

    /// As [WrongInputTest] counts its own.
    @org.junit.jupiter.api.Test
    void thereAreMany() {
        assertTrue(nulls().size() + outside().size() >= 90);
    }
}
