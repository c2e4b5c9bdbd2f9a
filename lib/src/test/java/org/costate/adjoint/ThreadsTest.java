package org.costate.adjoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.costate.Ode;
import org.costate.Solution;
import org.costate.graph.Trace;
import org.costate.kernels.Team;
import org.costate.memory.Precision;
import org.costate.ode.Coupling;
import org.costate.ode.Dopri5;
import org.costate.ode.Dynamics;
import org.costate.ode.Euler;
import org.costate.ode.Kutta38;
import org.costate.ode.ReversibleHeun;
import org.costate.ode.Solver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Results have the same bits for every number of threads.
class ThreadsTest {
    private final int before = Team.threads();

    @AfterEach
    void restore() {
        Team.threads(before);
    }

    record Case(Adjoint mode, Solver solver, Precision precision, int batch, int dimension, int width) {}

    static Stream<Case> cases() {
        Solver fixed = Kutta38.steps(5);
        Solver adaptive = Dopri5.tolerance(1e-4, 1e-4);
        return Stream.of(
                new Case(Backprop.defaults(), fixed, Precision.FLOAT64, 20, 4, 50),
                new Case(Backprop.defaults(), adaptive, Precision.FLOAT64, 43, 4, 50),
                new Case(Backprop.defaults(), fixed, Precision.FLOAT32, 256, 4, 128),
                new Case(Checkpointed.defaults(), fixed, Precision.FLOAT64, 101, 4, 33),
                new Case(Backsolve.defaults(), adaptive, Precision.FLOAT32, 64, 4, 64),
                new Case(Forward.defaults(), fixed, Precision.FLOAT64, 40, 4, 20),
                new Case(Symplectic.defaults(), adaptive, Precision.FLOAT64, 43, 4, 50),
                new Case(Reversible.defaults(), Coupling.of(fixed, 1), Precision.FLOAT64, 43, 4, 50),
                new Case(Reversible.defaults(), ReversibleHeun.steps(9), Precision.FLOAT32, 64, 4, 64),
                new Case(Recompute.defaults(), Euler.steps(20), Precision.FLOAT64, 43, 4, 50),
                new Case(Interpolating.defaults(), adaptive, Precision.FLOAT64, 43, 4, 50),
                new Case(Gauss.defaults(), fixed, Precision.FLOAT64, 101, 4, 33),
                // Wide: as many slices as threads.
                new Case(Backprop.defaults(), fixed, Precision.FLOAT64, 331, 64, 256),
                new Case(Backprop.defaults(), fixed, Precision.FLOAT32, 331, 64, 256),
                new Case(Checkpointed.defaults(), adaptive, Precision.FLOAT32, 200, 50, 700),
                new Case(Backsolve.defaults(), fixed, Precision.FLOAT64, 513, 410, 41));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theBitsDoNotDependOnTheNumberOfThreads(Case c) {
        // A time-dependent field: some values know nothing of the batch.
        Dynamics f = Trace.dynamics(
                c.dimension,
                (t, x, p) -> x.matmul(p.matrix("A", c.dimension, c.width))
                        .plus(p.row("b", c.width).times(t.cos()))
                        .tanh()
                        .matmul(p.matrix("B", c.width, c.dimension))
                        .minus(x.times(p.scalar("decay").exp())));
        var theta = f.initialParameters(5);
        SplittableRandom random = new SplittableRandom(17);
        double[][] x0 = new double[c.batch][];
        double[][] target = new double[c.batch][];
        for (int i = 0; i < c.batch; i++) {
            x0[i] = random.doubles(c.dimension, -1, 1).toArray();
            target[i] = random.doubles(c.dimension, -1, 1).toArray();
        }
        Ode ode = Ode.of(f).span(0, 1).solver(c.solver).adjoint(c.mode).precision(c.precision);
        Cost end = Cost.meanOfSquares(target);
        Cost every = end.plus(Cost.sumOfSquaresAt(0.37, target))
                .plus(Cost.running(Trace.cost(
                        c.dimension, (t, x, p) -> x.pow(2).sumColumns().times(t))));
        boolean large = (long) c.batch * c.width > 20_000; // there the plain gradient alone, to save time
        Team.threads(1);
        Gradient one = ode.gradient(x0, theta, end);
        Gradient all = large ? null : ode.timeGradients().keepCostate().gradient(x0, theta, every);
        Solution solved = ode.observe(0.37, 1).solve(x0, theta);
        for (int threads : new int[] {2, 3, 4, 7}) {
            Team.threads(threads);
            for (int again = 0; again < 3; again++) {
                same(one, ode.gradient(x0, theta, end));
            }
            Solution again = ode.observe(0.37, 1).solve(x0, theta);
            assertArrayEquals(solved.state(0), again.state(0));
            assertArrayEquals(solved.end(), again.end());
            if (!large) {
                Gradient many = ode.timeGradients().keepCostate().gradient(x0, theta, every);
                same(all, many);
                assertEquals(all.times().t0(), many.times().t0());
                assertEquals(all.times().t1(), many.times().t1());
                assertArrayEquals(all.times().byObservation(), many.times().byObservation());
                for (int k = 0; k < all.costate().times().length; k++) {
                    assertArrayEquals(all.costate().value(k), many.costate().value(k));
                }
            }
        }
    }

    private static void same(Gradient one, Gradient many) {
        assertEquals(one.cost(), many.cost());
        assertArrayEquals(one.parameters().toArray(), many.parameters().toArray());
        assertArrayEquals(one.x0(), many.x0());
    }

    /// Prints how many threads there are: for a JVM of its own.
    static final class Child {
        private Child() {}

        public static void main(String[] arguments) {
            System.out.println("threads " + Team.threads());
        }
    }

    @Test
    void thePropertyIsHeeded() throws IOException {
        for (String[] asked : new String[][] {
            {"3", "threads 3"},
            {"1", "threads 1"},
            {"none", "costate.threads: got none, expected a whole number from 1 to 9999"},
            {"0", "costate.threads: got 0, expected"},
            {null, "threads " + Runtime.getRuntime().availableProcessors()}
        }) {
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "--add-modules",
                    "jdk.incubator.vector",
                    "-cp",
                    System.getProperty("java.class.path")));
            if (asked[0] != null) {
                command.add("-Dcostate.threads=" + asked[0]);
            }
            command.add(Child.class.getName());
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(said.contains(asked[1]), said);
        }
    }
}
