package org.costate.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import org.costate.memory.Buffer;

/// All memory as one segment, for loops whose strides are known only when they run: there the checks of each access
/// of a segment of its own cost as much as the arithmetic.
///
/// Such a loop checks shapes once, before it begins, and its buffers are pinned while it runs, so that nobody frees
/// them meanwhile.
final class Raw {
    /// Memory by its addresses; null where native access is off.
    static final MemorySegment MEMORY = memory();

    /// Where a vector of zeros lies.
    static final long ZEROS = Arena.global().allocate(64, 64).address();

    private Raw() {}

    @SuppressWarnings("restricted")
    private static MemorySegment memory() {
        return Raw.class.getModule().isNativeAccessEnabled() ? MemorySegment.NULL.reinterpret(Long.MAX_VALUE) : null;
    }

    /// Does a pin keep their memory? Else loops that check each access are for them.
    ///
    /// @param c may be null
    static boolean keeps(Buffer a, Buffer b, Buffer c, Buffer d) {
        return !a.isLent() && !b.isLent() && (c == null || !c.isLent()) && !d.isLent();
    }

    /// Nobody frees their memory until [#unpin].
    ///
    /// @param c may be null
    static void pin(Buffer a, Buffer b, Buffer c, Buffer d) {
        a.pin();
        b.pin();
        d.pin();
        if (c != null) {
            c.pin();
        }
    }

    /// In a `finally` block.
    @SuppressWarnings("ReachabilityFenceUsage") // it does not see that block
    static void unpin(Buffer a, Buffer b, Buffer c, Buffer d) {
        a.unpin();
        b.unpin();
        d.unpin();
        if (c != null) {
            c.unpin();
        }
        Reference.reachabilityFence(a);
        Reference.reachabilityFence(b);
        Reference.reachabilityFence(c);
        Reference.reachabilityFence(d);
    }
}
