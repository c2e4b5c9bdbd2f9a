package org.costate.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.costate.memory.Precision;
import org.junit.jupiter.api.Test;

/// Solvers, steps, modes, costs, precisions, batches, directions, fields and wishes on the device, against the
/// processor: every pair of them that may go together. With `-Dcostate.full`, all cases in an order that mixes them, as
/// many as `-Dcostate.full.minutes` allows, and a summary in `gpu/full-matrix.md`.
class MatrixTest {
    private static final long SEED = 6;

    /// What was compared.
    private static final class Tally {
        private final long[][] counts =
                Matrix.FACTORS.stream().map(f -> new long[f.size()]).toArray(long[][]::new);
        private final Map<Precision, Double> worst = new EnumMap<>(Precision.class);
        private final List<String> wrong = new ArrayList<>();
        private int cases;

        void run(int[] values, Gpu device) {
            Matrix m = new Matrix(values);
            cases++;
            for (int f = 0; f < values.length; f++) {
                counts[f][values[f]]++;
            }
            try {
                double miss = m.check(device);
                if (!m.adaptive()) {
                    worst.merge(m.precision(), miss, Math::max);
                }
            } catch (AssertionError | RuntimeException e) {
                wrong.add(m + "\n    " + e);
            }
        }

        void orThrow() {
            assertEquals(
                    List.of(),
                    wrong.subList(0, Math.min(wrong.size(), 20)),
                    () -> wrong.size() + " of " + cases + " cases are wrong:\n" + String.join("\n", wrong) + "\n");
        }
    }

    private static int[] levels(boolean wishes) {
        int[] levels = Matrix.FACTORS.stream().mapToInt(List::size).toArray();
        if (!wishes) {
            levels[Matrix.WISH] = 1;
        }
        return levels;
    }

    @Test
    void everyPairOfWhatIsWholeOnTheDevice() {
        run(new AllPairs(levels(false), -1, Matrix::valid, SEED).cases());
    }

    @Test
    void everyWishWithEverythingElse() {
        List<int[]> cases = new AllPairs(levels(true), Matrix.WISH, Matrix::valid, SEED).cases();
        cases.removeIf(values -> values[Matrix.WISH] == 0); // above
        run(cases);
    }

    private static void run(List<int[]> cases) {
        Gpu device = Devices.pocl();
        Tally tally = new Tally();
        long start = System.nanoTime();
        cases.forEach(values -> tally.run(values, device));
        System.out.printf(
                Locale.ROOT,
                "%d cases in %.0f s, seed %d, largest difference %s%n",
                tally.cases,
                (System.nanoTime() - start) * 1e-9,
                SEED,
                tally.worst);
        tally.orThrow();
    }

    @Test
    void everythingWithEverything() throws IOException {
        assumeTrue(System.getProperty("costate.full") != null, "-Dcostate.full runs all cases");
        Gpu device = Devices.pocl();
        double minutes = Double.parseDouble(System.getProperty("costate.full.minutes", "14"));
        int[] levels = levels(true);
        long all = 1;
        for (int level : levels) {
            all *= level;
        }
        long stride = 982_451_653; // a prime that divides no number of values: every case comes once
        Tally tally = new Tally();
        long start = System.nanoTime();
        long at = 0;
        long valid = 0;
        for (long n = 0; n < all; n++) {
            int[] values = new int[levels.length];
            long rest = at;
            for (int f = 0; f < levels.length; f++) {
                values[f] = (int) (rest % levels[f]);
                rest /= levels[f];
            }
            at = (at + stride) % all;
            if (Matrix.valid(values)) {
                valid++;
                if (System.nanoTime() - start < minutes * 60e9) {
                    tally.run(values, device);
                }
            }
        }
        write(tally, valid, (System.nanoTime() - start) / 60e9, device);
        assertTrue(tally.cases > 0, "cases");
        tally.orThrow();
    }

    private static void write(Tally tally, long valid, double minutes, Gpu device) throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add("# The matrix of gradients on a device");
        lines.add("");
        lines.add("Written by `MatrixTest` on " + LocalDate.now(ZoneOffset.UTC) + ", on " + device + ", driver "
                + device.facts().driver() + ", by");
        lines.add("");
        lines.add("    mvn -pl lib test -Dcostate.quick -Dtest=MatrixTest#everythingWithEverything -Dcostate.full"
                + " -Dcostate.full.minutes=" + System.getProperty("costate.full.minutes", "14"));
        lines.add("");
        lines.add(String.format(
                Locale.ROOT,
                "%d of %d valid cases ran in %.1f minutes%s; %d were wrong. Every case ran twice on the device, to the"
                        + " same bits, and left no memory taken.",
                tally.cases,
                valid,
                minutes,
                tally.cases < valid ? ", then the time was over" : "",
                tally.wrong.size()));
        lines.add("");
        lines.add("Largest difference from the processor on given steps, relative to an array's largest entry: "
                + tally.worst);
        lines.add("");
        lines.add("| factor | value | cases |");
        lines.add("|---|---|---:|");
        for (int f = 0; f < tally.counts.length; f++) {
            for (int i = 0; i < tally.counts[f].length; i++) {
                lines.add("| " + Matrix.NAMES.get(f) + " | "
                        + Matrix.FACTORS.get(f).get(i) + " | " + tally.counts[f][i] + " |");
            }
        }
        Path file = Files.createDirectories(Path.of("gpu")).resolve("full-matrix.md");
        Files.write(file, lines);
    }
}
