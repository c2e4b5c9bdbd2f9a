package org.costate.plot;

import java.util.OptionalDouble;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
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
        Figure figure = lines(title, "t", labels.length == 1 ? labels[0] : "a = ∂C/∂x");
        for (int j = 0; j < labels.length; j++) {
            figure.series(labels[j], costate.times(), costate.component(sample, j));
        }
        return figure;
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
