package org.costate.adjoint;

import static org.costate.Close.assertClose;
import static org.costate.Close.flat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.costate.Ode;
import org.costate.graph.Trace;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.ode.Coupling;
import org.costate.ode.Dopri5;
import org.costate.ode.Dynamics;
import org.costate.ode.Euler;
import org.costate.ode.Initializer;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Parameters;
import org.costate.ode.Rk4;
import org.costate.ode.Solver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Running, terminal and observation costs in every form they may be given in, against differences and each
/// other.
class CostTest {
    private static final Dynamics FIELD = Trace.dynamics(
            2,
            (t, x, p) -> x.matmul(p.matrix("W", 2, 2))
                    .plus(p.row("b", 2).times(t))
                    .tanh()
                    .times(p.scalar("k")));
    private static final double[] THETA = {0.9, -1.3, 0.7, 0.4, 0.5, -0.8, 1.2};
    private static final double[][] X0 = {{0.8, -0.3}, {0.1, 0.6}, {-0.5, 0.2}};
    private static final double[][] TARGET = {{0.2, 0.1}, {-0.4, 0.3}, {0.5, 0.6}};
    private static final double TAU = 0.77;

    /// G = t (x · b)² + sin(k x₀), whose parameters are some of the field's, in another order.
    private static final Dynamics TRACED = Trace.cost(2, (t, x, p) -> {
        var wave = x.column(0).times(p.scalar("k")).sin();
        return x.times(p.row("b", 2)).sumColumns().pow(2).times(t).plus(wave);
    });

    private static final ParameterLayout OWN = ParameterLayout.scalars("k").with("b", 1, 2, Initializer.ZEROS);

    private static final Dynamics ON_ARRAYS = Dynamics.cost(
            2,
            OWN,
            (t, x, p) -> t * Math.pow(x[0] * p[1] + x[1] * p[2], 2) + Math.sin(p[0] * x[0]),
            (t, x, p, a, gx, gp) -> {
                double u = 2 * a[0] * t * (x[0] * p[1] + x[1] * p[2]);
                gx[0] = u * p[1] + a[0] * Math.cos(p[0] * x[0]) * p[0];
                gx[1] = u * p[2];
                gp[0] = a[0] * Math.cos(p[0] * x[0]) * x[0];
                gp[1] = u * x[0];
                gp[2] = u * x[1];
            });

    private static final Dynamics ON_BUFFERS = Dynamics.costOfBatch(
            2,
            OWN,
            (t, x, p, value) -> {
                for (int r = 0; r < x.rows(); r++) {
                    double dot = x.get(r, 0) * p.get(1) + x.get(r, 1) * p.get(2);
                    value.set(r, t * dot * dot + Math.sin(p.get(0) * x.get(r, 0)));
                }
            },
            (t, x, p, a, gx, gp) -> {
                for (int r = 0; r < x.rows(); r++) {
                    double u = 2 * a.get(r) * t * (x.get(r, 0) * p.get(1) + x.get(r, 1) * p.get(2));
                    double v = a.get(r) * Math.cos(p.get(0) * x.get(r, 0));
                    gx.set(r, 0, u * p.get(1) + v * p.get(0));
                    gx.set(r, 1, u * p.get(2));
                    gp.set(0, gp.get(0) + v * x.get(r, 0));
                    gp.set(1, gp.get(1) + u * x.get(r, 0));
                    gp.set(2, gp.get(2) + u * x.get(r, 1));
                }
            });

    /// The same at a fixed time, on the whole batch, of the field's own flat parameters: W, b, k.
    private static Cost.WithParameters whole(double t) {
        return (x, p, gx, gp) -> {
            double sum = 0;
            for (int r = 0; r < x.rows(); r++) {
                double dot = x.get(r, 0) * p.get(4) + x.get(r, 1) * p.get(5);
                double angle = p.get(6) * x.get(r, 0);
                sum += t * dot * dot + Math.sin(angle);
                gx.set(r, 0, gx.get(r, 0) + 2 * t * dot * p.get(4) + Math.cos(angle) * p.get(6));
                gx.set(r, 1, gx.get(r, 1) + 2 * t * dot * p.get(5));
                gp.set(4, gp.get(4) + 2 * t * dot * x.get(r, 0));
                gp.set(5, gp.get(5) + 2 * t * dot * x.get(r, 1));
                gp.set(6, gp.get(6) + Math.cos(angle) * x.get(r, 0));
            }
            return sum;
        };
    }

