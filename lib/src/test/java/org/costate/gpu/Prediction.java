package org.costate.gpu;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.costate.adjoint.Adjoint;
import org.costate.gpu.NodeLaunches.Pass;
import org.costate.gpu.StepsKernel.Keep;
import org.costate.gpu.StepsKernel.Role;
import org.costate.gpu.driver.Facts;
import org.costate.graph.CodeNode;
import org.costate.graph.FieldCode;
import org.costate.ode.Interpolant;
import org.costate.ode.Norm;
import org.costate.ode.Scheme;

/// The least time that the kernels of a gradient can take on a [Card]: the largest of four bounds. `lib/gpu/README.md`
/// says what is counted and what is left out; [PredictionTest] keeps its tables and `lib/gpu/prediction.tsv` true.
final class Prediction {
    /// Clocks from an addition to the next one that needs its sum.
    private static final int DEPENDENT_CLOCKS = 4;

    /// Clocks from a load out of shared memory to its number.
    private static final int LOAD_CLOCKS = 19;

    /// Numbers that the work-items of a multiprocessor get out of shared memory in a clock, at most: a bank's each.
    private static final int BANKS = 32;

    private static final Pattern LOOP = Pattern.compile("for \\(int (\\w+) = 0; \\1 < (\\d+);.*");
    private static final Pattern READ = Pattern.compile("\\b(?!t\\[)[A-Za-z]\\w*\\[");

    /// Numbers that a work-item of a tile has from shared memory for one multiplication: 8 for 16, and what brings a
    /// tile
    /// there.
    private static final double LOADS_OF_TILES = 8 / 16.0 + 2.0 / NodeKernel.TILE;

    private static final int DEPTH = 16; // of the tiles that a group multiplies at a time

    private static final int FLOPS = 2; // of a multiplication with its addition

    /// What every CUDA device offers to kernels, as far as they are written for it.
    static final Facts ANY = new Facts("any", "CUDA", "8.0", "", 16L << 30, 48 * 1024, 1024, 108, true, false);

    /// A kernel of a problem, with what the graph says of its work over the whole solve.
    ///
    /// @param function its name in the source
    /// @param work multiplications
    /// @param loads of numbers from shared memory or the caches, and stores there
    /// @param bytes to and from the device's memory that no cache can save
    /// @param sums bytes of a group's gradient by parameters
    /// @param sumsMoved bytes of them that are read and written
    /// @param values bytes of the values between launches
    /// @param valuesMoved bytes of them that are read and written
    /// @param chain clocks of the longest chain of dependent operations in a group's whole work
    record Launch(
            PredictedProblem problem,
            String mode,
            String kernel,
            String source,
            String function,
            GroupShape shape,
            double work,
            double loads,
            double bytes,
            double sums,
            double sumsMoved,
            double values,
            double valuesMoved,
            double chain) {
        String key() {
            return problem.name() + "\t" + mode + "\t" + kernel;
        }
    }

    /// What a compiler says of it for one architecture.
    record Use(int registers, int localBytes, int sharedBytes) {}

    /// Seconds of each bound.
    record Bounds(double arithmetic, double memory, double loads, double latency) {
        double most() {
            return Math.max(Math.max(arithmetic, memory), Math.max(loads, latency));
        }

        String which() {
            double most = most();
            return most == latency ? "latency" : most == loads ? "loads" : most == memory ? "memory" : "arithmetic";
        }
    }

    private Prediction() {}

    static List<Launch> launches() {
        List<Launch> all = new ArrayList<>();
        for (PredictedProblem problem : PredictedProblem.ALL) {
            FieldCode code = FieldCode.of(problem.field());
            for (Adjoint mode : PredictedProblem.MODES) {
                Scheme scheme = problem.solver(mode).scheme();
                for (String kernel : problem.kernels(mode)) {
                    Launch launch = launch(problem, mode, kernel, code, scheme);
                    all.addAll(launch == null ? sequence(problem, mode, kernel, code, scheme) : List.of(launch));
                }
            }
        }
        return all;
    }

