package org.costate.nd4j;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.util.Arrays;
import java.util.function.Consumer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.indexer.DoubleIndexer;
import org.bytedeco.javacpp.indexer.FloatIndexer;
import org.costate.memory.Arguments;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/// One block of numbers seen as an ND4J array and as a [Buffer]: what is written through one is read through the
/// other.
///
/// ```java
/// INDArray x = NdArrays.of(buffer);                    // [rows, columns], row-major
/// Buffer b = NdArrays.buffer(Nd4j.rand(20, 2));        // rows × columns
/// ```
///
/// Cost: about 20 µs for an array, 3 µs for a buffer, whatever the size. The first use of ND4J in a process loads
/// its native code, 1–2 s.
///
/// Either side keeps the memory of the other alive as long as it is used itself. After
/// [org.costate.memory.Workspace#release] of the buffer an array over it still has the memory for itself, and a
/// workspace refuses to close before the collector has found the array unused. After `INDArray.close()`, a use of
/// the buffer is an exception.
public final class NdArrays {
    private static final Cleaner CLEANER = Cleaner.create();

    private NdArrays() {}

    /// This buffer's numbers as an ND4J array of shape `[rows, columns]`; same bytes.
    ///
    /// ND4J's operations that work in place (`addi`, `mmuli(b, view)`) write into the buffer. A movable buffer is
    /// taken as it stands now; later moves do not carry the array along.
    ///
    /// @param buffer at least one number, off the heap
    /// @throws IllegalArgumentException if it holds no numbers or its memory cannot be shared with native code
    public static INDArray of(Buffer buffer) {
        Arguments.given("buffer", buffer, "such as one of Workspace.allocate(...)");
        if (buffer.size() == 0) {
            throw new IllegalArgumentException("buffer: got " + buffer + ", expected at least one number; ND4J's empty"
                    + " arrays have no memory to share, use Nd4j.empty(DataType.DOUBLE)");
        }
        MemorySegment memory = buffer.memory();
        if (memory.isReadOnly()) {
            throw new IllegalArgumentException("buffer: got " + buffer + " over read-only memory, expected writable"
                    + " memory; copy it into one from Workspace.allocate(...)");
        }
        long n = buffer.size();
        var factory = Nd4j.getDataBufferFactory();
        DataBuffer data = switch (buffer.precision()) {
            case FLOAT64 -> {
                DoublePointer p = new Doubles(buffer, memory);
                yield factory.create(p, DataType.DOUBLE, n, DoubleIndexer.create(p));
            }
            case FLOAT32 -> {
                FloatPointer p = new Floats(buffer, memory);
                yield factory.create(p, DataType.FLOAT, n, FloatIndexer.create(p));
            }
        };
        return Nd4j.create(
                data, new long[] {buffer.rows(), buffer.columns()}, new long[] {buffer.columns(), 1}, 0, 'c');
    }

    /// This array's numbers as a buffer; same bytes. A vector of n is one row of n, a scalar is 1 × 1.
    ///
    /// @param array of DOUBLE or FLOAT, at most two dimensions, row-major without gaps
    /// @throws IllegalArgumentException if it cannot be seen as such, with the call that makes one that can
    public static Buffer buffer(INDArray array) {
        Arguments.given("array", array, "such as Nd4j.create(...)");
        Precision precision = switch (array.dataType()) {
            case DOUBLE -> Precision.FLOAT64;
            case FLOAT -> Precision.FLOAT32;
            default -> throw refused(array, "DOUBLE or FLOAT", "array.castTo(DataType.DOUBLE)");
        };
        if (array.isEmpty()) {
            throw refused(array, "at least one number", "Workspace.allocate(rows, columns, precision)");
        }
        if (array.rank() > 2) {
            long rows = array.size(0);
            throw refused(
                    array,
                    "at most two dimensions",
                    "array.dup('c').reshape(" + rows + ", " + array.length() / rows + ")");
        }
        int rows = array.rank() < 2 ? 1 : Math.toIntExact(array.size(0));
        int columns = array.rank() == 0 ? 1 : Math.toIntExact(array.size(array.rank() - 1));
        boolean dense = columns == 1 || array.stride(array.rank() - 1) == 1;
        boolean rowMajor = rows == 1 || array.stride(0) == columns;
        if (!dense || !rowMajor) {
            throw refused(array, "row-major numbers without gaps", "array.dup('c'), a copy");
        }
        if (array.isAttached()) {
            throw refused(array, "memory of its own, not of an ND4J workspace, which reuses it", "array.detach()");
        }
        return Buffer.over(memory(array, precision.bytes()), rows, columns, precision, array::wasClosed);
    }

    @SuppressWarnings("restricted")
    private static MemorySegment memory(INDArray array, int width) {
        // A view, such as a row, has the whole array's address and an offset of its own.
        long first = array.data().address() + array.offset() * width;
        return MemorySegment.ofAddress(first).reinterpret(array.length() * width, Arena.ofAuto(), new Keeper(array));
    }

    /// Holds the array until the segment is collected: ND4J frees the memory of arrays that nothing reaches, and a
    /// segment made from an address holds nothing by itself.
    private record Keeper(INDArray array) implements Consumer<MemorySegment> {
        @Override
        public void accept(MemorySegment collected) {}
    }

    /// Until the collector has found the pointer unused, which all of ND4J's views of it share.
    private static void hold(Pointer pointer, Buffer buffer) {
        Buffer.Hold hold = buffer.hold();
        CLEANER.register(pointer, hold::close);
    }

    private static IllegalArgumentException refused(INDArray array, String expected, String remedy) {
        return new IllegalArgumentException("array: got " + array.dataType() + " of shape "
                + Arrays.toString(array.shape()) + " with strides " + Arrays.toString(array.stride()) + ", expected "
                + expected + "; use " + remedy);
    }

    /// The address of a segment, and the segment itself, which is freed once nothing holds it. All of ND4J's
    /// views of an array share the pointer.
    private static final class Doubles extends DoublePointer {
        @SuppressWarnings("unused") // held, not read
        private final MemorySegment owner;

        Doubles(Buffer buffer, MemorySegment memory) {
            super((Pointer) null);
            owner = memory;
            hold(this, buffer);
            address = memory.address();
            limit = memory.byteSize() / Double.BYTES;
            capacity = limit;
        }
    }

    /// The same for float32.
    private static final class Floats extends FloatPointer {
        @SuppressWarnings("unused") // held, not read
        private final MemorySegment owner;

        Floats(Buffer buffer, MemorySegment memory) {
            super((Pointer) null);
            owner = memory;
            hold(this, buffer);
            address = memory.address();
            limit = memory.byteSize() / Float.BYTES;
            capacity = limit;
        }
    }
}
