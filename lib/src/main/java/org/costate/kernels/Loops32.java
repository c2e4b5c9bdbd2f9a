package org.costate.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.costate.memory.Buffer;

/// Element-wise loops in float32. [Loops64] is the same text for float64: a test keeps the two equal, change this
/// one.
///
/// Loops over n numbers need n to be a vector's length at least: the last vector overlaps the one before it, so that
/// no mask is needed (with masks they ran at a third of the speed). So no output may be an input.
///
/// One small method a loop, with constant operators and with no method of ours that takes or returns a vector: C2
/// always inlines the Vector API itself, but a helper of ours only while it has not been compiled alone into much
/// code, and a vector that crosses a call is an object on the heap.
final class Loops32 {
    static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final int LANES = SPECIES.length();
    private static final int WIDTH = Float.BYTES;
    private static final ValueLayout.OfFloat NUMBER = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private Loops32() {}

    static void unary(Unary function, MemorySegment x, long from, MemorySegment out, long to, long n) {
        switch (function) {
            case NEGATE -> negate(x, from, out, to, n);
            case EXP -> Elementary32.exp(x, from, out, to, n);
            case LOG -> Elementary32.log(x, from, out, to, n);
            case SQRT -> sqrt(x, from, out, to, n);
            case SIN -> Elementary32.sin(x, from, out, to, n);
            case COS -> Elementary32.cos(x, from, out, to, n);
            case TANH -> tanh(x, from, out, to, n);
            case ABS -> Activations32.abs(x, from, out, to, n);
            case SIGN -> Activations32.sign(x, from, out, to, n);
            case RELU -> Activations32.relu(x, from, out, to, n);
            case STEP -> Activations32.step(x, from, out, to, n);
            case SIGMOID -> Activations32.sigmoid(x, from, out, to, n);
            case SOFTPLUS -> Activations32.softplus(x, from, out, to, n);
            case NORMAL_CDF -> Activations32.normalCdf(x, from, out, to, n);
            case NORMAL_DENSITY -> Activations32.normalDensity(x, from, out, to, n);
        }
    }

