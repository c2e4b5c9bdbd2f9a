package org.costate.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;
import org.costate.memory.Buffer;

/// Products in float64 of which one side is narrow, as those of a net on a state of a few numbers. [Narrow32] is the
/// same text for float32.
///
/// The narrow side is taken two columns at a time. The last vector overlaps the one before it, as in [Loops64]. Works
/// on addresses, see [Raw]: who calls has checked the shapes and pinned the buffers.
final class Narrow64 {
    private static final VectorSpecies<Double> SPECIES = Loops64.SPECIES;
    private static final MemorySegment MEMORY = Raw.MEMORY;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final int LANES = SPECIES.length();
    private static final int WIDTH = Double.BYTES;
    private static final long BYTES = (long) LANES * WIDTH;
    private static final ValueLayout.OfDouble NUMBER = ValueLayout.JAVA_DOUBLE_UNALIGNED;

    /// Where the number 1 lies.
    private static final long ONE = Arena.global().allocateFrom(NUMBER, 1).address();

    private Narrow64() {}

    /// out = op(A) op(B) + plus.
    ///
    /// @param plus null, a row for each row of out, or out itself
    static void product(Buffer a, boolean transposeA, Buffer b, boolean transposeB, Buffer plus, Buffer out) {
        if (!transposeA && transposeB) {
            gather(a, b, plus, out);
        } else if (!transposeA) {
            Spread64.spread(a, b, plus, null, false, out);
        } else if (out.rows() <= Fits.NARROW && out.columns() >= LANES) {
            for (int k = 0; k < out.rows(); k += 2) {
                outer(a, b, plus, out, k, Math.min(k + 1, out.rows() - 1));
            }
        } else {
            for (int k = 0; k < out.columns(); k += 2) {
                outerTurned(a, b, plus, out, k, Math.min(k + 1, out.columns() - 1));
            }
        }
    }

    private static long nextRow(Buffer x) {
        return (long) x.columns() * WIDTH;
    }

    /// Where in [Constants64#ZEROS_AND_ONES] the vector begins that has ones in the lanes that no vector of `n` numbers
    /// before that from number `j` on has counted.
    static int fresh(int j, int n) {
        return j <= n - LANES ? LANES : n % LANES;
    }

    /// out = A Bᵀ + plus, four rows and two columns at a time. Rows that there are not are computed as the last
    /// one there is, so that every row is computed in the same way.
    private static void gather(Buffer a, Buffer b, Buffer plus, Buffer out) {
        long scratch = Sums64.scratch().address();
        int m = out.rows();
        int n = out.columns();
        long side = nextRow(a);
        long left = a.address();
        long right = b.address();
        long given = plus == null ? Raw.ZEROS : plus.address();
        long target = out.address();
        for (int i = 0; i < m; i += 4) {
            long row = left + i * side;
            int rows = Math.min(4, m - i);
            long down = (rows - 1) * side;
            for (int j = 0; j < n; j += 2) {
                long column = right + j * side;
                int columns = Math.min(2, n - j);
                long row1 = row + Math.min(side, down);
                long row2 = row + Math.min(2 * side, down);
                dots(scratch, row, row1, row2, row + down, column, column + (columns - 1) * side, a.columns());
                long more = plus == null ? Raw.ZEROS : given + ((plus == out ? (long) i * n : 0) + j) * WIDTH;
                long nextMore = plus == out ? (long) n * WIDTH : 0;
                long to = target + ((long) i * n + j) * WIDTH;
                if (rows == 4 && columns == 2) {
                    ends(scratch, 4, 2, more, nextMore, to, (long) n * WIDTH);
                } else {
                    ends(scratch, rows, columns, more, nextMore, to, (long) n * WIDTH);
                }
            }
        }
    }

