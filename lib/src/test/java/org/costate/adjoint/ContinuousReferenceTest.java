package org.costate.adjoint;

import static org.costate.Close.assertClose;
import static org.costate.Close.flat;
import static org.costate.Reference.number;
import static org.costate.Reference.numbers;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.Stream;
import org.costate.Ode;
import org.costate.Reference;
import org.costate.Solution;
import org.costate.graph.Expr;
import org.costate.graph.Trace;
import org.costate.ode.Coupling;
import org.costate.ode.Dopri8;
import org.costate.ode.Dynamics;
import org.costate.ode.Euler;
import org.costate.ode.Kutta38;
import org.costate.ode.Midpoint;
import org.costate.ode.Parameters;
import org.costate.ode.Solver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The continuous values of `reference.json` by every mode, the post's scheme of states computed again, and what
/// contracting fields make of it.
class ContinuousReferenceTest {
    private static final Solver TIGHT = Dopri8.tolerance(1e-12, 1e-13);

    static Stream<Adjoint> modes() {
        return Stream.of(
                Backprop.defaults(),
                Checkpointed.states(3),
                Symplectic.defaults(),
                Forward.defaults(),
                Reversible.defaults(),
                Backsolve.defaults(),
                Interpolating.defaults(),
                Gauss.defaults());
    }

    private static Solver tight(Adjoint mode) {
        return mode instanceof Reversible ? Coupling.of(TIGHT, 1) : TIGHT;
    }

    @ParameterizedTest
    @MethodSource("modes")
    void terminalCosts(Adjoint mode) {
        for (String problem : new String[] {"scalar_linear", "tanh2"}) {
            boolean linear = problem.startsWith("scalar");
            Gradient g = Ode.of(linear ? Fields.LINEAR : Fields.TANH2)
                    .span(0, number(problem + "/inputs/T"))
                    .solver(tight(mode))
                    .adjoint(mode)
                    .gradient(
                            numbers(problem + "/inputs/x0"),
                            linear ? Fields.linear() : Fields.tanh2(),
                            Cost.sumOfSquares(numbers(problem + "/inputs/y")));
            String path = problem + "/continuous/";
            assertEquals(number(path + "loss"), g.cost(), 1e-10, path);
            assertClose(numbers(path + "xT"), flat(g.end()), 1e-11, path + "xT");
            assertClose(numbers(path + "grad_x0"), flat(g.x0()), 1e-9, path + "by x0");
            assertClose(numbers(path + "grad_theta"), g.parameters().toArray(), 1e-9, path + "by theta");
        }
        String path = "mlp/reference/terminal/";
        Ode ode = Ode.of(Fields.MLP).span(0, 1).solver(tight(mode)).adjoint(mode);
        double[] x0 = numbers("mlp/inputs/x0");
        Cost cost = Cost.sumOfSquares(numbers("mlp/inputs/y"));
        Gradient g = ode.timeGradients().gradient(x0, Fields.mlp(), cost);
        assertEquals(number(path + "loss"), g.cost(), 1e-10);
        assertClose(numbers(path + "grads/x0"), flat(g.x0()), 1e-9, "mlp by x0");
        for (String name : new String[] {"W1", "c", "b1", "W2", "b2"}) {
            assertClose(numbers(path + "grads/" + name), flat(g.parameter(name)), 1e-9, "mlp by " + name);
        }
        assertEquals(number(path + "dL_dT"), g.times().t1(), 1e-9, "by T");
        Solution s = ode.observe(0.5, 1).solve(x0, Fields.mlp());
        assertClose(numbers(path + "x_half"), flat(s.state(0)), 1e-11, "x(1/2)");
        assertClose(numbers(path + "xT"), flat(s.state(1)), 1e-11, "x(T)");
    }

    private static final Dynamics GROWTH = Trace.dynamics(1, (t, x, p) -> x.times(p.scalar("theta")));

