package org.costate;

import static org.costate.Close.assertClose;
import static org.costate.Close.flat;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.costate.adjoint.Backsolve;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Gradient;
import org.costate.graph.Trace;
import org.costate.memory.Precision;
import org.costate.ode.AsynchronousLeapfrog;
import org.costate.ode.Bosh3;
import org.costate.ode.Dopri5;
import org.costate.ode.Dopri8;
import org.costate.ode.Dynamics;
import org.costate.ode.Euler;
import org.costate.ode.Heun;
import org.costate.ode.Kutta38;
import org.costate.ode.Outcome;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Parameters;
import org.costate.ode.Rk4;
import org.costate.ode.Solver;
import org.costate.ode.Tsit5;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What a solve keeps: observations, dense output, samples with steps of their own, failures.
class SolutionTest {
    private static final Parameters NONE = new Parameters(ParameterLayout.EMPTY);

    /// x' = x cos t, x = x0 e^{sin t}.
    private static final Dynamics GROWTH = Dynamics.of(1, (t, x, dx) -> dx[0] = x[0] * Math.cos(t));

    record Method(IntFunction<Solver> make, int order, int steps) {}

    /// Order min(p, q + 1), with the interpolant's q: 3 for cubic Hermite, 4 for Tsit5 and Dopri5, 7 for Dopri8.
    static Stream<Method> methods() {
        return Stream.of(
                new Method(Euler::steps, 1, 100),
                new Method(Heun::steps, 2, 60),
                new Method(AsynchronousLeapfrog::steps, 2, 60),
                new Method(Bosh3::steps, 3, 60),
                new Method(Rk4::steps, 4, 40),
                new Method(Kutta38::steps, 4, 40),
                new Method(Tsit5::steps, 5, 30),
                new Method(Dopri5::steps, 5, 30),
                new Method(Dopri8::steps, 8, 8));
    }

    @ParameterizedTest
    @MethodSource("methods")
    void denseOutputHasItsOrderEverywhere(Method m) {
        for (double end : new double[] {2, -2}) {
            double[] error = new double[2];
            for (int i = 0; i < 2; i++) {
                int n = m.steps * (1 + i);
                Solution s = Ode.of(GROWTH)
                        .span(0, end)
                        .solver(m.make.apply(n))
                        .dense()
                        .solve(1.5);
                for (int j = 0; j <= 10 * n; j++) {
                    double t = end * j / (10.0 * n);
                    error[i] = Math.max(error[i], Math.abs(s.at(t)[0][0] - 1.5 * Math.exp(Math.sin(t))));
                }
                assertClose(s.state(3)[0], s.at(s.times()[3])[0], 1e-13, "at a node");
            }
            double slope = Math.log(error[0] / error[1]) / Math.log(2);
            // Of order 8, the next order still shows on this problem; OrderTest has another.
            assertEquals(m.order, slope, m.order < 8 ? 0.2 : 0.3, "observed order");
        }
    }

    /// None where the last stage is the next one's first, else one a step and one at the start, three for Dopri8.
    @Test
    void denseOutputCostsWhatItSays() {
        record Case(Solver solver, long evaluations) {}
        for (Case c : new Case[] {
            new Case(Rk4.steps(10), 40 + 11),
            new Case(Bosh3.steps(10), 30 + 1),
            new Case(Dopri5.steps(10), 60 + 1),
            new Case(Dopri8.steps(10), 120 + 1 + 30)
        }) {
            Solution s = Ode.of(GROWTH).span(0, 1).solver(c.solver).dense().solve(1.0);
            assertEquals(c.evaluations, s.statistics().evaluations(), c.solver.toString());
        }
    }

    /// Before the first step, and where there is none to take, the solution is known at one time.
    @Test
    void denseOutputBeginsAtTheStart() {
        double[][] x0 = {{1.5}, {-2}};
        Dynamics wild = Dynamics.of(1, (t, x, dx) -> dx[0] = Double.NaN);
        Solver adaptive = Dopri5.tolerance(1e-6, 1e-6);
        for (Precision precision : Precision.values()) {
            for (Solver solver : new Solver[] {Rk4.steps(3), Dopri8.steps(3), adaptive, adaptive.perSample()}) {
                Ode still = Ode.of(GROWTH).span(0.4, 0.4).solver(solver).precision(precision);
                Ode failing = Ode.of(wild).span(0.4, 1).solver(solver).precision(precision);
                for (Ode ode : new Ode[] {still, failing}) {
                    Solution s = ode.dense().solve(x0, NONE);
                    assertEquals(ode == still, s.outcome().succeeded());
                    assertArrayEquals(x0, s.at(0.4));
                    assertArrayEquals(x0, s.at(0.4), "again");
                    assertThrows(IllegalArgumentException.class, () -> s.at(0.5));
                }
            }
        }
    }

