package org.costate.kernels;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// What the float32 loops know of the bits of their format, in every lane; [Constants64] is the counterpart.
final class Constants32 {
    // What tanh needs, as single numbers, too: the compiler copies these to where they are used, so that nobody has to
    // make a vector for them.
    static final float ONE_ROUND_BIASED = (float) (0x1.8p23 + 127);
    static final float ONE_MINUS_LN2_HALF = (float) -0.34657359027997264;
    static final float ONE_TWO_OVER_LN2 = (float) 2.8853900817779268;
    static final float ONE_P2 = (float) 0.001057398808342579;
    static final float ONE_P1 = (float) 0.11109906832300308;
    static final float ONE_Q2 = (float) 0.01586819936260769;
    static final float ONE_Q1 = (float) 0.4444324016563283;

    /// 1.5 · 2²³: adding and taking it away again rounds to the nearest whole number.
    static final FloatVector ROUND = all(0x1.8p23);

    /// The same, with what makes the whole number an exponent.
    static final FloatVector ROUND_BIASED = all(ONE_ROUND_BIASED);

    /// −ln 2 / 2 in one part, for where an error of a small whole number times its last digit does not count.
    static final FloatVector MINUS_LN2_HALF = all(ONE_MINUS_LN2_HALF);

    /// −ln 2 / 2 in two parts, the first with so few digits that a small whole number times it is exact.
    static final FloatVector MINUS_LN2_HALF_HIGH = all(-0x1.62e4p-2);

    static final FloatVector MINUS_LN2_HALF_LOW = all(-7.143034101547086e-07);

    static final FloatVector TWO_OVER_LN2 = all(ONE_TWO_OVER_LN2);

    /// tanh r = r (1 + P1 r² + P2 r⁴) / (1 + Q1 r² + Q2 r⁴) on |r| ≤ ln 2 / 4.
    static final FloatVector P2 = all(ONE_P2);

    static final FloatVector P1 = all(ONE_P1);
    static final FloatVector Q2 = all(ONE_Q2);
    static final FloatVector Q1 = all(ONE_Q1);
    static final FloatVector ONE = all(1);
    static final FloatVector TWO = all(2);
    static final FloatVector HALF = all(0.5);

    /// Beyond ± this, the density of the normal distribution is 0 in this format.
    static final float REACH = 16;

    /// Do loops take the longer series, those of float64?
    static final boolean WIDE = false;

    /// Beyond ± this, eˣ is infinite or 0 in this format.
    static final float FAR = 150;

    static final FloatVector ONE_OVER_LN2 = all(0x1.715476p0);

    /// ln 2 in two parts, as above.
    static final FloatVector MINUS_LN2_HIGH = all(-0x1.62e4p-1);

    static final FloatVector MINUS_LN2_LOW = all(-0x1.7f7d1cp-20);

    /// eʳ = 1 + r + EXP2 r² + EXP3 r³ + … on |r| ≤ ln 2 / 2 with the least relative error, by the algorithm of Remez.
    static final FloatVector EXP2 = all(0x1.000000p-1);
    static final FloatVector EXP3 = all(0x1.555554p-3);
    static final FloatVector EXP4 = all(0x1.55548ep-5);
    static final FloatVector EXP5 = all(0x1.111270p-7);
    static final FloatVector EXP6 = all(0x1.6d8d06p-10);
    static final FloatVector EXP7 = all(0x1.9f0896p-13);
    static final FloatVector EXP8 = ONE;
    static final FloatVector EXP9 = ONE;
    static final FloatVector EXP10 = ONE;
    static final FloatVector EXP11 = ONE;

    /// log((1 + s) / (1 − s)) = 2 s + s (LOG1 s² + LOG2 s⁴ + …) on |s| ≤ 3 − √8.
    static final FloatVector LOG1 = all(0.66666662693);
    static final FloatVector LOG2 = all(0.40000972152);
    static final FloatVector LOG3 = all(0.28498786688);
    static final FloatVector LOG4 = all(0.24279078841);
    static final FloatVector LOG5 = ONE;
    static final FloatVector LOG6 = ONE;
    static final FloatVector LOG7 = ONE;

