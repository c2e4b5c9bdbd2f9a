package org.costate.workbook;

import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.apache.commons.math3.linear.LUDecomposition;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.SingularMatrixException;

/// Small matrices as arrays of rows, for the checks in lessons: each call a new array, no argument modified. The
/// library's own arithmetic is in `org.costate.kernels`.
public final class Matrices {
    private Matrices() {}

    /// A B.
    ///
    /// @throws IllegalArgumentException if A has not as many columns as B has rows
    public static double[][] times(double[][] a, double[][] b) {
        double[][] columns = transpose(b);
        double[][] product = new double[a.length][columns.length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < columns.length; j++) {
                product[i][j] = dot(a[i], columns[j]);
            }
        }
        return product;
    }

    /// The x with A x = b.
    ///
    /// @throws IllegalArgumentException if there is none, or more than one
    public static double[] solve(double[][] a, double... b) {
        try {
            return new LUDecomposition(MatrixUtils.createRealMatrix(a), Double.MIN_VALUE)
                    .getSolver()
                    .solve(MatrixUtils.createRealVector(b))
                    .toArray();
        } catch (SingularMatrixException e) {
            throw new IllegalArgumentException(
                    "a: got a matrix whose rows depend on each other, expected a regular one", e);
        }
    }

    /// Rows for columns.
    public static double[][] transpose(double[][] a) {
        double[][] turned = new double[a[0].length][a.length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < turned.length; j++) {
                turned[j][i] = a[i][j];
            }
        }
        return turned;
    }

    /// `[n][n]` with 1 on the diagonal. Its row i is the unit vector number i.
    public static double[][] identity(int n) {
        double[][] made = new double[n][n];
        for (int i = 0; i < n; i++) {
            made[i][i] = 1;
        }
        return made;
    }

    /// Numbers between −size and size, the same on every machine for the same seed.
    public static double[][] random(long seed, int rows, int columns, double size) {
        Random random = new Random(seed);
        return Stream.generate(() -> random.doubles(columns, -size, size).toArray())
                .limit(rows)
                .toArray(double[][]::new);
    }

    /// Σ xᵢ yᵢ.
    ///
    /// @throws IllegalArgumentException if they are not of one length
    public static double dot(double[] x, double[] y) {
        requireAsMany(x, y);
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += x[i] * y[i];
        }
        return sum;
    }

    /// x + c y.
    ///
    /// @throws IllegalArgumentException if they are not of one length
    public static double[] plus(double[] x, double c, double[] y) {
        requireAsMany(x, y);
        double[] sum = x.clone();
        for (int i = 0; i < x.length; i++) {
            sum[i] += c * y[i];
        }
        return sum;
    }

    /// The largest |xᵢ − yᵢ|.
    ///
    /// @throws IllegalArgumentException if they are not of one length
    public static double distance(double[] x, double[] y) {
        double largest = 0;
        for (double d : plus(x, -1, y)) {
            largest = Math.max(largest, Math.abs(d));
        }
        return largest;
    }

    /// The gradient of f by central differences: two evaluations of f for each number in x, which is nudged by 1e-5 of
    /// its size (by 1e-5 where it is 0). Good to about eight digits where f is smooth.
    public static double[] nudge(ToDoubleFunction<double[]> f, double... x) {
        double[] slopes = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            double[] up = x.clone();
            double[] down = x.clone();
            double step = 1e-5 * (x[i] == 0 ? 1 : Math.abs(x[i]));
            up[i] += step;
            down[i] -= step;
            slopes[i] = (f.applyAsDouble(up) - f.applyAsDouble(down)) / (up[i] - down[i]);
        }
        return slopes;
    }

    private static void requireAsMany(double[] x, double[] y) {
        if (x.length != y.length) {
            throw new IllegalArgumentException(
                    "got " + x.length + " and " + y.length
                            + " numbers, expected as many of both; in a product as many columns at the left as rows at the right");
        }
    }
}
