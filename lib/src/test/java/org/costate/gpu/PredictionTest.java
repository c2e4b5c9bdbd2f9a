package org.costate.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.costate.adjoint.Adjoint;
import org.costate.gpu.Prediction.Bounds;
import org.costate.gpu.Prediction.Launch;
import org.costate.gpu.Prediction.Use;
import org.costate.gpu.cuda.KernelUse;
import org.costate.gpu.cuda.Nvrtc;
import org.costate.gpu.cuda.RealNvrtc;
import org.junit.jupiter.api.Test;

/// What `lib/gpu` predicts follows from the graph, the compiler and the cards: everything is computed once more.
/// `-Dcostate.prediction=write` writes the table and the page anew.
class PredictionTest {
    private static final Path TABLE = Path.of("gpu", "prediction.tsv");
    private static final Path PAGE = Path.of("gpu", "README.md");
    private static final Pattern MARKED = Pattern.compile(
            "(<!-- prediction: made by PredictionTest -->\n).*?(<!-- prediction: end -->)", Pattern.DOTALL);
    private static final boolean WRITES = "write".equals(System.getProperty("costate.prediction"));
    private static final int PART = 4; // of the kernels one in so many is compiled
    private static final int KEYS = 4; // columns that say which row it is
    private static final int USE = 7; // columns before the registers

    /// By the launch's key and the architecture.
    private static Map<String, Use> committed() throws IOException {
        Map<String, Use> uses = new TreeMap<>();
        try (Stream<String> lines = Files.lines(TABLE)) {
            lines.skip(2).forEach(line -> {
                String[] c = line.split("\t", -1);
                uses.put(
                        String.join("\t", List.of(c).subList(0, KEYS)),
                        new Use(Integer.parseInt(c[USE]), Integer.parseInt(c[USE + 1]), Integer.parseInt(c[USE + 2])));
            });
        }
        return uses;
    }

    /// Compiles every so many of the sources.
    private static Map<String, Use> compiled(Nvrtc nvrtc, int every) {
        List<Launch> launches = Prediction.launches();
        List<String> sources = launches.stream().map(Launch::source).distinct().toList();
        Map<String, Use> byFunction = new ConcurrentHashMap<>();
        IntStream.range(0, sources.size())
                .filter(i -> i % every == 0)
                .parallel()
                .forEach(i -> {
                    for (Card card : Card.ALL) {
                        String source = sources.get(i);
                        for (KernelUse use :
                                nvrtc.compile(source, card.architecture()).use()) {
                            assertEquals(0, use.spilledBytes(), use.kernel());
                            byFunction.put(
                                    card.architecture() + use.kernel() + source,
                                    new Use(use.registers(), use.localBytes(), use.sharedBytes()));
                        }
                    }
                });
        Map<String, Use> uses = new TreeMap<>();
        for (Launch launch : launches) {
            for (Card card : Card.ALL) {
                Use use = byFunction.get(card.architecture() + launch.function() + launch.source());
                if (use != null) {
                    uses.put(launch.key() + "\t" + card.architecture(), use);
                }
            }
        }
        return uses;
    }

    @Test
    void registersAndSharedMemoryAreThoseOfTheCompiler() throws IOException {
        Nvrtc nvrtc = RealNvrtc.get();
        String head = "NVRTC " + nvrtc.version();
        if (WRITES) {
            Map<String, Use> uses = compiled(nvrtc, 1);
            Files.writeString(TABLE, head + "\n" + Prediction.HEAD + "\n" + String.join("\n", rows(uses)) + "\n");
            Files.writeString(PAGE, page(uses));
        }
        if (Files.readAllLines(TABLE).getFirst().equals(head)) { // another compiler takes other registers
            Map<String, Use> uses = compiled(nvrtc, PART);
            Map<String, Use> known = committed();
            known.keySet().retainAll(uses.keySet());
            assertEquals(known, uses, "after a change of a kernel: -Dcostate.prediction=write");
        }
    }

    private static List<String> rows(Map<String, Use> uses) {
        List<String> rows = new ArrayList<>();
        for (Launch launch : Prediction.launches()) {
            for (Card card : Card.ALL) {
                rows.add(Prediction.row(launch, card, uses.get(launch.key() + "\t" + card.architecture())));
            }
        }
        return rows;
    }

    @Test
    void theTableFollowsFromTheGraphAndTheCards() throws IOException {
        List<String> lines = Files.readAllLines(TABLE);
        assertEquals(Prediction.HEAD, lines.get(1));
        assertEquals(lines.subList(2, lines.size()), rows(committed()), "-Dcostate.prediction=write");
    }

    @Test
    void thePageShowsTheTable() throws IOException {
        assertEquals(page(committed()), Files.readString(PAGE), "-Dcostate.prediction=write");
    }

