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

    /// With e = exp(−|x|), which cannot overflow: 1 / (1 + e) for x ≥ 0, else e / (1 + e).
    static void sigmoid(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, x, from + at, ORDER);
            DoubleVector e = v.abs().neg().lanewise(VectorOperators.EXP);
            e.blend(Constants64.of(1), v.compare(VectorOperators.GE, Constants64.of(0)))
                    .div(e.add(Constants64.of(1)))
                    .intoMemorySegment(out, to + at, ORDER);
        }
    }

    /// max(x, 0) + log(1 + exp(−|x|)).
    static void softplus(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, x, from + at, ORDER);
            v.abs()
                    .neg()
                    .lanewise(VectorOperators.EXP)
                    .lanewise(VectorOperators.LOG1P)
                    .add(v.lanewise(VectorOperators.MAX, Constants64.of(0)))
                    .intoMemorySegment(out, to + at, ORDER);
        }
    }

    /// As [Normal] does it.
    static void normalDensity(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, x, from + at, ORDER);
            DoubleVector y = v.abs().lanewise(VectorOperators.MIN, Constants64.of(Normal.LIMIT));
            DoubleVector s = y.mul(Constants64.of(16))
                    .add(Constants64.ROUND)
                    .sub(Constants64.ROUND)
                    .mul(Constants64.of(0.0625));
            DoubleVector bell = s.mul(s)
                    .mul(Constants64.of(-0.5))
                    .lanewise(VectorOperators.EXP)
                    .mul(y.sub(s).mul(y.add(s)).mul(Constants64.of(-0.5)).lanewise(VectorOperators.EXP));
            bell.mul(Constants64.of(Normal.ROOT)).intoMemorySegment(out, to + at, ORDER);
        }
    }

    /// As [Normal] does it: quotients of the form for the centre, with those for the tails blended in.
    static void normalCdf(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, x, from + at, ORDER);
            DoubleVector y = v.abs().lanewise(VectorOperators.MIN, Constants64.of(Normal.LIMIT));
            DoubleVector s = y.mul(Constants64.of(16))
                    .add(Constants64.ROUND)
                    .sub(Constants64.ROUND)
                    .mul(Constants64.of(0.0625));
            DoubleVector bell = s.mul(s)
                    .mul(Constants64.of(-0.5))
                    .lanewise(VectorOperators.EXP)
                    .mul(y.sub(s).mul(y.add(s)).mul(Constants64.of(-0.5)).lanewise(VectorOperators.EXP));
            DoubleVector z = y.mul(y);
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
            DoubleVector r = top.div(bottom);
            DoubleVector tail = r.mul(bell);
            DoubleVector left = r.add(Constants64.of(0.5)).blend(tail, tails);
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
