package org.costate.gpu;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Checkpointed;
import org.costate.adjoint.Gradient;
import org.costate.adjoint.Problem;
import org.costate.gpu.StepsKernel.Keep;
import org.costate.gpu.StepsKernel.Role;
import org.costate.gpu.driver.DeviceMemory;
import org.costate.gpu.driver.Driver;
import org.costate.memory.Buffer;
import org.costate.ode.Outcome;
import org.costate.ode.Scheme;
import org.costate.ode.Statistics;

/// The exact gradient of given steps on a device: steps forward, the arguments of their evaluations kept, and the same
/// steps transposed. `Backprop` keeps those of all steps; `Checkpointed` slots between blocks of steps, and the
/// arguments of one block.
final class DiscreteRun {
    /// Bytes of arguments that one launch keeps, at most, unless a single step has more.
    private static final long BLOCK_BYTES = 1L << 26;

    private final Trajectories run;
    private final Problem problem;
    private final Scheme scheme;
    private final List<Block> blocks;
    private final GivenRun forward;
    private final StepsKernel transpose;
    private final Driver.Kernel transposing;
    private final DeviceMemory back;
    private final DeviceMemory sums;
    private final DeviceMemory failed;
    private final DeviceMemory wrong;
    /// The state where a segment begins afresh.
    private final IdentityHashMap<Object, DeviceMemory> starts = new IdentityHashMap<>();

    private final Buffer host;
    /// How many slots may be kept besides the first; −1 to keep the arguments of all.
    private final int spare;

    private DiscreteRun(Trajectories run, StepsKernel steps, StepsKernel transpose, Adjoint mode) {
        this.run = run;
        this.transpose = transpose;
        problem = run.problem;
        scheme = run.scheme;
        forward = new GivenRun(run, steps, scheme, 1);
        transposing = run.compiled(transpose);
        back = run.states(scheme.slots());
        sums = run.room.ofGroups(transpose, run.parameters);
        failed = run.memory.integers(2L * transpose.shape().groups());
        wrong = run.room.ofGroups(transpose, run.d);
        host = problem.workspace().allocate(run.batch, run.d, run.precision);
        long each = run.stateBytes() * scheme.evaluations();
        long most = Math.max(1, Math.min(run.mostSteps(steps, transpose), BLOCK_BYTES / each));
        if (mode instanceof Checkpointed c) {
            long states = Math.max(1, c.states(forward.slotsBytes()));
            long half = states * scheme.slots() / (2L * scheme.evaluations());
            most = Math.max(1, Math.min(most, half));
            spare = (int) Math.min(1 << 20, Math.max(0, states - 1 - (half < 1 ? 0 : states / 2)));
        } else {
            spare = -1;
        }
        blocks = run.blocks((int) most, Integer.MAX_VALUE);
    }

    /// The gradient; null if not even one sample fits a group.
    static Gradient gradient(Trajectories run, Adjoint mode) {
        StepsKernel steps = run.kernel("steps", Role.FORWARD, Keep.ARGUMENTS, run.scheme);
        StepsKernel transpose = run.kernel("transpose", Role.TRANSPOSE, Keep.NOTHING, run.scheme);
        if (steps == null || transpose == null) {
            return null;
        }
        DiscreteRun all = new DiscreteRun(run, steps, transpose, mode);
        if (all.blocks == null) {
            return null;
        }
        all.refuseTooLarge();
        return all.gradient();
    }

    private void refuseTooLarge() {
        long n = scheme.evaluations();
        long arguments = spare < 0
                ? blocks.stream().mapToLong(Block::steps).sum() * n
                : blocks.stream().mapToLong(Block::steps).max().orElse(0) * n + (spare + 1L) * scheme.slots();
        run.room.refuseTooLarge(
                (arguments + blocks.stream().filter(Block::begins).count()) * run.stateBytes(),
                spare < 0
                        ? "a gradient mode that keeps less: Checkpointed, Reversible or Backsolve"
                        : "fewer checkpoints, or Backsolve, which keeps none");
    }