    /// Each kind of cost, in all forms; the first is traced.
    private static Map<String, List<Cost>> kinds() {
        List<Dynamics> forms = List.of(TRACED, ON_ARRAYS, ON_BUFFERS);
        Map<String, List<Cost>> kinds = new LinkedHashMap<>();
        kinds.put("running", forms.stream().map(Cost::running).toList());
        kinds.put(
                "terminal",
                Stream.concat(forms.stream().map(Cost::terminal), Stream.of(Cost.terminal(whole(1.4))))
                        .toList());
        kinds.put(
                "observation",
                Stream.concat(forms.stream().map(f -> Cost.at(TAU, f)), Stream.of(Cost.at(TAU, whole(TAU))))
                        .toList());
        Function<Dynamics, Cost> all = f -> Cost.running(f)
                .plus(Cost.terminal(f))
                .plus(Cost.at(TAU, f))
                .plus(Cost.at(1.1, f))
                .plus(Cost.running(Trace.cost(2, (t, x, p) -> x.exp().sumColumns())))
                .plus(Cost.sumOfSquaresAt(0.2, TARGET));
        kinds.put("all together", forms.stream().map(all).toList());
        Cost.WithParameters fixed = whole(0.9);
        Cost twice = Cost.running(TRACED).plus(Cost.at(TAU, fixed)).plus(Cost.terminal(fixed));
        kinds.put("one lambda at two times", List.of(twice));
        return kinds;
    }

    static Stream<Adjoint> modes() {
        return Stream.of(
                Backprop.defaults(),
                Checkpointed.states(2),
                Symplectic.defaults(),
                Reversible.defaults(),
                Forward.defaults(),
                Backsolve.defaults(),
                Interpolating.defaults(),
                Gauss.defaults(),
                Recompute.defaults());
    }

    private static boolean continuous(Adjoint mode) {
        return mode instanceof Backsolve || mode instanceof Interpolating || mode instanceof Gauss;
    }

    private static Solver solver(Adjoint mode) {
        return continuous(mode)
                ? Rk4.steps(200)
                : mode instanceof Reversible
                        ? Coupling.of(Rk4.steps(6), 1)
                        : mode instanceof Recompute ? Euler.steps(1000) : Rk4.steps(6);
    }

    private static Ode ode(Adjoint mode) {
        return Ode.of(FIELD).span(0.2, 1.4).solver(solver(mode)).adjoint(mode);
    }

    @ParameterizedTest
    @MethodSource("modes")
    void everyKindAgreesWithDifferences(Adjoint mode) {
        double tolerance = mode instanceof Recompute ? 8e-3 : continuous(mode) ? 1e-7 : 1e-9;
        Parameters theta = Parameters.of(FIELD.layout(), THETA);
        kinds().forEach((kind, costs) -> {
            Cost cost = costs.getFirst();
            double[] byTheta = new double[THETA.length];
            for (int i = 0; i < THETA.length; i++) {
                double[] up = THETA.clone();
                double[] down = THETA.clone();
                up[i] += 1e-5;
                down[i] -= 1e-5;
                byTheta[i] = (value(mode, X0, up, cost) - value(mode, X0, down, cost)) / 2e-5;
            }
            double[] byX0 = new double[6];
            for (int i = 0; i < 6; i++) {
                byX0[i] = (value(mode, moved(i, 1e-5), THETA, cost) - value(mode, moved(i, -1e-5), THETA, cost)) / 2e-5;
            }
            for (Precision precision : Precision.values()) {
                double close = precision == Precision.FLOAT64 ? tolerance : Math.max(tolerance, 2e-5);
                Gradient g = ode(mode).precision(precision).gradient(X0, theta, cost);
                assertClose(byTheta, g.parameters().toArray(), close, mode + ", " + kind + " by theta, " + precision);
                assertClose(byX0, flat(g.x0()), close, mode + ", " + kind + " by x0, " + precision);
            }
        });
    }

