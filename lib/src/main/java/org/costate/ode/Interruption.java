package org.costate.ode;

/// The thread was asked to stop in the middle of something: thrown at the next evaluation of a field, and made into
/// an [Outcome] by whoever knows how far the solve has come. The interrupt flag stays set.
public final class Interruption extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private static final long OFTEN = (1 << 14) - 1;

    private Interruption() {
        super("interrupted", null, false, false); // where it is thrown says nothing
    }

    /// Costs about a nanosecond.
    ///
    /// @throws Interruption if the thread is interrupted
    public static void check() {
        check(Thread.currentThread());
    }

    /// The same at every so many numbers of a loop over many of them, some tens of microseconds.
    ///
    /// @param i which number it is
    /// @throws Interruption if the thread is interrupted
    public static void checkNowAndThen(long i) {
        if ((i & OFTEN) == OFTEN) {
            check();
        }
    }

    /// The same on behalf of another thread, which waits for this one.
    ///
    /// @throws Interruption if that thread is interrupted
    public static void check(Thread caller) {
        if (caller.isInterrupted()) {
            throw new Interruption();
        }
    }
}
