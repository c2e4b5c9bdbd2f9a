package org.costate.ode;

import static org.costate.Close.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.costate.Makers;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What every solver must do; each supplies itself.
class SolverContractTest {
    record Method(String name, int order, IntFunction<Solver> steps) {
        @Override
        public String toString() {
            return name;
        }
    }

    /// All that the package has, and couplings of some.
    static Stream<Method> methods() throws ReflectiveOperationException, URISyntaxException {
        List<Method> all = new ArrayList<>();
        for (java.lang.reflect.Method m : Makers.of(Solver.class, "steps", int.class)) {
            Scheme scheme = ((Solver) m.invoke(null, 1)).scheme();
            all.add(new Method(scheme.name(), scheme.order(), n -> Solver.of(scheme, new FixedSteps(n))));
        }
        assertTrue(all.size() >= 14, "only " + all);
        all.add(new Method("Coupling of Rk4", 4, n -> Coupling.of(Rk4.steps(n))));
        all.add(new Method("Coupling of Midpoint", 2, n -> Coupling.of(Midpoint.steps(n), 1)));
        all.add(new Method("Coupling of Dopri8", 8, n -> Coupling.of(Dopri8.steps(n), 1)));
        return all.stream();
    }

    static Stream<Method> methodsWithErrors() throws ReflectiveOperationException, URISyntaxException {
        return methods().filter(m -> m.steps.apply(1).scheme().errors().length > 0);
    }

    /// Two components, of which the slope of each knows the other only: every method can solve it.
    private interface Slopes extends VectorField {
        @Override
        default void eval(Part part, double t, Buffer x, Buffer dx) {
            eval(t, x, dx);
            for (int r = 0; r < x.rows() && part != Part.ALL; r++) {
                dx.set(r, part == Part.POSITION ? 1 : 0, 0);
            }
        }
    }

    /// q' = p cos t, p' = q cos t: nonlinear in t, so that wrong nodes show, too. From (1, 1) both are e^{sin t}.
    private static final Slopes GROWTH = (t, x, dx) -> {
        dx.set(0, x.get(1) * Math.cos(t));
        dx.set(1, x.get(0) * Math.cos(t));
    };

    /// Leaves the last good state in x.
    private static Outcome integrate(
            VectorField f, Solver solver, double t0, double t1, Buffer x, Workspace w, StepListener listener) {
        Integrator run = new Integrator(f, solver, t0, t1, new double[0], x, w);
        Outcome outcome = run.run(listener);
        x.copyFrom(run.state());
        run.release();
        return outcome;
    }

    private static double solve(Solver solver, double t0, double t1, double... x0) {
        return end(solver, t0, t1, x0)[0];
    }

    private static double[] end(Solver solver, double t0, double t1, double... x0) {
        Workspace w = new Workspace();
        Buffer x = w.allocate(1, 2, Precision.FLOAT64);
        x.copyFrom(Arrays.copyOf(x0, 2));
        Outcome outcome = integrate(GROWTH, solver, t0, t1, x, w, StepListener.NONE);
        assertTrue(outcome.succeeded(), outcome.message());
        return x.toArray();
    }

    @ParameterizedTest
    @MethodSource("methods")
    void convergesWithItsOrder(Method m) {
        int n = List.of(0, 256, 128, 64, 32, 96, 0, 0, 8).get(m.order);
        double coarse = Math.abs(solve(m.steps.apply(n), 0, 2, 1, 1) - Math.exp(Math.sin(2)));
        double fine = Math.abs(solve(m.steps.apply(2 * n), 0, 2, 1, 1) - Math.exp(Math.sin(2)));
        double slope = Math.log(coarse / fine) / Math.log(2);
        assertEquals(m.order, slope, 0.2, "observed order");
        assertEquals(m.order, m.steps.apply(1).scheme().order());
    }

    @ParameterizedTest
    @MethodSource("methods")
    void comesBackWhenRunBackwards(Method m) {
        double[] there = end(m.steps.apply(2000), 0.3, 1.7, 1.25, -0.4);
        assertArrayEquals(new double[] {1.25, -0.4}, end(m.steps.apply(2000), 1.7, 0.3, there), 2e-3);
    }

    @ParameterizedTest
    @MethodSource("methods")
    void endsExactlyAtTheEndAndDoesNothingInNoTime(Method m) {
        Workspace w = new Workspace();
        Buffer x = w.allocate(1, 2, Precision.FLOAT64);
        x.set(0, 2);
        double[] last = new double[1];
        for (int count = 1; count <= 60; count++) { // 0.7 / 49 · 48 + 0.7 / 49 is 0.7000000000000001
            integrate(GROWTH, m.steps.apply(count), 0, 0.7, x, w, (k, t, now) -> last[0] = t);
            assertEquals(0.7, last[0], count + " steps");
        }
        assertEquals(1.5, solve(m.steps.apply(3), 0.7, 0.7, 1.5));
    }

