package org.costate.gpu;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.DoubleFunction;
import java.util.function.UnaryOperator;
import org.costate.Ode;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Backprop;
import org.costate.adjoint.Backsolve;
import org.costate.adjoint.Checkpointed;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Gradient;
import org.costate.adjoint.Interpolating;
import org.costate.adjoint.Reversible;
import org.costate.graph.Expr;
import org.costate.graph.Trace;
import org.costate.memory.Precision;
import org.costate.ode.AdaptiveSteps;
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

/// All that a gradient may be asked with on a device, factor by factor, and one case of it.
final class Matrix {
    private static final long SEED = 77;
    private static final double START = 0.1;
    private static final double END = 0.9;
    private static final double INSIDE = 0.55;

    static final List<Solver> SOLVERS = List.of(
            Euler.steps(6),
            Heun.steps(5),
            Midpoint.steps(5),
            Ralston.steps(5),
            Bosh3.steps(5),
            Kutta38.steps(4),
            Rk4.steps(5),
            Tsit5.steps(4),
            Dopri5.steps(4),
            Dopri8.steps(3),
            ReversibleHeun.steps(6),
            AsynchronousLeapfrog.steps(6),
            Coupling.of(Rk4.steps(4)),
            Coupling.of(Bosh3.steps(4), 1),
            SymplecticEuler.steps(6),
            StormerVerlet.steps(6));

    static final List<String> STEPS = List.of("fixed", "grid", "jump", "adaptive");

    static final List<Adjoint> MODES = List.of(
            Backprop.defaults(),
            Checkpointed.states(1),
            Checkpointed.states(3),
            Checkpointed.defaults(),
            Reversible.defaults(),
            Reversible.anchored(2),
            Backsolve.defaults(),
            Backsolve.defaults().withReset(),
            Backsolve.defaults().withSeminorm(),
            Backsolve.defaults().tolerance(1e-5, 1e-5),
            Interpolating.defaults());

    static final List<String> COSTS = List.of("terminal", "running", "observations", "penalty", "lambda", "all");
    static final List<Precision> PRECISIONS = List.of(Precision.values());
    static final List<Integer> BATCHES = List.of(1, 2, 7, 64, 1000);
    static final List<String> DIRECTIONS = List.of("forward", "backward");

    /// A field by its name.
    private record Named(String name, Dynamics field) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Expr net(Expr t, Expr x, org.costate.graph.Symbols p, int d, int hidden) {
        return x.matmul(p.matrix("W1", d, hidden))
                .plus(p.row("b", hidden))
                .tanh()
                .matmul(p.matrix("W2", hidden, d))
                .plus(t.times(0.1));
    }

    private static final List<Named> FIELDS = List.of(
            new Named(
                    "scalar",
                    Trace.dynamics(
                            1, (t, x, p) -> x.times(p.scalar("k")).negate().plus(t.sin()))),
            new Named("Lotka-Volterra", Trace.dynamics(2, (t, x, p) -> {
                Expr both = x.column(0).times(x.column(1));
                return Expr.concat(
                        x.column(0).times(p.scalar("a")).minus(both.times(p.scalar("b"))),
                        both.times(p.scalar("c")).minus(x.column(1).times(p.scalar("d"))));
            })),
            new Named("net 2-50-2", Trace.dynamics(2, (t, x, p) -> net(t, x, p, 2, 50))),
            new Named(
                    "weights in time",
                    Trace.dynamics(
                            3,
                            (t, x, p) -> x.matmul(p.matrix("A", 3, 5)
                                            .plus(p.matrix("B", 3, 5).times(t)))
                                    .tanh()
                                    .matmul(p.matrix("C", 5, 3).times(t.cos())))),
            new Named(
                    "mixing",
                    Trace.dynamics(
                            2,
                            (t, x, p) -> x.times(p.row("r", 2))
                                    .negate()
                                    .plus(x.tanh().sumRows().times(0.001)))),
            new Named(
                    "no parameters",
                    Trace.dynamics(
                            2,
                            (t, x, p) ->
                                    Expr.concat(x.column(1), x.column(0).sin().negate()))),
            new Named("large net", Trace.dynamics(2, (t, x, p) -> net(t, x, p, 2, 7000))),
            new Named(
                    "oscillator",
                    Trace.partitioned(
                            1,
                            (t, p, q) -> p.times(q.scalar("a")),
                            (t, x, q) -> x.sin().times(q.scalar("b")).negate().plus(t.cos()))));

    private static final List<String> WISHES = List.of("no wish", "times", "costate", "interpolated");

    static final List<List<?>> FACTORS =
            List.of(SOLVERS, STEPS, MODES, COSTS, PRECISIONS, BATCHES, DIRECTIONS, FIELDS, WISHES);
    static final List<String> NAMES =
            List.of("solver", "steps", "mode", "cost", "precision", "batch", "direction", "field", "wish");
    static final int WISH = 8;

    private final int[] values;

    Matrix(int... values) {
        this.values = values.clone();
    }

    /// May these go together? Entries of −1 are not chosen yet.
    static boolean valid(int... v) {
        Solver solver = v[0] < 0 ? null : SOLVERS.get(v[0]);
        String field = v[7] < 0 ? null : FIELDS.get(v[7]).name;
        if (solver != null
                && v[1] >= 0
                && STEPS.get(v[1]).equals("adaptive")
                && solver.scheme().errors().length == 0) {
            return false;
        }
        if (solver != null
                && v[2] >= 0
                && MODES.get(v[2]) instanceof Reversible
                && !solver.scheme().reversible()) {
            return false;
        }
        if (solver != null && field != null && solver.scheme().partitioned() && !field.equals("oscillator")) {
            return false;
        }
        boolean many = v[5] >= 0 && BATCHES.get(v[5]) > 64;
        if (many && v[1] >= 0 && STEPS.get(v[1]).equals("adaptive") && v[WISH] > 0) {
            return false; // sample after sample, each evaluation a launch: minutes
        }
        return !("large net".equals(field) && v[5] >= 0 && BATCHES.get(v[5]) > 64);
    }

