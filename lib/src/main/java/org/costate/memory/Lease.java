package org.costate.memory;

import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;

/// The right to use a piece of memory, shared by a buffer and all views of it: when it has ended, whoever still
/// uses one of them is told so.
///
/// The end is not announced to other threads with more than the next synchronisation: a thread that uses a buffer
/// while another one releases it may read numbers of somebody else, but never memory that is gone.
final class Lease {
    private final BooleanSupplier gone;
    /// Of memory that somebody else may close; null for memory of a workspace, which ends with the lease.
    private final MemorySegment.Scope scope;
    /// Is the memory freed by somebody, and not by the collector?
    private final boolean freed;

    private boolean ended;
    private int holds;
    private Runnable later;

    private Lease(BooleanSupplier gone, MemorySegment.Scope scope, boolean freed) {
        this.gone = gone;
        this.scope = scope;
        this.freed = freed;
    }

    /// Until it is ended.
    static Lease open(boolean freed) {
        return new Lease(null, null, freed);
    }

    /// Until its owner, who is not a workspace, says that it is gone, or closes the arena that it comes from.
    ///
    /// @param gone null if the arena says it all
    static Lease until(BooleanSupplier gone, MemorySegment.Scope scope) {
        return new Lease(gone, scope, false);
    }

    /// Is it of memory that no pin keeps?
    boolean isLent() {
        return scope != null;
    }

    /// @throws IllegalStateException if it has ended
    void check(Buffer buffer) {
        if (!isLive()) {
            throw new IllegalStateException("buffer: got " + buffer + ", which is released or closed, expected a live"
                    + " one; copy what is wanted before, or allocate another");
        }
    }

    boolean isLive() {
        return !ended && (scope == null || (scope.isAlive() && (gone == null || !gone.getAsBoolean())));
    }

    /// One more who needs the memory, whatever happens to the buffer.
    synchronized void hold() {
        holds++;
    }

    /// The same for the time of a native call, where reachability is not enough.
    void pin() {
        if (freed) {
            hold();
        }
    }

    void unpin() {
        if (freed) {
            unhold();
        }
    }

    /// One less.
    void unhold() {
        Runnable now = null;
        synchronized (this) {
            holds--;
            if (holds == 0) {
                now = later;
                later = null;
            }
        }
        if (now != null) {
            now.run(); // not under the lock: it takes that of a workspace
        }
    }

    synchronized boolean isHeld() {
        return holds > 0;
    }

    /// No use from here on.
    ///
    /// @param whenLetGo what is to be done with the memory once nobody holds it any more, if somebody does
    /// @return is it free now?
    synchronized boolean end(Runnable whenLetGo) {
        ended = true;
        later = holds > 0 ? whenLetGo : null;
        return holds == 0;
    }
}