    private static double[][] moved(int i, double by) {
        double[][] x = Stream.of(X0).map(double[]::clone).toArray(double[][]::new);
        x[i / 2][i % 2] += by;
        return x;
    }

    /// By Backprop, whose forward solve is that of every mode.
    private static double value(Adjoint mode, double[][] x0, double[] theta, Cost cost) {
        return ode(mode)
                .adjoint(Backprop.defaults())
                .gradient(x0, Parameters.of(FIELD.layout(), theta), cost)
                .cost();
    }

    @ParameterizedTest
    @MethodSource("modes")
    void everyFormIsTheTracedOne(Adjoint mode) {
        Parameters theta = Parameters.of(FIELD.layout(), THETA);
        kinds().forEach((kind, costs) -> {
            for (Precision precision : Precision.values()) {
                Ode ode = ode(mode).precision(precision).timeGradients();
                Gradient expected = ode.gradient(X0, theta, costs.getFirst());
                for (int form = 1; form < costs.size(); form++) {
                    double close = precision == Precision.FLOAT64 ? 1e-12 : 2e-5;
                    Gradient g = ode.gradient(X0, theta, costs.get(form));
                    String what = mode + ", " + kind + ", form " + form + ", " + precision;
                    assertEquals(expected.cost(), g.cost(), close * Math.max(1, expected.cost()), what);
                    assertClose(expected.parameters().toArray(), g.parameters().toArray(), close, what);
                    assertClose(flat(expected.x0()), flat(g.x0()), close, what);
                    if (form < 3) { // the lambda on the whole batch does not know the time
                        double times = precision == Precision.FLOAT64 ? 1e-8 : 1e-3;
                        assertEquals(expected.times().t0(), g.times().t0(), times, what + " by t0");
                        assertEquals(expected.times().t1(), g.times().t1(), times, what + " by t1");
                        assertClose(expected.times().byObservation(), g.times().byObservation(), times, what);
                    }
                }
            }
        });
    }

    /// A cost that reads the time depends on when it looks.
    @ParameterizedTest
    @MethodSource("modes")
    void theTimesThatACostReadsCount(Adjoint mode) {
        if (mode instanceof Recompute) {
            return;
        }
        double h = 1e-5;
        double close = continuous(mode) ? 1e-6 : 1e-8;
        TimeGradient g = timed(mode, 0.2, 1.4, TAU).times();
        assertEquals(
                (timed(mode, 0.2, 1.4 + h, TAU).cost()
                                - timed(mode, 0.2, 1.4 - h, TAU).cost())
                        / (2 * h),
                g.t1(),
                close);
        assertEquals(
                (timed(mode, 0.2 + h, 1.4, TAU).cost()
                                - timed(mode, 0.2 - h, 1.4, TAU).cost())
                        / (2 * h),
                g.t0(),
                close);
        assertEquals(
                (timed(mode, 0.2, 1.4, TAU + h).cost()
                                - timed(mode, 0.2, 1.4, TAU - h).cost())
                        / (2 * h),
                g.byObservation()[0],
                close);
    }

    private static Gradient timed(Adjoint mode, double t0, double t1, double tau) {
        Cost cost = Cost.terminal(TRACED)
                .plus(Cost.at(tau, TRACED))
                .plus(Cost.at(t0, TRACED))
                .plus(Cost.running(TRACED));
        return ode(mode).span(t0, t1).timeGradients().gradient(X0, Parameters.of(FIELD.layout(), THETA), cost);
    }

