package org.costate.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.costate.memory.Buffer;

/// [Layers64], in first calls number by number with the same bits, see [FirstCalls]. [FirstLayers32] is the same text
/// for
/// float32.
///
/// On arrays, because the interpreter is slow in memory outside of the heap, too.
final class FirstLayers64 {
    private static final int LANES = Fits.LANES64;
    private static final ValueLayout.OfDouble NUMBER = ValueLayout.JAVA_DOUBLE_UNALIGNED;

    /// Rows of so many numbers as there are hidden units, in the array of a thread: weights, what is added, a row of h,
    /// one of g, sums over rows; then sums over columns by lane, and the numbers of a sample.
    private static final int W0 = 0;

    private static final int W1 = 1;
    private static final int V0 = 2;
    private static final int V1 = 3;
    private static final int PLUS = 4;
    private static final int H = 5;
    private static final int G = 6;
    private static final int BY_W0 = 7;
    private static final int BY_W1 = 8;
    private static final int BY_B = 9;
    private static final int BY_V0 = 10;
    private static final int BY_V1 = 11;
    private static final int SUMS = 12;
    private static final ThreadLocal<double[]> ROOM = ThreadLocal.withInitial(() -> new double[0]);

    private static final FirstCalls FORWARD = new FirstCalls();
    private static final FirstCalls REVERSE = new FirstCalls();

    private FirstLayers64() {}

    /// As [Layers64#forward].
    static void forward(Buffer x, Buffer w, Buffer plus, Buffer h, Buffer v, Buffer more, Buffer out) {
        if (FORWARD.next(h.size())) {
            plain(x, w, plus, h, v, more, out);
        } else {
            Layers64.forward(x, w, plus, h, v, more, out);
        }
    }

    static void plain(Buffer x, Buffer w, Buffer plus, Buffer h, Buffer v, Buffer more, Buffer out) {
        int n = h.columns();
        double[] m = room(n);
        pair(w, m, W0 * n, n);
        pair(v, m, V0 * n, n);
        Arrays.fill(m, PLUS * n, PLUS * n + n, 0);
        if (plus != null) {
            read(plus, 0, n, m, PLUS * n);
        }
        for (int r = 0; r < h.rows(); r++) {
            numbers(x, r, m, x(n));
            forward(m, n);
            MemorySegment.copy(m, H * n, h.block(), NUMBER, h.offset() + (long) r * n * Double.BYTES, n);
            put(m, SUMS * n, r, more, out);
        }
    }

    private static void forward(double[] m, int n) {
        double a = m[x(n)];
        double b = m[x(n) + 1];
        int sums = SUMS * n;
        Arrays.fill(m, sums, sums + 2 * LANES, 0);
        for (int j = 0; j < n; j += LANES) {
            int last = Math.min(j, n - LANES);
            for (int l = 0; l < LANES; l++) {
                int i = last + l;
                double u = Math.fma(b, m[W1 * n + i], Math.fma(a, m[W0 * n + i], m[PLUS * n + i]));
                u = u > Constants64.LIMIT ? Constants64.LIMIT : u < -Constants64.LIMIT ? -Constants64.LIMIT : u;
                double low = Math.fma(u, Constants64.ONE_TWO_OVER_LN2, Constants64.ONE_ROUND_BIASED);
                u = Math.fma(low - Constants64.ONE_ROUND_BIASED, Constants64.ONE_MINUS_LN2_HALF, u);
                double z = u * u;
                double p = Math.fma(Math.fma(z, Constants64.ONE_P2, Constants64.ONE_P1), z * u, u);
                double q = Math.fma(Math.fma(z, Constants64.ONE_Q2, Constants64.ONE_Q1), z, 1);
                double s = FirstLoops.exponent(low);
                u = Math.fma(s - 1, q, (s + 1) * p) / Math.fma(s, q + p, q - p);
                m[H * n + i] = u;
                u *= i < j ? 0 : 1;
                m[sums + l] = Math.fma(u, m[V0 * n + i], m[sums + l]);
                m[sums + LANES + l] = Math.fma(u, m[V1 * n + i], m[sums + LANES + l]);
            }
        }
    }

