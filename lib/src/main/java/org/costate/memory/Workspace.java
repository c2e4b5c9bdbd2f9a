package org.costate.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Hands out [Buffer]s and counts their bytes.
///
/// - `liveBytes`: handed out and not released;
/// - `peakBytes`: the largest `liveBytes` since the last [#resetPeak()];
/// - `reservedBytes`: what the process really holds for this workspace, `liveBytes` and the released blocks kept
///   for the next allocation of the same size (at most as much again).
///
/// Memory is 64-byte aligned and zero. There are two kinds. Of `new Workspace()`, a block returns to the system
/// when the collector finds that nothing shows it any more; such blocks count towards `-XX:MaxDirectMemorySize`.
/// Of [#scoped()], all memory returns when the workspace is closed, at once; it counts towards no limit but
/// budgets.
///
/// Whoever uses a buffer, or a view of one, that was released or whose workspace was closed, gets an
/// [IllegalStateException], never memory that is gone.
///
/// May be shared by threads; the counts are then joint. A [#part()] has counts of its own.
public final class Workspace implements AutoCloseable {
    private static final int ALIGNMENT = 64;

    private final Workspace parent;
    private final boolean scoped;
    private final long budget;
    private final Map<Buffer, Block> owned = new HashMap<>();
    private final List<Runnable> attached = new ArrayList<>();

    /// Released blocks by their bytes, the size first that was asked for longest ago.
    private final LinkedHashMap<Long, ArrayDeque<Block>> free = new LinkedHashMap<>(16, 0.75f, true);
    private long live;
    /// Bytes of arrays among the live ones.
    private long arrays;
    private long peak;
    /// The most bytes that were ever live.
    private long most;
    private long kept;
    private int parts;
    private int held;
    private boolean closed;

    /// Memory as the system gave it.
    private record Block(MemorySegment segment, Arena arena) {}

    /// An empty workspace, whose memory the collector frees.
    public Workspace() {
        this(null, false, Long.MAX_VALUE);
    }

    private Workspace(Workspace parent, boolean scoped, long budget) {
        this.parent = parent;
        this.scoped = scoped;
        this.budget = budget;
    }

    /// An empty workspace that must be closed: that frees its memory, which nothing else does.
    public static Workspace scoped() {
        return new Workspace(null, true, Long.MAX_VALUE);
    }

    /// A part of this workspace with counts of its own, whose buffers all come back when it is closed: one for each
    /// call.
    public Workspace part() {
        return part(Long.MAX_VALUE);
    }

    /// A part that may hand out so many bytes at once.
    ///
    /// @throws IllegalStateException if this workspace is closed
    public synchronized Workspace part(long bytes) {
        open();
        parts++;
        return new Workspace(this, scoped, bytes);
    }

    /// Releases every buffer that was allocated here and not released yet, and frees the memory of a scoped
    /// workspace. Nothing can be allocated afterwards. Closing twice does nothing.
    ///
    /// @throws IllegalStateException if parts of it are open, or if something else still shows its memory;
    ///     then nothing is closed
    @Override
    public void close() {
        attached.reversed().forEach(Runnable::run);
        attached.clear();
        synchronized (this) {
            if (closed) {
                return;
            }
            refuseToClose();
            closed = true;
            for (Buffer buffer : List.copyOf(owned.keySet())) {
                release(buffer);
            }
            uncount(arrays);
            if (parent == null) {
                dropFree(0);
            }
        }
        if (parent != null) {
            parent.partClosed();
        }
    }

    /// Does something when this is closed, such as freeing memory of a device that belongs to the same call.
    public void attach(Runnable onClose) {
        attached.add(onClose);
    }

