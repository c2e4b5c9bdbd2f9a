package org.costate.workbook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class CheckupTest {
    @Test
    void tellsOfEachPart() {
        String text = Checkup.run().text();
        for (String part :
                List.of("JDK: Java 25", "memory: ", "vectors: ", "fonts: ", "ND4J: ", "charts: ", "tables: ")) {
            assertTrue(text.contains(part), text);
        }
        assertTrue(text.contains("✓ ok · vectors: "), text); // the tests run with the Vector API
    }

    @Test
    void problemsComeWithARemedy() {
        Card card = Checkup.card(List.of(
                Checkup.jdk(Runtime.Version.parse("25.0.3+1")),
                Checkup.memory(100L << 20, 8L << 30),
                Checkup.look(
                        "fonts",
                        () -> {
                            throw new NoClassDefFoundError("sun.awt.X11FontManager");
                        },
                        "install some")));
        assertTrue(card.text().startsWith("2 problems"), card.text());
        assertTrue(card.text().contains("✓ ok · JDK"), card.text());
        assertTrue(card.text().contains("✗ problem · memory: 100 MB"), card.text());
        assertTrue(card.text().contains("X11FontManager). Remedy: install some"), card.text());
    }

    @Test
    void limitsAreWhereTheyShouldBe() {
        assertFalse(Checkup.jdk(Runtime.Version.parse("24.0.1")).works());
        assertTrue(Checkup.jdk(Runtime.Version.parse("25.0.2")).works());
        assertTrue(Checkup.jdk(Runtime.Version.parse("25.0.2")).remedy().contains("25.0.3"));
        assertEquals("", Checkup.jdk(Runtime.Version.parse("26")).remedy());
        assertTrue(Checkup.memory(400L << 20, 1_000_000_000L).works());
        assertFalse(Checkup.memory(400L << 20, 900_000_000L).works());
        assertEquals("", Checkup.look("x", () -> "there", "r").remedy());
    }
}
