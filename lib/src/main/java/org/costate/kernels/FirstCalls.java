package org.costate.kernels;

/// Counts the first calls of a loop over vectors, which go over numbers in its place, with the same results.
///
/// Until the compiler has come to it, each operation on a vector is a chain of calls with an object in each: it takes a
/// thousand times as long as compiled, plain arithmetic ten times as long. Nor does a first gradient wait for the
/// Vector
/// API to be loaded.
final class FirstCalls {
    /// More than in the first gradient of a small problem.
    private static final int COUNT = 1000;

    /// Numbers of a call that is large enough to be compiled while it runs.
    private static final long LARGE = 1 << 15;

    // Threads may miss each other's counts, which does no harm.
    private int calls;

    /// Is a call with so many numbers one of the first ones?
    boolean next(long size) {
        if (calls >= COUNT || size >= LARGE) {
            return false;
        }
        calls++;
        return true;
    }
}
