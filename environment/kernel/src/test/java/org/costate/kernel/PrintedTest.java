package org.costate.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class PrintedTest {
    private final List<String> messages = Collections.synchronizedList(new ArrayList<>());
    private final List<PrintStream> streams = Printed.to(target(""), target("! "));
    private final PrintStream out = streams.getFirst();
    private final PrintStream err = streams.getLast();

    /// One message for each piece that arrives.
    private PrintStream target(String mark) {
        return new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8) {
            @Override
            public void print(String s) {
                messages.add(mark + s);
            }
        };
    }

    @Test
    void linesAreGathered() {
        for (int i = 0; i < 20_000; i++) {
            out.println(i);
        }
        out.flush();
        assertTrue(messages.size() < 100, messages.size() + " messages");
        assertTrue(String.join("", messages).endsWith("19998\n19999\n"));
    }

    @Test
    void whatIsPrintedFirstIsShownFirstOnWhicheverStream() {
        out.print("one ");
        out.print("two");
        err.print("three");
        out.print("four");
        out.flush();
        err.flush();
        assertEquals(List.of("one two", "! three", "four"), messages);
    }

    @Test
    void nothingWaitsLongAndAPauseIsNoEnd() throws InterruptedException {
        for (String text : List.of("a", "b")) {
            out.print(text);
            for (int i = 0; i < 100 && !messages.contains(text); i++) {
                Thread.sleep(50);
            }
        }
        assertEquals(List.of("a", "b"), messages);
    }

    @Test
    void noCharacterIsCut() {
        byte[] bytes = "aß書𝛼.".getBytes(StandardCharsets.UTF_8);
        for (byte b : bytes) {
            out.write(b);
            out.flush();
        }
        assertEquals(List.of("a", "ß", "書", "𝛼", "."), messages);
    }
}
