package org.costate.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.costate.Ode;
import org.costate.Solution;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Backprop;
import org.costate.adjoint.Backsolve;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Gauss;
import org.costate.adjoint.Gradient;
import org.costate.adjoint.Interpolating;
import org.costate.graph.Expr;
import org.costate.graph.Trace;
import org.costate.ode.AdaptiveSteps;
import org.costate.ode.Bosh3;
import org.costate.ode.Coupling;
import org.costate.ode.Dopri5;
import org.costate.ode.Dopri8;
import org.costate.ode.Dynamics;
import org.costate.ode.Heun;
import org.costate.ode.Parameters;
import org.costate.ode.ReversibleHeun;
import org.costate.ode.Solver;
import org.costate.ode.Tsit5;

/// Errors against tolerance, of methods that choose their steps: of the solution at the end, between the steps, and
/// of the gradient. All are relative to the largest number.
public final class Tolerances {
    /// A driven pendulum with friction, three swings of different width.
    private static final Dynamics FIELD = Trace.dynamics(
            2,
            (t, x, p) -> Expr.concat(
                    x.column(1),
                    x.column(0)
                            .sin()
                            .times(p.scalar("pull"))
                            .plus(x.column(1).times(p.scalar("friction")))
                            .negate()
                            .plus(t.times(2).cos())));

    private static final Parameters THETA = Parameters.of(FIELD.layout(), 2.5, 0.1);
    private static final double[][] X0 = {{0.4, 0}, {1.5, -0.5}, {-2.2, 0.3}};
    private static final Cost COST = Cost.sumOfSquares(new double[][] {{0.3, 0.1}, {-0.2, 0.4}, {1, 0}})
            .plus(Cost.running(Trace.cost(2, (t, x, p) -> x.pow(2).sumColumns())));
    private static final double[] BETWEEN =
            IntStream.range(0, 150).mapToDouble(i -> (i + 0.37) / 30).toArray();

    private static final Ode ODE = Ode.of(FIELD).span(0, 5);
    private static final Ode TIGHT = ODE.solver(Dopri8.tolerance(1e-13, 1e-13));
    private static final Solution EXACT = TIGHT.observe(BETWEEN).solve(X0, THETA);
    private static final Gradient EXACT_GRADIENT = TIGHT.gradient(X0, THETA, COST);

    private Tolerances() {}

    /// The same method, joint over the batch or with steps of each sample's own as before, at another tolerance.
    private static Ode at(Solver solver, double tolerance) {
        return ODE.solver(
                solver.withSteps(AdaptiveSteps.of(tolerance, tolerance).withPerSample(solver.stepsPerSample())));
    }

    /// Of the solution at the end.
    public static double solution(Solver solver, double tolerance) {
        return difference(
                flat(EXACT.end()), flat(at(solver, tolerance).solve(X0, THETA).end()));
    }

    /// The largest of the solution between the steps.
    public static double between(Solver solver, double tolerance) {
        Solution s = at(solver, tolerance).dense().solve(X0, THETA);
        return IntStream.range(0, BETWEEN.length)
                .mapToDouble(i -> difference(flat(EXACT.state(i)), flat(s.at(BETWEEN[i]))))
                .max()
                .getAsDouble();
    }

    /// Of the gradient: the larger one of those by x0 and by θ.
    public static double gradient(Solver solver, Adjoint mode, double tolerance) {
        Gradient g = at(solver, tolerance).adjoint(mode).gradient(X0, THETA, COST);
        return Math.max(
                difference(flat(EXACT_GRADIENT.x0()), flat(g.x0())),
                difference(EXACT_GRADIENT.parameters().toArray(), g.parameters().toArray()));
    }

    private static double[] flat(double[][] matrix) {
        return Arrays.stream(matrix).flatMapToDouble(Arrays::stream).toArray();
    }

    private static double difference(double[] exact, double[] got) {
        double size = 0;
        double worst = 0;
        for (int i = 0; i < exact.length; i++) {
            size = Math.max(size, Math.abs(exact[i]));
            worst = Math.max(worst, Math.abs(exact[i] - got[i]));
        }
        return worst / size;
    }

    /// The tightest tolerance, as a power of ten, that a method of this order reaches in some thousands of steps.
    public static int tightest(Solver solver) {
        return switch (solver.scheme().order()) {
            case 1, 2 -> -6;
            case 3 -> -8;
            default -> -10;
        };
    }

    /// A row for each of some methods, and for each of some modes with Dormand–Prince 5, at each tolerance.
    static List<Map<String, Object>> rows() {
        List<Solver> solvers = List.of(
                Heun.tolerance(1e-3, 1e-3),
                Bosh3.tolerance(1e-3, 1e-3),
                Tsit5.tolerance(1e-3, 1e-3),
                Dopri5.tolerance(1e-3, 1e-3),
                Dopri8.tolerance(1e-3, 1e-3),
                ReversibleHeun.tolerance(1e-3, 1e-3),
                Coupling.of(Dopri8.tolerance(1e-3, 1e-3), 1));
        List<Adjoint> modes =
                List.of(Backprop.defaults(), Backsolve.defaults(), Interpolating.defaults(), Gauss.defaults());
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int power = -3; power >= -10; power--) {
            double tolerance = Math.pow(10, power);
            for (Solver solver : solvers) {
                if (power >= tightest(solver)) {
                    Map<String, Object> row =
                            row("tolerance", tolerance, solver.scheme().name());
                    row.put("solution", solution(solver, tolerance));
                    row.put("between", between(solver, tolerance));
                    rows.add(row);
                }
            }
            for (Adjoint mode : modes) {
                Map<String, Object> row = row("tolerance-modes", tolerance, mode.toString());
                row.put("gradient", gradient(Dopri5.tolerance(1e-3, 1e-3), mode, tolerance));
                rows.add(row);
            }
        }
        return rows;
    }

    private static Map<String, Object> row(String curve, double x, String name) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("curve", curve);
        row.put("x", x);
        row.put("name", "costate " + name);
        return row;
    }
}
