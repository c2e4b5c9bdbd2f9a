package org.costate.kernels;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Loops of activation functions and of functions with kinks in float32, in the manner of [Loops32]. [Activations64]
/// is the same text for float64: a test keeps the two equal, change this one.
final class Activations32 {
    private static final VectorSpecies<Float> SPECIES = Loops32.SPECIES;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final int LANES = SPECIES.length();
    private static final int WIDTH = Float.BYTES;

    private Activations32() {}

    static void abs(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, x, from + at, ORDER);
            v.abs().intoMemorySegment(out, to + at, ORDER);
        }
    }

    /// Zeros and NaN stay what they are.
    static void sign(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, x, from + at, ORDER);
            v.blend(Constants32.of(1), v.compare(VectorOperators.GT, Constants32.of(0)))
                    .blend(Constants32.of(-1), v.compare(VectorOperators.LT, Constants32.of(0)))
                    .intoMemorySegment(out, to + at, ORDER);
        }
    }

    static void relu(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, x, from + at, ORDER);
            v.lanewise(VectorOperators.MAX, Constants32.of(0)).intoMemorySegment(out, to + at, ORDER);
        }
    }

    static void step(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, x, from + at, ORDER);
            FloatVector.zero(SPECIES)
                    .blend(Constants32.of(1), v.compare(VectorOperators.GT, Constants32.of(0)))
                    .intoMemorySegment(out, to + at, ORDER);
        }
    }

    /// With m = round(x / ln 2), r = (x − m ln 2) / 2 and p / q = tanh r, as in [Loops32], eˣ = 2ᵐ (q + p) / (q − p)
    /// and σ(x) = eˣ / (1 + eˣ). 2ᵐ is two factors, as in [Elementary32].
    static void sigmoid(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, x, from + at, ORDER);
            v = v.blend(2 * Constants32.LIMIT, v.compare(VectorOperators.GT, 2 * Constants32.LIMIT))
                    .blend(-Constants32.FAR, v.compare(VectorOperators.LT, -Constants32.FAR))
                    .mul(Constants32.HALF);
            FloatVector low = v.fma(Constants32.TWO_OVER_LN2, Constants32.ROUND);
            FloatVector m = low.sub(Constants32.ROUND);
            FloatVector r = m.fma(Constants32.MINUS_LN2_HALF_HIGH, v);
            r = m.fma(Constants32.MINUS_LN2_HALF_LOW, r);
            FloatVector z = r.mul(r);
            FloatVector p = z.fma(Constants32.P2, Constants32.P1).fma(z.mul(r), r);
            FloatVector q = z.fma(Constants32.Q2, Constants32.Q1).fma(z, Constants32.ONE);
            var biased = low.viewAsIntegralLanes().add(2 * Constants32.BIAS);
            var half = biased.lanewise(VectorOperators.LSHR, 1);
            FloatVector e = q.add(p)
                    .mul(half.lanewise(VectorOperators.LSHL, Constants32.MANTISSA)
                            .viewAsFloatingLanes())
                    .mul(biased.sub(half)
                            .lanewise(VectorOperators.LSHL, Constants32.MANTISSA)
                            .viewAsFloatingLanes());
            e.div(q.sub(p).add(e)).intoMemorySegment(out, to + at, ORDER);
        }
    }

    /// max(x, 0) + log(1 + e) with e = exp(−|x|), as in [Elementary32]; 1 + e is from 1 to 2.
    static void softplus(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector x0 = FloatVector.fromMemorySegment(SPECIES, x, from + at, ORDER);
            FloatVector v = x0.abs().neg();
            v = v.blend(-Constants32.FAR, v.compare(VectorOperators.LT, -Constants32.FAR));
            FloatVector low = v.fma(Constants32.ONE_OVER_LN2, Constants32.ROUND);
            FloatVector k = low.sub(Constants32.ROUND);
            FloatVector r = k.fma(Constants32.MINUS_LN2_LOW, k.fma(Constants32.MINUS_LN2_HIGH, v));
            FloatVector r2 = r.mul(r);
            FloatVector r4 = r2.mul(r2);
            FloatVector e = r.fma(Constants32.EXP7, Constants32.EXP6);
            if (Constants32.WIDE) {
                e = r4.fma(
                        r.fma(Constants32.EXP11, Constants32.EXP10),
                        r2.fma(r.fma(Constants32.EXP9, Constants32.EXP8), e));
            }
            e = r4.fma(e, r2.fma(r.fma(Constants32.EXP5, Constants32.EXP4), r.fma(Constants32.EXP3, Constants32.EXP2)));
            var biased = low.viewAsIntegralLanes().add(2 * Constants32.BIAS);
            var half = biased.lanewise(VectorOperators.LSHR, 1);
            FloatVector scale =
                    half.lanewise(VectorOperators.LSHL, Constants32.MANTISSA).viewAsFloatingLanes();
            e = e.fma(r2, r)
                    .fma(scale, scale)
                    .mul(biased.sub(half)
                            .lanewise(VectorOperators.LSHL, Constants32.MANTISSA)
                            .viewAsFloatingLanes());
            // 1 + e = 2ᵏ (1 + f), where k is 0 or 1
            VectorMask<Float> large = e.compare(VectorOperators.GT, Constants32.of(0.41421356));
            k = FloatVector.zero(SPECIES).blend(Constants32.ONE, large);
            FloatVector f = e.blend(e.sub(Constants32.ONE).mul(Constants32.HALF), large);
            FloatVector s = f.div(f.add(Constants32.TWO));
            FloatVector z = s.mul(s);
            FloatVector w = z.mul(z);
            FloatVector even = Constants32.LOG4;
            FloatVector odd = Constants32.LOG3;
            if (Constants32.WIDE) {
                even = w.fma(Constants32.LOG6, even);
                odd = w.fma(w.fma(Constants32.LOG7, Constants32.LOG5), odd);
            }
            FloatVector p = w.fma(odd, Constants32.LOG1).fma(z, w.mul(w.fma(even, Constants32.LOG2)));
            FloatVector square = f.mul(f).mul(Constants32.HALF);
            square = k.fma(Constants32.MINUS_LN2_LOW, square.sub(s.mul(p.add(square))));
            f.sub(square)
                    .sub(k.mul(Constants32.MINUS_LN2_HIGH))
                    .add(x0.lanewise(VectorOperators.MAX, Constants32.of(0)))
                    .intoMemorySegment(out, to + at, ORDER);
        }
    }

    /// As [Normal] does it.
    static void normalDensity(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, x, from + at, ORDER);
            FloatVector y = v.abs().lanewise(VectorOperators.MIN, Constants32.REACH);
            // exp(−y² / 2), as in Elementary32, with the digits of y² that rounding takes from it.
            FloatVector z = y.mul(y);
            FloatVector high = z.mul(Constants32.HALF).neg();
            FloatVector low = high.fma(Constants32.ONE_OVER_LN2, Constants32.ROUND);
            FloatVector k = low.sub(Constants32.ROUND);
            high = k.fma(Constants32.MINUS_LN2_HIGH, high);
            FloatVector rest = y.fma(y, z.neg()).mul(Constants32.HALF).neg();
            FloatVector r = k.fma(Constants32.MINUS_LN2_LOW, rest).add(high);
            FloatVector r2 = r.mul(r);
            FloatVector r4 = r2.mul(r2);
            FloatVector e = r.fma(Constants32.EXP7, Constants32.EXP6);
            if (Constants32.WIDE) {
                e = r4.fma(
                        r.fma(Constants32.EXP11, Constants32.EXP10),
                        r2.fma(r.fma(Constants32.EXP9, Constants32.EXP8), e));
            }
            e = r4.fma(e, r2.fma(r.fma(Constants32.EXP5, Constants32.EXP4), r.fma(Constants32.EXP3, Constants32.EXP2)));
            var biased = low.viewAsIntegralLanes().add(2 * Constants32.BIAS);
            var half = biased.lanewise(VectorOperators.LSHR, 1);
            FloatVector scale =
                    half.lanewise(VectorOperators.LSHL, Constants32.MANTISSA).viewAsFloatingLanes();
            e = e.fma(r2, r)
                    .fma(scale, scale)
                    .mul(biased.sub(half)
                            .lanewise(VectorOperators.LSHL, Constants32.MANTISSA)
                            .viewAsFloatingLanes());
            e.mul(Constants32.of(Normal.ROOT)).intoMemorySegment(out, to + at, ORDER);
        }
    }

    /// As [Normal] does it: quotients of the form for the centre, with those for the tails blended in.
    static void normalCdf(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, x, from + at, ORDER);
            FloatVector y = v.abs().lanewise(VectorOperators.MIN, Constants32.REACH);
            // exp(−y² / 2), as in Elementary32, with the digits of y² that rounding takes from it.
            FloatVector z = y.mul(y);
            FloatVector high = z.mul(Constants32.HALF).neg();
            FloatVector low = high.fma(Constants32.ONE_OVER_LN2, Constants32.ROUND);
            FloatVector k = low.sub(Constants32.ROUND);
            high = k.fma(Constants32.MINUS_LN2_HIGH, high);
            FloatVector rest = y.fma(y, z.neg()).mul(Constants32.HALF).neg();
            FloatVector r = k.fma(Constants32.MINUS_LN2_LOW, rest).add(high);
            FloatVector r2 = r.mul(r);
            FloatVector r4 = r2.mul(r2);
            FloatVector e = r.fma(Constants32.EXP7, Constants32.EXP6);
            if (Constants32.WIDE) {
                e = r4.fma(
                        r.fma(Constants32.EXP11, Constants32.EXP10),
                        r2.fma(r.fma(Constants32.EXP9, Constants32.EXP8), e));
            }
            e = r4.fma(e, r2.fma(r.fma(Constants32.EXP5, Constants32.EXP4), r.fma(Constants32.EXP3, Constants32.EXP2)));
            var biased = low.viewAsIntegralLanes().add(2 * Constants32.BIAS);
            var half = biased.lanewise(VectorOperators.LSHR, 1);
            FloatVector scale =
                    half.lanewise(VectorOperators.LSHL, Constants32.MANTISSA).viewAsFloatingLanes();
            e = e.fma(r2, r)
                    .fma(scale, scale)
                    .mul(biased.sub(half)
                            .lanewise(VectorOperators.LSHL, Constants32.MANTISSA)
                            .viewAsFloatingLanes());
            FloatVector top = z.mul(Constants32.of(Normal.A4))
                    .add(Constants32.of(Normal.A0))
                    .mul(z)
                    .add(Constants32.of(Normal.A1))
                    .mul(z)
                    .add(Constants32.of(Normal.A2))
                    .mul(z)
                    .add(Constants32.of(Normal.A3))
                    .mul(v);
            FloatVector bottom = z.add(Constants32.of(Normal.B0))
                    .mul(z)
                    .add(Constants32.of(Normal.B1))
                    .mul(z)
                    .add(Constants32.of(Normal.B2))
                    .mul(z)
                    .add(Constants32.of(Normal.B3));
            VectorMask<Float> tails = y.compare(VectorOperators.GT, Constants32.of(Normal.CENTRE));
            top = top.blend(
                    y.mul(Constants32.of(Normal.C8))
                            .add(Constants32.of(Normal.C0))
                            .mul(y)
                            .add(Constants32.of(Normal.C1))
                            .mul(y)
                            .add(Constants32.of(Normal.C2))
                            .mul(y)
                            .add(Constants32.of(Normal.C3))
                            .mul(y)
                            .add(Constants32.of(Normal.C4))
                            .mul(y)
                            .add(Constants32.of(Normal.C5))
                            .mul(y)
                            .add(Constants32.of(Normal.C6))
                            .mul(y)
                            .add(Constants32.of(Normal.C7)),
                    tails);
            bottom = bottom.blend(
                    y.add(Constants32.of(Normal.D0))
                            .mul(y)
                            .add(Constants32.of(Normal.D1))
                            .mul(y)
                            .add(Constants32.of(Normal.D2))
                            .mul(y)
                            .add(Constants32.of(Normal.D3))
                            .mul(y)
                            .add(Constants32.of(Normal.D4))
                            .mul(y)
                            .add(Constants32.of(Normal.D5))
                            .mul(y)
                            .add(Constants32.of(Normal.D6))
                            .mul(y)
                            .add(Constants32.of(Normal.D7)),
                    tails);
            VectorMask<Float> far = y.compare(VectorOperators.GT, Constants32.of(Normal.FAR));
            if (far.anyTrue()) {
                z = FloatVector.broadcast(SPECIES, Constants32.of(1)).div(z);
                FloatVector p = z.mul(Constants32.of(Normal.P5))
                        .add(Constants32.of(Normal.P0))
                        .mul(z)
                        .add(Constants32.of(Normal.P1))
                        .mul(z)
                        .add(Constants32.of(Normal.P2))
                        .mul(z)
                        .add(Constants32.of(Normal.P3))
                        .mul(z)
                        .add(Constants32.of(Normal.P4));
                FloatVector q = z.add(Constants32.of(Normal.Q0))
                        .mul(z)
                        .add(Constants32.of(Normal.Q1))
                        .mul(z)
                        .add(Constants32.of(Normal.Q2))
                        .mul(z)
                        .add(Constants32.of(Normal.Q3))
                        .mul(z)
                        .add(Constants32.of(Normal.Q4));
                top = top.blend(q.mul(Constants32.of(Normal.ROOT)).sub(z.mul(p)), far);
                bottom = bottom.blend(q.mul(y), far);
            }
            FloatVector ratio = top.div(bottom);
            FloatVector tail = ratio.mul(e);
            FloatVector left = ratio.add(Constants32.of(0.5)).blend(tail, tails);
            VectorMask<Float> right = tails.and(v.compare(VectorOperators.GT, Constants32.of(0)));
            left.blend(tail.neg().add(Constants32.of(1)), right).intoMemorySegment(out, to + at, ORDER);
        }
    }

    static void sigmoidReverse(
            MemorySegment a, long atA, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector u = FloatVector.fromMemorySegment(SPECIES, a, atA + at, ORDER);
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, b, atB + at, ORDER);
            v.neg().add(Constants32.of(1)).mul(v).mul(u).intoMemorySegment(out, to + at, ORDER);
        }
    }

    static void min(MemorySegment a, long atA, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector u = FloatVector.fromMemorySegment(SPECIES, a, atA + at, ORDER);
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, b, atB + at, ORDER);
            u.lanewise(VectorOperators.MIN, v).intoMemorySegment(out, to + at, ORDER);
        }
    }

    static void max(MemorySegment a, long atA, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector u = FloatVector.fromMemorySegment(SPECIES, a, atA + at, ORDER);
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, b, atB + at, ORDER);
            u.lanewise(VectorOperators.MAX, v).intoMemorySegment(out, to + at, ORDER);
        }
    }

    static void greater(MemorySegment a, long atA, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector u = FloatVector.fromMemorySegment(SPECIES, a, atA + at, ORDER);
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, b, atB + at, ORDER);
            FloatVector.zero(SPECIES)
                    .blend(Constants32.of(0.5), u.compare(VectorOperators.EQ, v))
                    .blend(Constants32.of(1), u.compare(VectorOperators.GT, v))
                    .intoMemorySegment(out, to + at, ORDER);
        }
    }

    static void min(MemorySegment a, long atA, double b, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, a, atA + at, ORDER);
            v.lanewise(VectorOperators.MIN, Constants32.of(b)).intoMemorySegment(out, to + at, ORDER);
        }
    }

    static void max(MemorySegment a, long atA, double b, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, a, atA + at, ORDER);
            v.lanewise(VectorOperators.MAX, Constants32.of(b)).intoMemorySegment(out, to + at, ORDER);
        }
    }

    static void greater(MemorySegment a, long atA, double b, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, a, atA + at, ORDER);
            FloatVector.zero(SPECIES)
                    .blend(Constants32.of(0.5), v.compare(VectorOperators.EQ, Constants32.of(b)))
                    .blend(Constants32.of(1), v.compare(VectorOperators.GT, Constants32.of(b)))
                    .intoMemorySegment(out, to + at, ORDER);
        }
    }

    static void greater(double a, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, b, atB + at, ORDER);
            FloatVector.zero(SPECIES)
                    .blend(Constants32.of(0.5), v.compare(VectorOperators.EQ, Constants32.of(a)))
                    .blend(Constants32.of(1), v.compare(VectorOperators.LT, Constants32.of(a)))
                    .intoMemorySegment(out, to + at, ORDER);
        }
    }

    static void sigmoidReverse(double a, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, b, atB + at, ORDER);
            v.neg().add(Constants32.of(1)).mul(v).mul(Constants32.of(a)).intoMemorySegment(out, to + at, ORDER);
        }
    }
}
