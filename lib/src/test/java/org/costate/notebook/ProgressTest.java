package org.costate.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProgressTest {
    /// Remembers what was shown.
    private static final class Recorder implements Display {
        final List<String> calls = new ArrayList<>();

        @Override
        public void show(Bundle bundle) {
            calls.add("show " + bundle.text());
        }

        @Override
        public void show(Bundle bundle, String id) {
            calls.add("new " + bundle.text());
        }

        @Override
        public void update(Bundle bundle, String id) {
            calls.add("update " + bundle.text());
        }
    }

    @Test
    void aFastLoopLeavesOneLine() {
        Recorder recorder = new Recorder();
        try (Progress p = new Progress("train", 1000, recorder)) {
            for (int i = 0; i < 1000; i++) {
                p.advance();
            }
        }
        assertEquals(List.of("new train: 1000 of 1000"), recorder.calls);
    }

    @Test
    void aSlowLoopIsUpdatedInPlaceAndNotTooOften() throws InterruptedException {
        Recorder recorder = new Recorder();
        try (Progress p = new Progress("train", 50, recorder)) {
            for (int i = 0; i < 50; i++) {
                Thread.sleep(20);
                p.advance("cost 0.5");
            }
        }
        assertTrue(recorder.calls.getFirst().startsWith("new train: "), recorder.calls.toString());
        assertTrue(recorder.calls.getFirst().contains("left"), recorder.calls.toString());
        assertTrue(recorder.calls.subList(1, recorder.calls.size()).stream().allMatch(c -> c.startsWith("update ")));
        assertTrue(recorder.calls.size() >= 3 && recorder.calls.size() <= 26, recorder.calls.size() + " calls");
        assertEquals("update train: 50 of 50, cost 0.5", recorder.calls.getLast());
    }

    @Test
    void aLoopThatEndsEarlySaysSo() {
        Recorder recorder = new Recorder();
        Progress p = new Progress("train", 10, recorder);
        p.at(3, "");
        p.close();
        p.close();
        assertEquals(List.of("new train: 3 of 10, stopped"), recorder.calls);
    }

    @Test
    void noSteps() {
        var e = assertThrows(IllegalArgumentException.class, () -> Notebook.progress("train", 0));
        assertTrue(e.getMessage().startsWith("total: got 0"), e.getMessage());
    }
}
