package org.costate.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BufferTest {
    private final Workspace workspace = new Workspace();

    @ParameterizedTest
    @EnumSource
    void holdsWhatIsWritten(Precision precision) {
        Buffer b = workspace.allocate(2, 3, precision);
        assertArrayEquals(new double[6], b.toArray(), "zero at first");
        b.copyFrom(new double[][] {{1, 2, 3}, {4, 5, 6}});
        assertEquals(6, b.get(1, 2));
        assertEquals(4, b.get(3));
        b.set(0, 1, -7);
        assertArrayEquals(new double[] {1, -7, 3, 4, 5, 6}, b.toArray());
        b.fill(2.5);
        assertArrayEquals(new double[][] {{2.5, 2.5, 2.5}, {2.5, 2.5, 2.5}}, b.toMatrix());
        b.fill(0);
        assertArrayEquals(new double[6], b.toArray());
    }

    @Test
    void startsAtSixtyFourBytes() {
        for (int i = 0; i < 20; i++) {
            assertEquals(
                    0, workspace.allocate(1, 1 + i, Precision.FLOAT64).memory().address() % 64);
        }
    }

    @Test
    void viewsShareTheBytes() {
        Buffer b = workspace.allocate(3, 2, Precision.FLOAT64);
        Buffer row = b.view(2, 1, 2);
        row.set(1, 9);
        assertEquals(9, b.get(1, 1));
        Buffer window = Buffer.movable(1, 2, Precision.FLOAT64);
        window.moveTo(b, 4);
        window.set(0, 5);
        assertEquals(5, b.get(2, 0));
        window.moveTo(row, 0);
        assertEquals(9, window.get(1));
    }

    @Test
    void roundsToItsPrecisionWhenCopied() {
        Buffer wide = workspace.allocate(1, 1, Precision.FLOAT64);
        Buffer narrow = workspace.allocate(1, 1, Precision.FLOAT32);
        wide.set(0, 0.1);
        narrow.copyFrom(wide);
        assertEquals((double) 0.1f, narrow.get(0));
    }

    @Test
    void refusesWhatDoesNotFit() {
        Buffer b = workspace.allocate(2, 2, Precision.FLOAT64);
        assertTrue(assertThrows(IllegalArgumentException.class, () -> b.copyFrom(1, 2, 3))
                .getMessage()
                .contains("got 3 numbers, expected 4"));
        assertThrows(IllegalArgumentException.class, () -> b.copyFrom(new double[][] {{1, 2}, {3}}));
        assertThrows(IndexOutOfBoundsException.class, () -> b.view(1, 2, 2));
        assertThrows(IllegalStateException.class, () -> b.moveTo(b, 0));
        Buffer window = Buffer.movable(1, 3, Precision.FLOAT64);
        assertThrows(IndexOutOfBoundsException.class, () -> window.moveTo(b, 2));
        assertThrows(IndexOutOfBoundsException.class, () -> window.get(0), "not moved anywhere yet");
    }
}
