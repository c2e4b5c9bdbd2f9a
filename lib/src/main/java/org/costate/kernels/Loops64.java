package org.costate.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.costate.memory.Buffer;

/// Element-wise loops in float64. [Loops32] is the same text for float32: a test keeps the two equal, change this
/// one.
///
/// Loops over n numbers need n to be a vector's length at least: the last vector overlaps the one before it, so that
/// no mask is needed (with masks they ran at a third of the speed). So no output may be an input.
///
/// One small method a loop, with constant operators and with no method of ours that takes or returns a vector: C2
/// always inlines the Vector API itself, but a helper of ours only while it has not been compiled alone into much
/// code, and a vector that crosses a call is an object on the heap.
final class Loops64 {
    static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final int LANES = SPECIES.length();
    private static final int WIDTH = Double.BYTES;
    private static final ValueLayout.OfDouble NUMBER = ValueLayout.JAVA_DOUBLE_UNALIGNED;

    private Loops64() {}

    static void unary(Unary function, MemorySegment x, long from, MemorySegment out, long to, long n) {
        switch (function) {
            case NEGATE -> negate(x, from, out, to, n);
            case EXP -> Elementary64.exp(x, from, out, to, n);
            case LOG -> Elementary64.log(x, from, out, to, n);
            case SQRT -> sqrt(x, from, out, to, n);
            case SIN -> Elementary64.sin(x, from, out, to, n);
            case COS -> Elementary64.cos(x, from, out, to, n);
            case TANH -> tanh(x, from, out, to, n);
            case ABS -> Activations64.abs(x, from, out, to, n);
            case SIGN -> Activations64.sign(x, from, out, to, n);
            case RELU -> Activations64.relu(x, from, out, to, n);
            case STEP -> Activations64.step(x, from, out, to, n);
            case SIGMOID -> Activations64.sigmoid(x, from, out, to, n);
            case SOFTPLUS -> Activations64.softplus(x, from, out, to, n);
            case NORMAL_CDF -> Activations64.normalCdf(x, from, out, to, n);
            case NORMAL_DENSITY -> Activations64.normalDensity(x, from, out, to, n);
        }
    }

