package org.costate.gpu;

import static org.costate.gpu.Prediction.ANY;
import static org.costate.gpu.Prediction.DEPENDENT_CLOCKS;
import static org.costate.gpu.Prediction.LOAD_CLOCKS;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.costate.adjoint.Adjoint;
import org.costate.gpu.NodeLaunches.Pass;
import org.costate.gpu.Prediction.Launch;
import org.costate.gpu.StepsKernel.Role;
import org.costate.graph.CodeNode;
import org.costate.graph.FieldCode;
import org.costate.ode.Interpolant;
import org.costate.ode.Scheme;

/// The launches of a net too large for a kernel of whole trajectories: the kernels of its evaluations and those between
/// them, each with all that it does in the solve.
final class PredictedSequence {
    /// Numbers that a work-item of a tile has from shared memory for one multiplication: 8 for 16, and what brings a
    /// tile there.
    private static final double LOADS_OF_TILES = 8 / 16.0 + 2.0 / NodeKernel.TILE;

    private static final int DEPTH = 16; // of the tiles that a group multiplies at a time

    private final PredictedProblem p;
    private final Adjoint mode;
    private final Role role;
    private final FieldCode code;
    private final Scheme scheme;
    private final Interpolant dense;
    private final List<Launch> all = new ArrayList<>();

    /// @param kernel what would do it in one launch
    PredictedSequence(PredictedProblem p, Adjoint mode, String kernel, FieldCode code) {
        this.p = p;
        this.mode = mode;
        this.code = code;
        role = Role.valueOf(kernel.substring(0, kernel.indexOf(' ')));
        scheme = p.solver(mode).scheme();
        dense = kernel.contains("DENSE") || role == Role.ALONG ? Interpolant.of(scheme) : null;
        ofField();
        boolean keepsArguments = kernel.contains("ARGUMENTS");
        switch (role) {
            case FORWARD, BACKSOLVE, ALONG -> steps("", scheme, role, keepsArguments ? 1 : 0);
            case TRANSPOSE -> transposed("");
            case UNDO -> {
                steps("", scheme.inverse(), Role.UNDO, 0);
                steps("again: ", scheme, Role.FORWARD, 1);
                transposed("back: ");
            }
        }
    }

    List<Launch> launches() {
        return all;
    }

    private void ofField() {
        int evaluations = scheme.evaluations();
        Map<Pass, Integer> passes = switch (role) {
            case FORWARD -> Map.of(Pass.SLOPE, evaluations + (dense == null ? 0 : dense.evaluations()));
            case UNDO -> Map.of(Pass.SLOPE, evaluations + scheme.inverse().evaluations(), Pass.VJP, evaluations);
            case BACKSOLVE -> Map.of(Pass.SLOPE_VJP, evaluations);
            case ALONG, TRANSPOSE -> Map.of(Pass.VJP, evaluations);
        };
        String source = DeviceField.source(code, p.precision(), ANY);
        double number = p.precision().bytes();
        new TreeMap<>(passes).forEach((pass, times) -> {
            List<NodeKernel> kernels = NodeLaunches.kernels(code, pass, false);
            double values = number * (code.parametersSize() + NodeLaunches.numbers(code, pass, p.batch(), false));
            for (NodeKernel k : kernels) {
                CodeNode n = k.node();
                int chunks = n.sum() ? NodeLaunches.chunks(n, p.batch()) : 1;
                double count = (double) times * p.steps();
                double work = (double) p.batch() * n.size() * n.work();
                double moved = number * (numbersRead(k, kernels) + written(n, chunks));
                all.add(new Launch(
                        p,
                        mode.toString(),
                        role + " " + k.name(),
                        source,
                        n.sum() ? k.name() + "_part" : k.name(),
                        shape((int) k.groups(p.batch(), chunks), NodeKernel.LANES),
                        count * work,
                        count
                                * (k.tiled()
                                        ? work * LOADS_OF_TILES
                                        : (double) p.batch() * n.size() * (Prediction.reads(n) + 1)),
                        0,
                        0,
                        0,
                        values,
                        count * moved,
                        count * chainOfNode(k, Math.ceilDiv(p.batch(), chunks))));
            }
        });
    }

