package org.costate.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Elementary functions against fifty digits, over their whole range, and where arguments or results are no usual
/// numbers.
class ElementaryTest {
    private static final long SEED = 20251031;
    private static final int COUNT = 1500;
    private static final double[] SPECIAL = {
        0,
        -0.0,
        1,
        -1,
        2,
        -2,
        0.5,
        -0.5,
        3,
        -3,
        1e10,
        -1e10,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        Double.NaN,
        Double.MIN_VALUE,
        -Double.MIN_VALUE,
        Double.MIN_NORMAL,
        Double.MAX_VALUE,
        -Double.MAX_VALUE,
        Float.MIN_VALUE,
        -Float.MIN_VALUE,
        Float.MIN_NORMAL,
        Float.MAX_VALUE,
        1000.5,
        -1000.5,
        4503599627370497.0,
        9007199254740993e2
    };

    private final Workspace workspace = new Workspace();
    private final Kernels kernels = new VectorKernels();

    /// @param bound in units in the last place
    record Case(Unary function, UnaryOperator<BigDecimal> exact, double bound, Precision precision) {
        @Override
        public String toString() {
            return function + ", " + precision;
        }
    }

    static Stream<Case> cases() {
        List<Case> all = new ArrayList<>();
        for (Precision p : Precision.values()) {
            all.add(new Case(Unary.EXP, Digits::exp, 1, p));
            all.add(new Case(Unary.LOG, Digits::log, 1, p));
            all.add(new Case(Unary.SIN, Digits::sin, 2, p));
            all.add(new Case(Unary.COS, Digits::cos, 2, p));
            all.add(new Case(Unary.SIGMOID, Digits::sigmoid, 2, p));
            all.add(new Case(Unary.SOFTPLUS, Digits::softplus, 2, p));
            all.add(new Case(Unary.NORMAL_DENSITY, Digits::normalDensity, 2, p));
        }
        return all.stream();
    }

    private static boolean wide(Precision p) {
        return p == Precision.FLOAT64;
    }

    /// Arguments of all sizes for which the function is neither 0 nor infinite.
    private static double argument(Unary function, Precision p, SplittableRandom random) {
        double largest = wide(p) ? 700 : 85;
        double size = Math.exp(random.nextDouble(-30, Math.log(largest)));
        double signed = random.nextBoolean() ? size : -size;
        return switch (function) {
            case LOG -> Math.exp(random.nextBoolean() ? signed : signed / largest);
            case SIN, COS -> signed * (random.nextBoolean() ? 1 : wide(p) ? 1e5 : 700);
            case NORMAL_DENSITY -> signed / largest * (wide(p) ? 37 : 13);
            default -> signed;
        };
    }

