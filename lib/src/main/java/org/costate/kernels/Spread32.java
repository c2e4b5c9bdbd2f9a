package org.costate.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.costate.memory.Buffer;

/// Products in float32 of few columns with many, in the manner of [Narrow32], and with them the activation that
/// follows. [Spread64] is the same text for float64.
///
/// Two numbers of a row lie in registers while the many columns go by, one vector at a time: results and stored
/// activations are read and written in the order of memory. The last vector overlaps the one before it; what it is
/// added to is saved before where that would be changed already.
final class Spread32 {
    private static final VectorSpecies<Float> SPECIES = Loops32.SPECIES;
    private static final MemorySegment MEMORY = Raw.MEMORY;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final int LANES = SPECIES.length();
    private static final int WIDTH = Float.BYTES;
    private static final ValueLayout.OfFloat NUMBER = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final long ALL = -1;

    private Spread32() {}

    /// out = f(X W + plus).
    ///
    /// @param y what f is to be the reverse of tanh at: f(v) = v (1 − y²); null for nothing
    /// @param tanh is f = tanh?
    static void spread(Buffer x, Buffer w, Buffer plus, Buffer y, boolean tanh, Buffer out) {
        int inner = x.columns();
        int n = out.columns();
        long side = (long) n * WIDTH;
        long scratch = Sums32.scratch().address();
        long row = x.address();
        long weights = w.address();
        long given = plus == null ? Raw.ZEROS : plus.address();
        long nextGiven = plus == out ? side : 0;
        long by = y == null ? 0 : y.address();
        long to = out.address();
        for (int r = 0; r < out.rows(); r++) {
            long from = given;
            long kept = plus == null ? 0 : ALL;
            for (int k = 0; k < inner; k += 2) {
                boolean both = k + 1 < inner;
                double x0 = MEMORY.get(NUMBER, row + (long) k * WIDTH);
                double x1 = both ? MEMORY.get(NUMBER, row + (k + 1L) * WIDTH) : 0;
                long w0 = weights + k * side;
                long w1 = both ? w0 + side : Raw.ZEROS;
                long second = both ? ALL : 0;
                long tail = from + (kept & (side - (long) LANES * WIDTH));
                if (from == to) {
                    FloatVector.fromMemorySegment(SPECIES, MEMORY, tail, ORDER)
                            .intoMemorySegment(MEMORY, scratch, ORDER);
                    tail = scratch;
                }
                if (k + 2 < inner || (y == null && !tanh)) {
                    pair(x0, x1, w0, w1, second, from, kept, tail, to, side);
                } else if (tanh) {
                    pairTanh(x0, x1, w0, w1, second, from, kept, tail, to, side);
                } else {
                    pairTanhReverse(x0, x1, w0, w1, second, from, kept, tail, by, to, side);
                }
                from = to;
                kept = ALL;
            }
            row += (long) inner * WIDTH;
            given += nextGiven;
            by += side;
            to += side;
        }
    }

    /// One row: two numbers of it times two rows of weights.
    ///
    /// @param second, kept which bits of a column's place count in `w1` and `from`: none where these are zeros
    /// @param tail what the last vector is added to
    private static void pair(
            double x0, double x1, long w0, long w1, long second, long from, long kept, long tail, long to, long side) {
        FloatVector a = FloatVector.broadcast(SPECIES, Constants32.of(x0));
        FloatVector b = FloatVector.broadcast(SPECIES, Constants32.of(x1));
        long last = side - (long) LANES * WIDTH;
        for (long j = 0; j < side; j += (long) LANES * WIDTH) {
            long at = Math.min(j, last);
            long plus = j > last ? tail : from + (at & kept);
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, MEMORY, plus, ORDER);
            v = a.fma(FloatVector.fromMemorySegment(SPECIES, MEMORY, w0 + at, ORDER), v);
            v = b.fma(FloatVector.fromMemorySegment(SPECIES, MEMORY, w1 + (at & second), ORDER), v);
            v.intoMemorySegment(MEMORY, to + at, ORDER);
        }
    }

    /// The same, then tanh, as in [Loops32].
    private static void pairTanh(
            double x0, double x1, long w0, long w1, long second, long from, long kept, long tail, long to, long side) {
        FloatVector a = FloatVector.broadcast(SPECIES, Constants32.of(x0));
        FloatVector b = FloatVector.broadcast(SPECIES, Constants32.of(x1));
        long last = side - (long) LANES * WIDTH;
        for (long j = 0; j < side; j += (long) LANES * WIDTH) {
            long at = Math.min(j, last);
            long plus = j > last ? tail : from + (at & kept);
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, MEMORY, plus, ORDER);
            v = a.fma(FloatVector.fromMemorySegment(SPECIES, MEMORY, w0 + at, ORDER), v);
            v = b.fma(FloatVector.fromMemorySegment(SPECIES, MEMORY, w1 + (at & second), ORDER), v);
            v = v.blend(Constants32.LIMIT, v.compare(VectorOperators.GT, Constants32.LIMIT))
                    .blend(-Constants32.LIMIT, v.compare(VectorOperators.LT, -Constants32.LIMIT));
            FloatVector low = v.fma(Constants32.TWO_OVER_LN2, Constants32.ROUND_BIASED);
            FloatVector m = low.sub(Constants32.ROUND_BIASED);
            v = m.fma(Constants32.MINUS_LN2_HALF, v);
            FloatVector z = v.mul(v);
            FloatVector p = z.fma(Constants32.P2, Constants32.P1).fma(z.mul(v), v);
            FloatVector q = z.fma(Constants32.Q2, Constants32.Q1).fma(z, Constants32.ONE);
            FloatVector s = low.viewAsIntegralLanes()
                    .lanewise(VectorOperators.LSHL, Constants32.MANTISSA)
                    .viewAsFloatingLanes();
            s.sub(Constants32.ONE)
                    .fma(q, s.add(Constants32.ONE).mul(p))
                    .div(s.fma(q.add(p), q.sub(p)))
                    .intoMemorySegment(MEMORY, to + at, ORDER);
        }
    }

    /// The same, then times 1 − y².
    private static void pairTanhReverse(
            double x0,
            double x1,
            long w0,
            long w1,
            long second,
            long from,
            long kept,
            long tail,
            long by,
            long to,
            long side) {
        FloatVector a = FloatVector.broadcast(SPECIES, Constants32.of(x0));
        FloatVector b = FloatVector.broadcast(SPECIES, Constants32.of(x1));
        long last = side - (long) LANES * WIDTH;
        for (long j = 0; j < side; j += (long) LANES * WIDTH) {
            long at = Math.min(j, last);
            long plus = j > last ? tail : from + (at & kept);
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, MEMORY, plus, ORDER);
            v = a.fma(FloatVector.fromMemorySegment(SPECIES, MEMORY, w0 + at, ORDER), v);
            v = b.fma(FloatVector.fromMemorySegment(SPECIES, MEMORY, w1 + (at & second), ORDER), v);
            FloatVector y = FloatVector.fromMemorySegment(SPECIES, MEMORY, by + at, ORDER);
            y.mul(y.neg()).fma(v, v).intoMemorySegment(MEMORY, to + at, ORDER);
        }
    }
}
