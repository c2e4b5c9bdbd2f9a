package org.costate.gpu;

import java.util.List;
import org.costate.memory.Precision;

/// What the maker publishes of a GPU, for [Prediction]. Sources stand in `lib/gpu/README.md`.
///
/// @param sms multiprocessors
/// @param clock boost clock in Hz, at which the peaks are given
/// @param flops32 peak in float32, a second
/// @param flops64 peak in float64, a second, without tensor cores
/// @param bandwidth of the device's memory, bytes a second
/// @param cache L2, in bytes
/// @param shared memory of a multiprocessor, in bytes
/// @param sharedUnit in which it is given out
/// @param sharedReserved of each block for the driver
/// @param warps resident on a multiprocessor, at most
/// @param blocks resident on a multiprocessor, at most
record Card(
        String name,
        String architecture,
        int sms,
        double clock,
        double flops32,
        double flops64,
        double bandwidth,
        long cache,
        int shared,
        int sharedUnit,
        int sharedReserved,
        int warps,
        int blocks) {
    static final int WARP = 32;

    private static final int REGISTERS = 1 << 16;
    private static final int REGISTER_UNIT = 256; // of a warp
    private static final int PARTITIONS = 4; // of a multiprocessor, each with its registers
    private static final int KIB = 1 << 10;
    private static final long MIB = 1 << 20;

    static final List<Card> ALL = List.of(
            new Card("T4", "sm_75", 40, 1.59e9, 8.1e12, 8.1e12 / 32, 320e9, 4 * MIB, 64 * KIB, 256, 0, 32, 16),
            new Card("A100", "sm_80", 108, 1.41e9, 19.5e12, 9.7e12, 1555e9, 40 * MIB, 164 * KIB, 128, KIB, 64, 32),
            new Card("H100", "sm_90", 132, 1.98e9, 66.9e12, 33.5e12, 3352e9, 50 * MIB, 228 * KIB, 128, KIB, 64, 32));

    double flops(Precision precision) {
        return precision == Precision.FLOAT64 ? flops64 : flops32;
    }

    /// Blocks that a multiprocessor holds at once, by NVIDIA's occupancy rules (`cuda_occupancy.h`).
    ///
    /// @param threads of a block
    /// @param registers of a thread
    /// @param bytes of shared memory of a block
    int residentBlocks(int threads, int registers, int bytes) {
        int warpsOfBlock = Math.ceilDiv(threads, WARP);
        int ofWarp = up(registers * WARP, REGISTER_UNIT);
        boolean fits = registers < WARP * 8 && (long) ofWarp * up(warpsOfBlock, PARTITIONS) <= REGISTERS;
        int byRegisters = fits ? REGISTERS / PARTITIONS / Math.max(1, ofWarp) * PARTITIONS / warpsOfBlock : 0;
        int ofBlock = up(bytes + sharedReserved, sharedUnit);
        int byShared = ofBlock == 0 ? blocks : shared / ofBlock;
        return Math.min(Math.min(blocks, warps / warpsOfBlock), Math.min(byRegisters, byShared));
    }

    /// The part of the warps that a multiprocessor may hold.
    double occupancy(int threads, int registers, int bytes) {
        return (double) residentBlocks(threads, registers, bytes) * Math.ceilDiv(threads, WARP) / warps;
    }

    private static int up(int value, int unit) {
        return Math.ceilDiv(value, unit) * unit;
    }
}
