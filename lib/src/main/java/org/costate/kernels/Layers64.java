package org.costate.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.costate.memory.Buffer;

/// Two layers of a net in float64, one or two numbers to many and back to one or two, in one pass over the many:
/// tanh(X W + b) Vᵀ, and what comes back from it. [Layers32] is the same text for float32.
///
/// Two rows of tanh are taken at a time, because each waits for its own results; a last one alone is its own partner.
/// What is summed over the columns of a row stays in registers; what is summed over the rows is added to in memory, row
/// by row. The last vector overlaps the one before it, and its lanes that were counted count as zero. Works on
/// addresses, see [Raw]: who calls has checked the shapes and pinned the buffers.
final class Layers64 {
    private static final VectorSpecies<Double> SPECIES = Loops64.SPECIES;
    private static final MemorySegment MEMORY = Raw.MEMORY;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final int LANES = SPECIES.length();
    private static final int WIDTH = Double.BYTES;
    private static final int STEP = LANES * WIDTH;
    private static final long BYTES = STEP;
    private static final ValueLayout.OfDouble NUMBER = ValueLayout.JAVA_DOUBLE_UNALIGNED;
    private static final long ROW = (long) Fits.LAYERS_WIDE * WIDTH;

    /// Rows that are taken together: their sums lie in vectors until all are there, because adding the lanes of one at
    /// once would wait for it.
    private static final int BLOCK = 32;

    private static final long SUMS = 5 * ROW;

