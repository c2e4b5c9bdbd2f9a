package org.costate.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.costate.gpu.cuda.KernelUse;
import org.costate.gpu.cuda.Nvrtc;
import org.costate.gpu.cuda.RealNvrtc;
import org.costate.gpu.driver.DeviceException;
import org.costate.gpu.driver.Facts;
import org.costate.gpu.driver.Prelude;
import org.costate.graph.FieldCode;
import org.costate.graph.Trace;
import org.costate.memory.Precision;
import org.costate.ode.Dopri5;
import org.costate.ode.Dopri8;
import org.costate.ode.Dynamics;
import org.costate.ode.Interpolant;
import org.costate.ode.Norm;
import org.costate.ode.ReversibleHeun;
import org.costate.ode.Rk4;
import org.costate.ode.Scheme;
import org.costate.ode.Solver;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Every kernel compiles for NVIDIA's devices, from Turing to Hopper, without spilled registers. What each takes is in
/// `lib/gpu/nvrtc.tsv`. `environment/test` compiles each kind of kernel for each field, with solvers and precisions in
/// turn; `environment/test --full` all of them, which `-Dcostate.nvrtc=write` writes down anew.
class NvrtcTest {
    private static final Path TABLE = Path.of("gpu", "nvrtc.tsv");
    private static final String HEAD =
            "field\tprecision\tsolver\tkernel\tarchitecture\tthreads\tregisters\tlocal bytes\tshared bytes";

    private static final boolean WRITES =
            System.getProperty("costate.nvrtc", "").equals("write");
    private static final int BATCH = 1000;

    private static final Facts DEVICE =
            new Facts("none", "CUDA", "9.0", "", 80L << 30, 48 * 1024, 1024, 132, true, false);

    private static Dynamics net(int d, int hidden) {
        return Trace.dynamics(
                d,
                (t, x, p) -> x.matmul(p.matrix("W1", d, hidden))
                        .plus(p.row("b1", hidden))
                        .tanh()
                        .matmul(p.matrix("W2", hidden, d))
                        .plus(p.row("b2", d)));
    }

    private static final String LARGE = "64-256-64";

    /// A sample of it does not fit local memory.
    private static final String WIDE = "784-100-784";

    private static final Map<String, Dynamics> FIELDS = new TreeMap<>(Map.of(
            "scalar",
            Trace.dynamics(1, (t, x, p) -> x.times(p.row("rate", 1)).sin()),
            "2-50-2",
            net(2, 50),
            LARGE,
            net(64, 256),
            WIDE,
            net(784, 100)));

    private static final List<Solver> SOLVERS =
            List.of(Rk4.steps(9), Dopri5.steps(9), Dopri8.steps(9), ReversibleHeun.steps(9));

    /// A source, and what of the table's row is known before it is compiled.
    private record Unit(String row, String source, int threads) {}

    /// The sources that have such a kernel.
    private static List<String> files(Solver solver, StepsKernel.Role role, StepsKernel.Keep keep) {
        boolean adaptive = solver.scheme().errors().length > 0;
        return switch (role) {
            case TRANSPOSE -> List.of("transpose");
            case UNDO -> solver.scheme().reversible() ? List.of("undo") : List.of();
            case FORWARD ->
                adaptive && keep == StepsKernel.Keep.NOTHING ? List.of("steps", "adaptive") : List.of("steps");
            case BACKSOLVE, ALONG -> adaptive ? List.of("steps", "adaptive") : List.of("steps");
        };
    }

    private static String sequence(
            FieldCode code, StepsKernel.Role role, Scheme scheme, Interpolant dense, Precision precision) {
        return StepSequence.source(code, role, scheme, dense, false, precision, DEVICE);
    }

    /// The other ways of steps as sequences.
    private static Map<String, String> sequences(FieldCode code, Scheme scheme, Precision precision) {
        Map<String, String> all = new TreeMap<>();
        all.put("forward, dense ", sequence(code, StepsKernel.Role.FORWARD, scheme, Interpolant.of(scheme), precision));
        all.put("along ", sequence(code, StepsKernel.Role.ALONG, scheme, null, precision));
        if (scheme.reversible()) {
            all.put("undo ", sequence(code, StepsKernel.Role.UNDO, scheme.inverse(), null, precision));
        }
        return all;
    }

