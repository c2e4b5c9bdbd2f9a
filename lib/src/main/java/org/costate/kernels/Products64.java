package org.costate.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;
import org.costate.memory.Buffer;

/// Products of small matrices in float64, and sums over rows. [Products32] is the same text for float32.
///
/// Lanes lie along the columns of the result, or, where both factors' rows are summed over, along these. The last
/// vector overlaps the one before it; where lanes of it were counted already, [#fresh] takes them out.
final class Products64 {
    private static final VectorSpecies<Double> SPECIES = Loops64.SPECIES;
    private static final int LANES = SPECIES.length();
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final int WIDTH = Double.BYTES;
    private static final long BYTES = (long) LANES * WIDTH;
    private static final ValueLayout.OfDouble NUMBER = ValueLayout.JAVA_DOUBLE_UNALIGNED;

    private Products64() {}

    /// out = op(A) op(B) + plus.
    ///
    /// @param plus null, a row for each row of out, or out itself
    static void product(
            Buffer a, boolean transposeA, Buffer b, boolean transposeB, Buffer plus, Buffer out, int inner) {
        long nextRow = transposeA ? WIDTH : (long) a.columns() * WIDTH;
        long nextInner = transposeA ? (long) a.columns() * WIDTH : WIDTH;
        if (!Fits.product(transposeA, transposeB, out, inner)) {
            scalars(a, nextRow, nextInner, b, transposeB, plus, out, inner);
            return;
        }
        if (!transposeB && out.columns() < LANES) {
            for (int j = 0; j < out.columns(); j += 2) {
                twoColumns(Sums64.scratch(), a, b, plus, out, j, Math.min(j + 1, out.columns() - 1), inner);
            }
            return;
        }
        int fours = out.rows() / 4 * 4;
        MemorySegment scratch = transposeB ? Sums64.scratch() : null;
        for (int i = 0; i < fours; i += 4) {
            long row = a.offset() + i * nextRow;
            if (transposeB) {
                fourDots(scratch, a.block(), row, b, plus, out, i, inner);
            } else {
                fourRows(a.block(), row, nextRow, nextInner, b, plus, out, i, inner);
            }
        }
        for (int i = fours; i < out.rows() && transposeB; i++) {
            oneDot(scratch, a.block(), a.offset() + i * nextRow, b, plus, out, i, inner);
        }
        for (int i = fours; i < out.rows() && !transposeB; i += 2) {
            twoRows(a, nextRow, nextInner, b, plus, out, i, Math.min(i + 1, out.rows() - 1), inner);
        }
    }

    /// Where in [Constants64#ZEROS_AND_ONES] the vector begins that has ones in the lanes that no vector before the
    /// last
    /// one of `n` numbers has counted.
    private static int fresh(int n) {
        return n % LANES == 0 ? LANES : n % LANES;
    }

