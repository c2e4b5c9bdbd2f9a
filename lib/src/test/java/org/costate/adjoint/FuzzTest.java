package org.costate.adjoint;

import static org.costate.Close.difference;
import static org.costate.Close.flat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.costate.Ode;
import org.costate.Solution;
import org.costate.Stepping;
import org.costate.graph.Trace;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.AdaptiveSteps;
import org.costate.ode.Coupling;
import org.costate.ode.Dynamics;
import org.costate.ode.FixedSteps;
import org.costate.ode.GivenSteps;
import org.costate.ode.Norm;
import org.costate.ode.Parameters;
import org.costate.ode.SolveException;
import org.costate.ode.Solver;
import org.junit.jupiter.api.Test;

/// Ten thousand random problems: each gives finite numbers, or an exception that says what is wrong; none crashes,
/// hangs, or leaves memory behind. A fixed seed repeats a run: `-Dcostate.fuzz.seed=…`.
class FuzzTest {
    private static final int CONFIGURATIONS = 10_000;

    private final long seed = Long.getLong("costate.fuzz.seed", System.nanoTime());
    private final Workspace[] workspaces = {new Workspace(), new Workspace(), Workspace.scoped()};
    private final List<Dynamics> fields = WildFields.all();
    private final List<Solver> solvers;
    private final List<Adjoint> modes;
    private SplittableRandom random;
    /// Written by the thread of the test, read by the one that waits for it.
    private volatile int present;

    private volatile String what;

    FuzzTest() throws ReflectiveOperationException, java.net.URISyntaxException {
        solvers = PairingsTest.solvers().toList();
        modes = new ArrayList<>(PairingsTest.modes());
        modes.addAll(List.of(
                Checkpointed.states(1),
                Checkpointed.states(3),
                Checkpointed.bytes(500),
                Reversible.anchored(3),
                Backsolve.defaults().withReset(),
                Backsolve.defaults().withSeminorm(),
                Backsolve.defaults().tolerance(1e-5, 1e-5)));
    }

