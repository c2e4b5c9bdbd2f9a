package org.costate.workbook;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class Lesson10Test {
    @Test
    void answersAreHiddenUntilAsked() {
        String unasked = Lesson10.answer(0).text();
        assertTrue(unasked.contains("No question yet"), unasked);
        assertTrue(Lesson10.answer(11).text().contains("no question 11"));
        Set<String> answers = new HashSet<>();
        assertEquals(10, Questions.ALL.size());
        for (int n = 1; n <= 10; n++) {
            Questions.Question q = Questions.ALL.get(n - 1);
            String answer = Lesson10.answer(n).text();
            assertTrue(answer.startsWith(n + ". " + q.text()), answer);
            assertTrue(answer.contains(q.answer()) && answers.add(q.answer()), answer);
            assertFalse(unasked.contains(q.answer()), unasked);
        }
    }

    @Test
    void linksNameTheHeadingAsJupyterLabDoes() {
        assertEquals(
                "[03 Random signs](03-running-time-backwards.ipynb#Random-signs)",
                Lesson10.link("03-running-time-backwards", "Random signs"));
        assertEquals("[00](00-start-here.ipynb)", Lesson10.lesson("00-start-here"));
    }

    @Test
    void simpsonsRuleIsExactForCubes() {
        assertEquals(4, Lesson10.integral(new double[] {0, 1, 8}, 2), 1e-15);
        assertArrayEquals(new double[] {3, 2, 1}, Lesson10.reversed(new double[] {1, 2, 3}));
    }
}
