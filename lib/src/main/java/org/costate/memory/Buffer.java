package org.costate.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

/// A matrix of numbers off the Java heap: `rows × columns`, row-major, float32 or float64.
///
/// A state is `[batch, dimension]`: one row a sample. Owned buffers start at a 64-byte boundary and are zero when a
/// [Workspace] hands them out; a *view* shares the bytes of the buffer it was made from and starts anywhere.
/// After the buffer is released, or its workspace closed, every use of it or of a view is an
/// [IllegalStateException].
///
/// Cost: `rows · columns · precision.bytes()` bytes. The element accessors are for reading results and for tests;
/// inner loops belong to [org.costate.kernels.Kernels].
///
/// Two buffers are equal only if they are the same object: compare contents by [#toArray()].
public final class Buffer {
    private static final MemorySegment ZEROS = Arena.global().allocate(1 << 14);

    /// That of a view which was not moved anywhere yet.
    private static final Lease NOTHING = Lease.open(false);

    private MemorySegment block;
    private Lease lease;
    private long offset;
    private final int rows;
    private final int columns;
    private final Precision precision;
    private final boolean movable;

    private Buffer(
            MemorySegment block,
            Lease lease,
            long offset,
            int rows,
            int columns,
            Precision precision,
            boolean movable) {
        this.block = block;
        this.lease = lease;
        this.offset = offset;
        this.rows = rows;
        this.columns = columns;
        this.precision = precision;
        this.movable = movable;
    }

    /// One that a workspace hands out.
    ///
    /// @param freed does the workspace free the memory, and not the collector?
    static Buffer owned(MemorySegment memory, boolean freed, int rows, int columns, Precision precision) {
        return new Buffer(memory, Lease.open(freed), 0, rows, columns, precision, false);
    }

    /// A buffer over memory that somebody else owns. When its arena is closed, a use is an exception; it must not be
    /// closed by another thread while a kernel reads it.
    ///
    /// @param memory off the heap, at least `rows · columns · precision.bytes()` bytes
    /// @throws IllegalArgumentException if it is an array on the Java heap, or too short
    public static Buffer over(MemorySegment memory, int rows, int columns, Precision precision) {
        return over(memory, rows, columns, precision, null);
    }

    /// A buffer over memory that somebody else owns and may close, such as an ND4J array.
    ///
    /// @param memory off the heap, at least `rows · columns · precision.bytes()` bytes
    /// @param gone asked before each use; from when it says so, a use is an exception
    public static Buffer over(MemorySegment memory, int rows, int columns, Precision precision, BooleanSupplier gone) {
        Arguments.given("memory", memory, "allocate some, Arena.ofAuto().allocate(bytes, 64)");
        Arguments.given("precision", precision, "FLOAT64 or FLOAT32");
        if (!memory.isNative()) { // kernels go by addresses, which the collector may change there
            throw new IllegalArgumentException("memory: got an array on the Java heap, expected memory off it; copy it"
                    + " into a buffer of Workspace.allocate(...) by copyFrom(...)");
        }
        long needed = Math.multiplyExact((long) rows * columns, precision.bytes());
        if (rows < 0 || columns < 0 || memory.byteSize() < needed) {
            throw new IllegalArgumentException("memory: got " + memory.byteSize() + " bytes, expected at least "
                    + needed + " for " + rows + " x " + columns + " numbers of " + precision
                    + "; give the whole of it, or fewer rows");
        }
        return new Buffer(memory, Lease.until(gone, memory.scope()), 0, rows, columns, precision, false);
    }

    /// A view that is moved over other buffers with [#moveTo(Buffer, long)], so that loops over stored records
    /// create no objects. It must be moved before it is read.
    public static Buffer movable(int rows, int columns, Precision precision) {
        return new Buffer(MemorySegment.NULL, NOTHING, 0, rows, columns, precision, true);
    }

    /// Can it be moved, by [#moveTo(Buffer, long)]?
    public boolean isMovable() {
        return movable;
    }

    /// Lets this movable view show the numbers of `target` from element `start` on.
    public void moveTo(Buffer target, long start) {
        if (!movable) {
            throw new IllegalStateException(
                    "buffer: got " + this + ", expected a movable view; make one by Buffer.movable(...)");
        }
        if (target.precision != precision || start < 0 || start + size() > target.size()) {
            throw new IndexOutOfBoundsException(
                    "start: got " + start + " for a view of " + this + ", expected a place where it fits into " + target
                            + "; views have the precision of what they show");
        }
        target.lease.check(target);
        block = target.block;
        lease = target.lease;
        offset = target.offset + start * precision.bytes();
    }

    /// The numbers `start … start + rows·columns − 1` of this buffer as a matrix of their own; same bytes.
    public Buffer view(long start, int viewRows, int viewColumns) {
        if (start < 0 || start + (long) viewRows * viewColumns > size()) {
            throw new IndexOutOfBoundsException("view: got " + viewRows + " x " + viewColumns + " numbers from " + start
                    + " on, expected what lies inside " + this + "; count from 0");
        }
        lease.check(this);
        return new Buffer(block, lease, offset + start * precision.bytes(), viewRows, viewColumns, precision, false);
    }

    public int rows() {
        return rows;
    }

    public int columns() {
        return columns;
    }

    /// `rows · columns`.
    public long size() {
        return (long) rows * columns;
    }

    public Precision precision() {
        return precision;
    }

    /// The memory block that the numbers lie in, from byte [#offset()] on: for kernels.
    ///
    /// @throws IllegalStateException if it is released
    public MemorySegment block() {
        lease.check(this);
        return block;
    }

    /// Where in [#block()] the first number lies, in bytes.
    public long offset() {
        return offset;
    }

