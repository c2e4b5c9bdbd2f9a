package org.costate.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// Sums over vectors in float64. [Sums32] is the same text for float32.
///
/// The lanes of a vector are added one by one from memory, because `reduceLanes` takes another order once it is
/// compiled, and results shall be the same cold and warm.
final class Sums64 {
    private static final VectorSpecies<Double> SPECIES = Loops64.SPECIES;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final int LANES = SPECIES.length();
    private static final int WIDTH = Double.BYTES;
    private static final ValueLayout.OfDouble NUMBER = ValueLayout.JAVA_DOUBLE_UNALIGNED;
    private static final ThreadLocal<MemorySegment> SCRATCH =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(8L * LANES * WIDTH, 64));

    private Sums64() {}

    /// Room for eight vectors, of this thread alone.
    static MemorySegment scratch() {
        return SCRATCH.get();
    }

    /// The sum of a vector that lies in memory.
    static double lanes(MemorySegment x, long from) {
        double even = 0;
        double odd = 0;
        for (long i = 0; i < LANES; i += 2) {
            even += x.get(NUMBER, from + i * WIDTH);
            odd += x.get(NUMBER, from + (i + 1) * WIDTH);
        }
        return even + odd;
    }

    static double sum(MemorySegment scratch, MemorySegment x, long from, long n) {
        DoubleVector sum = DoubleVector.zero(SPECIES);
        long i = 0;
        for (long bound = SPECIES.loopBound(n); i < bound; i += LANES) {
            sum = sum.add(DoubleVector.fromMemorySegment(SPECIES, x, from + i * WIDTH, ORDER));
        }
        sum.intoMemorySegment(scratch, 0, ORDER);
        double all = lanes(scratch, 0);
        for (; i < n; i++) {
            all += x.get(NUMBER, from + i * WIDTH);
        }
        return all;
    }

    static double dot(MemorySegment scratch, MemorySegment x, long atX, MemorySegment y, long atY, long n) {
        DoubleVector sum = DoubleVector.zero(SPECIES);
        long i = 0;
        for (long bound = SPECIES.loopBound(n); i < bound; i += LANES) {
            sum = DoubleVector.fromMemorySegment(SPECIES, x, atX + i * WIDTH, ORDER)
                    .fma(DoubleVector.fromMemorySegment(SPECIES, y, atY + i * WIDTH, ORDER), sum);
        }
        sum.intoMemorySegment(scratch, 0, ORDER);
        double all = lanes(scratch, 0);
        for (; i < n; i++) {
            all += x.get(NUMBER, atX + i * WIDTH) * y.get(NUMBER, atY + i * WIDTH);
        }
        return all;
    }

    /// x − x is 0 for every finite number and NaN for the others; so is a sum of such.
    static boolean finite(MemorySegment x, long from, long n) {
        DoubleVector sum = DoubleVector.zero(SPECIES);
        for (long i = 0; i < n; i += LANES) {
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, x, from + Math.min(i, n - LANES) * WIDTH, ORDER);
            sum = sum.add(v.sub(v));
        }
        return sum.reduceLanes(VectorOperators.ADD) == 0;
    }
}
