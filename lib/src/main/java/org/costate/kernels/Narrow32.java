package org.costate.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.costate.memory.Buffer;

/// Products in float32 of which one side is narrow, as those of a net on a state of a few numbers, and with them the
/// activation that follows. [Narrow64] is the same text for float64.
///
/// The narrow side is taken two columns at a time, with the weights of a vector of the wide side in registers for all
/// rows. The last vector overlaps the one before it, as in [Loops32]. Works on addresses, see [Raw]: who calls has
/// checked the shapes and pinned the buffers.
final class Narrow32 {
    /// Columns of the narrow side, at most.
    private static final int MOST = 8;

    private static final VectorSpecies<Float> SPECIES = Loops32.SPECIES;
    private static final MemorySegment MEMORY = Raw.MEMORY;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final int LANES = SPECIES.length();
    private static final int WIDTH = Float.BYTES;
    private static final long BYTES = (long) LANES * WIDTH;
    private static final ValueLayout.OfFloat NUMBER = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final long ZEROS = Arena.global().allocate(BYTES, BYTES).address();

    private Narrow32() {}

    /// Is op(A) op(B) a product of this kind?
    static boolean fits(boolean transposeA, boolean transposeB, int m, int n, int inner) {
        if (MEMORY == null || inner == 0) {
            return false;
        }
        return transposeA
                ? !transposeB && ((m <= MOST && n >= LANES) || (n <= MOST && m >= LANES))
                : transposeB ? n <= MOST && inner >= LANES : inner <= MOST && n >= LANES;
    }

    /// out = op(A) op(B) + plus.
    ///
    /// @param plus null, a row for each row of out, or out itself
    static void product(Buffer a, boolean transposeA, Buffer b, boolean transposeB, Buffer plus, Buffer out) {
        if (transposeA) {
            boolean turned = out.columns() < LANES || out.rows() > MOST;
            int narrow = turned ? out.columns() : out.rows();
            for (int k = 0; k < narrow; k += 2) {
                int other = Math.min(k + 1, narrow - 1);
                if (turned) {
                    outerTurned(Sums32.scratch().address(), b, a, plus, out, k, other);
                } else {
                    outer(a, b, plus, out, k, other);
                }
            }
        } else if (transposeB) {
            long scratch = Sums32.scratch().address();
            for (int i = 0; i < out.rows(); i += 4) {
                for (int j = 0; j < out.columns(); j += 2) {
                    gather(scratch, a, b, plus, out, i, j);
                }
            }
        } else {
            spread(a, b, plus, null, false, out);
        }
    }

    private static long nextRow(Buffer x) {
        return (long) x.columns() * WIDTH;
    }

    /// Where in [Constants32#ZEROS_AND_ONES] the vector begins that has ones in the lanes that no vector of `n` numbers
    /// before that from number `j` on has counted.
    private static int fresh(int j, int n) {
        return j <= n - LANES ? LANES : n % LANES;
    }

