package org.costate.gpu;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.costate.adjoint.Adjoint;
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
    static final int DEPENDENT_CLOCKS = 4;

    /// Clocks from a load out of shared memory to its number.
    static final int LOAD_CLOCKS = 19;

    /// Numbers that the work-items of a multiprocessor get out of shared memory in a clock, at most: a bank's each.
    private static final int BANKS = 32;

    private static final Pattern LOOP = Pattern.compile("for \\(int (\\w+) = 0; \\1 < (\\d+);.*");
    private static final Pattern READ = Pattern.compile("\\b(?!t\\[)[A-Za-z]\\w*\\[");

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
                    all.addAll(
                            launch == null
                                    ? new PredictedSequence(problem, mode, kernel, code).launches()
                                    : List.of(launch));
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
