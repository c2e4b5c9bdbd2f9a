package org.costate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Backprop;
import org.costate.adjoint.Checkpointed;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Forward;
import org.costate.adjoint.Gradient;
import org.costate.adjoint.Reversible;
import org.costate.adjoint.Symplectic;
import org.costate.graph.Expr;
import org.costate.graph.Trace;
import org.costate.kernels.Binary;
import org.costate.kernels.Kernels;
import org.costate.kernels.Unary;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.Dynamics;
import org.costate.ode.Heun;
import org.costate.ode.Parameters;
import org.costate.ode.ReversibleHeun;
import org.junit.jupiter.api.Test;

/// Results have the same bits interpreted, as at the first call, and compiled, as after many calls.
///
/// Measured in JVMs of their own: one that may only interpret, and one that compiles what runs often.
class ColdAndWarmTest {
    private static final int WARM = 20_000;

    /// Lengths that end within a vector, so that its last numbers overlap.
    private static final int COUNT = 203;

    @Test
    void theInterpreterAndTheCompilerGiveTheSameBits() throws Exception {
        List<String> cold = inAnotherJvm("-Xint", "1");
        List<String> warm = inAnotherJvm("-showversion", Integer.toString(WARM));
        assertTrue(cold.size() > 2 * (Unary.values().length + 9 * Binary.values().length + 11), cold.toString());
        assertEquals(String.join("\n", cold), String.join("\n", warm));
    }

