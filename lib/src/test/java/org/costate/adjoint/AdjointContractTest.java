package org.costate.adjoint;

import static org.costate.Close.assertClose;
import static org.costate.Close.flat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URISyntaxException;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.costate.Ode;
import org.costate.graph.Trace;
import org.costate.memory.Precision;
import org.costate.ode.Coupling;
import org.costate.ode.Dynamics;
import org.costate.ode.Euler;
import org.costate.ode.Midpoint;
import org.costate.ode.Outcome;
import org.costate.ode.Parameters;
import org.costate.ode.Rk4;
import org.costate.ode.SolveException;
import org.costate.ode.Solver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What every gradient mode must do; each supplies itself.
class AdjointContractTest {
    private static final long SEED = 99;

    /// All there are, Checkpointed with so few states that it computes some again.
    static Stream<Adjoint> modes() throws ReflectiveOperationException, URISyntaxException {
        return PairingsTest.modes().stream().map(m -> m instanceof Checkpointed ? Checkpointed.states(3) : m);
    }

    static Stream<Adjoint> modesWithAWayBack() throws ReflectiveOperationException, URISyntaxException {
        return modes().filter(m -> !(m instanceof Forward));
    }

    /// This method, or one made of it that the mode goes with.
    private static Solver solver(Adjoint mode, Solver usual) {
        return switch (mode) {
            case Reversible r -> Coupling.of(usual, 1);
            case Recompute r -> Euler.steps(1).withSteps(usual.steps());
            default -> usual;
        };
    }

    /// Recompute is of first order.
    private static double tolerance(Adjoint mode, double usual) {
        return mode instanceof Recompute ? 0.02 : usual;
    }

    private static boolean exact(Adjoint mode) {
        return !(mode instanceof Backsolve
                || mode instanceof Interpolating
                || mode instanceof Gauss
                || mode instanceof Recompute);
    }

    private static final Dynamics NET = Trace.dynamics(
            3,
            (t, x, p) -> x.pow(3)
                    .matmul(p.matrix("W1", 3, 7))
                    .plus(p.row("b1", 7).times(t))
                    .tanh()
                    .matmul(p.matrix("W2", 7, 3))
                    .plus(x.column(0).times(p.row("b2", 3))));

