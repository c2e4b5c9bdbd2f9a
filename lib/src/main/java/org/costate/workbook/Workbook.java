package org.costate.workbook;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;

/// The calls that a lesson's cells use without a class name: [#claim(String, boolean)], [#say(String, Object...)],
/// [#todo()], [#TODO].
///
/// A claim is a statement of the lesson that the reader's machine checks. It prints one line when it holds and throws
/// [ClaimFailed] when it does not; Java's `assert` is of no use in cells, where it is off. The printed numbers are
/// rounded, so that the line is the same on every machine: to nine digits, and to nothing finer than the tolerance.
public final class Workbook {
    /// The missing answer of an exercise whose answer is a number: not a number, which a check reads as "not
    /// attempted".
    public static final double TODO = Double.NaN;

    private static final int DIGITS = 9;

    private Workbook() {}

    /// The missing answer of an exercise, whatever its type: `x -> todo()`, `return todo();`.
    ///
    /// @throws NotAttempted always
    @SuppressWarnings({"DoNotCallSuggester", "TypeParameterUnusedInFormals"}) // fits any answer's type, and is replaced
    public static <T> T todo() {
        throw new NotAttempted();
    }

    /// States that something holds.
    ///
    /// @param id the claim's name, unique in the workbook, such as `01.three-terms`
    /// @throws ClaimFailed if `holds` is false
    public static void claim(String id, boolean holds) {
        requireId(id);
        if (!holds) {
            throw new ClaimFailed(id, "the condition is false");
        }
        IO.println("✓ claim " + id);
    }

    /// States that two numbers agree: |got − expected| ≤ tolerance.
    ///
    /// @param id the claim's name, unique in the workbook
    /// @param tolerance largest absolute difference, > 0 and finite; in the unit of the two numbers
    /// @throws ClaimFailed if they differ by more, or one is not a number
    public static void claim(String id, double got, double expected, double tolerance) {
        requireId(id);
        requireTolerance(tolerance);
        compare(id, "", got, expected, tolerance);
        IO.println("✓ claim " + id + ": " + digits(got, tolerance) + " = " + digits(expected, tolerance) + " within "
                + shortly(tolerance));
    }

    /// States that two rows of numbers agree, each pair within the tolerance.
    ///
    /// @throws ClaimFailed naming the first pair that does not agree, or the lengths if they differ
    public static void claim(String id, double[] got, double[] expected, double tolerance) {
        claim(id, new double[][] {got}, new double[][] {expected}, tolerance);
    }

    /// States that two tables of numbers agree, each pair within the tolerance.
    ///
    /// @throws ClaimFailed naming the first pair that does not agree, or the shapes if they differ
    public static void claim(String id, double[][] got, double[][] expected, double tolerance) {
        requireId(id);
        requireTolerance(tolerance);
        if (got.length != expected.length) {
            throw new ClaimFailed(id, "got " + got.length + " rows, expected " + expected.length);
        }
        int count = 0;
        for (int i = 0; i < got.length; i++) {
            if (got[i].length != expected[i].length) {
                throw new ClaimFailed(
                        id, "row " + i + " has " + got[i].length + " numbers, expected " + expected[i].length);
            }
            for (int j = 0; j < got[i].length; j++) {
                compare(id, "at [" + i + "][" + j + "] ", got[i][j], expected[i][j], tolerance);
                count++;
            }
        }
        if (count == 0) {
            throw new ClaimFailed(id, "there is no number to compare");
        }
        String numbers = count == 1 ? " number agrees" : " numbers agree";
        IO.println("✓ claim " + id + ": " + count + numbers + " within " + shortly(tolerance));
    }

    /// Prints a line with numbers: `say("x = %.3f after %d steps", x, n)`. Unlike `System.out.printf` it leaves no
    /// value that the notebook would show, ends the line, and writes a decimal point in every country.
    ///
    /// @param format as for [String#format(String, Object...)]
    @SuppressWarnings("AnnotateFormatMethod") // the annotation would be a dependency
    public static void say(String format, Object... values) {
        IO.println(String.format(Locale.ROOT, format, values));
    }

    private static void compare(String id, String where, double got, double expected, double tolerance) {
        double difference = Math.abs(got - expected);
        boolean agree = got == expected || difference <= tolerance; // the first also for two equal infinities
        if (!agree) {
            throw new ClaimFailed(
                    id,
                    where + "got " + got + ", expected " + expected + " within " + shortly(tolerance) + ", difference "
                            + String.format(Locale.ROOT, "%.3g", difference));
        }
    }

    /// A number with at most nine digits, none of them finer than the tolerance's leading one, no trailing zeros.
    static String digits(double value, double tolerance) {
        if (value == 0 || !Double.isFinite(value)) {
            return value == 0 ? "0" : Double.toString(value);
        }
        int leading = (int) Math.floor(Math.log10(Math.abs(value)));
        int finest = (int) Math.floor(Math.log10(tolerance));
        int lowest = Math.max(finest, leading - DIGITS + 1);
        if (lowest > leading) {
            return "0"; // the whole number is below the tolerance
        }
        var rounded =
                new BigDecimal(value).setScale(-lowest, RoundingMode.HALF_EVEN).stripTrailingZeros();
        return leading < -4 || leading > DIGITS ? rounded.toString().replace('E', 'e') : rounded.toPlainString();
    }

    private static String shortly(double value) {
        return Double.toString(value).replace(".0E", "e").replace('E', 'e');
    }

    private static void requireId(String id) {
        if (id == null || !id.matches("[0-9A-Za-z]+(\\.[0-9A-Za-z-]+)*")) {
            throw new IllegalArgumentException(
                    "id: got \"" + id
                            + "\", expected letters, digits, dots and hyphens such as \"01.three-terms\"; give the claim a name");
        }
    }

    private static void requireTolerance(double tolerance) {
        if (!(tolerance > 0) || tolerance == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException("tolerance: got " + tolerance
                    + ", expected a positive finite number; for two values that must be equal use claim(id, a == b)");
        }
    }
}