    private static List<String> inAnotherJvm(String flag, String calls) throws Exception {
        List<String> command = new ArrayList<>(
                List.of(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java", flag));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), ColdAndWarmTest.class.getName(), calls));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), said);
        return said.lines().filter(line -> line.startsWith("bits ")).toList();
    }

    /// Prints the bits that come from each kernel and each exact mode.
    ///
    /// @param arguments how often each is called before
    public static void main(String[] arguments) {
        int calls = Integer.parseInt(arguments[0]);
        for (Precision p : Precision.values()) {
            unary(p, calls);
            binary(p, calls);
            others(p, calls);
            gradients(p, calls);
        }
    }

    private static void repeat(String name, int calls, Runnable call, Buffer out) {
        for (int i = 0; i < calls; i++) {
            call.run();
        }
        print(name + " " + out.precision(), out.toArray());
    }

    private static void print(String name, double[] numbers) {
        long hash = 1;
        for (double v : numbers) {
            hash = 31 * hash + Double.doubleToLongBits(v); // one pattern for all NaN
        }
        System.out.println("bits " + name + " " + Long.toHexString(hash));
    }

    /// Numbers of many sizes and both signs, a few that are none, and those next to kinks and poles.
    private static Buffer numbers(Precision p, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Buffer b = new Workspace().allocate(1, COUNT, p);
        double[] special = {0, -0.0, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.NaN, 1, -1, 1e-310, 1e9
        };
        for (int i = 0; i < COUNT; i++) {
            double size = Math.exp(random.nextDouble(-8, 6));
            b.set(i, i % 29 == 7 ? special[i / 29] : random.nextInt(4) > 0 ? size : -size);
        }
        return b;
    }

    private static void unary(Precision p, int calls) {
        Buffer x = numbers(p, 1);
        Buffer out = new Workspace().allocate(1, COUNT, p);
        for (Unary f : Unary.values()) {
            repeat(f.toString(), calls, () -> Kernels.best().unary(f, x, out), out);
        }
    }

    private static void binary(Precision p, int calls) {
        Buffer a = numbers(p, 2);
        Buffer b = numbers(p, 3);
        Buffer out = new Workspace().allocate(1, COUNT, p);
        Buffer one = new Workspace().allocate(1, 1, p);
        for (Binary f : Binary.values()) {
            repeat(f.toString(), calls, () -> Kernels.best().binary(f, a, b, out), out);
            for (double c : new double[] {1.7, -2, 2, 3}) {
                one.set(0, c);
                repeat(f + " of " + c, calls, () -> Kernels.best().binary(f, one, b, out), out);
                repeat(f + " by " + c, calls, () -> Kernels.best().binary(f, a, one, out), out);
            }
        }
    }

    private static void others(Precision p, int calls) {
        Workspace workspace = new Workspace();
        SplittableRandom random = new SplittableRandom(4);
        Buffer a = workspace.allocate(29, 7, p);
        Buffer b = workspace.allocate(7, 33, p);
        Buffer c = workspace.allocate(29, 33, p);
        Buffer row = workspace.allocate(1, 33, p);
        for (Buffer x : List.of(a, b, c, row)) {
            x.copyFrom(random.doubles(x.size(), -1, 1).toArray());
        }
        Buffer wide = workspace.allocate(29, 33, p);
        Buffer slim = workspace.allocate(29, 7, p);
        Buffer column = workspace.allocate(29, 1, p);
        Buffer sums = workspace.allocate(1, 33, p);
        Buffer narrow = workspace.allocate(1, 7, p);
        Buffer one = workspace.allocate(1, 1, p);
        Kernels k = Kernels.best();
        double[] weights = {0.3, -1.7};
        Buffer[] terms = {c, wide.view(0, 29, 33)};
        repeat("product", calls, () -> k.product(a, false, b, false, row, wide), wide);
        repeat("product, turned", calls, () -> k.product(c, false, b, true, null, slim), slim);
        repeat("product with tanh", calls, () -> k.productTanh(a, b, row, wide), wide);
        repeat("product with the reverse of tanh", calls, () -> k.productTanhReverse(a, b, c, wide), wide);
        repeat("sum of rows", calls, () -> k.sumRows(c, false, sums), sums);
        repeat("sum of short rows", calls, () -> k.sumRows(a, false, narrow), narrow);
        repeat("sum of columns", calls, () -> k.sumColumns(c, column), column);
        repeat("dot", calls, () -> one.set(0, k.dot(c, wide)), one);
        Buffer out = workspace.allocate(29, 33, p);
        repeat("combine", calls, () -> k.combine(weights, terms, 2, out), out);
        Runnable add = () -> {
            out.copyFrom(c);
            k.add(0.7, wide, out);
        };
        repeat("add", calls, add, out);
    }

    /// All functions of expressions, in a field so small that one sample gets a method of its own.
    private static final Dynamics FIELD = Trace.dynamics(2, (t, x, p) -> {
        Expr w = x.times(p.row("w", 2)).plus(t);
        Expr positive = w.times(w).plus(0.1);
        Expr smooth = w.tanh().plus(w.sigmoid()).plus(w.gelu()).minus(w.softplus());
        return positive.log()
                .plus(w.sin().exp())
                .minus(w.cos())
                .plus(positive.pow(0.7).dividedBy(positive.sqrt().plus(1)))
                .plus(smooth)
                .plus(w.silu().max(w.abs()).min(2));
    });

    private static void gradients(Precision p, int calls) {
        Parameters theta = FIELD.initialParameters(3).set("w", 0.7, -0.4);
        for (int batch : new int[] {1, 19}) {
            int steps = batch == 1 ? 40 : 3; // what runs for one sample is fast in the interpreter too
            double[][] x0 = new double[batch][2];
            SplittableRandom random = new SplittableRandom(5);
            for (double[] x : x0) {
                x[0] = random.nextDouble(-1, 1);
                x[1] = random.nextDouble(-1, 1);
            }
            for (Adjoint mode : List.of(
                    Backprop.defaults(),
                    Checkpointed.states(2),
                    Symplectic.defaults(),
                    Reversible.defaults(),
                    Forward.defaults())) {
                Ode ode = Ode.of(FIELD)
                        .span(0, 1)
                        .precision(p)
                        .solver(mode instanceof Reversible ? ReversibleHeun.steps(steps) : Heun.steps(steps))
                        .adjoint(mode);
                Cost cost = Cost.sumOfSquares(new double[batch][2]);
                Gradient g = null;
                for (int i = 0; i < Math.max(1, calls / 100); i++) {
                    g = ode.gradient(x0, theta, cost);
                }
                print(mode + " " + batch + " " + p, g.parameter("w")[0]);
                print(mode + " " + batch + " " + p + " x0", g.x0()[batch - 1]);
            }
        }
    }
}