    /// The same as a series, 2 artanh s = 2 s + 2/3 s³ + 2/5 s⁵ + …; 2/3 has two parts.
    static final FloatVector ARTANH1 = all(0x1.555556p-1);

    static final FloatVector ARTANH1_LOW = all(-0x1.555556p-26);
    static final FloatVector ARTANH2 = all(2 / 5.0);
    static final FloatVector ARTANH3 = all(2 / 7.0);
    static final FloatVector ARTANH4 = all(2 / 9.0);
    static final FloatVector ARTANH5 = all(2 / 11.0);
    static final FloatVector ARTANH6 = all(2 / 13.0);
    static final FloatVector ARTANH7 = all(2 / 15.0);
    static final FloatVector ARTANH8 = all(2 / 17.0);
    static final FloatVector ARTANH9 = all(2 / 19.0);
    static final FloatVector ARTANH10 = all(2 / 21.0);
    static final FloatVector ARTANH11 = all(2 / 23.0);
    static final FloatVector ARTANH12 = all(2 / 25.0);

    static final FloatVector TWO_OVER_PI = all(0x1.45f306p-1);

    /// −π / 2 in three parts, all of one sign, so that sin(−0) is −0.
    static final FloatVector MINUS_PI_HALF_1 = all(-0x1.921fb4p0);

    static final FloatVector MINUS_PI_HALF_2 = all(-0x1.4442d0p-24);
    static final FloatVector MINUS_PI_HALF_3 = all(-0x1.84698ap-48);

    /// sin r = r + SIN1 r³ + SIN2 r⁵ + … on |r| ≤ π / 4.
    static final FloatVector SIN1 = all(-1.6666654611e-1);
    static final FloatVector SIN2 = all(8.3321608736e-3);
    static final FloatVector SIN3 = all(-1.9515295891e-4);
    static final FloatVector SIN4 = ONE;
    static final FloatVector SIN5 = ONE;
    static final FloatVector SIN6 = ONE;

    /// cos r = 1 − r² / 2 + COS1 r⁴ + COS2 r⁶ + … on |r| ≤ π / 4.
    static final FloatVector COS1 = all(4.166664568298827e-2);
    static final FloatVector COS2 = all(-1.388731625493765e-3);
    static final FloatVector COS3 = all(2.443315711809948e-5);
    static final FloatVector COS4 = ONE;
    static final FloatVector COS5 = ONE;
    static final FloatVector COS6 = ONE;

    /// Up to here, whole multiples of π / 2 are taken away without loss.
    static final float TURNS = 0x1p16f;

    /// Up to here, adding [#ROUND] shows whether an exponent is whole, and odd.
    static final float EXPONENT = 0x1p21f;

    /// The least and the largest number with all digits.
    static final float LEAST = Float.MIN_NORMAL;

    static final float MOST = Float.MAX_VALUE;

    /// As many zeros as lanes, then as many ones.
    static final float[] ZEROS_AND_ONES = zerosAndOnes();

    /// Where tanh is ±1 in this format.
    static final float LIMIT = 20;

    /// Exponent of 1, and bits below the exponent.
    static final int BIAS = 127;

    static final int MANTISSA = 23;

    static final int SIGN = 31;

    /// The bits of 1, and how far they are from those of √½.
    static final int ONE_BITS = Float.floatToRawIntBits(1);

    static final int TO_ROOT = ONE_BITS - Float.floatToRawIntBits(0x1.6a09e6p-1f);

    /// A number with so few bits below 1 that a biased exponent added to its bits is added to it; and that number with
    /// the bias.
    static final int WHOLE_BITS = Float.floatToRawIntBits(0x1p23f);

    static final float WHOLE = 0x1p23f + BIAS;

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