    private void refuseToClose() {
        if (parts > 0) {
            throw new IllegalStateException("workspace: got close() while " + parts + (parts == 1 ? " part" : " parts")
                    + " of it " + (parts == 1 ? "is" : "are") + " open, expected none; let the calls that use it end"
                    + " first, and close what ode.steps(...) gave");
        }
        long shown = parent != null
                ? 0 // what others show stays for them, see release
                : held + owned.keySet().stream().filter(b -> b.lease().isHeld()).count();
        if (shown > 0) {
            throw new IllegalStateException("workspace: got close() while " + shown
                    + (shown == 1 ? " buffer" : " buffers")
                    + " of it " + (shown == 1 ? "is" : "are") + " still shown by something else, such as an ND4J array,"
                    + " expected none; let that go first");
        }
    }

    private synchronized void partClosed() {
        parts--;
    }

    private void open() {
        if (closed) {
            throw new IllegalStateException("workspace: got one that is closed, expected an open one; make another");
        }
    }

    /// A buffer of `rows × columns` zeros.
    ///
    /// @throws IllegalArgumentException if a side is negative
    /// @throws MemoryBudgetException if this, or what it is a part of, may not hand out that much
    /// @throws IllegalStateException if this workspace is closed
    /// @throws OutOfMemoryError if the process may not have that much; the message names the size
    public Buffer allocate(int rows, int columns, Precision precision) {
        Buffer buffer = allocateAnything(rows, columns, precision);
        buffer.block().fill((byte) 0);
        return buffer;
    }

    /// The same without the zeros, for what is written before it is read: whatever was there last.
    synchronized Buffer allocateAnything(int rows, int columns, Precision precision) {
        Arguments.given("precision", precision, "FLOAT64 or FLOAT32");
        if (rows < 0 || columns < 0) {
            throw new IllegalArgumentException(
                    "rows, columns: got " + rows + " x " + columns + ", expected none below 0; give both sides");
        }
        Block block = take(blockBytes(rows, columns, precision));
        Buffer buffer = Buffer.owned(block.segment, scoped, rows, columns, precision);
        owned.put(buffer, block);
        return buffer;
    }

    /// An array of zeros on the Java heap, counted like a buffer until this workspace is closed: for systems so small
    /// that a buffer costs more than what is done with it.
    ///
    /// @throws MemoryBudgetException as [#allocate]
    public double[] array(int length) {
        count(16 + 8L * length);
        return new double[length];
    }

    /// Counts an array that [#array] gave no more.
    public void release(double[] array) {
        uncount(16 + 8L * array.length);
    }

    private synchronized void count(long bytes) {
        open();
        if (bytes > budget - live) {
            throw new MemoryBudgetException(budget, live, bytes);
        }
        if (parent != null) {
            parent.count(bytes);
        }
        arrays += bytes;
        live += bytes;
        peak = Math.max(peak, live);
    }

    private synchronized void uncount(long bytes) {
        arrays -= bytes;
        live -= bytes;
        if (parent != null) {
            parent.uncount(bytes);
        }
    }

    private synchronized Block take(long bytes) {
        open();
        if (bytes > budget - live) {
            throw new MemoryBudgetException(budget, live, bytes);
        }
        Block block = parent == null ? takeHere(bytes) : parent.take(bytes);
        live += bytes;
        peak = Math.max(peak, live);
        most = Math.max(most, live);
        return block;
    }

    private Block takeHere(long bytes) {
        ArrayDeque<Block> blocks = free.get(bytes);
        if (blocks != null && !blocks.isEmpty()) {
            kept -= bytes;
            return blocks.removeLast();
        }
        dropFree(2 * Math.max(most, live + bytes) - live - bytes);
        return reserve(bytes);
    }

    /// Takes a buffer back, exactly as [#allocate] gave it. Whoever uses it or a view of it afterwards gets an
    /// exception. Memory that something else still shows, such as an ND4J array, is not handed out again, and is
    /// freed when that lets go.
    ///
    /// @throws IllegalArgumentException if it does not come from here or was released before
    public synchronized void release(Buffer buffer) {
        Arguments.given("buffer", buffer, "give what allocate(...) gave");
        Block block = disown(buffer);
        if (buffer.lease().end(() -> letGo(block))) {
            back(block);
        } else {
            uncount(block, 1);
        }
    }