    private <T> T one(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    private boolean one(int in) {
        return random.nextInt(in) == 0;
    }

    private double number() {
        return switch (random.nextInt(12)) {
            case 0 -> 0;
            case 1 -> random.nextDouble(-1, 1) * 1e-9;
            case 2 -> random.nextDouble(-1, 1) * 1e6;
            default -> random.nextDouble(-2, 2);
        };
    }

    private Solver solver(double t0, double t1) {
        Solver s = one(solvers);
        if (one(6)) {
            s = s.scheme().tableau() == null ? s : Coupling.of(s, one(2) ? 1 : 0.7);
        }
        s = s.withSteps(new FixedSteps(1 + random.nextInt(25)));
        if (one(4) && t0 != t1) {
            double[] inside = random.doubles(random.nextInt(20), Math.min(t0, t1), Math.max(t0, t1))
                    .sorted()
                    .distinct()
                    .filter(t -> t != t0 && t != t1)
                    .toArray();
            double sign = t1 > t0 ? 1 : -1;
            s = s.withSteps(new GivenSteps(Stream.of(new double[] {t0, t1}, inside)
                    .flatMapToDouble(Arrays::stream)
                    .map(t -> t * sign)
                    .sorted()
                    .map(t -> t * sign)
                    .toArray()));
        }
        if (s.scheme().errors().length > 0 && one(2)) {
            AdaptiveSteps steps =
                    AdaptiveSteps.of(Math.pow(10, -random.nextInt(12)), Math.pow(10, -random.nextInt(12)));
            steps = one(4) ? steps.withNorm(Norm.MAX) : steps;
            steps = one(4) ? steps.withControl(0.4, 0.3, 0.1) : steps;
            steps = one(6) ? steps.withMin(1e-3).withMax(0.3) : steps;
            steps = one(6) ? steps.withFirst(0.5) : steps;
            s = s.withSteps(steps.withPerSample(one(3)));
        }
        s = one(5) ? s.stopAt(time(t0, t1), time(t0, t1)) : s;
        s = one(5) ? s.jumpAt(0.5, time(t0, t1)) : s;
        return s.maxSteps(one(10) ? 3 : 300);
    }

    /// Mostly of the span; sometimes an end of it, sometimes not of it.
    private double time(double t0, double t1) {
        return switch (random.nextInt(8)) {
            case 0 -> t0;
            case 1 -> t1;
            case 2 -> one(4) ? t1 + 1 : 0.5 * (t0 + t1);
            default -> t0 + random.nextDouble() * (t1 - t0);
        };
    }

    /// One number a sample: traced, tame or wild, on arrays, on buffers.
    private Dynamics part(Dynamics field) {
        int d = field.dimension();
        return switch (random.nextInt(5)) {
            case 0 -> Trace.cost(d, (t, x, p) -> x.column(0).log().plus(t));
            case 1 ->
                Dynamics.cost(
                        d,
                        field.layout(),
                        (t, x, p) -> x[0] * Math.cos(t) + Arrays.stream(p).sum(),
                        (t, x, p, a, gx, gp) -> {
                            gx[0] = a[0] * Math.cos(t);
                            Arrays.fill(gp, a[0]);
                        });
            case 2 ->
                Dynamics.costOfBatch(
                        d,
                        field.layout(),
                        (t, x, p, c) -> {
                            for (int i = 0; i < x.rows(); i++) {
                                c.set(i, 0, x.get(i, d - 1) * t);
                            }
                        },
                        (t, x, p, a, gx, gp) -> {
                            for (int i = 0; i < x.rows(); i++) {
                                gx.set(i, d - 1, a.get(i) * t);
                            }
                        });
            default -> Trace.cost(d, (t, x, p) -> x.pow(2).sumColumns().plus(t));
        };
    }

    private Cost cost(Dynamics field, int rows, double t0, double t1) {
        double[][] target = states(rows, field.dimension());
        Cost cost = one(4) ? Cost.terminal(part(field)) : Cost.sumOfSquares(target);
        for (int i = random.nextInt(3); i > 0; i--) {
            double t = time(t0, t1);
            cost = cost.plus(one(3) ? Cost.at(t, part(field)) : Cost.sumOfSquaresAt(t, target));
        }
        if (one(3)) {
            cost = cost.plus(Cost.running(part(field)));
        }
        if (one(5)) {
            cost = cost.plus(Cost.parameterPenalty(0.1));
        }
        if (one(30)) {
            cost = cost.plus(Cost.terminal((Buffer x, Buffer g) -> Double.NaN));
        }
        if (one(30)) {
            cost = cost.plus(Cost.terminal((Buffer x, Buffer g) -> {
                Thread.currentThread().interrupt();
                return 0;
            }));
        }
        return one(20) ? Cost.sumOfSquaresAt(time(t0, t1), target) : cost;
    }

    private double[][] states(int rows, int dimension) {
        double[][] x = new double[rows][dimension];
        for (double[] row : x) {
            Arrays.setAll(row, j -> number());
        }
        return x;
    }

    /// On a thread of its own: what hangs may be deaf to interrupts, and must be told all the same.
    @Test
    void givesFiniteNumbersOrSaysWhy() {
        System.out.println("fuzz: -Dcostate.fuzz.seed=" + seed);
        assertTimeoutPreemptively(
                Duration.ofMinutes(20), // on whatever machine
                this::all,
                () -> "hangs: -Dcostate.fuzz.seed=" + seed + ", configuration " + present + ": " + what);
    }

    private void all() {
        int answers = 0;
        for (int i = 0; i < CONFIGURATIONS; i++) {
            present = i;
            random = new SplittableRandom(seed + i);
            what = "";
            try {
                answers += configuration() ? 1 : 0;
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ", configuration " + i + ": " + what, e);
            } finally {
                Thread.interrupted();
            }
        }
        assertTrue(answers > CONFIGURATIONS / 5, "only " + answers + " gradients of " + CONFIGURATIONS);
    }