    /// Samples with steps of their own see the same costs.
    @Test
    void stepsOfEachSampleSeeTheSameCosts() {
        Solver tight = Dopri5.tolerance(1e-10, 1e-12);
        Parameters theta = Parameters.of(FIELD.layout(), THETA);
        kinds().forEach((kind, costs) -> {
            Ode joint = Ode.of(FIELD).span(0.2, 1.4).solver(tight).timeGradients();
            Ode own = joint.solver(tight.adaptive(s -> s.withPerSample(true)));
            Gradient expected = joint.gradient(X0, theta, costs.getFirst());
            for (Cost cost : costs) {
                Gradient g = own.gradient(X0, theta, cost);
                assertEquals(expected.cost(), g.cost(), 1e-8, kind);
                assertClose(expected.parameters().toArray(), g.parameters().toArray(), 1e-8, kind);
                assertClose(flat(expected.x0()), flat(g.x0()), 1e-8, kind);
            }
            Gradient g = own.gradient(X0, theta, costs.getFirst());
            assertEquals(expected.times().t1(), g.times().t1(), 1e-7, kind);
            assertClose(expected.times().byObservation(), g.times().byObservation(), 1e-7, kind);
        });
    }

    /// On x' = 0, where every state is x0.
    @Test
    void readyMadeCostsAreWhatTheirNamesSay() {
        Dynamics still = Trace.dynamics(2, (t, x, p) -> x.times(p.row("b", 2)));
        Parameters zero = Parameters.of(still.layout(), 0, 0);
        Ode ode = Ode.of(still).span(0, 1).solver(Rk4.steps(3));
        double[][] x0 = {{1, 2}, {3, 5}, {-1, 0}};
        double[][] target = {{0, 2}, {4, 3}, {1, 0}};
        double sum = 1 + 0 + 1 + 4 + 4 + 0;
        double[] misses = {1, 0, -1, 2, -2, 0};
        double sigma = 0.5;
        double noise = sum / (2 * sigma * sigma) + 6 * (Math.log(sigma) + 0.5 * Math.log(2 * Math.PI));
        record Case(Cost cost, double value, double factor) {}
        for (Case c : new Case[] {
            new Case(Cost.sumOfSquares(target), sum, 2),
            new Case(Cost.sumOfSquaresAt(0.4, target), sum, 2),
            new Case(Cost.meanOfSquares(target), sum / 6, 2.0 / 6),
            new Case(Cost.meanOfSquaresAt(0.4, target), sum / 6, 2.0 / 6),
            new Case(Cost.normalNoise(target, sigma), noise, 1 / (sigma * sigma)),
            new Case(Cost.normalNoiseAt(0, target, sigma), noise, 1 / (sigma * sigma))
        }) {
            Gradient g = ode.gradient(x0, zero, c.cost);
            assertEquals(c.value, g.cost(), 1e-13 * Math.abs(c.value), c.cost.toString());
            double[] expected = Stream.of(misses)
                    .flatMapToDouble(java.util.Arrays::stream)
                    .map(m -> c.factor * m)
                    .toArray();
            assertClose(expected, flat(g.x0()), 1e-14, c.cost.toString());
        }
        Gradient penalty = ode.gradient(x0, Parameters.of(still.layout(), 0.3, -0.4), Cost.parameterPenalty(2));
        assertEquals(0.5, penalty.cost(), 1e-15);
        assertClose(new double[] {1.2, -1.6}, penalty.parameters().toArray(), 1e-15, "2 w theta");
        assertClose(new double[6], flat(penalty.x0()), 0, "by x0");
    }