    private static Launch launch(PredictedProblem p, Adjoint mode, String kernel, FieldCode code, Scheme scheme) {
        String[] words = kernel.split(" ", -1);
        Role role = Role.valueOf(words[0]);
        Keep keep = Keep.valueOf(words[1]);
        boolean own = p.ownSteps();
        StepsKernel made = StepsKernel.of(
                words[2],
                role,
                keep,
                new StepsKernel.Wanted(code, scheme, false, p.precision(), ANY, p.batch(), own, Norm.RMS));
        if (made == null) {
            return null;
        }
        GroupShape shape = made.shape();
        boolean back = role != Role.FORWARD;
        int evaluations = scheme.evaluations();
        GroupCode slope = new GroupCode(code.slope(own));
        GroupCode vjp = new GroupCode(code.vjp(own, role == Role.BACKSOLVE, true));
        int slopes = role == Role.FORWARD
                ? made.slopes()
                : role == Role.UNDO ? evaluations + scheme.inverse().evaluations() : 0;
        int products = back ? evaluations : 0;
        int parts = role == Role.BACKSOLVE ? 2 : 1;
        int stages = slopes + products;
        OwnSteps steps = p.steps(kernel);
        double sampleSteps = steps.all();
        double work = slopes * slope.work() + products * vjp.work() + (double) stages * stages * p.dimension() * parts;
        int degree = keep == Keep.DENSE || role == Role.ALONG
                ? Interpolant.of(scheme).degree() + 1
                : 0;
        int kept = keep == Keep.ARGUMENTS || role == Role.TRANSPOSE ? evaluations : degree;
        double number = p.precision().bytes();
        double turns = own ? sampleSteps : Math.ceilDiv(p.batch(), shape.together()) * (double) p.steps();
        int errors = own ? scheme.errors().length : 0;
        double rows = role == Role.BACKSOLVE || role == Role.ALONG ? scheme.slots() + errors : 1;
        double sums = back ? rows * code.layout().size() * number : 0;
        double moved = turns * products * 2 * sums;
        double chain = slopes * chain(slope, shape) + products * chain(vjp, shape);
        return new Launch(
                p,
                mode.toString(),
                kernel,
                made.source(),
                words[2],
                shape,
                work * sampleSteps,
                (slopes * loads(slope) + products * loads(vjp)) * sampleSteps,
                kept * p.dimension() * number * sampleSteps,
                sums,
                moved,
                0,
                0,
                chain * steps.most() * Math.ceilDiv(shape.samples(), shape.together()));
    }

    /// The launches of a net too large for that: the kernels of its evaluations, each with all that it does in the
    /// solve.
    private static List<Launch> sequence(
            PredictedProblem p, Adjoint mode, String kernel, FieldCode code, Scheme scheme) {
        Role role = Role.valueOf(kernel.substring(0, kernel.indexOf(' ')));
        int evaluations = scheme.evaluations();
        Map<Pass, Integer> passes = switch (role) {
            case FORWARD ->
                Map.of(
                        Pass.SLOPE,
                        evaluations
                                + (kernel.contains("DENSE")
                                        ? Interpolant.of(scheme).evaluations()
                                        : 0));
            case UNDO -> Map.of(Pass.SLOPE, evaluations + scheme.inverse().evaluations(), Pass.VJP, evaluations);
            case BACKSOLVE -> Map.of(Pass.SLOPE_VJP, evaluations);
            case ALONG, TRANSPOSE -> Map.of(Pass.VJP, evaluations);
        };
        String source = DeviceField.source(code, p.precision(), ANY);
        double number = p.precision().bytes();
        List<Launch> all = new ArrayList<>();
        new TreeMap<>(passes).forEach((pass, times) -> {
            List<NodeKernel> kernels = NodeLaunches.kernels(code, pass, false);
            double values = number * (code.parametersSize() + NodeLaunches.numbers(code, pass, p.batch(), false));
            for (NodeKernel k : kernels) {
                CodeNode n = k.node();
                int chunks = n.sum() ? NodeLaunches.chunks(n, p.batch()) : 1;
                double count = (double) times * p.steps();
                double work = (double) p.batch() * n.size() * n.work();
                double moved = number * (numbersRead(k, kernels, code, p.batch()) + written(n, p.batch(), chunks));
                all.add(new Launch(
                        p,
                        mode.toString(),
                        role + " " + k.name(),
                        source,
                        n.sum() ? k.name() + "_part" : k.name(),
                        new GroupShape(false, 1, NodeKernel.LANES, false, 1, (int) k.groups(p.batch(), chunks), 0),
                        count * work,
                        count * (k.tiled() ? work * LOADS_OF_TILES : (double) p.batch() * n.size() * (reads(n) + 1)),
                        0,
                        0,
                        0,
                        values,
                        count * moved,
                        count * chainOfNode(k, Math.ceilDiv(p.batch(), chunks))));
            }
        });
        return all;
    }

    /// Numbers of the arrays that a kernel reads, each once.
    private static double numbersRead(NodeKernel k, List<NodeKernel> pass, FieldCode code, int batch) {
        double numbers = 0;
        for (String name : k.node().reads()) {
            Integer place = code.places().get(name);
            if (place != null) { // to where the next parameter begins
                numbers += code.places().values().stream()
                                .filter(next -> next > place)
                                .min(Integer::compare)
                                .orElse(code.parametersSize())
                        - place;
            } else if (List.of("x", "a").contains(name)) {
                numbers += (double) batch * code.dimension();
            } else {
                numbers += pass.stream()
                        .map(NodeKernel::node)
                        .filter(n -> n.name().equals(name))
                        .mapToDouble(n -> written(n, batch, 1))
                        .sum();
            }
        }
        return numbers;
    }