    private Gradient gradient() {
        forward.upload(problem.x0(), 0);
        run.seeStart();
        List<DeviceMemory> kept = new ArrayList<>();
        DeviceMemory first = spare < 0 ? null : forward.copyOfSlots();
        for (Block b : blocks) {
            kept.add(spare < 0 ? arguments(b) : null);
            keepStart(b);
            run.forward(b, forward, kept.getLast(), 0);
        }
        forward.download(0, host);
        double[][] end = host.toMatrix();
        long there = forward.evaluations();
        Buffer gp = problem.workspace().allocate(1, run.parameters, run.precision);
        double cost = run.sweep.evaluate(gp);
        if (spare < 0) {
            for (int i = blocks.size() - 1; i >= 0; i--) {
                transpose(blocks.get(i), kept.get(i));
                run.memory.free(kept.get(i));
            }
        } else {
            reverse(0, blocks.size(), first, spare);
        }
        run.addSums(sums, transpose.shape().groups(), run.parameters, gp);
        run.driver.download(back.pointer(), 0, host.memory());
        run.addStart(host);
        long steps = blocks.stream().mapToLong(Block::steps).sum();
        long begun = scheme.slots() > scheme.states()
                ? blocks.stream().filter(Block::begins).count()
                : 0;
        long vjps = steps * scheme.evaluations() + begun;
        double h = forward.smallest();
        Statistics forwards = run.statistics(new Statistics(steps, 0, there, 0, h, forward.largest()));
        Statistics backwards =
                new Statistics(steps, 0, forward.evaluations() - there + vjps, vjps, h, forward.largest());
        return run.sweep.gradient(cost, end, host, gp, forwards, backwards);
    }

    private DeviceMemory arguments(Block b) {
        return run.states((long) b.steps() * scheme.evaluations());
    }

    private void keepStart(Block b) {
        if (b.begins() && !starts.containsKey(b.source())) {
            DeviceMemory start = run.states(1);
            run.driver.copy(forward.slots().pointer(), 0, start.pointer(), 0, run.stateBytes());
            starts.put(b.source(), start);
        }
    }

    /// Transposes blocks `from … to − 1`.
    ///
    /// @param at the slots before the first of them
    /// @param free how many more slots may be kept
    private void reverse(int from, int to, DeviceMemory at, int free) {
        if (to <= from) {
            return;
        }
        forward.load(at);
        if (to - from == 1) {
            again(blocks.get(from));
            return;
        }
        int middle = free > 0 ? Checkpointed.split(from, to, free) : to - 1;
        for (int i = from; i < middle; i++) {
            forward.again(blocks.get(i), null);
        }
        if (to - middle == 1) {
            again(blocks.get(middle));
        } else {
            DeviceMemory checkpoint = forward.copyOfSlots();
            reverse(middle, to, checkpoint, Math.max(0, free - 1));
            run.memory.free(checkpoint);
        }
        reverse(from, middle, at, free);
    }

    /// The block that begins where the steps are: taken once more, and transposed.
    private void again(Block b) {
        DeviceMemory kept = arguments(b);
        forward.again(b, kept);
        transpose(b, kept);
        run.memory.free(kept);
    }

    private void transpose(Block b, DeviceMemory kept) {
        if (b.observation() >= 0) {
            run.add(run.sweep.state(b.observation()), back, 0);
        }
        transpose.launch(
                transposing,
                run.theta,
                back,
                sums,
                run.nodes(b),
                b.grid() == null ? run.none : b.grid().counts(),
                kept,
                b.begins() ? starts.get(b.source()) : run.none,
                failed,
                wrong,
                run.batch,
                transpose.shape().samples(),
                b.steps(),
                b.grid() == null ? 0 : b.grid().stride(),
                run.offset(b),
                b.begins() ? 1 : 0,
                run.low(b),
                run.high(b));
        int[] failure = run.failure(failed, transpose.shape().groups(), true);
        if (failure != null) {
            double[] nodes = run.times(b, failure[1], b.from() + Math.max(0, failure[0] - 2));
            Outcome.nonFiniteDerivative(
                            nodes[1],
                            nodes[0] - nodes[1],
                            "the costate",
                            run.offender(wrong, failure[2], run.d, failure[1], run.sweep.costates()))
                    .orThrow();
        }
        run.sweep.backward(b.start(), b.lastStep());
    }
}