    @ParameterizedTest
    @MethodSource("methods")
    void treatsSamplesOfABatchAlike(Method m) {
        Workspace w = new Workspace();
        Slopes f = (t, x, dx) -> {
            for (int r = 0; r < x.rows(); r++) {
                dx.set(r, 0, x.get(r, 1));
                dx.set(r, 1, -Math.sin(x.get(r, 0)));
            }
        };
        double[][] x0 = {{0.1, 0}, {1, -1}, {2, 0.5}};
        Buffer all = w.allocate(3, 2, Precision.FLOAT64);
        all.copyFrom(x0);
        integrate(f, m.steps.apply(20), 0, 1, all, w, StepListener.NONE);
        for (int r = 0; r < 3; r++) {
            Buffer one = w.allocate(1, 2, Precision.FLOAT64);
            one.copyFrom(x0[r]);
            integrate(f, m.steps.apply(20), 0, 1, one, w, StepListener.NONE);
            assertClose(one.toArray(), all.toMatrix()[r], 1e-15, "sample " + r);
        }
    }

    @ParameterizedTest
    @MethodSource("methods")
    void allocatesNothingInAStep(Method m) {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        Workspace w = new Workspace();
        Buffer x = w.allocate(20, 2, Precision.FLOAT64);
        Slopes f = (t, s, ds) -> ds.copyFrom(s);
        x.fill(1e-3);
        for (int warm = 0; warm < 6; warm++) {
            integrate(f, m.steps.apply(20_000), 0, 1e-3, x, w, StepListener.NONE);
        }
        long more = Long.MAX_VALUE;
        // Code that is not compiled yet makes vectors on the heap, and a busy machine compiles late.
        for (int attempt = 0; attempt < 20 && more >= 90_000; attempt++) {
            long[] bytes = new long[2];
            for (int i = 0; i < 2; i++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                integrate(f, m.steps.apply(10_000 * (1 + 9 * i)), 0, 1e-3, x, w, StepListener.NONE);
                bytes[i] = threads.getCurrentThreadAllocatedBytes() - before;
            }
            more = bytes[1] - bytes[0];
        }
        assertTrue(more < 90_000, "90 000 more steps allocated " + more + " bytes more");
    }

    @ParameterizedTest
    @MethodSource("methods")
    void aSolutionThatBlowsUpIsNamedAndKeepsWhatWasGood(Method m) {
        Workspace w = new Workspace();
        Buffer x = w.allocate(1, 2, Precision.FLOAT64);
        x.fill(1);
        double[] good = new double[2];
        Slopes square = (t, s, ds) -> { // both are 1 / (1 − t)
            ds.set(0, s.get(1) * s.get(1));
            ds.set(1, s.get(0) * s.get(0));
        };
        Outcome o = integrate(square, m.steps.apply(400), 0, 4, x, w, (k, t, now) -> {
            good[0] = t;
            good[1] = now.get(0);
        });
        assertEquals(Outcome.Kind.NON_FINITE, o.kind());
        assertEquals(good[0], o.time());
        assertEquals(good[1], x.get(0), "the last good state");
        assertTrue(o.message().contains("size 0.01") && o.message().contains("smaller steps"), o.message());
    }

    @ParameterizedTest
    @MethodSource("methods")
    void stopsWhenInterruptedAndLeavesTheFlagSet(Method m) {
        Workspace w = new Workspace();
        Buffer x = w.allocate(1, 2, Precision.FLOAT64);
        Outcome o = integrate(GROWTH, m.steps.apply(1_000_000_000), 0, 1, x, w, (k, t, now) -> {
            if (k == 10) {
                Thread.currentThread().interrupt();
            }
        });
        assertTrue(Thread.interrupted(), "flag");
        assertEquals(Outcome.Kind.INTERRUPTED, o.kind());
        assertEquals(11e-9, o.time(), 1e-20);
        assertEquals(0, w.liveBytes() - 64, "stage buffers are given back");
    }

    /// What a step says of its error shrinks like h to the power errorOrder + 1.
    @ParameterizedTest
    @MethodSource("methodsWithErrors")
    void theErrorEstimateShrinksWithItsOrder(Method m) {
        Scheme scheme = m.steps.apply(1).scheme();
        Slopes pendulum = (t, x, dx) -> {
            dx.set(0, x.get(1) * x.get(1) + t);
            dx.set(1, -Math.sin(x.get(0)) * (1 + t * t));
        };
        double[] combined = new double[2];
        for (int i = 0; i < 2; i++) {
            List<Double> sizes = new ArrayList<>();
            Norm asked = (error, scale) -> {
                sizes.add(Math.hypot(error.get(0), error.get(1)));
                return 0;
            };
            double h = (scheme.errorOrder() > 4 ? 0.08 : 0.02) / (1 + i);
            Workspace w = new Workspace();
            Buffer x = w.allocate(1, 2, Precision.FLOAT64);
            x.copyFrom(new double[] {0.7, 0.4});
            Solver solver = Solver.of(
                    scheme, AdaptiveSteps.of(1, 1).withFirst(h).withMax(h).withNorm(asked));
            assertTrue(new Integrator(pendulum, solver, 0.3, 5, new double[0], x, w).step());
            double e = sizes.getLast();
            combined[i] = sizes.size() == 1 ? e : e * e / Math.hypot(e, 0.1 * sizes.getFirst());
        }
        double slope = Math.log(combined[0] / combined[1]) / Math.log(2);
        assertEquals(scheme.errorOrder() + 1, slope, 0.2, "order of the estimate");
    }
}
