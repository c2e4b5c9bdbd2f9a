package org.costate.kernels;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.costate.memory.Buffer;

/// Element-wise loops in float32. [Loops64] is the same text for float64: a test keeps the two equal, change this
/// one.
///
/// One small method a loop, with constant operators: C2 inlines the Vector API only so far, and a loop over an
/// operator chosen at run time would box every vector.
final class Loops32 {
    static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final int LANES = SPECIES.length();
    private static final int WIDTH = Float.BYTES;

    private Loops32() {}

    static FloatVector load(MemorySegment m, long at, long i) {
        return FloatVector.fromMemorySegment(SPECIES, m, at + i * WIDTH, ORDER);
    }

    static FloatVector load(MemorySegment m, long at, long i, VectorMask<Float> mask) {
        return FloatVector.fromMemorySegment(SPECIES, m, at + i * WIDTH, ORDER, mask);
    }

    static void store(FloatVector v, MemorySegment m, long at, long i) {
        v.intoMemorySegment(m, at + i * WIDTH, ORDER);
    }

    static void store(FloatVector v, MemorySegment m, long at, long i, VectorMask<Float> mask) {
        v.intoMemorySegment(m, at + i * WIDTH, ORDER, mask);
    }

    /// The lanes of the vector at `i` that lie before `n`.
    static VectorMask<Float> lanes(long i, long n) {
        return SPECIES.indexInRange(i, n);
    }

    static void unary(Unary function, MemorySegment x, long from, MemorySegment out, long to, long n) {
        switch (function) {
            case NEGATE -> negate(x, from, out, to, n);
            case EXP -> exp(x, from, out, to, n);
            case LOG -> log(x, from, out, to, n);
            case SQRT -> sqrt(x, from, out, to, n);
            case SIN -> sin(x, from, out, to, n);
            case COS -> cos(x, from, out, to, n);
            case TANH -> tanh(x, from, out, to, n);
        }
    }

