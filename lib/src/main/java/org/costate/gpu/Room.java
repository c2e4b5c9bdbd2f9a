package org.costate.gpu;

import org.costate.gpu.driver.DeviceMemory;
import org.costate.ode.Outcome;

/// Whether a call fits the memory of its device.
final class Room {
    private final Trajectories run;
    /// Bytes that any batch needs.
    private final long ofAny;
    /// Bytes of the groups' own arrays.
    private long ofGroups;
    /// The same of one group.
    private long ofGroup;
    /// The same for each sample of groups that are full.
    private long ofSampleInGroup;
    /// Bytes of the batch that are taken by and by.
    private long later;

    /// @param run has asked for what it needs for any batch
    Room(Trajectories run) {
        this.run = run;
        ofAny = run.memory.plannedBytes();
    }

    /// So many numbers for each group.
    ///
    /// @param together samples of a group that is full
    DeviceMemory ofGroups(int together, int groups, long each) {
        DeviceMemory there = run.memory.numbers(groups * each, run.precision);
        long bytes = each * run.precision.bytes();
        ofGroups += there.bytes();
        ofGroup += bytes;
        ofSampleInGroup += Math.ceilDiv(bytes, together);
        return there;
    }

    /// What it takes when it runs first.
    void expect(BlockCode code) {
        later += code.bytes();
    }

    /// Says it before anything is computed if the batch does not fit.
    ///
    /// @param more bytes of the batch that will be taken besides those that were asked for already
    /// @param remedy what takes less
    void refuseTooLarge(long more, String remedy) {
        long needed = run.memory.plannedBytes() + later + more;
        long free = run.gpu.room(run.memory.takenBytes());
        if (needed <= free) {
            return;
        }
        long fit = fit(free - ofAny, Math.ceilDiv(needed - ofAny - ofGroups, run.batch));
        String some = fit == 0
                ? "not even one fits"
                : fit + " would fit at a time" + (run.ownTimes ? ", as far as its steps are known by now" : "");
        String how = fit == 0 || !run.code.separable() ? "" : "gpu.samplesAtATime(" + fit + "), or ";
        new Outcome(
                        Outcome.Kind.MEMORY_BUDGET,
                        run.problem.t0(),
                        0,
                        null,
                        "this call needs " + needed + " bytes on "
                                + run.gpu.facts().name() + ", where " + free + " are free for it. Of its "
                                + run.batch + " samples " + some + "; take " + how + remedy)
                .orThrow();
    }

    /// Fewer samples have fewer groups, but not where groups take many samples each.
    private long fit(long free, long ofSample) {
        long asManyGroups = (free - ofGroups) / ofSample;
        long fullGroups = (free - ofGroup) / (ofSample + ofSampleInGroup);
        long aGroupEach = free / (ofSample + ofGroup);
        return Math.max(0, Math.max(asManyGroups, Math.max(fullGroups, aGroupEach)));
    }
}
