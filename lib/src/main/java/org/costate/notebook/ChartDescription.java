package org.costate.notebook;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.zip.CRC32;
import org.costate.plot.Animation;
import org.costate.plot.Figure;
import org.costate.plot.Panels;
import org.knowm.xchart.HeatMapSeries;
import org.knowm.xchart.HorizontalBarSeries;
import org.knowm.xchart.PieSeries;
import org.knowm.xchart.RadarSeries;
import org.knowm.xchart.internal.chartpart.AxesChart;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.internal.series.AxesChartSeriesCategory;
import org.knowm.xchart.internal.series.AxesChartSeriesNumerical;
import org.knowm.xchart.internal.series.Series;

/// A chart in words: title, axes, and of each curve how many points it has, where it starts and ends and what lies
/// between; last a digest of all its numbers, by which a later run can be compared without comparing pixels.
///
/// The digest rounds each number to a millionth of its curve's largest, so that the last digits, which differ between
/// machines, do not count.
final class ChartDescription {
    private static final int MOST_SERIES = 10;

    /// What can be told of one curve; `x` is empty where the horizontal axis has names instead of numbers.
    private static final class Curve {
        final String name;
        final boolean named;
        final double[] x;
        final double[] y;

        Curve(String name, boolean named, double[] x, double[] y) {
            this.name = name;
            this.named = named;
            this.x = x;
            this.y = y;
        }
    }

    private ChartDescription() {}

    static String of(Chart<?, ?> chart) {
        List<Curve> curves = curves(chart);
        String title = title(chart);
        List<String> sentences = new ArrayList<>();
        sentences.add(title.isEmpty() ? "Figure" : "Figure: " + title);
        sentences.addAll(axesAndCurves(chart, curves));
        return text(sentences, digest(title, curves));
    }

    /// All panels share what is said of the first one's axes, if they have one window.
    static String of(Panels panels) {
        List<String> sentences = new ArrayList<>();
        sentences.add("Figure of " + panels.figures().size() + " panels: " + panels.title());
        List<Curve> all = new ArrayList<>();
        for (Figure figure : panels.figures()) {
            List<Curve> curves = curves(figure);
            sentences.add("Panel: " + title(figure));
            sentences.addAll(axesAndCurves(figure, curves));
            all.addAll(curves);
        }
        return text(sentences, digest(panels.title(), all));
    }

    /// The last picture, which says the main thing; the digest is of all.
    static String of(Animation animation) {
        Figure last = animation.figures().getLast();
        List<String> sentences = new ArrayList<>();
        sentences.add("Animation of " + animation.figures().size() + " pictures, played once, from “"
                + title(animation.figures().getFirst()) + "” to “" + title(last) + "”");
        sentences.addAll(axesAndCurves(last, curves(last)));
        List<Curve> all = new ArrayList<>();
        animation.figures().forEach(f -> all.addAll(curves(f)));
        return text(sentences, digest(title(last), all));
    }

    private static String title(Chart<?, ?> chart) {
        return chart.getTitle() == null ? "" : chart.getTitle().strip();
    }

    private static List<Curve> curves(Chart<?, ?> chart) {
        return chart.getSeriesCollection().stream()
                .filter(Series::isEnabled)
                .map(ChartDescription::curve)
                .toList();
    }

    private static List<String> axesAndCurves(Chart<?, ?> chart, List<Curve> curves) {
        List<String> sentences = new ArrayList<>();
        if (chart instanceof Figure figure) {
            sentences.addAll(figure.notes());
        }
        if (chart instanceof AxesChart<?, ?> axes) {
            boolean logX = axes.getStyler().isXAxisLogarithmic();
            boolean logY = axes.getStyler().isYAxisLogarithmic();
            sentences.add("Horizontal: "
                    + axis(axes.getXAxisTitle(), logX, curves.stream().map(c -> c.x)));
            sentences.add("Vertical: "
                    + axis(axes.getYAxisTitle(), logY, curves.stream().map(c -> c.y)));
        }
        List<Curve> told =
                curves.stream().filter(c -> c.named).limit(MOST_SERIES).toList();
        told.forEach(curve -> sentences.add(sentence(curve)));
        int more = curves.size() - told.size();
        if (more > 0) {
            sentences.add(
                    more + (told.isEmpty() ? "" : " more") + (more == 1 ? " curve" : " curves") + " without a name");
        }
        return sentences;
    }

