package org.costate.kernels;

import java.util.ArrayList;
import java.util.List;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;

/// Calls of kernels, written down once and run many times on the same buffers, which may be movable: what depends on
/// shapes is checked and chosen when they are written down. For values so small that this takes as long as the work.
///
/// Loops on addresses ([Raw]) run here without a pin of their own: who runs the steps pins all buffers of them.
public final class Steps implements Kernels {
    private final Kernels kernels;
    private final boolean vectors;
    private final List<Runnable> steps = new ArrayList<>();

    /// @param kernels what does what is written down
    public Steps(Kernels kernels) {
        this.kernels = kernels;
        vectors = kernels instanceof VectorKernels
                || (kernels instanceof BlasKernels b && b.loops() instanceof VectorKernels);
    }

    /// What was written down, in order.
    public Runnable[] taken() {
        return steps.toArray(Runnable[]::new);
    }

    @Override
    public boolean fuses() {
        return kernels.fuses();
    }

    @Override
    public String name() {
        return "steps of " + kernels.name();
    }

    /// Writes something down that is no call of a kernel.
    public void then(Runnable step) {
        steps.add(step);
    }

    private static boolean wide(Buffer x) {
        return x.precision() == Precision.FLOAT64;
    }

    /// Are there vectors of so many numbers?
    private boolean isLong(Buffer out) {
        return vectors && out.size() >= (wide(out) ? Loops64.SPECIES.length() : Loops32.SPECIES.length());
    }

    @Override
    public void unary(Unary function, Buffer x, Buffer out) {
        Shapes.same(x, out);
        long n = out.size();
        if (!isLong(out)) {
            steps.add(() -> kernels.unary(function, x, out));
        } else if (wide(out)) {
            steps.add(() -> Loops64.unary(function, x.block(), x.offset(), out.block(), out.offset(), n));
        } else {
            steps.add(() -> Loops32.unary(function, x.block(), x.offset(), out.block(), out.offset(), n));
        }
    }

    @Override
    public void binary(Binary function, Buffer a, Buffer b, Buffer out) {
        Shapes.broadcasts(a, out);
        Shapes.broadcasts(b, out);
        long n = out.size();
        if (!isLong(out) || a.size() != n || (b.size() != n && b.size() != 1)) {
            steps.add(() -> kernels.binary(function, a, b, out));
        } else if (wide(out)) {
            steps.add(
                    b.size() == n
                            ? () -> Loops64.binary(
                                    function,
                                    a.block(),
                                    a.offset(),
                                    b.block(),
                                    b.offset(),
                                    out.block(),
                                    out.offset(),
                                    n)
                            : () -> Loops64.binary(
                                    function, a.block(), a.offset(), b.get(0), out.block(), out.offset(), n));
        } else {
            steps.add(
                    b.size() == n
                            ? () -> Loops32.binary(
                                    function,
                                    a.block(),
                                    a.offset(),
                                    b.block(),
                                    b.offset(),
                                    out.block(),
                                    out.offset(),
                                    n)
                            : () -> Loops32.binary(
                                    function, a.block(), a.offset(), b.get(0), out.block(), out.offset(), n));
        }
    }

    @Override
    public void product(Buffer a, boolean transposeA, Buffer b, boolean transposeB, Buffer plus, Buffer out) {
        int inner = Shapes.product(a, transposeA, b, transposeB, plus, out);
        if (!vectors || !VectorKernels.narrow(transposeA, transposeB, out, inner)) {
            steps.add(() -> kernels.product(a, transposeA, b, transposeB, plus, out));
        } else if (wide(out)) {
            steps.add(() -> Narrow64.product(a, transposeA, b, transposeB, plus, out));
        } else {
            steps.add(() -> Narrow32.product(a, transposeA, b, transposeB, plus, out));
        }
    }

    @Override
    public boolean fusesTanh(int inner, int columns) {
        return kernels.fusesTanh(inner, columns);
    }

    @Override
    public void productTanh(Buffer x, Buffer w, Buffer plus, Buffer out) {
        Shapes.product(x, false, w, false, plus, out);
        if (!fusesTanh(x.columns(), w.columns())) {
            steps.add(() -> kernels.productTanh(x, w, plus, out));
        } else if (wide(out)) {
            steps.add(() -> Spread64.spread(x, w, plus, null, true, out));
        } else {
            steps.add(() -> Spread32.spread(x, w, plus, null, true, out));
        }
    }

    @Override
    public void productTanhReverse(Buffer x, Buffer w, Buffer y, Buffer out) {
        Shapes.product(x, false, w, false, null, out);
        Shapes.same(y, out);
        if (!fusesTanh(x.columns(), w.columns())) {
            steps.add(() -> kernels.productTanhReverse(x, w, y, out));
        } else if (wide(out)) {
            steps.add(() -> Spread64.spread(x, w, null, y, false, out));
        } else {
            steps.add(() -> Spread32.spread(x, w, null, y, false, out));
        }
    }

    @Override
    public void sumRows(Buffer x, boolean add, Buffer out) {
        Shapes.broadcasts(out, x);
        boolean vector = Raw.MEMORY != null && vectors && out.size() == x.columns();
        if (!vector) {
            steps.add(() -> kernels.sumRows(x, add, out));
        } else if (wide(out)) {
            steps.add(() -> Narrow64.sumRows(x, add, out));
        } else {
            steps.add(() -> Narrow32.sumRows(x, add, out));
        }
    }

    @Override
    public void sumColumns(Buffer x, Buffer out) {
        steps.add(() -> kernels.sumColumns(x, out));
    }

    @Override
    public void copyColumns(Buffer x, int from, Buffer out, int to, int count) {
        steps.add(() -> kernels.copyColumns(x, from, out, to, count));
    }

    @Override
    public void combine(double[] weights, Buffer[] terms, int count, Buffer out) {
        steps.add(() -> kernels.combine(weights, terms, count, out));
    }

    @Override
    public void add(double factor, Buffer x, Buffer y) {
        steps.add(() -> kernels.add(factor, x, y));
    }

    @Override
    public double dot(Buffer x, Buffer y) {
        throw new UnsupportedOperationException("a step gives nothing back");
    }

    @Override
    public boolean finite(Buffer x) {
        throw new UnsupportedOperationException("a step gives nothing back");
    }
}
