package org.costate.kernels;

/// What the float64 loops know of the bits of their format; [Constants32] is the counterpart.
final class Constants64 {
    /// 1.5 · 2⁵²: adding and taking it away again rounds to the nearest whole number.
    static final double ROUND = 0x1.8p52;

    /// ln 2 / 2 in two parts, the first with so few digits that a small whole number times it is exact.
    static final double LN2_HALF_HIGH = 0x1.62e42fefp-2;

    static final double LN2_HALF_LOW = 3.7203085550061984e-11;

    static final double TWO_OVER_LN2 = 2.8853900817779268;

    /// tanh r = r (1 + P1 r² + P2 r⁴) / (1 + Q1 r² + Q2 r⁴) on |r| ≤ ln 2 / 4.
    static final double P2 = 0.001057398808342579;
    static final double P1 = 0.11109906832300308;
    static final double Q2 = 0.01586819936260769;
    static final double Q1 = 0.4444324016563283;

    /// Where tanh is ±1 in this format.
    static final double LIMIT = 20;

    /// Exponent of 1, and bits below the exponent.
    static final long BIAS = 1023;

    static final int MANTISSA = 52;

    private Constants64() {}

    /// A number in the format of a lane.
    static double of(double value) {
        return value;
    }
}