    private static void negate(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector.fromMemorySegment(SPECIES, x, from + at, ORDER).neg().intoMemorySegment(out, to + at, ORDER);
        }
    }

    private static void sqrt(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector.fromMemorySegment(SPECIES, x, from + at, ORDER).sqrt().intoMemorySegment(out, to + at, ORDER);
        }
    }

    /// With m = round(2x / ln 2), r = x − m ln 2 / 2 and s = 2ᵐ, e²ˣ = s e²ʳ and e²ʳ = (q + p) / (q − p), where p / q
    /// is the Padé form of tanh r on |r| ≤ ln 2 / 4. So tanh x = ((s − 1) q + (s + 1) p) / (s (q + p) + (q − p)):
    /// below 4 units in the last place, without a table, 2–3 times faster than `VectorOperators.TANH`.
    private static void tanh(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, x, from + at, ORDER);
            v = v.blend(Constants64.LIMIT, v.compare(VectorOperators.GT, Constants64.LIMIT))
                    .blend(-Constants64.LIMIT, v.compare(VectorOperators.LT, -Constants64.LIMIT));
            // Adding a large number rounds to the nearest whole number, which is then in the low bits.
            DoubleVector low = v.fma(Constants64.TWO_OVER_LN2, Constants64.ROUND_BIASED);
            DoubleVector m = low.sub(Constants64.ROUND_BIASED);
            DoubleVector r = m.fma(Constants64.MINUS_LN2_HALF, v);
            DoubleVector z = r.mul(r);
            DoubleVector p = z.fma(Constants64.P2, Constants64.P1).fma(z.mul(r), r);
            DoubleVector q = z.fma(Constants64.Q2, Constants64.Q1).fma(z, Constants64.ONE);
            DoubleVector s = low.viewAsIntegralLanes()
                    .lanewise(VectorOperators.LSHL, Constants64.MANTISSA)
                    .viewAsFloatingLanes();
            s.sub(Constants64.ONE)
                    .fma(q, s.add(Constants64.ONE).mul(p))
                    .div(s.fma(q.add(p), q.sub(p)))
                    .intoMemorySegment(out, to + at, ORDER);
        }
    }

    /// One row of a binary operation on operands of the row's length.
    static void binary(
            Binary function, MemorySegment a, long atA, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        switch (function) {
            case ADD -> add(a, atA, b, atB, out, to, n);
            case SUBTRACT -> subtract(a, atA, b, atB, out, to, n);
            case MULTIPLY -> multiply(a, atA, b, atB, out, to, n);
            case DIVIDE -> divide(a, atA, b, atB, out, to, n);
            case POWER -> Elementary64.power(a, atA, b, atB, out, to, n);
            case TANH_REVERSE -> tanhReverse(a, atA, b, atB, out, to, n);
            case SIGMOID_REVERSE -> Activations64.sigmoidReverse(a, atA, b, atB, out, to, n);
            case MIN -> Activations64.min(a, atA, b, atB, out, to, n);
            case MAX -> Activations64.max(a, atA, b, atB, out, to, n);
            case GREATER -> Activations64.greater(a, atA, b, atB, out, to, n);
        }
    }

    private static void add(MemorySegment a, long atA, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector.fromMemorySegment(SPECIES, a, atA + at, ORDER)
                    .add(DoubleVector.fromMemorySegment(SPECIES, b, atB + at, ORDER))
                    .intoMemorySegment(out, to + at, ORDER);
        }
    }

    private static void subtract(
            MemorySegment a, long atA, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector.fromMemorySegment(SPECIES, a, atA + at, ORDER)
                    .sub(DoubleVector.fromMemorySegment(SPECIES, b, atB + at, ORDER))
                    .intoMemorySegment(out, to + at, ORDER);
        }
    }

    private static void multiply(
            MemorySegment a, long atA, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector.fromMemorySegment(SPECIES, a, atA + at, ORDER)
                    .mul(DoubleVector.fromMemorySegment(SPECIES, b, atB + at, ORDER))
                    .intoMemorySegment(out, to + at, ORDER);
        }
    }

    private static void divide(
            MemorySegment a, long atA, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector.fromMemorySegment(SPECIES, a, atA + at, ORDER)
                    .div(DoubleVector.fromMemorySegment(SPECIES, b, atB + at, ORDER))
                    .intoMemorySegment(out, to + at, ORDER);
        }
    }

    private static void tanhReverse(
            MemorySegment a, long atA, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector y = DoubleVector.fromMemorySegment(SPECIES, b, atB + at, ORDER);
            DoubleVector.fromMemorySegment(SPECIES, a, atA + at, ORDER)
                    .mul(y.mul(y).neg().add(1))
                    .intoMemorySegment(out, to + at, ORDER);
        }
    }

    /// One row of a binary operation whose second operand is the same number in every lane.
    static void binary(Binary function, MemorySegment a, long atA, double b, MemorySegment out, long to, long n) {
        switch (function) {
            case ADD -> shift(a, atA, b, out, to, n);
            case SUBTRACT -> shift(a, atA, -b, out, to, n);
            case MULTIPLY -> scale(a, atA, b, out, to, n);
            case DIVIDE -> divide(a, atA, b, out, to, n);
            case POWER -> power(a, atA, b, out, to, n);
            case TANH_REVERSE -> scale(a, atA, 1 - b * b, out, to, n);
            case SIGMOID_REVERSE -> scale(a, atA, b * (1 - b), out, to, n);
            case MIN -> Activations64.min(a, atA, b, out, to, n);
            case MAX -> Activations64.max(a, atA, b, out, to, n);
            case GREATER -> Activations64.greater(a, atA, b, out, to, n);
        }
    }

    /// One row of a binary operation whose first operand is the same number in every lane.
    static void binary(Binary function, double a, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        switch (function) {
            case ADD -> shift(b, atB, a, out, to, n);
            case MULTIPLY -> scale(b, atB, a, out, to, n);
            case SUBTRACT -> subtractFrom(a, b, atB, out, to, n);
            case DIVIDE -> divideInto(a, b, atB, out, to, n);
            case POWER -> Elementary64.power(a, b, atB, out, to, n);
            case TANH_REVERSE -> tanhReverse(a, b, atB, out, to, n);
            case SIGMOID_REVERSE -> Activations64.sigmoidReverse(a, b, atB, out, to, n);
            case MIN -> Activations64.min(b, atB, a, out, to, n);
            case MAX -> Activations64.max(b, atB, a, out, to, n);
            case GREATER -> Activations64.greater(a, b, atB, out, to, n);
        }
    }

    private static void subtractFrom(double a, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, b, atB + at, ORDER);
            DoubleVector.broadcast(SPECIES, Constants64.of(a)).sub(v).intoMemorySegment(out, to + at, ORDER);
        }
    }

    private static void divideInto(double a, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, b, atB + at, ORDER);
            DoubleVector.broadcast(SPECIES, Constants64.of(a)).div(v).intoMemorySegment(out, to + at, ORDER);
        }
    }

    private static void tanhReverse(double a, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, b, atB + at, ORDER);
            v.mul(v).neg().add(1).mul(Constants64.of(a)).intoMemorySegment(out, to + at, ORDER);
        }
    }

    static void fill(double value, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            DoubleVector.broadcast(SPECIES, Constants64.of(value))
                    .intoMemorySegment(out, to + Math.min(i, n - LANES) * WIDTH, ORDER);
        }
    }

    private static void shift(MemorySegment a, long atA, double b, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector.fromMemorySegment(SPECIES, a, atA + at, ORDER)
                    .add(Constants64.of(b))
                    .intoMemorySegment(out, to + at, ORDER);
        }
    }

    private static void scale(MemorySegment a, long atA, double b, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector.fromMemorySegment(SPECIES, a, atA + at, ORDER)
                    .mul(Constants64.of(b))
                    .intoMemorySegment(out, to + at, ORDER);
        }
    }

    private static void divide(MemorySegment a, long atA, double b, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector.fromMemorySegment(SPECIES, a, atA + at, ORDER)
                    .div(Constants64.of(b))
                    .intoMemorySegment(out, to + at, ORDER);
        }
    }

    /// The usual powers by simpler operations.
    private static void power(MemorySegment a, long atA, double b, MemorySegment out, long to, long n) {
        if (b == 2) {
            multiply(a, atA, a, atA, out, to, n);
        } else if (b == 3) {
            cube(a, atA, out, to, n);
        } else if (b == 0.5) {
            root(a, atA, out, to, n);
        } else if (b == -1) {
            divideInto(1, a, atA, out, to, n);
        } else {
            Elementary64.power(a, atA, b, out, to, n);
        }
    }

    /// The power ½, which differs from the square root at −0 and −∞.
    private static void root(MemorySegment a, long atA, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector x = DoubleVector.fromMemorySegment(SPECIES, a, atA + at, ORDER);
            x.add(Constants64.of(0))
                    .sqrt()
                    .blend(
                            Constants64.of(Double.POSITIVE_INFINITY),
                            x.compare(VectorOperators.EQ, Constants64.of(Double.NEGATIVE_INFINITY)))
                    .intoMemorySegment(out, to + at, ORDER);
        }
    }

    private static void cube(MemorySegment a, long atA, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector x = DoubleVector.fromMemorySegment(SPECIES, a, atA + at, ORDER);
            x.mul(x).mul(x).intoMemorySegment(out, to + at, ORDER);
        }
    }

    /// y += factor x.
    static void add(double factor, MemorySegment x, long from, MemorySegment y, long to, long n) {
        long i = 0;
        for (long bound = SPECIES.loopBound(n); i < bound; i += LANES) {
            DoubleVector.fromMemorySegment(SPECIES, x, from + i * WIDTH, ORDER)
                    .fma(
                            DoubleVector.broadcast(SPECIES, Constants64.of(factor)),
                            DoubleVector.fromMemorySegment(SPECIES, y, to + i * WIDTH, ORDER))
                    .intoMemorySegment(y, to + i * WIDTH, ORDER);
        }
        for (; i < n; i++) { // not overlapping: these would be added twice
            var sum = Math.fma(x.get(NUMBER, from + i * WIDTH), Constants64.of(factor), y.get(NUMBER, to + i * WIDTH));
            y.set(NUMBER, to + i * WIDTH, sum);
        }
    }

    /// out = Σ weights[j] terms[j], the sum kept in registers.
    static void combine(double[] weights, Buffer[] terms, int count, Buffer out) {
        MemorySegment target = out.block();
        long n = out.size();
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            DoubleVector sum = DoubleVector.zero(SPECIES);
            for (int j = count - 1; j >= 0; j--) {
                sum = DoubleVector.fromMemorySegment(SPECIES, terms[j].block(), terms[j].offset() + at, ORDER)
                        .fma(DoubleVector.broadcast(SPECIES, Constants64.of(weights[j])), sum);
            }
            sum.intoMemorySegment(target, out.offset() + at, ORDER);
        }
    }
}
