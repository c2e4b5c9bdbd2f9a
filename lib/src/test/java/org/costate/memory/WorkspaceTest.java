package org.costate.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WorkspaceTest {
    @Test
    void countsLiveAndPeak() {
        Workspace w = new Workspace();
        Buffer a = w.allocate(1, 16, Precision.FLOAT64); // 128 bytes
        Buffer b = w.allocate(1, 16, Precision.FLOAT32); // 64 bytes
        assertEquals(192, w.liveBytes());
        w.release(a);
        assertEquals(64, w.liveBytes());
        assertEquals(192, w.peakBytes());
        assertEquals(192, w.reservedBytes(), "the released block is kept");
        w.resetPeak();
        assertEquals(64, w.peakBytes());
        w.trim();
        assertEquals(64, w.reservedBytes());
        w.release(b);
        assertThrows(IllegalArgumentException.class, () -> w.release(b), "twice");
    }

    @Test
    void reusedMemoryIsZero() {
        Workspace w = new Workspace();
        Buffer a = w.allocate(4, 4, Precision.FLOAT64);
        a.fill(3);
        long address = a.memory().address();
        w.release(a);
        Buffer again = w.allocate(2, 8, Precision.FLOAT64);
        assertEquals(address, again.memory().address(), "same block");
        assertArrayEquals(new double[16], again.toArray());
    }

    @Test
    void keptBlocksAreAtMostAsManyBytesAsWereLive() {
        Workspace w = new Workspace();
        for (int n = 1; n < 200; n++) {
            w.release(w.allocate(1, 8 * n, Precision.FLOAT64));
            assertTrue(w.reservedBytes() <= 2 * w.peakBytes(), w.reservedBytes() + " of " + w.peakBytes());
        }
    }

    @Test
    void theSameCallAgainTakesTheSameMemory() {
        Workspace w = new Workspace();
        Set<Long> first = new HashSet<>();
        for (int round = 0; round < 3; round++) {
            try (Workspace part = w.part()) {
                for (int n : new int[] {8, 8, 64, 8, 512, 1024, 8, 64, 2048}) { // a history that grows among states
                    Buffer b = part.allocate(1, n, Precision.FLOAT64);
                    assertTrue(first.add(b.memory().address()) == (round == 0), "block of " + n + ", round " + round);
                }
            }
        }
    }

    @Test
    void aPartGivesEverythingBackWhenClosed() {
        Workspace w = new Workspace();
        try (Workspace part = w.part()) {
            Buffer a = part.allocate(1, 8, Precision.FLOAT64);
            part.allocate(1, 8, Precision.FLOAT64);
            part.release(a);
            assertEquals(64, w.liveBytes(), "counted by the whole");
            assertEquals(64, part.liveBytes());
        }
        assertEquals(0, w.liveBytes());
    }

    @Test
    void sizesThatCannotBeAreNamed() {
        Workspace w = new Workspace();
        assertThrows(IllegalArgumentException.class, () -> w.allocate(-1, 2, Precision.FLOAT64));
        OutOfMemoryError e =
                assertThrows(OutOfMemoryError.class, () -> w.allocate(Integer.MAX_VALUE, 1 << 20, Precision.FLOAT64));
        assertTrue(e.getMessage().contains("MaxDirectMemorySize"), e.getMessage());
        assertEquals(0, w.liveBytes(), "nothing is counted that was not given");
    }

    @Test
    void historiesGrowAndFindTheirRecords() {
        Workspace w = new Workspace();
        for (long expected : new long[] {0, 1000}) {
            History h = new History(w, 3, expected, Precision.FLOAT64);
            Buffer view = Buffer.movable(1, 3, Precision.FLOAT64);
            for (int i = 0; i < 1000; i++) {
                assertEquals(i, h.append(view));
                view.copyFrom(i, 2 * i, 3 * i);
            }
            Buffer last = Buffer.movable(1, 1, Precision.FLOAT64);
            for (int i = 999; i >= 0; i--) {
                h.moveTo(i, 2, last);
                assertEquals(3 * i, last.get(0));
            }
            assertThrows(IndexOutOfBoundsException.class, () -> h.moveTo(1000, 0, last));
            h.release();
            assertEquals(0, w.liveBytes());
        }
    }
}
