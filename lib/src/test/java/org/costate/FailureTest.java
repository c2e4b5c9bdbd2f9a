package org.costate;

import static org.costate.Close.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Backprop;
import org.costate.adjoint.Backsolve;
import org.costate.adjoint.Checkpointed;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Forward;
import org.costate.adjoint.Gauss;
import org.costate.adjoint.Gradient;
import org.costate.adjoint.Interpolating;
import org.costate.adjoint.Symplectic;
import org.costate.graph.Expr;
import org.costate.graph.Trace;
import org.costate.memory.Precision;
import org.costate.ode.Dopri5;
import org.costate.ode.Dynamics;
import org.costate.ode.Euler;
import org.costate.ode.Offender;
import org.costate.ode.Outcome;
import org.costate.ode.Outcome.Kind;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Parameters;
import org.costate.ode.Rk4;
import org.costate.ode.SolveException;
import org.costate.ode.Solver;
import org.costate.ode.Tsit5;
import org.junit.jupiter.api.Test;

/// Solves and gradients that fail: by name, with the time, the step size, the number that is to blame, advice,
/// and what was computed until then.
class FailureTest {
    static final Parameters NONE = new Parameters(ParameterLayout.EMPTY);

    /// Component 1 blows up at t = 1, sooner for larger starts; component 0 is harmless.
    static final Dynamics SQUARE = Trace.dynamics(
            2, (t, x, p) -> Expr.concat(x.column(0).negate(), x.column(1).pow(2)));

    static final double[][] STARTS = {{1, 0.1}, {1, -1}, {2, 1}};

    static void named(Outcome o, Kind kind, String advice) {
        assertEquals(kind, o.kind(), o.message());
        assertTrue(Double.isFinite(o.time()) && Double.isFinite(o.stepSize()), o.message());
        assertTrue(o.message().contains("t = " + o.time()) && o.message().contains(advice), o.message());
    }

    @Test
    void aNumberThatIsNotFiniteIsNamedBySampleAndComponent() {
        for (Solver solver : new Solver[] {
            Rk4.steps(400), Euler.steps(4000), Tsit5.tolerance(1e-6, 1e-6).perSample()
        }) {
            Solution s = Ode.of(SQUARE).span(0, 4).solver(solver).solve(STARTS, NONE);
            if (solver.stepsPerSample()) {
                named(s.outcome(), Kind.STEP_UNDERFLOW, "end the span earlier");
            } else {
                named(s.outcome(), Kind.NON_FINITE, "smaller steps");
            }
            Offender o = s.outcome().offender();
            assertEquals("state", o.quantity());
            assertEquals(2, o.row(), solver.toString());
            assertEquals(1, o.column(), solver.toString());
            assertTrue(
                    s.outcome().message().contains("component 1 of sample 2"),
                    s.outcome().message());
            assertTrue(s.outcome().time() > 0.9 && s.outcome().time() < 1.3, s.toString());
            Solution one = s.sample(2);
            assertTrue(
                    one.size() > 50
                            && one.times()[one.size() - 1] == s.outcome().time(),
                    "the trajectory so far");
            assertEquals(2 * Math.exp(-one.times()[20]), one.state(20)[0][0], 2e-2);
            SolveException e = assertThrows(SolveException.class, s::end);
            assertEquals(s.outcome(), e.outcome());
        }
    }

    @Test
    void stepsThatGetTooShortAndTooManyNameTheWorstComponent() {
        Dynamics corner = Dynamics.of(3, (t, x, dx) -> {
            dx[0] = 1;
            dx[1] = x[0] < 0.5 ? 0 : 1e9 * Math.signum(Math.sin(1e12 * x[0]));
            dx[2] = -x[2];
        });
        Solution s = Ode.of(corner)
                .span(0, 1)
                .solver(Dopri5.tolerance(1e-10, 1e-10).maxSteps(300))
                .solve(new double[] {0, 0, 1}, NONE);
        assertTrue(s.outcome().kind() == Kind.STEP_UNDERFLOW || s.outcome().kind() == Kind.STEP_LIMIT);
        assertEquals(1, s.outcome().offender().column(), s.outcome().message());
        assertTrue(s.outcome().message().contains("component 1"), s.outcome().message());
        assertEquals(0.5, s.outcome().time(), 1e-2);
        assertTrue(s.size() > 3);

        Solution limited = Ode.of(corner)
                .span(0, 0.4)
                .solver(Dopri5.tolerance(1e-12, 1e-12)
                        .adaptive(a -> a.withMax(0.01))
                        .maxSteps(7))
                .solve(new double[] {0, 0, 1}, NONE);
        named(limited.outcome(), Kind.STEP_LIMIT, ".maxSteps(n)");
        assertEquals(2, limited.outcome().offender().column(), "the only one that has an error");
        Solution fixed =
                Ode.of(corner).span(0, 0.4).solver(Rk4.steps(100).maxSteps(7)).solve(new double[] {0, 0, 1}, NONE);
        named(fixed.outcome(), Kind.STEP_LIMIT, ".maxSteps(n)");
        assertNull(fixed.outcome().offender(), "nobody's fault");
        assertEquals(8, fixed.size());
    }