    /// The sums of what [#dots] left, where there are such rows and columns.
    private static void ends(long scratch, int rows, int columns, long more, long nextMore, long to, long next) {
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                long along = (long) c * WIDTH;
                put(lanes(scratch + (2 * r + c) * BYTES), more + r * nextMore + along, to + r * next + along);
            }
        }
    }

    /// Four rows times two columns, before their lanes are added.
    private static void dots(long scratch, long a0, long a1, long a2, long a3, long b0, long b1, int n) {
        DoubleVector s00 = DoubleVector.zero(SPECIES);
        DoubleVector s01 = s00;
        DoubleVector s10 = s00;
        DoubleVector s11 = s00;
        DoubleVector s20 = s00;
        DoubleVector s21 = s00;
        DoubleVector s30 = s00;
        DoubleVector s31 = s00;
        long whole = (long) SPECIES.loopBound(n) * WIDTH;
        for (long at = 0; at < whole; at += BYTES) {
            DoubleVector u = DoubleVector.fromMemorySegment(SPECIES, MEMORY, b0 + at, ORDER);
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, MEMORY, b1 + at, ORDER);
            DoubleVector x = DoubleVector.fromMemorySegment(SPECIES, MEMORY, a0 + at, ORDER);
            s00 = u.fma(x, s00);
            s01 = v.fma(x, s01);
            x = DoubleVector.fromMemorySegment(SPECIES, MEMORY, a1 + at, ORDER);
            s10 = u.fma(x, s10);
            s11 = v.fma(x, s11);
            x = DoubleVector.fromMemorySegment(SPECIES, MEMORY, a2 + at, ORDER);
            s20 = u.fma(x, s20);
            s21 = v.fma(x, s21);
            x = DoubleVector.fromMemorySegment(SPECIES, MEMORY, a3 + at, ORDER);
            s30 = u.fma(x, s30);
            s31 = v.fma(x, s31);
        }
        long side = (long) n * WIDTH;
        if (whole < side) {
            long at = side - BYTES;
            DoubleVector counts = DoubleVector.fromArray(SPECIES, Constants64.ZEROS_AND_ONES, n % LANES);
            DoubleVector u = DoubleVector.fromMemorySegment(SPECIES, MEMORY, b0 + at, ORDER)
                    .mul(counts);
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, MEMORY, b1 + at, ORDER)
                    .mul(counts);
            DoubleVector x = DoubleVector.fromMemorySegment(SPECIES, MEMORY, a0 + at, ORDER);
            s00 = u.fma(x, s00);
            s01 = v.fma(x, s01);
            x = DoubleVector.fromMemorySegment(SPECIES, MEMORY, a1 + at, ORDER);
            s10 = u.fma(x, s10);
            s11 = v.fma(x, s11);
            x = DoubleVector.fromMemorySegment(SPECIES, MEMORY, a2 + at, ORDER);
            s20 = u.fma(x, s20);
            s21 = v.fma(x, s21);
            x = DoubleVector.fromMemorySegment(SPECIES, MEMORY, a3 + at, ORDER);
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

    /// The sum of a vector, in the order of [Sums64].
    static double lanes(long from) {
        double even = 0;
        double odd = 0;
        for (int i = 0; i < LANES; i += 2) {
            even += MEMORY.get(NUMBER, from + (long) i * WIDTH);
            odd += MEMORY.get(NUMBER, from + (i + 1L) * WIDTH);
        }
        return even + odd;
    }

    static void put(double sum, long plus, long to) {
        MEMORY.set(NUMBER, to, Constants64.of(sum + MEMORY.get(NUMBER, plus)));
    }

    /// out[k, :] = columns k and `other` of A times B, summed over the rows, which are samples.
    private static void outer(Buffer a, Buffer b, Buffer plus, Buffer out, int k, int other) {
        int n = out.columns();
        int rows = b.rows();
        long side = nextRow(out);
        long nextA = nextRow(a);
        long narrow = a.address() + (long) k * WIDTH;
        long wide = b.address();
        long given = plus == null ? Raw.ZEROS : plus.address() + (plus == out ? k * side : 0);
        long nextGiven = plus == out ? (other - k) * side : 0;
        long target = out.address() + k * side;
        for (int j = 0; j < n; j += LANES) {
            long column = (long) Math.min(j, n - LANES) * WIDTH;
            long from = plus == null ? Raw.ZEROS : given + column;
            int fresh = plus == out ? fresh(j, n) : LANES;
            long next = (long) (other - k) * WIDTH;
            sums(
                    wide + column,
                    side,
                    narrow,
                    nextA,
                    next,
                    rows,
                    from,
                    nextGiven,
                    fresh,
                    target + column,
                    (other - k) * side);
        }
    }

    /// to = the sum over the rows of a vector of each times a number of each, and the same for the number beside it.
    private static void sums(
            long at,
            long side,
            long x,
            long nextX,
            long next,
            int rows,
            long plus,
            long nextPlus,
            int fresh,
            long to,
            long nextTo) {
        DoubleVector s0 = DoubleVector.zero(SPECIES);
        DoubleVector s1 = s0;
        for (int r = 0; r < rows; r++) {
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, MEMORY, at, ORDER);
            s0 = v.fma(DoubleVector.broadcast(SPECIES, MEMORY.get(NUMBER, x)), s0);
            s1 = v.fma(DoubleVector.broadcast(SPECIES, MEMORY.get(NUMBER, x + next)), s1);
            at += side;
            x += nextX;
        }
        DoubleVector counts = DoubleVector.fromArray(SPECIES, Constants64.ZEROS_AND_ONES, fresh);
        s0 = s0.fma(counts, DoubleVector.fromMemorySegment(SPECIES, MEMORY, plus, ORDER));
        s1 = s1.fma(counts, DoubleVector.fromMemorySegment(SPECIES, MEMORY, plus + nextPlus, ORDER));
        s0.intoMemorySegment(MEMORY, to, ORDER);
        s1.intoMemorySegment(MEMORY, to + nextTo, ORDER);
    }

    /// out[:, k] = A transposed times columns k and `other` of B, summed over the rows, which are samples.
    private static void outerTurned(Buffer a, Buffer b, Buffer plus, Buffer out, int k, int other) {
        int m = out.rows();
        long next = nextRow(out);
        long scratch = Sums64.scratch().address();
        long narrow = b.address() + (long) k * WIDTH;
        long given = plus == null ? Raw.ZEROS : plus.address() + (long) k * WIDTH;
        long nextGiven = plus == out ? next : 0;
        long target = out.address() + (long) k * WIDTH;
        long down = (long) (other - k) * WIDTH;
        long downPlus = plus == null ? 0 : down;
        for (int j = 0; j < m; j += 2 * LANES) {
            fourSums(a.address(), j, m, narrow, nextRow(b), down, a.rows(), scratch);
            for (int at = j; at < Math.min(m, j + 2 * LANES); at += LANES) {
                int lane = Math.max(0, at - (m - LANES)); // those before it are in the vector before
                long sum = scratch + (at == j ? 0 : 2 * BYTES) + (long) lane * WIDTH;
                long from = given + at * nextGiven;
                long to = target + at * next;
                for (; lane < LANES; lane++) {
                    double even = MEMORY.get(NUMBER, sum) + MEMORY.get(NUMBER, from);
                    double odd = MEMORY.get(NUMBER, sum + BYTES) + MEMORY.get(NUMBER, from + downPlus);
                    MEMORY.set(NUMBER, to, Constants64.of(even));
                    MEMORY.set(NUMBER, to + down, Constants64.of(odd));
                    sum += WIDTH;
                    from += nextGiven;
                    to += next;
                }
            }
        }
    }

    /// The sum over the rows of a vector of each times a number of each, and the same for the number beside it; then
    /// the two for the next vector, or once more for the last: four sums, which do not wait for each other.
    private static void fourSums(long wide, int j, int n, long x, long nextX, long next, int rows, long to) {
        long side = (long) n * WIDTH;
        long at = wide + (long) Math.min(j, n - LANES) * WIDTH;
        long beside = wide + (long) Math.min(j + LANES, n - LANES) * WIDTH - at;
        DoubleVector s0 = DoubleVector.zero(SPECIES);
        DoubleVector s1 = s0;
        DoubleVector s2 = s0;
        DoubleVector s3 = s0;
        for (int r = 0; r < rows; r++) {
            DoubleVector u = DoubleVector.fromMemorySegment(SPECIES, MEMORY, at, ORDER);
            DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, MEMORY, at + beside, ORDER);
            DoubleVector c = DoubleVector.broadcast(SPECIES, MEMORY.get(NUMBER, x));
            DoubleVector d = DoubleVector.broadcast(SPECIES, MEMORY.get(NUMBER, x + next));
            s0 = u.fma(c, s0);
            s1 = u.fma(d, s1);
            s2 = v.fma(c, s2);
            s3 = v.fma(d, s3);
            at += side;
            x += nextX;
        }
        s0.intoMemorySegment(MEMORY, to, ORDER);
        s1.intoMemorySegment(MEMORY, to + BYTES, ORDER);
        s2.intoMemorySegment(MEMORY, to + 2 * BYTES, ORDER);
        s3.intoMemorySegment(MEMORY, to + 3 * BYTES, ORDER);
    }

    /// out = the sum of the rows of x, added to it if told so.
    static void sumRows(Buffer x, boolean add, Buffer out) {
        int n = x.columns();
        int rows = x.rows();
        long wide = x.address();
        long target = out.address();
        for (int j = 0; j < n && n >= LANES; j += LANES) {
            long column = (long) Math.min(j, n - LANES) * WIDTH;
            long to = target + column;
            sums(wide + column, nextRow(x), ONE, 0, 0, rows, add ? to : Raw.ZEROS, 0, add ? fresh(j, n) : LANES, to, 0);
        }
        for (int j = 0; j < n && n < LANES; j++) {
            long to = target + (long) j * WIDTH;
            double sum = add ? MEMORY.get(NUMBER, to) : 0;
            for (int r = 0; r < rows; r++) {
                sum += MEMORY.get(NUMBER, wide + ((long) r * n + j) * WIDTH);
            }
            MEMORY.set(NUMBER, to, Constants64.of(sum));
        }
    }
}
