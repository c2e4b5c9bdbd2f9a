package org.costate.adjoint;

import java.util.Arrays;
import org.costate.memory.Buffer;

/// What is to be small: C = F(x(T)), a function of the state at the end of the span.
public final class Cost {
    /// F and its gradient.
    @FunctionalInterface
    public interface Terminal {
        /// The value and the gradient at one end state.
        ///
        /// @param x the end state, `[batch, dimension]`. Not modified.
        /// @param gradient ∂F/∂x, of the same shape. Comes as zeros, to be filled.
        /// @return F(x), one number for the whole batch
        double valueAndGradient(Buffer x, Buffer gradient);
    }

    private final Terminal terminal;
    private final String text;

    private Cost(Terminal terminal, String text) {
        this.terminal = terminal;
        this.text = text;
    }

    /// Any function of the end state.
    public static Cost terminal(Terminal f) {
        return new Cost(f, "a function of x(T)");
    }

    /// Σ (x − target)², over all components and all samples: not a mean.
    ///
    /// @param target `[batch][dimension]`. Copied.
    public static Cost sumOfSquares(double[][] target) {
        return squares(target, 1, "sum of squares");
    }

    /// Σ (x − target)² for one sample.
    public static Cost sumOfSquares(double... target) {
        return sumOfSquares(new double[][] {target});
    }

    /// The sum of squares divided by batch · dimension.
    ///
    /// @param target `[batch][dimension]`. Copied.
    public static Cost meanOfSquares(double[][] target) {
        return squares(target, 1.0 / (target.length * (double) target[0].length), "mean of squares");
    }

    private static Cost squares(double[][] target, double weight, String text) {
        double[][] copy = Arrays.stream(target).map(double[]::clone).toArray(double[][]::new);
        return new Cost(
                (x, gradient) -> {
                    if (x.rows() != copy.length || x.columns() != copy[0].length) {
                        throw new IllegalArgumentException("target: got " + copy.length + " x " + copy[0].length
                                + ", expected one row for each of the " + x.rows()
                                + " samples and one column for each of the "
                                + x.columns() + " components");
                    }
                    double sum = 0;
                    for (int r = 0; r < copy.length; r++) {
                        for (int c = 0; c < copy[r].length; c++) {
                            double miss = x.get(r, c) - copy[r][c];
                            sum += miss * miss;
                            gradient.set(r, c, 2 * weight * miss);
                        }
                    }
                    return weight * sum;
                },
                text);
    }

    /// F(x), and ∂F/∂x into `gradient`.
    double atEnd(Buffer x, Buffer gradient) {
        gradient.fill(0);
        return terminal.valueAndGradient(x, gradient);
    }

    @Override
    public String toString() {
        return "Cost[" + text + "]";
    }
}
