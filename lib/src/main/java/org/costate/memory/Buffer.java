package org.costate.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A matrix of numbers off the Java heap: `rows × columns`, row-major, float32 or float64.
///
/// A state is `[batch, dimension]`: one row a sample. Owned buffers start at a 64-byte boundary and are zero when a
/// [Workspace] hands them out; a *view* shares the bytes of the buffer it was made from and starts anywhere.
///
/// Cost: `rows · columns · precision.bytes()` bytes. The element accessors are for reading results and for tests;
/// inner loops belong to [org.costate.kernels.Kernels].
///
/// Two buffers are equal only if they are the same object: compare contents by [#toArray()].
public final class Buffer {
    private MemorySegment block;
    private long offset;
    private final int rows;
    private final int columns;
    private final Precision precision;
    private final boolean movable;

    private Buffer(MemorySegment block, long offset, int rows, int columns, Precision precision, boolean movable) {
        this.block = block;
        this.offset = offset;
        this.rows = rows;
        this.columns = columns;
        this.precision = precision;
        this.movable = movable;
    }

    /// A buffer over memory that somebody else owns, such as an ND4J array. The segment must stay alive as long.
    ///
    /// @param memory at least `rows · columns · precision.bytes()` bytes, aligned to one number
    public static Buffer over(MemorySegment memory, int rows, int columns, Precision precision) {
        long needed = Math.multiplyExact((long) rows * columns, precision.bytes());
        if (rows < 0 || columns < 0 || memory.byteSize() < needed) {
            throw new IllegalArgumentException("memory: " + memory.byteSize() + " bytes cannot hold " + rows + " x "
                    + columns + " numbers of " + precision + " (" + needed + " bytes)");
        }
        return new Buffer(memory, 0, rows, columns, precision, false);
    }

    /// A view that is moved over other buffers with [#moveTo(Buffer, long)], so that loops over stored records
    /// create no objects. It must be moved before it is read.
    public static Buffer movable(int rows, int columns, Precision precision) {
        return new Buffer(MemorySegment.NULL, 0, rows, columns, precision, true);
    }

    /// Lets this movable view show the numbers of `target` from element `start` on.
    public void moveTo(Buffer target, long start) {
        if (!movable) {
            throw new IllegalStateException("this buffer is not a movable view: make one with Buffer.movable(...)");
        }
        if (target.precision != precision || start < 0 || start + size() > target.size()) {
            throw new IndexOutOfBoundsException("a view of " + this + " does not fit into " + target + " at " + start);
        }
        block = target.block;
        offset = target.offset + start * precision.bytes();
    }

    /// The numbers `start … start + rows·columns − 1` of this buffer as a matrix of their own; same bytes.
    public Buffer view(long start, int viewRows, int viewColumns) {
        if (start < 0 || start + (long) viewRows * viewColumns > size()) {
            throw new IndexOutOfBoundsException("view: " + viewRows + " x " + viewColumns + " numbers from " + start
                    + " on do not lie inside " + this);
        }
        return new Buffer(block, offset + start * precision.bytes(), viewRows, viewColumns, precision, false);
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
    public MemorySegment block() {
        return block;
    }

    /// Where in [#block()] the first number lies, in bytes.
    public long offset() {
        return offset;
    }

    /// Exactly the bytes of this buffer.
    public MemorySegment memory() {
        return block.asSlice(offset, size() * precision.bytes());
    }

    /// Number `i` in row-major order.
    public double get(long i) {
        return precision == Precision.FLOAT64
                ? block.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, offset + i * 8)
                : block.get(ValueLayout.JAVA_FLOAT_UNALIGNED, offset + i * 4);
    }

    /// Row `row`, column `column`, both from 0.
    public double get(int row, int column) {
        return get((long) row * columns + column);
    }

    /// Sets number `i` in row-major order, rounded to the buffer's precision.
    public void set(long i, double value) {
        if (precision == Precision.FLOAT64) {
            block.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, offset + i * 8, value);
        } else {
            block.set(ValueLayout.JAVA_FLOAT_UNALIGNED, offset + i * 4, (float) value);
        }
    }

    /// Sets row `row`, column `column`, both from 0.
    public void set(int row, int column, double value) {
        set((long) row * columns + column, value);
    }

    /// Sets every number.
    public void fill(double value) {
        if (value == 0 && Double.doubleToRawLongBits(value) == 0) {
            memory().fill((byte) 0);
            return;
        }
        for (long i = 0, n = size(); i < n; i++) {
            set(i, value);
        }
    }

    /// Copies all numbers of `source`, which has as many; the precisions may differ.
    public void copyFrom(Buffer source) {
        if (source.size() != size()) {
            throw new IllegalArgumentException("source: got " + source + ", expected as many numbers as " + this);
        }
        if (source.precision == precision) {
            MemorySegment.copy(source.block, source.offset, block, offset, size() * precision.bytes());
            return;
        }
        for (long i = 0, n = size(); i < n; i++) {
            set(i, source.get(i));
        }
    }

    /// Copies `values`, in row-major order, one for each number.
    public void copyFrom(double... values) {
        if (values.length != size()) {
            throw new IllegalArgumentException("values: got " + values.length + " numbers, expected " + size());
        }
        for (int i = 0; i < values.length; i++) {
            set(i, values[i]);
        }
    }

    /// Copies `values[row][column]`.
    public void copyFrom(double[][] values) {
        if (values.length != rows) {
            throw new IllegalArgumentException("values: got " + values.length + " rows, expected " + rows);
        }
        for (int r = 0; r < rows; r++) {
            if (values[r].length != columns) {
                throw new IllegalArgumentException(
                        "values: row " + r + " has " + values[r].length + " columns, expected " + columns);
            }
            for (int c = 0; c < columns; c++) {
                set(r, c, values[r][c]);
            }
        }
    }

    /// A copy of the numbers in row-major order.
    public double[] toArray() {
        double[] copy = new double[Math.toIntExact(size())];
        for (int i = 0; i < copy.length; i++) {
            copy[i] = get(i);
        }
        return copy;
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
