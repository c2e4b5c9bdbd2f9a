package org.costate.adjoint;

import org.costate.memory.Buffer;
import org.costate.memory.History;

/// The slots of many steps, one record for each.
///
/// Memory: as many states a record as the method has slots.
final class SlotHistory {
    private final History records;
    private final Buffer[] slots;
    private final int size;

    /// @param expected records that will come, or 0 if that is not known
    SlotHistory(Problem problem, long expected) {
        this(problem, expected, Long.MAX_VALUE);
    }

    /// @param most records that memory is taken for
    SlotHistory(Problem problem, long expected, long most) {
        Buffer x0 = problem.x0();
        size = (int) x0.size();
        slots = new Buffer[problem.solver().scheme().slots()];
        for (int l = 0; l < slots.length; l++) {
            slots[l] = Buffer.movable(x0.rows(), x0.columns(), x0.precision());
        }
        records = new History(problem.workspace(), size * slots.length, expected, most, x0.precision());
    }

    /// Of one record.
    static long bytes(Problem problem) {
        Buffer x0 = problem.x0();
        return problem.solver().scheme().slots() * x0.size() * x0.precision().bytes();
    }

    /// Keeps a copy.
    void append(Buffer[] from) {
        copy(from, append());
    }

    /// A record to be filled.
    Buffer[] append() {
        records.append(slots[0]);
        return show(count() - 1);
    }

    /// Those of record `k`: views, until the next call.
    Buffer[] show(long k) {
        for (int l = 0; l < slots.length; l++) {
            records.moveTo(k, l * size, slots[l]);
        }
        return slots;
    }

    long count() {
        return records.count();
    }

    /// Forgets all records but the first `kept`.
    void truncate(long kept) {
        records.truncate(kept);
    }

    static void copy(Buffer[] from, Buffer[] to) {
        for (int l = 0; l < to.length; l++) {
            to[l].copyFrom(from[l]);
        }
    }
}
