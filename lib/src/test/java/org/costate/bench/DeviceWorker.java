package org.costate.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.costate.adjoint.Gradient;
import org.costate.gpu.Contract;
import org.costate.gpu.Gpu;
import org.costate.gpu.driver.DeviceException;
import org.costate.gpu.driver.Facts;
import org.costate.memory.Precision;
import org.costate.ode.Dopri5;
import org.costate.ode.Kutta38;
import org.costate.ode.SolveException;
import org.costate.ode.Solver;

/// Measures devices for `environment/bench --gpu`: answers one line of JSON to each line of it.
///
/// ```
/// {"do": "devices"}                                {"devices": [{...}], "missing": [...], "java": ...}
/// {"do": "contract", "seconds": S}                 {"checks": n, "of": m, "worst": {...}, "wrong": [...]}
/// {"do": "measure", "name": "costate Backprop", "workload": {...}, "data": path, "batch": B, "steps": N,
///  "seconds": S, "calls": n, "device": true, "path": P}
///                                  {"outcome": "ok", "first_s": s, "times": [...], "peak_bytes": b}
/// ```
///
/// `seconds` is for calls after the first, of which there are at least `calls`. `path` is where the gradient goes; it
/// may
/// be left out. A solve that fails is `{"outcome": "MEMORY_BUDGET", "message": text}`, what a device refuses
/// `{"outcome": "refused", …}`. Which device: the number of [Gpu#all()] or a part of its name, the program's argument.
public final class DeviceWorker {
    private final Gpu device;
    /// The arrays of workloads, by their files.
    private final Map<String, Map<String, double[]>> files = new HashMap<>();

    private DeviceWorker(Gpu device) {
        this.device = device;
    }

    /// Answers until its input ends.
    ///
    /// @param arguments which device; the first if none is given
    public static void main(String[] arguments) throws IOException {
        PrintStream answers = System.out;
        System.setOut(System.err); // what else is printed is no answer
        DeviceWorker worker = new DeviceWorker(choose(arguments.length == 0 ? "" : arguments[0]));
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = lines.readLine()) != null; ) {
            answers.println(worker.answer(line));
            answers.flush();
        }
    }

    /// The device of this number, or with this in its name; null if there is none.
    private static Gpu choose(String which) {
        List<Gpu> all = Gpu.all();
        for (int i = 0; i < all.size(); i++) {
            if (which.equals("" + i)
                    || (!which.matches("\\d+") && all.get(i).facts().name().contains(which))) {
                return all.get(i);
            }
        }
        return null;
    }

    private String answer(String line) {
        try {
            return Json.text(answer((Map<?, ?>) Json.parse(line)));
        } catch (IOException | RuntimeException e) {
            return Json.text(Map.of("error", e.toString()));
        }
    }

    private Map<String, ?> answer(Map<?, ?> asked) throws IOException {
        return switch ((String) asked.get("do")) {
            case "devices" -> devices();
            case "contract" -> contract((Double) asked.get("seconds"));
            case "measure" -> measured(asked);
            default ->
                throw new IllegalArgumentException(
                        "do: got " + asked.get("do") + ", expected devices, contract or measure");
        };
    }

    private Map<String, ?> devices() {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("all", Gpu.all().stream().map(Gpu::toString).toList());
        answer.put("missing", Gpu.missing());
        answer.put("java", Runtime.version().toString());
        if (device != null) {
            Facts f = device.facts();
            Map<String, Object> facts = new LinkedHashMap<>();
            facts.put("name", f.name());
            facts.put("api", f.api());
            facts.put("version", f.version());
            facts.put("driver", f.driver());
            facts.put("memory_bytes", f.memoryBytes());
            facts.put("local_bytes", f.localBytes());
            facts.put("units", f.units());
            facts.put("float64", f.float64());
            facts.put("is_processor", f.isProcessor());
            answer.put("device", facts);
        }
        return answer;
    }

    private Map<String, ?> contract(double seconds) {
        Contract.Outcome outcome = Contract.run(device, seconds);
        Map<String, Object> worst = new LinkedHashMap<>();
        outcome.worst().forEach((precision, miss) -> worst.put(precision.toString(), miss));
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("checks", outcome.checks());
        answer.put("of", outcome.of());
        answer.put("seconds", outcome.seconds());
        answer.put("worst", worst);
        answer.put("wrong", outcome.wrong());
        return answer;
    }

    private Map<String, ?> measured(Map<?, ?> asked) throws IOException {
        try {
            return measure(asked);
        } catch (SolveException e) {
            return failed(e.outcome().kind().toString(), e);
        } catch (DeviceException e) {
            return failed("refused by the device", e);
        } catch (IllegalArgumentException e) {
            return failed("refused", e);
        } catch (OutOfMemoryError e) {
            return failed("out of the host's memory", e);
        }
    }

    private static Map<String, ?> failed(String outcome, Throwable e) {
        return Map.of("outcome", outcome, "message", String.valueOf(e.getMessage()));
    }

    private Map<String, ?> measure(Map<?, ?> asked) throws IOException {
        Net net = net(asked);
        Implementation called = net.make((String) asked.get("name"));
        boolean there = Boolean.TRUE.equals(asked.get("device"));
        if (there) {
            called = called.on(device);
            device.resetPeak();
        }
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("outcome", "ok");
        long begin = System.nanoTime();
        called.call();
        answer.put("first_s", seconds(begin));
        List<Double> times = new ArrayList<>();
        begin = System.nanoTime();
        while (seconds(begin) < (Double) asked.get("seconds") || times.size() < (Double) asked.get("calls")) {
            long t = System.nanoTime();
            called.call();
            times.add(seconds(t));
        }
        answer.put("times", times);
        if (there) {
            answer.put("peak_bytes", device.peakBytes());
        }
        if (asked.get("path") != null) {
            Gradient g = called.gradient();
            Files.writeString(Path.of((String) asked.get("path")), Json.text(net.arrays(g)));
        }
        return answer;
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) * 1e-9;
    }

    /// The workload with so many samples, those of the file again and again, and so many steps.
    private Net net(Map<?, ?> asked) throws IOException {
        Map<?, ?> w = (Map<?, ?>) asked.get("workload");
        int batch = (int) (double) (Double) asked.get("batch");
        int dimension = (int) (double) (Double) w.get("D");
        int steps = asked.get("steps") == null ? 0 : (int) (double) (Double) asked.get("steps");
        Map<String, double[]> data = new LinkedHashMap<>(arrays((String) asked.get("data")));
        for (String name : List.of("x0", "target")) {
            double[] some = data.get(name);
            double[] all = new double[batch * dimension];
            Arrays.setAll(all, i -> some[i % some.length]);
            data.put(name, all);
        }
        Solver solver = steps > 0
                ? Kutta38.steps(steps)
                : Dopri5.tolerance((Double) w.get("rtol"), (Double) w.get("atol"))
                        .perSample();
        Precision precision = w.get("dtype").equals("float64") ? Precision.FLOAT64 : Precision.FLOAT32;
        return new Net(batch, dimension, (int) (double) (Double) w.get("H"), precision, solver, steps, data);
    }

    private Map<String, double[]> arrays(String path) throws IOException {
        if (!files.containsKey(path)) {
            Map<String, double[]> arrays = new LinkedHashMap<>();
            Map<?, ?> file = (Map<?, ?>) Json.parse(Files.readString(Path.of(path)));
            file.forEach((key, value) -> arrays.put((String) key, Json.flat(value)));
            files.put(path, arrays);
        }
        return files.get(path);
    }
}
