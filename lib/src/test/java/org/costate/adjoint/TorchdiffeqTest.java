package org.costate.adjoint;

import static org.costate.Close.assertClose;
import static org.costate.Close.flat;
import static org.costate.Reference.number;
import static org.costate.Reference.numbers;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.costate.Ode;
import org.costate.ode.Dopri5;
import org.costate.ode.Kutta38;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What torchdiffeq computed, of `reference.json`: its Kutta 3/8 and Dormand–Prince.
class TorchdiffeqTest {
    /// torchdiffeq's `rk4` is Kutta's 3/8 rule.
    @ParameterizedTest
    @ValueSource(strings = {"backprop", "adjoint"})
    void kuttasRuleIsTorchsRk4(String mode) {
        Gradient g = Ode.of(Fields.MLP)
                .span(0, number("mlp/inputs/T"))
                .solver(Kutta38.steps(10))
                .adjoint(mode.equals("backprop") ? Backprop.defaults() : Backsolve.defaults())
                .gradient(numbers("mlp/inputs/x0"), Fields.mlp(), Cost.sumOfSquares(numbers("mlp/inputs/y")));
        compare("mlp/fixed_grid_N10/rk4/" + mode, g, 1e-12);
        assertEquals(
                (long) number("mlp/fixed_grid_N10/rk4/" + mode + "/nfe_forward"),
                g.forward().evaluations());
    }

    /// The same problem and tolerance as torchdiffeq's, with another control of steps: both are as near to
    /// the exact gradient.
    @ParameterizedTest
    @ValueSource(strings = {"backprop_1e-10", "adjoint_1e-10", "adjoint_1e-10_no_dt"})
    void dormandPrinceAgreesWithTorch(String run) {
        Gradient g = Ode.of(Fields.MLP)
                .span(0, number("mlp/inputs/T"))
                .solver(Dopri5.tolerance(1e-10, 1e-10))
                .adjoint(run.startsWith("backprop") ? Backprop.defaults() : Backsolve.defaults())
                .timeGradients()
                .gradient(numbers("mlp/inputs/x0"), Fields.mlp(), Cost.sumOfSquares(numbers("mlp/inputs/y")));
        compare("mlp/reference/terminal", g, 1e-8);
        compare("mlp/torchdiffeq_dopri5_" + run, g, 1e-8);
        if (run.equals("adjoint_1e-10")) {
            double[] byTimes = numbers("mlp/torchdiffeq_dopri5_adjoint_1e-10/dL_dt");
            assertClose(byTimes, new double[] {g.times().t0(), g.times().t1()}, 1e-8, "by t0 and T");
        }
    }

    private static void compare(String path, Gradient g, double tolerance) {
        assertEquals(number(path + "/loss"), g.cost(), tolerance, path);
        assertClose(numbers(path + "/xT"), flat(g.end()), tolerance, path + " x(T)");
        assertClose(numbers(path + "/grads/x0"), flat(g.x0()), tolerance, path + " by x0");
        for (String name : new String[] {"W1", "c", "b1", "W2", "b2"}) {
            assertClose(numbers(path + "/grads/" + name), flat(g.parameter(name)), tolerance, path + " by " + name);
        }
    }
}
