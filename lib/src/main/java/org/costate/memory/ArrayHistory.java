package org.costate.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A growing sequence of short float64 records that come from arrays and go to arrays: what [History] is for buffers.
///
/// Memory: one block of a [Workspace] where the number of records is known beforehand, else blocks that double, so that
/// at most half of it is unused.
public final class ArrayHistory {
    private static final int FEW = 16;

    private final Workspace workspace;
    private final int length;
    /// Records of the first block.
    private final int first;
    private final Buffer[] blocks = new Buffer[60];
    private long count;

    /// An empty history.
    ///
    /// @param length numbers of one record
    /// @param expected how many records will come, or 0 if that is not known
    public ArrayHistory(Workspace workspace, int length, int expected) {
        this.workspace = workspace;
        this.length = length;
        first = expected > 0 ? expected : FEW;
    }

    /// Adds a record.
    ///
    /// @param record its numbers are copied
    public void append(double[] record) {
        int block = block(count);
        if (blocks[block] == null) {
            blocks[block] =
                    workspace.allocateAnything(Math.multiplyExact(first, 1 << block), length, Precision.FLOAT64);
        }
        MemorySegment to = blocks[block].block();
        long at = place(count, block);
        for (int i = 0; i < length; i++) { // a few
            to.set(ValueLayout.JAVA_DOUBLE, at + 8L * i, record[i]);
        }
        count++;
    }

    /// Copies record `index`.
    public void read(long index, double[] to) {
        if (index < 0 || index >= count) {
            throw new IndexOutOfBoundsException("record " + index + " of " + count);
        }
        int block = block(index);
        MemorySegment from = blocks[block].block();
        long at = place(index, block);
        for (int i = 0; i < length; i++) { // a few
            to[i] = from.get(ValueLayout.JAVA_DOUBLE, at + 8L * i);
        }
    }

    /// Block b begins with record `first` (2ᵇ − 1).
    private int block(long index) {
        return 63 - Long.numberOfLeadingZeros(index / first + 1);
    }

    private long place(long index, int block) {
        return (index - first * ((1L << block) - 1)) * length * 8;
    }

    /// How many records there are.
    public long count() {
        return count;
    }

    /// Forgets all records but the first `kept`, and keeps the memory.
    public void truncate(long kept) {
        if (kept < 0 || kept > count) {
            throw new IndexOutOfBoundsException("kept: got " + kept + ", expected 0 to " + count);
        }
        count = kept;
    }
}
