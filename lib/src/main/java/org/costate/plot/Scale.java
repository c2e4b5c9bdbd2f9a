package org.costate.plot;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;

/// How an axis maps numbers to places, and where its ticks are.
///
/// @param min, max the ends of the axis, min < max; both positive if logarithmic
record Scale(double min, double max, boolean logarithmic) {
    /// A mark at the axis; a minor one has no label and no grid line.
    record Tick(double value, String label) {
        boolean minor() {
            return label.isEmpty();
        }
    }

    /// An axis that shows all numbers from `least` to `greatest` with a margin, but does not cross zero for it.
    static Scale around(double least, double greatest, boolean logarithmic, double margin) {
        if (logarithmic) {
            double low = Math.log10(least);
            double high = Math.log10(greatest);
            double pad = high - low < 1e-9 ? 0.5 : margin * (high - low);
            return new Scale(Math.pow(10, low - pad), Math.pow(10, high + pad), true);
        }
        double size = Math.max(Math.abs(least), Math.abs(greatest));
        // Less than round-off apart: one value.
        boolean single = greatest - least <= 1e-12 * size;
        double pad = single ? (size == 0 ? 1 : 0.5 * size) : margin * (greatest - least);
        double low = least - pad;
        double high = greatest + pad;
        if (single) {
            return new Scale(low, high, false);
        }
        return new Scale(least >= 0 && low < 0 ? 0 : low, greatest <= 0 && high > 0 ? 0 : high, false);
    }

    /// The same centre and unit, `factor` times as long.
    Scale stretched(double factor) {
        double centre = (min + max) / 2;
        double half = (max - min) / 2 * factor;
        return new Scale(centre - half, centre + half, logarithmic);
    }

    /// 0 at min, 1 at max.
    double fraction(double value) {
        return logarithmic
                ? (Math.log10(value) - Math.log10(min)) / (Math.log10(max) - Math.log10(min))
                : (value - min) / (max - min);
    }

    /// About `wanted` labelled ticks, at least two; with `whole`, none between whole numbers.
    List<Tick> ticks(int wanted, boolean whole) {
        return logarithmic ? logarithmicTicks(wanted) : linearTicks(wanted, whole);
    }

    private List<Tick> linearTicks(int wanted, boolean whole) {
        for (int n = Math.max(1, wanted); ; n++) {
            // In decimals, so that 3 · 0.1 is 0.3.
            BigDecimal step = niceStep((max - min) / n);
            if (whole && max - min >= 2) {
                step = step.max(BigDecimal.ONE);
            }
            step = step.stripTrailingZeros();
            BigDecimal first = new BigDecimal(min).divide(step, 0, RoundingMode.CEILING);
            List<Tick> ticks = new ArrayList<>();
            for (BigDecimal at = first.multiply(step); at.doubleValue() <= max; at = at.add(step)) {
                ticks.add(new Tick(at.doubleValue(), TickText.of(at, Math.max(0, step.scale()))));
            }
            if (ticks.size() >= 2) {
                return ticks;
            }
        }
    }

    /// The nearest of 1, 2, 5 times a power of ten, counted by factors.
    private static BigDecimal niceStep(double size) {
        int power = (int) Math.floor(Math.log10(size));
        double lead = size / Math.pow(10, power);
        int digit = lead < Math.sqrt(2) ? 1 : lead < Math.sqrt(10) ? 2 : lead < Math.sqrt(50) ? 5 : 10;
        return BigDecimal.valueOf(digit).scaleByPowerOfTen(power);
    }

    private List<Tick> logarithmicTicks(int wanted) {
        int first = (int) Math.ceil(Math.log10(min) - 1e-9);
        int last = (int) Math.floor(Math.log10(max) + 1e-9);
        if (last - first < 1) {
            return withinADecade(wanted);
        }
        int stride = 1 + (last - first) / Math.max(1, wanted);
        // From a power whose exponent the stride divides, unless only one of these is in sight.
        int zero = Math.floorDiv(last, stride) > Math.ceilDiv(first, stride) ? 0 : first;
        boolean plain = first >= -2 && last <= 3;
        List<Tick> ticks = new ArrayList<>();
        for (int k = first - 1; k <= last; k++) {
            double decade = Math.pow(10, k);
            if (k >= first) {
                boolean labelled = Math.floorMod(k - zero, stride) == 0;
                ticks.add(new Tick(decade, !labelled ? "" : plain ? TickText.of(decade) : TickText.power(k)));
            }
            for (int digit = 2; stride == 1 && digit <= 9; digit++) {
                if (digit * decade >= min && digit * decade <= max) {
                    ticks.add(new Tick(digit * decade, ""));
                }
            }
        }
        return ticks;
    }

    /// Too few powers of ten: 1, 2 and 5 times one, or on a still shorter axis the steps of a linear one.
    private List<Tick> withinADecade(int wanted) {
        List<Tick> ticks = new ArrayList<>();
        for (int k = (int) Math.floor(Math.log10(min)); Math.pow(10, k) <= max; k++) {
            for (int digit : new int[] {1, 2, 5}) {
                double value = digit * Math.pow(10, k);
                if (value >= min && value <= max) {
                    ticks.add(new Tick(value, TickText.of(value)));
                }
            }
        }
        return ticks.size() >= 2 ? ticks : linearTicks(wanted, false);
    }
}