    /// √ is not defined where the last step ends: nothing is known inside of it, and no number is made up.
    @Test
    void anInterpolantThatIsNotFiniteIsNamed() {
        Dynamics root = Dynamics.of(1, (t, x, dx) -> dx[0] = -Math.sqrt(x[0]));
        Solution s = Ode.of(root).span(0, 2).solver(Euler.steps(2)).dense().solve(0.5);
        assertTrue(s.outcome().kind() == Outcome.Kind.NON_FINITE && s.size() == 2, s.toString());
        assertArrayEquals(s.state(1), s.at(1), "the state itself is known");
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> s.at(0.7));
        assertTrue(e.getMessage().startsWith("t: got 0.7, where the interpolant is not finite"), e.getMessage());
    }

    @Test
    void adaptiveStepsKeepTheirTolerance() {
        for (Solver s : new Solver[] {
            Heun.tolerance(1e-5, 1e-5),
            Bosh3.tolerance(1e-5, 1e-5),
            Tsit5.tolerance(1e-5, 1e-5),
            Dopri5.tolerance(1e-5, 1e-5),
            Dopri8.tolerance(1e-5, 1e-5)
        }) {
            double last = 1;
            for (double tolerance : new double[] {1e-4, 1e-6, 1e-8}) {
                Solver tight = s.adaptive(a -> org.costate.ode.AdaptiveSteps.of(tolerance, tolerance));
                Solution solution = Ode.of(GROWTH).span(0, 10).solver(tight).solve(1.0);
                double error = Math.abs(solution.end()[0][0] - Math.exp(Math.sin(10)));
                assertTrue(error < 100 * tolerance && error < last, s + " at " + tolerance + ": " + error);
                last = error;
                assertTrue(solution.statistics().smallest()
                        <= solution.statistics().largest());
            }
        }
    }

    @Test
    void observationsAloneAreKeptAndLandedOn() {
        double[] times = {0, 0.25, 0.7, 1.3, 2};
        for (Solver solver : new Solver[] {Rk4.steps(200), Dopri5.tolerance(1e-10, 1e-10)}) {
            Solution s = Ode.of(GROWTH).span(0, 2).solver(solver).observe(times).solve(1.0);
            assertArrayEquals(times, s.times());
            for (int j = 0; j < times.length; j++) {
                assertEquals(Math.exp(Math.sin(times[j])), s.state(j)[0][0], 1e-9);
            }
            Solution some =
                    Ode.of(GROWTH).span(0, 2).solver(solver).observe(0.5).solve(1.0);
            assertEquals(1, some.size());
            assertEquals(Math.exp(Math.sin(2)), some.end()[0][0], 1e-9, "the end is known all the same");
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> Ode.of(GROWTH)
                        .span(0, 2)
                        .solver(Rk4.steps(3))
                        .observe(1, 0.5)
                        .solve(1.0));
        assertThrows(
                IllegalArgumentException.class,
                () -> Ode.of(GROWTH)
                        .span(0, 2)
                        .solver(Rk4.steps(3))
                        .observe(2.5)
                        .solve(1.0));
        assertThrows(
                IllegalStateException.class,
                () -> Ode.of(GROWTH).span(0, 2).solver(Rk4.steps(3)).solve(1.0).at(1));
    }

    /// torchode's case: each sample's steps, result and gradient are those of its solo solve.
    @Test
    void samplesWithStepsOfTheirOwnAreAsIfAlone() {
        Dynamics f = Trace.dynamics(
                2,
                (t, x, p) -> x.matmul(p.matrix("A", 2, 2))
                        .times(x.pow(2).sumColumns().plus(1).log()));
        Parameters theta = Parameters.of(f.layout(), -0.1, 2, -2, -0.1);
        double[][] x0 = {{2, 0}, {0.1, -0.3}, {1, 1}};
        double[][] target = {{1, 0}, {0, 1}, {0.5, 0.5}};
        Ode ode = Ode.of(f).span(0, 2).solver(Dopri5.tolerance(1e-6, 1e-8));
        Ode each = ode.solver(Dopri5.tolerance(1e-6, 1e-8).perSample());
        Solution together = each.observe(0, 0.6, 2).solve(x0, theta);
        Cost cost = Cost.sumOfSquares(target)
                .plus(Cost.sumOfSquaresAt(0.6, target))
                .plus(Cost.running(Trace.cost(2, (t, x, p) -> x.pow(2).sumColumns())));
        for (var mode : new org.costate.adjoint.Adjoint[] {
            org.costate.adjoint.Backprop.defaults(), Backsolve.defaults(), org.costate.adjoint.Checkpointed.states(4)
        }) {
            Gradient g = each.adjoint(mode).gradient(x0, theta, cost);
            double[] sum = new double[4];
            double value = 0;
            long steps = 0;
            for (int row = 0; row < 3; row++) {
                Solution alone = ode.observe(0, 0.6, 2).solve(x0[row], theta);
                assertArrayEquals(alone.end()[0], together.end()[row], "sample " + row);
                assertArrayEquals(alone.state(1)[0], together.state(1)[row]);
                assertEquals(alone.statistics(), together.sample(row).statistics());
                double[][] one = {target[row]};
                Gradient solo = ode.adjoint(mode)
                        .gradient(
                                x0[row],
                                theta,
                                Cost.sumOfSquares(one)
                                        .plus(Cost.sumOfSquaresAt(0.6, one))
                                        .plus(Cost.running(Trace.cost(
                                                2, (t, x, p) -> x.pow(2).sumColumns()))));
                value += solo.cost();
                steps += solo.forward().steps();
                assertClose(flat(solo.x0()), g.x0()[row], 1e-14, mode + " by x0, sample " + row);
                for (int i = 0; i < 4; i++) {
                    sum[i] += solo.parameters().toArray()[i];
                }
            }
            assertEquals(value, g.cost(), 1e-13);
            assertEquals(steps, g.forward().steps(), "each has its own steps");
            assertClose(sum, g.parameters().toArray(), 1e-13, mode + " by theta");
        }
    }

    @Test
    void failuresHaveNamesAndKeepTheTrajectory() {
        Dynamics square = Dynamics.of(1, (t, x, dx) -> dx[0] = x[0] * x[0]); // blows up at t = 1
        Solution s =
                Ode.of(square).span(0, 2).solver(Dopri5.tolerance(1e-8, 1e-8)).solve(1.0);
        assertTrue(
                s.outcome().kind() == Outcome.Kind.STEP_UNDERFLOW || s.outcome().kind() == Outcome.Kind.NON_FINITE);
        assertEquals(1, s.outcome().time(), 1e-6);
        assertTrue(s.size() > 20);
        Solution limited = Ode.of(GROWTH)
                .span(0, 10)
                .solver(Dopri5.tolerance(1e-8, 1e-8).maxSteps(5))
                .solve(1.0);
        assertEquals(Outcome.Kind.STEP_LIMIT, limited.outcome().kind());
        assertTrue(limited.outcome().message().contains("maxSteps") && limited.size() >= 4, limited.toString());
        Dynamics root = Dynamics.of(2, (t, x, dx) -> {
            dx[0] = 1;
            dx[1] = Math.sqrt(0.5 - x[0]); // NaN from x0 = 0.5 on
        });
        Solution undefined =
                Ode.of(root).span(0, 1).solver(Tsit5.tolerance(1e-6, 1e-6)).solve(0.0, 0.0);
        assertEquals(Outcome.Kind.NON_FINITE, undefined.outcome().kind());
        assertTrue(
                undefined.outcome().message().contains("component 1"),
                undefined.outcome().message());
        assertEquals(0.5, undefined.outcome().time(), 1e-3);
    }

    @Test
    void theFieldMayJump() {
        Dynamics f = Dynamics.of(1, (t, x, dx) -> dx[0] = -x[0] + (t >= 0.5 ? 1 : 0));
        double exact = 1 + (Math.exp(-0.5) - 1) * Math.exp(-0.5);
        Solver solver = Dopri5.tolerance(1e-9, 1e-9);
        Solution blind = Ode.of(f).span(0, 1).solver(solver).solve(1.0);
        Solution told = Ode.of(f).span(0, 1).solver(solver.jumpAt(0.5)).solve(1.0);
        assertEquals(exact, told.end()[0][0], 1e-9);
        assertTrue(told.statistics().evaluations() < blind.statistics().evaluations() / 2, told + " " + blind);
        assertTrue(Stream.of(0.5)
                .allMatch(t -> java.util.Arrays.stream(told.times()).anyMatch(s -> s == t)));
        // Neither side is asked for the other's value, whichever of them owns the time itself, nor backwards in time.
        Dynamics after = Dynamics.of(1, (t, x, dx) -> dx[0] = -x[0] + (t > 0.5 ? 1 : 0));
        for (Dynamics field : new Dynamics[] {f, after}) {
            Ode ode = Ode.of(field).solver(Dopri8.steps(8).jumpAt(0.5));
            Solution few = ode.span(0, 1).dense().solve(1.0);
            assertEquals(exact, few.end()[0][0], 1e-12);
            assertEquals(Math.exp(-0.5), few.at(0.5)[0][0], 1e-12);
            assertEquals(1, ode.span(1, 0).solve(exact).end()[0][0], 1e-11);
        }
    }

    @Test
    void limitsOfTheStepSizeHold() {
        Solver solver =
                Dopri5.tolerance(1e-3, 1e-3).adaptive(a -> a.withMax(0.1).withFirst(0.01));
        double[] times = Ode.of(GROWTH).span(0, 1).solver(solver).solve(1.0).times();
        assertEquals(0.01, times[1], 1e-15);
        for (int k = 1; k < times.length; k++) {
            assertTrue(times[k] - times[k - 1] <= 0.1 + 1e-12);
        }
        Solver coarse = Dopri5.tolerance(1e-12, 1e-12).adaptive(a -> a.withMin(0.25));
        assertTrue(Ode.of(GROWTH).span(0, 1).solver(coarse).solve(1.0).size() <= 6);
        double[] forced = Ode.of(GROWTH)
                .span(1, 0)
                .solver(Dopri5.tolerance(1e-3, 1e-3).stopAt(0.3, 0.8))
                .solve(1.0)
                .times();
        assertTrue(java.util.Arrays.stream(forced).anyMatch(t -> t == 0.3)
                && java.util.Arrays.stream(forced).anyMatch(t -> t == 0.8));
    }

    @Test
    void aListenerHearsOfEveryStep() {
        List<Double> times = new ArrayList<>();
        Solution s = Ode.of(GROWTH)
                .span(0, 1)
                .solver(Dopri5.tolerance(1e-6, 1e-6))
                .listener((k, t, x) -> times.add(t))
                .solve(1.0);
        assertEquals(s.size() - 1, times.size());
        assertEquals(1.0, times.getLast());
    }

    /// Of samples with steps of their own, one after the other, each step by its number and with its sample.
    @Test
    void aListenerHearsWhoseStepItIs() {
        double[][] x0 = {{1}, {-3}, {0.2}};
        Ode ode = Ode.of(GROWTH).span(0, 1);
        Solver solver = Dopri5.tolerance(1e-6, 1e-6);
        List<List<Double>> told = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        List<Integer> plain = new ArrayList<>();
        Ode each = ode.solver(solver.perSample());
        Solution s = each.listener((sample, k, t, x) -> {
                    assertEquals(1, x.rows());
                    assertEquals(k, told.get(sample).size(), "each counts its own");
                    assertTrue(sample == 2 || told.get(sample + 1).isEmpty(), "one after the other");
                    told.get(sample).add(t);
                })
                .solve(x0, NONE);
        each.listener((k, t, x) -> plain.add(k)).solve(x0, NONE);
        for (int row = 0; row < 3; row++) {
            double[] times = s.sample(row).times();
            assertEquals(times.length - 1, told.get(row).size());
            for (int k = 1; k < times.length; k++) {
                assertEquals(times[k], told.get(row).get(k - 1));
                assertEquals(k - 1, plain.removeFirst());
            }
        }
        assertTrue(plain.isEmpty());
        List<Integer> samples = new ArrayList<>();
        Solution joint = ode.solver(solver)
                .listener((sample, k, t, x) -> samples.add(10 * sample + x.rows()))
                .solve(x0, NONE);
        assertEquals(java.util.Collections.nCopies(joint.size() - 1, 3), samples, "all at once");
    }

    /// Of a batch that stepped together, too.
    @Test
    void aSampleCanBeLookedAtAlone() {
        double[][] x0 = {{1}, {-3}, {0.2}};
        Solution s = Ode.of(GROWTH).span(0, 1).solver(Rk4.steps(5)).dense().solve(x0, NONE);
        Solution one = s.sample(1);
        assertArrayEquals(s.times(), one.times());
        assertArrayEquals(s.component(1, 0), one.component(0, 0));
        assertArrayEquals(s.state(3)[1], one.state(3)[0]);
        assertArrayEquals(s.end()[1], one.end()[0]);
        assertArrayEquals(s.at(0.33)[1], one.at(0.33)[0]);
        assertEquals(s.outcome(), one.outcome());
        assertThrows(IndexOutOfBoundsException.class, () -> one.state(6));
    }

    @Test
    void spansWithoutLengthAndFloat32() {
        Solution s =
                Ode.of(GROWTH).span(1, 1).solver(Dopri5.tolerance(1e-6, 1e-6)).solve(2.0);
        assertEquals(2.0, s.end()[0][0]);
        assertTrue(s.outcome().succeeded());
        Solution single = Ode.of(GROWTH)
                .span(0, 2)
                .solver(Dopri5.tolerance(1e-4, 1e-4))
                .precision(Precision.FLOAT32)
                .solve(new double[] {1}, NONE);
        assertEquals(Math.exp(Math.sin(2)), single.end()[0][0], 1e-3);
    }
}