    /// Where the first number lies, for native calls.
    ///
    /// @throws IllegalStateException if it is released
    public long address() {
        return block().address() + offset;
    }

    Lease lease() {
        return lease;
    }

    /// May it be used? Not if it was released, or its workspace or its owner closed.
    public boolean isLive() {
        return lease.isLive();
    }

    /// Says that something which knows only the address needs the memory, such as an ND4J array. Until that is
    /// closed, a release ends the use of this buffer, but leaves the memory to who holds it; a workspace refuses
    /// to close.
    ///
    /// @return to be closed once
    public Hold hold() {
        lease.check(this);
        lease.hold();
        return new Hold(lease);
    }

    /// Is it over memory that somebody else owns? No pin keeps that.
    public boolean isLent() {
        return lease.isLent();
    }

    /// Before a native call that knows only [#address()]: until [#unpin()] the memory is not freed, if it is a
    /// workspace's.
    public void pin() {
        lease.pin();
    }

    /// The native call has come back.
    public void unpin() {
        lease.unpin();
    }

    /// Somebody's need of a buffer's memory. Closing twice does nothing.
    public static final class Hold implements AutoCloseable {
        private final AtomicReference<Lease> held;

        private Hold(Lease lease) {
            held = new AtomicReference<>(lease);
        }

        @Override
        public void close() {
            Lease once = held.getAndSet(null);
            if (once != null) {
                once.unhold();
            }
        }
    }

    /// Exactly the bytes of this buffer.
    public MemorySegment memory() {
        return block().asSlice(offset, size() * precision.bytes());
    }

    /// Number `i` in row-major order.
    public double get(long i) {
        return precision == Precision.FLOAT64
                ? block().get(ValueLayout.JAVA_DOUBLE_UNALIGNED, offset + i * 8)
                : block().get(ValueLayout.JAVA_FLOAT_UNALIGNED, offset + i * 4);
    }

    /// Row `row`, column `column`, both from 0.
    public double get(int row, int column) {
        return get((long) row * columns + column);
    }

    /// Sets number `i` in row-major order, rounded to the buffer's precision.
    public void set(long i, double value) {
        if (precision == Precision.FLOAT64) {
            block().set(ValueLayout.JAVA_DOUBLE_UNALIGNED, offset + i * 8, value);
        } else {
            block().set(ValueLayout.JAVA_FLOAT_UNALIGNED, offset + i * 4, (float) value);
        }
    }

    /// Sets row `row`, column `column`, both from 0.
    public void set(int row, int column, double value) {
        set((long) row * columns + column, value);
    }

    /// Sets every number.
    public void fill(double value) {
        if (value == 0 && Double.doubleToRawLongBits(value) == 0) {
            // From zeros elsewhere: a slice to be filled would be an object, and this is called in every step.
            long bytes = size() * precision.bytes();
            for (long done = 0; done < bytes; done += ZEROS.byteSize()) {
                MemorySegment.copy(ZEROS, 0, block(), offset + done, Math.min(ZEROS.byteSize(), bytes - done));
            }
            return;
        }
        for (long i = 0, n = size(); i < n; i++) {
            set(i, value);
        }
    }

    /// Copies all numbers of `source`, which has as many; the precisions may differ.
    public void copyFrom(Buffer source) {
        Arguments.given("source", source, "give a buffer of as many numbers");
        if (source.size() != size()) {
            throw new IllegalArgumentException("source: got " + source + ", expected as many numbers as " + this
                    + "; take a view of the part that is meant");
        }
        if (source.precision == precision) {
            MemorySegment.copy(source.block(), source.offset, block(), offset, size() * precision.bytes());
            return;
        }
        for (long i = 0, n = size(); i < n; i++) {
            set(i, source.get(i));
        }
    }

    /// Copies `values`, in row-major order, one for each number.
    public void copyFrom(double... values) {
        Arguments.given("values", values, "give one number for each of the buffer's");
        if (values.length != size()) {
            throw new IllegalArgumentException(
                    "values: got " + values.length + " numbers, expected " + size() + "; give one for each of " + this);
        }
        for (int i = 0; i < values.length; i++) {
            set(i, values[i]);
        }
    }

    /// Copies `values[row][column]`.
    public void copyFrom(double[][] values) {
        Arguments.allGiven("values", values, "give one for each row of the buffer");
        if (values.length != rows) {
            throw new IllegalArgumentException(
                    "values: got " + values.length + " rows, expected " + rows + "; give one for each of " + this);
        }
        for (int r = 0; r < rows; r++) {
            if (values[r].length != columns) {
                throw new IllegalArgumentException("values: got " + values[r].length + " numbers in row " + r
                        + ", expected " + columns + "; give one for" + " each column of " + this);
            }
            for (int c = 0; c < columns; c++) {
                set(r, c, values[r][c]);
            }
        }
    }

    /// A copy of the numbers in row-major order.
    public double[] toArray() {
        double[] copy = new double[Math.toIntExact(size())];
        copyTo(copy);
        return copy;
    }

    /// Copies the numbers, in row-major order, to the first of `to`.
    public void copyTo(double[] to) {
        for (int i = 0, n = Math.toIntExact(size()); i < n; i++) {
            to[i] = get(i);
        }
    }

    /// A copy as `[rows][columns]`.
    public double[][] toMatrix() {
        double[][] copy = new double[rows][columns];
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                copy[r][c] = get(r, c);
            }
        }
        return copy;
    }

    /// Shape and precision, not the numbers.
    @Override
    public String toString() {
        return "Buffer[" + rows + " x " + columns + ", " + precision + "]";
    }
}
