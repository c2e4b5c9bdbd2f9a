package org.costate.workbook;

import static org.costate.workbook.Workbook.claim;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class WorkbookTest {
    @Test
    void claimsThatHoldPrintOneLine() {
        assertEquals("✓ claim 90.a\n", printed(() -> claim("90.a", true)));
        assertEquals(
                "✓ claim 90.b: 2.59374246 = 2.59374246 within 1e-12\n",
                printed(() -> claim("90.b", 2.5937424601000023, Math.pow(1.1, 10), 1e-12)));
        assertEquals("✓ claim 90.c: 0 = 0 within 1e-9\n", printed(() -> claim("90.c", 3e-17, 0, 1e-9)));
        double[][] table = {{1, 2}, {3, 4}};
        assertEquals("✓ claim 90.d: 4 numbers agree within 0.5\n", printed(() -> claim("90.d", table, table, 0.5)));
        assertDoesNotThrow(() -> printed(() -> claim("90.e", 1, 1.5, 0.5)));
    }

    @Test
    void claimsThatFailThrowBothNumbers() {
        String message = failing(() -> claim("90.b", 2.5, 2.4, 1e-3));
        assertTrue(message.contains("90.b") && message.contains("got 2.5, expected 2.4"), message);
        assertTrue(failing(() -> claim("90.a", false)).contains("90.a"));
        assertTrue(failing(() -> claim("90.n", Double.NaN, 1, 1e9)).contains("got NaN"));
        assertTrue(failing(() -> claim("90.n", 1, Double.NaN, 1e9)).contains("expected NaN"));
        assertTrue(failing(() -> claim("90.r", new double[] {1, 2}, new double[] {1, 3}, 0.1))
                .contains("at [0][1] got 2.0, expected 3.0"));
        assertTrue(failing(() -> claim("90.r", new double[] {1}, new double[] {1, 3}, 0.1))
                .contains("has 1 numbers, expected 2"));
        assertTrue(failing(() -> claim("90.t", new double[1][1], new double[2][1], 0.1))
                .contains("got 1 rows"));
        assertTrue(
                failing(() -> claim("90.t", new double[0], new double[0], 0.1)).contains("no number"));
    }

    @Test
    void badArgumentsAreNamed() {
        assertTrue(refused(() -> claim("", true)).contains("id"));
        assertTrue(refused(() -> claim(null, true)).contains("id"));
        assertTrue(refused(() -> claim("90.a", 1, 1, 0)).contains("tolerance"));
        assertTrue(refused(() -> claim("90.a", 1, 1, Double.NaN)).contains("tolerance"));
    }

    @Test
    void linesHaveADecimalPointEverywhere() {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.GERMANY);
        try {
            assertEquals("x = 0.500 after 3\n", printed(() -> Workbook.say("x = %.3f after %d", 0.5, 3)));
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void digitsStopAtTheTolerance() {
        assertEquals("1.234", Workbook.digits(1.23449999, 1e-3));
        assertEquals("1.23456789", Workbook.digits(1.2345678901234, 1e-15));
        assertEquals("0", Workbook.digits(4e-5, 1e-3));
        assertEquals("-120000", Workbook.digits(-120000, 1));
        assertEquals("1.5e-7", Workbook.digits(1.5e-7, 1e-12));
        assertEquals("1e+20", Workbook.digits(1e20, 1));
        assertEquals("Infinity", Workbook.digits(Double.POSITIVE_INFINITY, 1));
    }

    @Test
    void numberExercisesKnowTheirMistakes() {
        assertEquals(
                Verdict.State.NOT_ATTEMPTED, Lesson00.sign.check(Workbook.TODO).state());
        assertTrue(Lesson00.sign.check(-2.5).passed());
        assertTrue(Lesson00.sign.check(-2.5001).passed());
        assertTrue(Lesson00.sign.check(2.5).text().contains("2.5 is a itself"));
        assertTrue(Lesson00.sign.check(-3).text().contains("too large"));
        assertTrue(Lesson00.sign.check(-1).text().contains("too small"));
        assertFalse(Lesson00.sign.check(Double.POSITIVE_INFINITY).passed());
    }

    @Test
    void predictionsWaitForAGuess() {
        Prediction p = Lesson00.growth;
        Card none = p.predict('?').reveal();
        assertTrue(none.text().contains("No prediction yet"), none.text());
        for (Prediction.Option option : p.options()) {
            assertFalse(none.text().contains(option.explanation()), "tells before the guess");
            assertTrue(p.explain().text().contains(option.explanation()));
        }
        assertTrue(p.predict('A').right());
        assertTrue(p.predict('a').reveal().text().startsWith("✓ You predicted (a)"));
        String wrong = p.predict('c').reveal().text();
        assertTrue(wrong.startsWith("✗ You predicted (c)") && wrong.contains("It is (a)"), wrong);
        assertThrows(IllegalArgumentException.class, () -> p.predict('d'));
        assertThrows(
                IllegalStateException.class, () -> Prediction.of("90.p", "?").answer('a'));
    }

    @Test
    void cardsSayTheSameInBothForms() {
        Card card = new Note("Heading `x < 1`", "One & two.\n\nCosts $5 or `a > b`", "if (a < b) {}");
        assertEquals("Heading `x < 1`\nOne & two.\nCosts $5 or `a > b`\n\n    if (a < b) {}", card.text());
        assertTrue(card.html().contains(">x &lt; 1</code>"), card.html());
        assertTrue(card.html().contains("One &amp; two."), card.html());
        assertTrue(card.html().contains("&#36;5"), "a dollar sign would start a formula");
        assertTrue(card.html().contains("if (a &lt; b) {}</pre>"), card.html());
        assertEquals(card.text(), card.toString());
    }

    @Test
    void theCatalogueListsTheLesson() {
        String json = Catalogue.json(Lesson00.class);
        assertTrue(json.contains("\"handle\": \"Lesson00.slope\""), json);
        assertTrue(json.contains("Lesson00.sign.check(TODO);"), json);
        assertTrue(json.contains("\"handle\": \"Lesson00.growth\""), json);
        assertFalse(json.contains("\n"), "line breaks are escaped");
    }

    private static String failing(Runnable claim) {
        String[] message = new String[1];
        String out = printed(
                () -> message[0] = assertThrows(ClaimFailed.class, claim::run).getMessage());
        assertEquals("", out, "a claim that fails prints nothing");
        return message[0];
    }

    private static String refused(Runnable claim) {
        return assertThrows(IllegalArgumentException.class, claim::run).getMessage();
    }

    private static String printed(Runnable action) {
        PrintStream before = System.out;
        var bytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            action.run();
        } finally {
            System.setOut(before);
        }
        return bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
    }
}
