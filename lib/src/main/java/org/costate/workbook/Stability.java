package org.costate.workbook;

import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/// How much a step of a method multiplies what grows fastest, on dx/dt = λ x with z = λ Δt = re + i im: below 1 errors
/// die out, above 1 they take over.
///
/// A one-step method multiplies x by R(z). A reversible one acts on (x, v) by a matrix of two rows, and what is told is
/// the larger size of its two eigenvalues.
public final class Stability {
    private static final int ANGLES = 180;
    private static final double FAR = 10;
    /// λ of the coupling that its authors use.
    private static final double COUPLING = 0.999;

    /// What counts as not growing, so that rounding does not.
    private static final double SLACK = 1e-9;

    /// A complex number.
    private record Complex(double re, double im) {
        Complex plus(Complex o) {
            return new Complex(re + o.re, im + o.im);
        }

        Complex plus(double real) {
            return new Complex(re + real, im);
        }

        Complex times(Complex o) {
            return new Complex(re * o.re - im * o.im, re * o.im + im * o.re);
        }

        Complex times(double real) {
            return new Complex(re * real, im * real);
        }

        Complex root() {
            double size = Math.sqrt(size());
            double half = Math.atan2(im, re) / 2;
            return new Complex(size * Math.cos(half), size * Math.sin(half));
        }

        double size() {
            return Math.hypot(re, im);
        }
    }

    private Stability() {}

    /// Euler's step: |1 + z|.
    public static double euler(double re, double im) {
        return Math.hypot(1 + re, im);
    }

    /// The classical Runge–Kutta step: |1 + z + z²/2 + z³/6 + z⁴/24|.
    public static double rk4(double re, double im) {
        return rk4(new Complex(re, im)).size();
    }

    /// Reversible Heun, and asynchronous leapfrog: the eigenvalues z ± √(1 + z²), whose product is −1.
    public static double reversible(double re, double im) {
        return largest(new Complex(2 * re, 2 * im), -1);
    }

    /// RK4 made reversible by `Coupling.of`: eigenvalues whose product is its λ of 0.999.
    public static double coupledRk4(double re, double im) {
        Complex forth = rk4(new Complex(re, im)).plus(-COUPLING);
        Complex back = rk4(new Complex(-re, -im)).times(-1).plus(1);
        return largest(back.times(forth).plus(1 + COUPLING), COUPLING);
    }

    /// Where a method begins to grow, round a point at which it does not.
    ///
    /// @param growth one of the functions above
    /// @param centre a real z inside; every ray from it should meet the boundary once
    /// @return `[2][angles]`: re and im along the boundary, closed, from above the centre on
    public static double[][] boundary(DoubleBinaryOperator growth, double centre) {
        double[][] line = new double[2][ANGLES + 1];
        for (int i = 0; i <= ANGLES; i++) {
            double angle = Math.PI * (0.5 + 2.0 * (i % ANGLES) / ANGLES);
            double cos = Math.cos(angle);
            double sin = Math.sin(angle);
            double r = grows(s -> growth.applyAsDouble(centre + s * cos, s * sin), FAR);
            line[0][i] = centre + r * cos;
            line[1][i] = r * sin;
        }
        return line;
    }

    /// The largest y up to which a method does not grow anywhere on the imaginary axis from 0 to i y.
    public static double top(DoubleBinaryOperator growth) {
        double step = 0.01;
        double y = 0;
        while (y < FAR && growth.applyAsDouble(0, y + step) <= 1 + SLACK) {
            y += step;
        }
        double from = y;
        return from + grows(s -> growth.applyAsDouble(0, from + s), step);
    }

    /// Halves [0, far] for the place at which growth begins.
    private static double grows(DoubleUnaryOperator along, double far) {
        double low = 0;
        double high = far;
        for (int i = 0; i < 60; i++) {
            double middle = (low + high) / 2;
            if (along.applyAsDouble(middle) <= 1 + SLACK) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static Complex rk4(Complex z) {
        Complex r = new Complex(1, 0);
        for (int j = 4; j >= 1; j--) {
            r = z.times(r).times(1.0 / j).plus(1);
        }
        return r;
    }

    /// The larger |μ| of μ² − trace μ + determinant = 0.
    private static double largest(Complex trace, double determinant) {
        Complex half = trace.times(0.5);
        Complex root = half.times(half).plus(-determinant).root();
        return Math.max(half.plus(root).size(), half.plus(root.times(-1)).size());
    }
}