    /// As [Layers64#reverse].
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
        if (REVERSE.next(h.size())) {
            plain(k, v, h, g, w, gx, x, byW, byB, byV, add);
        } else {
            Layers64.reverse(k, v, h, g, w, gx, x, byW, byB, byV, add);
        }
    }

    static void plain(
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
        double[] m = room(n);
        pair(w, m, W0 * n, n);
        pair(v, m, V0 * n, n);
        Arrays.fill(m, BY_W0 * n, SUMS * n, 0);
        for (int c = 0; add && byW != null && c < byW.rows(); c++) {
            read(byW, c, n, m, (BY_W0 + c) * n);
        }
        if (add && byB != null) {
            read(byB, 0, n, m, BY_B * n);
        }
        for (int r = 0; r < h.rows(); r++) {
            read(h, r, n, m, H * n);
            numbers(k, r, m, x(n) + 2);
            if (byW != null) {
                numbers(x, r, m, x(n));
            }
            reverse(m, n);
            MemorySegment.copy(m, G * n, g.block(), NUMBER, g.offset() + (long) r * n * Double.BYTES, n);
            put(m, SUMS * n, r, null, gx);
        }
        for (int c = 0; byW != null && c < byW.rows(); c++) {
            bring(m, (BY_W0 + c) * n, n, byW, c * n, 1, false);
        }
        if (byB != null) {
            bring(m, BY_B * n, n, byB, 0, 1, false);
        }
        for (int c = 0; byV != null && c < byV.columns(); c++) {
            bring(m, (BY_V0 + c) * n, n, byV, c, byV.columns(), add);
        }
    }

    private static void bring(double[] m, int from, int n, Buffer out, int first, int next, boolean add) {
        for (int i = 0; i < n; i++) {
            int to = first + i * next;
            out.set(to, (add ? out.get(to) : 0) + m[from + i]);
        }
    }

    private static void reverse(double[] m, int n) {
        double x0 = m[x(n)];
        double x1 = m[x(n) + 1];
        double k0 = m[x(n) + 2];
        double k1 = m[x(n) + 3];
        int sums = SUMS * n;
        Arrays.fill(m, sums, sums + 2 * LANES, 0);
        for (int j = 0; j < n; j += LANES) {
            int last = Math.min(j, n - LANES);
            for (int l = 0; l < LANES; l++) {
                int i = last + l;
                double y = m[H * n + i];
                double u = Math.fma(k1, m[V1 * n + i], k0 * m[V0 * n + i]);
                u = Math.fma(y * -y, u, u);
                m[G * n + i] = u;
                u *= i < j ? 0 : 1;
                y *= i < j ? 0 : 1;
                m[sums + l] = Math.fma(u, m[W0 * n + i], m[sums + l]);
                m[sums + LANES + l] = Math.fma(u, m[W1 * n + i], m[sums + LANES + l]);
                m[BY_W0 * n + i] = Math.fma(u, x0, m[BY_W0 * n + i]);
                m[BY_W1 * n + i] = Math.fma(u, x1, m[BY_W1 * n + i]);
                m[BY_B * n + i] += u;
                m[BY_V0 * n + i] = Math.fma(y, k0, m[BY_V0 * n + i]);
                m[BY_V1 * n + i] = Math.fma(y, k1, m[BY_V1 * n + i]);
            }
        }
    }

    private static double[] room(int n) {
        int size = SUMS * n + 2 * LANES + 4;
        if (ROOM.get().length < size) {
            ROOM.set(new double[size]);
        }
        return ROOM.get();
    }

    /// Where the numbers of x are; those of k come after them.
    private static int x(int n) {
        return SUMS * n + 2 * LANES;
    }

    /// One number of each sample or two; where there is one, the other is 0.
    private static void numbers(Buffer x, int row, double[] m, int to) {
        m[to + 1] = 0;
        read(x, row, x.columns(), m, to);
    }

    private static void read(Buffer x, int row, int n, double[] m, int to) {
        MemorySegment.copy(x.block(), NUMBER, x.offset() + (long) row * n * Double.BYTES, m, to, n);
    }

    /// One row or two; where there is one, it stands for the other, too, which is multiplied by 0.
    private static void pair(Buffer x, double[] m, int to, int n) {
        read(x, 0, n, m, to);
        read(x, x.rows() - 1, n, m, to + n);
    }

    /// The sums of the lanes, in the order of [Sums64].
    private static void put(double[] m, int sums, int row, Buffer plus, Buffer out) {
        for (int c = 0; c < out.columns(); c++) {
            var even = 0.0;
            var odd = 0.0;
            for (int l = 0; l < LANES; l += 2) {
                even += m[sums + c * LANES + l];
                odd += m[sums + c * LANES + l + 1];
            }
            out.set(row, c, even + odd + (plus == null ? 0 : plus.get(c)));
        }
    }
}
