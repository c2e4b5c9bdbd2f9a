package org.costate.memory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A growing sequence of records, all of one length: states along a trajectory, stage states and their activations.
///
/// Records lie in blocks of a [Workspace]: one block where the number of records is known beforehand, else blocks
/// that double, so that at most half of the memory is unused and no Java object is made for a record.
public final class History {
    private static final int FIRST_BLOCK = 64;
    private static final long LARGEST_BLOCK_NUMBERS = 1L << 28;

    private Workspace workspace;
    private final Precision precision;
    private final int length;
    private final List<Buffer> blocks = new ArrayList<>();
    private long[] firstRecord = new long[8];
    private final long most;
    private long count;
    private long capacity;

    /// An empty history.
    ///
    /// @param length numbers of one record
    /// @param expected how many records will come, or 0 if that is not known
    public History(Workspace workspace, int length, long expected, Precision precision) {
        this(workspace, length, expected, Long.MAX_VALUE, precision);
    }

    /// The same, which takes no memory for more than `most` records.
    public History(Workspace workspace, int length, long expected, long most, Precision precision) {
        this.most = most;
        this.workspace = workspace;
        this.length = length;
        this.precision = precision;
        if (expected > 0) {
            grow(expected);
        }
    }

    /// Adds a record and lets `view`, a movable buffer, show its first numbers.
    ///
    /// @return the index of the record
    public long append(Buffer view) {
        if (count == capacity) {
            if (capacity == most) {
                throw new IndexOutOfBoundsException(
                        "record: got one more than " + most + ", expected at most these; release or truncate first");
            }
            grow(Math.min(Math.max(FIRST_BLOCK, capacity), most - capacity));
        }
        count++;
        moveTo(count - 1, 0, view);
        return count - 1;
    }

    /// Lets `view` show the record `index`, from its number `start` on.
    public void moveTo(long index, int start, Buffer view) {
        if (index < 0 || index >= count || start < 0 || start + view.size() > length) {
            throw new IndexOutOfBoundsException("record: got number " + index + " from its number " + start
                    + " on, expected one below " + count + ", of " + length + " numbers; they count from 0");
        }
        int block = blocks.size() - 1;
        while (firstRecord[block] > index) {
            block--;
        }
        view.moveTo(blocks.get(block), (index - firstRecord[block]) * length + start);
    }

    /// How many records there are.
    public long count() {
        return count;
    }

    /// Forgets all records but the first `kept`, and keeps the memory.
    public void truncate(long kept) {
        if (kept < 0 || kept > count) {
            throw new IndexOutOfBoundsException(
                    "kept: got " + kept + ", expected 0 to " + count + "; count() says how many there are");
        }
        count = kept;
    }

    /// Forgets the records and keeps the memory.
    public void clear() {
        count = 0;
    }

    /// Gives the memory back to the workspace.
    public void release() {
        blocks.forEach(workspace::release);
        blocks.clear();
        count = 0;
        capacity = 0;
    }

    /// Gives the memory away: the records stay as long as this history, and the workspace counts them no more.
    /// Nothing can be appended afterwards.
    public void give() {
        blocks.replaceAll(workspace::give);
        workspace = null; // else what it keeps for others would stay as long
    }

    private void grow(long records) {
        long left = records;
        while (left > 0) {
            int rows = (int) Math.min(left, Math.max(1, LARGEST_BLOCK_NUMBERS / Math.max(1, length)));
            if (blocks.size() == firstRecord.length) {
                firstRecord = Arrays.copyOf(firstRecord, 2 * firstRecord.length);
            }
            firstRecord[blocks.size()] = capacity;
            blocks.add(workspace.allocateAnything(rows, length, precision));
            capacity += rows;
            left -= rows;
        }
    }
}
