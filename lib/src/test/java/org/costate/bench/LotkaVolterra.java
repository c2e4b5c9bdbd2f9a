package org.costate.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.costate.Ode;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Gradient;
import org.costate.graph.Expr;
import org.costate.graph.Trace;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.Dopri5;
import org.costate.ode.Dynamics;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Parameters;
import org.costate.ode.Solver;
import org.costate.ode.Tsit5;

/// W5: x' = a x − b x y, y' = d x y − c y on \[0, 10\], cost x(10) + y(10); traced, and as lambdas on `double[]`.
///
/// @param data x0 and theta = (a, b, c, d)
record LotkaVolterra(Map<String, double[]> data) implements Workload {
    private static Dynamics traced() {
        return Trace.dynamics(2, (t, state, p) -> {
            Expr a = p.scalar("a");
            Expr b = p.scalar("b");
            Expr c = p.scalar("c");
            Expr d = p.scalar("d");
            Expr x = state.column(0);
            Expr y = state.column(1);
            Expr xy = x.times(y);
            return Expr.concat(a.times(x).minus(b.times(xy)), d.times(xy).minus(c.times(y)));
        });
    }

    private static Dynamics lambdas() {
        return Dynamics.of(
                2,
                ParameterLayout.scalars("a", "b", "c", "d"),
                (t, x, p, dx) -> {
                    double xy = x[0] * x[1];
                    dx[0] = p[0] * x[0] - p[1] * xy;
                    dx[1] = p[3] * xy - p[2] * x[1];
                },
                (t, x, p, a, gx, gp) -> {
                    double xy = x[0] * x[1];
                    double byXy = a[1] * p[3] - a[0] * p[1];
                    gx[0] = a[0] * p[0] + byXy * x[1];
                    gx[1] = byXy * x[0] - a[1] * p[2];
                    gp[0] = a[0] * x[0];
                    gp[1] = -a[0] * xy;
                    gp[2] = -a[1] * x[1];
                    gp[3] = a[1] * xy;
                });
    }

    @Override
    public List<String> names() {
        List<String> names = new ArrayList<>();
        for (String kind : List.of("traced", "lambdas")) {
            names.add(SOLVE + " " + kind);
            for (String mode : List.of("Backprop", "Checkpointed", "Backsolve", "Forward")) {
                names.add("costate " + mode + " " + kind);
            }
            names.add("costate Backprop " + kind + " Tsit5");
            names.add("costate Backsolve " + kind + " Tsit5");
        }
        return names;
    }

    @Override
    public Implementation make(String name) {
        String[] words = name.split(" ", -1);
        boolean reference = name.equals(REFERENCE);
        Dynamics f = reference || words[2].equals("traced") ? traced() : lambdas();
        Parameters theta = Parameters.of(f.layout(), data.get("theta"));
        Buffer x0 = new Workspace().allocate(1, 2, Precision.FLOAT64);
        x0.copyFrom(data.get("x0"));
        double tolerance = reference ? 1e-12 : 1e-8;
        Solver solver =
                words.length > 3 ? Tsit5.tolerance(tolerance, tolerance) : Dopri5.tolerance(tolerance, tolerance);
        Ode ode = Ode.of(f).span(0, 10).solver(solver);
        if (name.startsWith(SOLVE)) {
            return new Implementation.Solved(ode.observe(10), x0, theta);
        }
        Cost sum = Cost.terminal((x, gradient) -> {
            gradient.fill(1);
            return x.get(0) + x.get(1);
        });
        return new Implementation.Differentiated(ode.adjoint(Workload.mode(words[1])), x0, theta, sum);
    }

    @Override
    public Map<String, double[]> arrays(Gradient g) {
        return Map.of("x0", g.x0()[0], "theta", g.parameters().toArray());
    }
}