    @Test
    void anInterruptKeepsWhatWasComputed() {
        Dynamics interrupting = Dynamics.of(1, (t, x, dx) -> {
            dx[0] = 1;
            if (t > 0.5) {
                Thread.currentThread().interrupt();
            }
        });
        Solution s = Ode.of(interrupting).span(0, 1).solver(Rk4.steps(100)).solve(0);
        assertTrue(Thread.interrupted(), "the flag stays set");
        named(s.outcome(), Kind.INTERRUPTED, "Thread.interrupted()");
        assertEquals(0.5, s.outcome().time(), 0.011);
        assertEquals(51, s.size(), 1);
    }

    private static final Dynamics NET = Trace.dynamics(
            2,
            (t, x, p) ->
                    x.matmul(p.matrix("W1", 2, 30)).plus(p.row("b", 30)).tanh().matmul(p.matrix("W2", 30, 2)));
    private static final Parameters THETA = NET.initialParameters(3);
    private static final double[][] X0 = {{1, 0.5}, {-1, 0.3}};
    private static final Cost COST = Cost.sumOfSquares(new double[2][2])
            .plus(Cost.running(Trace.cost(2, (t, x, p) -> x.pow(2).sumColumns())));

    @Test
    void aSolveThatDoesNotFitKeepsWhatDoes() {
        for (Precision precision : Precision.values()) {
            Ode ode =
                    Ode.of(NET).span(0, 1).solver(Dopri5.tolerance(1e-9, 1e-9)).precision(precision);
            Ode loose = precision == Precision.FLOAT32 ? ode.solver(Dopri5.tolerance(1e-5, 1e-5)) : ode;
            Solution whole =
                    loose.solver(Rk4.steps(2000)).memoryBudget(1_000_000).solve(X0, THETA);
            assertTrue(whole.outcome().succeeded());
            Solution adaptive =
                    loose.solver(Rk4.grid(grid(4000))).memoryBudget(60_000).solve(X0, THETA);
            named(adaptive.outcome(), Kind.MEMORY_BUDGET, "ode.observe(times)");
            assertTrue(adaptive.size() > 100 && adaptive.size() < 4000, adaptive.toString());
            assertEquals(adaptive.outcome().time(), adaptive.times()[adaptive.size() - 1], 1e-3);
            Solution dense = loose.dense()
                    .solver(Rk4.grid(grid(4000)))
                    .memoryBudget(60_000)
                    .solve(X0, THETA);
            named(dense.outcome(), Kind.MEMORY_BUDGET, "ode.memoryBudget(bytes)");
            assertEquals(2, dense.at(dense.times()[dense.size() / 2]).length, "what was kept can be asked for");
            Solution nothing = loose.memoryBudget(64).solve(X0, THETA);
            named(nothing.outcome(), Kind.MEMORY_BUDGET, "ode.memoryBudget(bytes)");
            assertEquals(0, nothing.size());
            assertEquals(0, loose.workspace().liveBytes());
            SolveException steps = assertThrows(
                    SolveException.class, () -> loose.memoryBudget(64).steps(X0, THETA));
            named(steps.outcome(), Kind.MEMORY_BUDGET, "ode.memoryBudget(bytes)");
            assertEquals(0, loose.workspace().liveBytes());
        }
    }

    private static double[] grid(int n) {
        double[] t = new double[n + 1];
        for (int k = 0; k <= n; k++) {
            t[k] = k / (double) n;
        }
        return t;
    }

    /// The advice is followed, and is right.
    @Test
    void aGradientThatDoesNotFitSaysWhatWould() {
        for (Solver solver : new Solver[] {
            Rk4.steps(1000),
            Dopri5.tolerance(1e-12, 1e-12),
            Tsit5.tolerance(1e-9, 1e-9).perSample()
        }) {
            for (Precision precision : Precision.values()) {
                if (precision == Precision.FLOAT32 && !solver.equals(Rk4.steps(1000))) {
                    continue;
                }
                Ode ode = Ode.of(NET).span(0, 3).solver(solver).precision(precision);
                Gradient exact = ode.gradient(X0, THETA, COST);
                long budget = 110_000;
                for (Adjoint mode : List.of(Backprop.defaults(), Symplectic.defaults(), Interpolating.defaults())) {
                    Ode small = ode.adjoint(mode).memoryBudget(budget);
                    if (ode.adjoint(mode).gradient(X0, THETA, COST).peakBytes() <= budget) {
                        continue;
                    }
                    SolveException e =
                            assertThrows(SolveException.class, () -> small.gradient(X0, THETA, COST), mode.toString());
                    named(e.outcome(), Kind.MEMORY_BUDGET, "What fits is Checkpointed.states(");
                    assertEquals(0, ode.workspace().liveBytes());
                    Matcher states =
                            Pattern.compile("Checkpointed.states\\((\\d+)\\)").matcher(e.getMessage());
                    assertTrue(states.find(), e.getMessage());
                    int count = Integer.parseInt(states.group(1));
                    assertTrue(count > 3, e.getMessage());
                    Gradient g = ode.adjoint(Checkpointed.states(count))
                            .memoryBudget(budget)
                            .gradient(X0, THETA, COST);
                    assertTrue(g.peakBytes() <= budget, g.toString());
                    if (solver.equals(Rk4.steps(1000))) { // and it is not a coward's advice
                        assertTrue(count >= 1000 || g.peakBytes() > 0.85 * budget, g + " of " + budget);
                    }
                    assertClose(
                            exact.parameters().toArray(),
                            g.parameters().toArray(),
                            precision == Precision.FLOAT64 ? 1e-12 : 1e-4,
                            mode + ", " + solver);
                }
                SolveException none = assertThrows(
                        SolveException.class, () -> ode.memoryBudget(5000).gradient(X0, THETA, COST));
                named(none.outcome(), Kind.MEMORY_BUDGET, "Not even Checkpointed.states(1) fits");
            }
        }
    }

