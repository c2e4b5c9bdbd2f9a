package org.costate.adjoint;

import java.util.List;
import org.costate.graph.Expr;
import org.costate.graph.Trace;
import org.costate.ode.Dynamics;
import org.costate.ode.ParameterLayout;

/// Fields for [FuzzTest].
final class WildFields {
    /// Wide enough that several threads share a large batch.
    static final Dynamics WIDE = Trace.dynamics(2, (t, x, p) -> {
        Expr w = p.matrix("W", 2, 80);
        return x.matmul(w).plus(t).tanh().matmul(w.transpose()).minus(x);
    });

    private WildFields() {}

    /// Tame and wild: some blow up, some are not defined everywhere, some are stiff, some have no parameters, one
    /// has no derivative.
    static List<Dynamics> all() {
        ParameterLayout two = ParameterLayout.scalars("a", "b");
        return List.of(
                Trace.dynamics(1, (t, x, p) -> x.times(p.scalar("a"))),
                Trace.dynamics(1, (t, x, p) -> x.pow(2).plus(t)),
                Trace.dynamics(1, (t, x, p) -> x.sqrt().times(p.scalar("a"))),
                Trace.dynamics(2, (t, x, p) -> x.times(-200)),
                Trace.dynamics(2, (t, x, p) -> x.exp().times(p.row("a", 2)).plus(t.sin())),
                Trace.dynamics(2, (t, x, p) -> Expr.constant(1).dividedBy(x)),
                Trace.dynamics(
                        3,
                        (t, x, p) -> x.matmul(p.matrix("W", 3, 5))
                                .plus(p.row("b", 5).times(t))
                                .tanh()
                                .matmul(p.matrix("V", 5, 3))),
                WIDE,
                Trace.dynamics(4, (t, x, p) -> x.log().abs().max(x).min(t)),
                Trace.partitioned(
                        1,
                        (t, p, theta) -> p.times(theta.scalar("a")),
                        (t, q, theta) -> q.sin().times(theta.scalar("b")).negate()),
                Trace.partitioned(
                        2, (t, p, theta) -> p.pow(3), (t, q, theta) -> q.plus(t).negate()),
                Dynamics.of(
                        2,
                        two,
                        (t, x, p, dx) -> {
                            dx[0] = p[0] * x[1];
                            dx[1] = -p[1] * Math.sin(x[0]) + (t > 0.5 ? 1 : 0);
                        },
                        (t, x, p, a, gx, gp) -> {
                            gx[0] = -a[1] * p[1] * Math.cos(x[0]);
                            gx[1] = a[0] * p[0];
                            gp[0] = a[0] * x[1];
                            gp[1] = -a[1] * Math.sin(x[0]);
                        }),
                Dynamics.of(
                        1,
                        two,
                        (t, x, p, dx) -> dx[0] = t > 0.7 ? Double.NaN : x[0],
                        (t, x, p, a, gx, gp) -> gx[0] = t < 0.2 ? Double.NEGATIVE_INFINITY : a[0]),
                Dynamics.ofBatch(
                        2,
                        ParameterLayout.scalars("k"),
                        (t, x, p, dx) -> {
                            for (int i = 0; i < x.rows(); i++) {
                                dx.set(i, 0, x.get(i, 1));
                                dx.set(i, 1, -p.get(0) * x.get(i, 0));
                            }
                        },
                        (t, x, p, a, gx, gp) -> {
                            for (int i = 0; i < x.rows(); i++) {
                                gx.set(i, 0, -p.get(0) * a.get(i, 1));
                                gx.set(i, 1, a.get(i, 0));
                                gp.set(0, gp.get(0) - a.get(i, 1) * x.get(i, 0));
                            }
                        }),
                Dynamics.of(2, (t, x, dx) -> dx[0] = x[1]));
    }
}