    private static double written(CodeNode n, int batch, int chunks) {
        return (n.ofSample() ? (double) batch : 1.0) * n.size() * chunks;
    }

    /// Clocks of one group: of a tile the sums follow the products, of other kernels the reads of a number.
    private static double chainOfNode(NodeKernel k, int chunk) {
        CodeNode n = k.node();
        if (!k.tiled()) {
            return LOAD_CLOCKS + DEPENDENT_CLOCKS * (double) n.work() * (n.sum() ? chunk : 1);
        }
        return n.products().stream()
                .mapToDouble(m -> m.inner() == 0 ? chunk : m.inner())
                .map(inner -> DEPENDENT_CLOCKS * inner + LOAD_CLOCKS * Math.ceil(inner / DEPTH))
                .sum();
    }

    /// Numbers that an evaluation reads and writes for one sample, counted in its code.
    private static double loads(GroupCode code) {
        return code.nodes().stream()
                .mapToDouble(n -> n.size() * (reads(n) + (n.sum() ? 0.0 : 1.0)))
                .sum();
    }

    /// Numbers of arrays that the code reads for one number.
    static long reads(CodeNode n) {
        Deque<Long> times = new ArrayDeque<>(List.of(1L));
        long all = 0;
        for (String line : (n.statements() + n.value()).lines().toList()) {
            Matcher loop = LOOP.matcher(line);
            if (loop.matches()) {
                times.push(times.element() * Long.parseLong(loop.group(2)));
            } else if (line.equals("}")) {
                times.pop();
            } else {
                all += times.element() * READ.matcher(line).results().count();
            }
        }
        return all;
    }

    /// Clocks that one evaluation takes at least: value after value; of each, the numbers that fall to one work-item,
    /// one
    /// after the other; of each number, a load and its additions.
    private static double chain(GroupCode code, GroupShape shape) {
        double clocks = 0;
        for (CodeNode n : code.nodes()) {
            long numbers = (long) n.size() * (n.ofSample() ? shape.together() : 1);
            long serial = n.work() * (n.sum() ? shape.together() : 1);
            clocks += Math.ceilDiv(numbers, shape.lanes()) * (double) (LOAD_CLOCKS + DEPENDENT_CLOCKS * serial);
        }
        return clocks;
    }

    static Bounds bounds(Launch launch, Use use, Card card) {
        GroupShape shape = launch.shape;
        int resident = card.residentBlocks(shape.lanes(), use.registers, use.sharedBytes);
        double busy = Math.min(1, (double) shape.groups() / card.sms());
        double sums = launch.sums * Math.min(shape.groups(), resident * card.sms());
        double bytes = launch.bytes
                + launch.sumsMoved * Math.max(0, 1 - card.cache() / Math.max(1, sums))
                + launch.valuesMoved * Math.max(0, 1 - card.cache() / Math.max(1, launch.values));
        double waves = Math.ceil(shape.groups() / ((double) resident * card.sms()));
        return new Bounds(
                FLOPS * launch.work / (card.flops(launch.problem.precision()) * busy),
                bytes / card.bandwidth(),
                launch.loads / (BANKS * card.clock() * card.sms() * busy),
                waves * launch.chain / card.clock());
    }

    /// A row of `lib/gpu/prediction.tsv`.
    static String row(Launch launch, Card card, Use use) {
        GroupShape s = launch.shape;
        Bounds b = bounds(launch, use, card);
        return String.join(
                "\t",
                launch.key(),
                card.architecture(),
                "" + s.groups(),
                "" + s.lanes(),
                "" + s.together(),
                "" + use.registers,
                "" + use.localBytes,
                "" + use.sharedBytes,
                digits(card.occupancy(s.lanes(), use.registers, use.sharedBytes)),
                digits(FLOPS * launch.work),
                digits(launch.loads),
                digits(launch.bytes),
                digits(launch.sumsMoved + launch.valuesMoved),
                digits(1e3 * b.arithmetic),
                digits(1e3 * b.memory),
                digits(1e3 * b.loads),
                digits(1e3 * b.latency));
    }

    static final String HEAD = "workload\tmode\tkernel\tarchitecture\tgroups\tthreads\tsamples at a time\tregisters\t"
            + "local bytes\tshared bytes\toccupancy\tflops\tloads\tkept bytes\tsums and values moved\tarithmetic ms\tmemory ms\tloads ms\t"
            + "latency ms";

    static String digits(double value) {
        return value == 0 ? "0" : String.format(Locale.ROOT, "%.3g", value);
    }
}