    private static String page(Map<String, Use> uses) throws IOException {
        Matcher marked = MARKED.matcher(Files.readString(PAGE));
        assertTrue(marked.find(), "marks in " + PAGE);
        String tables = gradients(uses) + "\n" + kernels(uses);
        return marked.replaceFirst(m -> Matcher.quoteReplacement(m.group(1) + tables + m.group(2)));
    }

    /// Milliseconds of whole gradients.
    private static String gradients(Map<String, Use> uses) {
        StringBuilder s = new StringBuilder("| workload | mode |");
        Card.ALL.forEach(card -> s.append(' ').append(card.name()).append(", ms at least | bound there, back |"));
        s.append("\n|---|---|").append("---:|---|".repeat(Card.ALL.size())).append('\n');
        Map<String, List<Launch>> modes = Prediction.launches().stream()
                .collect(Collectors.groupingBy(
                        l -> l.problem().name() + " | " + l.mode(), LinkedHashMap::new, Collectors.toList()));
        modes.forEach((mode, launches) -> {
            s.append("| ").append(mode).append(" |");
            for (Card card : Card.ALL) {
                Map<Boolean, List<Bounds>> all = launches.stream()
                        .collect(Collectors.groupingBy(
                                l -> !l.kernel().startsWith("FORWARD"), // there before back
                                TreeMap::new,
                                Collectors.mapping(
                                        l -> Prediction.bounds(l, uses.get(l.key() + "\t" + card.architecture()), card),
                                        Collectors.toList())));
                double ms = 1e3
                        * all.values().stream()
                                .flatMap(List::stream)
                                .mapToDouble(Bounds::most)
                                .sum();
                s.append(' ').append(Prediction.digits(ms)).append(" | ");
                s.append(all.values().stream()
                        .map(way -> Collections.max(way, Comparator.comparingDouble(Bounds::most))
                                .which())
                        .collect(Collectors.joining(", ")));
                s.append(" |");
            }
            s.append('\n');
        });
        return s.toString();
    }

    private static String kernels(Map<String, Use> uses) {
        StringBuilder s = new StringBuilder("| workload, mode | kernel | groups × threads | Gflop | kept, MB |");
        s.append(" registers | shared, KiB | occupancy, % |\n|---|---|---|---:|---:|---|---|---|\n");
        for (Launch l : Prediction.launches()) {
            if (l.values() > 0 && !l.mode().equals("Backprop")) {
                continue; // the same kernels, other numbers of them
            }
            List<Use> ofCards = Card.ALL.stream()
                    .map(c -> uses.get(l.key() + "\t" + c.architecture()))
                    .toList();
            s.append("| ").append(l.problem().name()).append(", ").append(l.mode());
            String name = l.values() > 0
                    ? l.function() // of an evaluation
                    : l.kernel()
                            .replaceFirst(" (steps|transpose|undo)$", "")
                            .replace(" NOTHING", "")
                            .toLowerCase(Locale.ROOT);
            s.append(" | ").append(name);
            s.append(" | ")
                    .append(l.shape().groups())
                    .append(" × ")
                    .append(l.shape().lanes());
            s.append(" | ").append(Prediction.digits(2e-9 * l.work()));
            s.append(" | ").append(Prediction.digits(1e-6 * l.bytes()));
            s.append(" | ").append(joined(ofCards, u -> "" + u.registers()));
            s.append(" | ").append(joined(ofCards, u -> "" + Math.round(u.sharedBytes() / 102.4) / 10.0));
            s.append(" | ");
            for (int i = 0; i < ofCards.size(); i++) {
                Use u = ofCards.get(i);
                double part = Card.ALL.get(i).occupancy(l.shape().lanes(), u.registers(), u.sharedBytes());
                s.append(i == 0 ? "" : ", ").append(Math.round(100 * part));
            }
            s.append(" |\n");
        }
        return s.toString();
    }

    private static String joined(List<Use> uses, Function<Use, String> what) {
        List<String> all = uses.stream().map(what).toList();
        return all.stream().distinct().count() == 1 ? all.getFirst() : String.join(", ", all);
    }

    /// What NVIDIA's own `cuda_occupancy.h` says of these, run once for this test.
    @Test
    void occupancyIsThatOfNvidiasRules() {
        int[][] asked = {
            // threads, registers, shared bytes; blocks on T4, A100, H100
            {128, 32, 0, 8, 16, 16},
            {128, 255, 0, 2, 2, 2},
            {64, 40, 0, 16, 24, 24},
            {32, 48, 0, 16, 32, 32},
            {128, 64, 20000, 3, 7, 8},
            {96, 72, 48000, 1, 3, 4},
            {128, 96, 30720, 2, 5, 5},
            {1024, 64, 0, 1, 1, 1},
            {1024, 65, 0, 0, 0, 0},
            {128, 128, 49152, 1, 3, 4},
            {32, 16, 1, 16, 32, 32},
            {160, 100, 7000, 3, 3, 3},
        };
        for (int[] a : asked) {
            for (int i = 0; i < Card.ALL.size(); i++) {
                assertEquals(
                        a[3 + i],
                        Card.ALL.get(i).residentBlocks(a[0], a[1], a[2]),
                        () -> List.of(a[0], a[1], a[2]).toString());
            }
        }
    }