    private static void negate(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            VectorMask<Float> m = lanes(i, n);
            store(load(x, from, i, m).neg(), out, to, i, m);
        }
    }

    private static void exp(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            VectorMask<Float> m = lanes(i, n);
            store(load(x, from, i, m).lanewise(VectorOperators.EXP), out, to, i, m);
        }
    }

    private static void log(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            VectorMask<Float> m = lanes(i, n);
            store(load(x, from, i, m).lanewise(VectorOperators.LOG), out, to, i, m);
        }
    }

    private static void sqrt(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            VectorMask<Float> m = lanes(i, n);
            store(load(x, from, i, m).sqrt(), out, to, i, m);
        }
    }

    private static void sin(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            VectorMask<Float> m = lanes(i, n);
            store(load(x, from, i, m).lanewise(VectorOperators.SIN), out, to, i, m);
        }
    }

    private static void cos(MemorySegment x, long from, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            VectorMask<Float> m = lanes(i, n);
            store(load(x, from, i, m).lanewise(VectorOperators.COS), out, to, i, m);
        }
    }

    private static void tanh(MemorySegment x, long from, MemorySegment out, long to, long n) {
        long i = 0;
        for (long bound = SPECIES.loopBound(n); i < bound; i += LANES) {
            store(Tanh32.of(load(x, from, i)), out, to, i);
        }
        if (i < n) {
            VectorMask<Float> m = lanes(i, n);
            store(Tanh32.of(load(x, from, i, m)), out, to, i, m);
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
            case POWER -> power(a, atA, b, atB, out, to, n);
            case TANH_REVERSE -> tanhReverse(a, atA, b, atB, out, to, n);
        }
    }

    private static void add(MemorySegment a, long atA, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            VectorMask<Float> m = lanes(i, n);
            store(load(a, atA, i, m).add(load(b, atB, i, m)), out, to, i, m);
        }
    }

    private static void subtract(
            MemorySegment a, long atA, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            VectorMask<Float> m = lanes(i, n);
            store(load(a, atA, i, m).sub(load(b, atB, i, m)), out, to, i, m);
        }
    }

    private static void multiply(
            MemorySegment a, long atA, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            VectorMask<Float> m = lanes(i, n);
            store(load(a, atA, i, m).mul(load(b, atB, i, m)), out, to, i, m);
        }
    }

    private static void divide(
            MemorySegment a, long atA, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            VectorMask<Float> m = lanes(i, n);
            store(load(a, atA, i, m).div(load(b, atB, i, m)), out, to, i, m);
        }
    }

    private static void power(
            MemorySegment a, long atA, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            VectorMask<Float> m = lanes(i, n);
            store(load(a, atA, i, m).lanewise(VectorOperators.POW, load(b, atB, i, m)), out, to, i, m);
        }
    }

    private static void tanhReverse(
            MemorySegment a, long atA, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            VectorMask<Float> m = lanes(i, n);
            FloatVector y = load(b, atB, i, m);
            store(load(a, atA, i, m).mul(y.mul(y).neg().add(1)), out, to, i, m);
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
        }
    }

    /// One row of a binary operation whose first operand is the same number in every lane.
    static void binary(Binary function, double a, MemorySegment b, long atB, MemorySegment out, long to, long n) {
        switch (function) {
            case ADD -> shift(b, atB, a, out, to, n);
            case MULTIPLY -> scale(b, atB, a, out, to, n);
            default -> {
                for (long i = 0; i < n; i += LANES) {
                    VectorMask<Float> m = lanes(i, n);
                    FloatVector left = FloatVector.broadcast(SPECIES, Constants32.of(a));
                    FloatVector right = load(b, atB, i, m);
                    switch (function) {
                        case SUBTRACT -> store(left.sub(right), out, to, i, m);
                        case DIVIDE -> store(left.div(right), out, to, i, m);
                        case POWER -> store(left.lanewise(VectorOperators.POW, right), out, to, i, m);
                        case TANH_REVERSE -> store(right.mul(right).neg().add(1).mul(left), out, to, i, m);
                        default -> throw new AssertionError(function);
                    }
                }
            }
        }
    }

    static void fill(double value, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            store(FloatVector.broadcast(SPECIES, Constants32.of(value)), out, to, i, lanes(i, n));
        }
    }

    private static void shift(MemorySegment a, long atA, double b, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            VectorMask<Float> m = lanes(i, n);
            store(load(a, atA, i, m).add(Constants32.of(b)), out, to, i, m);
        }
    }

    private static void scale(MemorySegment a, long atA, double b, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            VectorMask<Float> m = lanes(i, n);
            store(load(a, atA, i, m).mul(Constants32.of(b)), out, to, i, m);
        }
    }

    private static void divide(MemorySegment a, long atA, double b, MemorySegment out, long to, long n) {
        for (long i = 0; i < n; i += LANES) {
            VectorMask<Float> m = lanes(i, n);
            store(load(a, atA, i, m).div(Constants32.of(b)), out, to, i, m);
        }
    }

    /// Squares and cubes, the usual powers, by multiplication.
    private static void power(MemorySegment a, long atA, double b, MemorySegment out, long to, long n) {
        if (b == 2 || b == 3) {
            for (long i = 0; i < n; i += LANES) {
                VectorMask<Float> m = lanes(i, n);
                FloatVector x = load(a, atA, i, m);
                FloatVector square = x.mul(x);
                store(b == 2 ? square : square.mul(x), out, to, i, m);
            }
            return;
        }
        for (long i = 0; i < n; i += LANES) {
            VectorMask<Float> m = lanes(i, n);
            store(load(a, atA, i, m).lanewise(VectorOperators.POW, Constants32.of(b)), out, to, i, m);
        }
    }

    /// y += factor x.
    static void add(double factor, MemorySegment x, long from, MemorySegment y, long to, long n) {
        long i = 0;
        for (long bound = SPECIES.loopBound(n); i < bound; i += LANES) {
            store(load(x, from, i).mul(Constants32.of(factor)).add(load(y, to, i)), y, to, i);
        }
        if (i < n) {
            VectorMask<Float> m = lanes(i, n);
            store(load(x, from, i, m).mul(Constants32.of(factor)).add(load(y, to, i, m)), y, to, i, m);
        }
    }

    /// out = x + h Σ weights[j] k[j], the sum kept in registers.
    static void combine(Buffer x, double h, double[] weights, Buffer[] k, int count, Buffer out) {
        MemorySegment source = x.block();
        MemorySegment target = out.block();
        long n = x.size();
        for (long i = 0; i < n; i += LANES) {
            VectorMask<Float> m = lanes(i, n);
            FloatVector sum = FloatVector.zero(SPECIES);
            for (int j = 0; j < count; j++) {
                if (weights[j] != 0) {
                    sum = load(k[j].block(), k[j].offset(), i, m)
                            .mul(Constants32.of(weights[j]))
                            .add(sum);
                }
            }
            store(sum.mul(Constants32.of(h)).add(load(source, x.offset(), i, m)), target, out.offset(), i, m);
        }
    }

    static double sum(MemorySegment x, long from, long n) {
        FloatVector sum = FloatVector.zero(SPECIES);
        for (long i = 0; i < n; i += LANES) {
            sum = sum.add(load(x, from, i, lanes(i, n)));
        }
        return sum.reduceLanes(VectorOperators.ADD);
    }

    static double dot(MemorySegment x, long atX, MemorySegment y, long atY, long n) {
        FloatVector sum = FloatVector.zero(SPECIES);
        for (long i = 0; i < n; i += LANES) {
            VectorMask<Float> m = lanes(i, n);
            sum = load(x, atX, i, m).mul(load(y, atY, i, m)).add(sum);
        }
        return sum.reduceLanes(VectorOperators.ADD);
    }

    /// x − x is 0 for every finite number and NaN for the others; so is a sum of such.
    static boolean finite(MemorySegment x, long from, long n) {
        FloatVector sum = FloatVector.zero(SPECIES);
        for (long i = 0; i < n; i += LANES) {
            FloatVector v = load(x, from, i, lanes(i, n));
            sum = sum.add(v.sub(v));
        }
        return sum.reduceLanes(VectorOperators.ADD) == 0;
    }
}