    /// q x² / 2 + r θ² / 2 along the way, p (x(T) − y)² / 2 at its end.
    private static Cost quadratic() {
        double q = number("lq_scalar/inputs/q");
        double r = number("lq_scalar/inputs/r");
        double p = number("lq_scalar/inputs/p");
        double y = number("lq_scalar/inputs/y");
        return Cost.running(Trace.cost(
                        1,
                        (t, x, theta) -> x.pow(2)
                                .times(q / 2)
                                .plus(theta.scalar("theta").pow(2).times(r / 2))))
                .plus(Cost.terminal((x, gradient) -> {
                    double miss = x.get(0) - y;
                    gradient.set(0, p * miss);
                    return p * miss * miss / 2;
                }));
    }

    @ParameterizedTest
    @MethodSource("modes")
    void quadraticControl(Adjoint mode) {
        String path = "lq_scalar/";
        Parameters theta = Parameters.of(GROWTH.layout(), number(path + "inputs/theta"));
        Ode ode = Ode.of(GROWTH).span(0, 1).solver(tight(mode)).adjoint(mode);
        double[] x0 = {number(path + "inputs/x0")};
        Gradient g = ode.gradient(x0, theta, quadratic());
        assertEquals(number(path + "J"), g.cost(), 1e-10);
        assertEquals(number(path + "dJdx0"), g.x0()[0][0], 1e-9);
        assertEquals(number(path + "dJdtheta"), g.parameter("theta")[0][0], 1e-9);
        assertEquals(number(path + "xT"), g.end()[0][0], 1e-11);
        String[] names = {"0", "1/4", "1/2", "3/4"};
        Solution s = ode.observe(0, 0.25, 0.5, 0.75, 1).solve(x0, theta);
        double[] x = named(path + "x", names);
        double[] lambda = named(path + "lam", names);
        for (int k = 0; k < 4; k++) {
            assertEquals(x[k], s.state(k)[0][0], 1e-11, "x(" + names[k] + ")");
            Gradient rest = ode.span(0.25 * k, 1).gradient(s.state(k), theta, quadratic());
            assertEquals(-lambda[k], rest.x0()[0][0], 1e-9, "costate at " + names[k]);
        }
    }