    /// Room of this thread: for weights or for sums by two columns, for sums that nobody wants, and for two vectors of
    /// each row.
    private static final ThreadLocal<MemorySegment> ROOM =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(SUMS + 2 * BLOCK * BYTES, 64));

    private Layers64() {}

    /// h = tanh(X W + plus), out = h Vᵀ + more.
    ///
    /// @param plus one row; null for zeros
    /// @param more one row; null for zeros
    static void forward(Buffer x, Buffer w, Buffer plus, Buffer h, Buffer v, Buffer more, Buffer out) {
        long room = ROOM.get().address();
        long ends = room + SUMS;
        long side = (long) h.columns() * WIDTH;
        long nextX = beside(x.columns());
        long nextOut = beside(out.columns());
        whole(v.address(), side, room);
        whole(v.address() + (nextOut == 0 ? 0 : side), side, room + ROW);
        long given = plus == null ? Raw.ZEROS : plus.address();
        long kept = plus == null ? 0 : -1;
        long next = more == null ? 0 : nextOut;
        long added = more == null ? Raw.ZEROS : more.address();
        for (int r = 0; r < h.rows(); r += BLOCK) {
            int rows = Math.min(BLOCK, h.rows() - r);
            long from = x.address() + r * (WIDTH + nextX);
            forward(ends, from, nextX, w.address(), given, kept, h.address() + r * side, room, rows, side);
            put(ends, rows, added, next, out.address() + r * (WIDTH + nextOut), nextOut);
        }
    }

    /// The distance of a second column; 0 where there is none: then the first one counts once more, times zero.
    private static long beside(int columns) {
        return columns > 1 ? WIDTH : 0;
    }

    /// @param kept which bits of a column's place count in `plus`: none where it is one vector of zeros
    private static void forward(
            long ends, long x, long nextX, long w, long plus, long kept, long h, long v, int rows, long side) {
        int end = (int) side; // an int, for which the compiler makes the better loop
        int last = end - STEP;
        long w1 = nextX == 0 ? w : w + side;
        for (int r = 0; r < rows; r += 2) {
            int other = r + 1 < rows ? 1 : 0;
            long beside = x + other * (WIDTH + nextX);
            long besideH = h + other * side;
            DoubleVector a0 = DoubleVector.broadcast(SPECIES, MEMORY.get(NUMBER, x));
            DoubleVector a1 = DoubleVector.broadcast(SPECIES, nextX == 0 ? 0 : MEMORY.get(NUMBER, x + nextX));
            DoubleVector b0 = DoubleVector.broadcast(SPECIES, MEMORY.get(NUMBER, beside));
            DoubleVector b1 = DoubleVector.broadcast(SPECIES, nextX == 0 ? 0 : MEMORY.get(NUMBER, beside + nextX));
            DoubleVector s0 = DoubleVector.zero(SPECIES);
            DoubleVector s1 = s0;
            DoubleVector t0 = s0;
            DoubleVector t1 = s0;
            for (int j = 0; j < end; j += STEP) {
                int at = Math.min(j, last);
                DoubleVector c = DoubleVector.fromMemorySegment(SPECIES, MEMORY, w + at, ORDER);
                DoubleVector d = DoubleVector.fromMemorySegment(SPECIES, MEMORY, w1 + at, ORDER);
                DoubleVector low = DoubleVector.fromMemorySegment(SPECIES, MEMORY, plus + (at & kept), ORDER);
                DoubleVector u = a1.fma(d, a0.fma(c, low));
                DoubleVector t = b1.fma(d, b0.fma(c, low));
                DoubleVector z = u.fma(u, t.mul(t));
                if (!z.compare(VectorOperators.LE, Constants64.LIMIT * Constants64.LIMIT)
                        .allTrue()) { // or NaN
                    u = u.blend(Constants64.LIMIT, u.compare(VectorOperators.GT, Constants64.LIMIT))
                            .blend(-Constants64.LIMIT, u.compare(VectorOperators.LT, -Constants64.LIMIT));
                    t = t.blend(Constants64.LIMIT, t.compare(VectorOperators.GT, Constants64.LIMIT))
                            .blend(-Constants64.LIMIT, t.compare(VectorOperators.LT, -Constants64.LIMIT));
                }
                DoubleVector p;
                DoubleVector q;
                DoubleVector s;
                low = u.fma(Constants64.TWO_OVER_LN2, Constants64.ROUND_BIASED);
                u = low.sub(Constants64.ROUND_BIASED).fma(Constants64.MINUS_LN2_HALF, u);
                z = u.mul(u);
                p = z.fma(Constants64.P2, Constants64.P1).fma(z.mul(u), u);
                q = z.fma(Constants64.Q2, Constants64.Q1).fma(z, Constants64.ONE);
                s = low.viewAsIntegralLanes()
                        .lanewise(VectorOperators.LSHL, Constants64.MANTISSA)
                        .viewAsFloatingLanes();
                u = s.sub(Constants64.ONE).fma(q, s.add(Constants64.ONE).mul(p)).div(s.fma(q.add(p), q.sub(p)));
                u.intoMemorySegment(MEMORY, h + at, ORDER);
                low = t.fma(Constants64.TWO_OVER_LN2, Constants64.ROUND_BIASED);
                t = low.sub(Constants64.ROUND_BIASED).fma(Constants64.MINUS_LN2_HALF, t);
                z = t.mul(t);
                p = z.fma(Constants64.P2, Constants64.P1).fma(z.mul(t), t);
                q = z.fma(Constants64.Q2, Constants64.Q1).fma(z, Constants64.ONE);
                s = low.viewAsIntegralLanes()
                        .lanewise(VectorOperators.LSHL, Constants64.MANTISSA)
                        .viewAsFloatingLanes();
                t = s.sub(Constants64.ONE).fma(q, s.add(Constants64.ONE).mul(p)).div(s.fma(q.add(p), q.sub(p)));
                t.intoMemorySegment(MEMORY, besideH + at, ORDER);
                c = DoubleVector.fromMemorySegment(SPECIES, MEMORY, v + j, ORDER);
                d = DoubleVector.fromMemorySegment(SPECIES, MEMORY, v + ROW + j, ORDER);
                s0 = u.fma(c, s0);
                s1 = u.fma(d, s1);
                t0 = t.fma(c, t0);
                t1 = t.fma(d, t1);
            }
            s0.intoMemorySegment(MEMORY, ends, ORDER);
            s1.intoMemorySegment(MEMORY, ends + BYTES, ORDER);
            t0.intoMemorySegment(MEMORY, ends + 2 * BYTES, ORDER);
            t1.intoMemorySegment(MEMORY, ends + 3 * BYTES, ORDER);
            ends += 4 * BYTES;
            x += 2 * (WIDTH + nextX);
            h += 2 * side;
        }
    }

    /// A row as whole vectors one after the other; columns that lie in two of them are zero in the second.
    private static void whole(long from, long side, long to) {
        int end = (int) side;
        int last = end - STEP;
        for (int j = 0; j < end; j += STEP) {
            int counted = j > last ? end / WIDTH % LANES : LANES;
            DoubleVector.fromMemorySegment(SPECIES, MEMORY, from + Math.min(j, last), ORDER)
                    .mul(DoubleVector.fromArray(SPECIES, Constants64.ZEROS_AND_ONES, counted))
                    .intoMemorySegment(MEMORY, to + j, ORDER);
        }
    }

    /// The sums of the lanes of two vectors a row, the second one first: it may be in the place of the first.
    private static void put(long ends, int rows, long plus, long nextPlus, long to, long next) {
        for (int r = 0; r < rows; r++) {
            Narrow64.put(Narrow64.lanes(ends + BYTES), plus + nextPlus, to + next);
            Narrow64.put(Narrow64.lanes(ends), plus, to);
            ends += 2 * BYTES;
            to += WIDTH + next;
        }
    }

    /// Of y = tanh(X W + b) Vᵀ, where K comes back to y: G = (K V) ∘ (1 − h²) comes back to the argument of tanh, G Wᵀ
    /// to
    /// X, and sums over the rows to the parameters.
    ///
    /// @param byW, byB, byV where Xᵀ G, the sum of the rows of G and hᵀ K go; null for nowhere
    /// @param add are they added to what is there?
    static void reverse(
            Buffer k,
            Buffer v,
            Buffer h,
            Buffer g,
            Buffer w,
            Buffer gx,
            Buffer x,
            Buffer byW,
            Buffer byB,
            Buffer byV,
            boolean add) {
        int n = h.columns();
        long sums = ROOM.get().address();
        long toW = byW == null ? sums + 2 * ROW : byW.address();
        long toB = byB == null ? sums + 4 * ROW : byB.address();
        zero(sums, n);
        zero(sums + ROW, n);
        if (byW == null || !add) {
            zero(toW, n * gx.columns());
        }
        if (byB == null || !add) {
            zero(toB, n);
        }
        long nextK = beside(k.columns());
        long nextX = beside(gx.columns());
        long side = (long) n * WIDTH;
        for (int r = 0; r < h.rows(); r += BLOCK) {
            int rows = Math.min(BLOCK, h.rows() - r);
            long at = r * side;
            long to = gx.address() + r * (WIDTH + nextX);
            reverse(
                    sums + SUMS,
                    k.address() + r * (WIDTH + nextK),
                    nextK,
                    v.address(),
                    h.address() + at,
                    g.address() + at,
                    w.address(),
                    nextX,
                    byW == null ? to : x.address() + r * (WIDTH + nextX),
                    toW,
                    nextX == 0 ? sums + 3 * ROW : toW + side,
                    toB,
                    sums,
                    rows,
                    side);
            put(sums + SUMS, rows, Raw.ZEROS, 0, to, nextX);
        }
        if (byV != null) {
            turn(sums, byV.address(), n, byV.columns(), add);
        }
    }

    private static void reverse(
            long ends,
            long k,
            long nextK,
            long v,
            long h,
            long g,
            long w,
            long nextX,
            long x,
            long byW0,
            long byW1,
            long byB,
            long byV,
            int rows,
            long side) {
        int end = (int) side;
        int last = end - STEP;
        int fresh = end / WIDTH % LANES;
        long w1 = nextX == 0 ? w : w + side;
        long v1 = nextK == 0 ? v : v + side;
        for (int r = 0; r < rows; r++) {
            DoubleVector k0 = DoubleVector.broadcast(SPECIES, MEMORY.get(NUMBER, k));
            DoubleVector k1 = DoubleVector.broadcast(SPECIES, nextK == 0 ? 0 : MEMORY.get(NUMBER, k + nextK));
            DoubleVector x0 = DoubleVector.broadcast(SPECIES, MEMORY.get(NUMBER, x));
            DoubleVector x1 = DoubleVector.broadcast(SPECIES, MEMORY.get(NUMBER, x + nextX));
            DoubleVector s0 = DoubleVector.zero(SPECIES);
            DoubleVector s1 = s0;
            for (int j = 0; j < end; j += STEP) {
                int at = Math.min(j, last);
                DoubleVector counts =
                        DoubleVector.fromArray(SPECIES, Constants64.ZEROS_AND_ONES, j > last ? fresh : LANES);
                DoubleVector u = k0.mul(DoubleVector.fromMemorySegment(SPECIES, MEMORY, v + at, ORDER));
                u = k1.fma(DoubleVector.fromMemorySegment(SPECIES, MEMORY, v1 + at, ORDER), u);
                DoubleVector y = DoubleVector.fromMemorySegment(SPECIES, MEMORY, h + at, ORDER);
                u = y.mul(y.neg()).fma(u, u);
                u.intoMemorySegment(MEMORY, g + at, ORDER);
                u = u.mul(counts);
                y = y.mul(counts);
                s0 = u.fma(DoubleVector.fromMemorySegment(SPECIES, MEMORY, w + at, ORDER), s0);
                s1 = u.fma(DoubleVector.fromMemorySegment(SPECIES, MEMORY, w1 + at, ORDER), s1);
                u.fma(x0, DoubleVector.fromMemorySegment(SPECIES, MEMORY, byW0 + at, ORDER))
                        .intoMemorySegment(MEMORY, byW0 + at, ORDER);
                u.fma(x1, DoubleVector.fromMemorySegment(SPECIES, MEMORY, byW1 + at, ORDER))
                        .intoMemorySegment(MEMORY, byW1 + at, ORDER);
                u.add(DoubleVector.fromMemorySegment(SPECIES, MEMORY, byB + at, ORDER))
                        .intoMemorySegment(MEMORY, byB + at, ORDER);
                y.fma(k0, DoubleVector.fromMemorySegment(SPECIES, MEMORY, byV + at, ORDER))
                        .intoMemorySegment(MEMORY, byV + at, ORDER);
                y.fma(k1, DoubleVector.fromMemorySegment(SPECIES, MEMORY, byV + ROW + at, ORDER))
                        .intoMemorySegment(MEMORY, byV + ROW + at, ORDER);
            }
            s0.intoMemorySegment(MEMORY, ends, ORDER);
            s1.intoMemorySegment(MEMORY, ends + BYTES, ORDER);
            ends += 2 * BYTES;
            k += WIDTH + nextK;
            x += WIDTH + nextX;
            h += side;
            g += side;
        }
    }

    private static void zero(long at, int n) {
        for (int j = 0; j < n; j++) {
            MEMORY.set(NUMBER, at + (long) j * WIDTH, Constants64.of(0));
        }
    }

    /// Sums by columns, which are rows of their own here, go to where they lie side by side.
    private static void turn(long sums, long to, int n, int columns, boolean add) {
        for (int c = 0; c < columns; c++) {
            for (int j = 0; j < n; j++) {
                long target = to + ((long) j * columns + c) * WIDTH;
                double before = add ? MEMORY.get(NUMBER, target) : 0;
                double sum = before + MEMORY.get(NUMBER, sums + c * ROW + (long) j * WIDTH);
                MEMORY.set(NUMBER, target, Constants64.of(sum));
            }
        }
    }
}
