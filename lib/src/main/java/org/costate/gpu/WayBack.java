package org.costate.gpu;

import java.util.IdentityHashMap;
import org.costate.gpu.driver.DeviceMemory;
import org.costate.memory.Buffer;
import org.costate.ode.Outcome;

/// The costates of given steps, block by block from the last to the first, and what they add to the gradient by θ.
final class WayBack {
    /// Bytes of arguments that are kept for one block, at most, unless a single step has more.
    private static final long BLOCK_BYTES = 1L << 26;

    private final Trajectories run;
    private final BlockCode code;
    private final DeviceMemory costates;
    private final DeviceMemory sums;
    private final Failures failures;
    /// The state where a segment begins afresh.
    private final IdentityHashMap<Object, DeviceMemory> starts = new IdentityHashMap<>();

    /// @param code transposes steps
    /// @param told how many numbers tell of a failure
    WayBack(Trajectories run, BlockCode code, int told) {
        this.run = run;
        this.code = code;
        run.room.expect(code);
        costates = run.states(run.scheme.slots());
        sums = run.room.ofGroups(code.together(), code.sums(), run.parameters);
        failures = new Failures(run, code, told);
    }

    /// What comes back to the slots.
    DeviceMemory costates() {
        return costates;
    }

    /// Sums over θ.
    DeviceMemory sums() {
        return sums;
    }

    Failures failures() {
        return failures;
    }

    /// How many steps of arguments are kept at a time.
    int mostSteps(BlockCode steps) {
        long each = run.stateBytes() * run.scheme.evaluations();
        return (int) Math.max(1, Math.min(run.mostSteps(Math.max(steps.work(), code.work())), BLOCK_BYTES / each));
    }

    /// Memory for the arguments of a block.
    DeviceMemory arguments(Block b) {
        return run.states((long) b.steps() * run.scheme.evaluations());
    }

    /// The state where the block begins, if the solve begins there.
    void keepStart(Block b, GivenRun forward) {
        if (b.begins() && !starts.containsKey(b.source())) {
            DeviceMemory start = run.states(1);
            run.driver.copy(forward.slots().pointer(), 0, start.pointer(), 0, run.stateBytes());
            starts.put(b.source(), start);
        }
    }

    /// What the cost says about the state at the end of a block.
    void observe(Block b) {
        if (b.observation() >= 0) {
            run.add(run.sweep.state(b.observation()), costates, 0);
        }
    }

    /// Transposes a block.
    ///
    /// @param arguments of its evaluations
    void transpose(Block b, DeviceMemory arguments) {
        launch(b, arguments);
        Failures.Failure failure = failures.first(true);
        if (failure != null) {
            refuse(b, failure, 0);
        }
        run.sweep.backward(b.start(), b.lastStep());
    }

    /// The same, and does not wait for it.
    void launch(Block b, DeviceMemory arguments) {
        observe(b);
        DeviceMemory start = b.begins() ? starts.get(b.source()) : null;
        code.run(
                b,
                new BlockCode.Arrays(costates, sums, failures.failed(), failures.wrong()),
                new BlockCode.Kept(arguments, 0, start, null));
    }

    /// Says which costate is not finite.
    ///
    /// @param from the place of the first costate in what is told
    void refuse(Block b, Failures.Failure failure, int from) {
        double[] nodes = run.times(b, failure.row(), b.from() + Math.max(0, failure.step() - 2));
        Outcome.nonFiniteDerivative(
                        nodes[1],
                        nodes[0] - nodes[1],
                        "the costate",
                        run.sweep.costates().of(failure.row(), failure.at() - from, failure.value()))
                .orThrow();
    }

    /// Adds what came back to the start, and by θ.
    void addTo(Buffer x0, Buffer theta) {
        run.addSums(sums, code.sums(), run.parameters, theta);
        run.driver.download(costates.pointer(), 0, x0.memory());
        run.addStart(x0);
    }
}
