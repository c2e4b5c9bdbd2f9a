package org.costate;

import java.util.Arrays;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/// Matrices of numbers drawn at random.
public final class Draws {
    private Draws() {}

    /// From −bound to bound, all alike.
    public static double[][] uniform(long seed, int rows, int columns, double bound) {
        SplittableRandom random = new SplittableRandom(seed);
        return Stream.generate(() -> random.doubles(columns, -bound, bound).toArray())
                .limit(rows)
                .toArray(double[][]::new);
    }

    /// By the normal distribution around 0.
    public static double[][] normal(Random random, double deviation, int rows, int columns) {
        double[][] m = new double[rows][columns];
        for (double[] row : m) {
            Arrays.setAll(row, j -> deviation * random.nextGaussian());
        }
        return m;
    }
}