    /// out = f(X W + plus).
    ///
    /// @param y what f is to be the reverse of tanh at: f(v) = v (1 − y²); null for nothing
    /// @param tanh is f = tanh?
    static void spread(Buffer x, Buffer w, Buffer plus, Buffer y, boolean tanh, Buffer out) {
        int inner = x.columns();
        int n = out.columns();
        int rows = out.rows();
        long side = nextRow(out);
        for (int j = 0; j < n; j += LANES) {
            long column = (long) Math.min(j, n - LANES) * WIDTH;
            long to = out.address() + column;
            int fresh = plus == out ? fresh(j, n) : LANES;
            for (int k = 0; k < inner; k += 2) {
                boolean two = k + 1 < inner;
                boolean last = k + 2 >= inner;
                Buffer start = k == 0 ? plus : out;
                long from = start == null ? ZEROS : start.address() + column;
                long nextFrom = start == out ? side : 0;
                long w0 = w.address() + k * side + column;
                long w1 = two ? w0 + side : ZEROS;
                long at = x.address() + (long) k * WIDTH;
                long next = two ? WIDTH : 0;
                if (last && tanh) {
                    pairTanh(at, nextRow(x), next, w0, w1, from, nextFrom, to, side, rows);
                } else if (last && y != null) {
                    long by = y.address() + column;
                    pairTanhReverse(at, nextRow(x), next, w0, w1, from, nextFrom, by, to, side, rows);
                } else {
                    pair(at, nextRow(x), next, w0, w1, fresh, from, nextFrom, to, side, rows);
                }
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
        FloatVector w0 = FloatVector.fromMemorySegment(SPECIES, MEMORY, weights, ORDER).mul(counts);
        FloatVector w1 = FloatVector.fromMemorySegment(SPECIES, MEMORY, others, ORDER).mul(counts);
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
            v = w1.fma(FloatVector.broadcast(SPECIES, MEMORY.get(NUMBER, x + next)), v)
                    .lanewise(VectorOperators.MIN, Constants32.LIMIT)
                    .lanewise(VectorOperators.MAX, -Constants32.LIMIT);
            FloatVector low = v.fma(Constants32.TWO_OVER_LN2, Constants32.ROUND);
            FloatVector m = low.sub(Constants32.ROUND);
            v = m.fma(Constants32.MINUS_LN2_HALF_HIGH, v);
            v = m.fma(Constants32.MINUS_LN2_HALF_LOW, v);
            FloatVector z = v.mul(v);
            FloatVector p = z.fma(Constants32.P2, Constants32.P1)
                    .fma(z, Constants32.ONE)
                    .mul(v);
            FloatVector q = z.fma(Constants32.Q2, Constants32.Q1).fma(z, Constants32.ONE);
            FloatVector s = low.viewAsIntegralLanes()
                    .add(Constants32.BIAS)
                    .lanewise(VectorOperators.LSHL, Constants32.MANTISSA)
                    .viewAsFloatingLanes();
            FloatVector more = s.add(Constants32.ONE);
            FloatVector less = s.sub(Constants32.ONE);
            less.fma(q, more.mul(p)).div(more.fma(q, less.mul(p))).intoMemorySegment(MEMORY, to, ORDER);
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
            y.mul(y).neg().add(Constants32.ONE).mul(v).intoMemorySegment(MEMORY, to, ORDER);
            x += nextX;
            from += nextFrom;
            by += side;
            to += side;
        }
    }

    /// out[i … i + 3, j … j + 1] = these rows of A · these rows of B, as far as there are such. Rows that there are not
    /// are computed as the last one there is, so that every row is computed in the same way.
    private static void gather(long scratch, Buffer a, Buffer b, Buffer plus, Buffer out, int i, int j) {
        int rows = Math.min(4, out.rows() - i);
        int columns = Math.min(2, out.columns() - j);
        long side = nextRow(a);
        long row = a.address() + i * side;
        long down = rows > 3 ? 3 * side : rows > 2 ? 2 * side : (rows - 1) * side;
        long column = b.address() + j * side;
        dots(
                scratch,
                row,
                row + Math.min(side, down),
                row + Math.min(2 * side, down),
                row + down,
                column,
                columns == 2 ? column + side : column,
                a.columns());
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                put(lanes(scratch + (2 * r + c) * BYTES), plus, out, i + r, j + c);
            }
        }
    }

    /// Four rows times two columns, before their lanes are added.
    private static void dots(long scratch, long a0, long a1, long a2, long a3, long b0, long b1, int n) {
        FloatVector s00 = FloatVector.zero(SPECIES);
        FloatVector s01 = s00;
        FloatVector s10 = s00;
        FloatVector s11 = s00;
        FloatVector s20 = s00;
        FloatVector s21 = s00;
        FloatVector s30 = s00;
        FloatVector s31 = s00;
        for (int k = 0; k < n; k += LANES) {
            long at = (long) Math.min(k, n - LANES) * WIDTH;
            FloatVector counts = FloatVector.fromArray(SPECIES, Constants32.ZEROS_AND_ONES, fresh(k, n));
            FloatVector u = FloatVector.fromMemorySegment(SPECIES, MEMORY, b0 + at, ORDER).mul(counts);
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, MEMORY, b1 + at, ORDER).mul(counts);
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, MEMORY, a0 + at, ORDER);
            s00 = u.fma(x, s00);
            s01 = v.fma(x, s01);
            x = FloatVector.fromMemorySegment(SPECIES, MEMORY, a1 + at, ORDER);
            s10 = u.fma(x, s10);
            s11 = v.fma(x, s11);
            x = FloatVector.fromMemorySegment(SPECIES, MEMORY, a2 + at, ORDER);
            s20 = u.fma(x, s20);
            s21 = v.fma(x, s21);
            x = FloatVector.fromMemorySegment(SPECIES, MEMORY, a3 + at, ORDER);
            s30 = u.fma(x, s30);
            s31 = v.fma(x, s31);
        }
        s00.intoMemorySegment(MEMORY, scratch, ORDER);
        s01.intoMemorySegment(MEMORY, scratch + BYTES, ORDER);
        s10.intoMemorySegment(MEMORY, scratch + 2 * BYTES, ORDER);
        s11.intoMemorySegment(MEMORY, scratch + 3 * BYTES, ORDER);
        s20.intoMemorySegment(MEMORY, scratch + 4 * BYTES, ORDER);
        s21.intoMemorySegment(MEMORY, scratch + 5 * BYTES, ORDER);
        s30.intoMemorySegment(MEMORY, scratch + 6 * BYTES, ORDER);
        s31.intoMemorySegment(MEMORY, scratch + 7 * BYTES, ORDER);
    }

    /// The sum of a vector, in the order of [Sums32].
    private static double lanes(long from) {
        double even = 0;
        double odd = 0;
        for (int i = 0; i < LANES; i += 2) {
            even += MEMORY.get(NUMBER, from + (long) i * WIDTH);
            odd += MEMORY.get(NUMBER, from + (i + 1L) * WIDTH);
        }
        return even + odd;
    }

    private static void put(double sum, Buffer plus, Buffer out, int i, int j) {
        long at = (plus == out ? (long) i * out.columns() : 0) + j;
        double more = plus == null ? 0 : MEMORY.get(NUMBER, plus.address() + at * WIDTH);
        MEMORY.set(NUMBER, out.address() + ((long) i * out.columns() + j) * WIDTH, Constants32.of(sum + more));
    }

    /// out[k, :] = columns k and `other` of A times B, summed over the rows, which are samples.
    private static void outer(Buffer a, Buffer b, Buffer plus, Buffer out, int k, int other) {
        int n = out.columns();
        long side = nextRow(out);
        for (int j = 0; j < n; j += LANES) {
            long column = (long) Math.min(j, n - LANES) * WIDTH;
            long at = b.address() + column;
            long x = a.address() + (long) k * WIDTH;
            long next = (long) (other - k) * WIDTH;
            FloatVector s0 = FloatVector.zero(SPECIES);
            FloatVector s1 = s0;
            for (int r = 0; r < b.rows(); r++) {
                FloatVector v = FloatVector.fromMemorySegment(SPECIES, MEMORY, at, ORDER);
                s0 = v.fma(FloatVector.broadcast(SPECIES, MEMORY.get(NUMBER, x)), s0);
                s1 = v.fma(FloatVector.broadcast(SPECIES, MEMORY.get(NUMBER, x + next)), s1);
                at += side;
                x += nextRow(a);
            }
            long to = out.address() + k * side + column;
            long down = (other - k) * side;
            if (plus != null) {
                int fresh = plus == out ? fresh(j, n) : LANES;
                FloatVector counts = FloatVector.fromArray(SPECIES, Constants32.ZEROS_AND_ONES, fresh);
                long from = plus == out ? to : plus.address() + column;
                long more = plus == out ? down : 0;
                s0 = s0.fma(counts, FloatVector.fromMemorySegment(SPECIES, MEMORY, from, ORDER));
                s1 = s1.fma(counts, FloatVector.fromMemorySegment(SPECIES, MEMORY, from + more, ORDER));
            }
            s0.intoMemorySegment(MEMORY, to, ORDER);
            s1.intoMemorySegment(MEMORY, to + down, ORDER);
        }
    }

    /// out[:, k] = A transposed times columns k and `other` of B, summed over the rows, which are samples.
    private static void outerTurned(long scratch, Buffer b, Buffer a, Buffer plus, Buffer out, int k, int other) {
        int n = a.columns();
        for (int j = 0; j < n; j += LANES) {
            int first = Math.min(j, n - LANES);
            long at = a.address() + (long) first * WIDTH;
            long x = b.address() + (long) k * WIDTH;
            long next = (long) (other - k) * WIDTH;
            FloatVector s0 = FloatVector.zero(SPECIES);
            FloatVector s1 = s0;
            for (int r = 0; r < a.rows(); r++) {
                FloatVector v = FloatVector.fromMemorySegment(SPECIES, MEMORY, at, ORDER);
                s0 = v.fma(FloatVector.broadcast(SPECIES, MEMORY.get(NUMBER, x)), s0);
                s1 = v.fma(FloatVector.broadcast(SPECIES, MEMORY.get(NUMBER, x + next)), s1);
                at += nextRow(a);
                x += nextRow(b);
            }
            s0.intoMemorySegment(MEMORY, scratch, ORDER);
            s1.intoMemorySegment(MEMORY, scratch + BYTES, ORDER);
            for (int lane = j - first; lane < LANES; lane++) { // those that no vector before had
                put(MEMORY.get(NUMBER, scratch + (long) lane * WIDTH), plus, out, first + lane, k);
                if (other != k) {
                    put(MEMORY.get(NUMBER, scratch + BYTES + (long) lane * WIDTH), plus, out, first + lane, other);
                }
            }
        }
    }
}
