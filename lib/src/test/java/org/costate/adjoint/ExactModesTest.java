package org.costate.adjoint;

import static org.costate.Close.assertClose;
import static org.costate.Close.flat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Stream;
import org.costate.Draws;
import org.costate.Ode;
import org.costate.Reference;
import org.costate.Solution;
import org.costate.graph.Trace;
import org.costate.memory.Precision;
import org.costate.ode.AsynchronousLeapfrog;
import org.costate.ode.Bosh3;
import org.costate.ode.Coupling;
import org.costate.ode.Dopri5;
import org.costate.ode.Dopri8;
import org.costate.ode.Dynamics;
import org.costate.ode.Euler;
import org.costate.ode.GivenSteps;
import org.costate.ode.Heun;
import org.costate.ode.Kutta38;
import org.costate.ode.Midpoint;
import org.costate.ode.Parameters;
import org.costate.ode.Ralston;
import org.costate.ode.ReversibleHeun;
import org.costate.ode.Rk4;
import org.costate.ode.Solver;
import org.costate.ode.StormerVerlet;
import org.costate.ode.SymplecticEuler;
import org.costate.ode.Tsit5;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The modes that give the exact gradient of the discrete solve, with every solver: against differences of the solve
/// on its recorded grid, and against each other.
class ExactModesTest {
    private static final long SEED = 20;

    static Stream<Solver> solvers() {
        return Stream.of(
                Euler.steps(9),
                Midpoint.steps(9),
                Heun.steps(9),
                Ralston.steps(9),
                Bosh3.steps(9),
                Rk4.steps(9),
                Kutta38.steps(9),
                Tsit5.steps(9),
                Dopri5.steps(9),
                Dopri8.steps(9),
                ReversibleHeun.steps(9),
                AsynchronousLeapfrog.steps(9),
                Coupling.of(Rk4.steps(9)),
                Coupling.of(Dopri5.steps(9), 1),
                Heun.tolerance(1e-2, 1e-2),
                Bosh3.tolerance(1e-4, 1e-4),
                Tsit5.tolerance(1e-5, 1e-6),
                Dopri5.tolerance(1e-5, 1e-6),
                Dopri8.tolerance(1e-7, 1e-8),
                ReversibleHeun.tolerance(1e-2, 1e-2),
                AsynchronousLeapfrog.tolerance(1e-2, 1e-2),
                Coupling.of(Bosh3.steps(9)),
                Rk4.grid(0.2, 0.3, 0.55, 0.9, 1.4));
    }

    private static final Dynamics NET = Trace.dynamics(
            3,
            (t, x, p) -> x.pow(3)
                    .matmul(p.matrix("W1", 3, 7))
                    .plus(p.row("b1", 7).times(t))
                    .tanh()
                    .matmul(p.matrix("W2", 7, 3))
                    .plus(x.column(0).times(p.row("b2", 3))));

    private static double[][] random(long seed, int rows) {
        return Draws.uniform(seed, rows, 3, 1);
    }

    private static Parameters theta() {
        SplittableRandom random = new SplittableRandom(SEED);
        return Parameters.of(
                NET.layout(), random.doubles(NET.layout().size(), -0.5, 0.5).toArray());
    }

    /// At the end, at a time inside a step, at a node of nine steps, at the start; and of the parameters.
    private static Cost cost() {
        return Cost.sumOfSquares(random(3, 2))
                .plus(Cost.sumOfSquaresAt(0.77, random(4, 2)))
                .plus(Cost.sumOfSquaresAt(0.2 + 1.2 / 9 * 3, random(5, 2)))
                .plus(Cost.sumOfSquaresAt(0.2, random(6, 2)))
                .plus(Cost.parameterPenalty(0.1));
    }

    private static Ode ode(Solver solver) {
        return Ode.of(NET).span(0.2, 1.4).solver(solver).adjoint(Backprop.defaults());
    }

    @ParameterizedTest
    @MethodSource("solvers")
    void backpropAgreesWithDifferencesOnTheRecordedGrid(Solver solver) {
        Solution s = ode(solver.stopAt(0.77, 0.2 + 1.2 / 9 * 3)).solve(random(2, 2), theta());
        Ode replay = ode(solver.withSteps(new GivenSteps(s.times())));
        Gradient g = ode(solver).gradient(random(2, 2), theta(), cost());
        assertEquals(g.cost(), replay.gradient(random(2, 2), theta(), cost()).cost(), 1e-13, "the same grid");
        double h = 1e-5;
        Parameters theta = theta();
        double[] byTheta = new double[theta.layout().size()];
        for (int i = 0; i < byTheta.length; i++) {
            byTheta[i] = difference(replay, h, random(2, 2), i, -1);
        }
        assertClose(byTheta, g.parameters().toArray(), 1e-8, solver + " by theta, seed " + SEED);
        double[] byX = new double[6];
        for (int i = 0; i < 6; i++) {
            byX[i] = difference(replay, h, random(2, 2), -1, i);
        }
        assertClose(byX, flat(g.x0()), 1e-8, solver + " by x0, seed " + SEED);
    }

