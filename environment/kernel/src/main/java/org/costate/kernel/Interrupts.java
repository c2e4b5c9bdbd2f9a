package org.costate.kernel;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The question that the learner's own code is made to ask at every loop and call: shall I stop?
///
/// Public because the classes of the cells call it.
public final class Interrupts {
    private static volatile boolean armed;
    private static volatile boolean requested;
    private static final Set<Thread> ABANDONED = ConcurrentHashMap.newKeySet();

    private Interrupts() {}

    /// Ends the code that calls it if the cell was interrupted. One read of a volatile field otherwise.
    public static void check() {
        if (armed) {
            slowCheck();
        }
    }

    private static void slowCheck() {
        if (requested || ABANDONED.contains(Thread.currentThread())) {
            throw new Stop();
        }
    }

    static void request() {
        requested = true;
        armed = true;
    }

    /// A new cell starts: only the threads that did not stop in time are still to be ended.
    static void clear() {
        requested = false;
        ABANDONED.removeIf(thread -> !thread.isAlive());
        armed = !ABANDONED.isEmpty();
    }

    static void abandon(Thread thread) {
        ABANDONED.add(thread);
        armed = true;
    }

    /// Not an Exception, so that a learner's `catch (Exception e)` does not swallow it.
    static final class Stop extends Error {
        private static final long serialVersionUID = 1;

        Stop() {
            super("interrupted");
        }
    }
}
