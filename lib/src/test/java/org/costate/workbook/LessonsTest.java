package org.costate.workbook;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What holds for the exercises of every lesson, found by the classes' names.
class LessonsTest {
    static Stream<Class<?>> lessons() {
        List<Class<?>> found = new ArrayList<>();
        for (int n = 0; n <= 99; n++) {
            try {
                found.add(Class.forName("org.costate.workbook.Lesson%02d".formatted(n)));
            } catch (ClassNotFoundException notThere) {
                // not every number has a lesson
            }
        }
        return found.stream();
    }

    static Stream<Exercise> exercises() {
        return lessons().flatMap(l -> Catalogue.exercises(l).values().stream());
    }

    static Stream<CodeExercise<?>> codeExercises() {
        return exercises().<CodeExercise<?>>mapMulti((e, sink) -> {
            if (e instanceof CodeExercise<?> code) {
                sink.accept(code);
            }
        });
    }

    @Test
    void lessonsAreFound() {
        assertTrue(lessons().anyMatch(Lesson00.class::equals));
    }

    @ParameterizedTest
    @MethodSource("lessons")
    void idsAreUniqueAndHandlesAreFields(Class<?> lesson) {
        String number = lesson.getSimpleName().substring("Lesson".length());
        Set<String> ids = new HashSet<>();
        Catalogue.exercises(lesson).forEach((field, e) -> {
            assertEquals(lesson.getSimpleName() + "." + field, e.handle(), "the cell of exercise " + e.id());
            assertTrue(e.id().startsWith(number + "."), e.id());
            assertTrue(ids.add(e.id()), "twice: " + e.id());
        });
        Catalogue.predictions(lesson).forEach((field, p) -> {
            assertTrue(p.id().startsWith(number + "."), p.id());
            assertTrue(ids.add(p.id()), "twice: " + p.id());
        });
        assertFalse(ids.isEmpty());
    }

    @ParameterizedTest
    @MethodSource("codeExercises")
    void theLessonsOwnAnswerPassesAndNothingIsNotAttempted(CodeExercise<?> exercise) {
        assertEquals(Verdict.State.PASSED, exercise.checkOwnAnswer().state(), exercise.id());
        assertEquals(Verdict.State.NOT_ATTEMPTED, exercise.check(null).state(), exercise.id());
    }

    @ParameterizedTest
    @MethodSource("exercises")
    void eachMistakeHasItsOwnMessageAndText(Exercise exercise) {
        Set<String> messages = new HashSet<>();
        for (Exercise.Mistake mistake : exercise.mistakes()) {
            assertTrue(messages.add(mistake.message()), "twice: " + mistake.message());
            exercise.checkMistake(mistake).ifPresent(verdict -> {
                assertEquals(Verdict.State.MISTAKE, verdict.state(), exercise.id() + " accepts " + mistake.code());
                assertTrue(verdict.message().startsWith(mistake.message()), exercise.id() + ": " + verdict.message());
            });
            assertFalse(exercise.mistakeCell(mistake).equals(exercise.solutionCell()), mistake.code());
            assertFalse(exercise.mistakeCell(mistake).contains("@@"), mistake.code());
        }
    }

    @ParameterizedTest
    @MethodSource("exercises")
    void textsAreComplete(Exercise exercise) {
        assertAll(
                () -> assertFalse(exercise.title().isBlank()),
                () -> assertTrue(exercise.starterCell().contains(exercise.placeholder()), exercise.starterCell()),
                () -> assertFalse(exercise.solutionCell().contains(exercise.placeholder()), exercise.solutionCell()),
                () -> assertTrue(exercise.solution().text().contains("Solution")),
                () -> assertTrue(exercise.hint(exercise.hints()).text().contains(exercise.handle() + ".solution()")));
    }

    @ParameterizedTest
    @MethodSource("lessons")
    void predictionsExplainEachOption(Class<?> lesson) {
        for (Prediction p : Catalogue.predictions(lesson).values()) {
            for (Prediction.Option option : p.options()) {
                assertFalse(option.text().isBlank());
                assertTrue(option.explanation().length() > 40, p.id() + ": say more on \"" + option.text() + "\"");
            }
        }
    }
}
