package org.costate.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Elementary functions in float64, in the manner of [Loops64], each good to 2 units in the last place. [Elementary32]
/// is the same text for float32: a test keeps the two equal, change this one.
///
/// From sums, products, quotients, `fma` and shifts alone, which have the same bits interpreted and compiled; those of
/// `VectorOperators.EXP` and its like differ. What a formula does not reach (a few numbers at the ends of the format,
/// and those that are none) is done one by one, by [Unary] and [Binary].
///
/// Source: the reductions, and the series of log, sin and cos, are those of fdlibm, https://www.netlib.org/fdlibm; for
/// C’s `float`, those of its descendant in FreeBSD (log) and of Cephes, https://www.netlib.org/cephes (sin, cos).
final class Elementary64 {
    private static final VectorSpecies<Double> SPECIES = Loops64.SPECIES;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final int LANES = SPECIES.length();
    private static final int WIDTH = Double.BYTES;
    private static final ValueLayout.OfDouble NUMBER = ValueLayout.JAVA_DOUBLE_UNALIGNED;

    private Elementary64() {}

    /// With k = round(x / ln 2) and r = x − k ln 2, eˣ = 2ᵏ (1 + r + r² P(r)). 2ᵏ is two factors, since it may be
    /// beyond the format where eˣ is not.
    static void exp(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, x, from + at, ORDER);
            v = v.blend(Constants64.FAR, v.compare(VectorOperators.GT, Constants64.FAR))
                    .blend(-Constants64.FAR, v.compare(VectorOperators.LT, -Constants64.FAR));
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
            e.intoMemorySegment(out, to + at, ORDER);
        }
    }

    /// With x = 2ᵏ (1 + f), √½ ≤ 1 + f < √2, and s = f / (2 + f), log x = k ln 2 + f − (f² / 2 − s (f² / 2 + L(s²))).
    static void log(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, x, from + at, ORDER);
            var bits = v.viewAsIntegralLanes();
            var exponent = bits.add(Constants64.TO_ROOT).lanewise(VectorOperators.LSHR, Constants64.MANTISSA);
            DoubleVector k =
                    exponent.add(Constants64.WHOLE_BITS).viewAsFloatingLanes().sub(Constants64.WHOLE);
            DoubleVector f = bits.sub(exponent.lanewise(VectorOperators.LSHL, Constants64.MANTISSA))
                    .add(Constants64.ONE_BITS)
                    .viewAsFloatingLanes()
                    .sub(Constants64.ONE);
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
            f.sub(square).sub(k.mul(Constants64.MINUS_LN2_HIGH)).intoMemorySegment(out, to + at, ORDER);
            boolean all = v.compare(VectorOperators.GE, Constants64.LEAST)
                    .and(v.compare(VectorOperators.LE, Constants64.MOST))
                    .allTrue();
            if (!all) {
                others(Unary.LOG, x, from + at, Constants64.LEAST, Constants64.MOST, out, to + at);
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
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, x, from + at, ORDER);
            DoubleVector low = v.fma(Constants64.TWO_OVER_PI, Constants64.ROUND);
            DoubleVector k = low.sub(Constants64.ROUND);
            DoubleVector r = k.fma(Constants64.MINUS_PI_HALF_1, v);
            r = k.fma(Constants64.MINUS_PI_HALF_2, r);
            r = k.fma(Constants64.MINUS_PI_HALF_3, r);
            DoubleVector z = r.mul(r);
            DoubleVector s = Constants64.WIDE
                    ? z.fma(Constants64.SIN6, Constants64.SIN5)
                            .fma(z, Constants64.SIN4)
                            .fma(z, Constants64.SIN3)
                    : Constants64.SIN3;
            s = s.fma(z, Constants64.SIN2).fma(z, Constants64.SIN1).fma(z, Constants64.ONE);
            DoubleVector c = Constants64.WIDE
                    ? z.fma(Constants64.COS6, Constants64.COS5)
                            .fma(z, Constants64.COS4)
                            .fma(z, Constants64.COS3)
                    : Constants64.COS3;
            c = c.fma(z, Constants64.COS2).fma(z, Constants64.COS1).mul(z).sub(Constants64.HALF);
            var turn = low.viewAsIntegralLanes().add(quarters);
            VectorMask<Double> odd = turn.and(1).compare(VectorOperators.EQ, 1).cast(SPECIES);
            s.mul(r)
                    .blend(c.fma(z, Constants64.ONE), odd)
                    .viewAsIntegralLanes()
                    .lanewise(
                            VectorOperators.XOR,
                            turn.lanewise(VectorOperators.LSHR, 1).lanewise(VectorOperators.LSHL, Constants64.SIGN))
                    .viewAsFloatingLanes()
                    .intoMemorySegment(out, to + at, ORDER);
            if (!v.abs().compare(VectorOperators.LE, Constants64.TURNS).allTrue()) {
                others(function, x, from + at, -Constants64.TURNS, Constants64.TURNS, out, to + at);
            }
        }
    }

    /// Does those numbers of a vector one by one that lie outside of some limits.
    private static void others(
            Unary function, MemorySegment x, long from, double least, double most, MemorySegment out, long to) {
        for (long at = 0; at < (long) LANES * WIDTH; at += WIDTH) {
            double v = x.get(NUMBER, from + at);
            if (!(v >= least && v <= most)) {
                out.set(NUMBER, to + at, Constants64.of(function.apply(v)));
            }
        }
    }

    /// The power of each number by the same exponent.
    static void power(MemorySegment a, long atA, double b, MemorySegment out, long to, long n) {
        MemorySegment same = Sums64.scratch();
        DoubleVector.broadcast(SPECIES, Constants64.of(b)).intoMemorySegment(same, 0, ORDER);
        power(a, atA, 1, same, 0, 0, out, to, n);
    }

    /// The same number to the power of each.
    static void power(double a, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        MemorySegment same = Sums64.scratch();
        DoubleVector.broadcast(SPECIES, Constants64.of(a)).intoMemorySegment(same, 0, ORDER);
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
            DoubleVector x = DoubleVector.fromMemorySegment(SPECIES, a, atA + at * nextA, ORDER);
            DoubleVector y = DoubleVector.fromMemorySegment(SPECIES, b, atB + at * nextB, ORDER);
            DoubleVector size = x.abs();
            var bits = size.viewAsIntegralLanes();
            var exponent = bits.add(Constants64.TO_ROOT).lanewise(VectorOperators.LSHR, Constants64.MANTISSA);
            DoubleVector k =
                    exponent.add(Constants64.WHOLE_BITS).viewAsFloatingLanes().sub(Constants64.WHOLE);
            DoubleVector m = bits.sub(exponent.lanewise(VectorOperators.LSHL, Constants64.MANTISSA))
                    .add(Constants64.ONE_BITS)
                    .viewAsFloatingLanes();
            DoubleVector top = m.sub(Constants64.ONE);
            DoubleVector bottom = m.add(Constants64.ONE);
            DoubleVector inverse = Constants64.ONE.div(bottom);
            DoubleVector s = top.mul(inverse);
            DoubleVector sLow = s.neg()
                    .fma(bottom, top)
                    .sub(s.mul(m.sub(bottom.sub(Constants64.ONE))))
                    .mul(inverse);
            DoubleVector z = s.mul(s);
            DoubleVector zLow = s.fma(s, z.neg()).add(s.add(s).mul(sLow));
            DoubleVector p = Constants64.WIDE
                    ? z.fma(Constants64.ARTANH12, Constants64.ARTANH11)
                            .fma(z, Constants64.ARTANH10)
                            .fma(z, Constants64.ARTANH9)
                            .fma(z, Constants64.ARTANH8)
                            .fma(z, Constants64.ARTANH7)
                            .fma(z, Constants64.ARTANH6)
                    : Constants64.ARTANH6;
            p = p.fma(z, Constants64.ARTANH5)
                    .fma(z, Constants64.ARTANH4)
                    .fma(z, Constants64.ARTANH3)
                    .fma(z, Constants64.ARTANH2)
                    .mul(z);
            DoubleVector q = p.add(Constants64.ARTANH1);
            DoubleVector qLow = Constants64.ARTANH1.sub(q).add(p).add(Constants64.ARTANH1_LOW);
            DoubleVector cube = z.mul(s);
            DoubleVector cubeLow = z.fma(s, cube.neg()).add(z.mul(sLow)).add(zLow.mul(s));
            p = cube.mul(q);
            DoubleVector pLow = cube.fma(q, p.neg()).add(cube.mul(qLow)).add(cubeLow.mul(q));
            s = s.add(s);
            DoubleVector log = s.add(p);
            pLow = s.sub(log).add(p).add(pLow).add(sLow.add(sLow));
            k = k.neg();
            DoubleVector whole = k.mul(Constants64.MINUS_LN2_HIGH);
            DoubleVector logLow = k.fma(Constants64.MINUS_LN2_LOW, pLow);
            p = log;
            log = whole.add(p);
            logLow = whole.sub(log).add(p).add(logLow);
            DoubleVector v = y.mul(log);
            DoubleVector vLow = y.fma(log, v.neg()).add(y.mul(logLow));
            VectorMask<Double> far = v.abs().compare(VectorOperators.GT, Constants64.FAR);
            v = v.blend(Constants64.FAR, far).blend(-Constants64.FAR, v.compare(VectorOperators.LT, -Constants64.FAR));
            vLow = vLow.blend(Constants64.of(0), far);
            DoubleVector low = v.fma(Constants64.ONE_OVER_LN2, Constants64.ROUND);
            k = low.sub(Constants64.ROUND);
            DoubleVector high = k.fma(Constants64.MINUS_LN2_HIGH, v);
            DoubleVector r = k.fma(Constants64.MINUS_LN2_LOW, vLow).add(high);
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
            VectorMask<Double> negative = x.compare(VectorOperators.LT, Constants64.of(0));
            if (negative.anyTrue()) { // NaN, but for whole exponents; its own negative for odd ones
                DoubleVector h = y.mul(Constants64.HALF);
                VectorMask<Double> odd =
                        h.add(Constants64.ROUND).sub(Constants64.ROUND).compare(VectorOperators.NE, h);
                VectorMask<Double> broken =
                        y.add(Constants64.ROUND).sub(Constants64.ROUND).compare(VectorOperators.NE, y);
                e = e.blend(e.neg(), negative.and(odd)).blend(Constants64.of(Double.NaN), negative.and(broken));
            }
            e.intoMemorySegment(out, to + at, ORDER);
            boolean all = size.compare(VectorOperators.GE, Constants64.LEAST)
                    .and(size.compare(VectorOperators.LE, Constants64.MOST))
                    .and(y.abs().compare(VectorOperators.LE, Constants64.EXPONENT))
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
            if (!(size >= Constants64.LEAST && size <= Constants64.MOST && Math.abs(y) <= Constants64.EXPONENT)) {
                out.set(NUMBER, to + at, Constants64.of(Binary.POWER.apply(x, y)));
            }
        }
    }
}
