package org.costate.kernels;

/// What the float32 loops know of the bits of their format; [Constants64] is the counterpart.
final class Constants32 {
    /// 1.5 · 2²³: adding and taking it away again rounds to the nearest whole number.
    static final float ROUND = 0x1.8p23f;

    /// ln 2 / 2 in two parts, the first with so few digits that a small whole number times it is exact.
    static final float LN2_HALF_HIGH = 0x1.62e4p-2f;

    static final float LN2_HALF_LOW = (float) 7.143034101547086e-07;

    static final float TWO_OVER_LN2 = (float) 2.8853900817779268;

    /// tanh r = r (1 + P1 r² + P2 r⁴) / (1 + Q1 r² + Q2 r⁴) on |r| ≤ ln 2 / 4.
    static final float P2 = (float) Constants64.P2;
    static final float P1 = (float) Constants64.P1;
    static final float Q2 = (float) Constants64.Q2;
    static final float Q1 = (float) Constants64.Q1;

    /// Where tanh is ±1 in this format.
    static final float LIMIT = 20;

    /// Exponent of 1, and bits below the exponent.
    static final int BIAS = 127;

    static final int MANTISSA = 23;

    private Constants32() {}

    /// A number in the format of a lane.
    static float of(double value) {
        return (float) value;
    }
}
