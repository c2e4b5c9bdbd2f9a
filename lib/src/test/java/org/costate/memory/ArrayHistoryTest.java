package org.costate.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArrayHistoryTest {
    /// More come than were expected, as many, or fewer.
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 200, 500})
    void whatWasAppendedIsRead(int expected) {
        ArrayHistory history = new ArrayHistory(new Workspace(), 3, expected);
        for (int i = 0; i < 200; i++) {
            history.append(new double[] {i, -i, 0.5 * i});
        }
        double[] read = new double[3];
        for (int i = 199; i >= 0; i--) {
            history.read(i, read);
            assertArrayEquals(new double[] {i, -i, 0.5 * i}, read);
        }
        history.truncate(150);
        assertEquals(150, history.count());
        history.append(new double[] {1, 2, 3});
        history.read(150, read);
        assertArrayEquals(new double[] {1, 2, 3}, read);
        assertThrows(IndexOutOfBoundsException.class, () -> history.read(151, read));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 16, 1000})
    void expectedRecordsTakeTheirOwnBytesOnly(int expected) {
        Workspace workspace = new Workspace();
        ArrayHistory history = new ArrayHistory(workspace, 4, expected);
        for (int i = 0; i < expected; i++) {
            history.append(new double[4]);
        }
        assertTrue(workspace.peakBytes() <= 32L * expected + 64, workspace.peakBytes() + " bytes");
    }
}
