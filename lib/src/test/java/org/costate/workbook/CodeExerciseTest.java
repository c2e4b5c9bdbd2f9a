package org.costate.workbook;

import static org.costate.workbook.Verdict.State.MISTAKE;
import static org.costate.workbook.Verdict.State.NOT_ATTEMPTED;
import static org.costate.workbook.Verdict.State.PASSED;
import static org.costate.workbook.Workbook.todo;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class CodeExerciseTest {
    private static final CodeExercise<UnaryOperator<double[]>> squares =
            squares().build();

    private static CodeExercise.Builder<UnaryOperator<double[]>> squares() {
        return CodeExercise.<UnaryOperator<double[]>>of("90.1", "squares")
                .cell("Lesson90.squares.check(x -> @@);")
                .trial((answer, probe) -> answer.apply(probe.vector("x", 3, 0.5, 2)))
                .answer(x -> map(x, 1))
                .solution("map(x, 1)")
                .mistake("map(x, 2)", x -> map(x, 2), "twice too much")
                .mistakeWhen("x", a -> a.apply(new double[] {7})[0] == 7, "unchanged")
                .hint("first")
                .hint("second")
                .remark("well done");
    }

    private static double[] map(double[] x, double factor) {
        return Arrays.stream(x).map(v -> factor * v * v).toArray();
    }

    @Test
    void rightAnswersPass() {
        Verdict verdict = squares.check(x -> map(x, 1 + 1e-12));
        assertEquals(PASSED, verdict.state());
        assertTrue(verdict.passed());
        assertTrue(verdict.text().contains("well done"));
    }

    @Test
    void answersThatWriteIntoTheirArgumentPassToo() {
        assertTrue(squares.check(x -> {
                    Arrays.setAll(x, i -> x[i] * x[i]);
                    return x;
                })
                .passed());
    }

    @Test
    void startersAreNotAttempted() {
        assertEquals(NOT_ATTEMPTED, squares.check(null).state());
        assertEquals(NOT_ATTEMPTED, squares.check(x -> todo()).state());
        assertEquals(NOT_ATTEMPTED, squares.check(x -> null).state());
        assertEquals(
                NOT_ATTEMPTED,
                squares.check(x -> new double[] {Double.NaN, Double.NaN, Double.NaN})
                        .state());
        assertEquals(
                NOT_ATTEMPTED,
                squares.check(x -> {
                            try {
                                return todo();
                            } catch (NotAttempted e) {
                                throw new IllegalStateException(e);
                            }
                        })
                        .state());
        assertTrue(squares.check(null).text().contains("Lesson90.squares.hint(1)"));
    }

    @Test
    void likelyMistakesGetTheirMessage() {
        assertSays("twice too much", x -> map(x, 2));
        assertSays("unchanged", x -> x);
    }

    @Test
    void otherFaultsAreDescribed() {
        assertSays("wrong sign", x -> map(x, -1));
        assertSays("3 times what it should be", x -> map(x, 3));
        assertSays("has 2 numbers, expected 3", x -> Arrays.copyOf(map(x, 1), 2));
        assertSays("number 1: you gave NaN", x -> new double[] {x[0] * x[0], Double.NaN, 1});
        assertSays("threw ArrayIndexOutOfBoundsException: Index 9", x -> new double[] {x[9]});
        assertSays("at x = [", x -> new double[] {x[9]});
        assertSays("calls itself without end", CodeExerciseTest::endless);
        assertSays("they differ by", x -> map(x, 1 + 1e-7));
    }

    @SuppressWarnings("InfiniteRecursion") // on purpose
    private static double[] endless(double[] x) {
        return endless(x);
    }

    private static void assertSays(String words, UnaryOperator<double[]> answer) {
        Verdict verdict = squares.check(answer);
        assertEquals(MISTAKE, verdict.state(), verdict.text());
        assertTrue(verdict.text().contains(words), verdict.text());
    }

    @Test
    void aRightFirstTrialIsNotEnough() {
        double[] first = new double[1];
        squares.check(x -> {
            first[0] = first[0] == 0 ? x[0] : first[0];
            return null;
        });
        assertEquals(
                MISTAKE, squares.check(x -> x[0] == first[0] ? map(x, 1) : x).state());
    }

    @Test
    void inputIsTheSameEveryTime() {
        double[] a = new Probe(3).vector("x", 4, -1, 1);
        double[] b = new Probe(3).vector("x", 4, -1, 1);
        double[] c = new Probe(4).vector("x", 4, -1, 1);
        assertEquals(Arrays.toString(a), Arrays.toString(b));
        assertFalse(Arrays.equals(a, c));
        Probe probe = new Probe(0);
        assertEquals("", probe.where());
        assertEquals(2, probe.matrix("A", 2, 3, 0, 1).length);
        assertEquals(5, probe.integer("n", 5, 6));
        assertTrue(probe.where().endsWith(", n = 5"), probe.where());
    }

    @Test
    void hintsComeInSteps() {
        assertTrue(squares.hint(1).text().contains("first"));
        assertTrue(squares.hint(1).text().contains("Lesson90.squares.hint(2)"));
        assertTrue(squares.hint(2).text().contains("Lesson90.squares.solution()"));
        assertTrue(squares.hint(3).text().contains("no hint 3"));
        assertTrue(squares.hint(0).html().contains("no hint 0"));
        assertTrue(squares.solution().text().contains("    Lesson90.squares.check(x -> map(x, 1));"));
    }

    @Test
    void severalLinesKeepTheirIndentation() {
        var exercise = squares()
                .cell("var q = Lesson90.squares;\n    Lesson90.squares.check(x -> @@);")
                .solution("{\n    return x;\n}")
                .build();
        assertEquals(
                "var q = Lesson90.squares;\n    Lesson90.squares.check(x -> {\n        return x;\n    });",
                exercise.solutionCell());
    }

    @Test
    void incompleteExercisesAreRefused() {
        assertMissing(
                "hints",
                CodeExercise.<UnaryOperator<double[]>>of("90.2", "x")
                        .cell("Lesson90.squares.check(x -> @@);")
                        .solution("x")
                        .hint("only one")
                        .mistake("x", x -> x, "m"));
        assertMissing("cell", CodeExercise.<UnaryOperator<double[]>>of("90.2", "x"));
        assertMissing(
                "trial and answer",
                CodeExercise.<UnaryOperator<double[]>>of("90.2", "x")
                        .cell("Lesson90.squares.check(x -> @@);")
                        .solution("x")
                        .hint("1")
                        .hint("2")
                        .mistake("x", x -> x, "m"));
    }

    private static void assertMissing(String part, CodeExercise.Builder<?> builder) {
        var thrown = assertThrows(IllegalStateException.class, builder::build);
        assertTrue(thrown.getMessage().contains(part), thrown.getMessage());
    }
}