    private synchronized void back(Block block) {
        long bytes = block.segment.byteSize();
        live -= bytes;
        if (parent != null) {
            parent.back(block);
        } else {
            kept += bytes;
            free.computeIfAbsent(bytes, b -> new ArrayDeque<>()).addLast(block);
        }
    }

    private synchronized void uncount(Block block, int shown) {
        live -= block.segment.byteSize();
        if (parent != null) {
            parent.uncount(block, shown);
        } else {
            held += shown;
        }
    }

    /// Nobody shows a released block any more.
    private void letGo(Block block) {
        if (parent != null) {
            parent.letGo(block);
            return;
        }
        synchronized (this) {
            held--;
        }
        drop(block);
    }

    private void drop(Block block) {
        if (scoped) {
            block.arena.close();
        }
    }

    /// Gives a buffer away, exactly as [#allocate] gave it: it is not counted here any more, and lives as long as
    /// somebody holds it.
    ///
    /// @return the buffer, or a copy of it where this workspace is scoped, so that its end is not that of the
    ///     buffer
    /// @throws IllegalArgumentException if it does not come from here or was released before
    public synchronized Buffer give(Buffer buffer) {
        if (scoped) {
            Buffer copy = new Workspace().allocate(buffer.rows(), buffer.columns(), buffer.precision());
            copy.copyFrom(buffer);
            release(buffer);
            return copy;
        }
        uncount(disown(buffer), 0);
        return buffer;
    }

    private Block disown(Buffer buffer) {
        Block block = owned.remove(buffer);
        if (block == null) {
            throw new IllegalArgumentException("buffer: got " + buffer + ", expected one that this workspace has handed"
                    + " out and not taken back; release what allocate gave, once");
        }
        return block;
    }

    /// Bytes handed out and not released.
    public synchronized long liveBytes() {
        return live;
    }

    /// The most bytes that were live at once since the last [#resetPeak()].
    public synchronized long peakBytes() {
        return peak;
    }

    /// Bytes held: live and kept for reuse. Those of a part are its live ones.
    public synchronized long reservedBytes() {
        return live + kept;
    }

    /// Starts a new measurement: the peak becomes what is live now.
    public synchronized void resetPeak() {
        peak = live;
    }

    /// Gives the blocks kept for reuse back.
    public void trim() {
        if (parent != null) {
            parent.trim();
            return;
        }
        synchronized (this) {
            dropFree(0);
        }
    }

    private static long blockBytes(int rows, int columns, Precision precision) {
        long bytes = Math.multiplyExact((long) rows * columns, precision.bytes());
        return Math.max(ALIGNMENT, (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    }

    @SuppressWarnings("MustBeClosedChecker") // by drop
    private Block reserve(long bytes) {
        Arena arena = scoped ? Arena.ofShared() : Arena.ofAuto();
        try {
            return new Block(arena.allocate(bytes, ALIGNMENT), arena);
        } catch (OutOfMemoryError e) {
            OutOfMemoryError named =
                    new OutOfMemoryError("no room for a block of " + bytes + " bytes beside the " + live
                            + " that this workspace holds. Fewer steps, a smaller batch or a gradient mode that stores less"
                            + " needs less memory; -XX:MaxDirectMemorySize raises the limit.");
            named.initCause(e);
            throw named;
        }
    }

    /// Drops blocks until no more than this is kept.
    private void dropFree(long bytes) {
        for (var i = free.entrySet().iterator(); kept > bytes && i.hasNext(); ) {
            var blocks = i.next();
            while (kept > bytes && !blocks.getValue().isEmpty()) {
                drop(blocks.getValue().removeLast());
                kept -= blocks.getKey();
            }
            if (blocks.getValue().isEmpty()) {
                i.remove();
            }
        }
    }
}
