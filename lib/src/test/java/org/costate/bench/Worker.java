package org.costate.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.costate.adjoint.Gradient;
import org.costate.kernels.Kernels;

/// Measures ours for `environment/bench`: `Worker W1 data.json` answers one line of JSON to each line of it.
///
/// ```
/// {"do": "names"}                              {"names": ["costate Backprop", ...], "info": {...}}
/// {"do": "prepare", "name": N}                 {"compile_s": seconds to the first result}
/// {"do": "time", "name": N, "seconds": S}      {"times": [seconds of each call, ...]}   at least one
/// {"do": "result", "name": N, "path": P}       {"nfe_forward": n, "nfe_total": m, "peak_bytes": b}, the gradient in P
/// ```
///
/// An error is `{"error": text}`. It ends with its input.
public final class Worker {
    private final Workload workload;
    private final Map<String, Implementation> made = new HashMap<>();

    private Worker(Workload workload) {
        this.workload = workload;
    }

    /// Answers until its input ends.
    ///
    /// @param arguments the workload, and the file of its arrays
    public static void main(String[] arguments) throws IOException {
        PrintStream answers = System.out;
        System.setOut(System.err); // what else is printed is no answer
        Map<?, ?> data = (Map<?, ?>) Json.parse(Files.readString(Path.of(arguments[1])));
        Worker worker = new Worker(Workload.of(arguments[0], data));
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = lines.readLine()) != null; ) {
            answers.println(worker.answer(line));
            answers.flush();
        }
    }

    /// The line that answers a line.
    String answer(String line) {
        try {
            return Json.text(answer((Map<?, ?>) Json.parse(line)));
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            return Json.text(Map.of("error", e.toString()));
        }
    }

    private Map<String, ?> answer(Map<?, ?> asked) throws IOException {
        String name = (String) asked.get("name");
        return switch ((String) asked.get("do")) {
            case "names" -> Map.of("names", workload.names(), "info", info());
            case "prepare" -> {
                long begin = System.nanoTime();
                implementation(name).call();
                yield Map.of("compile_s", seconds(begin));
            }
            case "time" -> Map.of("times", times(implementation(name), (Double) asked.get("seconds")));
            case "result" -> result(implementation(name), Path.of((String) asked.get("path")));
            default ->
                throw new IllegalArgumentException(
                        "do: got " + asked.get("do") + ", expected names, prepare, time or result");
        };
    }

    private Implementation implementation(String name) {
        return made.computeIfAbsent(name, workload::make);
    }

    private static List<Double> times(Implementation called, double atLeast) {
        List<Double> times = new ArrayList<>();
        long begin = System.nanoTime();
        do {
            long t = System.nanoTime();
            called.call();
            times.add(seconds(t));
        } while (seconds(begin) < atLeast);
        return times;
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) * 1e-9;
    }

    private Map<String, ?> result(Implementation called, Path path) throws IOException {
        Gradient g = called.gradient();
        Files.writeString(path, Json.text(workload.arrays(g)));
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("nfe_forward", g.forward().evaluations());
        answer.put("nfe_total", g.forward().evaluations() + g.backward().evaluations());
        answer.put("peak_bytes", g.peakBytes());
        return answer;
    }

    private static Map<String, ?> info() {
        Map<String, Object> info = new LinkedHashMap<>();
        info.put("java", Runtime.version().toString());
        info.put("kernels", Kernels.report().replace('\n', ';'));
        return info;
    }
}
