package org.costate.plot;

import java.awt.Color;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.costate.Comparison;
import org.costate.Solution;
import org.costate.adjoint.Costate;

/// Makes [Figure]s: charts in the house style, 640 × 400, readable at half size, in colours that colour-blind readers
/// tell apart.
///
/// ```java
/// show(Figures.timeSeries("Predator and prey", s, "prey", "predators"));
/// show(Figures.phase("Three orbits", "prey", "predators").orbit("from (10, 5)", s1).orbit("from (6, 5)", s2));
/// show(Figures.logLog("Memory of one gradient", "steps", "bytes")
///         .measured("Backprop", steps, backprop).measured("Backsolve", steps, backsolve));
/// ```
public final class Figures {
    /// So many times as far as the outermost points, names have room.
    private static final double ROOM = 1.7;

    private Figures() {}

    /// An empty figure. Name what an axis counts and its unit: `"t (years)"`.
    public static Figure lines(String title, String xLabel, String yLabel) {
        return new Figure(title, xLabel, yLabel);
    }

    /// An empty figure with two logarithmic axes, where a power law is a straight line.
    public static Figure logLog(String title, String xLabel, String yLabel) {
        return new Figure(title, xLabel, yLabel).logX().logY();
    }

    /// An empty phase portrait: fill it with [Figure#orbit(String, Solution)].
    public static Figure phase(String title, String xLabel, String yLabel) {
        return new Figure(title, xLabel, yLabel);
    }

    /// The components of sample 0 over time.
    ///
    /// @param names of the components, in order; x₁, x₂, … if none are given
    /// @throws IllegalArgumentException if there are not as many names as components
    public static Figure timeSeries(String title, Solution s, String... names) {
        return timeSeries(title, s, 0, names);
    }

    /// The components of one sample over time.
    ///
    /// @throws IllegalArgumentException if there are not as many names as components
    /// @throws IndexOutOfBoundsException if there is no such sample
    public static Figure timeSeries(String title, Solution s, int sample, String... names) {
        String[] labels = Names.components("x", s.dimension(), names);
        Figure figure = lines(title, "t", s.dimension() == 1 ? labels[0] : "x");
        for (int j = 0; j < labels.length; j++) {
            figure.component(labels[j], s, sample, j);
        }
        return figure;
    }

    /// The components of sample 0 of a kept costate over time; where it jumps, at an observation time, the line is
    /// upright.
    ///
    /// @param names of the components, in order; a₁, a₂, … if none are given
    /// @throws IllegalArgumentException if there are not as many names as components
    public static Figure costate(String title, Costate costate, String... names) {
        return costate(title, costate, 0, names);
    }

    /// The components of one sample of a kept costate over time.
    ///
    /// @throws IllegalArgumentException if there are not as many names as components
    /// @throws IndexOutOfBoundsException if there is no such sample
    public static Figure costate(String title, Costate costate, int sample, String... names) {
        String[] labels = Names.components("a", costate.dimension(), names);
        Costate one = costate.sample(sample);
        Figure figure = lines(title, "t", labels.length == 1 ? labels[0] : "a = ∂C/∂x");
        for (int j = 0; j < labels.length; j++) {
            figure.series(labels[j], one.times(), one.component(0, j));
        }
        return figure;
    }

    /// What [org.costate.Advisor] measured: of each gradient mode the time of a gradient and the bytes it
    /// holds, on logarithmic axes, with the error beside its name. The best corner is at the bottom left.
    ///
    /// Green is the recommended mode, vermilion are those that are not accurate, grey those that hold more
    /// than allowed, a dashed line; the others are blue.
    ///
    /// @throws IllegalArgumentException if no mode gave a gradient
    public static Figure comparison(Comparison c) {
        if (c.trials().isEmpty()) {
            throw new IllegalArgumentException("c: got no mode with a gradient, expected at least one; " + c);
        }
        Figure figure = logLog("Gradient modes: time and memory", "time of a gradient (ms)", "memory (bytes)");
        Comparison.Trial chosen = c.recommended().orElseThrow();
        for (Comparison.Trial t : c.trials()) {
            boolean good = c.accurate(t);
            Color colour = !good ? House.BAD : !c.fits(t) ? House.SOFT_INK : House.colour(0);
            String verdict = t.equals(chosen) ? ", take this" : !good ? ", not accurate" : "";
            String error = String.format(Locale.ROOT, " %.0e", t.error());
            figure.point(
                    t.mode() + error + verdict,
                    t.milliseconds(),
                    (double) t.bytes(),
                    t.equals(chosen) && good ? House.GOOD : colour);
        }
        double[] times = c.trials().stream()
                .mapToDouble(Comparison.Trial::milliseconds)
                .sorted()
                .toArray();
        long[] bytes =
                c.trials().stream().mapToLong(Comparison.Trial::bytes).sorted().toArray();
        double left = times[0] / ROOM;
        double right = times[times.length - 1] * ROOM;
        double top = bytes[bytes.length - 1] * ROOM;
        if (c.memory() < top) {
            figure.guide("allowed", new double[] {left, right}, new double[] {c.memory(), c.memory()});
        }
        figure.getStyler()
                .setXAxisMin(left)
                .setXAxisMax(right)
                .setYAxisMin(Math.min(bytes[0], c.memory()) / ROOM)
                .setYAxisMax(top);
        return figure.note("Beside each name is the error of its gradient. " + c.summary());
    }

