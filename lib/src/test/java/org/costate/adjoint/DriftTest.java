package org.costate.adjoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.costate.Ode;
import org.costate.graph.Expr;
import org.costate.graph.Trace;
import org.costate.ode.Coupling;
import org.costate.ode.Dopri5;
import org.costate.ode.Dynamics;
import org.costate.ode.Euler;
import org.costate.ode.Parameters;
import org.costate.ode.ReversibleHeun;
import org.costate.ode.Rk4;
import org.costate.ode.Solver;
import org.junit.jupiter.api.Test;

/// What is said of a state that is found again on the way back, and when its gradient is not to be trusted.
class DriftTest {
    /// dx/dt = c − k x with a rate k of the sample's own.
    private static final Dynamics CONTRACTING = Trace.dynamics(2, (t, x, p) -> {
        Expr k = x.column(1);
        return Expr.concat(p.scalar("c").minus(x.column(0).times(k)), k.times(0));
    });

    private static Gradient gradient(Adjoint mode, Solver solver, double end, double c, double[][] x0, Cost cost) {
        return Ode.of(CONTRACTING)
                .span(0, end)
                .solver(solver)
                .adjoint(mode)
                .gradient(x0, Parameters.of(CONTRACTING.layout(), c), cost);
    }

    /// x̃0 = x0 (1 − (k h)²)ᴺ.
    @Test
    void driftIsThePlainDistance() {
        double k = 3;
        double found = 50 * Math.pow(1 - k * k / 1e4, 100);
        for (Adjoint mode : List.of(Backsolve.defaults(), Recompute.defaults())) {
            Gradient g = gradient(mode, Euler.steps(100), 1, 0, new double[][] {{50, k}}, Cost.sumOfSquares(0, 0));
            assertEquals(50 - found, g.drift().getAsDouble(), 1e-9, mode.toString());
            assertFalse(g.trusted());
        }
    }

    @Test
    void aLargeSampleDoesNotHideASmallOneThatIsLost() {
        double[][] x0 = {{1e8, 0.01}, {2, 30}};
        Cost cost = Cost.terminal((x, gradient) -> {
            gradient.set(1, 0, 1);
            return x.get(1, 0);
        });
        for (Gradient g : new Gradient[] {
            gradient(Backsolve.defaults(), Rk4.steps(400), 1.3, 1, x0, cost),
            gradient(Backsolve.defaults(), Dopri5.tolerance(1e-9, 1e-9), 0.9, 1, x0, cost),
            gradient(Backsolve.defaults(), Dopri5.tolerance(1e-9, 1e-9).perSample(), 0.8, 1, x0, cost)
        }) {
            double miss = g.drift().getAsDouble();
            assertTrue(miss > 0.4 && miss < 1e-2 * 1e8, "as it was meant: " + g);
            assertFalse(g.trusted(), g.toString());
        }
        Gradient good = gradient(Backsolve.defaults(), Rk4.steps(400), 0.3, 1, x0, cost);
        assertTrue(good.trusted(), good.toString());
    }

    @Test
    void statesMuchBelowOneThatAreLostAreSeen() {
        Cost cost = Cost.terminal((x, gradient) -> {
            gradient.set(0, 0, 1);
            return x.get(0, 0);
        });
        Dynamics tiny = Trace.dynamics(1, (t, x, p) -> p.scalar("c").minus(x.times(30)));
        Parameters c = Parameters.of(tiny.layout(), 1e-9);
        Ode ode = Ode.of(tiny).adjoint(Backsolve.defaults());
        Gradient g = ode.span(0, 1.3).solver(Rk4.steps(400)).gradient(new double[] {2e-9}, c, cost);
        double miss = g.drift().getAsDouble();
        assertTrue(miss > 1e-9 && miss < 1e-3, "as it was meant: " + g);
        assertFalse(g.trusted(), g.toString());
        assertTrue(ode.span(0, 0.1)
                .solver(Rk4.steps(400))
                .gradient(new double[] {2e-9}, c, cost)
                .trusted());
        // Below the absolute tolerance nothing was asked for.
        assertTrue(ode.span(0, 0.1)
                .solver(Dopri5.tolerance(1e-6, 1e-8))
                .gradient(new double[] {2e-9}, c, cost)
                .trusted());
    }

