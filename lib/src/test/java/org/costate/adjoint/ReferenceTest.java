package org.costate.adjoint;

import static org.costate.Close.assertClose;
import static org.costate.Close.flat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.costate.Ode;
import org.costate.Reference;
import org.costate.Solution;
import org.costate.memory.Precision;
import org.costate.ode.Dynamics;
import org.costate.ode.Euler;
import org.costate.ode.Midpoint;
import org.costate.ode.Parameters;
import org.costate.ode.Rk4;
import org.costate.ode.Solver;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Gradients against numbers that nobody wrote for this code: scheme A (backpropagation of the Euler loop) and scheme
/// C (explicit Euler on the augmented ODE) of `reference.json`, and torchdiffeq's fixed grids.
class ReferenceTest {
    private static Gradient gradient(
            Dynamics f, Parameters theta, String problem, Solver solver, Adjoint adjoint, Precision precision) {
        double end = Reference.number(problem + "/inputs/T");
        double[] x0 = Reference.numbers(problem + "/inputs/x0");
        Cost cost = Cost.sumOfSquares(Reference.numbers(problem + "/inputs/y"));
        return Ode.of(f)
                .span(0, end)
                .solver(solver)
                .adjoint(adjoint)
                .precision(precision)
                .gradient(x0, theta, cost);
    }

    private static void compare(String path, Gradient g, double tolerance) {
        assertEquals(Reference.number(path + "/loss"), g.cost(), tolerance * Math.abs(g.cost()), path + " cost");
        assertClose(Reference.numbers(path + "/xN"), flat(g.end()), tolerance, path + " x(T)");
        assertClose(Reference.numbers(path + "/grad_x0"), flat(g.x0()), tolerance, path + " by x0");
        assertClose(Reference.numbers(path + "/grad_theta"), g.parameters().toArray(), tolerance, path + " by theta");
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 10, 100, 1000})
    void backpropIsSchemeA(int n) {
        for (Dynamics f : new Dynamics[] {Fields.LINEAR, Fields.LINEAR_BY_HAND}) {
            Gradient g = gradient(
                    f, Fields.linear(), "scalar_linear", Euler.steps(n), Backprop.defaults(), Precision.FLOAT64);
            compare("scalar_linear/byN/" + n + "/A", g, 1e-12);
        }
        for (Dynamics f : new Dynamics[] {Fields.TANH2, Fields.TANH2_BY_HAND}) {
            Gradient g = gradient(f, Fields.tanh2(), "tanh2", Euler.steps(n), Backprop.defaults(), Precision.FLOAT64);
            compare("tanh2/byN/" + n + "/A", g, 1e-12);
        }
        Gradient g =
                gradient(Fields.TANH2, Fields.tanh2(), "tanh2", Euler.steps(n), Backprop.defaults(), Precision.FLOAT32);
        compare("tanh2/byN/" + n + "/A", g, 1e-5);
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 10, 100, 1000})
    void backsolveIsSchemeC(int n) {
        for (Dynamics f : new Dynamics[] {Fields.TANH2, Fields.TANH2_BY_HAND}) {
            Gradient g = gradient(f, Fields.tanh2(), "tanh2", Euler.steps(n), Backsolve.defaults(), Precision.FLOAT64);
            compare("tanh2/byN/" + n + "/C", g, 1e-12);
            double[] x0 = Reference.numbers("tanh2/inputs/x0");
            double[] found = Reference.numbers("tanh2/byN/" + n + "/B/x0_recomputed");
            double drift = Math.max(Math.abs(found[0] - x0[0]), Math.abs(found[1] - x0[1]));
            assertEquals(drift, g.drift().orElseThrow(), 1e-12, "drift");
            Solution s = Ode.of(f)
                    .span(0, Reference.number("tanh2/inputs/T"))
                    .solver(Euler.steps(n))
                    .solve(x0, Fields.tanh2());
            double size = 0;
            for (int k = 0; k <= Math.min(n, 4); k++) {
                size = Math.max(size, Math.max(Math.abs(s.state(k)[0][0]), Math.abs(s.state(k)[0][1])));
            }
            assertEquals(drift <= Gradient.DRIFT_LIMIT * size, g.trusted());
        }
        Gradient g = gradient(
                Fields.LINEAR,
                Fields.linear(),
                "scalar_linear",
                Euler.steps(n),
                Backsolve.defaults(),
                Precision.FLOAT64);
        compare("scalar_linear/byN/" + n + "/C", g, 1e-12);
    }

    @ParameterizedTest
    @CsvSource({
        "euler, backprop",
        "euler, adjoint",
        "midpoint, backprop",
        "midpoint, adjoint",
        "rk4_classical, backprop"
    })
    void fixedGridsOfANetAgreeWithTorch(String method, String mode) {
        Solver solver = switch (method) {
            case "euler" -> Euler.steps(10);
            case "midpoint" -> Midpoint.steps(10);
            default -> Rk4.steps(10);
        };
        Adjoint adjoint = mode.equals("backprop") ? Backprop.defaults() : Backsolve.defaults();
        Gradient g = gradient(Fields.MLP, Fields.mlp(), "mlp", solver, adjoint, Precision.FLOAT64);
        String path = "mlp/fixed_grid_N10/" + method + "/" + mode;
        assertEquals(Reference.number(path + "/loss"), g.cost(), 1e-12);
        assertClose(Reference.numbers(path + "/grads/x0"), flat(g.x0()), 1e-12, "x0");
        for (String name : new String[] {"W1", "c", "b1", "W2", "b2"}) {
            assertClose(Reference.numbers(path + "/grads/" + name), flat(g.parameter(name)), 1e-12, name);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"backprop", "backsolve"})
    void manySmallStepsGiveTheContinuousGradient(String mode) {
        Adjoint adjoint = mode.equals("backprop") ? Backprop.defaults() : Backsolve.defaults();
        Gradient g = gradient(Fields.MLP, Fields.mlp(), "mlp", Rk4.steps(400), adjoint, Precision.FLOAT64);
        String path = "mlp/reference/terminal";
        assertEquals(Reference.number(path + "/loss"), g.cost(), 1e-10);
        assertClose(Reference.numbers(path + "/grads/x0"), flat(g.x0()), 1e-10, "x0");
        for (String name : new String[] {"W1", "c", "b1", "W2", "b2"}) {
            assertClose(Reference.numbers(path + "/grads/" + name), flat(g.parameter(name)), 1e-10, name);
        }
    }
}
