package org.costate.workbook;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Lists what a lesson's class declares: its public static exercises and predictions, in the order of the source.
/// For tests and tools; lessons have no use for it.
public final class Catalogue {
    private Catalogue() {}

    /// The exercises of a lesson's class by field name.
    public static Map<String, Exercise> exercises(Class<?> lesson) {
        return fields(lesson, Exercise.class);
    }

    /// The predictions of a lesson's class by field name.
    public static Map<String, Prediction> predictions(Class<?> lesson) {
        return fields(lesson, Prediction.class);
    }

    /// Everything as JSON: what a test that drives a kernel from outside needs to run each exercise in every way.
    public static String json(Class<?> lesson) {
        List<String> exercises = new ArrayList<>();
        for (Exercise e : exercises(lesson).values()) {
            List<String> mistakes = new ArrayList<>();
            for (Exercise.Mistake m : e.mistakes()) {
                mistakes.add("{\"cell\": " + quote(e.mistakeCell(m)) + ", \"message\": " + quote(m.message()) + "}");
            }
            List<String> hints = new ArrayList<>();
            for (int n = 1; n <= e.hints(); n++) {
                hints.add(quote(e.hint(n).text()));
            }
            exercises.add("{\"id\": " + quote(e.id()) + ", \"title\": " + quote(e.title()) + ", \"handle\": "
                    + quote(e.handle()) + ", \"starter\": " + quote(e.starterCell()) + ", \"solution\": "
                    + quote(e.solutionCell()) + ", \"mistakes\": " + mistakes + ", \"hints\": " + hints + "}");
        }
        List<String> predictions = new ArrayList<>();
        predictions(lesson)
                .forEach((name, p) -> predictions.add("{\"id\": " + quote(p.id()) + ", \"handle\": "
                        + quote(lesson.getSimpleName() + "." + name) + ", \"question\": " + quote(p.question())
                        + ", \"options\": "
                        + p.options().stream().map(o -> quote(o.text())).toList() + "}"));
        return "{\"exercises\": " + exercises + ", \"predictions\": " + predictions + "}";
    }

    private static <T> Map<String, T> fields(Class<?> lesson, Class<T> type) {
        Map<String, T> found = new LinkedHashMap<>();
        for (Field field : lesson.getDeclaredFields()) {
            if (type.isAssignableFrom(field.getType())
                    && Modifier.isStatic(field.getModifiers())
                    && Modifier.isPublic(field.getModifiers())) {
                try {
                    found.put(field.getName(), type.cast(field.get(null)));
                } catch (IllegalAccessException e) {
                    throw new IllegalArgumentException(
                            "lesson: got " + lesson.getName() + ", expected a public class with public fields", e);
                }
            }
        }
        return found;
    }

    private static String quote(String text) {
        return text.chars()
                .mapToObj(c -> switch (c) {
                    case '"' -> "\\\"";
                    case '\\' -> "\\\\";
                    default -> c < ' ' || c > '~' ? "\\u%04x".formatted(c) : Character.toString(c);
                })
                .collect(Collectors.joining("", "\"", "\""));
    }
}
