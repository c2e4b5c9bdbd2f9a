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
/// The weights of two of the few columns lie in registers for all rows, one vector of the many columns at a time.
final class Spread32 {
    private static final VectorSpecies<Float> SPECIES = Loops32.SPECIES;
    private static final MemorySegment MEMORY = Raw.MEMORY;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final int LANES = SPECIES.length();
    private static final int WIDTH = Float.BYTES;
    private static final ValueLayout.OfFloat NUMBER = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private Spread32() {}

    /// out = f(X W + plus).
    ///
    /// @param y what f is to be the reverse of tanh at: f(v) = v (1 − y²); null for nothing
    /// @param tanh is f = tanh?
    static void spread(Buffer x, Buffer w, Buffer plus, Buffer y, boolean tanh, Buffer out) {
        int inner = x.columns();
        int n = out.columns();
        int rows = out.rows();
        long side = (long) n * WIDTH;
        long nextX = (long) inner * WIDTH;
        long narrow = x.address();
        long weights = w.address();
        long given = plus == null ? 0 : plus.address();
        long results = y == null ? 0 : y.address();
        long target = out.address();
        for (int j = 0; j < n; j += LANES) {
            long column = (long) Math.min(j, n - LANES) * WIDTH;
            long to = target + column;
            long from = plus == null ? Raw.ZEROS : given + column;
            long nextFrom = plus == out ? side : 0;
            int fresh = plus == out ? Narrow32.fresh(j, n) : LANES;
            for (int k = 0; k < inner; k += 2) {
                long next = k + 1 < inner ? WIDTH : 0;
                long at = narrow + (long) k * WIDTH;
                long w0 = weights + k * side + column;
                long w1 = next == 0 ? Raw.ZEROS : w0 + side;
                if (k + 2 < inner || (y == null && !tanh)) {
                    pair(at, nextX, next, w0, w1, fresh, from, nextFrom, to, side, rows);
                } else if (tanh) {
                    pairTanh(at, nextX, next, w0, w1, from, nextFrom, to, side, rows);
                } else {
                    pairTanhReverse(at, nextX, next, w0, w1, from, nextFrom, results + column, to, side, rows);
                }
                from = to;
                nextFrom = side;
            }
        }
    }

    /// One vector of columns of all rows: two numbers of each row times two vectors of weights.
    private static void pair(
            long x,
            long nextX,
            long next,
            long weights,
            long others,
            int fresh,
            long from,
            long nextFrom,
            long to,
            long side,
            int rows) {
        FloatVector counts = FloatVector.fromArray(SPECIES, Constants32.ZEROS_AND_ONES, fresh);
        FloatVector w0 =
                FloatVector.fromMemorySegment(SPECIES, MEMORY, weights, ORDER).mul(counts);
        FloatVector w1 =
                FloatVector.fromMemorySegment(SPECIES, MEMORY, others, ORDER).mul(counts);
        for (int r = 0; r < rows; r++) {
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, MEMORY, from, ORDER);
            v = w0.fma(FloatVector.broadcast(SPECIES, MEMORY.get(NUMBER, x)), v);
            v = w1.fma(FloatVector.broadcast(SPECIES, MEMORY.get(NUMBER, x + next)), v);
            v.intoMemorySegment(MEMORY, to, ORDER);
            x += nextX;
            from += nextFrom;
            to += side;
        }
    }

    /// The same, then tanh, as in [Loops32].
    private static void pairTanh(
            long x,
            long nextX,
            long next,
            long weights,
            long others,
            long from,
            long nextFrom,
            long to,
            long side,
            int rows) {
        FloatVector w0 = FloatVector.fromMemorySegment(SPECIES, MEMORY, weights, ORDER);
        FloatVector w1 = FloatVector.fromMemorySegment(SPECIES, MEMORY, others, ORDER);
        for (int r = 0; r < rows; r++) {
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, MEMORY, from, ORDER);
            v = w0.fma(FloatVector.broadcast(SPECIES, MEMORY.get(NUMBER, x)), v);
            v = w1.fma(FloatVector.broadcast(SPECIES, MEMORY.get(NUMBER, x + next)), v);
            v = v.blend(Constants32.LIMIT, v.compare(VectorOperators.GT, Constants32.LIMIT))
                    .blend(-Constants32.LIMIT, v.compare(VectorOperators.LT, -Constants32.LIMIT));
            FloatVector low = v.fma(Constants32.TWO_OVER_LN2, Constants32.ROUND);
            FloatVector m = low.sub(Constants32.ROUND);
            v = m.fma(Constants32.MINUS_LN2_HALF_HIGH, v);
            v = m.fma(Constants32.MINUS_LN2_HALF_LOW, v);
            FloatVector z = v.mul(v);
            FloatVector p = z.fma(Constants32.P2, Constants32.P1).fma(z.mul(v), v);
            FloatVector q = z.fma(Constants32.Q2, Constants32.Q1).fma(z, Constants32.ONE);
            FloatVector s = low.viewAsIntegralLanes()
                    .add(Constants32.BIAS)
                    .lanewise(VectorOperators.LSHL, Constants32.MANTISSA)
                    .viewAsFloatingLanes();
            s.sub(Constants32.ONE)
                    .fma(q, s.add(Constants32.ONE).mul(p))
                    .div(s.fma(q.add(p), q.sub(p)))
                    .intoMemorySegment(MEMORY, to, ORDER);
            x += nextX;
            from += nextFrom;
            to += side;
        }
    }

    /// The same, then times 1 − y².
    private static void pairTanhReverse(
            long x,
            long nextX,
            long next,
            long weights,
            long others,
            long from,
            long nextFrom,
            long by,
            long to,
            long side,
            int rows) {
        FloatVector w0 = FloatVector.fromMemorySegment(SPECIES, MEMORY, weights, ORDER);
        FloatVector w1 = FloatVector.fromMemorySegment(SPECIES, MEMORY, others, ORDER);
        for (int r = 0; r < rows; r++) {
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, MEMORY, from, ORDER);
            v = w0.fma(FloatVector.broadcast(SPECIES, MEMORY.get(NUMBER, x)), v);
            v = w1.fma(FloatVector.broadcast(SPECIES, MEMORY.get(NUMBER, x + next)), v);
            FloatVector y = FloatVector.fromMemorySegment(SPECIES, MEMORY, by, ORDER);
            y.mul(y.neg()).fma(v, v).intoMemorySegment(MEMORY, to, ORDER);
            x += nextX;
            from += nextFrom;
            by += side;
            to += side;
        }
    }
}
