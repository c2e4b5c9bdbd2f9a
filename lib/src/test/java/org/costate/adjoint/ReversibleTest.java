package org.costate.adjoint;

import static org.costate.Close.assertClose;
import static org.costate.Close.difference;
import static org.costate.Close.flat;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.costate.Draws;
import org.costate.Ode;
import org.costate.graph.Trace;
import org.costate.memory.Precision;
import org.costate.ode.AsynchronousLeapfrog;
import org.costate.ode.Coupling;
import org.costate.ode.Dopri5;
import org.costate.ode.Dynamics;
import org.costate.ode.Midpoint;
import org.costate.ode.Parameters;
import org.costate.ode.ReversibleHeun;
import org.costate.ode.Rk4;
import org.costate.ode.Solver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Reversible over many steps: exact where rounding does not grow, with anchors where it does, and honest about both.
class ReversibleTest {
    private static final long SEED = 1;

    /// The benchmark's W1: dx/dt = W2 tanh(W1 x³ + b1) + b2, 2-50-2, batch 20, on [0, 1].
    private static final Dynamics W1 = Trace.dynamics(
            2,
            (t, x, p) -> x.pow(3)
                    .matmul(p.matrix("W1", 2, 50))
                    .plus(p.row("b1", 50))
                    .tanh()
                    .matmul(p.matrix("W2", 50, 2))
                    .plus(p.row("b2", 2)));

    static Stream<IntFunction<Solver>> reversible() {
        return Stream.of(ReversibleHeun::steps, AsynchronousLeapfrog::steps, n -> Coupling.of(Midpoint.steps(n), 1));
    }

    @ParameterizedTest
    @MethodSource("reversible")
    void equalsBackpropOverTenThousandStepsOfTheSpiral(IntFunction<Solver> make) {
        Random random = new Random(SEED);
        Parameters theta = new Parameters(W1.layout())
                .set("W1", Draws.normal(random, 0.1, 2, 50))
                .set("W2", Draws.normal(random, 0.1, 50, 2));
        double[][] x0 = Draws.normal(random, 1, 20, 2);
        Cost cost = Cost.meanOfSquares(Draws.normal(random, 1, 20, 2));
        Ode ode = Ode.of(W1).span(0, 1).solver(make.apply(10_000));
        Gradient exact = ode.adjoint(Backprop.defaults()).gradient(x0, theta, cost);
        Gradient g = ode.adjoint(Reversible.defaults()).gradient(x0, theta, cost);
        assertClose(exact.parameters().toArray(), g.parameters().toArray(), 1e-10, "by theta");
        assertClose(flat(exact.x0()), flat(g.x0()), 1e-10, "by x0");
        assertTrue(g.drift().getAsDouble() < 1e-10 && g.peakBytes() < exact.peakBytes() / 500, g + " " + exact);
        Gradient sparse = ode.adjoint(Checkpointed.states(60)).gradient(x0, theta, cost);
        assertClose(exact.parameters().toArray(), sparse.parameters().toArray(), 1e-13, "checkpointed, by theta");
        assertClose(flat(exact.x0()), flat(sparse.x0()), 1e-13, "checkpointed, by x0");
    }

    private static final Dynamics OSCILLATOR = Trace.partitioned(
            1, (t, p, theta) -> p, (t, q, theta) -> q.times(theta.scalar("k")).negate());
    private static final Parameters K = Parameters.of(OSCILLATOR.layout(), 1.3);
    private static final double[] START = {1, 0.3};
    private static final Cost COST = Cost.sumOfSquares(0.2, 0.1);

    private static Ode oscillator(Solver solver) {
        return Ode.of(OSCILLATOR).span(0, 60).solver(solver).adjoint(Checkpointed.states(200));
    }

