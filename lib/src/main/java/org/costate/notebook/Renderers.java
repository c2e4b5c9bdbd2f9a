package org.costate.notebook;

import java.awt.image.BufferedImage;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.costate.Comparison;
import org.costate.Solution;
import org.costate.adjoint.Gradient;
import org.costate.memory.Buffer;
import org.costate.ode.Parameters;
import org.costate.plot.Animation;
import org.costate.plot.Panels;
import org.costate.workbook.Card;
import org.knowm.xchart.internal.chartpart.Chart;
import org.nd4j.linalg.api.ndarray.INDArray;
import tech.tablesaw.columns.Column;
import tech.tablesaw.table.Relation;

/// Chooses how a value looks.
final class Renderers {
    private static final int MOST_CHARACTERS = 20_000;
    private static final int MOST_ELEMENTS = 20;

    private Renderers() {}

    /// The outputs that show this value, one below the other; at least one.
    static List<Bundle> render(Object value) {
        return switch (value) {
            case null -> List.of(Bundle.text("null"));
            case Solution solution -> List.of(Results.of(solution));
            case Gradient gradient -> List.of(Results.of(gradient));
            case Comparison comparison -> Results.of(comparison);
            case Parameters parameters -> List.of(Results.of(parameters));
            case Buffer buffer -> List.of(Results.of(buffer));
            case Card card -> List.of(Bundle.html(card.html(), card.text()));
            case Chart<?, ?> chart -> Pictures.chart(chart);
            case Panels panels -> Pictures.panels(panels);
            case Animation animation -> Pictures.animation(animation);
            case BufferedImage image -> List.of(Pictures.image(image));
            case Relation table -> List.of(TableGrid.of(table).bundle());
            case Column<?> column -> List.of(TableGrid.of(column).bundle());
            case INDArray array -> List.of(ArrayText.of(array));
            case Object array when array.getClass().isArray() -> List.of(ArrayText.of(array));
            case Object other -> List.of(Bundle.text(bounded(inLine(other))));
        };
    }

    /// The value in one line of bounded length, or in its own lines if it is a text.
    static String inLine(Object value) {
        return switch (value) {
            case null -> "null";
            case Float f -> f.toString();
            case Object array when array.getClass().isArray() -> ArrayText.inLine(array);
            case INDArray array -> ArrayText.title(array);
            case Relation table -> TableGrid.of(table).caption();
            case Map<?, ?> map -> map(map);
            case Collection<?> collection -> collection(collection);
            case Record record -> record(record);
            case Object other when hasNoText(other) -> "an object of " + className(other.getClass());
            case Object other -> bounded(String.valueOf(other));
        };
    }

    /// Does it print as a class and a hash code, which differs from run to run?
    private static boolean hasNoText(Object value) {
        try {
            return value.getClass().getMethod("toString").getDeclaringClass() == Object.class;
        } catch (NoSuchMethodException e) {
            return false;
        }
    }

    /// The class as it is written in a cell; of a lambda or a class without a name, what it implements or extends.
    private static String className(Class<?> type) {
        boolean nameless = type.isHidden()
                || type.isAnonymousClass()
                || type.getSimpleName().contains("$");
        if (!nameless) {
            return type.getSimpleName();
        }
        Class<?>[] interfaces = type.getInterfaces();
        return (interfaces.length > 0 ? interfaces[0] : type.getSuperclass()).getSimpleName();
    }

    private static String bounded(String text) {
        return text.length() <= MOST_CHARACTERS
                ? text
                : text.substring(0, MOST_CHARACTERS) + "\n… (" + text.length() + " characters in all)";
    }

    private static String collection(Collection<?> values) {
        return "["
                + joined(
                        values.stream()
                                .limit(MOST_ELEMENTS)
                                .map(Renderers::inLine)
                                .toList(),
                        values.size()) + "]";
    }

    private static String map(Map<?, ?> map) {
        List<String> entries = map.entrySet().stream()
                .limit(MOST_ELEMENTS)
                .map(e -> inLine(e.getKey()) + "=" + inLine(e.getValue()))
                .toList();
        return "{" + joined(entries, map.size()) + "}";
    }

    private static String joined(List<String> shown, int all) {
        String text = String.join(", ", shown);
        return shown.size() == all ? text : text + ", … (" + all + " in all)";
    }

    /// A record whose `toString` is Java's own would print arrays as `[D@1b2c3d`.
    private static String record(Record record) {
        try {
            if (record.getClass().getMethod("toString").getDeclaringClass() != record.getClass()
                    || !hasArray(record.getClass())) {
                return bounded(record.toString());
            }
            List<String> parts = new ArrayList<>();
            for (RecordComponent component : record.getClass().getRecordComponents()) {
                component.getAccessor().setAccessible(true);
                parts.add(component.getName() + "="
                        + inLine(component.getAccessor().invoke(record)));
            }
            return record.getClass().getSimpleName() + "[" + String.join(", ", parts) + "]";
        } catch (ReflectiveOperationException | RuntimeException e) {
            return bounded(record.toString());
        }
    }

    private static boolean hasArray(Class<?> type) {
        return java.util.Arrays.stream(type.getRecordComponents())
                .anyMatch(component -> component.getType().isArray());
    }
}
