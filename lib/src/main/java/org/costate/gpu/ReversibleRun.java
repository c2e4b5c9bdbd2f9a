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
/// the way is kept but the anchors.
final class ReversibleRun {
    private final Trajectories run;
    private final Problem problem;
    private final Scheme scheme;
    private final List<Block> blocks;
    private final int between;
    private final GivenRun forward;
    private final StepsKernel undo;
    private final DeviceMemory back;
    private final DeviceMemory sums;
    private final Failures failures;
    private final Deque<DeviceMemory> anchors = new ArrayDeque<>();
    private final Buffer host;
    private final Buffer kept;

    private ReversibleRun(Trajectories run, StepsKernel steps, StepsKernel undo, Reversible mode) {
        this.run = run;
        this.undo = undo;
        problem = run.problem;
        scheme = run.scheme;
        between = mode.between(scheme);
        forward = new GivenRun(run, steps, scheme, 1);
        back = run.states(scheme.slots());
        BlockCode block = BlockCode.of(run, undo);
        sums = run.room.ofGroups(block, block.sums(), run.parameters);
        failures = new Failures(run, block, 2 * run.d);
        host = problem.workspace().allocate(run.batch, run.d, run.precision);
        kept = problem.workspace().allocate(run.batch, run.d, run.precision);
        blocks = run.blocks(run.mostSteps(steps, undo), between);
    }

    /// The gradient; null if not even one sample fits a group.
    static Gradient gradient(Trajectories run, Reversible mode) {
        StepsKernel steps = run.kernel("steps", Role.FORWARD, Keep.NOTHING, run.scheme);
        StepsKernel undo = run.kernel("undo", Role.UNDO, Keep.NOTHING, run.scheme);
        if (steps == null || undo == null) {
            return null;
        }
        ReversibleRun all = new ReversibleRun(run, steps, undo, mode);
        return all.blocks == null ? null : all.gradient();
    }

    /// Does the solve begin afresh behind this block, or is an anchor wanted there?
    private boolean isAnchor(int i) {
        boolean last = i == blocks.size() - 1;
        return !last && (blocks.get(i + 1).begins() || blocks.get(i).to() % between == 0);
    }

    private Gradient gradient() {
        long copies =
                1 + IntStream.range(0, blocks.size()).filter(this::isAnchor).count();
        run.room.refuseTooLarge(copies * forward.slotsBytes(), "fewer samples");
        forward.upload(problem.x0(), 0);
        run.seeStart();
        run.markFirstSteps(blocks, forward);
        for (int i = 0; i < blocks.size(); i++) {
            Block b = blocks.get(i);
            run.forward(b, forward, null, 0);
            if (isAnchor(i)) {
                anchors.addLast(forward.copyOfSlots());
            }
        }
        forward.download(0, host);
        double[][] end = host.toMatrix();
        Buffer gp = problem.workspace().allocate(1, run.parameters, run.precision);
        double cost = run.sweep.evaluate(gp);
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
        run.addSums(sums, undo.shape().groups(), run.parameters, gp);
        run.driver.download(back.pointer(), 0, host.memory());
        run.addStart(host);
        long steps = forward.steps();
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
                run.statistics(new Statistics(steps, 0, forward.evaluations(), 0, h, forward.largest())),
                new Statistics(steps, 0, again + vjps, vjps, h, forward.largest()));
    }

    private void back(Block b) {
        if (b.observation() >= 0) {
            run.add(run.sweep.state(b.observation()), back, 0);
        }
        undo.launch(
                run.compiled(undo),
                run.theta,
                forward.slots(),
                back,
                sums,
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
                run.low(b),
                run.high(b));
        Failures.Failure failure = failures.first(true);
        if (failure != null) {
            refuse(b, failure);
        }
        run.sweep.backward(b.start(), b.lastStep());
    }

    private void refuse(Block b, Failures.Failure failure) {
        double[] nodes = run.times(b, failure.row(), b.from() + Math.max(0, failure.step() - 2));
        double end = nodes[1];
        double h = nodes[0] - end;
        if (failure.at() < run.d) {
            Offender lost = run.sweep.states().of(failure.row(), failure.at(), failure.value());
            Outcome.lost(Outcome.Kind.NON_FINITE, end, h, lost).orThrow();
        }
        Offender offender = run.sweep.costates().of(failure.row(), failure.at() - run.d, failure.value());
        Outcome.nonFiniteDerivative(end, h, "the costate", offender).orThrow();
    }
}
