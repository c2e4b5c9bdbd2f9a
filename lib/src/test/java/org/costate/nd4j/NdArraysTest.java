package org.costate.nd4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class NdArraysTest {
    private static DataType type(Precision precision) {
        return precision == Precision.FLOAT64 ? DataType.DOUBLE : DataType.FLOAT;
    }

    private static Buffer buffer(Precision precision, double[][] values) {
        Buffer b = new Workspace().allocate(values.length, values[0].length, precision);
        b.copyFrom(values);
        return b;
    }

    @ParameterizedTest
    @EnumSource
    void anArrayOverABufferSharesItsNumbers(Precision precision) {
        Buffer b = buffer(precision, new double[][] {{1, 2, 3}, {4, 5, 6}});
        INDArray a = NdArrays.of(b);

        assertEquals(type(precision), a.dataType());
        assertArrayEquals(new long[] {2, 3}, a.shape());
        assertEquals('c', a.ordering());
        assertArrayEquals(new double[][] {{1, 2, 3}, {4, 5, 6}}, a.toDoubleMatrix());

        b.set(1, 0, -7.5);
        assertEquals(-7.5, a.getDouble(1, 0));
        a.putScalar(0, 2, 0.25);
        assertEquals(0.25, b.get(0, 2));
        a.muli(2);
        assertArrayEquals(new double[] {2, 4, 0.5, -15, 10, 12}, b.toArray());
        assertEquals(b.memory().address(), a.data().address());
    }

    @ParameterizedTest
    @EnumSource
    void aBufferOverAnArraySharesItsNumbers(Precision precision) {
        INDArray a = Nd4j.create(new double[][] {{1, 2, 3}, {4, 5, 6}}).castTo(type(precision));
        Buffer b = NdArrays.buffer(a);

        assertEquals(precision, b.precision());
        assertEquals(2, b.rows());
        assertEquals(3, b.columns());
        assertArrayEquals(new double[] {1, 2, 3, 4, 5, 6}, b.toArray());

        b.set(1, 0, -7.5);
        assertEquals(-7.5, a.getDouble(1, 0));
        a.addi(1);
        assertArrayEquals(new double[] {2, 3, 4, -6.5, 6, 7}, b.toArray());
    }

    @ParameterizedTest
    @EnumSource
    void aPartOfABufferIsAPartOfTheArray(Precision precision) {
        Buffer whole = buffer(precision, new double[][] {{1, 2}, {3, 4}, {5, 6}});
        INDArray lower = NdArrays.of(whole.view(2, 2, 2));
        assertArrayEquals(new double[][] {{3, 4}, {5, 6}}, lower.toDoubleMatrix());
        lower.negi();
        assertArrayEquals(new double[] {1, 2, -3, -4, -5, -6}, whole.toArray());
    }

    @ParameterizedTest
    @EnumSource
    void aRowOfAnArrayIsAPartOfTheBuffer(Precision precision) {
        INDArray whole = Nd4j.create(new double[][] {{1, 2}, {3, 4}, {5, 6}}).castTo(type(precision));
        Buffer row = NdArrays.buffer(whole.getRow(1));
        assertEquals(1, row.rows());
        assertArrayEquals(new double[] {3, 4}, row.toArray());
        row.set(0, 9);
        assertEquals(9, whole.getDouble(1, 0));

        // a view of a view of a buffer's part: offsets add up once
        Buffer origin = buffer(precision, new double[][] {{0, 0}, {1, 2}, {3, 4}, {5, 6}});
        INDArray lower = NdArrays.of(origin.view(2, 3, 2));
        INDArray last =
                lower.get(NDArrayIndex.interval(1, 3), NDArrayIndex.all()).getRow(1);
        assertArrayEquals(new double[] {5, 6}, NdArrays.buffer(last).toArray());
    }

    @Test
    void aMovableBufferIsTakenAsItStands() {
        Buffer whole = buffer(Precision.FLOAT64, new double[][] {{1, 2}, {3, 4}});
        Buffer view = Buffer.movable(1, 2, Precision.FLOAT64);
        view.moveTo(whole, 2);
        INDArray second = NdArrays.of(view);
        view.moveTo(whole, 0);
        assertArrayEquals(new double[][] {{3, 4}}, second.toDoubleMatrix());
    }

    @Test
    void thereAndBackIsTheSameMemory() {
        Buffer b = buffer(Precision.FLOAT64, new double[][] {{1, 2}, {3, 4}});
        assertEquals(
                b.memory().address(), NdArrays.buffer(NdArrays.of(b)).memory().address());
    }

    @ParameterizedTest
    @EnumSource
    void aProductByNd4jLandsInTheBuffer(Precision precision) {
        Buffer w = buffer(precision, new double[][] {{1, 2, 3}, {4, 5, 6}});
        Buffer x = buffer(precision, new double[][] {{1, 0}, {-1, 2}, {0.5, 1}});
        Buffer product = new Workspace().allocate(2, 2, precision);
        NdArrays.of(w).mmuli(NdArrays.of(x), NdArrays.of(product));
        // 1 - 2 + 1.5, 0 + 4 + 3; 4 - 5 + 3, 0 + 10 + 6
        assertArrayEquals(new double[] {0.5, 7, 2, 16}, product.toArray());
    }

    @Test
    void vectorsAndScalarsAreOneRow() {
        Buffer vector = NdArrays.buffer(Nd4j.createFromArray(1.0, 2.0, 3.0));
        assertEquals("Buffer[1 x 3, FLOAT64]", vector.toString());
        assertArrayEquals(new double[] {1, 2, 3}, vector.toArray());
        Buffer scalar = NdArrays.buffer(Nd4j.scalar(4.0));
        assertEquals("Buffer[1 x 1, FLOAT64]", scalar.toString());
        assertEquals(4, scalar.get(0));
        Buffer column = NdArrays.buffer(Nd4j.createFromArray(1.0, 2.0, 3.0).reshape(3, 1));
        assertEquals("Buffer[3 x 1, FLOAT64]", column.toString());
        assertArrayEquals(new double[] {1, 2, 3}, column.toArray());
    }

    @Test
    void aTransposedArrayIsRefusedUntilCopied() {
        INDArray t = Nd4j.create(new double[][] {{1, 2, 3}, {4, 5, 6}}).transpose();
        String message = refusal(t);
        assertTrue(message.contains("[3, 2]") && message.contains("dup('c')"), message);
        assertArrayEquals(
                new double[] {1, 4, 2, 5, 3, 6}, NdArrays.buffer(t.dup('c')).toArray());
    }

    @Test
    void gapsAreRefused() {
        INDArray a = Nd4j.create(new double[][] {{1, 2, 3}, {4, 5, 6}});
        assertTrue(refusal(a.getColumn(1)).contains("dup('c')"));
        INDArray leftColumns = a.get(NDArrayIndex.all(), NDArrayIndex.interval(0, 2));
        assertTrue(refusal(leftColumns).contains("dup('c')"));
        assertArrayEquals(
                new double[] {1, 2, 4, 5}, NdArrays.buffer(leftColumns.dup('c')).toArray());
    }

    @Test
    void otherTypesAndRanksAreRefused() {
        String type = refusal(Nd4j.createFromArray(1, 2, 3));
        assertTrue(type.contains("INT") && type.contains("castTo(DataType.DOUBLE)"), type);
        INDArray cube = Nd4j.zeros(DataType.DOUBLE, 2, 3, 4);
        String rank = refusal(cube);
        assertTrue(rank.contains("two dimensions") && rank.contains("reshape(2, 12)"), rank);
        assertEquals(24, NdArrays.buffer(cube.dup('c').reshape(2, 12)).size());
        assertTrue(refusal(Nd4j.empty(DataType.DOUBLE)).contains("at least one number"));
    }

    @Test
    void memoryThatNd4jWillReuseIsRefused() {
        try (var scope = Nd4j.getWorkspaceManager()
                .getAndActivateWorkspace(
                        WorkspaceConfiguration.builder().initialSize(4096).build(), "NdArraysTest")) {
            assertTrue(scope.isScopeActive());
            INDArray attached = Nd4j.zeros(DataType.DOUBLE, 2, 2);
            assertTrue(attached.isAttached());
            assertTrue(refusal(attached).contains("detach()"));
        }
    }

    @Test
    void buffersThatNativeCodeCannotShareAreRefused() {
        Buffer readOnly = Buffer.over(Arena.ofAuto().allocate(32, 8).asReadOnly(), 2, 2, Precision.FLOAT64);
        Buffer empty = new Workspace().allocate(0, 2, Precision.FLOAT64);
        for (Buffer b : new Buffer[] {readOnly, empty}) {
            var e = assertThrows(IllegalArgumentException.class, () -> NdArrays.of(b));
            assertTrue(e.getMessage().startsWith("buffer: got " + b), e.getMessage());
        }
    }

    private static String refusal(INDArray array) {
        String message = assertThrows(IllegalArgumentException.class, () -> NdArrays.buffer(array))
                .getMessage();
        assertTrue(message.startsWith("array: got "), message);
        return message;
    }

    /// Even if only an ND4J view of a view is left, the buffer's memory is kept; afterwards it is freed.
    @ParameterizedTest
    @EnumSource
    void anArrayKeepsTheMemoryOfItsBuffer(Precision precision) throws InterruptedException {
        AtomicBoolean freed = new AtomicBoolean();
        // in an array, so that the last reference can be cleared
        INDArray[] lastRow = {lastRowOverWatchedMemory(precision, freed)};
        assertFalse(collectedUntil(freed::get, 1_000));
        assertArrayEquals(new double[] {5, 6}, lastRow[0].toDoubleVector());
        lastRow[0] = null;
        assertTrue(collectedUntil(freed::get, 20_000));
    }

    private static INDArray lastRowOverWatchedMemory(Precision precision, AtomicBoolean freed) {
        Buffer b = Buffer.over(watched(6L * precision.bytes(), freed), 3, 2, precision);
        b.copyFrom(1, 2, 3, 4, 5, 6);
        return NdArrays.of(b).reshape(3, 2).getRow(2);
    }

    @SuppressWarnings("restricted")
    private static MemorySegment watched(long bytes, AtomicBoolean freed) {
        Arena arena = Arena.ofAuto();
        return arena.allocate(bytes, 64).reinterpret(bytes, arena, s -> freed.set(true));
    }

    /// A buffer, and a view of it, hold the ND4J array; without them it goes.
    @Test
    void aBufferKeepsItsArray() throws InterruptedException {
        INDArray[] array = {Nd4j.valueArrayOf(new long[] {64, 1024}, 3.0, DataType.DOUBLE)};
        WeakReference<INDArray> seen = new WeakReference<>(array[0]);
        Buffer[] view = {NdArrays.buffer(array[0]).view(100, 2, 3)};
        array[0] = null;
        assertFalse(collectedUntil(() -> seen.get() == null, 1_000));
        assertArrayEquals(new double[] {3, 3, 3, 3, 3, 3}, view[0].toArray());
        view[0] = null;
        assertTrue(collectedUntil(() -> seen.get() == null, 20_000));
    }

    /// Collects garbage under allocation by both sides until `done` or the time is over.
    private static boolean collectedUntil(BooleanSupplier done, long milliseconds) throws InterruptedException {
        long until = System.nanoTime() + milliseconds * 1_000_000;
        while (!done.getAsBoolean() && System.nanoTime() < until) {
            System.gc();
            for (int i = 0; i < 20; i++) {
                // would overwrite freed blocks
                Nd4j.valueArrayOf(new long[] {64, 1024}, -1.0, DataType.DOUBLE);
                Arena.ofAuto().allocate(48, 64).fill((byte) -1);
            }
            Thread.sleep(20);
        }
        return done.getAsBoolean();
    }
}
