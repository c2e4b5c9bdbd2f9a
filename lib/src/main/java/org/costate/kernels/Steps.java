package org.costate.kernels;

import java.util.ArrayList;
import java.util.List;
import org.costate.kernels.LayerSteps.Kind;
import org.costate.kernels.LayerSteps.Step;
import org.costate.memory.Buffer;

/// Calls of kernels, written down once and run many times on the same buffers, which may be movable: what depends on
/// shapes is checked and chosen when they are written down. For values so small that this takes as long as the work.
///
/// Loops on addresses ([Raw]) run here without a pin of their own: who runs the steps pins all buffers of them.
public final class Steps implements Kernels {
    private final Kernels kernels;
    private final boolean vectors;
    private final ArrayList<Step> steps = new ArrayList<>();

    /// @param kernels what does what is written down
    public Steps(Kernels kernels) {
        this.kernels = kernels;
        vectors = kernels instanceof VectorKernels
                || (kernels instanceof BlasKernels b && b.loops() instanceof VectorKernels);
    }

    /// What was written down, in order. It is forgotten here.
    public Runnable[] taken() {
        Runnable[] taken = LayerSteps.fused(steps).stream().map(Step::run).toArray(Runnable[]::new);
        steps.clear();
        steps.trimToSize();
        return taken;
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
    ///
    /// @param out what it writes
    public void then(Runnable step, Buffer out) {
        steps.add(Step.other(List.of(out), step));
    }

    /// Are there vectors of so many numbers?
    private boolean isLong(Buffer out) {
        return vectors && Fits.vector(out);
    }

    @Override
    public void unary(Unary function, Buffer x, Buffer out) {
        Shapes.same(x, out);
        long n = out.size();
        if (!isLong(out)) {
            then(() -> kernels.unary(function, x, out), out);
        } else if (Fits.wide(out)) {
            then(() -> Loops64.unary(function, x.block(), x.offset(), out.block(), out.offset(), n), out);
        } else {
            then(() -> Loops32.unary(function, x.block(), x.offset(), out.block(), out.offset(), n), out);
        }
    }

    @Override
    public void binary(Binary function, Buffer a, Buffer b, Buffer out) {
        Shapes.broadcasts(a, out);
        Shapes.broadcasts(b, out);
        long n = out.size();
        boolean whole = a.size() == n && (b.size() == n || b.size() == 1);
        FirstCalls calls = FirstLoops.calls(function);
        then(
                isLong(out) && whole
                        ? () -> row(calls, function, a, b, out)
                        : () -> kernels.binary(function, a, b, out),
                out);
    }

    private static void row(FirstCalls calls, Binary function, Buffer a, Buffer b, Buffer out) {
        if (calls.next(out.size()) && FirstLoops.binary(function, a, b, out)) {
            return;
        }
        long n = out.size();
        if (Fits.wide(out) && b.size() == n) {
            Loops64.binary(function, a.block(), a.offset(), b.block(), b.offset(), out.block(), out.offset(), n);
        } else if (Fits.wide(out)) {
            Loops64.binary(function, a.block(), a.offset(), b.get(0), out.block(), out.offset(), n);
        } else if (b.size() == n) {
            Loops32.binary(function, a.block(), a.offset(), b.block(), b.offset(), out.block(), out.offset(), n);
        } else {
            Loops32.binary(function, a.block(), a.offset(), b.get(0), out.block(), out.offset(), n);
        }
    }

    @Override
    public void product(Buffer a, boolean transposeA, Buffer b, boolean transposeB, Buffer plus, Buffer out) {
        int inner = Shapes.product(a, transposeA, b, transposeB, plus, out);
        if (!vectors || !Fits.narrow(transposeA, transposeB, out, inner)) {
            then(() -> kernels.product(a, transposeA, b, transposeB, plus, out), out);
            return;
        }
        Kind kind = transposeA == transposeB ? Kind.OTHER : transposeA ? Kind.OUTER : Kind.DOT;
        write(
                kind,
                a,
                b,
                plus,
                null,
                out,
                () -> Narrow64.product(a, transposeA, b, transposeB, plus, out),
                () -> Narrow32.product(a, transposeA, b, transposeB, plus, out));
    }

    private void write(
            Kind kind, Buffer a, Buffer b, Buffer plus, Buffer y, Buffer out, Runnable run64, Runnable run32) {
        steps.add(Step.of(kind, a, b, plus, y, out, Fits.wide(out) ? run64 : run32));
    }

    @Override
    public boolean fusesTanh(int inner, int columns) {
        return kernels.fusesTanh(inner, columns);
    }

    @Override
    public void productTanh(Buffer x, Buffer w, Buffer plus, Buffer out) {
        Shapes.product(x, false, w, false, plus, out);
        if (!fusesTanh(x.columns(), w.columns())) {
            then(() -> kernels.productTanh(x, w, plus, out), out);
            return;
        }
        write(
                Kind.TANH,
                x,
                w,
                plus,
                null,
                out,
                () -> Spread64.spread(x, w, plus, null, true, out),
                () -> Spread32.spread(x, w, plus, null, true, out));
    }

    @Override
    public void productTanhReverse(Buffer x, Buffer w, Buffer y, Buffer out) {
        Shapes.product(x, false, w, false, null, out);
        Shapes.same(y, out);
        if (!fusesTanh(x.columns(), w.columns())) {
            then(() -> kernels.productTanhReverse(x, w, y, out), out);
            return;
        }
        write(
                Kind.TANH_REVERSE,
                x,
                w,
                null,
                y,
                out,
                () -> Spread64.spread(x, w, null, y, false, out),
                () -> Spread32.spread(x, w, null, y, false, out));
    }

    @Override
    public void sumRows(Buffer x, boolean add, Buffer out) {
        Shapes.broadcasts(out, x);
        boolean vector = Raw.MEMORY != null && vectors && out.size() == x.columns();
        if (!vector) {
            then(() -> kernels.sumRows(x, add, out), out);
            return;
        }
        write(
                Kind.SUM_ROWS,
                x,
                null,
                add ? out : null,
                null,
                out,
                () -> {
                    if (!FirstLoops.sumRows(x, add, out)) {
                        Narrow64.sumRows(x, add, out);
                    }
                },
                () -> {
                    if (!FirstLoops.sumRows(x, add, out)) {
                        Narrow32.sumRows(x, add, out);
                    }
                });
    }

    @Override
    public void sumColumns(Buffer x, Buffer out) {
        then(() -> kernels.sumColumns(x, out), out);
    }

    @Override
    public void copyColumns(Buffer x, int from, Buffer out, int to, int count) {
        then(() -> kernels.copyColumns(x, from, out, to, count), out);
    }

    @Override
    public void combine(double[] weights, Buffer[] terms, int count, Buffer out) {
        then(() -> kernels.combine(weights, terms, count, out), out);
    }

    @Override
    public void add(double factor, Buffer x, Buffer y) {
        then(() -> kernels.add(factor, x, y), y);
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