    /// Small figures side by side, for what changes from one to the next.
    ///
    /// @throws IllegalArgumentException as [Panels#of]
    public static Panels panels(String title, int columns, Figure... figures) {
        return Panels.of(title, columns, figures);
    }

    /// Figures one after the other in one place.
    ///
    /// @throws IllegalArgumentException as [Animation#of]
    public static Animation animation(int milliseconds, List<Figure> figures) {
        return Animation.of(milliseconds, figures);
    }

    /// The exponent p of the power law y = c xᵖ that fits best: least squares of log y against log x.
    ///
    /// @param x, y as many, at least two, all positive
    /// @throws IllegalArgumentException if they are not, or if all x are equal
    public static double slope(double[] x, double[] y) {
        if (x.length != y.length || x.length < 2) {
            throw new IllegalArgumentException(
                    "x, y: got " + x.length + " and " + y.length + " numbers, expected as many of both, at least two");
        }
        double meanX = 0;
        for (int i = 0; i < x.length; i++) {
            if (!(x[i] > 0 && y[i] > 0)) {
                throw new IllegalArgumentException("x, y: got (" + x[i] + ", " + y[i] + ") at " + i
                        + ", expected positive numbers, which have a logarithm");
            }
            meanX += Math.log(x[i]) / x.length;
        }
        double xy = 0;
        double xx = 0;
        for (int i = 0; i < x.length; i++) {
            double dx = Math.log(x[i]) - meanX;
            xy += dx * Math.log(y[i]); // the mean of log y falls out: Σ dx = 0
            xx += dx * dx;
        }
        if (xx == 0) {
            throw new IllegalArgumentException(
                    "x: got the same number " + x.length + " times, expected different ones");
        }
        return xy / xx;
    }

    /// The slope of the points from the middle of the logarithmic axis on, of all if fewer than two are there; none if
    /// these points do not follow a power law.
    static OptionalDouble slopeAtTheRight(double[] x, double[] y) {
        var range = DoubleStream.of(x).summaryStatistics();
        double middle = Math.sqrt(range.getMin()) * Math.sqrt(range.getMax());
        int[] right = IntStream.range(0, x.length).filter(i -> x[i] >= middle).toArray();
        int[] chosen = right.length > 1 ? right : IntStream.range(0, x.length).toArray();
        double[] chosenX = IntStream.of(chosen).mapToDouble(i -> x[i]).toArray();
        double[] chosenY = IntStream.of(chosen).mapToDouble(i -> y[i]).toArray();
        boolean finite = DoubleStream.concat(DoubleStream.of(chosenX), DoubleStream.of(chosenY))
                .allMatch(Double::isFinite);
        if (!finite || DoubleStream.of(chosenX).distinct().count() < 2) {
            return OptionalDouble.empty();
        }
        double slope = slope(chosenX, chosenY);
        double[] factors = IntStream.of(chosen)
                .mapToDouble(i -> Math.log(y[i]) - slope * Math.log(x[i]))
                .toArray();
        double mean = DoubleStream.of(factors).average().orElseThrow();
        boolean law = DoubleStream.of(factors).allMatch(f -> Math.abs(f - mean) < Math.log(1.25));
        return law ? OptionalDouble.of(slope) : OptionalDouble.empty();
    }
}
