package org.costate.bench;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.LongFunction;
import java.util.stream.IntStream;
import org.costate.Ode;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Gradient;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.Coupling;
import org.costate.ode.Dynamics;
import org.costate.ode.Kutta38;
import org.costate.ode.Parameters;
import org.costate.ode.Solver;

/// The cost curves: time and bytes of a gradient against steps, batch, width and parameters; and errors against
/// tolerance, [Tolerances]. Prints a line of JSON a point.
///
/// Arguments: names of curves, none for all; before them, if wanted, `below=1000` leaves out points from there on.
public final class Curves {
    private static final List<String> MODES =
            List.of("Backprop", "Checkpointed", "Symplectic", "Reversible", "Backsolve", "Interpolating", "Gauss");

    /// Calls that last longer are made once; of shorter ones as many as fit into TIMED seconds, at least three.
    private static final double LONG = 3;

    /// What no call before has done takes the compiler about a second.
    private static final double WARM = 1.5;

    private static final double TIMED = 0.6;

    /// The sizes of one problem: a net dimension-hidden-dimension in float64, RK4 by the 3/8 rule.
    private record Size(int batch, int dimension, int hidden, int steps) {
        Implementation make(String mode) {
            Dynamics f = Net.field(dimension, hidden);
            Parameters theta = f.initialParameters(1);
            SplittableRandom random = new SplittableRandom(2);
            Buffer x0 = new Workspace().allocate(batch, dimension, Precision.FLOAT64);
            for (long i = 0; i < x0.size(); i++) {
                x0.set(i, random.nextGaussian());
            }
            Solver rule = Kutta38.steps(steps);
            Ode ode = Ode.of(f)
                    .span(0, 1)
                    .solver(mode.equals("Reversible") ? Coupling.of(rule) : rule)
                    .adjoint(Workload.mode(mode));
            return new Implementation.Differentiated(ode, x0, theta, Cost.meanOfSquares(new double[batch][dimension]));
        }
    }

    private record Curve(String name, List<Long> points, LongFunction<Size> size) {}

    private static final List<Curve> ALL = List.of(
            new Curve("steps", powers(1, 6), n -> new Size(1, 2, 50, (int) n)),
            new Curve("batch", powers(0, 5), n -> new Size((int) n, 2, 50, 10)),
            new Curve(
                    "width",
                    List.of(2L, 4L, 8L, 16L, 32L, 64L, 128L, 256L, 512L, 1024L),
                    n -> new Size(20, 2, (int) n, 100)),
            new Curve("parameters", powers(2, 7), n -> new Size(20, side(n), side(n), 10)));

    private Curves() {}

    /// Half decades from 10ᵐ to 10ⁿ.
    private static List<Long> powers(int m, int n) {
        return IntStream.rangeClosed(2 * m, 2 * n)
                .mapToObj(i -> Math.round(Math.pow(10, i / 2.0)))
                .toList();
    }

    /// Of the net with about so many parameters: 2 w² + 2 w.
    private static int side(long parameters) {
        return (int) Math.round((Math.sqrt(1 + 2.0 * parameters) - 1) / 2);
    }

    /// Measures.
    ///
    /// @param arguments see the class
    public static void main(String[] arguments) {
        List<String> wanted = List.of(arguments);
        boolean limited = !wanted.isEmpty() && wanted.getFirst().startsWith("below=");
        long below = limited ? Long.parseLong(wanted.getFirst().substring(6)) : Long.MAX_VALUE;
        List<String> names = limited ? wanted.subList(1, wanted.size()) : wanted;
        for (Curve curve : ALL) {
            if (names.isEmpty() || names.contains(curve.name)) {
                curve.points.stream().filter(p -> p < below).forEach(p -> measure(curve, p));
            }
        }
        if (names.isEmpty() || names.contains("tolerance")) {
            Tolerances.rows().forEach(row -> System.out.println(Json.text(row)));
        }
    }

    private static void measure(Curve curve, long point) {
        for (String mode : MODES) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("curve", curve.name);
            row.put("x", point);
            row.put("name", "costate " + mode);
            try {
                row.putAll(measure(curve.size.apply(point).make(mode)));
            } catch (OutOfMemoryError e) {
                row.put("error", e.toString());
            }
            System.out.println(Json.text(row));
            System.gc(); // what the point before held off the heap goes back only now
        }
    }

    private static Map<String, Object> measure(Implementation called) {
        double first = seconds(called);
        for (double spent = first; spent < WARM; ) {
            spent += seconds(called);
        }
        double[] ms = new double[0];
        for (double spent = 0; spent < TIMED || (ms.length < 3 && spent < LONG); ) {
            double t = seconds(called);
            spent += t;
            ms = Arrays.copyOf(ms, ms.length + 1);
            ms[ms.length - 1] = 1e3 * t;
        }
        Arrays.sort(ms);
        Gradient g = called.gradient();
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("calls", ms.length);
        row.put("min_ms", ms[0]);
        row.put("median_ms", ms[ms.length / 2]);
        row.put("max_ms", ms[ms.length - 1]);
        row.put("peak_bytes", g.peakBytes());
        return row;
    }

    private static double seconds(Implementation called) {
        long begin = System.nanoTime();
        called.call();
        return (System.nanoTime() - begin) * 1e-9;
    }
}