    /// out[i … i + 3, :] = Σₖ aᵢₖ B[k, :], so that each vector of B is read once for four rows.
    private static void fourRows(
            MemorySegment a,
            long row,
            long nextRow,
            long nextInner,
            Buffer b,
            Buffer plus,
            Buffer out,
            int i,
            int inner) {
        MemorySegment right = b.block();
        int n = out.columns();
        long side = (long) n * WIDTH;
        for (int j = 0; j < n; j += LANES) {
            long column = (long) Math.min(j, n - LANES) * WIDTH;
            long from = b.offset() + column;
            DoubleVector s0 = DoubleVector.zero(SPECIES);
            DoubleVector s1 = s0;
            DoubleVector s2 = s0;
            DoubleVector s3 = s0;
            long at = row;
            for (int k = 0; k < inner; k++) {
                DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, right, from, ORDER);
                s0 = v.fma(DoubleVector.broadcast(SPECIES, a.get(NUMBER, at)), s0);
                s1 = v.fma(DoubleVector.broadcast(SPECIES, a.get(NUMBER, at + nextRow)), s1);
                s2 = v.fma(DoubleVector.broadcast(SPECIES, a.get(NUMBER, at + 2 * nextRow)), s2);
                s3 = v.fma(DoubleVector.broadcast(SPECIES, a.get(NUMBER, at + 3 * nextRow)), s3);
                from += side;
                at += nextInner;
            }
            MemorySegment target = out.block();
            long to = out.offset() + i * side + column;
            if (plus != null) {
                boolean again = plus == out && column != (long) j * WIDTH;
                DoubleVector counts =
                        DoubleVector.fromArray(SPECIES, Constants64.ZEROS_AND_ONES, fresh(again ? n : LANES));
                long next = plus == out ? side : 0;
                long start = plus == out ? to : plus.offset() + column;
                MemorySegment more = plus.block();
                s0 = s0.fma(counts, DoubleVector.fromMemorySegment(SPECIES, more, start, ORDER));
                s1 = s1.fma(counts, DoubleVector.fromMemorySegment(SPECIES, more, start + next, ORDER));
                s2 = s2.fma(counts, DoubleVector.fromMemorySegment(SPECIES, more, start + 2 * next, ORDER));
                s3 = s3.fma(counts, DoubleVector.fromMemorySegment(SPECIES, more, start + 3 * next, ORDER));
            }
            s0.intoMemorySegment(target, to, ORDER);
            s1.intoMemorySegment(target, to + side, ORDER);
            s2.intoMemorySegment(target, to + 2 * side, ORDER);
            s3.intoMemorySegment(target, to + 3 * side, ORDER);
        }
    }

    /// out[i, :] = Σₖ aᵢₖ B[k, :], and the same for row `other`, which may be the same: two sums do not wait for each
    /// other.
    private static void twoRows(
            Buffer a, long nextRow, long nextInner, Buffer b, Buffer plus, Buffer out, int i, int other, int inner) {
        MemorySegment left = a.block();
        MemorySegment right = b.block();
        int n = out.columns();
        long side = (long) n * WIDTH;
        for (int j = 0; j < n; j += LANES) {
            long column = (long) Math.min(j, n - LANES) * WIDTH;
            long from = b.offset() + column;
            DoubleVector s0 = DoubleVector.zero(SPECIES);
            DoubleVector s1 = s0;
            long at = a.offset() + i * nextRow;
            long next = (other - i) * nextRow;
            for (int k = 0; k < inner; k++) {
                DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, right, from, ORDER);
                s0 = v.fma(DoubleVector.broadcast(SPECIES, left.get(NUMBER, at)), s0);
                s1 = v.fma(DoubleVector.broadcast(SPECIES, left.get(NUMBER, at + next)), s1);
                from += side;
                at += nextInner;
            }
            long to = out.offset() + i * side + column;
            long down = (other - i) * side;
            if (plus != null) {
                boolean again = plus == out && column != (long) j * WIDTH;
                DoubleVector counts =
                        DoubleVector.fromArray(SPECIES, Constants64.ZEROS_AND_ONES, fresh(again ? n : LANES));
                long start = plus == out ? to : plus.offset() + column;
                MemorySegment more = plus.block();
                s0 = s0.fma(counts, DoubleVector.fromMemorySegment(SPECIES, more, start, ORDER));
                s1 = s1.fma(
                        counts,
                        DoubleVector.fromMemorySegment(SPECIES, more, plus == out ? start + down : start, ORDER));
            }
            s0.intoMemorySegment(out.block(), to, ORDER);
            s1.intoMemorySegment(out.block(), to + down, ORDER);
        }
    }

    /// out[i … i + 3, j] = A[i … i + 3, :] · B[j, :], so that each vector of B is read once for four rows.
    private static void fourDots(
            MemorySegment scratch, MemorySegment a, long row, Buffer b, Buffer plus, Buffer out, int i, int inner) {
        MemorySegment right = b.block();
        long side = (long) inner * WIDTH;
        long whole = (long) SPECIES.loopBound(inner) * WIDTH;
        long tail = side - BYTES;
        for (int j = 0; j < out.columns(); j++) {
            long column = b.offset() + j * side;
            DoubleVector s0 = DoubleVector.zero(SPECIES);
            DoubleVector s1 = s0;
            DoubleVector s2 = s0;
            DoubleVector s3 = s0;
            for (long k = 0; k < whole; k += BYTES) {
                DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, right, column + k, ORDER);
                long at = row + k;
                s0 = v.fma(DoubleVector.fromMemorySegment(SPECIES, a, at, ORDER), s0);
                s1 = v.fma(DoubleVector.fromMemorySegment(SPECIES, a, at + side, ORDER), s1);
                s2 = v.fma(DoubleVector.fromMemorySegment(SPECIES, a, at + 2 * side, ORDER), s2);
                s3 = v.fma(DoubleVector.fromMemorySegment(SPECIES, a, at + 3 * side, ORDER), s3);
            }
            if (whole < side) {
                DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, right, column + tail, ORDER)
                        .mul(DoubleVector.fromArray(SPECIES, Constants64.ZEROS_AND_ONES, fresh(inner)));
                long at = row + tail;
                s0 = v.fma(DoubleVector.fromMemorySegment(SPECIES, a, at, ORDER), s0);
                s1 = v.fma(DoubleVector.fromMemorySegment(SPECIES, a, at + side, ORDER), s1);
                s2 = v.fma(DoubleVector.fromMemorySegment(SPECIES, a, at + 2 * side, ORDER), s2);
                s3 = v.fma(DoubleVector.fromMemorySegment(SPECIES, a, at + 3 * side, ORDER), s3);
            }
            s0.intoMemorySegment(scratch, 0, ORDER);
            s1.intoMemorySegment(scratch, BYTES, ORDER);
            s2.intoMemorySegment(scratch, 2 * BYTES, ORDER);
            s3.intoMemorySegment(scratch, 3 * BYTES, ORDER);
            for (int r = 0; r < 4; r++) {
                put(Sums64.lanes(scratch, r * BYTES), plus, out, i + r, j);
            }
        }
    }

    /// out[i, :] = A[i, :] · B[:, :], each sum in the order of [#fourDots], so that no row depends on where it lies.
    private static void oneDot(
            MemorySegment scratch, MemorySegment a, long row, Buffer b, Buffer plus, Buffer out, int i, int inner) {
        MemorySegment right = b.block();
        long side = (long) inner * WIDTH;
        long whole = (long) SPECIES.loopBound(inner) * WIDTH;
        for (int j = 0; j < out.columns(); j++) {
            long column = b.offset() + j * side;
            DoubleVector sum = DoubleVector.zero(SPECIES);
            for (long k = 0; k < whole; k += BYTES) {
                sum = DoubleVector.fromMemorySegment(SPECIES, right, column + k, ORDER)
                        .fma(DoubleVector.fromMemorySegment(SPECIES, a, row + k, ORDER), sum);
            }
            if (whole < side) {
                sum = DoubleVector.fromMemorySegment(SPECIES, right, column + side - BYTES, ORDER)
                        .mul(DoubleVector.fromArray(SPECIES, Constants64.ZEROS_AND_ONES, fresh(inner)))
                        .fma(DoubleVector.fromMemorySegment(SPECIES, a, row + side - BYTES, ORDER), sum);
            }
            sum.intoMemorySegment(scratch, 0, ORDER);
            put(Sums64.lanes(scratch, 0), plus, out, i, j);
        }
    }

    /// out[:, j] = Σₖ A[k, :] bₖⱼ, lanes down the column, and the same for column `other`, which may be the same.
    private static void twoColumns(
            MemorySegment scratch, Buffer a, Buffer b, Buffer plus, Buffer out, int j, int other, int inner) {
        int m = out.rows();
        long side = (long) m * WIDTH;
        long next = (long) b.columns() * WIDTH;
        long down = (long) (other - j) * WIDTH;
        for (int i = 0; i < m; i += LANES) {
            int row = Math.min(i, m - LANES);
            long from = a.offset() + (long) row * WIDTH;
            long factor = b.offset() + (long) j * WIDTH;
            DoubleVector s0 = DoubleVector.zero(SPECIES);
            DoubleVector s1 = s0;
            for (int k = 0; k < inner; k++) {
                DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, a.block(), from, ORDER);
                s0 = v.fma(DoubleVector.broadcast(SPECIES, b.block().get(NUMBER, factor)), s0);
                s1 = v.fma(DoubleVector.broadcast(SPECIES, b.block().get(NUMBER, factor + down)), s1);
                from += side;
                factor += next;
            }
            s0.intoMemorySegment(scratch, 0, ORDER);
            s1.intoMemorySegment(scratch, BYTES, ORDER);
            for (int lane = i - row; lane < LANES; lane++) { // those that no vector before had
                put(scratch.get(NUMBER, (long) lane * WIDTH), plus, out, row + lane, j);
                if (other != j) {
                    put(scratch.get(NUMBER, BYTES + (long) lane * WIDTH), plus, out, row + lane, other);
                }
            }
        }
    }

    private static void put(double sum, Buffer plus, Buffer out, int i, int j) {
        double more = plus == null ? 0 : plus.get(plus == out ? i : 0, j);
        out.set(i, j, sum + more);
    }

    /// Short or twice transposed products.
    private static void scalars(
            Buffer a, long nextRow, long nextInner, Buffer b, boolean transposeB, Buffer plus, Buffer out, int inner) {
        long nextColumn = transposeB ? (long) inner * WIDTH : WIDTH;
        long next = transposeB ? WIDTH : (long) out.columns() * WIDTH;
        for (int i = 0; i < out.rows(); i++) {
            for (int j = 0; j < out.columns(); j++) {
                long left = a.offset() + i * nextRow;
                long right = b.offset() + j * nextColumn;
                double sum = 0;
                for (int k = 0; k < inner; k++) {
                    sum += a.block().get(NUMBER, left + k * nextInner)
                            * b.block().get(NUMBER, right + k * next);
                }
                put(sum, plus, out, i, j);
            }
        }
    }

    /// out = sums over the rows of x, added to it if told so.
    static void sumRows(Buffer x, boolean add, Buffer out) {
        int n = x.columns();
        if (n < LANES) {
            for (int j = 0; j < n; j++) {
                double sum = add ? out.get(j) : 0;
                for (int r = 0; r < x.rows(); r++) {
                    sum += x.get(r, j);
                }
                out.set(j, sum);
            }
            return;
        }
        MemorySegment from = x.block();
        for (int j = 0; j < n; j += LANES) {
            long column = (long) Math.min(j, n - LANES) * WIDTH;
            DoubleVector sum = DoubleVector.zero(SPECIES);
            DoubleVector odd = sum;
            long at = x.offset() + column;
            int r = 1;
            for (; r < x.rows(); r += 2) { // two sums do not wait for each other
                sum = sum.add(DoubleVector.fromMemorySegment(SPECIES, from, at, ORDER));
                odd = odd.add(DoubleVector.fromMemorySegment(SPECIES, from, at + (long) n * WIDTH, ORDER));
                at += 2L * n * WIDTH;
            }
            if (r == x.rows()) {
                sum = sum.add(DoubleVector.fromMemorySegment(SPECIES, from, at, ORDER));
            }
            sum = sum.add(odd);
            long to = out.offset() + column;
            if (add) {
                boolean again = column != (long) j * WIDTH;
                DoubleVector counts =
                        DoubleVector.fromArray(SPECIES, Constants64.ZEROS_AND_ONES, fresh(again ? n : LANES));
                sum = sum.fma(counts, DoubleVector.fromMemorySegment(SPECIES, out.block(), to, ORDER));
            }
            sum.intoMemorySegment(out.block(), to, ORDER);
        }
    }

    static void sumColumns(Buffer x, Buffer out) {
        MemorySegment scratch = Sums64.scratch();
        for (int r = 0; r < x.rows(); r++) {
            out.set(r, Sums64.sum(scratch, x.block(), x.offset() + (long) r * x.columns() * WIDTH, x.columns()));
        }
    }
}