    private static double difference(Ode ode, double h, double[][] x0, int parameter, int state) {
        double[] cost = new double[2];
        for (int side = 0; side < 2; side++) {
            double move = (2 * side - 1) * h;
            Parameters theta = theta();
            double[][] x = {x0[0].clone(), x0[1].clone()};
            if (parameter >= 0) {
                theta.flat().set(parameter, theta.flat().get(parameter) + move);
            } else {
                x[state / 3][state % 3] += move;
            }
            cost[side] = ode.gradient(x, theta, cost()).cost();
        }
        return (cost[1] - cost[0]) / (2 * h);
    }

    @ParameterizedTest
    @MethodSource("solvers")
    void everyExactModeIsBackprop(Solver solver) {
        List<Adjoint> modes = new ArrayList<>(List.of(
                Checkpointed.states(1),
                Checkpointed.states(2),
                Checkpointed.states(4),
                Checkpointed.bytes(3000),
                Checkpointed.defaults(),
                Forward.defaults(),
                Symplectic.defaults()));
        if (solver.scheme().reversible()) {
            modes.add(Reversible.defaults());
        }
        for (Precision precision : Precision.values()) {
            for (Solver s : new Solver[] {solver, solver.jumpAt(0.5)}) {
                Ode ode = ode(s).precision(precision);
                Gradient exact = ode.gradient(random(2, 2), theta(), cost());
                for (Adjoint mode : modes) {
                    Gradient g = ode.adjoint(mode).gradient(random(2, 2), theta(), cost());
                    double close = mode instanceof Reversible ? 1e-11 : 1e-13;
                    double tolerance = precision == Precision.FLOAT64 ? close : 1e-4;
                    String what = s + ", " + mode + ", " + precision;
                    assertEquals(exact.cost(), g.cost(), what);
                    assertClose(exact.parameters().toArray(), g.parameters().toArray(), tolerance, what);
                    assertClose(flat(exact.x0()), flat(g.x0()), tolerance, what);
                }
            }
        }
    }