    /// By field, precision, solver and what else the kernels are told apart by, each with a tab behind it but the last.
    private static Map<String, Unit> units() {
        Map<String, Unit> units = new LinkedHashMap<>();
        FIELDS.forEach((name, field) -> {
            FieldCode code = FieldCode.of(field);
            for (Precision precision : Precision.values()) {
                String row = name + "\t" + precision.toString().toLowerCase(Locale.ROOT) + "\t";
                if (name.equals(WIDE)) {
                    SOLVERS.stream()
                            .filter(solver -> solver.scheme().errors().length > 0)
                            .forEach(solver -> addSteps(units, row, code, solver, precision));
                    continue;
                }
                String parts = row + "-\t";
                units.put(parts, new Unit(parts, DeviceField.source(code, precision, DEVICE), 64));
                String rest = row + "-\tbeside cuBLAS ";
                units.put(rest, new Unit(rest, DeviceField.source(code, precision, DEVICE, true), 64));
                for (Solver solver : SOLVERS) {
                    String steps = row + solver.scheme().name() + "\tsequence ";
                    String source = sequence(code, StepsKernel.Role.BACKSOLVE, solver.scheme(), null, precision);
                    units.put(steps, new Unit(steps, source, 128));
                    if (name.equals(LARGE)) {
                        sequences(code, solver.scheme(), precision)
                                .forEach((what, its) -> units.put(steps + what, new Unit(steps + what, its, 128)));
                    }
                    addSteps(units, row, code, solver, precision);
                }
            }
        });
        for (Precision precision : Precision.values()) {
            String row = "any\t" + precision.toString().toLowerCase(Locale.ROOT) + "\t-\t";
            units.put(row, new Unit(row, Prelude.of(precision, DEVICE, false) + Prelude.text("common.c"), 64));
        }
        return units;
    }

    /// The kernels that take or transpose steps.
    private static void addSteps(
            Map<String, Unit> units, String row, FieldCode code, Solver solver, Precision precision) {
        for (StepsKernel.Role role : StepsKernel.Role.values()) {
            for (StepsKernel.Keep keep : StepsKernel.Keep.values()) {
                if (role != StepsKernel.Role.FORWARD && keep != StepsKernel.Keep.NOTHING) {
                    continue;
                }
                for (String file : files(solver, role, keep)) {
                    boolean wide = row.startsWith(WIDE);
                    boolean own = wide || file.equals("adaptive");
                    if (wide && file.equals("steps") && role != StepsKernel.Role.FORWARD) {
                        continue; // given steps of such nets are sequences
                    }
                    StepsKernel kernel = StepsKernel.of(
                            file,
                            role,
                            keep,
                            new StepsKernel.Wanted(
                                    code, solver.scheme(), false, precision, DEVICE, BATCH, own, Norm.RMS));
                    String full = row + solver.scheme().name() + "\t" + role + " " + keep + " ";
                    if (kernel != null) {
                        int threads =
                                kernel.shape().alone() ? 64 : kernel.shape().lanes();
                        units.put(full + file, new Unit(full, kernel.source(), threads));
                    }
                }
            }
        }
    }

    /// One of each kind for each field; which precision and solver, takes turns.
    private static List<Unit> someOfEachKind() {
        Map<String, List<Unit>> kinds = new TreeMap<>();
        units().forEach((key, unit) -> {
            String[] parts = key.split("\t", -1);
            kinds.computeIfAbsent(parts[0] + "\t" + parts[3], k -> new ArrayList<>())
                    .add(unit);
        });
        List<Unit> some = new ArrayList<>();
        for (List<Unit> kind : kinds.values()) {
            some.add(kind.get(some.size() % kind.size()));
        }
        return some;
    }

    @Test
    void eachKindOfKernelCompilesWithoutSpills() throws IOException {
        Map<String, String> now = compile(someOfEachKind());
        Map<String, String> known = known();
        known.keySet().retainAll(now.keySet());
        same(known, now);
    }

    @Test
    @Tag("full")
    void everyKernelCompilesWithoutSpills() throws IOException {
        Map<String, String> now = compile(List.copyOf(units().values()));
        if (WRITES) {
            Files.createDirectories(TABLE.getParent());
            Files.writeString(
                    TABLE,
                    now.entrySet().stream()
                            .map(e -> e.getKey() + "\t" + e.getValue())
                            .collect(Collectors.joining("\n", compiler() + "\n" + HEAD + "\n", "\n")));
        }
        same(known(), now);
    }

