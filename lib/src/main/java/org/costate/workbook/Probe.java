package org.costate.workbook;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/// The random input of one trial of an exercise. The numbers depend on the trial's number alone, so that the lesson's
/// answer, the reader's and each likely mistake see the same ones; their names come back in the message when an answer
/// is wrong ("at x = 0.31, dt = 0.1").
///
/// Ranges are half-open. Keep them where right and wrong answers differ: away from zeros, symmetric points and
/// values at which two formulas meet.
public final class Probe {
    private final SplittableRandom random;
    private final Map<String, String> drawn = new LinkedHashMap<>();

    Probe(int trial) {
        random = new SplittableRandom(20_180_619L + 7919L * trial);
    }

    /// A number of [low, high).
    public double number(String name, double low, double high) {
        double value = random.nextDouble(low, high);
        drawn.put(name, format(value));
        return value;
    }

    /// A whole number of low … high − 1.
    public int integer(String name, int low, int high) {
        int value = random.nextInt(low, high);
        drawn.put(name, Integer.toString(value));
        return value;
    }

    /// A new array of `length` numbers of [low, high).
    public double[] vector(String name, int length, double low, double high) {
        double[] value = random.doubles(length, low, high).toArray();
        drawn.put(name, format(value));
        return value;
    }

    /// A new array of `rows` arrays of `columns` numbers of [low, high).
    public double[][] matrix(String name, int rows, int columns, double low, double high) {
        double[][] value = new double[rows][];
        for (int i = 0; i < rows; i++) {
            value[i] = random.doubles(columns, low, high).toArray();
        }
        drawn.put(name, Arrays.stream(value).map(Probe::format).collect(Collectors.joining(", ", "[", "]")));
        return value;
    }

    /// The drawn numbers for a message: `at x = 0.31, dt = 0.1`, or nothing if none was drawn.
    String where() {
        return drawn.entrySet().stream()
                .map(e -> e.getKey() + " = " + e.getValue())
                .collect(Collectors.joining(", ", drawn.isEmpty() ? "" : "at ", ""));
    }

    static String format(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e9
                ? Long.toString((long) value)
                : String.format(Locale.ROOT, "%.5g", value);
    }

    private static String format(double[] values) {
        return Arrays.stream(values)
                .limit(6)
                .mapToObj(Probe::format)
                .collect(Collectors.joining(", ", "[", values.length > 6 ? ", …]" : "]"));
    }
}