    /// x' = √x: the solution reaches 0 from above, and there the derivative does not exist.
    @Test
    void aNumberThatIsNotFiniteOnTheWayBackIsNamed() {
        Dynamics root = Dynamics.of(
                2,
                ParameterLayout.scalars("a", "b"),
                (t, x, p, dx) -> {
                    dx[0] = p[0];
                    dx[1] = -x[1] * p[1];
                },
                (t, x, p, a, gx, gp) -> {
                    gx[1] = t > 0.5 ? -a[1] * p[1] : Double.NaN;
                    gp[0] = a[0];
                    gp[1] = -a[1] * x[1];
                });
        Parameters theta = Parameters.of(root.layout(), 1, 1);
        double[][] x0 = {{1, 2}, {3, 4}};
        for (Adjoint mode : List.of(
                Backprop.defaults(),
                Checkpointed.states(3),
                Symplectic.defaults(),
                Backsolve.defaults(),
                Interpolating.defaults(),
                Gauss.defaults())) {
            for (Solver solver : new Solver[] {Rk4.steps(20), Dopri5.tolerance(1e-6, 1e-6)}) {
                Ode ode = Ode.of(root).span(0, 1).solver(solver).adjoint(mode);
                SolveException e = assertThrows(
                        SolveException.class, () -> ode.gradient(x0, theta, Cost.sumOfSquares(x0)), mode.toString());
                named(e.outcome(), Kind.NON_FINITE, "");
                assertTrue(e.outcome().time() > 0 && e.outcome().time() <= 1, e.getMessage());
                Offender o = e.outcome().offender();
                assertEquals("costate", o.quantity(), mode + ": " + e.getMessage());
                assertEquals(0, o.row(), e.getMessage());
                assertEquals(1, o.column(), e.getMessage());
                assertEquals(0, ode.workspace().liveBytes());
            }
        }
    }

    @Test
    void aParametersGradientThatIsNotFiniteIsNamed() {
        ParameterLayout layout = ParameterLayout.EMPTY
                .with("c", 1, 1, org.costate.ode.Initializer.ZEROS)
                .with("A", 2, 2, org.costate.ode.Initializer.ZEROS);
        Dynamics f = Dynamics.of(1, layout, (t, x, p, dx) -> dx[0] = p[0], (t, x, p, a, gx, gp) -> {
            gp[0] = a[0];
            gp[3] = Double.POSITIVE_INFINITY;
        });
        for (Adjoint mode : List.of(
                Backprop.defaults(),
                Checkpointed.states(3),
                Backsolve.defaults(),
                Gauss.defaults(),
                Forward.defaults())) {
            SolveException e = assertThrows(
                    SolveException.class,
                    () -> Ode.of(f)
                            .span(0, 1)
                            .solver(Rk4.steps(4))
                            .adjoint(mode)
                            .gradient(new double[] {1}, new Parameters(layout), Cost.sumOfSquares(0)),
                    mode.toString());
            assertEquals(Kind.NON_FINITE, e.outcome().kind());
            Offender o = e.outcome().offender();
            assertNotNull(o, e.getMessage());
            if (mode instanceof Forward) { // products of a tangent that is 0 with what is infinite
                continue;
            }
            assertEquals("gradient by A", o.quantity(), mode + ": " + e.getMessage());
            assertEquals(1, o.row());
            assertEquals(0, o.column());
            assertTrue(e.getMessage().contains("the gradient by A[1][0] is "), e.getMessage());
        }
    }

    @Test
    void aRunningCostThatBlowsUpIsNamedAsSuch() {
        Dynamics still = Trace.dynamics(2, (t, x, p) -> x.times(0));
        Cost blowing = Cost.running(Trace.cost(
                2,
                (t, x, p) -> Expr.constant(1)
                        .dividedBy(t.times(-1).plus(0.5))
                        .plus(x.column(0))
                        .exp()));
        SolveException e = assertThrows(
                SolveException.class,
                () -> Ode.of(still).span(0, 1).solver(Rk4.steps(2000)).gradient(X0, NONE, blowing));
        assertEquals("running cost", e.outcome().offender().quantity(), e.getMessage());
        assertTrue(e.getMessage().contains("the running cost of sample 0"), e.getMessage());
        assertEquals(0.5, e.outcome().time(), 0.01);
    }
}
