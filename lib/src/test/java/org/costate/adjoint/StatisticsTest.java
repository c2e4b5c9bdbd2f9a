package org.costate.adjoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.costate.Ode;
import org.costate.Solution;
import org.costate.graph.Trace;
import org.costate.ode.AsynchronousLeapfrog;
import org.costate.ode.Coupling;
import org.costate.ode.Dopri5;
import org.costate.ode.Dopri8;
import org.costate.ode.Dynamics;
import org.costate.ode.Euler;
import org.costate.ode.Heun;
import org.costate.ode.Parameters;
import org.costate.ode.ReversibleHeun;
import org.costate.ode.Rk4;
import org.costate.ode.Solver;
import org.costate.ode.Statistics;
import org.costate.ode.StormerVerlet;
import org.costate.ode.Tsit5;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What a solve and a gradient say they cost is what was asked of the field.
class StatisticsTest {
    private static final Dynamics FIELD = Trace.partitioned(
            1,
            (t, p, theta) -> p.times(theta.scalar("a")),
            (t, q, theta) -> q.sin().times(theta.scalar("b")).negate().plus(t.cos()));
    private static final Parameters THETA = Parameters.of(FIELD.layout(), 1.2, 0.9);
    private static final double[][] X0 = {{0.8, -0.3}, {0.1, 0.6}};
    private static final Cost COST = Cost.sumOfSquares(X0).plus(Cost.sumOfSquaresAt(0.77, X0));

    static Stream<Solver> solvers() {
        return Stream.of(
                Euler.steps(30),
                Rk4.steps(12),
                Dopri5.steps(7),
                Dopri8.steps(5),
                ReversibleHeun.steps(20),
                AsynchronousLeapfrog.steps(20),
                Coupling.of(Rk4.steps(9), 1),
                StormerVerlet.steps(20),
                Rk4.steps(12).jumpAt(0.4, 0.9),
                Dopri5.tolerance(1e-5, 1e-5).adaptive(a -> a.withFirst(1)),
                Dopri8.tolerance(1e-5, 1e-5).jumpAt(0.4),
                Dopri5.tolerance(1e-5, 1e-5).perSample());
    }

    @ParameterizedTest
    @MethodSource("solvers")
    void countsAreThoseOfTheField(Solver solver) throws ReflectiveOperationException, java.net.URISyntaxException {
        for (boolean dense : new boolean[] {false, true}) {
            Counting field = new Counting(FIELD);
            Solution s = ode(dense, field, solver).solve(X0, THETA);
            assertEquals(field.evaluations, s.statistics().evaluations(), solver + (dense ? ", dense" : ""));
            if (!solver.stepsPerSample()) {
                steps(s);
            }
            Counting observed = new Counting(FIELD);
            s = ode(dense, observed, solver)
                    .observe(0.21, 0.77, 0.78)
                    .interpolateObservations()
                    .solve(X0, THETA);
            assertEquals(observed.evaluations, s.statistics().evaluations(), solver + ", interpolated");
        }
        for (Adjoint mode : PairingsTest.modes()) {
            if (!PairingsTest.goTogether(mode, solver)) {
                continue;
            }
            for (String wish : List.of("nothing", "times", "costate", "interpolation", "both")) {
                Counting field = new Counting(FIELD);
                Ode ode = Ode.of(field).span(0.2, 1.4).solver(solver).adjoint(mode);
                Ode wished = switch (wish) {
                    case "times" -> ode.timeGradients();
                    case "costate" -> ode.keepCostate(1);
                    case "interpolation" -> ode.interpolateObservations();
                    case "both" -> ode.interpolateObservations().timeGradients();
                    default -> ode;
                };
                Gradient g = wished.gradient(X0, THETA, COST);
                String what = solver + ", " + mode + ", " + wish;
                Statistics both = g.forward().plus(g.backward());
                assertEquals(field.evaluations, both.evaluations(), what + ": evaluations");
                assertEquals(field.products, both.vjps(), what + ": products");
            }
        }
    }

    private static Ode ode(boolean dense, Dynamics field, Solver solver) {
        Ode ode = Ode.of(field).span(0.2, 1.4).solver(solver);
        return dense ? ode.dense() : ode;
    }

    private static void steps(Solution s) {
        double smallest = Double.POSITIVE_INFINITY;
        double largest = 0;
        for (int k = 1; k < s.size(); k++) {
            smallest = Math.min(smallest, s.times()[k] - s.times()[k - 1]);
            largest = Math.max(largest, s.times()[k] - s.times()[k - 1]);
        }
        assertEquals(s.size() - 1, s.statistics().steps());
        assertEquals(smallest, s.statistics().smallest(), 1e-15);
        assertEquals(largest, s.statistics().largest(), 1e-15);
    }

    /// A rejected step costs as many evaluations as an accepted one; the slope at the start, and the choice of the
    /// first
    /// step, come besides.
    @Test
    void rejectedStepsAreCounted() {
        record Case(Solver solver, int start, int perStep) {}
        for (Case c : new Case[] {
            new Case(Dopri5.tolerance(1e-7, 1e-7).adaptive(a -> a.withFirst(1)), 1, 6),
            new Case(Tsit5.tolerance(1e-7, 1e-7).adaptive(a -> a.withFirst(1)), 1, 6),
            new Case(Heun.tolerance(1e-7, 1e-7).adaptive(a -> a.withFirst(1)), 0, 2),
            new Case(Dopri5.tolerance(1e-9, 1e-9), 3, 6)
        }) {
            Counting field = new Counting(FIELD);
            Statistics s = Ode.of(field)
                    .span(0.2, 30)
                    .solver(c.solver)
                    .solve(X0, THETA)
                    .statistics();
            assertTrue(s.rejected() > 0, c.solver + ": " + s);
            assertEquals(c.start + c.perStep * (s.steps() + s.rejected()), s.evaluations(), c.solver + ": " + s);
            assertEquals(field.evaluations, s.evaluations(), c.solver.toString());
        }
    }
}
