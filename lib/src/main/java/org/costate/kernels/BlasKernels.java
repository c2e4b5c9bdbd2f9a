package org.costate.kernels;

import org.costate.memory.Buffer;

/// Products by OpenBLAS, everything else by other kernels.
record BlasKernels(Kernels loops, OpenBlas blas) implements Kernels {
    @Override
    public String name() {
        return loops.name() + " with OpenBLAS";
    }

    @Override
    public void product(Buffer a, boolean transposeA, Buffer b, boolean transposeB, Buffer out) {
        int inner = Shapes.product(a, transposeA, b, transposeB, out);
        if (out.size() > 0 && inner > 0) {
            blas.product(a, transposeA, b, transposeB, out, inner);
        } else {
            loops.product(a, transposeA, b, transposeB, out);
        }
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
    public void sumRows(Buffer x, Buffer out) {
        loops.sumRows(x, out);
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
