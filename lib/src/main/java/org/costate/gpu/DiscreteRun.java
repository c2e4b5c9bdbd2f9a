package org.costate.gpu;

import java.util.ArrayList;
import java.util.List;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Checkpointed;
import org.costate.adjoint.Gradient;
import org.costate.adjoint.Problem;
import org.costate.gpu.driver.DeviceMemory;
import org.costate.gpu.driver.Driver;
import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.ode.Outcome;
import org.costate.ode.Statistics;

/// The exact gradient of given steps on a device: steps forward, the arguments of their evaluations kept, and the same
/// steps transposed. `Backprop` keeps those of all steps; `Checkpointed` slots between blocks of steps, and the
/// arguments of one block.
final class DiscreteRun {
    /// Bytes of arguments that one launch keeps, at most, unless a single step has more.
    private static final long BLOCK_BYTES = 1L << 26;

    private static final int MOST_STEPS = 4096;

    /// Some steps of a segment: what is launched together.
    private record Block(int segment, int from, int to) {}

    private final Trajectories run;
    private final Problem problem;
    private final List<Segment> segments;
    private final List<Block> blocks = new ArrayList<>();
    private final StepsKernel forward;
    private final StepsKernel transpose;
    private final Driver.Kernel stepping;
    private final Driver.Kernel transposing;
    private final DeviceMemory slots;
    private final DeviceMemory back;
    private final DeviceMemory sums;
    private final DeviceMemory failed;
    private final DeviceMemory wrong;
    /// The state where a segment begins afresh.
    private final DeviceMemory[] starts;

    private final Buffer host;
    private final int free;
    private long evaluations;

    private DiscreteRun(Trajectories run, StepsKernel forward, StepsKernel transpose, Adjoint mode) {
        this.run = run;
        this.forward = forward;
        this.transpose = transpose;
        problem = run.problem;
        stepping = run.compiled(forward);
        transposing = run.compiled(transpose);
        segments = Segment.of(problem.solver(), problem.t0(), problem.t1(), run.sweep.times());
        slots = run.states(run.scheme.slots());
        back = run.states(run.scheme.slots());
        sums = run.memory.numbers((long) transpose.shape().groups() * run.parameters, run.precision);
        int groups = Math.max(forward.shape().groups(), transpose.shape().groups());
        failed = run.memory.integers(2L * groups);
        wrong = run.memory.numbers((long) groups * run.scheme.slots() * run.d, run.precision);
        starts = new DeviceMemory[segments.size()];
        host = problem.workspace().allocate(run.batch, run.d, run.precision);
        long each = run.stateBytes() * Math.max(1, run.scheme.evaluations());
        int steps = (int) Math.max(1, Math.min(MOST_STEPS, BLOCK_BYTES / Math.max(1, each)));
        if (mode instanceof Checkpointed c) {
            long states = Math.max(1, c.states(run.stateBytes() * run.scheme.slots()));
            long half = states * run.scheme.slots() / (2L * run.scheme.evaluations());
            steps = (int) Math.max(1, Math.min(steps, half));
            free = (int) Math.min(1 << 20, Math.max(0, states - 1 - (steps == 1 ? 0 : states / 2)));
        } else {
            free = -1;
        }
        for (int i = 0; i < segments.size(); i++) {
            Segment s = segments.get(i);
            for (int k = s.from(); k < s.to(); k += steps) {
                blocks.add(new Block(i, k, Math.min(s.to(), k + steps)));
            }
        }
    }

    /// The gradient; null if not even one sample fits a group.
    static Gradient gradient(Trajectories run, Adjoint mode) {
        StepsKernel forward =
                run.kernel("steps", StepsKernel.Role.FORWARD, StepsKernel.Keep.ARGUMENTS, run.scheme, false);
        StepsKernel transpose =
                run.kernel("transpose", StepsKernel.Role.TRANSPOSE, StepsKernel.Keep.NOTHING, run.scheme, false);
        return forward == null || transpose == null ? null : new DiscreteRun(run, forward, transpose, mode).gradient();
    }

    private Gradient gradient() {
        run.driver.upload(problem.x0().memory(), slots.pointer(), 0);
        double[] times = run.sweep.times();
        if (times.length > 0 && times[0] == problem.t0()) {
            run.sweep.state(0).copyFrom(problem.x0());
        }
        List<DeviceMemory> kept = new ArrayList<>();
        DeviceMemory first = free < 0 ? null : copy(slots);
        for (Block b : blocks) {
            kept.add(free < 0 ? arguments(b) : null);
            step(b, kept.getLast());
            run.sweep.forward(time(b, b.to), stepOf(b));
            see(b);
        }
        run.download(slots, host);
        double[][] end = host.toMatrix();
        long forwardEvaluations = evaluations;
        evaluations = 0;
        Buffer gp = problem.workspace().allocate(1, run.parameters, run.precision);
        double cost = run.sweep.evaluate(gp);
        if (free < 0) {
            for (int i = blocks.size() - 1; i >= 0; i--) {
                transpose(blocks.get(i), kept.get(i));
                run.memory.free(kept.get(i));
            }
        } else {
            reverse(0, blocks.size(), first, free);
        }
        run.addSums(sums, transpose.shape().groups(), run.parameters, gp);
        run.download(back, host);
        if (times.length > 0 && times[0] == problem.t0()) {
            Kernels.best().add(1, run.sweep.state(0), host);
        }
        long steps = segments.isEmpty() ? 0 : segments.getLast().to();
        double[] sizes = sizes();
        Statistics there = new Statistics(steps, 0, forwardEvaluations, 0, sizes[0], sizes[1]);
        Statistics backward = new Statistics(
                steps, 0, evaluations + steps * run.scheme.evaluations(), vjps(steps), sizes[0], sizes[1]);
        return run.sweep.gradient(cost, end, host, gp, there, backward);
    }

