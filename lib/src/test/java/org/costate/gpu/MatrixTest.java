package org.costate.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Solvers, steps, modes, costs, precisions, batches, directions, fields and wishes on the device, against the
/// processor: every pair of them that may go together. `environment/test --full` runs all combinations of solver, mode,
/// cost, precision and batch, too, and writes a summary, `gpu/full-matrix.md`.
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
    @Tag("full")
    void everyCombination() throws IOException {
        Gpu device = Devices.pocl();
        Tally tally = new Tally();
        long start = System.nanoTime();
        int solver = -1;
        for (int[] values : combinations()) {
            if (values[0] != solver) { // an hour without a word would be long
                solver = values[0];
                System.out.printf(
                        Locale.ROOT,
                        "%.0f min: %d cases, %d wrong; %s begins%n",
                        (System.nanoTime() - start) / 60e9,
                        tally.cases,
                        tally.wrong.size(),
                        Matrix.SOLVERS.get(solver));
            }
            tally.run(values, device);
        }
        write(tally, (System.nanoTime() - start) / 60e9, device);
        tally.orThrow();
    }

    /// Solver, mode, precision, cost and batch in all combinations. Steps, direction and field take turns, the same
    /// for some costs and all batches, so that these share what is compiled.
    private static List<int[]> combinations() {
        int[] levels = levels(false);
        int steps = levels[1];
        int turns = steps * levels[6] * levels[7];
        List<int[]> all = new ArrayList<>();
        for (int solver = 0; solver < levels[0]; solver++) {
            for (int mode = 0; mode < levels[2]; mode++) {
                for (int precision = 0; precision < levels[4]; precision++) {
                    for (int cost = 0; cost < levels[3]; cost++) {
                        int first = 29 * (solver + 3 * mode + 5 * precision + 7 * (cost % 3));
                        for (int batch = 0; batch < levels[5]; batch++) {
                            for (int n = 0; n < turns; n++) {
                                int turn = (first + n) % turns;
                                int[] values = {
                                    solver,
                                    turn % steps,
                                    mode,
                                    cost,
                                    precision,
                                    batch,
                                    turn / steps % levels[6],
                                    turn / steps / levels[6],
                                    0
                                };
                                if (Matrix.valid(values)) {
                                    all.add(values);
                                    break;
                                }
                            }
                        }
                    }
                }
            }
        }
        return all;
    }

    private static void write(Tally tally, double minutes, Gpu device) throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add("# The matrix of gradients on a device");
        lines.add("");
        lines.add("Written by `environment/test --full` (`MatrixTest`) on " + LocalDate.now(ZoneOffset.UTC) + ", on "
                + device + ", driver " + device.facts().driver() + ".");
        lines.add("");
        lines.add(
                "All combinations of solver, mode, precision, cost and batch that may go together; steps, direction and"
                        + " field take turns.");
        lines.add("");
        lines.add(String.format(
                Locale.ROOT,
                "%d cases ran in %.1f minutes; %d were wrong. Every case ran twice on the device, to the same bits, and"
                        + " left no memory taken.",
                tally.cases,
                minutes,
                tally.wrong.size()));
        lines.add("");
        tally.worst.forEach((precision, miss) -> lines.add(String.format(
                Locale.ROOT,
                "%s: on given steps the largest difference from the processor is %.1e of an array's largest entry,"
                        + " allowed are %.0e.",
                precision,
                miss,
                Devices.close(precision))));
        lines.add("");
        lines.add("| factor | value | cases |");
        lines.add("|---|---|---:|");
        for (int f = 0; f < tally.counts.length; f++) {
            for (int i = 0; i < tally.counts[f].length && f != Matrix.WISH; i++) {
                lines.add("| " + Matrix.NAMES.get(f) + " | "
                        + Matrix.FACTORS.get(f).get(i) + " | " + tally.counts[f][i] + " |");
            }
        }
        Path file = Files.createDirectories(Path.of("gpu")).resolve("full-matrix.md");
        Files.write(file, lines);
    }
}
