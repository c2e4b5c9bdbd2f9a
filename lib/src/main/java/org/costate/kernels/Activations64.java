package org.costate.kernels;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Loops of activation functions and of functions with kinks in float64, in the manner of [Loops64]. [Activations32]
/// is the same text for float32: a test keeps the two equal, change this one.
final class Activations64 {
    private static final VectorSpecies<Double> SPECIES = Loops64.SPECIES;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final int LANES = SPECIES.length();
    private static final int WIDTH = Double.BYTES;

    private Activations64() {}

    static void abs(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, x, from + at, ORDER);
            v.abs().intoMemorySegment(out, to + at, ORDER);
        }
    }

    /// Zeros and NaN stay what they are.
    static void sign(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, x, from + at, ORDER);
            v.blend(Constants64.of(1), v.compare(VectorOperators.GT, Constants64.of(0)))
                    .blend(Constants64.of(-1), v.compare(VectorOperators.LT, Constants64.of(0)))
                    .intoMemorySegment(out, to + at, ORDER);
        }
    }

    static void relu(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, x, from + at, ORDER);
            v.lanewise(VectorOperators.MAX, Constants64.of(0)).intoMemorySegment(out, to + at, ORDER);
        }
    }

    static void step(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, x, from + at, ORDER);
            DoubleVector.zero(SPECIES)
                    .blend(Constants64.of(1), v.compare(VectorOperators.GT, Constants64.of(0)))
                    .intoMemorySegment(out, to + at, ORDER);
        }
    }

    /// With m = round(x / ln 2), r = (x − m ln 2) / 2 and p / q = tanh r, as in [Loops64], eˣ = 2ᵐ (q + p) / (q − p)
    /// and σ(x) = eˣ / (1 + eˣ). 2ᵐ is two factors, as in [Elementary64].
    static void sigmoid(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, x, from + at, ORDER);
            v = v.blend(2 * Constants64.LIMIT, v.compare(VectorOperators.GT, 2 * Constants64.LIMIT))
                    .blend(-Constants64.FAR, v.compare(VectorOperators.LT, -Constants64.FAR))
                    .mul(Constants64.HALF);
            DoubleVector low = v.fma(Constants64.TWO_OVER_LN2, Constants64.ROUND);
            DoubleVector m = low.sub(Constants64.ROUND);
            DoubleVector r = m.fma(Constants64.MINUS_LN2_HALF_HIGH, v);
            r = m.fma(Constants64.MINUS_LN2_HALF_LOW, r);
            DoubleVector z = r.mul(r);
            DoubleVector p = z.fma(Constants64.P2, Constants64.P1).fma(z.mul(r), r);
            DoubleVector q = z.fma(Constants64.Q2, Constants64.Q1).fma(z, Constants64.ONE);
            var biased = low.viewAsIntegralLanes().add(2 * Constants64.BIAS);
            var half = biased.lanewise(VectorOperators.LSHR, 1);
            DoubleVector e = q.add(p)
                    .mul(half.lanewise(VectorOperators.LSHL, Constants64.MANTISSA)
                            .viewAsFloatingLanes())
                    .mul(biased.sub(half)
                            .lanewise(VectorOperators.LSHL, Constants64.MANTISSA)
                            .viewAsFloatingLanes());
            e.div(q.sub(p).add(e)).intoMemorySegment(out, to + at, ORDER);
        }
    }

    /// max(x, 0) + log(1 + e) with e = exp(−|x|), as in [Elementary64]; 1 + e is from 1 to 2.
    static void softplus(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector x0 = DoubleVector.fromMemorySegment(SPECIES, x, from + at, ORDER);
            DoubleVector v = x0.abs().neg();
            v = v.blend(-Constants64.FAR, v.compare(VectorOperators.LT, -Constants64.FAR));
            DoubleVector low = v.fma(Constants64.ONE_OVER_LN2, Constants64.ROUND);
            DoubleVector k = low.sub(Constants64.ROUND);
            DoubleVector r = k.fma(Constants64.MINUS_LN2_LOW, k.fma(Constants64.MINUS_LN2_HIGH, v));
            DoubleVector r2 = r.mul(r);
            DoubleVector r4 = r2.mul(r2);
            DoubleVector e = r.fma(Constants64.EXP7, Constants64.EXP6);
            if (Constants64.WIDE) {
                e = r4.fma(
                        r.fma(Constants64.EXP11, Constants64.EXP10),
                        r2.fma(r.fma(Constants64.EXP9, Constants64.EXP8), e));
            }
            e = r4.fma(e, r2.fma(r.fma(Constants64.EXP5, Constants64.EXP4), r.fma(Constants64.EXP3, Constants64.EXP2)));
            var biased = low.viewAsIntegralLanes().add(2 * Constants64.BIAS);
            var half = biased.lanewise(VectorOperators.LSHR, 1);
            DoubleVector scale =
                    half.lanewise(VectorOperators.LSHL, Constants64.MANTISSA).viewAsFloatingLanes();
            e = e.fma(r2, r)
                    .fma(scale, scale)
                    .mul(biased.sub(half)
                            .lanewise(VectorOperators.LSHL, Constants64.MANTISSA)
                            .viewAsFloatingLanes());
            // 1 + e = 2ᵏ (1 + f), where k is 0 or 1
            VectorMask<Double> large = e.compare(VectorOperators.GT, Constants64.of(0.41421356));
            k = DoubleVector.zero(SPECIES).blend(Constants64.ONE, large);
            DoubleVector f = e.blend(e.sub(Constants64.ONE).mul(Constants64.HALF), large);
            DoubleVector s = f.div(f.add(Constants64.TWO));
            DoubleVector z = s.mul(s);
            DoubleVector w = z.mul(z);
            DoubleVector even = Constants64.LOG4;
            DoubleVector odd = Constants64.LOG3;
            if (Constants64.WIDE) {
                even = w.fma(Constants64.LOG6, even);
                odd = w.fma(w.fma(Constants64.LOG7, Constants64.LOG5), odd);
            }
            DoubleVector p = w.fma(odd, Constants64.LOG1).fma(z, w.mul(w.fma(even, Constants64.LOG2)));
            DoubleVector square = f.mul(f).mul(Constants64.HALF);
            square = k.fma(Constants64.MINUS_LN2_LOW, square.sub(s.mul(p.add(square))));
            f.sub(square)
                    .sub(k.mul(Constants64.MINUS_LN2_HIGH))
                    .add(x0.lanewise(VectorOperators.MAX, Constants64.of(0)))
                    .intoMemorySegment(out, to + at, ORDER);
        }
    }

    /// As [Normal] does it.
    static void normalDensity(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, x, from + at, ORDER);
            DoubleVector y = v.abs().lanewise(VectorOperators.MIN, Constants64.REACH);
            // exp(−y² / 2), as in Elementary64, with the digits of y² that rounding takes from it.
            DoubleVector z = y.mul(y);
            DoubleVector high = z.mul(Constants64.HALF).neg();
            DoubleVector low = high.fma(Constants64.ONE_OVER_LN2, Constants64.ROUND);
            DoubleVector k = low.sub(Constants64.ROUND);
            high = k.fma(Constants64.MINUS_LN2_HIGH, high);
            DoubleVector rest = y.fma(y, z.neg()).mul(Constants64.HALF).neg();
            DoubleVector r = k.fma(Constants64.MINUS_LN2_LOW, rest).add(high);
            DoubleVector r2 = r.mul(r);
            DoubleVector r4 = r2.mul(r2);
            DoubleVector e = r.fma(Constants64.EXP7, Constants64.EXP6);
            if (Constants64.WIDE) {
                e = r4.fma(
                        r.fma(Constants64.EXP11, Constants64.EXP10),
                        r2.fma(r.fma(Constants64.EXP9, Constants64.EXP8), e));
            }
            e = r4.fma(e, r2.fma(r.fma(Constants64.EXP5, Constants64.EXP4), r.fma(Constants64.EXP3, Constants64.EXP2)));
            var biased = low.viewAsIntegralLanes().add(2 * Constants64.BIAS);
            var half = biased.lanewise(VectorOperators.LSHR, 1);
            DoubleVector scale =
                    half.lanewise(VectorOperators.LSHL, Constants64.MANTISSA).viewAsFloatingLanes();
            e = e.fma(r2, r)
                    .fma(scale, scale)
                    .mul(biased.sub(half)
                            .lanewise(VectorOperators.LSHL, Constants64.MANTISSA)
                            .viewAsFloatingLanes());
            e.mul(Constants64.of(Normal.ROOT)).intoMemorySegment(out, to + at, ORDER);
        }
    }

    /// As [Normal] does it: quotients of the form for the centre, with those for the tails blended in.
    static void normalCdf(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, x, from + at, ORDER);
            DoubleVector y = v.abs().lanewise(VectorOperators.MIN, Constants64.REACH);
            // exp(−y² / 2), as in Elementary64, with the digits of y² that rounding takes from it.
            DoubleVector z = y.mul(y);
            DoubleVector high = z.mul(Constants64.HALF).neg();
            DoubleVector low = high.fma(Constants64.ONE_OVER_LN2, Constants64.ROUND);
            DoubleVector k = low.sub(Constants64.ROUND);
            high = k.fma(Constants64.MINUS_LN2_HIGH, high);
            DoubleVector rest = y.fma(y, z.neg()).mul(Constants64.HALF).neg();
            DoubleVector r = k.fma(Constants64.MINUS_LN2_LOW, rest).add(high);
            DoubleVector r2 = r.mul(r);
            DoubleVector r4 = r2.mul(r2);
            DoubleVector e = r.fma(Constants64.EXP7, Constants64.EXP6);
            if (Constants64.WIDE) {
                e = r4.fma(
                        r.fma(Constants64.EXP11, Constants64.EXP10),
                        r2.fma(r.fma(Constants64.EXP9, Constants64.EXP8), e));
            }
            e = r4.fma(e, r2.fma(r.fma(Constants64.EXP5, Constants64.EXP4), r.fma(Constants64.EXP3, Constants64.EXP2)));
            var biased = low.viewAsIntegralLanes().add(2 * Constants64.BIAS);
            var half = biased.lanewise(VectorOperators.LSHR, 1);
            DoubleVector scale =
                    half.lanewise(VectorOperators.LSHL, Constants64.MANTISSA).viewAsFloatingLanes();
            e = e.fma(r2, r)
                    .fma(scale, scale)
                    .mul(biased.sub(half)
                            .lanewise(VectorOperators.LSHL, Constants64.MANTISSA)
                            .viewAsFloatingLanes());
            DoubleVector top = z.mul(Constants64.of(Normal.A4))
                    .add(Constants64.of(Normal.A0))
                    .mul(z)
                    .add(Constants64.of(Normal.A1))
                    .mul(z)
                    .add(Constants64.of(Normal.A2))
                    .mul(z)
                    .add(Constants64.of(Normal.A3))
                    .mul(v);
            DoubleVector bottom = z.add(Constants64.of(Normal.B0))
                    .mul(z)
                    .add(Constants64.of(Normal.B1))
                    .mul(z)
                    .add(Constants64.of(Normal.B2))
                    .mul(z)
                    .add(Constants64.of(Normal.B3));
            VectorMask<Double> tails = y.compare(VectorOperators.GT, Constants64.of(Normal.CENTRE));
            top = top.blend(
                    y.mul(Constants64.of(Normal.C8))
                            .add(Constants64.of(Normal.C0))
                            .mul(y)
                            .add(Constants64.of(Normal.C1))
                            .mul(y)
                            .add(Constants64.of(Normal.C2))
                            .mul(y)
                            .add(Constants64.of(Normal.C3))
                            .mul(y)
                            .add(Constants64.of(Normal.C4))
                            .mul(y)
                            .add(Constants64.of(Normal.C5))
                            .mul(y)
                            .add(Constants64.of(Normal.C6))
                            .mul(y)
                            .add(Constants64.of(Normal.C7)),
                    tails);
            bottom = bottom.blend(
                    y.add(Constants64.of(Normal.D0))
                            .mul(y)
                            .add(Constants64.of(Normal.D1))
                            .mul(y)
                            .add(Constants64.of(Normal.D2))
                            .mul(y)
                            .add(Constants64.of(Normal.D3))
                            .mul(y)
                            .add(Constants64.of(Normal.D4))
                            .mul(y)
                            .add(Constants64.of(Normal.D5))
                            .mul(y)
                            .add(Constants64.of(Normal.D6))
                            .mul(y)
                            .add(Constants64.of(Normal.D7)),
                    tails);
            VectorMask<Double> far = y.compare(VectorOperators.GT, Constants64.of(Normal.FAR));
            if (far.anyTrue()) {
                z = DoubleVector.broadcast(SPECIES, Constants64.of(1)).div(z);
                DoubleVector p = z.mul(Constants64.of(Normal.P5))
                        .add(Constants64.of(Normal.P0))
                        .mul(z)
                        .add(Constants64.of(Normal.P1))
                        .mul(z)
                        .add(Constants64.of(Normal.P2))
                        .mul(z)
                        .add(Constants64.of(Normal.P3))
                        .mul(z)
                        .add(Constants64.of(Normal.P4));
                DoubleVector q = z.add(Constants64.of(Normal.Q0))
                        .mul(z)
                        .add(Constants64.of(Normal.Q1))
                        .mul(z)
                        .add(Constants64.of(Normal.Q2))
                        .mul(z)
                        .add(Constants64.of(Normal.Q3))
                        .mul(z)
                        .add(Constants64.of(Normal.Q4));
                top = top.blend(q.mul(Constants64.of(Normal.ROOT)).sub(z.mul(p)), far);
                bottom = bottom.blend(q.mul(y), far);
            }
            DoubleVector ratio = top.div(bottom);
            DoubleVector tail = ratio.mul(e);
            DoubleVector left = ratio.add(Constants64.of(0.5)).blend(tail, tails);
            VectorMask<Double> right = tails.and(v.compare(VectorOperators.GT, Constants64.of(0)));
            left.blend(tail.neg().add(Constants64.of(1)), right).intoMemorySegment(out, to + at, ORDER);
        }
    }

    static void sigmoidReverse(
            MemorySegment a, long atA, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector u = DoubleVector.fromMemorySegment(SPECIES, a, atA + at, ORDER);
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, b, atB + at, ORDER);
            v.neg().add(Constants64.of(1)).mul(v).mul(u).intoMemorySegment(out, to + at, ORDER);
        }
    }

    static void min(MemorySegment a, long atA, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector u = DoubleVector.fromMemorySegment(SPECIES, a, atA + at, ORDER);
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, b, atB + at, ORDER);
            u.lanewise(VectorOperators.MIN, v).intoMemorySegment(out, to + at, ORDER);
        }
    }

    static void max(MemorySegment a, long atA, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector u = DoubleVector.fromMemorySegment(SPECIES, a, atA + at, ORDER);
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, b, atB + at, ORDER);
            u.lanewise(VectorOperators.MAX, v).intoMemorySegment(out, to + at, ORDER);
        }
    }

    static void greater(MemorySegment a, long atA, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector u = DoubleVector.fromMemorySegment(SPECIES, a, atA + at, ORDER);
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, b, atB + at, ORDER);
            DoubleVector.zero(SPECIES)
                    .blend(Constants64.of(0.5), u.compare(VectorOperators.EQ, v))
                    .blend(Constants64.of(1), u.compare(VectorOperators.GT, v))
                    .intoMemorySegment(out, to + at, ORDER);
        }
    }

    static void min(MemorySegment a, long atA, double b, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, a, atA + at, ORDER);
            v.lanewise(VectorOperators.MIN, Constants64.of(b)).intoMemorySegment(out, to + at, ORDER);
        }
    }

    static void max(MemorySegment a, long atA, double b, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, a, atA + at, ORDER);
            v.lanewise(VectorOperators.MAX, Constants64.of(b)).intoMemorySegment(out, to + at, ORDER);
        }
    }

    static void greater(MemorySegment a, long atA, double b, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, a, atA + at, ORDER);
            DoubleVector.zero(SPECIES)
                    .blend(Constants64.of(0.5), v.compare(VectorOperators.EQ, Constants64.of(b)))
                    .blend(Constants64.of(1), v.compare(VectorOperators.GT, Constants64.of(b)))
                    .intoMemorySegment(out, to + at, ORDER);
        }
    }

    static void greater(double a, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, b, atB + at, ORDER);
            DoubleVector.zero(SPECIES)
                    .blend(Constants64.of(0.5), v.compare(VectorOperators.EQ, Constants64.of(a)))
                    .blend(Constants64.of(1), v.compare(VectorOperators.LT, Constants64.of(a)))
                    .intoMemorySegment(out, to + at, ORDER);
        }
    }

    static void sigmoidReverse(double a, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, b, atB + at, ORDER);
            v.neg().add(Constants64.of(1)).mul(v).mul(Constants64.of(a)).intoMemorySegment(out, to + at, ORDER);
        }
    }
}
