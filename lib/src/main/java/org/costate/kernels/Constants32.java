package org.costate.kernels;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// What the float32 loops know of the bits of their format, in every lane; [Constants64] is the counterpart.
final class Constants32 {
    /// 1.5 · 2²³: adding and taking it away again rounds to the nearest whole number.
    static final FloatVector ROUND = all(0x1.8p23);

    /// −ln 2 / 2 in two parts, the first with so few digits that a small whole number times it is exact.
    static final FloatVector MINUS_LN2_HALF_HIGH = all(-0x1.62e4p-2);

    static final FloatVector MINUS_LN2_HALF_LOW = all(-7.143034101547086e-07);

    static final FloatVector TWO_OVER_LN2 = all(2.8853900817779268);

    /// tanh r = r (1 + P1 r² + P2 r⁴) / (1 + Q1 r² + Q2 r⁴) on |r| ≤ ln 2 / 4.
    static final FloatVector P2 = all(0.001057398808342579);

    static final FloatVector P1 = all(0.11109906832300308);
    static final FloatVector Q2 = all(0.01586819936260769);
    static final FloatVector Q1 = all(0.4444324016563283);
    static final FloatVector ONE = all(1);

    /// As many zeros as lanes, then as many ones.
    static final float[] ZEROS_AND_ONES = zerosAndOnes();

    /// Where tanh is ±1 in this format.
    static final float LIMIT = 20;

    /// Exponent of 1, and bits below the exponent.
    static final int BIAS = 127;

    static final int MANTISSA = 23;

    private Constants32() {}

    private static FloatVector all(double value) {
        return FloatVector.broadcast(Loops32.SPECIES, (float) value);
    }

    private static float[] zerosAndOnes() {
        float[] numbers = new float[2 * ONE.length()];
        Arrays.fill(numbers, ONE.length(), numbers.length, 1);
        return numbers;
    }

    /// A number in the format of a lane.
    static float of(double value) {
        return (float) value;
    }
}