    private static void negate(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector.fromMemorySegment(SPECIES, x, from + at, ORDER).neg().intoMemorySegment(out, to + at, ORDER);
        }
    }

    private static void sqrt(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector.fromMemorySegment(SPECIES, x, from + at, ORDER).sqrt().intoMemorySegment(out, to + at, ORDER);
        }
    }

    /// With m = round(2x / ln 2), r = x − m ln 2 / 2 and s = 2ᵐ, e²ˣ = s e²ʳ and e²ʳ = (q + p) / (q − p), where p / q
    /// is the Padé form of tanh r on |r| ≤ ln 2 / 4. So tanh x = ((s − 1) q + (s + 1) p) / (s (q + p) + (q − p)):
    /// below 4 units in the last place, without a table, 2–3 times faster than `VectorOperators.TANH`.
    private static void tanh(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, x, from + at, ORDER);
            v = v.blend(Constants32.LIMIT, v.compare(VectorOperators.GT, Constants32.LIMIT))
                    .blend(-Constants32.LIMIT, v.compare(VectorOperators.LT, -Constants32.LIMIT));
            // Adding a large number rounds to the nearest whole number, which is then in the low bits.
            FloatVector low = v.fma(Constants32.TWO_OVER_LN2, Constants32.ROUND_BIASED);
            FloatVector m = low.sub(Constants32.ROUND_BIASED);
            FloatVector r = m.fma(Constants32.MINUS_LN2_HALF, v);
            FloatVector z = r.mul(r);
            FloatVector p = z.fma(Constants32.P2, Constants32.P1).fma(z.mul(r), r);
            FloatVector q = z.fma(Constants32.Q2, Constants32.Q1).fma(z, Constants32.ONE);
            FloatVector s = low.viewAsIntegralLanes()
                    .lanewise(VectorOperators.LSHL, Constants32.MANTISSA)
                    .viewAsFloatingLanes();
            s.sub(Constants32.ONE)
                    .fma(q, s.add(Constants32.ONE).mul(p))
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
            case POWER -> Elementary32.power(a, atA, b, atB, out, to, n);
            case TANH_REVERSE -> tanhReverse(a, atA, b, atB, out, to, n);
            case SIGMOID_REVERSE -> Activations32.sigmoidReverse(a, atA, b, atB, out, to, n);
            case MIN -> Activations32.min(a, atA, b, atB, out, to, n);
            case MAX -> Activations32.max(a, atA, b, atB, out, to, n);
            case GREATER -> Activations32.greater(a, atA, b, atB, out, to, n);
        }
    }

    private static void add(MemorySegment a, long atA, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector.fromMemorySegment(SPECIES, a, atA + at, ORDER)
                    .add(FloatVector.fromMemorySegment(SPECIES, b, atB + at, ORDER))
                    .intoMemorySegment(out, to + at, ORDER);
        }
    }

    private static void subtract(
            MemorySegment a, long atA, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector.fromMemorySegment(SPECIES, a, atA + at, ORDER)
                    .sub(FloatVector.fromMemorySegment(SPECIES, b, atB + at, ORDER))
                    .intoMemorySegment(out, to + at, ORDER);
        }
    }

    private static void multiply(
            MemorySegment a, long atA, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector.fromMemorySegment(SPECIES, a, atA + at, ORDER)
                    .mul(FloatVector.fromMemorySegment(SPECIES, b, atB + at, ORDER))
                    .intoMemorySegment(out, to + at, ORDER);
        }
    }

    private static void divide(
            MemorySegment a, long atA, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector.fromMemorySegment(SPECIES, a, atA + at, ORDER)
                    .div(FloatVector.fromMemorySegment(SPECIES, b, atB + at, ORDER))
                    .intoMemorySegment(out, to + at, ORDER);
        }
    }

    private static void tanhReverse(
            MemorySegment a, long atA, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector y = FloatVector.fromMemorySegment(SPECIES, b, atB + at, ORDER);
            FloatVector.fromMemorySegment(SPECIES, a, atA + at, ORDER)
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
            case MIN -> Activations32.min(a, atA, b, out, to, n);
            case MAX -> Activations32.max(a, atA, b, out, to, n);
            case GREATER -> Activations32.greater(a, atA, b, out, to, n);
        }
    }

    /// One row of a binary operation whose first operand is the same number in every lane.
    static void binary(Binary function, double a, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        switch (function) {
            case ADD -> shift(b, atB, a, out, to, n);
            case MULTIPLY -> scale(b, atB, a, out, to, n);
            case SUBTRACT -> subtractFrom(a, b, atB, out, to, n);
            case DIVIDE -> divideInto(a, b, atB, out, to, n);
            case POWER -> Elementary32.power(a, b, atB, out, to, n);
            case TANH_REVERSE -> tanhReverse(a, b, atB, out, to, n);
            case SIGMOID_REVERSE -> Activations32.sigmoidReverse(a, b, atB, out, to, n);
            case MIN -> Activations32.min(b, atB, a, out, to, n);
            case MAX -> Activations32.max(b, atB, a, out, to, n);
            case GREATER -> Activations32.greater(a, b, atB, out, to, n);
        }
    }

    private static void subtractFrom(double a, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, b, atB + at, ORDER);
            FloatVector.broadcast(SPECIES, Constants32.of(a)).sub(v).intoMemorySegment(out, to + at, ORDER);
        }
    }

    private static void divideInto(double a, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, b, atB + at, ORDER);
            FloatVector.broadcast(SPECIES, Constants32.of(a)).div(v).intoMemorySegment(out, to + at, ORDER);
        }
    }

    private static void tanhReverse(double a, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, b, atB + at, ORDER);
            v.mul(v).neg().add(1).mul(Constants32.of(a)).intoMemorySegment(out, to + at, ORDER);
        }
    }

    static void fill(double value, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            FloatVector.broadcast(SPECIES, Constants32.of(value))
                    .intoMemorySegment(out, to + Math.min(i, n - LANES) * WIDTH, ORDER);
        }
    }

    private static void shift(MemorySegment a, long atA, double b, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector.fromMemorySegment(SPECIES, a, atA + at, ORDER)
                    .add(Constants32.of(b))
                    .intoMemorySegment(out, to + at, ORDER);
        }
    }

    private static void scale(MemorySegment a, long atA, double b, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector.fromMemorySegment(SPECIES, a, atA + at, ORDER)
                    .mul(Constants32.of(b))
                    .intoMemorySegment(out, to + at, ORDER);
        }
    }

    private static void divide(MemorySegment a, long atA, double b, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector.fromMemorySegment(SPECIES, a, atA + at, ORDER)
                    .div(Constants32.of(b))
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
            Elementary32.power(a, atA, b, out, to, n);
        }
    }

    /// The power ½, which differs from the square root at −0 and −∞.
    private static void root(MemorySegment a, long atA, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, a, atA + at, ORDER);
            x.add(Constants32.of(0))
                    .sqrt()
                    .blend(
                            Constants32.of(Float.POSITIVE_INFINITY),
                            x.compare(VectorOperators.EQ, Constants32.of(Float.NEGATIVE_INFINITY)))
                    .intoMemorySegment(out, to + at, ORDER);
        }
    }

    private static void cube(MemorySegment a, long atA, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, a, atA + at, ORDER);
            x.mul(x).mul(x).intoMemorySegment(out, to + at, ORDER);
        }
    }

    /// y += factor x.
    static void add(double factor, MemorySegment x, long from, MemorySegment y, long to, long n) {
        long i = 0;
        for (long bound = SPECIES.loopBound(n); i < bound; i += LANES) {
            FloatVector.fromMemorySegment(SPECIES, x, from + i * WIDTH, ORDER)
                    .fma(
                            FloatVector.broadcast(SPECIES, Constants32.of(factor)),
                            FloatVector.fromMemorySegment(SPECIES, y, to + i * WIDTH, ORDER))
                    .intoMemorySegment(y, to + i * WIDTH, ORDER);
        }
        for (; i < n; i++) { // not overlapping: these would be added twice
            var sum = Math.fma(x.get(NUMBER, from + i * WIDTH), Constants32.of(factor), y.get(NUMBER, to + i * WIDTH));
            y.set(NUMBER, to + i * WIDTH, sum);
        }
    }

    /// out = Σ weights[j] terms[j], the sum kept in registers.
    static void combine(double[] weights, Buffer[] terms, int count, Buffer out) {
        MemorySegment target = out.block();
        long n = out.size();
        for (long i = 0; i < n; i += LANES) {
            long at = Math.min(i, n - LANES) * WIDTH;
            FloatVector sum = FloatVector.zero(SPECIES);
            for (int j = count - 1; j >= 0; j--) {
                sum = FloatVector.fromMemorySegment(SPECIES, terms[j].block(), terms[j].offset() + at, ORDER)
                        .fma(FloatVector.broadcast(SPECIES, Constants32.of(weights[j])), sum);
            }
            sum.intoMemorySegment(target, out.offset() + at, ORDER);
        }
    }
}