    /// Numbers of the arrays that a kernel reads, each once.
    private double numbersRead(NodeKernel k, List<NodeKernel> pass) {
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
                numbers += state();
            } else {
                numbers += pass.stream()
                        .map(NodeKernel::node)
                        .filter(n -> n.name().equals(name))
                        .mapToDouble(n -> written(n, 1))
                        .sum();
            }
        }
        return numbers;
    }

    private double written(CodeNode n, int chunks) {
        return (n.ofSample() ? (double) p.batch() : 1.0) * n.size() * chunks;
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

    private static GroupShape shape(int groups, int lanes) {
        return new GroupShape(false, 1, lanes, false, 1, groups, 0);
    }

    /// Numbers of the states of all samples.
    private double state() {
        return (double) p.batch() * p.dimension();
    }

    private static long terms(double... weights) {
        return Arrays.stream(weights).filter(w -> w != 0).count();
    }

    /// What stands between the evaluations of given steps.
    ///
    /// @param name before those of the kernels
    /// @param keeps how many states of each evaluation are kept
    private void steps(String name, Scheme of, Role its, int keeps) {
        int parts = its == Role.BACKSOLVE ? 2 : 1;
        int slots = of.slots();
        boolean records = dense != null && its == Role.FORWARD;
        String source = StepSequence.source(code, its, of, records ? dense : null, false, p.precision(), ANY);
        int evaluations = of.evaluations() + (records ? dense.evaluations() : 0);
        long[] arguments = IntStream.range(0, evaluations)
                .mapToLong(i -> i < of.evaluations() ? terms(of.argument(i)) : termsOfDense(i - of.evaluations(), of))
                .toArray();
        double arrays = parts * state() * (2.0 * slots + evaluations + 1);
        each(name, "argument", source, parts, arguments, evaluations, keeps * evaluations * state(), arrays);
        if (its == Role.ALONG) {
            long[] powers = new long[evaluations];
            Arrays.fill(powers, dense.degree() + 1L);
            each(name, "along", source, 1, powers, evaluations, (dense.degree() + 1) * state(), arrays);
        }
        if (its == Role.ALONG || its == Role.BACKSOLVE) {
            sums(name, source, evaluations, slots);
        }
        if (records) {
            long all = IntStream.range(0, dense.sources())
                    .mapToLong(j -> IntStream.rangeClosed(0, dense.degree())
                            .filter(k -> dense.power(j, k) != 0)
                            .count())
                    .sum();
            each(name, "record", source, 1, new long[] {all}, 0, (dense.degree() + 1) * state(), arrays);
        }
        long next = IntStream.range(0, slots).mapToLong(l -> terms(of.next(l))).sum();
        ofSamples(name, "next", source, parts, slots, of.evaluations(), next, arrays);
    }

    private long termsOfDense(int i, Scheme of) {
        return IntStream.range(0, of.slots() + of.evaluations() + i)
                .filter(j -> dense.argument(i, j) != 0)
                .count();
    }

    /// What stands between the evaluations of steps that are transposed.
    private void transposed(String name) {
        int slots = scheme.slots();
        int evaluations = scheme.evaluations();
        String source = StepSequence.source(code, Role.TRANSPOSE, scheme, null, false, p.precision(), ANY);
        long[] costates = IntStream.range(0, evaluations)
                .mapToLong(i -> terms(DoubleStream.concat(
                                IntStream.range(0, slots).mapToDouble(l -> scheme.next(l)[slots + i]),
                                IntStream.range(i + 1, evaluations).mapToDouble(j -> scheme.argument(j)[slots + i]))
                        .toArray()))
                .toArray();
        double arrays = state() * (2.0 * slots + evaluations + 2);
        each(name, "costate", source, 1, costates, 2 * evaluations, evaluations * state(), arrays);
        long previous = IntStream.range(0, slots)
                .mapToLong(m -> terms(DoubleStream.concat(
                                IntStream.range(0, evaluations).mapToDouble(i -> scheme.argument(i)[m]),
                                IntStream.range(0, slots).mapToDouble(l -> scheme.next(l)[m]))
                        .toArray()))
                .sum();
        ofSamples(name, "previous", source, 1, slots, evaluations, previous, arrays);
    }

    /// A work-item for each number of the states.
    ///
    /// @param terms of the sum, of each launch in a step
    /// @param writes of each number in a step
    /// @param kept numbers a step that no cache can save
    /// @param arrays numbers that are there
    private void each(
            String name,
            String kernel,
            String source,
            int parts,
            long[] terms,
            int writes,
            double kept,
            double arrays) {
        double number = p.precision().bytes();
        double steps = p.steps();
        double all = parts * state();
        long sum = Arrays.stream(terms).sum();
        double chain = Arrays.stream(terms)
                .mapToDouble(n -> LOAD_CLOCKS + DEPENDENT_CLOCKS * (double) n)
                .sum();
        int groups = (int) Math.ceil(all / NodeKernel.LANES);
        add(
                name,
                kernel,
                source,
                shape(groups, NodeKernel.LANES),
                steps * sum * all,
                steps * ((sum + writes) * all + kept),
                steps * kept * number,
                arrays * number,
                steps * (sum + writes) * all * number,
                steps * chain);
    }

    /// A group for each sample: sums are found, looked at, and written. Of what is read again no memory knows.
    private void ofSamples(
            String name,
            String kernel,
            String source,
            int parts,
            int slots,
            int evaluations,
            long terms,
            double arrays) {
        double all = p.steps() * parts * state();
        double moved = all * (Math.min(terms, slots + evaluations) + 2.0 * slots);
        int lanes = StepSequence.lanes(ANY, slots * parts * p.dimension());
        double turns = Math.ceil((double) slots * parts * p.dimension() / lanes);
        double number = p.precision().bytes();
        double chain = turns * (2 * LOAD_CLOCKS + DEPENDENT_CLOCKS * (double) terms / slots) + lanes;
        add(
                name,
                kernel,
                source,
                shape(p.batch(), lanes),
                terms * all,
                all * (terms + 3.0 * slots),
                0,
                arrays * number,
                moved * number,
                p.steps() * chain);
    }

    /// What the evaluations add to the gradient by parameters.
    private void sums(String name, String source, int evaluations, int slots) {
        double parameters = code.layout().size();
        double count = (double) p.steps() * evaluations;
        double number = p.precision().bytes();
        double moved = count * parameters * (2 + 2.0 * slots);
        int groups = (int) Math.ceil(parameters / NodeKernel.LANES);
        add(
                name,
                "add_to_sums",
                source,
                shape(groups, NodeKernel.LANES),
                count * parameters * slots,
                moved,
                0,
                parameters * (1 + 2.0 * slots) * number,
                moved * number,
                count * (LOAD_CLOCKS + DEPENDENT_CLOCKS));
    }

    private void add(
            String name,
            String kernel,
            String source,
            GroupShape shape,
            double work,
            double loads,
            double bytes,
            double values,
            double valuesMoved,
            double chain) {
        all.add(new Launch(
                p,
                mode.toString(),
                role + " " + name + kernel,
                source,
                kernel,
                shape,
                work,
                loads,
                bytes,
                0,
                0,
                values,
                valuesMoved,
                chain));
    }
}
