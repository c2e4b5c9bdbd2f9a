package org.costate.kernels;

import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;

/// What the float64 loops know of the bits of their format, in every lane; [Constants32] is the counterpart.
final class Constants64 {
    /// 1.5 · 2⁵²: adding and taking it away again rounds to the nearest whole number.
    static final DoubleVector ROUND = all(0x1.8p52);

    /// −ln 2 / 2 in two parts, the first with so few digits that a small whole number times it is exact.
    static final DoubleVector MINUS_LN2_HALF_HIGH = all(-0x1.62e42fefp-2);

    static final DoubleVector MINUS_LN2_HALF_LOW = all(-3.7203085550061984e-11);

    static final DoubleVector TWO_OVER_LN2 = all(2.8853900817779268);

    /// tanh r = r (1 + P1 r² + P2 r⁴) / (1 + Q1 r² + Q2 r⁴) on |r| ≤ ln 2 / 4.
    static final DoubleVector P2 = all(0.001057398808342579);

    static final DoubleVector P1 = all(0.11109906832300308);
    static final DoubleVector Q2 = all(0.01586819936260769);
    static final DoubleVector Q1 = all(0.4444324016563283);
    static final DoubleVector ONE = all(1);

    /// As many zeros as lanes, then as many ones.
    static final double[] ZEROS_AND_ONES = zerosAndOnes();

    /// Where tanh is ±1 in this format.
    static final double LIMIT = 20;

    /// Exponent of 1, and bits below the exponent.
    static final long BIAS = 1023;

    static final int MANTISSA = 52;

    private Constants64() {}

    private static DoubleVector all(double value) {
        return DoubleVector.broadcast(Loops64.SPECIES, value);
    }

    private static double[] zerosAndOnes() {
        double[] numbers = new double[2 * ONE.length()];
        Arrays.fill(numbers, ONE.length(), numbers.length, 1);
        return numbers;
    }

    /// A number in the format of a lane.
    static double of(double value) {
        return value;
    }
}
