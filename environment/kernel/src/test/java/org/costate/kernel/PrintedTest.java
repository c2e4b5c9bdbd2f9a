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
    private final Printed printed = new Printed(target(""), target("! "));
    private final PrintStream out = printed.out();
    private final PrintStream err = printed.err();

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
        printed.flush();
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
    void aCellPrintsNotWithoutBoundAndTheNextOneAgain() {
        for (int i = 0; i < 500_000; i++) {
            out.println(i);
        }
        printed.flush();
        String all = String.join("", messages);
        assertTrue(all.length() < 201_000, all.length() + " characters");
        assertTrue(all.endsWith("is not shown.\n"), all.substring(all.length() - 100));
        messages.clear();
        err.print("lost");
        printed.flush();
        printed.begin();
        err.print("next");
        printed.flush();
        assertEquals(List.of("! next"), messages);
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
