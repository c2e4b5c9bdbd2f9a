package org.costate;

import static org.costate.Wrong.wrong;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Backsolve;
import org.costate.adjoint.Checkpointed;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Recompute;
import org.costate.adjoint.Reversible;
import org.costate.graph.Trace;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.AdaptiveSteps;
import org.costate.ode.Coupling;
import org.costate.ode.Dopri5;
import org.costate.ode.Dynamics;
import org.costate.ode.Euler;
import org.costate.ode.FixedSteps;
import org.costate.ode.GivenSteps;
import org.costate.ode.Initializer;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Parameters;
import org.costate.ode.Rk4;
import org.costate.ode.Solver;
import org.costate.ode.StormerVerlet;
import org.costate.ode.Tableau;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Wrong inputs: each is an exception that names the argument, what was got, what was expected, and the remedy.
class WrongInputTest {
    private static final Dynamics F = Trace.dynamics(
            2, (t, x, p) -> x.matmul(p.matrix("W", 2, 2)).plus(p.row("b", 2)).tanh());
    private static final Parameters THETA = F.initialParameters(1);
    private static final Dynamics PLAIN = Dynamics.of(1, (t, x, dx) -> dx[0] = -x[0]);
    private static final double[] X0 = {1, 2};
    private static final Ode ODE = Ode.of(F).span(0, 1).solver(Rk4.steps(10));
    private static final Cost COST = Cost.sumOfSquares(0, 0);
    private static final double NAN = Double.NaN;

    private static Parameters theta(double first) {
        return THETA.copy().set("b", first, 0);
    }

    private static void backsolve(double relative, double absolute) {
        Backsolve.defaults().tolerance(relative, absolute);
    }

    private static Buffer freed() {
        Workspace w = new Workspace();
        Buffer b = w.allocate(1, 2, Precision.FLOAT64);
        w.release(b);
        return b;
    }

    /// Anybody may call a tableau Euler.
    private static Solver notEuler() {
        Tableau t =
                new Tableau("Euler", 1, new double[] {0, 1}, new double[][] {{}, {1}}, new double[] {0.25, 0.75}, "");
        return new Solver(t.scheme(), new FixedSteps(10), 10, new double[0], new double[0]);
    }