    private static String text(List<String> sentences, String digest) {
        List<String> all = new ArrayList<>(sentences);
        all.add("Data digest " + digest);
        return all.stream().map(ChartDescription::sentenceEnd).collect(Collectors.joining(" "));
    }

    private static String sentenceEnd(String sentence) {
        return sentence.matches(".*[.!?]") ? sentence : sentence + ".";
    }

    private static Curve curve(Series series) {
        String name = series.getLabel() == null ? series.getName() : series.getLabel();
        boolean named = series.isShowInLegend();
        return switch (series) {
            case AxesChartSeriesNumerical s -> new Curve(name, named, s.getXData(), s.getYData());
            case AxesChartSeriesCategory s -> new Curve(name, named, numbers(s.getXData()), s.getYData());
            case HorizontalBarSeries s -> new Curve(name, named, numbers(s.getXData()), new double[0]);
            case HeatMapSeries s -> new Curve(name, named, new double[0], heat(s));
            case PieSeries s ->
                new Curve(name, true, new double[0], new double[] {s.getValue().doubleValue()});
            case RadarSeries s -> new Curve(name, named, new double[0], s.getValues());
            default -> new Curve(name, named, new double[0], new double[0]);
        };
    }

    private static double[] heat(HeatMapSeries series) {
        List<? extends Number[]> cells = series.getHeatData(); // column, row, value
        return cells.stream()
                .mapToDouble(cell -> ((Number[]) cell)[2].doubleValue())
                .toArray();
    }

    private static double[] numbers(Collection<?> values) {
        boolean all = values.stream().allMatch(v -> v instanceof Number);
        return all
                ? values.stream().mapToDouble(v -> ((Number) v).doubleValue()).toArray()
                : new double[0];
    }

    private static String axis(String title, boolean logarithmic, java.util.stream.Stream<double[]> data) {
        String name = title == null || title.isBlank() ? "no title" : title.strip();
        return name + (logarithmic ? ", logarithmic" : "") + range(data.flatMapToDouble(DoubleStream::of));
    }

    private static String range(DoubleStream values) {
        var summary = values.filter(Double::isFinite).summaryStatistics();
        return summary.getCount() == 0
                ? ""
                : ", from " + Numbers.format(summary.getMin()) + " to " + Numbers.format(summary.getMax());
    }

    private static String sentence(Curve curve) {
        double[] y = curve.y;
        if (y.length == 0) {
            return curve.name + range(DoubleStream.of(curve.x));
        }
        if (y.length == 1) {
            return curve.name + ": " + Numbers.format(y[0]);
        }
        var inside = DoubleStream.of(y).filter(Double::isFinite).summaryStatistics();
        double first = y[0];
        double last = y[y.length - 1];
        StringBuilder text = new StringBuilder(curve.name);
        text.append(": ").append(y.length).append(" points, first ").append(Numbers.format(first));
        text.append(", last ").append(Numbers.format(last));
        if (inside.getCount() > 0 && inside.getMin() < Math.min(first, last)) {
            text.append(", least ").append(Numbers.format(inside.getMin()));
        }
        if (inside.getCount() > 0 && inside.getMax() > Math.max(first, last)) {
            text.append(", greatest ").append(Numbers.format(inside.getMax()));
        }
        return text.toString();
    }

    private static String digest(String title, List<Curve> curves) {
        CRC32 crc = new CRC32();
        crc.update(title.getBytes(StandardCharsets.UTF_8));
        for (Curve curve : curves) {
            crc.update(curve.name.getBytes(StandardCharsets.UTF_8));
            add(crc, curve.x);
            add(crc, curve.y);
        }
        return String.format("%08x", crc.getValue());
    }

    private static void add(CRC32 crc, double[] values) {
        double largest = DoubleStream.of(values)
                .filter(Double::isFinite)
                .map(Math::abs)
                .max()
                .orElse(0);
        // A power of ten, so that short decimal numbers lie in the middle of their rounding interval; it changes where
        // the largest passes 7.5…·10ᵏ, which computed numbers seldom touch, unlike 10ᵏ itself.
        double unit = largest == 0 ? 1 : Math.pow(10, Math.floor(Math.log10(largest) + 0.123) - 6);
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES);
        for (double value : values) {
            long rounded = Double.isFinite(value) ? Math.round(value / unit) : Double.doubleToLongBits(value);
            crc.update(bytes.clear().putLong(rounded).flip());
        }
    }
}
