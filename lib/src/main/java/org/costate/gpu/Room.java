package org.costate.gpu;

import org.costate.ode.Outcome;

/// Whether a call fits the memory of its device.
final class Room {
    private Room() {}

    /// Says it before anything is computed if the batch does not fit.
    ///
    /// @param states of the whole batch that will be kept at once
    /// @param more bytes besides
    static void refuseTooLarge(Trajectories run, long states, long more, String remedy) {
        long needed = states * run.stateBytes() + more;
        long free = run.gpu.availableBytes();
        if (needed <= free) {
            return;
        }
        long fit = Math.max(0, (free - more) / Math.max(1, states * run.stateBytes() / run.batch));
        new Outcome(
                        Outcome.Kind.MEMORY_BUDGET,
                        run.problem.t0(),
                        0,
                        null,
                        "this call needs " + needed + " bytes on "
                                + run.gpu.facts().name() + ", where " + free
                                + " are free for it. Of its " + run.batch + " samples "
                                + (fit == 0 ? "not even one fits" : fit + " would fit at a time") + "; " + remedy)
                .orThrow();
    }
}