    private static double units(BigDecimal exact, double got, Precision p) {
        double near = exact.doubleValue();
        double unit = wide(p) ? Math.ulp(near) : Math.ulp((float) near);
        return exact.subtract(new BigDecimal(got)).abs().doubleValue() / unit;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void errorsAreOfTheLastDigit(Case c) {
        SplittableRandom random = new SplittableRandom(SEED);
        Buffer x = workspace.allocate(1, COUNT, c.precision);
        Buffer y = workspace.allocate(1, COUNT, c.precision);
        for (int i = 0; i < COUNT; i++) {
            x.set(i, argument(c.function, c.precision, random));
        }
        kernels.unary(c.function, x, y);
        double worst = 0;
        double at = 0;
        for (int i = 0; i < COUNT; i++) {
            double units = units(c.exact.apply(new BigDecimal(x.get(i))), y.get(i), c.precision);
            if (!(units <= worst)) {
                worst = units;
                at = x.get(i);
            }
        }
        assertTrue(worst <= c.bound, worst + " units in the last place at " + at + ", seed " + SEED);
    }

    @ParameterizedTest
    @EnumSource
    void errorsOfPowersAreOfTheLastDigit(Precision p) {
        SplittableRandom random = new SplittableRandom(SEED);
        double largest = wide(p) ? 700 : 85;
        Buffer a = workspace.allocate(1, COUNT, p);
        Buffer b = workspace.allocate(1, COUNT, p);
        Buffer y = workspace.allocate(1, COUNT, p);
        DoubleSupplier size = () -> random.nextDouble(-1, 1) * largest;
        for (int i = 0; i < COUNT; i++) {
            double log = random.nextBoolean() ? random.nextDouble(-2, 2) : size.getAsDouble();
            a.set(i, Math.exp(log));
            b.set(i, random.nextBoolean() ? random.nextDouble(-3, 3) : size.getAsDouble() / Math.log(a.get(i)));
        }
        kernels.binary(Binary.POWER, a, b, y);
        for (int i = 0; i < COUNT; i++) {
            BigDecimal exact = Digits.power(new BigDecimal(a.get(i)), new BigDecimal(b.get(i)));
            if (Math.abs(Math.log(a.get(i)) * b.get(i)) < largest) {
                double units = units(exact, y.get(i), p);
                assertTrue(
                        units <= 1.5,
                        units + " units in the last place at " + a.get(i) + ", " + b.get(i) + ", " + SEED);
            }
        }
    }

    private Buffer of(Precision p, double... numbers) {
        Buffer b = workspace.allocate(1, numbers.length, p);
        b.copyFrom(numbers);
        return b;
    }

    /// The nearest of the format, or next to it; exactly where it is 0, 1, infinite or none.
    private static void same(double expected, double got, Precision p, String what) {
        double near = wide(p) ? expected : (float) expected;
        double unit = wide(p) ? Math.ulp(near) : Math.ulp((float) near);
        if (Double.isNaN(near) || Double.isInfinite(near) || near == 0 || near == 1) {
            assertEquals(near, got, what); // tells -0 from 0
        } else {
            assertEquals(near, got, 3 * unit, what);
        }
    }

    @ParameterizedTest
    @EnumSource
    void noUsualNumbers(Precision p) {
        Buffer x = of(p, SPECIAL);
        Buffer y = workspace.allocate(1, SPECIAL.length, p);
        for (Unary f : Unary.values()) {
            kernels.unary(f, x, y);
            for (int i = 0; i < SPECIAL.length; i++) {
                double sign = f == Unary.TANH ? 0.0 : -0.0; // that of −0 loses its sign
                same(f.apply(x.get(i)) + sign, y.get(i) + sign, p, f + " of " + x.get(i));
            }
        }
    }

    /// Where eˣ has few digits, or none, or is infinite.
    @ParameterizedTest
    @EnumSource
    void theEndsOfTheFormat(Precision p) {
        double[] x = new double[1000];
        double low = wide(p) ? -746 : -105;
        double high = wide(p) ? 710 : 89;
        for (int i = 0; i < x.length; i++) {
            x[i] = i % 2 == 0 ? low + i * 0.04 : high - i * 0.003;
        }
        Buffer arguments = of(p, x);
        Buffer y = workspace.allocate(1, x.length, p);
        for (Unary f : new Unary[] {Unary.EXP, Unary.SIGMOID, Unary.SOFTPLUS}) {
            kernels.unary(f, arguments, y);
            for (int i = 0; i < x.length; i++) {
                same(f.apply(arguments.get(i)), y.get(i), p, f + " of " + arguments.get(i));
            }
        }
        Buffer e = of(p, Math.E);
        kernels.binary(Binary.POWER, e, arguments, y);
        for (int i = 0; i < x.length; i++) {
            double expected = Math.pow(e.get(0), arguments.get(i));
            same(expected, y.get(i), p, "e to the power " + arguments.get(i));
        }
    }

    @ParameterizedTest
    @EnumSource
    void powersOfNoUsualNumbers(Precision p) {
        Buffer a = of(p, SPECIAL);
        Buffer y = workspace.allocate(1, SPECIAL.length, p);
        for (double exponent : SPECIAL) {
            Buffer one = of(p, exponent);
            Buffer many = workspace.allocate(1, SPECIAL.length, p);
            many.fill(exponent);
            for (Buffer b : List.of(one, many)) {
                kernels.binary(Binary.POWER, a, b, y);
                for (int i = 0; i < SPECIAL.length; i++) {
                    double expected = Math.pow(a.get(i), b.get(0));
                    same(expected, y.get(i), p, a.get(i) + " to the power " + b.get(0));
                }
            }
            kernels.binary(Binary.POWER, one, a, y);
            for (int i = 0; i < SPECIAL.length; i++) {
                same(Math.pow(one.get(0), a.get(i)), y.get(i), p, one.get(0) + " to the power " + a.get(i));
            }
        }
    }
}
