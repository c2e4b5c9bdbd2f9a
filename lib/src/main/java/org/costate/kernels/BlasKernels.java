package org.costate.kernels;

import java.lang.foreign.MemorySegment;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;

/// Products by OpenBLAS, everything else by other kernels.
record BlasKernels(Kernels loops, OpenBlas blas) implements Kernels {
    /// Multiplications below which the loops here are done before OpenBLAS has begun.
    private static final long SMALL = 1 << 14;

    @Override
    public String name() {
        return loops.name() + " with OpenBLAS";
    }

    @Override
    public void product(Buffer a, boolean transposeA, Buffer b, boolean transposeB, Buffer plus, Buffer out) {
        int inner = Shapes.product(a, transposeA, b, transposeB, plus, out);
        boolean small = out.size() * inner < SMALL && fast(a, transposeA, transposeB, out.columns(), inner);
        if (small || out.size() == 0 || inner == 0) {
            loops.product(a, transposeA, b, transposeB, plus, out);
            return;
        }
        if (plus != null && plus != out) {
            long bytes = plus.size() * plus.precision().bytes();
            for (int i = 0; i < out.rows(); i++) {
                MemorySegment.copy(plus.block(), plus.offset(), out.block(), out.offset() + i * bytes, bytes);
            }
        }
        blas.product(a, transposeA, b, transposeB, plus != null, out, inner);
    }

    private boolean fast(Buffer a, boolean transposeA, boolean transposeB, int n, int inner) {
        return loops instanceof VectorKernels
                && (a.precision() == Precision.FLOAT64
                        ? Products64.fast(transposeA, transposeB, n, inner)
                        : Products32.fast(transposeA, transposeB, n, inner));
    }

    @Override
    public void unary(Unary function, Buffer x, Buffer out) {
        loops.unary(function, x, out);
    }

    @Override
    public void binary(Binary function, Buffer a, Buffer b, Buffer out) {
        loops.binary(function, a, b, out);
    }

    @Override
    public void combine(double[] weights, Buffer[] terms, int count, Buffer out) {
        loops.combine(weights, terms, count, out);
    }

    @Override
    public void add(double factor, Buffer x, Buffer y) {
        loops.add(factor, x, y);
    }

    @Override
    public void sumRows(Buffer x, boolean add, Buffer out) {
        loops.sumRows(x, add, out);
    }

    @Override
    public void sumColumns(Buffer x, Buffer out) {
        loops.sumColumns(x, out);
    }

    @Override
    public void copyColumns(Buffer x, int from, Buffer out, int to, int count) {
        loops.copyColumns(x, from, out, to, count);
    }

    @Override
    public double dot(Buffer x, Buffer y) {
        return loops.dot(x, y);
    }

    @Override
    public boolean finite(Buffer x) {
        return loops.finite(x);
    }
}
