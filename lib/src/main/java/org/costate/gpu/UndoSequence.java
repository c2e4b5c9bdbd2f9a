package org.costate.gpu;

import org.costate.gpu.StepsKernel.Keep;
import org.costate.gpu.StepsKernel.Role;
import org.costate.gpu.driver.DeviceMemory;

/// The way back of a reversible method for a net too large for a group: a sequence of launches a step, which undoes it,
/// takes it again for its arguments, and transposes it.
final class UndoSequence implements BlockCode {
    private final Trajectories run;
    private final StepSequence undoing;
    private final StepSequence again;
    private final StepSequence transposing;
    private final DeviceMemory slots;
    private final DeviceMemory copy;
    private final Failures lost;

    /// @param slots of the way forward: after the steps of a block, then before them
    UndoSequence(Trajectories run, DeviceMemory slots) {
        this.run = run;
        this.slots = slots;
        undoing = new StepSequence(run, Role.UNDO, Keep.NOTHING);
        again = new StepSequence(run, Role.FORWARD, Keep.ARGUMENTS);
        transposing = new StepSequence(run, Role.TRANSPOSE, Keep.NOTHING);
        copy = run.states(run.scheme.slots());
        lost = new Failures(run, undoing, run.scheme.slots() * run.d);
    }

    /// States that were not finite.
    Failures lost() {
        return lost;
    }

    @Override
    public Role role() {
        return Role.UNDO;
    }

    @Override
    public int groups() {
        return transposing.groups();
    }

    @Override
    public int together() {
        return transposing.together();
    }

    @Override
    public int sums() {
        return transposing.sums();
    }

    @Override
    public int slopes() {
        return undoing.slopes() + again.slopes();
    }

    @Override
    public long work() {
        return undoing.work() + again.work() + transposing.work();
    }

    @Override
    public long bytes() {
        return undoing.bytes() + again.bytes() + transposing.bytes();
    }

    @Override
    public void run(Block b, Arrays costates, Kept kept) {
        Kept nothing = new Kept(null, 0, null, null);
        Runnable undo = undoing.backwards(b, new Arrays(slots, run.none, lost.failed(), lost.wrong()), nothing);
        Runnable take = again.backwards(
                b,
                new Arrays(copy, run.none, lost.failed(), lost.wrong()),
                new Kept(kept.memory(), kept.from(), null, null));
        Runnable transpose = transposing.backwards(b, costates, kept);
        run.driver.repeat(b.steps(), () -> {
            undo.run();
            again.copy(slots, copy);
            take.run();
            transpose.run();
        });
        transposing.toStart(b, costates, kept);
    }
}
