package org.costate.adjoint;

import static org.costate.Close.assertClose;
import static org.costate.Close.flat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.costate.Ode;
import org.costate.graph.Trace;
import org.costate.kernels.Kernels;
import org.costate.kernels.Unary;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Dynamics;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Parameters;
import org.costate.ode.Part;
import org.costate.ode.Rk4;
import org.costate.ode.Solver;
import org.costate.ode.StormerVerlet;
import org.costate.ode.SymplecticEuler;
import org.junit.jupiter.api.Test;

/// Fields of positions and momenta, each half given in any way, with symplectic and other methods.
class PartitionedFieldsTest {
    private static final List<Adjoint> MODES = List.of(
            Backprop.defaults(),
            Checkpointed.states(2),
            Symplectic.defaults(),
            Reversible.defaults(),
            Forward.defaults(),
            Backsolve.defaults(),
            Interpolating.defaults(),
            Gauss.defaults(),
            Recompute.defaults());

    /// A pendulum with a mass that changes in time; each half in three ways.
    @Test
    void partitionedFieldsByLambdas() {
        ParameterLayout layout = ParameterLayout.scalars("m", "g");
        Dynamics traced = Trace.partitioned(
                1,
                (t, p, th) -> p.dividedBy(th.scalar("m").plus(t)),
                (t, q, th) -> q.sin().times(th.scalar("g")).negate());
        Dynamics onArrays = Dynamics.partitioned(
                1,
                layout,
                (t, p, th, dq) -> dq[0] = p[0] / (th[0] + t),
                (t, p, th, a, gp, gth) -> {
                    gp[0] = a[0] / (th[0] + t);
                    gth[0] -= a[0] * p[0] / ((th[0] + t) * (th[0] + t));
                },
                (t, q, th, dp) -> dp[0] = -th[1] * Math.sin(q[0]),
                (t, q, th, a, gq, gth) -> {
                    gq[0] = -a[0] * th[1] * Math.cos(q[0]);
                    gth[1] -= a[0] * Math.sin(q[0]);
                });
        Dynamics momentumOnBuffers = Dynamics.ofBatch(
                1,
                ParameterLayout.scalars("g"),
                (t, q, th, dp) -> {
                    Kernels.best().unary(Unary.SIN, q, dp);
                    for (int i = 0; i < dp.rows(); i++) {
                        dp.set(i, -th.get(0) * dp.get(i));
                    }
                },
                (t, q, th, a, gq, gth) -> {
                    for (int i = 0; i < q.rows(); i++) {
                        gq.set(i, -a.get(i) * th.get(0) * Math.cos(q.get(i)));
                        gth.set(0, gth.get(0) - a.get(i) * Math.sin(q.get(i)));
                    }
                });
        Dynamics mixed = Dynamics.partitioned(
                Trace.dynamics(1, (t, p, th) -> p.dividedBy(th.scalar("m").plus(t))), momentumOnBuffers);
        assertEquals(layout, mixed.layout());
        double[][] x0 = {{1, 0.2}, {-0.4, 0.7}};
        Parameters theta = Parameters.of(layout, 1.3, 2.1);
        Cost cost = Cost.sumOfSquares(x0).plus(Cost.sumOfSquaresAt(1.05, x0));
        for (Solver solver : new Solver[] {SymplecticEuler.steps(20), StormerVerlet.steps(20), Rk4.steps(20)}) {
            boolean symplectic = solver.scheme().partitioned();
            for (Adjoint mode : MODES) {
                boolean exact = !(mode instanceof Backsolve || mode instanceof Interpolating || mode instanceof Gauss);
                if (mode instanceof Recompute || (symplectic ? !exact : mode instanceof Reversible)) {
                    continue;
                }
                Gradient expected = Ode.of(traced)
                        .span(0, 2)
                        .solver(solver)
                        .adjoint(mode)
                        .timeGradients()
                        .gradient(x0, theta, cost);
                for (Dynamics f : List.of(onArrays, mixed)) {
                    Gradient g = Ode.of(f)
                            .span(0, 2)
                            .solver(solver)
                            .adjoint(mode)
                            .timeGradients()
                            .gradient(x0, theta, cost);
                    String what = solver + ", " + mode;
                    assertClose(flat(expected.end()), flat(g.end()), 1e-14, what);
                    assertClose(flat(expected.x0()), flat(g.x0()), 1e-12, what);
                    assertClose(expected.parameters().toArray(), g.parameters().toArray(), 1e-12, what);
                    assertEquals(expected.times().t1(), g.times().t1(), 1e-9, what);
                    assertEquals(expected.times().t0(), g.times().t0(), 1e-9, what);
                }
            }
        }
        assertSlopes(onArrays);
        assertSlopes(mixed);
        assertSlopes(traced);
    }

    /// Which half depends on what, and where it lies in the state: positions, then momenta.
    private static void assertSlopes(Dynamics pendulum) {
        Workspace w = new Workspace();
        Buffer theta = w.allocate(1, 2, Precision.FLOAT64);
        theta.copyFrom(1.5, 2);
        BoundDynamics f = pendulum.bind(w, 2, Precision.FLOAT64, theta);
        Buffer x = w.allocate(2, 2, Precision.FLOAT64);
        x.copyFrom(1, 3, 2, 5);
        Buffer dx = w.allocate(2, 2, Precision.FLOAT64);
        f.eval(0.5, x, dx);
        double down1 = -2 * Math.sin(1);
        double down2 = -2 * Math.sin(2);
        assertClose(new double[] {1.5, down1, 2.5, down2}, dx.toArray(), 1e-15, "both");
        f.eval(Part.POSITION, 0.5, x, dx);
        assertClose(new double[] {1.5, 0, 2.5, 0}, dx.toArray(), 1e-15, "dq/dt");
        f.eval(Part.MOMENTUM, 0.5, x, dx);
        assertClose(new double[] {0, down1, 0, down2}, dx.toArray(), 1e-15, "dp/dt");
    }

    @Test
    void halvesThatDoNotFitAreNamed() {
        Dynamics one = Trace.dynamics(1, (t, x, p) -> x.times(p.scalar("k")));
        Dynamics two = Trace.dynamics(2, (t, x, p) -> x);
        Dynamics other = Trace.dynamics(1, (t, x, p) -> x.times(p.row("k", 1)).times(p.matrix("W", 1, 1)));
        Dynamics wide = Trace.dynamics(1, (t, x, p) -> p.row("k", 2).sumColumns());
        assertTrue(message(() -> Dynamics.partitioned(one, two)).startsWith("dq, dp: got fields of 1 numbers"));
        assertTrue(message(() -> Dynamics.partitioned(one, wide)).startsWith("parameter k: got 1 x 1 and 1 x 2"));
        assertEquals(2, Dynamics.partitioned(one, other).layout().size());
        assertTrue(message(() -> one.over(ParameterLayout.scalars("q"))).startsWith("parameter k: got an array"));
        assertTrue(message(() -> Dynamics.ofBatch(0, ParameterLayout.EMPTY, (t, x, p, dx) -> {}))
                .startsWith("dimension: got 0"));
        assertFalse(
                Dynamics.partitioned(1, ParameterLayout.EMPTY, (t, p, th, dq) -> {}, null, (t, q, th, dp) -> {}, null)
                        .hasVjp());
    }

    private static String message(Runnable faulty) {
        return assertThrows(IllegalArgumentException.class, faulty::run).getMessage();
    }
}
