package org.costate.plot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AxisTest {
    private static Axis around(double... data) {
        return Axis.of("x", DoubleStream.of(data), false, null, null);
    }

    /// At the ticks that XChart has: on its logarithmic axes each digit times a power of ten.
    private static List<String> labels(double min, double max) {
        Axis axis = new Axis(min, max, true);
        DoubleStream ticks = axis.inPowers()
                ? IntStream.range(-20, 20).asDoubleStream()
                : IntStream.range(-20, 20)
                        .boxed()
                        .flatMapToDouble(
                                k -> IntStream.rangeClosed(1, 9).mapToDouble(digit -> digit * Math.pow(10, k)));
        return ticks.filter(t -> t >= axis.shown(min) && t <= axis.shown(max))
                .mapToObj(axis::label)
                .filter(text -> !text.isEmpty())
                .toList();
    }

    @Test
    void numbersReadWell() {
        Axis axis = new Axis(-1, 1e9, false);
        double[] numbers = {0, 0.1 + 0.2, -0.5, -1e-300, 1, 1900, 20_000, 123_456.5, 2e6, 2.5e-5, 1e-4, 1e9};
        assertEquals(
                List.of(
                        "0",
                        "0.3",
                        "−0.5",
                        "−10⁻³⁰⁰",
                        "1",
                        "1900",
                        "20\u202f000",
                        "123\u202f456.5",
                        "2×10⁶",
                        "2.5×10⁻⁵",
                        "10⁻⁴",
                        "10⁹"),
                DoubleStream.of(numbers).mapToObj(axis::label).toList());
    }

    @Test
    void logarithmicAxesNameWhatHasRoom() {
        assertEquals(List.of("10¹", "10²", "10³", "10⁴"), labels(8, 12_000));
        assertEquals(List.of("1", "10", "100"), labels(0.9, 300));
        assertEquals(List.of("10⁻³", "10⁻²", "10⁻¹", "10⁰"), labels(9e-4, 2));
        assertEquals(List.of("10⁻⁷", "10⁻⁶", "10⁻⁵", "10⁻⁴", "10⁻³"), labels(1e-7, 2e-3));
        assertEquals(List.of("2", "5", "10", "20"), labels(1.5, 30));
        assertEquals(List.of("2", "3", "4", "5", "6"), labels(1.5, 6));
        assertEquals(List.of("2", "3", "5", "7", "10"), labels(1.5, 12));
        assertEquals(List.of("6", "7", "8"), labels(5.5, 8.5));
    }

    @Test
    void oneValueStandsInTheMiddle() {
        assertEquals(0.5, around(3, 3).fraction(3));
        assertEquals(0.5, around(0).fraction(0));
        assertEquals(0.5, around(1e9, 1e9 + 1e-4).fraction(1e9), 1e-9);
        assertEquals(0.5, Axis.of("y", DoubleStream.of(7, 7), true, null, null).fraction(7), 1e-12);
        assertEquals(around(0, 1), Axis.of("x", DoubleStream.empty(), false, null, null));
    }

    /// Whatever the range, XChart finds ticks in no time, and at least two have different numbers.
    @Test
    void ticksFitEveryRange() {
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < 400; i++) {
            boolean logarithmic = i % 2 == 0;
            double size = Math.pow(10, random.nextDouble(-12, 12));
            double least = logarithmic ? size : random.nextDouble(-1, 1) * size;
            double greatest = logarithmic
                    ? size * Math.pow(10, Math.pow(10, random.nextDouble(-0.4, 1.3)))
                    : least + size * Math.pow(10, random.nextDouble(-4, 3));
            double[] ends = {least, greatest};
            Figure figure = Figures.lines("", "x", "y").series("", ends, ends);
            if (logarithmic) {
                figure.logX().logY();
            }
            Axis axis = Axis.of("x", DoubleStream.of(ends), logarithmic, null, null);
            String what = least + " to " + greatest + (logarithmic ? ", logarithmic" : "");
            for (List<Double> ticks :
                    assertTimeoutPreemptively(Duration.ofSeconds(20), () -> ticks(figure, axis), what)) {
                TreeSet<String> labels = new TreeSet<>();
                ticks.stream()
                        .filter(t -> t >= axis.shown(least) && t <= axis.shown(greatest))
                        .forEach(t -> labels.add(axis.label(t)));
                labels.remove("");
                assertTrue(labels.size() >= 2 && labels.size() < 17, what + ": " + labels);
            }
        }
    }

    /// What XChart asks for on the two axes when it has found its ticks: the last numbers in ascending order.
    private static List<List<Double>> ticks(Figure figure, Axis axis) {
        List<Double> x = new ArrayList<>();
        List<Double> y = new ArrayList<>();
        figure.getStyler()
                .setXAxisTickLabelsFormattingFunction(v -> note(x, v, axis))
                .setYAxisTickLabelsFormattingFunction(v -> note(y, v, axis));
        figure.paint(new BufferedImage(640, 400, BufferedImage.TYPE_INT_RGB).createGraphics(), 640, 400);
        return List.of(x, y);
    }

    private static String note(List<Double> ticks, double tick, Axis axis) {
        if (!ticks.isEmpty() && tick <= ticks.getLast()) {
            ticks.clear();
        }
        ticks.add(tick);
        return axis.label(tick);
    }
}