    private static double[] named(String path, String... names) {
        return Arrays.stream(names)
                .mapToDouble(name -> Reference.number(path, name))
                .toArray();
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 10, 100, 1000})
    void recomputeIsSchemeB(int n) {
        for (String problem : new String[] {"scalar_linear", "tanh2"}) {
            boolean linear = problem.startsWith("scalar");
            for (Dynamics f : linear
                    ? new Dynamics[] {Fields.LINEAR, Fields.LINEAR_BY_HAND}
                    : new Dynamics[] {Fields.TANH2, Fields.TANH2_BY_HAND}) {
                Gradient g = Ode.of(f)
                        .span(0, number(problem + "/inputs/T"))
                        .solver(Euler.steps(n))
                        .adjoint(Recompute.defaults())
                        .gradient(
                                numbers(problem + "/inputs/x0"),
                                linear ? Fields.linear() : Fields.tanh2(),
                                Cost.sumOfSquares(numbers(problem + "/inputs/y")));
                String path = problem + "/byN/" + n + "/B/";
                assertEquals(number(path + "loss"), g.cost(), 1e-12 * g.cost(), path + "loss");
                assertClose(numbers(path + "xN"), flat(g.end()), 1e-12, path + "xN");
                assertClose(numbers(path + "grad_x0"), flat(g.x0()), 1e-12, path + "grad_x0");
                assertClose(numbers(path + "grad_theta"), g.parameters().toArray(), 1e-12, path + "grad_theta");
                double[] found = numbers(path + "x0_recomputed");
                double[] x0 = numbers(problem + "/inputs/x0");
                double drift = 0;
                for (int i = 0; i < x0.length; i++) {
                    drift = Math.max(drift, Math.abs(found[i] - x0[i]));
                }
                assertEquals(drift, g.drift().orElseThrow(), 1e-11, path + "drift");
            }
        }
    }

    /// x̃0 = x0 (1 − (λ h)²)ᴺ, by the file and by the formula.
    @ParameterizedTest
    @CsvSource({"10, 5", "10, 10", "10, 20", "10, 100", "10, 1000", "1, 100", "-10, 100"})
    void contractionIsNotUndone(int lambda, int n) {
        String path = "contracting_linear/rows/lam=" + lambda + ",T=1,N=" + n + "/";
        Parameters theta = Parameters.of(GROWTH.layout(), -lambda);
        double y = 0.3;
        Ode ode = Ode.of(GROWTH).span(0, 1).solver(Euler.steps(n));
        Gradient a = ode.gradient(new double[] {1}, theta, Cost.sumOfSquares(y));
        double end = number(path + "xN_over_x0");
        assertEquals(end, a.end()[0][0], 1e-12 * (1 + Math.abs(end)), "x(N)");
        double expected = number(path + "grad_theta_A_over_2_xN_minus_y") * 2 * (end - y);
        assertEquals(expected, a.parameter("theta")[0][0], 1e-12 * (1 + Math.abs(expected)), "by theta");
        double ratio = number(path + "ratio_x0_recomputed_over_x0");
        double z = (double) lambda / n;
        assertEquals(Math.pow(1 - z * z, n), ratio, 1e-12 * (1 + Math.abs(ratio)), "the formula");
        for (Adjoint mode : new Adjoint[] {Recompute.defaults(), Backsolve.defaults()}) {
            Gradient b = ode.adjoint(mode).gradient(new double[] {1}, theta, Cost.sumOfSquares(y));
            assertEquals(Math.abs(ratio - 1), b.drift().orElseThrow(), 1e-9 * (1 + Math.abs(ratio)), mode + " drift");
            assertFalse(mode instanceof Backsolve && Math.abs(ratio - 1) > 0.02 && b.trusted(), b.toString());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 2000, 20_000})
    void forcedContractionExplodesOnTheWayBack(int n) {
        String path = "contracting_forced/rows/N=" + n + "/";
        Dynamics f = Trace.dynamics(
                1, (t, x, p) -> x.minus(t.cos()).times(p.scalar("lam")).negate());
        Parameters lambda = Parameters.of(f.layout(), number(path + "lam"));
        Ode ode = Ode.of(f).span(0, number(path + "T")).solver(Euler.steps(n));
        double[] x0 = {number(path + "x0")};
        Gradient g = ode.gradient(x0, lambda, Cost.sumOfSquares(0));
        assertEquals(number(path + "xN"), g.end()[0][0], 1e-12);
        assertEquals(number(path + "grad_lam_stored"), g.parameter("lam")[0][0], 1e-13, "by lambda");
        for (Adjoint mode : new Adjoint[] {Checkpointed.states(100), Symplectic.defaults(), Forward.defaults()}) {
            Gradient same = ode.adjoint(mode).gradient(x0, lambda, Cost.sumOfSquares(0));
            assertEquals(g.parameter("lam")[0][0], same.parameter("lam")[0][0], 1e-15, mode.toString());
        }
        for (Adjoint mode : new Adjoint[] {Recompute.defaults(), Backsolve.defaults()}) {
            Gradient wrong = ode.adjoint(mode).gradient(x0, lambda, Cost.sumOfSquares(0));
            assertTrue(wrong.drift().orElseThrow() > 1e12, mode + ": " + wrong.drift());
            assertFalse(wrong.trusted());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 10, 25})
    void aNeutralComponentIsSpoiltByAContractingOne(int lambda) {
        String path = "contracting_with_neutral/rows/lam=" + lambda + ",N=200/";
        Dynamics f = Trace.dynamics(
                2,
                (t, x, p) -> Expr.concat(
                        x.column(0).minus(t.cos()).times(-lambda), x.column(0).times(p.scalar("theta"))));
        Parameters theta = Parameters.of(f.layout(), number(path + "theta"));
        Cost cost = Cost.terminal((x, gradient) -> {
            gradient.set(1, 2 * x.get(1));
            return x.get(1) * x.get(1);
        });
        Ode ode = Ode.of(f).span(0, number(path + "T")).solver(Euler.steps(200));
        double[] x0 = numbers(path + "x0");
        double stored = number(path + "grad_theta_stored");
        for (Adjoint mode :
                new Adjoint[] {Backprop.defaults(), Checkpointed.states(5), Symplectic.defaults(), Forward.defaults()
                }) {
            Gradient g = ode.adjoint(mode).gradient(x0, theta, cost);
            assertClose(numbers(path + "xN"), flat(g.end()), 1e-12, "x(N)");
            assertEquals(stored, g.parameter("theta")[0][0], 1e-12 * stored, mode.toString());
        }
        Gradient wrong = ode.adjoint(Recompute.defaults()).gradient(x0, theta, cost);
        double post = number(path + "grad_theta_post");
        double found = number(path + "x1_recomputed_post");
        double got = wrong.parameter("theta")[0][0];
        if (lambda == 5) {
            assertEquals(post, got, 1e-6, "the post's gradient");
            assertEquals(Math.abs(found - x0[0]), wrong.drift().orElseThrow(), 1e-6, "the post's state");
        } else {
            assertTrue(Math.abs(got) > 1e3 * stored && wrong.drift().orElseThrow() > 1e3, wrong.toString());
        }
    }

    /// ẋ = −x³ blows up a little before the start, on the way back.
    @Test
    void cubicFieldBlowsUpBackwards() {
        String path = "cubic_backward_blowup/";
        Dynamics f = Trace.dynamics(1, (t, x, p) -> x.pow(3).negate());
        Ode ode = Ode.of(f).solver(Dopri8.tolerance(1e-11, 1e-12));
        Parameters none = new Parameters(f.layout());
        double[] end =
                ode.span(0, 1).solve(new double[] {number(path + "x0")}, none).end()[0];
        assertEquals(number(path + "xT"), end[0], 1e-10);
        Solution exact = ode.span(1, -0.1).solve(new double[] {number(path + "xT")}, none);
        assertFalse(exact.outcome().succeeded());
        assertEquals(1 - number(path + "T_blowup_back_from_xT"), exact.outcome().time(), 1e-6);
        Solution off = ode.span(1, 0).solve(new double[] {1.01 * number(path + "xT")}, none);
        assertFalse(off.outcome().succeeded(), "one percent more, and there is no way back to the start");
        assertEquals(
                1 - number(path + "T_blowup_back_if_xT_plus_1pct"),
                off.outcome().time(),
                1e-6);
    }

    /// There and back with fixed steps.
    @ParameterizedTest
    @ValueSource(strings = {"euler", "midpoint", "rk4"})
    void roundTrips(String method) {
        double[] steps = numbers("roundtrip_error_by_solver/N");
        double[] errors = numbers("roundtrip_error_by_solver/" + method);
        double[] x0 = numbers("mlp/inputs/x0");
        for (int i = 0; i < steps.length; i++) {
            int n = (int) steps[i];
            Solver solver = switch (method) {
                case "euler" -> Euler.steps(n);
                case "midpoint" -> Midpoint.steps(n);
                default -> Kutta38.steps(n); // as torchdiffeq calls it
            };
            Ode ode = Ode.of(Fields.MLP).solver(solver);
            double[] back = ode.span(1, 0)
                    .solve(ode.span(0, 1).solve(x0, Fields.mlp()).end()[0], Fields.mlp())
                    .end()[0];
            double error = Math.hypot(back[0] - x0[0], back[1] - x0[1]);
            assertEquals(errors[i], error, 1e-14 + 1e-9 * errors[i], method + " " + n);
        }
    }
}