    private long vjps(long steps) {
        long begun = segments.stream().filter(Segment::begins).count();
        return steps * run.scheme.evaluations() + (run.scheme.slots() > run.scheme.states() ? begun : 0);
    }

    private double[] sizes() {
        double smallest = Double.POSITIVE_INFINITY;
        double largest = 0;
        for (Segment s : segments) {
            for (int k = s.from(); k < s.to(); k++) {
                double h = Math.abs(s.nodes().time(k + 1) - s.nodes().time(k));
                smallest = Math.min(smallest, h);
                largest = Math.max(largest, h);
            }
        }
        return new double[] {segments.isEmpty() ? 0 : smallest, largest};
    }

    private double time(Block b, int node) {
        return segments.get(b.segment).nodes().time(node);
    }

    private double stepOf(Block b) {
        return time(b, b.to) - time(b, b.to - 1);
    }

    private DeviceMemory arguments(Block b) {
        return run.states((long) (b.to - b.from) * run.scheme.evaluations());
    }

    private DeviceMemory copy(DeviceMemory from) {
        DeviceMemory to = run.states(run.scheme.slots());
        run.driver.copy(from.pointer(), 0, to.pointer(), 0, from.bytes());
        return to;
    }

    /// Takes the steps of a block.
    ///
    /// @param kept where their arguments go; null if they are not kept
    private void step(Block b, DeviceMemory kept) {
        Segment s = segments.get(b.segment);
        boolean begins = s.begins() && b.from == s.from();
        if (begins) {
            for (int l = 1; l < run.scheme.states(); l++) {
                run.driver.copy(slots.pointer(), 0, slots.pointer(), l * run.stateBytes(), run.stateBytes());
            }
            if (starts[b.segment] == null) {
                starts[b.segment] = run.states(1);
                run.driver.copy(slots.pointer(), 0, starts[b.segment].pointer(), 0, run.stateBytes());
            }
        }
        int count = b.to - b.from;
        forward.launch(
                stepping,
                run.theta,
                slots,
                run.none,
                run.nodes(s, b.from, b.to),
                run.none,
                kept == null ? run.none : kept,
                run.none,
                run.none,
                failed,
                wrong,
                run.batch,
                forward.shape().samples(),
                count,
                0,
                0,
                begins ? 1 : 0,
                kept == null ? -1 : 0,
                0,
                0,
                run.low(s),
                run.high(s));
        evaluations +=
                (long) count * run.scheme.evaluations() + (begins && run.scheme.slots() > run.scheme.states() ? 1 : 0);
        int[] failure = run.failure(failed, forward.shape().groups(), false);
        run.refuse(failure, s, b.from, slots, wrong, 1);
    }

    /// Is there an observation at the end of this block?
    private int observation(Block b) {
        Segment s = segments.get(b.segment);
        return b.to == s.to() ? s.observation() : -1;
    }

    private void see(Block b) {
        int j = observation(b);
        if (j >= 0) {
            run.download(slots, run.sweep.state(j));
        }
    }

    /// Transposes blocks `from … to − 1`.
    ///
    /// @param at the slots before the first of them
    /// @param spare how many more slots may be kept
    private void reverse(int from, int to, DeviceMemory at, int spare) {
        if (to <= from) {
            return;
        }
        if (to - from == 1) {
            load(at);
            Block b = blocks.get(from);
            DeviceMemory kept = arguments(b);
            step(b, kept);
            transpose(b, kept);
            run.memory.free(kept);
            return;
        }
        int middle = spare > 0 ? Checkpointed.split(from, to, spare) : to - 1;
        load(at);
        for (int i = from; i < middle; i++) {
            step(blocks.get(i), null);
        }
        DeviceMemory checkpoint = copy(slots);
        reverse(middle, to, checkpoint, Math.max(0, spare - 1));
        run.memory.free(checkpoint);
        reverse(from, middle, at, spare);
    }

    private void load(DeviceMemory from) {
        run.driver.copy(from.pointer(), 0, slots.pointer(), 0, slots.bytes());
    }

    private void transpose(Block b, DeviceMemory kept) {
        int j = observation(b);
        if (j >= 0) {
            run.add(run.sweep.state(j), back);
        }
        Segment s = segments.get(b.segment);
        boolean begins = s.begins() && b.from == s.from();
        transpose.launch(
                transposing,
                run.theta,
                back,
                sums,
                run.nodes(s, b.from, b.to),
                run.none,
                kept,
                begins ? starts[b.segment] : run.none,
                failed,
                wrong,
                run.batch,
                transpose.shape().samples(),
                b.to - b.from,
                0,
                0,
                begins ? 1 : 0,
                run.low(s),
                run.high(s));
        int[] failure = run.failure(failed, transpose.shape().groups(), true);
        if (failure != null) {
            int node = b.from + Math.max(0, failure[0] - 2);
            double t = time(b, node);
            Outcome.nonFiniteDerivative(
                            t,
                            time(b, node + 1) - t,
                            "the costate",
                            run.offender(wrong, failure[2], run.d, failure[1], run.sweep.costates()))
                    .orThrow();
        }
        run.sweep.backward(time(b, b.from), stepOf(b));
    }
}
