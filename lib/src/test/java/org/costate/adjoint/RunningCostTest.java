package org.costate.adjoint;

import static org.costate.Close.assertClose;
import static org.costate.Close.flat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.Stream;
import org.costate.Ode;
import org.costate.graph.Trace;
import org.costate.ode.Coupling;
import org.costate.ode.Dopri5;
import org.costate.ode.Dynamics;
import org.costate.ode.Euler;
import org.costate.ode.Initializer;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Parameters;
import org.costate.ode.ReversibleHeun;
import org.costate.ode.Rk4;
import org.costate.ode.Solver;
import org.costate.ode.StormerVerlet;
import org.costate.ode.SymplecticEuler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RunningCostTest {
    /// x' = θ x, ∫ x² dt = x0² (e^{2θT} − 1) / (2θ).
    private static final Dynamics LINEAR = Trace.dynamics(1, (t, x, p) -> x.times(p.scalar("theta")));

    private static final Dynamics SQUARE = Trace.cost(1, (t, x, p) -> x.pow(2));
    private static final double THETA = -0.7;
    private static final double T = 1.5;

    static Stream<Adjoint> modes() {
        return Stream.of(
                Backprop.defaults(),
                Checkpointed.states(3),
                Symplectic.defaults(),
                Forward.defaults(),
                Backsolve.defaults(),
                Interpolating.defaults(),
                Gauss.defaults(),
                Reversible.defaults());
    }

    @ParameterizedTest
    @MethodSource("modes")
    void agreesWithTheClosedForm(Adjoint mode) {
        Solver solver = mode instanceof Reversible ? Coupling.of(Rk4.steps(400), 1) : Rk4.steps(400);
        for (Solver s : new Solver[] {solver, Dopri5.tolerance(1e-9, 1e-9)}) {
            if (mode instanceof Reversible && !s.scheme().reversible()) {
                continue;
            }
            Gradient g = Ode.of(LINEAR)
                    .span(0, T)
                    .solver(s)
                    .adjoint(mode)
                    .gradient(
                            new double[][] {{2}, {0.5}},
                            Parameters.of(LINEAR.layout(), THETA),
                            Cost.running(SQUARE).plus(Cost.sumOfSquares(new double[][] {{0}, {0}})));
            double e = Math.exp(2 * THETA * T);
            double each = (e - 1) / (2 * THETA) + e; // times x0²
            double byTheta = (2 * T * e * THETA - (e - 1)) / (2 * THETA * THETA) + 2 * T * e;
            assertEquals(4.25 * each, g.cost(), 1e-8, "cost");
            assertClose(new double[] {4 * each, each}, flat(g.x0()), 1e-7, "by x0");
            assertEquals(4.25 * byTheta, g.parameter("theta")[0][0], 1e-7, "by theta");
            assertEquals(1, g.end()[0].length, "nothing is left of the component that was added");
        }
    }

    /// The exact modes differentiate the same rule that integrates: differences of the discrete cost.
    @Test
    void theIntegrandMayDependOnTimeAndParameters() {
        Dynamics f = Trace.dynamics(
                2, (t, x, p) -> x.matmul(p.matrix("W", 2, 2)).tanh().plus(p.row("b", 2)));
        Dynamics running = Trace.cost(
                2, (t, x, p) -> x.times(p.row("b", 2)).sumColumns().times(t).pow(2));
        Dynamics byHand = Dynamics.cost(
                2,
                ParameterLayout.EMPTY.with("b", 1, 2, Initializer.ZEROS),
                (t, x, p) -> Math.pow((x[0] * p[0] + x[1] * p[1]) * t, 2),
                (t, x, p, a, gx, gp) -> {
                    double outer = 2 * a[0] * (x[0] * p[0] + x[1] * p[1]) * t * t;
                    for (int j = 0; j < 2; j++) {
                        gx[j] += outer * p[j];
                        gp[j] += outer * x[j];
                    }
                });
        double[] theta = {0.5, -0.4, 0.3, 0.8, 0.2, -0.6};
        double[][] x0 = {{1, 0.5}, {-0.3, 0.7}};
        for (Solver solver : new Solver[] {Euler.steps(7), Rk4.steps(5), ReversibleHeun.steps(6)}) {
            Ode ode = Ode.of(f).span(0.2, 1.3).solver(solver);
            Gradient exact = ode.gradient(x0, Parameters.of(f.layout(), theta), Cost.running(running));
            double[] byTheta = new double[6];
            for (int i = 0; i < 6; i++) {
                double[] up = theta.clone();
                double[] down = theta.clone();
                up[i] += 1e-6;
                down[i] -= 1e-6;
                byTheta[i] = (ode.gradient(x0, Parameters.of(f.layout(), up), Cost.running(running))
                                        .cost()
                                - ode.gradient(x0, Parameters.of(f.layout(), down), Cost.running(running))
                                        .cost())
                        / 2e-6;
            }
            assertClose(byTheta, exact.parameters().toArray(), 1e-8, solver + " by theta");
            for (Adjoint mode : new Adjoint[] {Backprop.defaults(), Forward.defaults(), Checkpointed.states(2)}) {
                Gradient g = ode.adjoint(mode).gradient(x0, Parameters.of(f.layout(), theta), Cost.running(byHand));
                assertClose(exact.parameters().toArray(), g.parameters().toArray(), 1e-12, mode + " by hand");
                assertClose(flat(exact.x0()), flat(g.x0()), 1e-12, mode + " by hand, x0");
            }
        }
    }

    /// Symplectic methods have a rule of their own for it, of their order.
    @Test
    void symplecticMethodsIntegrateItWithTheirOrder() {
        Dynamics oscillator = Trace.partitioned(
                1,
                (t, p, theta) -> p,
                (t, q, theta) -> q.times(theta.scalar("k")).negate());
        Dynamics growing = Trace.cost(2, (t, x, p) -> x.column(0).plus(t).exp());
        Parameters k = Parameters.of(oscillator.layout(), 1);
        double exact = Ode.of(oscillator)
                .span(0, 2)
                .solver(Rk4.steps(2000))
                .gradient(new double[] {1, 0}, k, Cost.running(growing))
                .cost();
        record Case(int order, java.util.function.IntFunction<Solver> make) {}
        for (Case c : new Case[] {new Case(1, SymplecticEuler::steps), new Case(2, StormerVerlet::steps)}) {
            double[] error = new double[2];
            for (int i = 0; i < 2; i++) {
                Ode ode = Ode.of(oscillator).span(0, 2).solver(c.make.apply(100 * (1 + i)));
                Gradient g = ode.gradient(new double[] {1, 0}, k, Cost.running(growing));
                error[i] = Math.abs(g.cost() - exact);
                Gradient back =
                        ode.adjoint(Reversible.defaults()).gradient(new double[] {1, 0}, k, Cost.running(growing));
                assertClose(g.parameters().toArray(), back.parameters().toArray(), 1e-11, "reversible");
            }
            assertEquals(c.order, Math.log(error[0] / error[1]) / Math.log(2), 0.2, "order");
        }
    }
}
