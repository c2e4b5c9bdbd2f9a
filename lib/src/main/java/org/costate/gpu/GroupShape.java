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
record GroupShape(boolean alone, int together, int lanes, boolean localParameters, int samples, int groups) {
    /// Numbers of a sample that a work-item may hold by itself.
    private static final int FEW = 48;

    /// Local memory that every CUDA device gives without being asked.
    private static final int LOCAL_BYTES = 48 * 1024;

    private static final int MOST_GROUPS = 4096;
    private static final int MOST_LANES = 128;
    private static final int WARP = 32;

    /// Numbers that the groups' gradients by parameters may take together.
    private static final long MOST_SUMS = 1 << 24;

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
    /// @param sums numbers of a group's own in global memory
    /// @param oneBlock must a group have no more samples than it computes at a time?
    record Needs(
            boolean separable,
            boolean ownTimes,
            long ofSample,
            long ofAll,
            int parameters,
            int width,
            int sums,
            boolean oneBlock) {}

    /// The shape for a batch; null if not even one sample fits.
    static GroupShape of(Facts facts, Precision precision, int batch, Needs needs) {
        long room = (Math.min(facts.localBytes(), LOCAL_BYTES) - 256) / precision.bytes() - needs.ofAll;
        boolean single = needs.separable && needs.ofSample + needs.ofAll <= FEW && needs.sums <= FEW;
        if (single) {
            return spread(true, 1, 1, false, batch, 16 * MOST_GROUPS, needs);
        }
        long most = room / needs.ofSample;
        boolean mixes = !needs.separable && !needs.ownTimes;
        int full = MOST_LANES / needs.width;
        int together = mixes ? batch : needs.ownTimes || batch < full ? 1 : Math.max(1, full); // few sources
        if (most < (mixes ? batch : 1)) {
            return null;
        }
        together = (int) Math.min(together, most);
        int work = (int) Math.min(MOST_LANES, (long) together * needs.width);
        int lanes = facts.isProcessor() ? 1 : Math.min(facts.mostLanes(), Math.ceilDiv(work, WARP) * WARP);
        boolean local = needs.parameters <= (room - together * needs.ofSample) / 2;
        return spread(false, together, lanes, local, batch, MOST_GROUPS, needs);
    }

    private static GroupShape spread(
            boolean alone, int together, int lanes, boolean local, int batch, int mostGroups, Needs needs) {
        long most = needs.oneBlock
                ? Integer.MAX_VALUE
                : Math.max(16, Math.min(mostGroups, MOST_SUMS / Math.max(1, needs.sums)));
        int blocks = Math.ceilDiv(batch, together);
        int each = (int) Math.ceilDiv(blocks, most);
        return new GroupShape(alone, together, lanes, local, each * together, Math.ceilDiv(blocks, each));
    }
}