    /// @return did it give a gradient?
    private boolean configuration() {
        Dynamics field = one(fields);
        field = field.equals(WildFields.WIDE) && !one(3) ? one(fields) : field; // it takes the most time
        double t0 = one(3) ? 0 : number();
        double t1 = one(15) ? t0 : one(15) ? t0 + 1e-12 : t0 + random.nextDouble(-2, 2);
        int rows = 1 + random.nextInt(one(12) ? 40 : one(4) ? 12 : 3);
        Precision precision = one(3) ? Precision.FLOAT32 : Precision.FLOAT64;
        Workspace workspace = workspaces[random.nextInt(workspaces.length)];
        double[][] x0 = states(rows, field.dimension());
        Parameters theta = Parameters.of(
                field.layout(), random.doubles(field.layout().size(), -1.5, 1.5).toArray());
        boolean asked = false;
        try {
            Solver solver = solver(t0, t1);
            Adjoint mode = one(modes);
            if (mode instanceof Forward && field.equals(WildFields.WIDE) && rows > 2) { // too many directions
                mode = Checkpointed.states(2);
            }
            what = field.dimension() + " components, t = " + t0 + " to " + t1 + ", " + rows + " samples, " + solver
                    + ", " + mode + ", " + precision;
            Ode ode = Ode.of(field)
                    .span(t0, t1)
                    .precision(precision)
                    .workspace(workspace)
                    .solver(solver);
            ode = one(8) ? ode.memoryBudget(1 + random.nextInt(30_000)) : ode;
            if (one(5)) {
                solve(ode, x0, theta, t0, t1);
                return false;
            }
            ode = ode.adjoint(mode);
            boolean times = one(4);
            ode = times ? ode.timeGradients() : ode;
            ode = one(4) ? ode.interpolateObservations() : ode;
            boolean every = one(6);
            boolean some = !every && one(6);
            ode = every ? ode.keepCostate() : some ? ode.keepCostate(time(t0, t1), time(t0, t1)) : ode;
            ode = one(8) ? ode.costateListener((t, a) -> {}) : ode;
            Cost cost = cost(field, rows, t0, t1);
            asked = true;
            Gradient g = ode.gradient(x0, theta, cost);
            check(g, rows);
            if (times) {
                finite("by times", g.times().t0(), g.times().t1());
                finite("by observation times", g.times().byObservation());
            }
            for (int k = 0; (every || some) && k < g.costate().size(); k++) {
                finite("costate", flat(g.costate().value(k)));
            }
            if (mode instanceof Checkpointed || mode instanceof Symplectic) {
                Gradient exact = ode.memoryBudget(Long.MAX_VALUE)
                        .adjoint(Backprop.defaults())
                        .gradient(x0, theta, cost);
                double miss = Math.max(
                        difference(flat(exact.x0()), flat(g.x0())),
                        difference(exact.parameters().toArray(), g.parameters().toArray()));
                assertTrue(miss <= (precision == Precision.FLOAT64 ? 1e-9 : 1e-2), "differs from Backprop by " + miss);
            }
            return true;
        } catch (SolveException e) {
            assertTrue(e.outcome().message().contains("t = "), e.getMessage());
            assertTrue(Double.isFinite(e.outcome().time()), e.getMessage());
        } catch (IllegalArgumentException e) {
            assertTrue(e.getMessage().contains(": got ") && e.getMessage().contains(", expected "), e.getMessage());
        } finally {
            assertEquals(0, workspace.liveBytes(), "bytes left, asked " + asked);
        }
        return false;
    }

    private static void finite(String what, double... numbers) {
        assertTrue(Arrays.stream(numbers).allMatch(Double::isFinite), what + ": " + Arrays.toString(numbers));
    }

    private static void check(Gradient g, int rows) {
        assertEquals(rows, g.x0().length);
        assertTrue(g.peakBytes() > 0);
        finite("cost", g.cost());
        finite("by x0", flat(g.x0()));
        finite("by theta", g.parameters().toArray());
        finite("end", flat(g.end()));
        finite("drift", g.drift().orElse(0));
    }

    private void solve(Ode plain, double[][] x0, Parameters theta, double t0, double t1) {
        boolean dense = one(3);
        Ode ode = dense ? plain.dense() : plain;
        ode = one(3) ? ode.observe(time(t0, t1)) : ode;
        ode = one(2) ? ode.interpolateObservations() : ode;
        if (one(4)) {
            try (Stepping steps = ode.steps(x0, theta)) {
                while (steps.step()) {
                    finite("state at " + steps.time(), flat(steps.state()));
                }
                assertTrue(
                        steps.outcome().succeeded() || steps.outcome().message().contains("t = "));
            }
            return;
        }
        Solution s = ode.solve(x0, theta);
        for (int k = 0; k < s.size(); k++) {
            finite("state " + k + " of " + s, flat(s.state(k)));
        }
        double[] times = s.times();
        for (int k = 0; dense && k < times.length; k++) {
            double between = times[0] + random.nextDouble() * (times[k] - times[0]);
            try {
                finite("dense output at " + times[k] + " of " + s, flat(s.at(times[k])));
                finite("dense output at " + between + " of " + s, flat(s.at(between)));
            } catch (IllegalArgumentException e) {
                assertTrue(
                        e.getMessage().startsWith("t: got " + between + ", where the interpolant is"), e.getMessage());
            } catch (IllegalStateException e) { // samples that were not begun
                assertTrue(!s.outcome().succeeded() && e.getMessage().contains("came so far"), e.getMessage());
            }
        }
        for (int row = 0; row < x0.length; row++) {
            Solution one = s.sample(row);
            finite("sample " + row + " of " + s, one.component(0, 0));
            assertTrue(!one.outcome().succeeded() || one.end().length == 1);
        }
        if (s.outcome().succeeded()) {
            assertEquals(x0.length, s.end().length);
        } else {
            assertTrue(s.outcome().message().contains("t = "), s.toString());
        }
    }
}
