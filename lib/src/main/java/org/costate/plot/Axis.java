package org.costate.plot;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.DoubleStream;

/// From where to where an axis shows its numbers, and how XChart is told so.
///
/// @param min, max the ends of the data or of the styler, min < max; both positive if logarithmic
record Axis(double min, double max, boolean logarithmic) {
    /// Around all finite numbers of `data`, unless the styler's limits (or null) say otherwise.
    ///
    /// @throws IllegalArgumentException if the limits are in the wrong order, or not positive where they must be
    static Axis of(String name, DoubleStream data, boolean logarithmic, Double from, Double to) {
        var shown = data.filter(Double::isFinite).summaryStatistics();
        double least = shown.getCount() > 0 ? shown.getMin() : logarithmic ? 0.1 : 0;
        double greatest = shown.getCount() > 0 ? shown.getMax() : 1;
        double size = Math.max(Math.abs(least), Math.abs(greatest));
        if (greatest - least <= 1e-12 * size) { // one value, up to round-off: in the middle
            double around = size == 0 ? 1 : size / 2;
            greatest = logarithmic ? 3 * greatest : greatest + around;
            least = logarithmic ? least / 3 : least - around;
        }
        double min = from == null ? least : from;
        double max = to == null ? greatest : to;
        if (!(min < max) || (logarithmic && min <= 0)) {
            throw new IllegalArgumentException(name + " axis: got the limits " + min + " and " + max
                    + ", expected the smaller first" + (logarithmic ? " and both positive" : "")
                    + "; the styler's set" + name.toUpperCase(Locale.ROOT) + "AxisMin and Max set them");
        }
        return new Axis(min, max, logarithmic);
    }

    /// The same centre, `factor` times as long.
    Axis stretched(double factor) {
        double centre = (min + max) / 2;
        double half = (max - min) / 2 * factor;
        return new Axis(centre - half, centre + half, logarithmic);
    }

    /// 0 at min, 1 at max.
    double fraction(double value) {
        return logarithmic ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min);
    }

    /// Is XChart to see the powers of ten on a linear axis? On its logarithmic ones it draws a grid line at each digit
    /// times a power of ten, which from some decades on is all grey.
    boolean inPowers() {
        return logarithmic && max / min > 1e4;
    }

    /// How XChart sees a number. It rounds the steps of a linear axis to ten decimals and has one tick for all that is
    /// smaller, so it gets small numbers times a power of ten.
    double shown(double value) {
        return inPowers() ? Math.log10(value) : value * unit();
    }

    private double unit() {
        return logarithmic || max - min > 1e-6 ? 1 : Math.pow(10, -TickText.exponent(max - min));
    }

    /// How XChart sees `values`: not a number where one of `values` and `others` is not finite, and at a last place
    /// more, which is not drawn, but keeps XChart from putting its ticks at evenly spaced values.
    double[] shown(double[] values, double[] others) {
        double[] shown = new double[values.length + 1];
        Arrays.setAll(
                shown,
                i -> i < values.length && Double.isFinite(values[i]) && Double.isFinite(others[i])
                        ? shown(values[i])
                        : Double.NaN);
        return shown;
    }

    /// The number at a tick of XChart. XChart has a tick at each digit on a logarithmic axis; only some have room for
    /// it.
    String label(double tick) {
        if (inPowers()) {
            // Not the same at both ends: XChart would take that for a format that shows no difference, and give up.
            String none = tick == shown(max) ? " " : "";
            return tick == Math.rint(tick) ? TickText.power((int) tick) : none;
        }
        if (!logarithmic) {
            return TickText.of(tick / unit());
        }
        double ratio = max / min;
        int exponent = TickText.exponent(tick);
        String labelled = ratio >= 100
                ? "1"
                : ratio >= 10 ? "125" : ratio >= 5 ? "12357" : ratio >= 2.5 ? "1234568" : "123456789";
        if (!labelled.contains(Long.toString(Math.round(tick / Math.pow(10, exponent))))) {
            return "";
        }
        return ratio >= 100 && (min < 1e-3 || max >= 1e4) ? TickText.power(exponent) : TickText.of(tick);
    }

    /// How far apart XChart may put ticks on `pixels`, such that with `whole` none lies between whole numbers.
    int spacing(int least, int pixels, boolean whole) {
        double span = shown(max) - shown(min);
        return whole && span >= 2 ? Math.max(least, (int) (pixels / span)) : least;
    }
}
