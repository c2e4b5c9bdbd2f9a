package org.costate.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Elementary functions in float32, in the manner of [Loops32], each good to 2 units in the last place. [Elementary64]
/// is the same text for float64: a test keeps the two equal, change this one.
///
/// From sums, products, quotients, `fma` and shifts alone, which have the same bits interpreted and compiled; those of
/// `VectorOperators.EXP` and its like differ. What a formula does not reach (a few numbers at the ends of the format,
/// and those that are none) is done one by one, by [Unary] and [Binary].
///
/// Source: the reductions, and the series of log, sin and cos, are those of fdlibm, https://www.netlib.org/fdlibm; for
/// C’s `float`, those of its descendant in FreeBSD (log) and of Cephes, https://www.netlib.org/cephes (sin, cos).
final class Elementary32 {
    private static final VectorSpecies<Float> SPECIES = Loops32.SPECIES;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final int LANES = SPECIES.length();
    private static final int WIDTH = Float.BYTES;
    private static final ValueLayout.OfFloat NUMBER = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private Elementary32() {}

    /// With k = round(x / ln 2) and r = x − k ln 2, eˣ = 2ᵏ (1 + r + r² P(r)). 2ᵏ is two factors, since it may be
    /// beyond the format where eˣ is not.
    static void exp(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, x, from + at, ORDER);
            v = v.blend(Constants32.FAR, v.compare(VectorOperators.GT, Constants32.FAR))
                    .blend(-Constants32.FAR, v.compare(VectorOperators.LT, -Constants32.FAR));
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
            e.intoMemorySegment(out, to + at, ORDER);
        }
    }

    /// With x = 2ᵏ (1 + f), √½ ≤ 1 + f < √2, and s = f / (2 + f), log x = k ln 2 + f − (f² / 2 − s (f² / 2 + L(s²))).
    static void log(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, x, from + at, ORDER);
            var bits = v.viewAsIntegralLanes();
            var exponent = bits.add(Constants32.TO_ROOT).lanewise(VectorOperators.LSHR, Constants32.MANTISSA);
            FloatVector k =
                    exponent.add(Constants32.WHOLE_BITS).viewAsFloatingLanes().sub(Constants32.WHOLE);
            FloatVector f = bits.sub(exponent.lanewise(VectorOperators.LSHL, Constants32.MANTISSA))
                    .add(Constants32.ONE_BITS)
                    .viewAsFloatingLanes()
                    .sub(Constants32.ONE);
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
            f.sub(square).sub(k.mul(Constants32.MINUS_LN2_HIGH)).intoMemorySegment(out, to + at, ORDER);
            boolean all = v.compare(VectorOperators.GE, Constants32.LEAST)
                    .and(v.compare(VectorOperators.LE, Constants32.MOST))
                    .allTrue();
            if (!all) {
                others(Unary.LOG, x, from + at, Constants32.LEAST, Constants32.MOST, out, to + at);
            }
        }
    }

    static void sin(MemorySegment x, long from, MemorySegment out, long to, long n) {
        turned(Unary.SIN, 0, x, from, out, to, n);
    }

    static void cos(MemorySegment x, long from, MemorySegment out, long to, long n) {
        turned(Unary.COS, 1, x, from, out, to, n);
    }

    /// sin(x + quarters π / 2). With k = round(x / (π / 2)) and r = x − k π / 2, of which the last digits come from the
    /// second and third part of π / 2, it is ± sin r or ± cos r.
    private static void turned(
            Unary function, int quarters, MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, x, from + at, ORDER);
            FloatVector low = v.fma(Constants32.TWO_OVER_PI, Constants32.ROUND);
            FloatVector k = low.sub(Constants32.ROUND);
            FloatVector r = k.fma(Constants32.MINUS_PI_HALF_1, v);
            r = k.fma(Constants32.MINUS_PI_HALF_2, r);
            r = k.fma(Constants32.MINUS_PI_HALF_3, r);
            FloatVector z = r.mul(r);
            FloatVector s = Constants32.WIDE
                    ? z.fma(Constants32.SIN6, Constants32.SIN5)
                            .fma(z, Constants32.SIN4)
                            .fma(z, Constants32.SIN3)
                    : Constants32.SIN3;
            s = s.fma(z, Constants32.SIN2).fma(z, Constants32.SIN1).fma(z, Constants32.ONE);
            FloatVector c = Constants32.WIDE
                    ? z.fma(Constants32.COS6, Constants32.COS5)
                            .fma(z, Constants32.COS4)
                            .fma(z, Constants32.COS3)
                    : Constants32.COS3;
            c = c.fma(z, Constants32.COS2).fma(z, Constants32.COS1).mul(z).sub(Constants32.HALF);
            var turn = low.viewAsIntegralLanes().add(quarters);
            VectorMask<Float> odd = turn.and(1).compare(VectorOperators.EQ, 1).cast(SPECIES);
            s.mul(r)
                    .blend(c.fma(z, Constants32.ONE), odd)
                    .viewAsIntegralLanes()
                    .lanewise(
                            VectorOperators.XOR,
                            turn.lanewise(VectorOperators.LSHR, 1).lanewise(VectorOperators.LSHL, Constants32.SIGN))
                    .viewAsFloatingLanes()
                    .intoMemorySegment(out, to + at, ORDER);
            if (!v.abs().compare(VectorOperators.LE, Constants32.TURNS).allTrue()) {
                others(function, x, from + at, -Constants32.TURNS, Constants32.TURNS, out, to + at);
            }
        }
    }

    /// Does those numbers of a vector one by one that lie outside of some limits.
    private static void others(
            Unary function, MemorySegment x, long from, double least, double most, MemorySegment out, long to) {
        for (long at = 0; at < (long) LANES * WIDTH; at += WIDTH) {
            double v = x.get(NUMBER, from + at);
            if (!(v >= least && v <= most)) {
                out.set(NUMBER, to + at, Constants32.of(function.apply(v)));
            }
        }
    }

    /// The power of each number by the same exponent.
    static void power(MemorySegment a, long atA, double b, MemorySegment out, long to, long n) {
        MemorySegment same = Sums32.scratch();
        FloatVector.broadcast(SPECIES, Constants32.of(b)).intoMemorySegment(same, 0, ORDER);
        power(a, atA, 1, same, 0, 0, out, to, n);
    }

    /// The same number to the power of each.
    static void power(double a, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        MemorySegment same = Sums32.scratch();
        FloatVector.broadcast(SPECIES, Constants32.of(a)).intoMemorySegment(same, 0, ORDER);
        power(same, 0, 0, b, atB, 1, out, to, n);
    }

    static void power(MemorySegment a, long atA, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        power(a, atA, 1, b, atB, 1, out, to, n);
    }

    /// aᵇ = exp(b log |a|), and its sign. What would be lost is kept: a number `v` and its rest `vLow` are v + vLow,
    /// with about twice as many digits.
    ///
    /// With |a| = 2ᵏ m and s = (m − 1) / (m + 1), log m = 2 s + s³ (2/3 + 2/5 s² + 2/7 s⁴ + …). For exp see there.
    ///
    /// @param nextA 1, or 0 for the same vector of a again and again
    /// @param nextB as for a
    private static void power(
            MemorySegment a,
            long atA,
            int nextA,
            MemorySegment b,
            long atB,
            int nextB,
            MemorySegment out,
            long to,
            long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, a, atA + at * nextA, ORDER);
            FloatVector y = FloatVector.fromMemorySegment(SPECIES, b, atB + at * nextB, ORDER);
            FloatVector size = x.abs();
            var bits = size.viewAsIntegralLanes();
            var exponent = bits.add(Constants32.TO_ROOT).lanewise(VectorOperators.LSHR, Constants32.MANTISSA);
            FloatVector k =
                    exponent.add(Constants32.WHOLE_BITS).viewAsFloatingLanes().sub(Constants32.WHOLE);
            FloatVector m = bits.sub(exponent.lanewise(VectorOperators.LSHL, Constants32.MANTISSA))
                    .add(Constants32.ONE_BITS)
                    .viewAsFloatingLanes();
            FloatVector top = m.sub(Constants32.ONE);
            FloatVector bottom = m.add(Constants32.ONE);
            FloatVector inverse = Constants32.ONE.div(bottom);
            FloatVector s = top.mul(inverse);
            FloatVector sLow = s.neg()
                    .fma(bottom, top)
                    .sub(s.mul(m.sub(bottom.sub(Constants32.ONE))))
                    .mul(inverse);
            FloatVector z = s.mul(s);
            FloatVector zLow = s.fma(s, z.neg()).add(s.add(s).mul(sLow));
            FloatVector p = Constants32.WIDE
                    ? z.fma(Constants32.ARTANH12, Constants32.ARTANH11)
                            .fma(z, Constants32.ARTANH10)
                            .fma(z, Constants32.ARTANH9)
                            .fma(z, Constants32.ARTANH8)
                            .fma(z, Constants32.ARTANH7)
                            .fma(z, Constants32.ARTANH6)
                    : Constants32.ARTANH6;
            p = p.fma(z, Constants32.ARTANH5)
                    .fma(z, Constants32.ARTANH4)
                    .fma(z, Constants32.ARTANH3)
                    .fma(z, Constants32.ARTANH2)
                    .mul(z);
            FloatVector q = p.add(Constants32.ARTANH1);
            FloatVector qLow = Constants32.ARTANH1.sub(q).add(p).add(Constants32.ARTANH1_LOW);
            FloatVector cube = z.mul(s);
            FloatVector cubeLow = z.fma(s, cube.neg()).add(z.mul(sLow)).add(zLow.mul(s));
            p = cube.mul(q);
            FloatVector pLow = cube.fma(q, p.neg()).add(cube.mul(qLow)).add(cubeLow.mul(q));
            s = s.add(s);
            FloatVector log = s.add(p);
            pLow = s.sub(log).add(p).add(pLow).add(sLow.add(sLow));
            k = k.neg();
            FloatVector whole = k.mul(Constants32.MINUS_LN2_HIGH);
            FloatVector logLow = k.fma(Constants32.MINUS_LN2_LOW, pLow);
            p = log;
            log = whole.add(p);
            logLow = whole.sub(log).add(p).add(logLow);
            FloatVector v = y.mul(log);
            FloatVector vLow = y.fma(log, v.neg()).add(y.mul(logLow));
            VectorMask<Float> far = v.abs().compare(VectorOperators.GT, Constants32.FAR);
            v = v.blend(Constants32.FAR, far).blend(-Constants32.FAR, v.compare(VectorOperators.LT, -Constants32.FAR));
            vLow = vLow.blend(Constants32.of(0), far);
            FloatVector low = v.fma(Constants32.ONE_OVER_LN2, Constants32.ROUND);
            k = low.sub(Constants32.ROUND);
            FloatVector high = k.fma(Constants32.MINUS_LN2_HIGH, v);
            FloatVector r = k.fma(Constants32.MINUS_LN2_LOW, vLow).add(high);
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
            VectorMask<Float> negative = x.compare(VectorOperators.LT, Constants32.of(0));
            if (negative.anyTrue()) { // NaN, but for whole exponents; its own negative for odd ones
                FloatVector h = y.mul(Constants32.HALF);
                VectorMask<Float> odd =
                        h.add(Constants32.ROUND).sub(Constants32.ROUND).compare(VectorOperators.NE, h);
                VectorMask<Float> broken =
                        y.add(Constants32.ROUND).sub(Constants32.ROUND).compare(VectorOperators.NE, y);
                e = e.blend(e.neg(), negative.and(odd)).blend(Constants32.of(Float.NaN), negative.and(broken));
            }
            e.intoMemorySegment(out, to + at, ORDER);
            boolean all = size.compare(VectorOperators.GE, Constants32.LEAST)
                    .and(size.compare(VectorOperators.LE, Constants32.MOST))
                    .and(y.abs().compare(VectorOperators.LE, Constants32.EXPONENT))
                    .allTrue();
            if (!all) {
                others(a, atA + at * nextA, b, atB + at * nextB, out, to + at);
            }
        }
    }

    private static void others(MemorySegment a, long atA, MemorySegment b, long atB, MemorySegment out, long to) {
        for (long at = 0; at < (long) LANES * WIDTH; at += WIDTH) {
            double x = a.get(NUMBER, atA + at);
            double y = b.get(NUMBER, atB + at);
            double size = Math.abs(x);
            if (!(size >= Constants32.LEAST && size <= Constants32.MOST && Math.abs(y) <= Constants32.EXPONENT)) {
                out.set(NUMBER, to + at, Constants32.of(Binary.POWER.apply(x, y)));
            }
        }
    }
}
