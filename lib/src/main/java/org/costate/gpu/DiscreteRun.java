package org.costate.gpu;

import java.util.ArrayList;
import java.util.List;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Checkpointed;
import org.costate.adjoint.Gradient;
import org.costate.adjoint.Problem;
import org.costate.gpu.StepsKernel.Keep;
import org.costate.gpu.StepsKernel.Role;
import org.costate.gpu.driver.DeviceMemory;
import org.costate.memory.Buffer;
import org.costate.ode.Scheme;
import org.costate.ode.Statistics;

/// The exact gradient of given steps on a device: steps forward, the arguments of their evaluations kept, and the same
/// steps transposed. `Backprop` keeps those of all steps; `Checkpointed` slots between blocks of steps, and the
/// arguments of one block.
final class DiscreteRun {
    private final Trajectories run;
    private final Problem problem;
    private final Scheme scheme;
    private final List<Block> blocks;
    private final GivenRun forward;
    private final WayBack back;
    private final Buffer host;
    /// How many slots may be kept besides the first; −1 to keep the arguments of all.
    private final int spare;

    private DiscreteRun(Trajectories run, BlockCode steps, BlockCode transpose, Adjoint mode) {
        this.run = run;
        problem = run.problem;
        scheme = run.scheme;
        forward = new GivenRun(run, steps, scheme, 1);
        back = new WayBack(run, transpose, run.d);
        host = problem.workspace().allocate(run.batch, run.d, run.precision);
        int most = back.mostSteps(steps);
        if (mode instanceof Checkpointed c) {
            long states = Math.max(1, c.states(forward.slotsBytes()));
            long half = states * scheme.slots() / (2L * scheme.evaluations());
            most = (int) Math.max(1, Math.min(most, half));
            spare = (int) Math.min(1 << 20, Math.max(0, states - 1 - (half < 1 ? 0 : states / 2)));
        } else {
            spare = -1;
        }
        blocks = run.blocks(most, Integer.MAX_VALUE);
    }

    /// The gradient.
    static Gradient gradient(Trajectories run, Adjoint mode) {
        StepsKernel steps = run.kernel("steps", Role.FORWARD, Keep.ARGUMENTS, run.scheme);
        StepsKernel transpose = run.kernel("transpose", Role.TRANSPOSE, Keep.NOTHING, run.scheme);
        boolean large = steps == null || transpose == null;
        DiscreteRun all = new DiscreteRun(
                run,
                large ? new StepSequence(run, Role.FORWARD, Keep.ARGUMENTS) : BlockCode.of(run, steps),
                large ? new StepSequence(run, Role.TRANSPOSE, Keep.NOTHING) : BlockCode.of(run, transpose),
                mode);
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
            kept.add(spare < 0 ? back.arguments(b) : null);
            back.keepStart(b, forward);
            run.forward(b, forward, kept.getLast(), 0);
        }
        forward.download(0, host);
        double[][] end = host.toMatrix();
        long there = forward.evaluations();
        Buffer gp = problem.workspace().allocate(1, run.parameters, run.precision);
        double cost = run.sweep.evaluate(gp);
        if (spare < 0) {
            for (int i = blocks.size() - 1; i >= 0; i--) {
                back.transpose(blocks.get(i), kept.get(i));
                run.memory.free(kept.get(i));
            }
        } else {
            reverse(0, blocks.size(), first, spare);
        }
        back.addTo(host, gp);
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
        DeviceMemory kept = back.arguments(b);
        forward.again(b, kept);
        back.transpose(b, kept);
        run.memory.free(kept);
    }
}
