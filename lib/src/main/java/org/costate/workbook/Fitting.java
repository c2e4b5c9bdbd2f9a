package org.costate.workbook;

import java.util.Arrays;
import java.util.Random;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// What a fit of a few unknowns needs besides a gradient: second derivatives, errors, made-up data.
public final class Fitting {
    private Fitting() {}

    /// The matrix of second derivatives by central differences of a gradient, the mean of it and its transpose.
    ///
    /// @param w Not modified.
    public static double[][] secondDerivatives(UnaryOperator<double[]> gradient, double[] w) {
        double[][] found = new double[w.length][];
        for (int i = 0; i < w.length; i++) {
            double[] unit = new double[w.length];
            unit[i] = 1;
            double[] up = gradient.apply(Matrices.plus(w, 1e-4, unit));
            double[] down = gradient.apply(Matrices.plus(w, -1e-4, unit));
            found[i] = Arrays.stream(Matrices.plus(up, -1, down))
                    .map(v -> v / 2e-4)
                    .toArray();
        }
        double[][] turned = Matrices.transpose(found);
        for (int i = 0; i < w.length; i++) {
            found[i] = Arrays.stream(Matrices.plus(found[i], 1, turned[i]))
                    .map(v -> v / 2)
                    .toArray();
        }
        return found;
    }

    /// The roots of the diagonal of 2σ²H⁻¹.
    public static double[] errors(double[][] hessian, double sigma) {
        double[][] units = Matrices.identity(hessian.length);
        double[] found = new double[hessian.length];
        Arrays.setAll(found, i -> sigma * Math.sqrt(2 * Matrices.solve(hessian, units[i])[i]));
        return found;
    }

    /// The answers to made-up data.
    ///
    /// @param clean what each data set is, before it gets normal errors of this standard deviation. Not modified.
    public static double[][] repeated(
            int times, long seed, double sigma, double[][] clean, Function<double[][], double[]> answer) {
        Random random = new Random(seed);
        return Stream.generate(() -> answer.apply(noisy(random, sigma, clean)))
                .limit(times)
                .toArray(double[][]::new);
    }

    /// These numbers, each with a normal error of this standard deviation.
    ///
    /// @param clean Not modified.
    private static double[][] noisy(Random random, double sigma, double[][] clean) {
        return Arrays.stream(clean)
                .map(row -> Arrays.stream(row)
                        .map(v -> v + sigma * random.nextGaussian())
                        .toArray())
                .toArray(double[][]::new);
    }

    /// The standard deviation of each column.
    public static double[] spread(double[][] rows) {
        double[][] columns = Matrices.transpose(rows);
        return Arrays.stream(columns)
                .mapToDouble(c -> {
                    double mean = Arrays.stream(c).average().orElseThrow();
                    double squares =
                            Arrays.stream(c).map(v -> (v - mean) * (v - mean)).sum();
                    return Math.sqrt(squares / (c.length - 1));
                })
                .toArray();
    }

    /// The root of the mean square of the differences of rows `from` to `to` − 1.
    public static double rms(double[][] a, double[][] b, int from, int to) {
        double sum = IntStream.range(from, to)
                .mapToDouble(i -> Lesson07.squares(a[i], b[i]))
                .sum();
        return Math.sqrt(sum / (a[0].length * (to - from)));
    }

    /// The average row, so many times.
    public static double[][] average(double[][] rows, int times) {
        double[] mean = Arrays.stream(Matrices.transpose(rows))
                .mapToDouble(c -> Arrays.stream(c).average().orElseThrow())
                .toArray();
        return Stream.generate(() -> mean).limit(times).toArray(double[][]::new);
    }
}