    private static String compiler() {
        return "NVRTC " + RealNvrtc.get().version();
    }

    /// What each kernel takes, by the row's beginning.
    private static Map<String, String> compile(List<Unit> units) {
        Nvrtc nvrtc = RealNvrtc.get();
        Map<String, String> rows = new ConcurrentSkipListMap<>();
        Map<String, String> spills = new ConcurrentSkipListMap<>();
        units.parallelStream().forEach(unit -> {
            assertTrue(nvrtc.compile(unit.source, "compute_75").text().contains(".target sm_75"), unit.row);
            for (String architecture : List.of("sm_80", "sm_90")) {
                List<KernelUse> uses = nvrtc.compile(unit.source, architecture).use();
                assertEquals(count(unit.source, "KERNEL void "), uses.size(), unit.row + architecture);
                for (KernelUse use : uses) {
                    String key = unit.row + use.kernel() + "\t" + architecture;
                    rows.put(
                            key,
                            unit.threads + "\t" + use.registers() + "\t" + use.localBytes() + "\t" + use.sharedBytes());
                    if (use.spilledBytes() > 0) {
                        spills.put(key, use.spilledBytes() + " bytes");
                    }
                }
            }
        });
        assertEquals(Map.of(), spills, "spilled registers");
        assertFalse(rows.isEmpty());
        return rows;
    }

    private static Map<String, String> known() throws IOException {
        Map<String, String> known = new TreeMap<>();
        Files.readAllLines(TABLE).stream().skip(2).forEach(line -> {
            int cut = line.indexOf('\t', line.indexOf("sm_"));
            known.put(line.substring(0, cut), line.substring(cut + 1));
        });
        return known;
    }

    private static void same(Map<String, String> known, Map<String, String> now) throws IOException {
        if (!Files.readAllLines(TABLE).getFirst().equals(compiler())) {
            return; // another compiler takes other registers
        }
        Set<String> all = new TreeSet<>(known.keySet());
        all.addAll(now.keySet());
        List<String> differing = all.stream()
                .filter(key -> !Objects.equals(known.get(key), now.get(key)))
                .map(key -> key + ": the table says " + known.get(key) + ", and it takes " + now.get(key))
                .toList();
        assertEquals(
                List.of(),
                differing,
                "what kernels take; after a change of a kernel:"
                        + " -Dtest=NvrtcTest -Dcostate.excluded=none -Dcostate.nvrtc=write");
    }

    private static int count(String text, String part) {
        return text.split(Pattern.quote(part), -1).length - 1;
    }

    /// The test sees what it is for: a kernel that is allowed too few registers.
    @Test
    void spillsAreSeen() {
        String source = """
                extern "C" __global__ void __launch_bounds__(1024, 2) many(double *x, int n) {
                    double a[24];
                #pragma unroll
                    for (int i = 0; i < 24; i++) a[i] = x[i];
                    for (int k = 0; k < n; k++) {
                #pragma unroll
                        for (int i = 0; i < 24; i++) a[i] += a[(i + 1) % 24] * a[(i + 5) % 24];
                    }
                #pragma unroll
                    for (int i = 0; i < 24; i++) x[i] = a[i];
                }
                """;
        List<KernelUse> use = RealNvrtc.get().compile(source, "sm_80").use();
        assertEquals("many", use.getFirst().kernel());
        assertEquals(32, use.getFirst().registers());
        assertTrue(use.getFirst().spilledBytes() > 0, use.toString());
    }

    @Test
    void anErrorShowsItsLine() {
        Nvrtc nvrtc = RealNvrtc.get();
        String source =
                Prelude.of(Precision.FLOAT64, DEVICE, false) + "\nKERNEL void k(GLOBAL REAL *x) {\n    y = 1;\n}\n";
        String message = assertThrows(DeviceException.class, () -> nvrtc.compile(source, "compute_80"))
                .getMessage();
        long line = source.lines().takeWhile(l -> !l.contains("y = 1")).count() + 1;
        assertTrue(
                message.startsWith("nvrtcCompileProgram: the generated source does not compile: line " + line
                        + ": identifier \"y\" is undefined in `y = 1;`"),
                message);
    }
}
