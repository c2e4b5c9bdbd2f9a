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
    void partsCountByThemselvesAndForTheWhole() {
        Workspace w = new Workspace();
        Buffer own = w.allocate(1, 8, Precision.FLOAT64);
        try (Workspace part = w.part();
                Workspace inner = part.part()) {
            inner.release(inner.allocate(1, 80, Precision.FLOAT64));
            part.allocate(1, 16, Precision.FLOAT64);
            assertEquals(0, inner.liveBytes());
            assertEquals(640, inner.peakBytes());
            assertEquals(128, part.liveBytes());
            assertEquals(640, part.peakBytes(), "with what is part of it");
            assertEquals(192, w.liveBytes());
            assertEquals(704, w.peakBytes());
        }
        assertEquals(64, w.liveBytes());
        w.release(own);
    }

    @Test
    void budgetsHoldAlsoForPartsOfParts() {
        Workspace w = new Workspace();
        try (Workspace part = w.part(256);
                Workspace inner = part.part()) {
            Buffer a = inner.allocate(1, 16, Precision.FLOAT64);
            part.allocate(1, 8, Precision.FLOAT64);
            MemoryBudgetException e =
                    assertThrows(MemoryBudgetException.class, () -> inner.allocate(1, 9, Precision.FLOAT64));
            assertEquals(256, e.budget());
            assertEquals(192, e.live());
            assertEquals(128, e.asked());
            assertTrue(e.getMessage().startsWith("budget: got a request for 128 bytes beside the 192"), e.getMessage());
            assertEquals(192, w.liveBytes(), "nothing is counted that was not given");
            inner.release(a);
            inner.allocate(1, 9, Precision.FLOAT64);
        }
        assertEquals(0, w.liveBytes());
    }

    @Test
    void aUseAfterTheEndIsAnException() {
        for (Workspace w : new Workspace[] {new Workspace(), Workspace.scoped()}) {
            Buffer released = w.allocate(2, 2, Precision.FLOAT64);
            Buffer view = released.view(1, 1, 2);
            Buffer window = Buffer.movable(1, 1, Precision.FLOAT64);
            window.moveTo(released, 3);
            w.release(released);
            Buffer next = w.allocate(2, 2, Precision.FLOAT64);
            next.fill(9);
            Buffer closed = w.allocate(1, 1, Precision.FLOAT32);
            for (Buffer b : new Buffer[] {released, view, window}) {
                ended(b);
            }
            window.moveTo(next, 0);
            assertEquals(9, window.get(0), "a view may be moved on");
            assertThrows(IllegalStateException.class, () -> window.moveTo(released, 0));
            w.close();
            w.close();
            for (Buffer b : new Buffer[] {next, closed, window}) {
                ended(b);
            }
            assertEquals(0, w.liveBytes());
            assertEquals(0, w.reservedBytes());
            assertTrue(assertThrows(IllegalStateException.class, () -> w.allocate(1, 1, Precision.FLOAT64))
                    .getMessage()
                    .startsWith("workspace: got one that is closed"));
            assertThrows(IllegalStateException.class, w::part);
        }
    }

    private static void ended(Buffer b) {
        assertTrue(!b.isLive());
        Buffer same = new Workspace().allocate(b.rows(), b.columns(), b.precision());
        for (org.junit.jupiter.api.function.Executable use : new org.junit.jupiter.api.function.Executable[] {
            () -> b.get(0),
            () -> b.set(0, 1),
            () -> b.fill(0),
            () -> b.fill(1),
            () -> b.copyFrom(same),
            () -> same.copyFrom(b),
            b::toArray,
            b::memory,
            b::block,
            b::address,
            b::hold,
            () -> b.view(0, 1, 1)
        }) {
            String said = assertThrows(IllegalStateException.class, use).getMessage();
            assertTrue(said.startsWith("buffer: got Buffer["), said);
        }
    }

    @Test
    void closingWhileSomebodyLooksSaysSo() {
        for (Workspace w : new Workspace[] {new Workspace(), Workspace.scoped()}) {
            Workspace part = w.part();
            assertTrue(assertThrows(IllegalStateException.class, w::close)
                    .getMessage()
                    .contains("while 1 part of it is open"));
            Buffer b = part.allocate(1, 8, Precision.FLOAT64);
            b.fill(4);
            Buffer.Hold hold = b.hold();
            long address = b.address();
            part.close();
            assertThrows(IllegalStateException.class, () -> b.get(0));
            for (int i = 0; i < 5; i++) {
                assertTrue(w.allocate(1, 8, Precision.FLOAT64).address() != address, "not handed out again");
            }
            assertTrue(assertThrows(IllegalStateException.class, w::close)
                    .getMessage()
                    .contains("while 1 buffer of it is still shown"));
            hold.close();
            hold.close();
            w.close();
        }
    }

    /// Memory of a scoped workspace is gone when it is closed, and what was given away is not.
    @Test
    void aScopedWorkspaceFreesItsMemoryAtOnce() {
        Workspace w = Workspace.scoped();
        Buffer a = w.allocate(1, 8, Precision.FLOAT64);
        java.lang.foreign.MemorySegment raw = a.block();
        Buffer given = w.allocate(1, 8, Precision.FLOAT64);
        given.set(3, 7);
        Buffer kept = w.give(given);
        assertEquals(64, w.liveBytes());
        w.close();
        assertThrows(IllegalStateException.class, () -> raw.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 0));
        assertEquals(7, kept.get(3));
        Workspace collected = new Workspace();
        Buffer b = collected.allocate(1, 8, Precision.FLOAT64);
        java.lang.foreign.MemorySegment mine = b.block();
        assertEquals(b, collected.give(b));
        collected.close();
        assertEquals(0, mine.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 0), "lives as long as it is held");
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
    void aHistoryTakesNoMemoryForMoreRecordsThanItMayHave() {
        Workspace w = new Workspace();
        History h = new History(w, 8, 0, 100, Precision.FLOAT64);
        Buffer view = Buffer.movable(1, 8, Precision.FLOAT64);
        for (int k = 0; k < 100; k++) {
            h.append(view);
        }
        assertEquals(100 * 8 * 8, w.liveBytes());
        assertThrows(IndexOutOfBoundsException.class, () -> h.append(view));
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
