package org.costate.kernels;

import java.lang.foreign.MemorySegment;
import org.costate.memory.Buffer;

/// Products of some size by OpenBLAS where it can be had, everything else by other kernels. The library is loaded at
/// the first product that it is for, because that takes some tenths of a second.
record BlasKernels(Kernels loops) implements Kernels {
    /// Looked for when it is first asked for, once.
    static final class Library {
        static final OpenBlas.Found FOUND = OpenBlas.find();

        private Library() {}
    }

    /// Multiplications below which the loops here are done before OpenBLAS has begun.
    private static final long SMALL = 1 << 14;

    @Override
    public boolean fuses() {
        return loops.fuses();
    }

    @Override
    public String name() {
        return loops.name() + (Library.FOUND.library() == null ? "" : " with OpenBLAS");
    }

    @Override
    public void product(Buffer a, boolean transposeA, Buffer b, boolean transposeB, Buffer plus, Buffer out) {
        int inner = Shapes.product(a, transposeA, b, transposeB, plus, out);
        boolean small = loops instanceof VectorKernels
                && (Fits.narrow(transposeA, transposeB, out, inner)
                        || (out.size() * inner < SMALL && Fits.product(transposeA, transposeB, out, inner)));
        boolean here = small || out.size() == 0 || inner == 0 || !Raw.keeps(a, b, plus, out);
        if (here || Library.FOUND.library() == null) {
            loops.product(a, transposeA, b, transposeB, plus, out);
            return;
        }
        if (plus != null && plus != out) {
            long bytes = plus.size() * plus.precision().bytes();
            for (int i = 0; i < out.rows(); i++) {
                MemorySegment.copy(plus.block(), plus.offset(), out.block(), out.offset() + i * bytes, bytes);
            }
        }
        Library.FOUND.library().product(a, transposeA, b, transposeB, plus != null, out, inner);
    }

    @Override
    public boolean fusesTanh(int inner, int columns) {
        return loops.fusesTanh(inner, columns);
    }

    @Override
    public void productTanh(Buffer x, Buffer w, Buffer plus, Buffer out) {
        loops.productTanh(x, w, plus, out);
    }

    @Override
    public void productTanhReverse(Buffer x, Buffer w, Buffer y, Buffer out) {
        loops.productTanhReverse(x, w, y, out);
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