    private Object of(String factor) {
        int f = NAMES.indexOf(factor);
        return FACTORS.get(f).get(values[f]);
    }

    Precision precision() {
        return (Precision) of("precision");
    }

    boolean adaptive() {
        return of("steps").equals("adaptive");
    }

    private double tolerance() {
        boolean low = ((Solver) of("solver")).scheme().order() <= 2; // so that steps are few
        return precision() == Precision.FLOAT32 ? 1e-3 : low ? 1e-4 : 1e-6;
    }

    /// How close the device must come.
    double close() {
        return adaptive() ? 10 * tolerance() : Answers.close(precision());
    }

    private double start() {
        return of("direction").equals("forward") ? START : END;
    }

    private double end() {
        return of("direction").equals("forward") ? END : START;
    }

    private Solver solver() {
        Solver fixed = (Solver) of("solver");
        double from = start();
        double to = end();
        return switch ((String) of("steps")) {
            case "grid" -> fixed.withSteps(new GivenSteps(from, 0.3 * to + 0.7 * from, 0.5, 0.9 * to + 0.1 * from, to));
            case "jump" -> fixed.jumpAt(0.5);
            case "adaptive" ->
                fixed.withSteps(AdaptiveSteps.of(tolerance(), tolerance())).perSample();
            default -> fixed;
        };
    }

    private Ode ode() {
        Ode ode = Ode.of(field())
                .span(start(), end())
                .solver(solver())
                .precision(precision())
                .adjoint((Adjoint) of("mode"));
        UnaryOperator<Ode> wish = switch ((String) of("wish")) {
            case "times" -> Ode::timeGradients;
            case "costate" -> o -> o.keepCostate(START, END);
            case "interpolated" -> Ode::interpolateObservations;
            default -> o -> o;
        };
        return wish.apply(ode);
    }

    private Dynamics field() {
        return ((Named) of("field")).field;
    }

    /// States of samples apart from each other; targets on one side, since sums that cancel tell nothing.
    private double[][] random(int seed, double low, double high) {
        SplittableRandom random = new SplittableRandom(SEED + seed);
        double[][] all = new double[(Integer) of("batch")][];
        Arrays.setAll(all, row -> random.doubles(field().dimension(), low, high).toArray());
        return all;
    }

    private Cost cost() {
        DoubleFunction<Cost> at = t -> Cost.sumOfSquaresAt(t, random(3, -0.9, -0.5));
        Cost end = Cost.sumOfSquares(random(2, -0.9, -0.5));
        Cost running = Cost.running(Trace.cost(
                field().dimension(), (t, x, p) -> x.pow(2).sumColumns().times(t)));
        Cost lambda = Cost.terminal((x, gradient) -> {
            double sum = 0;
            for (long i = 0; i < x.size(); i++) {
                double u = x.get(i);
                sum += u * u * u * u;
                gradient.set(i, 4 * u * u * u);
            }
            return sum;
        });
        return switch ((String) of("cost")) {
            case "running" -> running;
            case "observations" ->
                end.plus(at.apply(START)).plus(at.apply(INSIDE)).plus(at.apply(END));
            case "penalty" -> end.plus(Cost.parameterPenalty(0.1));
            case "lambda" -> lambda;
            case "all" -> lambda.plus(running).plus(at.apply(INSIDE)).plus(Cost.parameterPenalty(0.1));
            default -> end;
        };
    }

    private Parameters theta() {
        Dynamics field = field();
        int n = field.layout().size();
        return n > 10
                ? field.initialParameters(SEED)
                : Parameters.of(
                        field.layout(),
                        new SplittableRandom(SEED).doubles(n, 0.4, 1).toArray());
    }

    /// Here, there, and there once more.
    ///
    /// @return the largest difference
    double check(Gpu device) {
        double[][] x0 = random(1, 0.3, 0.9);
        Gradient here = ode().gradient(x0, theta(), cost());
        Gradient there = ode().on(device).gradient(x0, theta(), cost());
        Gradient again = ode().on(device).gradient(x0, theta(), cost());
        Map<String, double[]> expected = arrays(here);
        double worst = Answers.same(expected, arrays(there), close(), toString());
        Answers.sameBits(arrays(there), arrays(again), toString());
        if (here.drift().isPresent() != there.drift().isPresent()
                || !(Math.abs(here.drift().orElse(0) - there.drift().orElse(0)) <= close())) {
            throw new AssertionError(this + ": drift " + there.drift() + ", here " + here.drift());
        }
        if (device.liveBytes() != 0) {
            throw new AssertionError(this + ": " + device.liveBytes() + " bytes of the device are not freed");
        }
        return worst;
    }

    private Map<String, double[]> arrays(Gradient g) {
        return Answers.arrays(g, of("wish").equals("times"), of("wish").equals("costate"));
    }

    @Override
    public String toString() {
        StringBuilder s = new StringBuilder("Matrix(");
        s.append(Arrays.toString(values)).append(')');
        for (int f = 0; f < values.length; f++) {
            s.append(", ").append(FACTORS.get(f).get(values[f]));
        }
        return s.toString();
    }
}
