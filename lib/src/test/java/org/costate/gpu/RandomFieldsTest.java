package org.costate.gpu;

import static org.costate.Close.flat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.costate.Ode;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Backprop;
import org.costate.adjoint.Checkpointed;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Gradient;
import org.costate.graph.Expr;
import org.costate.graph.Symbols;
import org.costate.graph.Trace;
import org.costate.ode.Bosh3;
import org.costate.ode.Dynamics;
import org.costate.ode.Heun;
import org.costate.ode.Parameters;
import org.costate.ode.ReversibleHeun;
import org.costate.ode.Rk4;
import org.costate.ode.Solver;
import org.junit.jupiter.api.Test;

/// Random fields of at most 12 operations and of widths from 1 to 33, drawn anew at each run: device, processor and
/// central differences agree. A failure tells the seed, which repeats it: `-Dcostate.fields.seed=…`.
class RandomFieldsTest {
    private static final int TRIALS = 6;
    private static final int MOST_WIDE = 33;
    private static final double H = 1e-5;

    private final long seed = Long.getLong("costate.fields.seed", System.nanoTime());

    /// Three operations end the field, and nine at most come before.
    private static Expr field(SplittableRandom choice, Expr t, Expr x, Symbols p) {
        int dimension = x.shape().columns();
        Expr h = x;
        int operations = choice.nextInt(1, 10);
        for (int n = 0; n < operations; n++) {
            h = operation(choice, n, h, t, x, p);
        }
        return h.matmul(p.matrix("V", h.shape().columns(), dimension))
                .plus(p.row("v", dimension))
                .tanh();
    }

    private static Expr operation(SplittableRandom choice, int n, Expr h, Expr t, Expr x, Symbols p) {
        int in = h.shape().columns();
        int out = choice.nextInt(1, MOST_WIDE + 1);
        return switch (choice.nextInt(16)) {
            case 0, 1, 2 -> h.matmul(p.matrix("W" + n, in, out));
            case 3 -> h.matmul(p.matrix("W" + n, out, in).transpose());
            case 4 -> h.plus(p.row("b" + n, in));
            case 5 -> h.times(p.row("c" + n, in));
            case 6 -> h.plus(t);
            case 7 -> h.tanh();
            case 8 -> h.sin();
            case 9 -> h.sigmoid();
            case 10 -> h.softplus();
            case 11 -> h.gelu();
            case 12 -> in + x.shape().columns() <= MOST_WIDE ? Expr.concat(h, x) : h.cos();
            case 13 -> h.columns(in / 2, in - in / 2);
            case 14 -> h.times(h.meanColumns());
            default -> h.minus(h.tanh().meanRows());
        };
    }

    private static double[][] matrix(SplittableRandom random, int rows, int columns) {
        double[][] all = new double[rows][];
        Arrays.setAll(all, row -> random.doubles(columns, -1, 1).toArray());
        return all;
    }

    @Test
    void deviceProcessorAndDifferencesAgree() {
        System.out.println("-Dcostate.fields.seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        List<Solver> solvers = List.of(Heun.steps(4), Rk4.steps(3), Bosh3.steps(3), ReversibleHeun.steps(4));
        for (int trial = 0; trial < TRIALS; trial++) {
            int dimension = random.nextInt(1, 5);
            int batch = random.nextInt(1, 6);
            long shape = random.nextLong();
            Dynamics f = Trace.dynamics(dimension, (t, x, p) -> field(new SplittableRandom(shape), t, x, p));
            int n = f.layout().size();
            double[] theta = random.doubles(n, -0.8, 0.8).toArray();
            double[] towards = random.doubles(n, -1, 1).toArray();
            double[][] x0 = matrix(random, batch, dimension);
            double[][] move = matrix(random, batch, dimension);
            Cost cost = Cost.sumOfSquares(matrix(random, batch, dimension))
                    .plus(Cost.sumOfSquaresAt(0.1, matrix(random, batch, dimension)));
            Adjoint mode = random.nextBoolean() ? Backprop.defaults() : Checkpointed.states(2);
            Ode here = Ode.of(f)
                    .span(-0.2, 0.5)
                    .solver(solvers.get(random.nextInt(solvers.size())))
                    .adjoint(mode);
            Ode there = here.on(Devices.optimizing());
            String what = "-Dcostate.fields.seed=" + seed + ", trial " + trial + ", " + there + "\n" + f;
            Gradient expected = here.gradient(x0, Parameters.of(f.layout(), theta), cost);
            Gradient got = there.gradient(x0, Parameters.of(f.layout(), theta), cost);
            Devices.same(Devices.arrays(expected, false, false), Devices.arrays(got, false, false), 1e-12, what);
            assertEquals(0, Devices.optimizing().liveBytes(), what);

            double[] ends = new double[2];
            for (int side = 0; side < 2; side++) {
                double h = side == 0 ? -H : H;
                double[][] x = new double[batch][];
                Arrays.setAll(x, row -> along(x0[row], h, move[row]));
                Parameters moved = Parameters.of(f.layout(), along(theta, h, towards));
                ends[side] = there.gradient(x, moved, cost).cost();
            }
            double[] byTheta = got.parameters().toArray();
            double[] byStart = flat(got.x0());
            double along = dot(byTheta, towards) + dot(byStart, flat(move));
            double scale = 1 + Math.sqrt(dot(byTheta, byTheta)) + Math.sqrt(dot(byStart, byStart));
            assertEquals((ends[1] - ends[0]) / (2 * H), along, 1e-6 * scale, what);
        }
    }

    private static double[] along(double[] a, double h, double[] b) {
        double[] sum = a.clone();
        for (int i = 0; i < a.length; i++) {
            sum[i] += h * b[i];
        }
        return sum;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