    static List<Wrong> wrongs() {
        return List.of(
                // the problem
                wrong(() -> Ode.of(null), "dynamics", "null", "one", "make it by Trace.dynamics(...)"),
                wrong(() -> ODE.span(0, NAN), "span", "0.0 to NaN", "two finite times", "write .span(0, 1)"),
                wrong(() -> ODE.span(Double.NEGATIVE_INFINITY, 1), "span", "-Infinity", "finite", "write .span"),
                wrong(() -> ODE.solver(null), "solver", "null", "one", "such as Rk4.steps(100)"),
                wrong(() -> ODE.adjoint(null), "adjoint", "null", "one", "such as Backprop.defaults()"),
                wrong(() -> ODE.precision(null), "precision", "null", "one", "FLOAT64 or FLOAT32"),
                wrong(() -> ODE.memoryBudget(0), "bytes", "0", "above 0", "leave memoryBudget(...) away"),
                wrong(() -> Ode.of(F).solver(StormerVerlet.steps(3)), "solver", "Störmer", "not split", "such as Rk4"),
                wrong(() -> ODE.adjoint(Reversible.defaults()), "adjoint", "RK4", "undone", "take ReversibleHeun"),
                wrong(() -> ODE.adjoint(Recompute.defaults()), "adjoint", "RK4", "equal size", "take Euler.steps(n)"),
                wrong(
                        () -> ODE.solver(notEuler()).adjoint(Recompute.defaults()),
                        "adjoint",
                        "Euler",
                        "equal size",
                        "take Euler.steps(n)"),
                wrong(
                        () -> Ode.of(PLAIN).adjoint(Backsolve.defaults()),
                        "dynamics",
                        "without",
                        "with it",
                        "Three ways out"),
                // what a call is given
                wrong(() -> ODE.solve(new double[] {1, 2, 3}, THETA), "x0", "1 x 3", "2 columns", "a batch of one"),
                wrong(() -> ODE.solve(new double[0][], THETA), "x0", "no rows", "one for each", "one sample is {{1"),
                wrong(
                        () -> ODE.solve(new double[][] {{1, 2}, {3}}, THETA),
                        "x0",
                        "1 numbers in row 1",
                        "2 as in row 0",
                        "every sample"),
                wrong(() -> ODE.solve((double[]) null, THETA), "x0", "null", "one", "give numbers"),
                wrong(() -> ODE.solve(freed(), THETA), "x0", "released", "a live buffer", "after the call"),
                wrong(
                        () -> ODE.solve(new double[][] {{1, 2}, {3, NAN}}, THETA),
                        "x0",
                        "NaN as component 1 of sample 1",
                        "finite",
                        "look where"),
                wrong(
                        () -> ODE.precision(Precision.FLOAT32).solve(new double[] {1, 1e300}, THETA),
                        "x0",
                        "1.0E300 as number 1",
                        "3.4028",
                        "take FLOAT64"),
                wrong(
                        () -> ODE.precision(Precision.FLOAT32).solve(X0, theta(-1e99)),
                        "theta",
                        "-1.0E99",
                        "3.4028",
                        "take FLOAT64"),
                wrong(() -> ODE.solve(X0, theta(NAN)), "theta", "NaN as b[0][0]", "finite", "look where"),
                wrong(() -> ODE.solve(X0, null), "theta", "null", "one", "f.initialParameters(seed)"),
                wrong(
                        () -> ODE.solve(X0, new Parameters(ParameterLayout.scalars("k"))),
                        "theta",
                        "k[1 x 1]",
                        "W[2 x 2]",
                        "f.initialParameters(seed)"),
                wrong(
                        () -> ODE.solver(Dopri5.tolerance(1e-10, 0))
                                .precision(Precision.FLOAT32)
                                .solve(X0, THETA),
                        "tolerance",
                        "1.0E-10 relative",
                        "the rounding of FLOAT32",
                        "take FLOAT64"),
                wrong(
                        () -> ODE.observe(0.5, 0.2).solve(X0, THETA),
                        "times",
                        "0.2 as number 1 after 0.5",
                        "in its order",
                        "sort them"),
                wrong(() -> ODE.observe(2).solve(X0, THETA), "times", "2.0", "times of the span", "the span longer"),
                wrong(() -> ODE.observe(NAN).solve(X0, THETA), "times", "NaN", "times of the span", "sort them"),
                wrong(
                        () -> ODE.dense().solve(X0, THETA).at(1.5),
                        "t",
                        "1.5",
                        "a time that the solve reached",
                        "the span longer"),
                // gradients
                wrong(() -> ODE.gradient(X0, THETA, null), "cost", "null", "one", "such as Cost.sumOfSquares"),
                wrong(
                        () -> ODE.gradient(X0, THETA, Cost.sumOfSquares(1, 2, 3)),
                        "target",
                        "1 x 3",
                        "2 components",
                        "of the shape of x0"),
                wrong(
                        () -> Cost.sumOfSquares(new double[][] {{1, 2}, {3}}),
                        "target",
                        "[3.0] as row 1",
                        "2 finite numbers",
                        "give one for each component"),
                wrong(() -> Cost.sumOfSquares(1, NAN), "target", "NaN", "finite", "give one for each component"),
                wrong(
                        () -> ODE.gradient(X0, THETA, Cost.at(1.5, (Buffer x, Buffer g) -> 0)),
                        "cost",
                        "t = 1.5",
                        "a time of the span",
                        "make it longer"),
                wrong(() -> Cost.at(NAN, (Buffer x, Buffer g) -> 0), "time", "NaN", "a finite time", "terminal(...)"),
                wrong(() -> Cost.normalNoise(new double[][] {X0}, 0), "sigma", "0.0", "above 0", "the standard"),
                wrong(() -> Cost.running(F), "f", "2 values", "1", "Trace.cost("),
                wrong(
                        () -> ODE.gradient(X0, THETA, Cost.running(Trace.cost(3, (t, x, p) -> x.column(0)))),
                        "cost",
                        "of 3 components",
                        "2, the dimension",
                        "make it anew"),
                wrong(
                        () -> ODE.gradient(
                                X0,
                                THETA,
                                Cost.running(
                                        Trace.cost(2, (t, x, p) -> x.column(0).times(p.scalar("k"))))),
                        "cost",
                        "a running cost",
                        "parameters of the field",
                        "matched by name"),
                wrong(() -> ODE.keepCostate(NAN), "costate times", "NaN", "finite", "write keepCostate()"),
                wrong(
                        () -> ODE.keepCostate(3).gradient(X0, THETA, COST),
                        "costate times",
                        "3.0",
                        "times of the span",
                        "leave the time away"),
                wrong(() -> Checkpointed.states(0), "states", "0", "at least 1", "from the start"),
                wrong(() -> Checkpointed.bytes(0), "bytes", "0", "above 0", "one state is kept"),
                wrong(() -> Reversible.anchored(0), "everySteps", "0", "at least 1", "Reversible.defaults()"),
                // solvers
                wrong(() -> Rk4.steps(0), "steps", "0", "at least 1", "the direction"),
                wrong(() -> Dopri5.tolerance(-1, 1e-6), "tolerance", "-1.0", "from 0 on", "write .tolerance"),
                wrong(() -> Dopri5.tolerance(0, 0), "tolerance", "relative 0.0", "not both 0", "write .tolerance"),
                wrong(() -> Dopri5.tolerance(NAN, 1e-6), "tolerance", "NaN", "finite", "write .tolerance"),
                wrong(() -> backsolve(NAN, 1e-6), "tolerance", "relative NaN", "finite", "write .tolerance"),
                wrong(() -> backsolve(1e-6, -1), "tolerance", "absolute -1.0", "from 0 on", "write .tolerance"),
                wrong(() -> backsolve(0, 0), "tolerance", "relative 0.0", "not both 0", "write .tolerance"),
                wrong(() -> backsolve(1e-17, 0), "tolerance", "1.0E-17", "above 1e-15", "loosen it"),
                wrong(() -> Dopri5.tolerance(1e-17, 0), "tolerance", "1.0E-17", "above 1e-15", "loosen it"),
                wrong(() -> Rk4.grid(0, 0.5, 0.4, 1), "times", "0.4 as number 2", "strict order", "sort them"),
                wrong(() -> Rk4.grid(0), "times", "1 of them", "at least 2", "the last t1"),
                wrong(
                        () -> ODE.solver(Rk4.grid(0, 0.5)).solve(X0, THETA),
                        "times",
                        "from 0.0 to 0.5",
                        "t1 = 1.0",
                        "set the span"),
                wrong(() -> Rk4.steps(3).stopAt(NAN), "stopAt", "NaN", "finite", "do no harm"),
                wrong(() -> Rk4.steps(3).jumpAt(0.1, NAN), "jumpAt", "NaN", "finite", "do no harm"),
                wrong(() -> Rk4.steps(3).maxSteps(0), "maxSteps", "0", "at least 1", "leave it away"),
                wrong(
                        () -> Rk4.steps(3).withSteps(AdaptiveSteps.of(1e-6, 1e-6)),
                        "tolerance",
                        "RK4",
                        "error estimate",
                        "such as Dopri5"),
                wrong(
                        () -> Dopri5.tolerance(1e-6, 1e-6)
                                .adaptive(a -> a.withMin(1).withMax(0.1)),
                        "step size",
                        "min 1.0, max 0.1",
                        "min <= max",
                        "sizes have no sign"),
                wrong(() -> Coupling.of(Rk4.steps(3), 0), "lambda", "0.0", "above 0", "0.999"),
                wrong(
                        () -> Coupling.of(StormerVerlet.steps(3)),
                        "base",
                        "Störmer",
                        "a Runge-Kutta method",
                        "take one such as Rk4"),
                // fields and parameters
                wrong(() -> Trace.dynamics(0, (t, x, p) -> x), "dimension", "0", "at least 1", "one sample has"),
                wrong(() -> Trace.dynamics(2, (t, x, p) -> null), "field", "null", "the expression", "return it"),
                wrong(
                        () -> Trace.dynamics(2, (t, x, p) -> x.matmul(p.matrix("W", 3, 4))),
                        "matmul",
                        "[batch, 2] times [3, 4]",
                        "equal inner sides",
                        "transpose one"),
                wrong(
                        () -> Trace.dynamics(2, (t, x, p) -> x.matmul(p.matrix("W", 2, 3))),
                        "field",
                        "[batch, 3]",
                        "[batch, 2]",
                        "look at"),
                wrong(() -> Trace.dynamics(2, (t, x, p) -> x.column(0)), "field", "[batch, 1]", "[batch, 2]", "Expr.c"),
                wrong(
                        () -> Trace.partitioned(2, (t, p, th) -> p.column(1), (t, q, th) -> q),
                        "dq",
                        "[batch, 1]",
                        "[batch, 2]",
                        "Expr.concat"),
                wrong(() -> Trace.cost(2, (t, x, p) -> x.pow(2)), "cost", "[batch, 2]", "[batch, 1]", "sumColumns"),
                wrong(
                        () -> Trace.dynamics(2, (t, x, p) -> x.plus(p.row("b", 3))),
                        "add",
                        "[1, 3]",
                        "equal or 1",
                        "transpose()"),
                wrong(
                        () -> Trace.dynamics(
                                2, (t, x, p) -> x.plus(p.row("b", 2)).times(p.scalar("b"))),
                        "parameter b",
                        "1 x 1",
                        "1 x 2 as before",
                        "use another name"),
                wrong(() -> Dynamics.of(0, (t, x, dx) -> {}), "dimension", "0", "at least 1", "one sample has"),
                wrong(() -> THETA.get("V"), "parameter name", "V", "one of [W, b]", "layout()"),
                wrong(() -> THETA.copy().set("b", 1, 2, 3), "values", "3 numbers", "2", "give one for each"),
                wrong(
                        () -> THETA.copy().set("b", new double[][] {{1, 2}, {3, 4}}),
                        "values",
                        "2 rows",
                        "1",
                        "give one for each"),
                wrong(() -> Parameters.of(F.layout(), 1, 2), "values", "2 numbers", "6 for W", "in this order"),
                wrong(() -> THETA.scalar("b"), "parameter b", "1 x 2", "a single number", "use get(\"b\")"),
                wrong(
                        () -> THETA.plus(1, new Parameters(ParameterLayout.EMPTY)),
                        "direction",
                        "(0 numbers)",
                        "W[2 x 2]",
                        "of the same field"),
                wrong(
                        () -> ParameterLayout.EMPTY.with("W", 0, 2, Initializer.ZEROS),
                        "parameter W",
                        "0 x 2",
                        "at least 1 x 1",
                        "leave an empty"),
                wrong(() -> ParameterLayout.scalars("k", "k"), "parameter k", "twice", "once", "a name of its own"),
                // memory
                wrong(
                        () -> new Workspace().allocate(-1, 2, Precision.FLOAT64),
                        "rows, columns",
                        "-1 x 2",
                        "none below 0",
                        "give both sides"),
                wrong(() -> new Workspace().release(freed()), "buffer", "1 x 2", "handed out", "once"));
    }