    /// At t = 10⁹ a step is known to seven digits: the way back takes the same one.
    @Test
    void stepsAreThoseOfTheWayForwardWhereTimeIsCoarse() {
        for (double end : new double[] {1e9 + 3, 1e9 - 3}) {
            Ode ode = Ode.of(NET).span(1e9, end).solver(Dopri5.tolerance(1e-4, 1e-4));
            Cost cost = Cost.sumOfSquares(random(3, 2));
            Gradient exact = ode.gradient(random(2, 2), theta(), cost);
            for (Adjoint mode : List.of(Checkpointed.states(2), Symplectic.defaults(), Forward.defaults())) {
                Gradient g = ode.adjoint(mode).gradient(random(2, 2), theta(), cost);
                assertClose(exact.parameters().toArray(), g.parameters().toArray(), 1e-13, mode + " to " + end);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 10, 100, 1000})
    void recomputeIsSchemeB(int n) {
        Gradient g = Ode.of(Fields.TANH2)
                .span(0, Reference.number("tanh2/inputs/T"))
                .solver(Euler.steps(n))
                .adjoint(Recompute.defaults())
                .gradient(
                        Reference.numbers("tanh2/inputs/x0"),
                        Fields.tanh2(),
                        Cost.sumOfSquares(Reference.numbers("tanh2/inputs/y")));
        String path = "tanh2/byN/" + n + "/B";
        assertClose(Reference.numbers(path + "/grad_x0"), flat(g.x0()), 1e-12, path);
        assertClose(Reference.numbers(path + "/grad_theta"), g.parameters().toArray(), 1e-12, path);
    }

    /// Steps computed again with c checkpoints: at least r N − C(c + r, r − 1), where C(c + r − 1, c) < N ≤ C(c + r,
    /// c) (Griewank and Walther); here each step is taken once more to be transposed.
    @Test
    void checkpointsLieWhereTheFewestStepsAreComputedAgain() {
        Dynamics f = Fields.LINEAR;
        for (int c : new int[] {2, 3, 5, 10}) {
            for (int n : new int[] {2, 3, 7, 20, 56, 100}) {
                Gradient g = Ode.of(f)
                        .span(0, 1)
                        .solver(Euler.steps(n))
                        .adjoint(Checkpointed.states(c))
                        .gradient(new double[] {1}, Fields.linear(), Cost.sumOfSquares(0));
                int r = 0;
                while (binomial(c + r, c) < n) {
                    r++;
                }
                double fewest = r * (double) n - binomial(c + r, r - 1) - (n - 1); // the way forward is not counted
                long again = g.backward().evaluations() - n;
                String what = c + " checkpoints, " + n + " steps: " + again + " again, at least " + fewest;
                assertTrue(again >= fewest && again <= 1.03 * fewest + 6, what);
            }
        }
    }

    private static double binomial(int n, int k) {
        double b = 1;
        for (int i = 1; i <= k; i++) {
            b = b * (n - k + i) / i;
        }
        return k < 0 ? 0 : b;
    }

    /// Over many steps of an orbit a reversible method needs no memory and stays exact.
    @ParameterizedTest
    @MethodSource("reversible")
    void reversibleEqualsBackpropOverManySteps(Function<Integer, Solver> make) {
        Dynamics oscillator = Trace.dynamics(
                2,
                (t, x, p) -> org.costate.graph.Expr.concat(
                        x.column(1), x.column(0).times(p.scalar("k")).negate()));
        Parameters k = Parameters.of(oscillator.layout(), 1.3);
        Ode ode = Ode.of(oscillator).span(0, 50).solver(make.apply(10_000));
        Gradient exact = ode.gradient(new double[] {1, 0.3}, k, Cost.sumOfSquares(0.2, 0.1));
        Gradient g = ode.adjoint(Reversible.defaults()).gradient(new double[] {1, 0.3}, k, Cost.sumOfSquares(0.2, 0.1));
        assertClose(exact.parameters().toArray(), g.parameters().toArray(), 1e-10, "by k");
        assertClose(flat(exact.x0()), flat(g.x0()), 1e-10, "by x0");
        assertTrue(g.trusted() && g.drift().getAsDouble() < 1e-9, g.toString());
        assertTrue(g.peakBytes() < exact.peakBytes() / 50, g.peakBytes() + " of " + exact.peakBytes() + " bytes");
    }

    /// Symplectic methods on a field of positions and momenta, in every exact mode and against differences.
    @Test
    void symplecticMethodsOnPartitionedFields() {
        Dynamics pendulum = Trace.partitioned(
                1,
                (t, p, theta) -> p.dividedBy(theta.scalar("m")),
                (t, q, theta) -> q.sin().times(theta.scalar("g")).negate());
        Parameters theta = Parameters.of(pendulum.layout(), 1.3, 2.1);
        double[] x0 = {1, 0.2};
        Cost cost = Cost.sumOfSquares(0.3, 0.4).plus(Cost.sumOfSquaresAt(1.05, new double[][] {{0.1, 0.2}}));
        for (Solver solver : new Solver[] {SymplecticEuler.steps(40), StormerVerlet.steps(40)}) {
            Ode ode = Ode.of(pendulum).span(0, 2).solver(solver);
            Gradient exact = ode.gradient(x0, theta, cost);
            double h = 1e-6;
            double[] byTheta = new double[2];
            for (int i = 0; i < 2; i++) {
                double[] up = theta.toArray();
                double[] down = theta.toArray();
                up[i] += h;
                down[i] -= h;
                byTheta[i] = (ode.gradient(x0, Parameters.of(pendulum.layout(), up), cost)
                                        .cost()
                                - ode.gradient(x0, Parameters.of(pendulum.layout(), down), cost)
                                        .cost())
                        / (2 * h);
            }
            assertClose(byTheta, exact.parameters().toArray(), 1e-8, solver + " by theta");
            for (Adjoint mode : new Adjoint[] {
                Checkpointed.states(3), Symplectic.defaults(), Reversible.defaults(), Forward.defaults()
            }) {
                Gradient g = ode.adjoint(mode).gradient(x0, theta, cost);
                assertClose(exact.parameters().toArray(), g.parameters().toArray(), 1e-12, solver + ", " + mode);
                assertClose(flat(exact.x0()), flat(g.x0()), 1e-12, solver + ", " + mode);
            }
        }
    }

    static Stream<Function<Integer, Solver>> reversible() {
        return Stream.of(
                ReversibleHeun::steps,
                AsynchronousLeapfrog::steps,
                n -> Coupling.of(Rk4.steps(n), 1),
                n -> Coupling.of(Midpoint.steps(n), 1));
    }
}