    @Test
    void faultyCostsAreNamed() {
        Ode ode = Ode.of(FIELD).span(0, 1).solver(Rk4.steps(3));
        Parameters theta = Parameters.of(FIELD.layout(), THETA);
        Dynamics wide = Trace.cost(3, (t, x, p) -> x.column(0));
        Dynamics stranger = Trace.cost(2, (t, x, p) -> x.column(0).times(p.scalar("q")));
        Dynamics misshapen = Trace.cost(2, (t, x, p) -> x.times(p.row("k", 2)).sumColumns());
        for (Cost cost : List.of(Cost.running(wide), Cost.terminal(wide), Cost.at(0.5, wide))) {
            assertTrue(
                    message(() -> ode.gradient(X0, theta, cost)).matches("cost: got .* of 3 components, expected 2.*"));
        }
        for (Dynamics f : List.of(stranger, misshapen)) {
            for (Cost cost : List.of(Cost.running(f), Cost.terminal(f), Cost.at(0.5, f))) {
                String text = message(() -> ode.gradient(X0, theta, cost));
                assertTrue(text.startsWith("cost: got ") && text.contains("parameter"), text);
            }
        }
        assertTrue(message(() -> Cost.running(FIELD)).startsWith("f: got 2 values a sample, expected 1"));
        assertTrue(message(() -> Cost.terminal(FIELD)).startsWith("f: got 2 values a sample, expected 1"));
        Dynamics flat = Dynamics.cost(2, ParameterLayout.EMPTY, (t, x, p) -> x[0], null);
        assertTrue(message(() -> Cost.at(0.5, flat)).contains("vector-Jacobian product"));
        assertTrue(message(() -> Cost.at(Double.NaN, TRACED)).startsWith("time: got NaN"));
        assertTrue(message(() -> Cost.at(Double.POSITIVE_INFINITY, (Buffer x, Buffer g) -> 0))
                .startsWith("time: got Infinity"));
        assertTrue(message(() -> ode.gradient(X0, theta, Cost.at(1.5, TRACED)))
                .startsWith("cost: got one that looks at t = 1.5"));
        assertTrue(
                message(() -> ode.gradient(X0, theta, Cost.sumOfSquares(1, 2))).startsWith("target: got 1 x 2"));
        assertTrue(message(() -> Cost.sumOfSquares(new double[][] {{1, 2}, {3}}))
                .startsWith("target: got [3.0] as row 1"));
        assertTrue(message(() -> Cost.sumOfSquares(1, Double.NaN)).startsWith("target: got [1.0, NaN] as row 0"));
        assertTrue(message(() -> Cost.meanOfSquares(new double[0][])).startsWith("target: got no numbers"));
        assertTrue(message(() -> Cost.meanOfSquares(new double[1][0])).startsWith("target: got no numbers"));
        assertTrue(message(() -> Cost.normalNoise(TARGET, 0)).startsWith("sigma: got 0"));
        assertTrue(message(() -> Cost.normalNoise(TARGET, Double.NaN)).startsWith("sigma: got NaN"));
        assertTrue(message(() -> Cost.parameterPenalty(Double.NaN)).startsWith("weight: got NaN"));
        assertTrue(message(() -> Trace.cost(2, (t, x, p) -> x)).startsWith("cost: got"));
    }

    /// What a cost makes of a finite state is finite, or is told.
    @Test
    void costsThatAreNotFiniteAreTold() {
        Ode ode = Ode.of(FIELD).span(0, 1).solver(Rk4.steps(3));
        Parameters theta = Parameters.of(FIELD.layout(), THETA);
        Cost value = Cost.at(0.5, (Buffer x, Buffer gradient) -> Double.NaN);
        Cost gradient = Cost.terminal((Buffer x, Buffer g) -> {
            g.set(2, 1, Double.POSITIVE_INFINITY);
            return 0;
        });
        Cost parameter = Cost.terminal((x, p, g, gp) -> {
            gp.set(3, Double.NaN);
            return 0;
        });
        Cost root = Cost.at(0, Trace.cost(2, (t, x, p) -> x.minus(x).sqrt().sumColumns()));
        for (Adjoint mode : List.of(Backprop.defaults(), Forward.defaults(), Gauss.defaults())) {
            Ode with = ode.adjoint(mode);
            assertTrue(message(() -> with.gradient(X0, theta, value)).startsWith("cost: got the value NaN at t = 0.5"));
            assertTrue(message(() -> with.gradient(X0, theta, gradient))
                    .startsWith("cost: got the derivative Infinity by component 1 of sample 2 at t = 1.0"));
            assertTrue(message(() -> with.gradient(X0, theta, parameter))
                    .startsWith("cost: got the derivative NaN by parameter number 3"));
            assertTrue(message(() -> with.gradient(X0, theta, root)).startsWith("cost: got the derivative "));
        }
    }

    private static String message(Runnable faulty) {
        return assertThrows(IllegalArgumentException.class, faulty::run).getMessage();
    }
}
