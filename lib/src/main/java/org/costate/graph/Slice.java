package org.costate.graph;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.costate.kernels.Kernels;
import org.costate.kernels.Steps;
import org.costate.memory.Buffer;
import org.costate.ode.Interruption;

/// Calls on some rows of the batch, as steps that are ready to run.
final class Slice {
    private static final int FEW = 8;

    private final int first;
    private final int count;
    private final boolean whole;
    private final Steps steps = new Steps(Kernels.best());
    /// Rows of buffers, until nothing comes any more.
    private IdentityHashMap<Buffer, Buffer> views = new IdentityHashMap<>(FEW);

    /// Views that move with what they show.
    private final List<Buffer> moving = new ArrayList<>();

    private final List<Buffer> shown = new ArrayList<>();
    private final List<Buffer> used = new ArrayList<>();
    private Runnable[] ready;
    private Buffer[] pinned;

    /// The rows from `first` on.
    ///
    /// @param whole are these all rows?
    Slice(int first, int count, boolean whole) {
        this.first = first;
        this.count = count;
        this.whole = whole;
    }

    /// These rows of a buffer with a row a sample.
    Buffer rows(Buffer buffer) {
        return views.computeIfAbsent(buffer, w -> {
            if (whole) {
                return use(w);
            }
            if (!w.isMovable()) {
                return use(w.view((long) first * w.columns(), count, w.columns()));
            }
            Buffer view = Buffer.movable(count, w.columns(), w.precision());
            moving.add(view);
            shown.add(w);
            return use(view);
        });
    }

    /// A buffer that is the same for all slices.
    Buffer use(Buffer buffer) {
        if (!used.contains(buffer)) {
            used.add(buffer);
        }
        return buffer;
    }

    /// Where operations write their steps.
    Steps steps() {
        return steps;
    }

    /// Nothing comes any more.
    private void end() {
        ready = steps.taken();
        pinned = used.toArray(Buffer[]::new);
        views = null;
    }

    /// @param caller whose interrupt is heeded between two steps; null if they are short
    /// @throws Interruption if it is interrupted
    void run(Thread caller) {
        if (ready == null) {
            end();
        }
        for (int i = 0; i < moving.size(); i++) {
            moving.get(i).moveTo(shown.get(i), (long) first * shown.get(i).columns());
        }
        for (Buffer b : pinned) {
            b.pin();
        }
        try {
            for (Runnable step : ready) {
                if (caller != null) {
                    Interruption.check(caller);
                }
                step.run();
            }
        } finally {
            for (Buffer b : pinned) {
                b.unpin();
            }
            Reference.reachabilityFence(this);
        }
    }
}
