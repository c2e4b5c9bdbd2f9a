package org.costate.nd4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/// What happens when one side is closed while the other still looks.
class ClosedArraysTest {
    @Test
    void anArrayKeepsTheMemoryOfAReleasedBuffer() throws InterruptedException {
        for (Workspace w : new Workspace[] {new Workspace(), Workspace.scoped()}) {
            Buffer b = w.allocate(1, 1000, Precision.FLOAT64);
            b.fill(3);
            INDArray a = NdArrays.of(b);
            INDArray row = a.reshape(10, 100).getRow(4);
            w.release(b);
            assertThrows(IllegalStateException.class, () -> b.get(0));
            for (int i = 0; i < 10; i++) {
                w.allocate(1, 1000, Precision.FLOAT64).fill(-1); // not where the array is
            }
            assertEquals(3000, a.sumNumber().doubleValue());
            assertEquals(300, row.sumNumber().doubleValue());
            String said = assertThrows(IllegalStateException.class, w::close).getMessage();
            assertTrue(said.contains("1 buffer of it is still shown by something else, such as an ND4J array"), said);
            assertEquals(10 * 8000, w.liveBytes(), "nothing was closed");
            a.addi(row.sumNumber());
            a = null;
            row = null;
            for (int i = 0; i < 200; i++) { // the collector finds the arrays unused
                System.gc();
                Thread.sleep(10);
                try {
                    w.close();
                    break;
                } catch (IllegalStateException e) {
                    assertTrue(i < 199, e.getMessage());
                }
            }
            assertEquals(0, w.liveBytes());
            assertThrows(IllegalStateException.class, () -> w.allocate(1, 1, Precision.FLOAT64));
        }
    }

    @Test
    void aBufferOverAClosedArrayIsAnException() {
        INDArray a = Nd4j.create(DataType.DOUBLE, 2, 3);
        Buffer whole = NdArrays.buffer(a);
        Buffer reshaped = NdArrays.buffer(a.reshape(3, 2));
        Buffer row = NdArrays.buffer(a.getRow(1));
        Buffer view = whole.view(1, 1, 2);
        whole.set(1, 5);
        assertEquals(5, view.get(0));
        assertTrue(whole.isLive());
        a.close();
        for (Buffer b : new Buffer[] {whole, reshaped, row, view}) {
            assertFalse(b.isLive());
            String said =
                    assertThrows(IllegalStateException.class, () -> b.get(0)).getMessage();
            assertTrue(said.contains("released or closed"), said);
            assertThrows(IllegalStateException.class, b::block);
        }
    }
}