    private static Parameters theta() {
        Parameters theta = NET.initialParameters(SEED);
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = 0; i < theta.layout().size(); i++) {
            theta.flat().set(i, random.nextDouble(-0.5, 0.5));
        }
        return theta;
    }

    private static double[][] states(int batch) {
        SplittableRandom random = new SplittableRandom(SEED + 1);
        double[][] x = new double[batch][3];
        for (double[] row : x) {
            for (int j = 0; j < 3; j++) {
                row[j] = random.nextDouble(-1, 1);
            }
        }
        return x;
    }

    /// Exact modes agree with differences of the discrete solve, the others with many steps.
    @ParameterizedTest
    @MethodSource("modes")
    void agreesWithCentralDifferences(Adjoint mode) {
        Solver solver = solver(mode, exact(mode) ? Midpoint.steps(7) : Rk4.steps(300));
        Ode ode = Ode.of(NET).span(0.2, 1.4).solver(solver).adjoint(mode);
        double[][] x0 = states(2);
        double[][] target = states(5);
        Cost cost = Cost.sumOfSquares(new double[][] {target[3], target[4]});
        Parameters theta = theta();
        Gradient g = ode.gradient(x0, theta, cost);
        double h = 1e-5;
        double[] byTheta = new double[theta.layout().size()];
        for (int i = 0; i < byTheta.length; i++) {
            Parameters up = theta.copy();
            up.flat().set(i, theta.flat().get(i) + h);
            Parameters down = theta.copy();
            down.flat().set(i, theta.flat().get(i) - h);
            byTheta[i] = (ode.gradient(x0, up, cost).cost()
                            - ode.gradient(x0, down, cost).cost())
                    / (2 * h);
        }
        assertClose(byTheta, g.parameters().toArray(), tolerance(mode, 1e-8), mode + " by theta, seed " + SEED);
        double[][] byX = new double[2][3];
        for (int r = 0; r < 2; r++) {
            for (int j = 0; j < 3; j++) {
                double[][] up = {x0[0].clone(), x0[1].clone()};
                double[][] down = {x0[0].clone(), x0[1].clone()};
                up[r][j] += h;
                down[r][j] -= h;
                byX[r][j] = (ode.gradient(up, theta, cost).cost()
                                - ode.gradient(down, theta, cost).cost())
                        / (2 * h);
            }
        }
        assertClose(flat(byX), flat(g.x0()), tolerance(mode, 1e-8), mode + " by x0, seed " + SEED);
    }

    /// x' = A x with A = [[p, q], [−q, p]]: x(T) = e^{pT} R(qT) x0, so everything is known in closed form.
    @ParameterizedTest
    @MethodSource("modes")
    void agreesWithTheClosedFormOfALinearField(Adjoint mode) {
        Dynamics spiral = Trace.dynamics(2, (t, x, p) -> {
            var u = x.column(0);
            var v = x.column(1);
            var a = p.scalar("p");
            var b = p.scalar("q");
            return org.costate.graph.Expr.concat(
                    u.times(a).plus(v.times(b)), v.times(a).minus(u.times(b)));
        });
        double p = -0.3;
        double q = 1.7;
        double end = 2;
        Gradient g = Ode.of(spiral)
                .span(0, end)
                .solver(solver(mode, Rk4.steps(4000)))
                .adjoint(mode)
                .gradient(new double[] {1, 0.5}, Parameters.of(spiral.layout(), p, q), Cost.sumOfSquares(0, 0));
        double cost = Math.exp(2 * p * end) * 1.25; // |x(T)|² = e^{2pT} |x0|²
        assertEquals(cost, g.cost(), tolerance(mode, 1e-11));
        double close = tolerance(mode, 1e-10);
        assertClose(new double[] {2 * end * cost, 0}, g.parameters().toArray(), close, "by p and q");
        assertClose(new double[] {2 * cost / 1.25, cost / 1.25}, flat(g.x0()), close, "by x0");
    }

    /// The gradient's error shrinks with the order of the solver, for the continuous gradient.
    @ParameterizedTest
    @MethodSource("modes")
    void convergesWithTheOrderOfTheSolver(Adjoint mode) {
        Cost cost = Cost.sumOfSquares(states(1));
        double[] exact = Ode.of(NET)
                .span(0, 1)
                .solver(Rk4.steps(3000))
                .gradient(states(1), theta(), cost)
                .parameters()
                .toArray();
        record Method(int order, int steps, IntFunction<Solver> make) {}
        for (Method m : new Method[] {
            new Method(1, 200, Euler::steps), new Method(2, 40, Midpoint::steps), new Method(4, 16, Rk4::steps)
        }) {
            double[] error = new double[2];
            for (int i = 0; i < 2; i++) {
                Solver solver = solver(mode, m.make.apply(m.steps * (1 + 2 * i)));
                double[] got = Ode.of(NET)
                        .span(0, 1)
                        .solver(solver)
                        .adjoint(mode)
                        .gradient(states(1), theta(), cost)
                        .parameters()
                        .toArray();
                error[i] = org.costate.Close.difference(exact, got);
            }
            int order = mode instanceof Recompute ? 1 : m.order;
            assertEquals(order, Math.log(error[0] / error[1]) / Math.log(3), 0.2, mode + ", order " + order);
        }
    }

    @ParameterizedTest
    @MethodSource("modes")
    void aBatchIsTheSumOfItsSamples(Adjoint mode) {
        Ode ode = Ode.of(NET).span(0, 1).solver(solver(mode, Rk4.steps(10))).adjoint(mode);
        double[][] x0 = states(9);
        double[][] target = states(9);
        Gradient all = ode.gradient(x0, theta(), Cost.sumOfSquares(target));
        double[] sum = new double[theta().layout().size()];
        double cost = 0;
        for (int r = 0; r < 9; r++) {
            Gradient one = ode.gradient(x0[r], theta(), Cost.sumOfSquares(target[r]));
            cost += one.cost();
            assertClose(flat(one.x0()), all.x0()[r], 1e-13, "sample " + r);
            for (int i = 0; i < sum.length; i++) {
                sum[i] += one.parameters().toArray()[i];
            }
        }
        assertEquals(cost, all.cost(), 1e-13);
        assertClose(sum, all.parameters().toArray(), 1e-13, "by theta");
        Gradient mean = ode.gradient(x0, theta(), Cost.meanOfSquares(target));
        assertEquals(cost / 27, mean.cost(), 1e-14, "mean over 9 samples of 3 numbers");
    }

    @ParameterizedTest
    @EnumSource
    void modesAgreeWithEachOtherInBothPrecisions(Precision precision)
            throws ReflectiveOperationException, URISyntaxException {
        Cost cost = Cost.sumOfSquares(states(4));
        modes().forEach(mode -> {
            Ode ode = Ode.of(NET).span(0, 1).solver(solver(mode, Rk4.steps(50))).precision(precision);
            Gradient exact = ode.gradient(states(4), theta(), cost);
            Gradient g = ode.adjoint(mode).gradient(states(4), theta(), cost);
            double tolerance = tolerance(mode, precision == Precision.FLOAT64 ? 1e-6 : 1e-4);
            assertClose(exact.parameters().toArray(), g.parameters().toArray(), tolerance, mode + " by theta");
            assertClose(flat(exact.x0()), flat(g.x0()), tolerance, mode + " by x0");
        });
    }

    @ParameterizedTest
    @MethodSource("modes")
    void isTheSameToTheLastBitWhenRepeated(Adjoint mode) {
        Ode ode = Ode.of(NET).span(0, 1).solver(solver(mode, Rk4.steps(20))).adjoint(mode);
        double[] first = ode.gradient(states(5), theta(), Cost.sumOfSquares(states(5)))
                .parameters()
                .toArray();
        for (int i = 0; i < 3; i++) {
            double[] again = ode.gradient(states(5), theta(), Cost.sumOfSquares(states(5)))
                    .parameters()
                    .toArray();
            assertClose(first, again, 0, "repetition");
        }
    }

    @ParameterizedTest
    @MethodSource("modes")
    void givesAllMemoryBackAlsoAfterAFailure(Adjoint mode) {
        Dynamics square = Trace.dynamics(1, (t, x, p) -> x.pow(2));
        Ode ode = Ode.of(square).span(0, 4).solver(solver(mode, Rk4.steps(400))).adjoint(mode);
        SolveException e = assertThrows(
                SolveException.class,
                () -> ode.gradient(new double[] {1}, new Parameters(square.layout()), Cost.sumOfSquares(0)));
        assertEquals(Outcome.Kind.NON_FINITE, e.outcome().kind());
        assertEquals(0, ode.workspace().liveBytes());
        Gradient g = ode.span(0, 0.5).gradient(new double[] {1}, new Parameters(square.layout()), Cost.sumOfSquares(0));
        assertEquals(4, g.cost(), tolerance(mode, 1e-6), "x(1/2) = 2");
        assertEquals(0, ode.workspace().liveBytes());
        assertTrue(g.peakBytes() > 0);
    }

    /// Forward has no way back: nothing is left to be ended.
    @ParameterizedTest
    @MethodSource("modesWithAWayBack")
    void anInterruptEndsTheCallByName(Adjoint mode) {
        Ode ode = Ode.of(NET).span(0, 1).solver(solver(mode, Rk4.steps(1000))).adjoint(mode);
        Cost interrupting = Cost.terminal((x, gradient) -> {
            Thread.currentThread().interrupt(); // between the way there and the way back
            return 0;
        });
        SolveException e = assertThrows(SolveException.class, () -> ode.gradient(states(1), theta(), interrupting));
        assertTrue(Thread.interrupted(), "the flag is left set");
        assertEquals(Outcome.Kind.INTERRUPTED, e.outcome().kind());
        assertEquals(1, e.outcome().time(), 1e-12);
        assertEquals(0, ode.workspace().liveBytes());
    }

    @Test
    void theDriftOfBacksolveTellsALostGradient() {
        Dynamics contracting = Trace.dynamics(1, (t, x, p) -> x.times(-30).plus(p.scalar("c")));
        Parameters theta = Parameters.of(contracting.layout(), 1);
        Ode ode = Ode.of(contracting).span(0, 2).solver(Rk4.steps(200)).adjoint(Backsolve.defaults());
        Gradient lost = ode.gradient(new double[] {2}, theta, Cost.sumOfSquares(0));
        assertFalse(lost.trusted(), lost.toString());
        assertTrue(lost.toString().contains("NOT TO BE TRUSTED"));
        assertTrue(ode.span(0, 0.01)
                .gradient(new double[] {2}, theta, Cost.sumOfSquares(0))
                .trusted());
    }
}