    /// λ⁻ᴺ = 5e21 over 50 000 steps.
    @Test
    void aCouplingThatGrowsRoundingIsAnchoredByItself() {
        Ode ode = oscillator(Coupling.of(Midpoint.steps(50_000), 0.999));
        Gradient exact = ode.gradient(START, K, COST);
        Gradient free = ode.adjoint(Reversible.anchored(Integer.MAX_VALUE)).gradient(START, K, COST);
        assertFalse(free.trusted(), "without anchors: " + free);
        Gradient g = ode.adjoint(Reversible.defaults()).gradient(START, K, COST);
        assertTrue(g.trusted() && g.drift().getAsDouble() < 1e-9, g.toString());
        assertClose(exact.parameters().toArray(), g.parameters().toArray(), 1e-9, "by k");
        assertClose(flat(exact.x0()), flat(g.x0()), 1e-9, "by x0");
        // 50 000 / 6904 = 7 anchors of two states of two numbers.
        long flat = ode.solver(Coupling.of(Midpoint.steps(6000), 0.999))
                .adjoint(Reversible.defaults())
                .gradient(START, K, COST)
                .peakBytes();
        assertTrue(Math.abs(flat + 7 * 32 - g.peakBytes()) <= 64, "counted: " + flat + ", then " + g.peakBytes());
        Gradient single =
                ode.precision(Precision.FLOAT32).adjoint(Reversible.defaults()).gradient(START, K, COST);
        assertTrue(single.drift().getAsDouble() < 1, single + ", where λ⁻ᴺ would give 1e14");
    }

    @Test
    void anchorsKeepContractingFieldsExact() {
        Dynamics contracting = Trace.dynamics(
                2, (t, x, p) -> x.matmul(p.matrix("A", 2, 2)).minus(x.times(8)).plus(t.sin()));
        Parameters theta = Parameters.of(contracting.layout(), 0.1, 2, -2, 0.3);
        Cost cost = Cost.sumOfSquares(0.1, -0.2).plus(Cost.sumOfSquaresAt(1.3, new double[][] {{0, 1}}));
        for (Solver solver : new Solver[] {
            Coupling.of(Rk4.steps(1200), 0.9),
            Coupling.of(Rk4.steps(1200), 0.9).jumpAt(2.2, 6),
            Coupling.of(Dopri5.tolerance(1e-6, 1e-6), 0.9)
        }) {
            Ode ode = Ode.of(contracting).span(0, 6).solver(solver);
            Gradient exact = ode.adjoint(Backprop.defaults()).gradient(START, theta, cost);
            Gradient lost = ode.adjoint(Reversible.anchored(Integer.MAX_VALUE)).gradient(START, theta, cost);
            assertTrue(
                    difference(exact.parameters().toArray(), lost.parameters().toArray()) > 1e-6
                            && lost.drift().getAsDouble() > 1e-6,
                    solver + " loses it without anchors and says so: " + lost);
            Gradient g = ode.adjoint(Reversible.anchored(10)).gradient(START, theta, cost);
            assertClose(exact.parameters().toArray(), g.parameters().toArray(), 1e-11, solver + " by theta");
            assertClose(flat(exact.x0()), flat(g.x0()), 1e-11, solver + " by x0");
            assertTrue(g.drift().getAsDouble() < 1e-8, g.toString());
        }
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Reversible.anchored(0))
                .getMessage()
                .startsWith("everySteps: got 0, expected at least 1"));
    }

    /// Adaptive steps cost 8 bytes each, and nothing else does.
    @Test
    void acceptedTimesOfAdaptiveStepsAreKept() {
        Ode ode = oscillator(ReversibleHeun.tolerance(1e-5, 1e-5)).adjoint(Reversible.defaults());
        Gradient few = ode.gradient(START, K, COST);
        Gradient many = ode.solver(ReversibleHeun.tolerance(1e-8, 1e-8)).gradient(START, K, COST);
        long steps = many.forward().steps() - few.forward().steps();
        assertTrue(steps > 10_000, steps + " steps more");
        double each = (many.peakBytes() - few.peakBytes()) / (double) steps;
        assertTrue(each >= 8 * 0.9 && each <= 16, each + " bytes a step; blocks double");
    }
}
