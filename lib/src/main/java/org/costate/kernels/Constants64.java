package org.costate.kernels;

import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;

/// What the float64 loops know of the bits of their format, in every lane; [Constants32] is the counterpart.
final class Constants64 {
    // What tanh needs, as single numbers, too: the compiler copies these to where they are used, so that nobody has to
    // make a vector for them.
    static final double ONE_ROUND_BIASED = 0x1.8p52 + 1023;
    static final double ONE_MINUS_LN2_HALF = -0.34657359027997264;
    static final double ONE_TWO_OVER_LN2 = 2.8853900817779268;
    static final double ONE_P2 = 0.001057398808342579;
    static final double ONE_P1 = 0.11109906832300308;
    static final double ONE_Q2 = 0.01586819936260769;
    static final double ONE_Q1 = 0.4444324016563283;

    /// 1.5 · 2⁵²: adding and taking it away again rounds to the nearest whole number.
    static final DoubleVector ROUND = all(0x1.8p52);

    /// The same, with what makes the whole number an exponent.
    static final DoubleVector ROUND_BIASED = all(ONE_ROUND_BIASED);

    /// −ln 2 / 2 in one part, for where an error of a small whole number times its last digit does not count.
    static final DoubleVector MINUS_LN2_HALF = all(ONE_MINUS_LN2_HALF);

    /// −ln 2 / 2 in two parts, the first with so few digits that a small whole number times it is exact.
    static final DoubleVector MINUS_LN2_HALF_HIGH = all(-0x1.62e42fefp-2);

    static final DoubleVector MINUS_LN2_HALF_LOW = all(-3.7203085550061984e-11);

    static final DoubleVector TWO_OVER_LN2 = all(ONE_TWO_OVER_LN2);

    /// tanh r = r (1 + P1 r² + P2 r⁴) / (1 + Q1 r² + Q2 r⁴) on |r| ≤ ln 2 / 4.
    static final DoubleVector P2 = all(ONE_P2);

    static final DoubleVector P1 = all(ONE_P1);
    static final DoubleVector Q2 = all(ONE_Q2);
    static final DoubleVector Q1 = all(ONE_Q1);
    static final DoubleVector ONE = all(1);
    static final DoubleVector TWO = all(2);
    static final DoubleVector HALF = all(0.5);

    /// Beyond ± this, the density of the normal distribution is 0 in this format.
    static final double REACH = 40;

    /// Do loops take the longer series, those of float64?
    static final boolean WIDE = true;

    /// Beyond ± this, eˣ is infinite or 0 in this format.
    static final double FAR = 1000;

    static final DoubleVector ONE_OVER_LN2 = all(0x1.71547652b82fep0);

    /// ln 2 in two parts, as above.
    static final DoubleVector MINUS_LN2_HIGH = all(-0x1.62e42feep-1);

    static final DoubleVector MINUS_LN2_LOW = all(-0x1.a39ef35793c76p-33);

    /// eʳ = 1 + r + EXP2 r² + EXP3 r³ + … on |r| ≤ ln 2 / 2 with the least relative error, by the algorithm of Remez.
    static final DoubleVector EXP2 = all(0x1.000000000000ap-1);
    static final DoubleVector EXP3 = all(0x1.55555555554fap-3);
    static final DoubleVector EXP4 = all(0x1.555555555087cp-5);
    static final DoubleVector EXP5 = all(0x1.1111111127be5p-7);
    static final DoubleVector EXP6 = all(0x1.6c16c1842a126p-10);
    static final DoubleVector EXP7 = all(0x1.a01a012a57b5ep-13);
    static final DoubleVector EXP8 = all(0x1.a0199a0c66195p-16);
    static final DoubleVector EXP9 = all(0x1.71df255235e0bp-19);
    static final DoubleVector EXP10 = all(0x1.28ad72cd4ab37p-22);
    static final DoubleVector EXP11 = all(0x1.ad7f6f0e24922p-26);

    /// log((1 + s) / (1 − s)) = 2 s + s (LOG1 s² + LOG2 s⁴ + …) on |s| ≤ 3 − √8.
    static final DoubleVector LOG1 = all(0x1.5555555555593p-1);
    static final DoubleVector LOG2 = all(0x1.999999997fa04p-2);
    static final DoubleVector LOG3 = all(0x1.2492494229359p-2);
    static final DoubleVector LOG4 = all(0x1.c71c51d8e78afp-3);
    static final DoubleVector LOG5 = all(0x1.7466496cb03dep-3);
    static final DoubleVector LOG6 = all(0x1.39a09d078c69fp-3);
    static final DoubleVector LOG7 = all(0x1.2f112df3e5244p-3);

