package org.costate;

import java.util.Arrays;

/// Comparison of arrays relative to their largest entry. Needs no JUnit, since `environment/bench --gpu` runs it, too.
public final class Close {
    private Close() {}

    /// Fails where two arrays differ by more than `tolerance` times the largest expected entry (or times 1 if that is
    /// 0).
    public static void assertClose(double[] expected, double[] actual, double tolerance, String what) {
        if (expected.length != actual.length) {
            throw new AssertionError(what + ": length " + actual.length + ", expected " + expected.length);
        }
        double worst = difference(expected, actual);
        if (!(worst <= tolerance)) {
            throw new AssertionError(what + ": relative difference " + worst + " above " + tolerance + "\nexpected "
                    + Arrays.toString(expected) + "\ngot      " + Arrays.toString(actual));
        }
    }

    /// The largest difference, relative to the largest expected entry.
    public static double difference(double[] expected, double[] actual) {
        double scale = Arrays.stream(expected).map(Math::abs).max().orElse(1);
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            double miss = Math.abs(expected[i] - actual[i]) / (scale == 0 ? 1 : scale);
            worst = miss <= worst ? worst : miss; // keeps NaN
        }
        return worst;
    }

    /// A matrix as one array, row after row.
    public static double[] flat(double[][] matrix) {
        return Arrays.stream(matrix).flatMapToDouble(Arrays::stream).toArray();
    }
}
