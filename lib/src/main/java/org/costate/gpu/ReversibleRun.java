package org.costate.gpu;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.stream.IntStream;
import org.costate.adjoint.Gradient;
import org.costate.adjoint.Problem;
import org.costate.adjoint.Reversible;
import org.costate.gpu.StepsKernel.Keep;
import org.costate.gpu.StepsKernel.Role;
import org.costate.gpu.driver.DeviceMemory;
import org.costate.memory.Buffer;
import org.costate.ode.Offender;
import org.costate.ode.Outcome;
import org.costate.ode.Scheme;
import org.costate.ode.Statistics;

/// The exact gradient of a reversible method on a device: each step is undone, taken again, and transposed. Nothing of
/// the way is kept but the anchors, and of a net too large for a group the arguments of a block of steps.
final class ReversibleRun {
    private final Trajectories run;
    private final Problem problem;
    private final Scheme scheme;
    private final List<Block> blocks;
    private final int between;
    private final GivenRun forward;
    private final WayBack back;
    /// Undoes, takes again and transposes; null for a large net.
    private final StepsKernel undo;
    /// The same of a large net; else null.
    private final UndoSequence sequence;

    private final Deque<DeviceMemory> anchors = new ArrayDeque<>();
    private final Buffer host;
    private final Buffer kept;

    private ReversibleRun(Trajectories run, StepsKernel steps, StepsKernel undo, Reversible mode) {
        this.run = run;
        problem = run.problem;
        scheme = run.scheme;
        between = mode.between(scheme);
        boolean large = steps == null || undo == null;
        BlockCode there = large ? new StepSequence(run, Role.FORWARD, Keep.NOTHING) : BlockCode.of(run, steps);
        forward = new GivenRun(run, there, scheme, 1);
        this.undo = large ? null : undo;
        sequence = large ? new UndoSequence(run, forward.slots()) : null;
        back = large ? new WayBack(run, sequence, run.d) : new WayBack(run, BlockCode.of(run, undo), 2 * run.d);
        host = problem.workspace().allocate(run.batch, run.d, run.precision);
        kept = problem.workspace().allocate(run.batch, run.d, run.precision);
        blocks = run.blocks(large ? back.mostSteps(there) : run.mostSteps(steps, undo), between);
    }

    /// The gradient.
    static Gradient gradient(Trajectories run, Reversible mode) {
        StepsKernel steps = run.kernel("steps", Role.FORWARD, Keep.NOTHING, run.scheme);
        StepsKernel undo = run.kernel("undo", Role.UNDO, Keep.NOTHING, run.scheme);
        return new ReversibleRun(run, steps, undo, mode).gradient();
    }

    /// Does the solve begin afresh behind this block, or is an anchor wanted there?
    private boolean isAnchor(int i) {
        boolean last = i == blocks.size() - 1;
        return !last && (blocks.get(i + 1).begins() || blocks.get(i).to() % between == 0);
    }

    private Gradient gradient() {
        long copies =
                1 + IntStream.range(0, blocks.size()).filter(this::isAnchor).count();
        long arguments = undo != null
                ? 0
                : blocks.stream().mapToLong(Block::steps).max().orElse(0) * scheme.evaluations()
                        + blocks.stream().filter(Block::begins).count();
        run.room.refuseTooLarge(copies * forward.slotsBytes() + arguments * run.stateBytes(), "fewer samples");
        forward.upload(problem.x0(), 0);
        run.seeStart();
        run.markFirstSteps(blocks, forward);
        for (int i = 0; i < blocks.size(); i++) {
            Block b = blocks.get(i);
            if (undo == null) {
                back.keepStart(b, forward);
            }
            run.forward(b, forward, null, 0);
            if (isAnchor(i)) {
                anchors.addLast(forward.copyOfSlots());
            }
        }
        forward.download(0, host);
        double[][] end = host.toMatrix();
        Buffer gp = problem.workspace().allocate(1, run.parameters, run.precision);
        double cost = run.sweep.evaluate(gp);
        long steps = forward.steps();
        long there = forward.evaluations();
        for (int i = blocks.size() - 1; i >= 0; i--) {
            if (isAnchor(i)) {
                DeviceMemory anchor = anchors.removeLast();
                forward.download(0, host);
                run.driver.download(anchor.pointer(), 0, kept.memory());
                run.sweep.found(host, kept, kept);
                forward.load(anchor);
                run.memory.free(anchor);
            }
            back(blocks.get(i));
        }
        forward.download(0, host);
        run.sweep.found(host, problem.x0());
        back.addTo(host, gp);
        long begun = scheme.slots() > scheme.states()
                ? blocks.stream().filter(Block::begins).count()
                : 0;
        long vjps = steps * scheme.evaluations() + begun;
        long again = steps * (scheme.inverse().evaluations() + scheme.evaluations());
        double h = forward.smallest();
        return run.sweep.gradient(
                cost,
                end,
                host,
                gp,
                run.statistics(new Statistics(steps, 0, there, 0, h, forward.largest())),
                new Statistics(steps, 0, again + vjps, vjps, h, forward.largest()));
    }

    private void back(Block b) {
        if (undo == null) {
            backBySequence(b);
        } else {
            backByOneLaunch(b);
        }
        run.sweep.backward(b.start(), b.lastStep());
    }

    private void backBySequence(Block b) {
        DeviceMemory arguments = back.arguments(b);
        back.launch(b, arguments);
        Failures.Failure lost = sequence.lost().first(true);
        Failures.Failure failure = back.failures().first(true);
        if (lost != null && (failure == null || lost.step() + 1 >= failure.step())) {
            refuse(b, lost, lost.step() - 1);
        } else if (failure != null) {
            back.refuse(b, failure, 0);
        }
        run.memory.free(arguments);
    }

    private void backByOneLaunch(Block b) {
        back.observe(b);
        Failures failures = back.failures();
        run.kernels.launch(
                undo,
                run.theta,
                forward.slots(),
                back.costates(),
                back.sums(),
                run.nodes(b),
                b.grid() == null ? run.none : b.grid().counts(),
                failures.failed(),
                failures.wrong(),
                run.batch,
                undo.shape().samples(),
                b.steps(),
                b.grid() == null ? 0 : b.grid().stride(),
                run.offset(b),
                b.begins() ? 1 : 0,
                run.time(b.low()),
                run.time(b.high()));
        Failures.Failure failure = failures.first(true);
        if (failure != null && failure.at() >= run.d) {
            back.refuse(b, failure, run.d);
        } else if (failure != null) {
            refuse(b, failure, Math.max(0, failure.step() - 2));
        }
    }

    /// Says which state is not finite.
    ///
    /// @param step of the block
    private void refuse(Block b, Failures.Failure failure, int step) {
        double[] nodes = run.times(b, failure.row(), b.from() + step);
        Offender lost = run.sweep.states().of(failure.row(), failure.at() % run.d, failure.value());
        Outcome.lost(Outcome.Kind.NON_FINITE, nodes[1], nodes[0] - nodes[1], lost)
                .orThrow();
    }
}
