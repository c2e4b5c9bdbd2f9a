package org.costate.adjoint;

import static org.costate.Close.assertClose;
import static org.costate.Close.flat;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.costate.Ode;
import org.costate.Solution;
import org.costate.graph.Expr;
import org.costate.graph.Trace;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.ArrayBound;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Dopri5;
import org.costate.ode.Dopri8;
import org.costate.ode.Dynamics;
import org.costate.ode.FixedSteps;
import org.costate.ode.Norm;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Parameters;
import org.costate.ode.Part;
import org.costate.ode.Rk4;
import org.costate.ode.Solver;
import org.costate.ode.Tableau;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Small systems are solved on plain arrays, and after some uses by code made for them: against the same on buffers.
class SmallSystemsTest {
    private static final ParameterLayout LAYOUT = ParameterLayout.scalars("a", "b", "c");
    private static final Parameters THETA = Parameters.of(LAYOUT, 1.3, 0.7, -0.4);

    /// Depends on the time; all three parameters and both components mix. The lambdas set or add.
    private static final Dynamics LAMBDAS = Dynamics.of(
            2,
            LAYOUT,
            (t, x, p, dx) -> {
                dx[0] = p[0] * x[1] + p[2] * t * x[0];
                dx[1] -= p[1] * Math.sin(x[0]);
            },
            (t, x, p, a, gx, gp) -> {
                gx[0] += a[0] * p[2] * t - a[1] * p[1] * Math.cos(x[0]);
                gx[1] = a[0] * p[0];
                gp[0] += a[0] * x[1];
                gp[1] = -a[1] * Math.sin(x[0]);
                gp[2] += a[0] * t * x[0];
            });

    private static final Dynamics TRACED = Trace.dynamics(2, (t, x, p) -> {
        Expr a = p.scalar("a");
        Expr b = p.scalar("b");
        Expr c = p.scalar("c");
        Expr q = x.column(0);
        return Expr.concat(
                a.times(x.column(1)).plus(c.times(t).times(q)), b.times(q.sin()).negate());
    });

    /// The same field, on buffers alone.
    private record OnBuffers(Dynamics field) implements Dynamics {
        @Override
        public int dimension() {
            return field.dimension();
        }

        @Override
        public ParameterLayout layout() {
            return field.layout();
        }

        @Override
        public boolean hasVjp() {
            return field.hasVjp();
        }

        @Override
        public BoundDynamics bind(Workspace workspace, int batch, Precision precision, Buffer theta) {
            return new Bound(field.bind(workspace, batch, precision, theta));
        }
    }

    private record Bound(BoundDynamics field) implements BoundDynamics {
        @Override
        public int tapeLength() {
            return field.tapeLength();
        }

        @Override
        public void eval(double t, Buffer x, Buffer dx) {
            field.eval(t, x, dx);
        }

        @Override
        public void eval(Part part, double t, Buffer x, Buffer dx, Buffer tape) {
            field.eval(part, t, x, dx, tape);
        }

        @Override
        public void vjp(Part part, double t, Buffer x, Buffer tape, Buffer a, Buffer gx, Buffer gp) {
            field.vjp(part, t, x, tape, a, gx, gp);
        }

        @Override
        public void jvp(Part part, double t, Buffer x, Buffer tape, Buffer dx, Buffer dp, Buffer dk) {
            field.jvp(part, t, x, tape, dx, dp, dk);
        }

        @Override
        public double timeVjp(Part part, double t, Buffer x, Buffer tape, Buffer a) {
            return field.timeVjp(part, t, x, tape, a);
        }
    }

    static Stream<Solver> solvers() {
        return Stream.concat(
                ExactModesTest.solvers(),
                Stream.of(
                        Rk4.steps(9).jumpAt(0.5, 0.9),
                        Dopri5.tolerance(1e-6, 1e-7).jumpAt(0.5).stopAt(0.7),
                        Dopri8.tolerance(1e-6, 1e-7).adaptive(s -> s.withNorm(Norm.MAX)),
                        Dopri5.tolerance(1e-6, 1e-7)
                                .adaptive(s -> s.withNorm((e, scale) -> 0.9 * Norm.MAX.of(e, scale))),
                        Dopri5.tolerance(1e-4, 1e-4).adaptive(s -> s.withFirst(1)))); // is rejected
    }

    private static List<Adjoint> modes() {
        return List.of(
                Backprop.defaults(),
                Checkpointed.defaults(),
                Checkpointed.states(2),
                Backsolve.defaults(),
                Backsolve.defaults().withSeminorm(),
                Backsolve.defaults().withReset());
    }

