package org.costate.adjoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.costate.Ode;
import org.costate.graph.Trace;
import org.costate.kernels.Team;
import org.costate.memory.Precision;
import org.costate.ode.Dopri5;
import org.costate.ode.Dynamics;
import org.costate.ode.Kutta38;
import org.costate.ode.Solver;
import org.junit.jupiter.api.AfterEach;
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
        Team.threads(1);
        Gradient one = ode.gradient(x0, theta, Cost.meanOfSquares(target));
        for (int threads : new int[] {2, 3, 4, 7}) {
            Team.threads(threads);
            for (int again = 0; again < 3; again++) {
                Gradient many = ode.gradient(x0, theta, Cost.meanOfSquares(target));
                assertEquals(one.cost(), many.cost());
                assertArrayEquals(one.parameters().toArray(), many.parameters().toArray());
                for (int i = 0; i < c.batch; i++) {
                    assertArrayEquals(one.x0()[i], many.x0()[i]);
                }
            }
        }
    }
}