    /// ∫ 10⁸ x dt comes back to 0 by no more than ten digits of 10⁸: that is not the state's fault.
    @Test
    void aRunningCostIsNoPartOfTheState() {
        Dynamics decay = Trace.dynamics(1, (t, x, p) -> x.times(p.scalar("k")));
        Parameters k = Parameters.of(decay.layout(), -0.7);
        Cost cost = Cost.running(Trace.cost(1, (t, x, p) -> x.times(1e8))).plus(Cost.sumOfSquares(0));
        for (Adjoint mode : List.of(Backsolve.defaults(), Reversible.defaults())) {
            Gradient g = Ode.of(decay)
                    .span(0, 2)
                    .solver(mode instanceof Backsolve ? Rk4.steps(12) : ReversibleHeun.steps(12))
                    .adjoint(mode)
                    .gradient(new double[] {1}, k, cost);
            assertTrue(g.trusted() && g.drift().getAsDouble() < 1e-4, g.toString());
        }
    }

    /// A state that begins at 0 is as large as it is a few steps later.
    @Test
    void aStateAtZeroIsNoAlarm() {
        Dynamics swing = Trace.dynamics(1, (t, x, p) -> t.cos().plus(p.scalar("c")));
        Parameters none = Parameters.of(swing.layout(), 0);
        Cost cost = Cost.sumOfSquares(0).plus(Cost.sumOfSquaresAt(Math.PI, new double[1][1]));
        for (Solver solver : new Solver[] {
            Rk4.steps(20), Dopri5.tolerance(1e-4, 1e-6), Dopri5.tolerance(1e-8, 1e-10), ReversibleHeun.steps(2000)
        }) {
            for (Adjoint mode :
                    List.of(Backsolve.defaults(), Backsolve.defaults().withReset(), Reversible.anchored(7))) {
                if (mode instanceof Reversible && !solver.scheme().reversible()) {
                    continue;
                }
                Gradient g = Ode.of(swing)
                        .span(0, 2 * Math.PI)
                        .solver(solver)
                        .adjoint(mode)
                        .gradient(new double[] {0}, none, cost);
                assertTrue(g.trusted(), solver + ", " + g);
            }
        }
    }

    /// The state that was lost at an observation, or that is lost at an anchor, is told although it was set right.
    @Test
    void settingTheStateRightDoesNotHideThatItWasLost() {
        Cost cost = Cost.sumOfSquares(0, 0)
                .plus(Cost.sumOfSquaresAt(0, new double[1][2]))
                .plus(Cost.sumOfSquaresAt(0.01, new double[1][2]));
        double[][] x0 = {{2, 30}};
        for (Solver solver : new Solver[] {Rk4.steps(200), Dopri5.tolerance(1e-6, 1e-8)}) {
            Gradient g = gradient(Backsolve.defaults().withReset(), solver, 2, 1, x0, cost);
            assertTrue(g.drift().getAsDouble() > 1, g.toString());
            assertFalse(g.trusted(), g.toString());
        }
        Gradient pure = gradient(Backsolve.defaults().withReset(), Dopri5.tolerance(1e-6, 1e-8), 2, 0, x0, cost);
        assertFalse(pure.trusted(), pure.toString());
        Cost often = Cost.sumOfSquares(0, 0);
        for (int i = 0; i < 60; i++) {
            often = often.plus(Cost.sumOfSquaresAt(i / 30.0, new double[1][2]));
        }
        Gradient near = gradient(Backsolve.defaults().withReset(), Rk4.steps(200), 2, 1, x0, often);
        assertTrue(near.trusted() && near.drift().getAsDouble() < 1e-2, near.toString());
        Gradient anchored = gradient(Reversible.anchored(395), Coupling.of(Rk4.steps(400), 0.9), 2, 1, x0, cost);
        assertFalse(anchored.trusted(), anchored.toString());
    }
}