    /// The work by hand: two products of 64 × 256 numbers an evaluation, as much twice for the way back by x and θ.
    @Test
    void theWorkIsThatOfTheProducts() {
        Map<String, Launch> all = Prediction.launches().stream()
                .filter(l -> l.problem().name().equals("W3"))
                .collect(Collectors.toMap(l -> l.mode() + " " + l.kernel(), l -> l));
        double products = 256.0 * 20 * 4 * 2 * 64 * 256;
        assertEquals(1, all.get("Backprop FORWARD ARGUMENTS steps").work() / products, 0.2);
        assertEquals(2.5, all.get("Backprop TRANSPOSE NOTHING transpose").work() / products, 0.2);
        // two numbers for each multiplication; a tanh reads none
        assertEquals(2, all.get("Backprop FORWARD ARGUMENTS steps").loads() / products, 0.2);
        assertEquals(5, all.get("Backprop TRANSPOSE NOTHING transpose").loads() / products, 0.2);
        double states = 256.0 * 20 * 4 * 64 * Float.BYTES;
        assertEquals(states, all.get("Backprop FORWARD ARGUMENTS steps").bytes(), "arguments");
        assertEquals(0, all.get("Backsolve BACKSOLVE NOTHING steps").bytes(), "keeps nothing");
    }

    /// The same of a net whose evaluations are kernels of their own.
    @Test
    void theWorkOfLargeNetsIsThatOfTheProducts() {
        Map<String, Double> work = Prediction.launches().stream()
                .filter(l -> l.problem().name().equals("W4"))
                .collect(Collectors.groupingBy(
                        l -> l.mode() + (l.kernel().startsWith("FORWARD") ? " there" : " back"),
                        Collectors.summingDouble(Launch::work)));
        double products = 1024.0 * 5 * 4 * 2 * 256 * 1024;
        assertEquals(1, work.get("Backprop there") / products, 0.1);
        assertEquals(2.5, work.get("Backprop back") / products, 0.2);
        assertEquals(3, work.get("Backsolve back") / products, 0.2);
        // between them: of the 3/8 rule's stages 1, 2, 3 and 4 terms, of its next state 5
        Map<String, Launch> all = Prediction.launches().stream()
                .filter(l -> l.problem().name().equals("W4") && l.mode().equals("Backprop"))
                .collect(Collectors.toMap(Launch::kernel, l -> l));
        double states = 1024.0 * 5 * 256;
        assertEquals(10 * states, all.get("FORWARD argument").work());
        assertEquals(5 * states, all.get("FORWARD next").work());
        assertEquals(4 * states * Float.BYTES, all.get("FORWARD argument").bytes());
        assertEquals(14 * states * Float.BYTES, all.get("FORWARD argument").valuesMoved());
        assertEquals(4 * states * Float.BYTES, all.get("TRANSPOSE costate").bytes());
    }

    /// What W2's samples choose is what was counted, but for what rounding and the data change.
    @Test
    void theStepsOfW2AreThoseOfTheProcessor() {
        PredictedProblem w2 = PredictedProblem.ALL.get(1);
        for (Adjoint mode : PredictedProblem.MODES) {
            OwnSteps.count(w2, mode).forEach((kernel, now) -> {
                OwnSteps known = OwnSteps.W2.get(kernel);
                String what = mode + ", " + kernel + ": " + now;
                assertTrue(Math.abs(known.all() - now.all()) <= 0.02 * known.all(), what);
                assertTrue(Math.abs(known.most() - now.most()) <= 1, what);
            });
        }
    }

    /// More of anything cannot take less time.
    @Test
    void boundsGrow() {
        Launch l = Prediction.launches().getFirst();
        Use use = new Use(64, 0, 4096);
        for (Card card : Card.ALL) {
            Bounds few = Prediction.bounds(l, use, card);
            Launch many = new Launch(
                    l.problem(),
                    l.mode(),
                    l.kernel(),
                    "",
                    "",
                    l.shape(),
                    2 * l.work(),
                    2 * l.loads(),
                    2 * l.bytes(),
                    0,
                    0,
                    0,
                    0,
                    2 * l.chain());
            Bounds more = Prediction.bounds(many, use, card);
            assertEquals(2 * few.most(), more.most(), 1e-12 * few.most());
            assertEquals(2 * few.memory(), more.memory(), 1e-12 * few.memory());
        }
    }
}
