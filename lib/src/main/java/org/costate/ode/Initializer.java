package org.costate.ode;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/// How an array of parameters starts. A lambda may be one, too.
///
/// ```java
/// p.array("W", 2, 50, Initializer.HE)          // in a trace
/// layout.with("k", 1, 2, Initializer.given(0.5, -1))
/// ```
@FunctionalInterface
public interface Initializer {
    /// Uniform on ±√(6 / (rows + columns)), of variance 2 / (rows + columns): keeps the size of activations
    /// under tanh
    /// and the sigmoid. X. Glorot, Y. Bengio, AISTATS 2010, https://proceedings.mlr.press/v9/glorot10a.html.
    Initializer GLOROT =
            (random, rows, columns, values) -> Fill.uniform(random, Math.sqrt(6.0 / (rows + columns)), values);

    /// Uniform on ±√(6 / rows), of variance 2 / rows: keeps the size of activations under ReLU, where half of
    /// them are 0. For `x.matmul(W)`, in which rows are inputs. K. He, X. Zhang, S. Ren, J. Sun, ICCV 2015,
    /// doi:10.1109/ICCV.2015.123.
    Initializer HE = (random, rows, columns, values) -> Fill.uniform(random, Math.sqrt(6.0 / rows), values);

    /// All zero: biases.
    Initializer ZEROS = (random, rows, columns, values) -> {};

    /// Fills one array.
    ///
    /// @param random a stream of this array's own, which depends on the seed and the array's name
    /// @param values rows · columns numbers, row-major; come as zeros
    void fill(RandomGenerator random, int rows, int columns, double[] values);

    /// These numbers, whatever the seed.
    ///
    /// @param values row-major, one for each number of the array. Copied.
    static Initializer given(double... values) {
        return new Fill.Given(values);
    }

    /// What the constants are made of.
    final class Fill {
        private Fill() {}

        private static void uniform(RandomGenerator random, double bound, double[] values) {
            for (int i = 0; i < values.length; i++) {
                values[i] = random.nextDouble(-bound, bound);
            }
        }

        /// Known numbers.
        @SuppressWarnings("ArrayRecordComponent") // copied, never compared
        record Given(double[] numbers) implements Initializer {
            Given {
                numbers = numbers.clone();
            }

            @Override
            public void fill(RandomGenerator random, int rows, int columns, double[] values) {
                System.arraycopy(numbers, 0, values, 0, values.length);
            }

            @Override
            public String toString() {
                return "given" + Arrays.toString(numbers);
            }
        }
    }
}
