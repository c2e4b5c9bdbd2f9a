package org.costate.gpu;

import org.costate.gpu.driver.Facts;
import org.costate.memory.Precision;

/// How a batch is spread over a device.
///
/// @param alone is every work-item a group of its own, with its arrays in registers?
/// @param together samples that a group computes at a time: S
/// @param lanes work-items in a group
/// @param localParameters are the parameters copied to local memory?
/// @param samples that a group takes in all
/// @param groups how many there are
/// @param roomBytes bytes of a group's arrays in global memory; 0 where they are in local memory
record GroupShape(
        boolean alone, int together, int lanes, boolean localParameters, int samples, int groups, long roomBytes) {
    /// Numbers of a sample that a work-item may hold by itself.
    private static final int FEW = 48;

    /// Local memory that every CUDA device gives without being asked.
    private static final int LOCAL_BYTES = 48 * 1024;

    private static final int MOST_GROUPS = 4096;
    private static final int MOST_LANES = 128;
    private static final int WARP = 32;

    /// Numbers that the groups' gradients by parameters may take together.
    private static final long MOST_SUMS = 1 << 24;

    /// Bytes that the groups' arrays in global memory may take together: enough for some groups on each multiprocessor.
    private static final long MOST_ROOM_BYTES = 1 << 27;

    /// Parameters of a net that groups integrate by themselves: of more, fewer groups than a card has multiprocessors
    /// could keep their sums, and each reads all weights for a sample or a few, where a tile reads some for 32.
    static final int MOST_PARAMETERS = 1 << 17;

    /// What a kernel asks for.
    ///
    /// @param separable may samples be in different groups?
    /// @param ownTimes do samples step by themselves?
    /// @param ofSample local numbers of each sample
    /// @param ofAll local numbers that the samples of a group share
    /// @param width the most numbers of one value
    /// @param sums numbers of a group's, or of a sample's, gradient by parameters in global memory
    /// @param ofSamples are they a sample's, so that fewer groups would save nothing?
    /// @param oneBlock must a group have no more samples than it computes at a time?
    record Needs(
            boolean separable,
            boolean ownTimes,
            long ofSample,
            long ofAll,
            int parameters,
            int width,
            int sums,
            boolean ofSamples,
            boolean oneBlock) {}

    /// The shape for a batch. Where local memory has no room for a sample, those that step by themselves are taken by
    /// groups with arrays in global memory.
    ///
    /// @return null if they do not step by themselves: launches for the whole batch serve better then
    static GroupShape of(Facts facts, Precision precision, int batch, Needs needs) {
        long room = (Math.min(facts.localBytes(), LOCAL_BYTES) - 256) / precision.bytes() - needs.ofAll;
        boolean single = needs.separable && needs.ofSample + needs.ofAll <= FEW && needs.sums <= FEW;
        if (single) {
            return spread(true, 1, 1, false, batch, 16 * MOST_GROUPS, 0, needs);
        }
        long most = room / needs.ofSample;
        boolean mixes = !needs.separable && !needs.ownTimes;
        int full = MOST_LANES / needs.width;
        int together = mixes ? batch : needs.ownTimes || batch < full ? 1 : Math.max(1, full); // few sources
        boolean fits = most >= (mixes ? batch : 1);
        if (!fits && !needs.ownTimes) {
            return null;
        }
        together = fits ? (int) Math.min(together, most) : 1;
        int work = (int) Math.min(MOST_LANES, (long) together * needs.width);
        int lanes = facts.isProcessor() ? 1 : Math.min(facts.mostLanes(), Math.ceilDiv(work, WARP) * WARP);
        if (!fits) {
            long partial = (long) Double.BYTES * lanes; // of a sum that the work-items form together
            long numbers = (needs.ofSample + needs.ofAll) * precision.bytes();
            long bytes = Math.ceilDiv(numbers + partial, Double.BYTES) * Double.BYTES;
            int groups = (int) Math.min(MOST_GROUPS, MOST_ROOM_BYTES / bytes);
            return spread(false, 1, lanes, false, batch, groups, bytes, needs);
        }
        boolean local = needs.parameters <= (room - together * needs.ofSample) / 2;
        return spread(false, together, lanes, local, batch, MOST_GROUPS, 0, needs);
    }

    private static GroupShape spread(
            boolean alone,
            int together,
            int lanes,
            boolean local,
            int batch,
            int mostGroups,
            long roomBytes,
            Needs needs) {
        long bySums = needs.ofSamples ? mostGroups : MOST_SUMS / Math.max(1, needs.sums);
        long most = needs.oneBlock ? Integer.MAX_VALUE : Math.max(16, Math.min(mostGroups, bySums));
        int blocks = Math.ceilDiv(batch, together);
        int each = (int) Math.ceilDiv(blocks, most);
        return new GroupShape(alone, together, lanes, local, each * together, Math.ceilDiv(blocks, each), roomBytes);
    }
}
