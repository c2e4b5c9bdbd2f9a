package org.costate.plot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ScaleTest {
    private static List<String> labels(Scale scale, int wanted, boolean whole) {
        return scale.ticks(wanted, whole).stream()
                .filter(t -> !t.minor())
                .map(Scale.Tick::label)
                .toList();
    }

    @Test
    void linearTicksAreRound() {
        assertEquals(List.of("0", "0.2", "0.4", "0.6", "0.8", "1.0"), labels(new Scale(0, 1.02, false), 5, false));
        assertEquals(List.of("−1.0", "−0.5", "0", "0.5", "1.0"), labels(new Scale(-1.1, 1.1, false), 5, false));
        assertEquals(List.of("0", "10\u202f000", "20\u202f000"), labels(new Scale(0, 25_000, false), 3, false));
        assertEquals(List.of("0", "2×10⁶", "4×10⁶", "6×10⁶"), labels(new Scale(0, 7e6, false), 4, false));
        assertEquals(List.of("0", "5×10⁻⁵", "10⁻⁴"), labels(new Scale(0, 1.2e-4, false), 2, false));
    }

    @Test
    void countsHaveNoHalves() {
        assertEquals(List.of("1.0", "1.5", "2.0", "2.5", "3.0"), labels(new Scale(0.96, 3.04, false), 4, false));
        assertEquals(List.of("1", "2", "3"), labels(new Scale(0.96, 3.04, false), 4, true));
    }

    @Test
    void logarithmicTicksArePowersOfTen() {
        assertEquals(List.of("10¹", "10²", "10³", "10⁴"), labels(new Scale(8, 12_000, true), 6, false));
        assertEquals(List.of("1", "10", "100"), labels(new Scale(0.9, 300, true), 6, false));
        assertEquals(List.of("10⁻¹⁵", "10⁻¹²", "10⁻⁹", "10⁻⁶", "10⁻³"), labels(new Scale(1e-16, 0.1, true), 6, false));
        assertEquals(List.of("2", "5"), labels(new Scale(1.5, 6, true), 6, false));
    }

    @Test
    void aDecadeHasEightMinorTicks() {
        String minor = new Scale(1, 10, true)
                .ticks(4, false).stream()
                        .filter(Scale.Tick::minor)
                        .map(t -> TickText.of(t.value()))
                        .collect(Collectors.joining(" "));
        assertEquals("2 3 4 5 6 7 8 9", minor);
    }

    /// Whatever the range: at least two labels, not many more than wanted, in order, inside, all different.
    @Test
    void ticksFitEveryRange() {
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < 20_000; i++) {
            int wanted = random.nextInt(2, 10);
            boolean logarithmic = i % 2 == 0;
            double size = Math.pow(10, random.nextDouble(-12, 12));
            double least = logarithmic ? size : random.nextDouble(-1, 1) * size;
            double greatest = logarithmic
                    ? size * Math.pow(10, Math.pow(10, random.nextDouble(-3, 1.3)))
                    : least + size * Math.pow(10, random.nextDouble(-6, 3));
            Scale scale = Scale.around(least, greatest, logarithmic, 0.04);
            String what = scale + ", " + wanted;
            List<Scale.Tick> ticks = scale.ticks(wanted, false);
            List<String> labels = labels(scale, wanted, false);
            assertTrue(labels.size() >= 2, what + ": " + labels);
            assertTrue(labels.size() <= 2 * wanted + 4, what + ": " + labels);
            assertEquals(labels.size(), labels.stream().distinct().count(), what + ": " + labels);
            double previous = -1;
            for (Scale.Tick tick : ticks.stream().filter(t -> !t.minor()).toList()) {
                double at = scale.fraction(tick.value());
                assertTrue(at > previous && at >= -1e-6 && at <= 1 + 1e-6, what + ": " + tick);
                previous = at;
            }
        }
    }

    @Test
    void anAxisShowsAllAndDoesNotCrossZeroForTheMargin() {
        assertEquals(0, Scale.around(0.01, 10, false, 0.05).min());
        assertEquals(0, Scale.around(-10, -0.01, false, 0.05).max());
        assertEquals(-1.1, Scale.around(-1, 1, false, 0.05).min(), 1e-12);
        assertEquals(1.1, Scale.around(-1, 1, false, 0.05).max(), 1e-12);
        Scale log = Scale.around(1, 100, true, 0.05);
        assertEquals(-0.1, Math.log10(log.min()), 1e-12);
        assertEquals(2.1, Math.log10(log.max()), 1e-12);
    }

    @Test
    void oneValueStandsInTheMiddle() {
        assertEquals(0.5, Scale.around(3, 3, false, 0.05).fraction(3));
        assertEquals(0.5, Scale.around(0, 0, false, 0.05).fraction(0));
        assertEquals(0.5, Scale.around(1e9, 1e9 + 1e-4, false, 0.05).fraction(1e9), 1e-9);
        assertEquals(0.5, Scale.around(7, 7, true, 0.05).fraction(7), 1e-12);
    }
}
