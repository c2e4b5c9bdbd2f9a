package org.costate.adjoint;

import static org.costate.Close.flat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.costate.Ode;
import org.costate.graph.Expr;
import org.costate.graph.Symbols;
import org.costate.graph.Trace;
import org.costate.ode.Coupling;
import org.costate.ode.Dopri8;
import org.costate.ode.Dynamics;
import org.costate.ode.Heun;
import org.costate.ode.Kutta38;
import org.costate.ode.Parameters;
import org.costate.ode.ReversibleHeun;
import org.costate.ode.Solver;
import org.costate.ode.Tsit5;
import org.junit.jupiter.api.Test;

/// Traced networks of random depth, width and operations, with random costs of all kinds, drawn anew at
/// each run, against central differences in a random direction. A failure tells the seed, which repeats it:
/// `-Dcostate.networks.seed=…`.
class RandomNetworksTest {
    private static final double H = 1e-5;

    private final long seed = Long.getLong("costate.networks.seed", System.nanoTime());

    /// One problem and a direction to move it in.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Case(
            Dynamics field, Cost cost, double[][] x0, double[][] move, Parameters theta, Parameters direction) {
        double value(Ode ode, double h) {
            double[][] x = new double[x0.length][];
            for (int r = 0; r < x0.length; r++) {
                x[r] = x0[r].clone();
                for (int c = 0; c < x[r].length; c++) {
                    x[r][c] += h * move[r][c];
                }
            }
            return ode.gradient(x, theta.plus(h, direction), cost).cost();
        }

        double along(Gradient g) {
            return dot(g.parameters().toArray(), direction.toArray()) + dot(flat(g.x0()), flat(move));
        }
    }

    private static Case random(SplittableRandom random) {
        int dimension = 1 + random.nextInt(4);
        int batch = 1 + random.nextInt(3);
        long shape = random.nextLong();
        Dynamics f = Trace.dynamics(dimension, (t, x, p) -> network(new SplittableRandom(shape), t, x, p, dimension));
        long costShape = random.nextLong();
        Dynamics part = Trace.cost(dimension, (t, x, p) -> {
            SplittableRandom choice = new SplittableRandom(costShape);
            return layer(choice, x.times(t.plus(1)).plus(p.row("out", dimension)))
                    .sumColumns();
        });
        double[][] target = matrix(random, batch, dimension);
        Cost cost = Cost.terminal(part)
                .plus(Cost.running(part))
                .plus(Cost.at(0.4, part))
                .plus(Cost.sumOfSquaresAt(0.1, target))
                .plus(Cost.parameterPenalty(0.1));
        int n = f.layout().size();
        return new Case(
                f,
                cost,
                matrix(random, batch, dimension),
                matrix(random, batch, dimension),
                Parameters.of(f.layout(), random.doubles(n, -0.8, 0.8).toArray()),
                Parameters.of(f.layout(), random.doubles(n, -1, 1).toArray()));
    }

    private static double[][] matrix(SplittableRandom random, int rows, int columns) {
        return Stream.generate(() -> random.doubles(columns, -1, 1).toArray())
                .limit(rows)
                .toArray(double[][]::new);
    }

    /// Layers of random widths, some side by side with the time, the state or a part of themselves.
    private static Expr network(SplittableRandom choice, Expr t, Expr x, Symbols p, int dimension) {
        Expr h = x;
        int layers = 1 + choice.nextInt(3);
        for (int l = 0; l < layers; l++) {
            int in = h.shape().columns();
            int out = 1 + choice.nextInt(8);
            h = h.matmul(
                            choice.nextBoolean()
                                    ? p.matrix("W" + l, in, out)
                                    : p.matrix("W" + l, out, in).transpose())
                    .plus(p.row("b" + l, out));
            h = choice.nextInt(3) == 0 ? h.plus(p.row("c" + l, out).times(t)) : h;
            h = layer(choice, h);
            h = switch (choice.nextInt(5)) {
                case 0 -> Expr.concat(h, x);
                case 1 -> Expr.concat(h.column(out - 1), h.columns(0, out));
                case 2 -> h.times(h.meanColumns().plus(1));
                case 3 -> h.minus(h.sumColumns().times(0.1));
                default -> h;
            };
        }
        return h.matmul(p.matrix("V", h.shape().columns(), dimension))
                .plus(p.row("out", dimension))
                .tanh();
    }

    /// Smooth functions that do not blow up; those with kinks have tests of their own.
    private static Expr layer(SplittableRandom choice, Expr h) {
        return switch (choice.nextInt(12)) {
            case 0 -> h.sin();
            case 1 -> h.times(h.cos());
            case 2 -> h.pow(2).plus(1).log();
            case 3 -> h.dividedBy(h.pow(2).plus(1).sqrt());
            case 4 -> h.minus(h.pow(2).negate().exp());
            case 5 -> h.sigmoid();
            case 6 -> h.softplus();
            case 7 -> h.silu();
            case 8 -> h.gelu();
            case 9 -> h.pow(3).times(0.1).plus(h);
            case 10 -> h.pow(2).plus(0.5).pow(-0.5);
            default -> h.tanh();
        };
    }

    @Test
    void exactModesAgreeWithDifferencesOfTheDiscreteSolve() {
        SplittableRandom random = new SplittableRandom(seed);
        List<Solver> solvers = List.of(
                Heun.steps(7), Kutta38.steps(5), Tsit5.steps(4), ReversibleHeun.steps(8), Coupling.of(Heun.steps(6)));
        for (int trial = 0; trial < 20; trial++) {
            Case c = random(random);
            Solver solver = solvers.get(random.nextInt(solvers.size()));
            Ode ode = Ode.of(c.field).span(-0.3, 0.9).solver(solver);
            double difference = (c.value(ode, H) - c.value(ode, -H)) / (2 * H);
            for (Adjoint mode : new Adjoint[] {
                Backprop.defaults(),
                Checkpointed.states(2),
                Symplectic.defaults(),
                Forward.defaults(),
                Reversible.defaults()
            }) {
                if (mode instanceof Reversible && !solver.scheme().reversible()) {
                    continue;
                }
                check(c, ode.adjoint(mode), difference, 1e-7, "-Dcostate.networks.seed=" + seed + ", trial " + trial);
            }
        }
    }

    @Test
    void continuousModesAgreeWithDifferencesOfATightSolve() {
        SplittableRandom random = new SplittableRandom(seed);
        for (int trial = 0; trial < 6; trial++) {
            Case c = random(random);
            Ode ode = Ode.of(c.field).span(-0.3, 0.9).solver(Dopri8.tolerance(1e-11, 1e-11));
            double difference = (c.value(ode, H) - c.value(ode, -H)) / (2 * H);
            for (Adjoint mode : new Adjoint[] {Backsolve.defaults(), Interpolating.defaults(), Gauss.defaults()}) {
                check(c, ode.adjoint(mode), difference, 1e-5, "-Dcostate.networks.seed=" + seed + ", trial " + trial);
            }
        }
    }

    private static void check(Case c, Ode ode, double difference, double tolerance, String what) {
        Gradient g = ode.gradient(c.x0, c.theta, c.cost);
        double scale = 1 + norm(g.parameters().toArray()) + norm(flat(g.x0()));
        assertEquals(difference, c.along(g), tolerance * scale, what + ", " + ode + "\n" + c.field);
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static double norm(double[] a) {
        return Math.sqrt(dot(a, a));
    }
}