    @ParameterizedTest
    @MethodSource("solvers")
    void isTheSameAsOnBuffers(Solver solver) {
        SplittableRandom random = new SplittableRandom(31);
        for (int batch : new int[] {1, 3, 16}) {
            double[][] x0 = new double[batch][2];
            double[][] target = new double[batch][2];
            for (int i = 0; i < batch; i++) {
                x0[i] = new double[] {random.nextDouble(-1, 1), random.nextDouble(-1, 1)};
            }
            Cost cost = Cost.sumOfSquaresAt(0.6, target).plus(Cost.sumOfSquares(target));
            for (Dynamics field : List.of(LAMBDAS, TRACED)) {
                for (Adjoint mode : modes()) {
                    Ode ode = Ode.of(field).span(0.2, 1.4).solver(solver).adjoint(mode);
                    Gradient there = Ode.of(new OnBuffers(field))
                            .span(0.2, 1.4)
                            .solver(solver)
                            .adjoint(mode)
                            .gradient(x0, THETA, cost);
                    String what = solver + ", " + mode + ", batch " + batch + ", " + field;
                    Gradient here = ode.gradient(x0, THETA, cost);
                    if (field.equals(LAMBDAS)) { // the same evaluations; the sums have the same roundings
                        assertArrayEquals(flat(there.end()), flat(here.end()), 0, what + ": bits of the end");
                    }
                    assertClose(flat(there.x0()), flat(here.x0()), 1e-12, what + ": by x0");
                    assertClose(there.parameters().toArray(), here.parameters().toArray(), 1e-12, what + ": by theta");
                    assertEquals(there.cost(), here.cost(), 1e-13 * there.cost(), what);
                    assertEquals(there.forward().steps(), here.forward().steps(), what);
                    assertEquals(there.forward().evaluations(), here.forward().evaluations(), what);
                    assertEquals(there.backward().vjps(), here.backward().vjps(), what);
                    Gradient again = here;
                    for (int k = 0; k < 12; k++) { // the code is made meanwhile
                        again = ode.gradient(x0, THETA, cost);
                    }
                    assertArrayEquals(flat(here.x0()), flat(again.x0()), 0, what + ": bits by x0");
                    assertArrayEquals(
                            here.parameters().toArray(), again.parameters().toArray(), 0, what + ": bits by theta");
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("solvers")
    void solvesTheSameWithDenseOutput(Solver solver) {
        List<Solution> both = new ArrayList<>();
        for (Dynamics field : List.of(LAMBDAS, new OnBuffers(LAMBDAS))) {
            both.add(Ode.of(field)
                    .span(0.2, 1.4)
                    .solver(solver)
                    .dense()
                    .solve(new double[][] {{1, 0.3}, {0.1, -1}}, THETA));
        }
        assertEquals(both.get(1).size(), both.get(0).size());
        for (double t = 0.2; t <= 1.4; t += 0.03) {
            assertClose(flat(both.get(1).at(t)), flat(both.get(0).at(t)), 1e-13, solver + " at " + t);
        }
    }

    /// As a cell of a notebook that is run again with another coefficient.
    @Test
    void tableausOfOneNameAreNotTakenForEachOther() {
        Cost cost = Cost.sumOfSquares(0.3, -0.2);
        for (double alpha : new double[] {0.5, 1, 0.75}) {
            double second = 1 / (2 * alpha);
            Tableau mine = new Tableau(
                    "mine",
                    2,
                    new double[] {0, alpha},
                    new double[][] {{}, {alpha}},
                    new double[] {1 - second, second},
                    "");
            Solver solver = new Solver(mine.scheme(), new FixedSteps(4), 10, new double[0], new double[0]);
            Ode here = Ode.of(LAMBDAS).span(0.2, 1.4).solver(solver);
            Ode there = Ode.of(new OnBuffers(LAMBDAS)).span(0.2, 1.4).solver(solver);
            double[] x0 = {1, 0.3};
            for (int k = 0; k < 12; k++) {
                String what = "alpha " + alpha + ", use " + k;
                assertArrayEquals(
                        flat(there.solve(x0, THETA).end()),
                        flat(here.solve(x0, THETA).end()),
                        0,
                        what);
                Gradient a = there.gradient(x0, THETA, cost);
                Gradient b = here.gradient(x0, THETA, cost);
                assertClose(flat(a.x0()), flat(b.x0()), 1e-13, what + ": by x0");
                assertClose(a.parameters().toArray(), b.parameters().toArray(), 1e-13, what + ": by theta");
            }
        }
    }

    @Test
    void goesOnArraysWhereThatIsFaster() {
        assertNotNull(arrays(LAMBDAS, 1, Precision.FLOAT64));
        assertNotNull(arrays(TRACED, 16, Precision.FLOAT64));
        assertNull(arrays(TRACED, 17, Precision.FLOAT64));
        assertNull(arrays(LAMBDAS, 17, Precision.FLOAT64));
        assertNull(arrays(TRACED, 1, Precision.FLOAT32));
        assertNull(arrays(new OnBuffers(LAMBDAS), 1, Precision.FLOAT64));
    }

    private static ArrayBound arrays(Dynamics field, int batch, Precision precision) {
        Workspace workspace = new Workspace();
        Buffer theta = workspace.allocate(1, 3, precision);
        return field.bind(workspace, batch, precision, theta).onArrays();
    }
}