    /// The same as a series, 2 artanh s = 2 s + 2/3 s³ + 2/5 s⁵ + …; 2/3 has two parts.
    static final DoubleVector ARTANH1 = all(0x1.5555555555555p-1);

    static final DoubleVector ARTANH1_LOW = all(0x1.5555555555555p-55);
    static final DoubleVector ARTANH2 = all(2 / 5.0);
    static final DoubleVector ARTANH3 = all(2 / 7.0);
    static final DoubleVector ARTANH4 = all(2 / 9.0);
    static final DoubleVector ARTANH5 = all(2 / 11.0);
    static final DoubleVector ARTANH6 = all(2 / 13.0);
    static final DoubleVector ARTANH7 = all(2 / 15.0);
    static final DoubleVector ARTANH8 = all(2 / 17.0);
    static final DoubleVector ARTANH9 = all(2 / 19.0);
    static final DoubleVector ARTANH10 = all(2 / 21.0);
    static final DoubleVector ARTANH11 = all(2 / 23.0);
    static final DoubleVector ARTANH12 = all(2 / 25.0);

    static final DoubleVector TWO_OVER_PI = all(0x1.45f306dc9c883p-1);

    /// −π / 2 in three parts, all of one sign, so that sin(−0) is −0.
    static final DoubleVector MINUS_PI_HALF_1 = all(-0x1.921fb54442d18p0);

    static final DoubleVector MINUS_PI_HALF_2 = all(-0x1.1a62633145c06p-54);
    static final DoubleVector MINUS_PI_HALF_3 = all(-0x1.c1cd129024e09p-107);

    /// sin r = r + SIN1 r³ + SIN2 r⁵ + … on |r| ≤ π / 4.
    static final DoubleVector SIN1 = all(-0x1.5555555555549p-3);
    static final DoubleVector SIN2 = all(0x1.111111110f8a6p-7);
    static final DoubleVector SIN3 = all(-0x1.a01a019c161d5p-13);
    static final DoubleVector SIN4 = all(0x1.71de357b1fe7dp-19);
    static final DoubleVector SIN5 = all(-0x1.ae5e68a2b9cebp-26);
    static final DoubleVector SIN6 = all(0x1.5d93a5acfd57cp-33);

    /// cos r = 1 − r² / 2 + COS1 r⁴ + COS2 r⁶ + … on |r| ≤ π / 4.
    static final DoubleVector COS1 = all(0x1.555555555554cp-5);
    static final DoubleVector COS2 = all(-0x1.6c16c16c15177p-10);
    static final DoubleVector COS3 = all(0x1.a01a019cb159p-16);
    static final DoubleVector COS4 = all(-0x1.27e4f809c52adp-22);
    static final DoubleVector COS5 = all(0x1.1ee9ebdb4b1c4p-29);
    static final DoubleVector COS6 = all(-0x1.8fae9be8838d4p-37);

    /// Up to here, whole multiples of π / 2 are taken away without loss.
    static final double TURNS = 0x1p27;

    /// Up to here, adding [#ROUND] shows whether an exponent is whole, and odd.
    static final double EXPONENT = 0x1p50;

    /// The least and the largest number with all digits.
    static final double LEAST = Double.MIN_NORMAL;

    static final double MOST = Double.MAX_VALUE;

    /// As many zeros as lanes, then as many ones.
    static final double[] ZEROS_AND_ONES = zerosAndOnes();

    /// Where tanh is ±1 in this format.
    static final double LIMIT = 20;

    /// Exponent of 1, and bits below the exponent.
    static final long BIAS = 1023;

    static final int MANTISSA = 52;

    static final int SIGN = 63;

    /// The bits of 1, and how far they are from those of √½.
    static final long ONE_BITS = Double.doubleToRawLongBits(1);

    static final long TO_ROOT = ONE_BITS - Double.doubleToRawLongBits(0x1.6a09e667f3bcdp-1);

    /// A number with so few bits below 1 that a biased exponent added to its bits is added to it; and that number with
    /// the bias.
    static final long WHOLE_BITS = Double.doubleToRawLongBits(0x1p52);

    static final double WHOLE = 0x1p52 + BIAS;

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