    @ParameterizedTest
    @MethodSource("wrongs")
    void isNamed(Wrong wrong) {
        wrong.check();
    }

    @Test
    void thereAreMany() {
        long different = wrongs().stream().map(Wrong::message).distinct().count();
        assertTrue(different >= 70, different + " wrong inputs");
    }

    /// Not an argument's fault but that of the order of things.
    @Test
    void theWrongMomentIsNamed() {
        record Early(Runnable call, String got, String expected, String remedy) {}
        Workspace closed = new Workspace();
        closed.close();
        Adjoint none = Backsolve.defaults();
        Solver solver = new Solver(Euler.TABLEAU.scheme(), new GivenSteps(0, 1), 5, new double[0], new double[0]);
        for (Early e : List.of(
                new Early(
                        () -> Ode.of(F).solver(Rk4.steps(3)).solve(X0, THETA), "span: got none", "two times", ".span("),
                new Early(() -> Ode.of(F).span(0, 1).solve(X0, THETA), "solver: got none", "a method", ".solver("),
                new Early(() -> ODE.solve(X0, THETA).at(0.5), "at: got", "one that was told", "ode.dense()"),
                new Early(() -> ODE.gradient(X0, THETA, COST).times(), "times: got", "with them", "timeGradients()"),
                new Early(() -> ODE.gradient(X0, THETA, COST).costate(), "costate: got", "was told", "keepCostate()"),
                new Early(() -> Rk4.steps(3).perSample(), "steps: got 3 steps", "adaptive", ".tolerance("),
                new Early(() -> freed().get(0), "buffer: got Buffer[1 x 2", "a live one", "allocate another"),
                new Early(() -> freed().view(0, 1, 1), "buffer: got", "a live one", "copy what is wanted before"),
                new Early(
                        () -> ODE.workspace(closed).adjoint(none).solver(solver).solve(X0, THETA),
                        "workspace: got one that is closed",
                        "an open one",
                        "make another"))) {
            String said = assertThrows(IllegalStateException.class, e.call::run).getMessage();
            assertTrue(said.startsWith(e.got), said);
            assertTrue(said.contains(", expected ") && said.contains(e.expected) && said.contains(e.remedy), said);
        }
    }
}
