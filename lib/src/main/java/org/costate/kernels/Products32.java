package org.costate.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import org.costate.memory.Buffer;

/// Matrix products and sums in float32: the stand-in for OpenBLAS. [Products64] is the same text for float64.
final class Products32 {
    private static final int LANES = Loops32.SPECIES.length();
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final int WIDTH = Float.BYTES;
    private static final ValueLayout.OfFloat NUMBER = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private Products32() {}

    static void product(Buffer a, boolean transposeA, Buffer b, boolean transposeB, Buffer out, int inner) {
        long nextRow = transposeA ? WIDTH : (long) a.columns() * WIDTH;
        long nextInner = transposeA ? (long) a.columns() * WIDTH : WIDTH;
        for (int i = 0; i < out.rows(); i++) {
            long row = a.offset() + i * nextRow;
            if (!transposeB) {
                rowTimesRows(a.block(), row, nextInner, b, out, i, inner);
            } else if (!transposeA && inner >= LANES) {
                rowTimesColumns(a.block(), row, b, out, i, inner);
            } else {
                scalars(a.block(), row, nextInner, b, out, i, inner);
            }
        }
    }

    /// out[i, :] = Σₖ aᵢₖ B[k, :], lanes over the columns of B.
    private static void rowTimesRows(
            MemorySegment a, long row, long nextInner, Buffer b, Buffer out, int i, int inner) {
        MemorySegment right = b.block();
        int n = out.columns();
        long to = out.offset() + (long) i * n * WIDTH;
        for (int j = 0; j < n; j += LANES) {
            VectorMask<Float> m = Loops32.SPECIES.indexInRange(j, n);
            FloatVector sum = FloatVector.zero(Loops32.SPECIES);
            for (int k = 0; k < inner; k++) {
                var factor = a.get(NUMBER, row + k * nextInner);
                sum = FloatVector.fromMemorySegment(
                                Loops32.SPECIES, right, b.offset() + (long) k * n * WIDTH + (long) j * WIDTH, ORDER, m)
                        .mul(factor)
                        .add(sum);
            }
            sum.intoMemorySegment(out.block(), to + (long) j * WIDTH, ORDER, m);
        }
    }

    /// out[i, j] = A[i, :] · B[j, :], lanes along both rows.
    private static void rowTimesColumns(MemorySegment a, long row, Buffer b, Buffer out, int i, int inner) {
        for (int j = 0; j < out.columns(); j++) {
            double sum = Loops32.dot(a, row, b.block(), b.offset() + (long) j * inner * WIDTH, inner);
            out.set(i, j, sum);
        }
    }

    /// Short or twice transposed products.
    private static void scalars(MemorySegment a, long row, long nextInner, Buffer b, Buffer out, int i, int inner) {
        for (int j = 0; j < out.columns(); j++) {
            double sum = 0;
            for (int k = 0; k < inner; k++) {
                sum += a.get(NUMBER, row + k * nextInner)
                        * b.block().get(NUMBER, b.offset() + ((long) j * inner + k) * WIDTH);
            }
            out.set(i, j, sum);
        }
    }

    static void sumRows(Buffer x, Buffer out) {
        int n = x.columns();
        for (int j = 0; j < n; j += LANES) {
            VectorMask<Float> m = Loops32.SPECIES.indexInRange(j, n);
            FloatVector sum = FloatVector.zero(Loops32.SPECIES);
            for (int r = 0; r < x.rows(); r++) {
                sum = sum.add(FloatVector.fromMemorySegment(
                        Loops32.SPECIES, x.block(), x.offset() + (long) r * n * WIDTH + (long) j * WIDTH, ORDER, m));
            }
            sum.intoMemorySegment(out.block(), out.offset() + (long) j * WIDTH, ORDER, m);
        }
    }

    static void sumColumns(Buffer x, Buffer out) {
        for (int r = 0; r < x.rows(); r++) {
            out.set(r, Loops32.sum(x.block(), x.offset() + (long) r * x.columns() * WIDTH, x.columns()));
        }
    }
}
