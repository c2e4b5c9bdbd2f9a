package org.costate.graph;

import static org.costate.Close.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.costate.kernels.Team;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Dynamics;
import org.costate.ode.Part;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Nets on states of a few numbers, whose products and activations are done together, against loops over numbers.
class NarrowNetTest {
    private static final long SEED = 20261124;

    private final int before = Team.threads();
    private final SplittableRandom random = new SplittableRandom(SEED);

    @AfterEach
    void restore() {
        Team.threads(before);
    }

    /// f = tanh(x³ A + b) B + c, and what comes back to it.
    private static final class Net {
        final int dim;
        final int width;
        final Dynamics field;

        Net(int dim, int width) {
            this.dim = dim;
            this.width = width;
            field = Trace.dynamics(
                    dim,
                    (t, x, p) -> x.pow(3)
                            .matmul(p.matrix("A", dim, width))
                            .plus(p.row("b", width))
                            .tanh()
                            .matmul(p.matrix("B", width, dim))
                            .plus(p.row("c", dim)));
        }

        /// Slopes, what comes back to the states, and to the parameters.
        double[][] byNumbers(double[] theta, double[] x, double[] a) {
            int rows = x.length / dim;
            int b = dim * width;
            int second = b + width;
            int c = second + width * dim;
            double[] k = new double[x.length];
            double[] gx = new double[x.length];
            double[] gp = new double[theta.length];
            for (int r = 0; r < rows; r++) {
                for (int j = 0; j < width; j++) {
                    double sum = theta[b + j];
                    double back = 0;
                    for (int i = 0; i < dim; i++) {
                        sum += Math.pow(x[r * dim + i], 3) * theta[i * width + j];
                        back += a[r * dim + i] * theta[second + j * dim + i];
                    }
                    double h = Math.tanh(sum);
                    double g = back * (1 - h * h);
                    gp[b + j] += g;
                    for (int i = 0; i < dim; i++) {
                        k[r * dim + i] += h * theta[second + j * dim + i];
                        gp[second + j * dim + i] += h * a[r * dim + i];
                        gp[i * width + j] += Math.pow(x[r * dim + i], 3) * g;
                        gx[r * dim + i] += g * theta[i * width + j] * 3 * Math.pow(x[r * dim + i], 2);
                    }
                }
                for (int i = 0; i < dim; i++) {
                    k[r * dim + i] += theta[c + i];
                    gp[c + i] += a[r * dim + i];
                }
            }
            return new double[][] {k, gx, gp};
        }

        double[][] byKernels(Workspace workspace, Buffer theta, Buffer x, Buffer a) {
            Precision p = x.precision();
            BoundDynamics bound = field.bind(workspace, x.rows(), p, theta);
            Buffer tape = workspace.allocate(1, bound.tapeLength(), p);
            Buffer k = workspace.allocate(x.rows(), dim, p);
            Buffer gx = workspace.allocate(x.rows(), dim, p);
            Buffer gp = workspace.allocate(1, (int) theta.size(), p);
            bound.eval(Part.ALL, 0, x, k, tape);
            bound.vjp(Part.ALL, 0, x, tape, a, gx, gp);
            double[] byState = gx.toArray();
            bound.vjp(Part.ALL, 0, x, tape, a, gx, null); // without the sums for the parameters
            assertArrayEquals(byState, gx.toArray());
            return new double[][] {k.toArray(), byState, gp.toArray()};
        }
    }

    private Buffer random(Workspace workspace, int rows, int columns, Precision precision) {
        Buffer b = workspace.allocate(rows, columns, precision);
        for (long i = 0; i < b.size(); i++) {
            b.set(i, random.nextDouble(-1, 1));
        }
        return b;
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void agreesWithLoopsOverNumbersWithTheSameBitsOnTwoThreads(Precision precision) {
        for (int i = 0; i < 120; i++) {
            Net net = new Net(i % 2 == 0 ? random.nextInt(1, 3) : random.nextInt(3, 10), random.nextInt(1, 71));
            int batch = random.nextInt(1, 71);
            String what = "batch " + batch + ", net " + net.dim + "-" + net.width + ", number " + i + ", seed " + SEED;
            try (Workspace workspace = i % 2 == 0 ? new Workspace() : Workspace.scoped()) {
                Buffer theta = random(workspace, 1, net.field.layout().size(), precision);
                Buffer x = random(workspace, batch, net.dim, precision);
                Buffer a = random(workspace, batch, net.dim, precision);
                double[][] expected = net.byNumbers(theta.toArray(), x.toArray(), a.toArray());
                Team.threads(1);
                double[][] one = net.byKernels(workspace, theta, x, a);
                Team.threads(2);
                double[][] two = net.byKernels(workspace, theta, x, a);
                for (int q = 0; q < 3; q++) {
                    assertClose(expected[q], one[q], 1000 * precision.unitRoundoff(), what);
                    assertArrayEquals(one[q], two[q], what);
                }
            }
        }
    }

    @Test
    void theOperationsAreThere() {
        Expr x = new Expr(new Leaf.Input("x", new Shape(Shape.BATCH, 2)));
        Expr w = new Expr(new Leaf.Parameter("w", new Shape(2, 50)));
        Expr row = new Expr(new Leaf.Parameter("b", new Shape(1, 50)));
        assertTrue(Fused.lowered(x.matmul(w).plus(row).tanh().op()) instanceof Fused.Tanh);
        assertTrue(Fused.lowered(x.matmul(w).tanh().op()) instanceof Fused.Tanh);
        assertTrue(Fused.lowered(x.tanh().op()) instanceof Elementwise);
    }
}
