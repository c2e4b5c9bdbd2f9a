package org.costate.adjoint;

import static org.costate.Close.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.costate.Ode;
import org.costate.ode.Bosh3;
import org.costate.ode.Dopri5;
import org.costate.ode.Euler;
import org.costate.ode.Solver;
import org.junit.jupiter.api.Test;

/// Steps computed again from c checkpoints: at least r N − C(c + r, r − 1), where C(c + r − 1, c) < N ≤ C(c + r, c)
/// (Griewank and Walther), of which the way forward is one; here each step is taken once more to be transposed.
class CheckpointedTest {
    private static final double[] X0 = {1};

    private static Gradient gradient(Solver solver, Adjoint mode, Cost cost) {
        return Ode.of(Fields.LINEAR).span(0, 1).solver(solver).adjoint(mode).gradient(X0, Fields.linear(), cost);
    }

    private static double binomial(int n, int k) {
        double b = 1;
        for (int i = 1; i <= k; i++) {
            b = b * (n - k + i) / i;
        }
        return b;
    }

    private static int repetitions(int c, long n) {
        int r = 0;
        while (binomial(c + r, c) < n) {
            r++;
        }
        return r;
    }

    private static double fewest(int c, long n) {
        int r = repetitions(c, n);
        return r == 0 ? 0 : r * (double) n - binomial(c + r, r - 1) - (n - 1);
    }

    /// Steps computed again.
    private static double again(Gradient g) {
        double evaluations = g.forward().evaluations() / (double) g.forward().steps();
        return g.backward().evaluations() / evaluations - g.forward().steps();
    }

    private static Cost observed(int times) {
        SplittableRandom random = new SplittableRandom(4);
        List<Cost> costs = new ArrayList<>(List.of(Cost.sumOfSquares(0)));
        for (int i = 0; i < times; i++) {
            costs.add(Cost.sumOfSquaresAt(random.nextDouble(), new double[][] {{0.5}}));
        }
        return costs.stream().reduce(Cost::plus).orElseThrow();
    }

    private static Solver given(int n) {
        return Euler.grid(IntStream.rangeClosed(0, n)
                .mapToDouble(k -> k == n ? 1 : Math.pow(k / (double) n, 1.3))
                .toArray());
    }

    private static void fewAgain(Solver solver, int c, Cost cost, int n) {
        Gradient g = gradient(solver, Checkpointed.states(c), cost);
        assertEquals(n, g.forward().steps());
        String what = solver + ", " + c + " checkpoints: " + again(g) + " again, at least " + fewest(c, n);
        assertTrue(again(g) >= fewest(c, n) && again(g) <= 1.03 * fewest(c, n) + 6, what);
        Gradient exact = gradient(solver, Backprop.defaults(), cost);
        assertClose(exact.parameters().toArray(), g.parameters().toArray(), 1e-13, what);
    }

    @Test
    void observationsThatInsertStepsAreCounted() {
        fewAgain(Euler.steps(100), 64, observed(1000), 1100);
        fewAgain(Euler.steps(100), 10, observed(1000), 1100);
        fewAgain(given(100), 64, observed(1000), 1100);
        double[] stops = IntStream.range(1, 100).mapToDouble(i -> i / 101.0).toArray();
        fewAgain(Euler.steps(100).stopAt(stops), 10, Cost.sumOfSquares(0), 199);
    }

    @Test
    void aGivenGridIsKnown() {
        for (int c : new int[] {2, 5, 10, 64}) {
            fewAgain(given(1000), c, Cost.sumOfSquares(0), 1000);
        }
    }

    /// Where it is not known how many come, each step is computed again once more, at most.
    @Test
    void adaptiveStepsAreComputedAgainOnceMore() {
        for (int c : new int[] {1, 2, 3, 4, 10, 40, 100}) {
            for (double max : c == 1 ? new double[] {1e-2} : new double[] {1e-2, 3e-3, 1e-3, 3e-4}) {
                for (Solver solver : new Solver[] {Bosh3.tolerance(1e-3, 1e-3), Dopri5.tolerance(1e-3, 1e-3)}) {
                    Gradient g = gradient(
                            solver.adaptive(a -> a.withMax(max)), Checkpointed.states(c), Cost.sumOfSquares(0));
                    long n = g.forward().steps();
                    String what = solver + ", " + c + " checkpoints, " + n + " steps: " + again(g)
                            + " again, where at least " + fewest(c, n) + " are";
                    assertTrue(again(g) <= 1.03 * (fewest(c, n) + n) + 6, what);
                }
            }
        }
    }
}
