package org.costate.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;

/// Hands out [Buffer]s and counts their bytes.
///
/// - `liveBytes`: handed out and not released;
/// - `peakBytes`: the largest `liveBytes` since the last [#resetPeak()];
/// - `reservedBytes`: what the process really holds for this workspace, `liveBytes` and the released blocks kept for
///   the next allocation of the same size (at most as much again).
///
/// Memory is 64-byte aligned and zero. A block returns to the system when neither the workspace nor any buffer over
/// it can be reached any more, so that a view can never show freed memory. Blocks count towards
/// `-XX:MaxDirectMemorySize`.
///
/// May be shared by threads; the counts are then joint.
public final class Workspace implements AutoCloseable {
    private static final int ALIGNMENT = 64;

    private final Workspace parent;
    private final Set<Buffer> owned = Collections.newSetFromMap(new IdentityHashMap<>());

    /// Released blocks by their bytes, the size first that was asked for longest ago.
    private final LinkedHashMap<Long, ArrayDeque<MemorySegment>> free = new LinkedHashMap<>(16, 0.75f, true);
    private long live;
    private long peak;
    /// The most bytes that were ever live.
    private long most;
    private long kept;

    /// An empty workspace.
    public Workspace() {
        this(null);
    }

    private Workspace(Workspace parent) {
        this.parent = parent;
    }

    /// A part of this workspace, counted here, whose buffers all come back when it is closed: one for each call.
    public Workspace part() {
        return new Workspace(parent == null ? this : parent);
    }

    /// Releases every buffer that was allocated here and not released yet.
    @Override
    public synchronized void close() {
        for (Buffer buffer : List.copyOf(owned)) {
            release(buffer);
        }
    }

    /// A buffer of `rows × columns` zeros.
    ///
    /// @throws IllegalArgumentException if a side is negative
    /// @throws OutOfMemoryError if the process may not have that much; the message names the size
    public Buffer allocate(int rows, int columns, Precision precision) {
        Buffer buffer = allocateAnything(rows, columns, precision);
        buffer.block().fill((byte) 0);
        return buffer;
    }

    /// The same without the zeros, for what is written before it is read: whatever was there last.
    synchronized Buffer allocateAnything(int rows, int columns, Precision precision) {
        if (rows < 0 || columns < 0) {
            throw new IllegalArgumentException(
                    "rows, columns: got " + rows + " x " + columns + ", expected none below 0");
        }
        Buffer buffer = parent == null
                ? allocateHere(rows, columns, precision)
                : parent.allocateAnything(rows, columns, precision);
        owned.add(buffer);
        return buffer;
    }

    private Buffer allocateHere(int rows, int columns, Precision precision) {
        long bytes = blockBytes(rows, columns, precision);
        Buffer buffer = takeFree(bytes, rows, columns, precision);
        if (buffer == null) {
            most = Math.max(most, live + bytes);
            dropFree(2 * most - live - bytes);
            buffer = Buffer.over(reserve(bytes), rows, columns, precision);
        }
        live += bytes;
        peak = Math.max(peak, live);
        most = Math.max(most, live);
        return buffer;
    }

    /// Takes a buffer back, exactly as [#allocate] gave it. Neither it nor a view of it may be used afterwards.
    ///
    /// @throws IllegalArgumentException if it does not come from here or was released before
    public synchronized void release(Buffer buffer) {
        disown(buffer);
        if (parent != null) {
            parent.release(buffer);
            return;
        }
        long bytes = buffer.block().byteSize();
        live -= bytes;
        kept += bytes;
        free.computeIfAbsent(bytes, b -> new ArrayDeque<>()).addLast(buffer.block());
    }

    /// Gives a buffer away, exactly as [#allocate] gave it: it is not counted here any more, and lives as long as
    /// somebody holds it.
    ///
    /// @throws IllegalArgumentException if it does not come from here or was released before
    public synchronized void give(Buffer buffer) {
        disown(buffer);
        if (parent != null) {
            parent.give(buffer);
        } else {
            live -= buffer.block().byteSize();
        }
    }

    private void disown(Buffer buffer) {
        if (!owned.remove(buffer)) {
            throw new IllegalArgumentException(
                    "buffer: " + buffer
                            + " is not one that this workspace has handed out and not taken back; release what allocate gave, once");
        }
    }

    /// Bytes handed out and not released.
    public synchronized long liveBytes() {
        return parent == null ? live : parent.liveBytes();
    }

    /// The most bytes that were live at once since the last [#resetPeak()].
    public synchronized long peakBytes() {
        return parent == null ? peak : parent.peakBytes();
    }

    /// Bytes held: live and kept for reuse.
    public synchronized long reservedBytes() {
        return parent == null ? live + kept : parent.reservedBytes();
    }

    /// Starts a new measurement: the peak becomes what is live now.
    public synchronized void resetPeak() {
        if (parent != null) {
            parent.resetPeak();
            return;
        }
        peak = live;
    }

    /// Gives the blocks kept for reuse back.
    public synchronized void trim() {
        if (parent != null) {
            parent.trim();
            return;
        }
        dropFree(0);
    }

    private static long blockBytes(int rows, int columns, Precision precision) {
        long bytes = Math.multiplyExact((long) rows * columns, precision.bytes());
        return Math.max(ALIGNMENT, (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    }

    private MemorySegment reserve(long bytes) {
        try {
            return Arena.ofAuto().allocate(bytes, ALIGNMENT);
        } catch (OutOfMemoryError e) {
            OutOfMemoryError named =
                    new OutOfMemoryError("no room for a block of " + bytes + " bytes beside the " + live
                            + " that this workspace holds. Fewer steps, a smaller batch or a gradient mode that stores less"
                            + " needs less memory; -XX:MaxDirectMemorySize raises the limit.");
            named.initCause(e);
            throw named;
        }
    }

    private Buffer takeFree(long bytes, int rows, int columns, Precision precision) {
        ArrayDeque<MemorySegment> blocks = free.get(bytes);
        if (blocks == null || blocks.isEmpty()) {
            return null;
        }
        kept -= bytes;
        return Buffer.over(blocks.removeLast(), rows, columns, precision);
    }

    /// Drops blocks until no more than this is kept.
    private void dropFree(long bytes) {
        for (var i = free.entrySet().iterator(); kept > bytes && i.hasNext(); ) {
            var blocks = i.next();
            while (kept > bytes && !blocks.getValue().isEmpty()) {
                blocks.getValue().removeLast();
                kept -= blocks.getKey();
            }
            if (blocks.getValue().isEmpty()) {
                i.remove();
            }
        }
    }
}
