package org.costate.kernels;

import java.lang.foreign.MemorySegment;
import org.costate.memory.Buffer;

/// The Vector API: one pass a call over whole vectors, the last one overlapping, so that the result of an element does
/// not depend on where it lies. Splits by precision into [Loops64] and its twin [Loops32].
///
/// Cost: memory bandwidth for everything but tanh, exp, log, sin, cos and power. Until the JIT has compiled a loop
/// (some thousand passes) it is slower than [ScalarKernels]; [FirstLoops] and [FirstLayers64] do first calls.
public final class VectorKernels implements Kernels {
    private static final Kernels SCALAR = new ScalarKernels();

    @Override
    public String name() {
        return "Vector API";
    }

    /// The width of a vector, for reports.
    static String lanes() {
        return Fits.LANES64 * Double.SIZE + " bits (" + Fits.LANES64 + " lanes of float64, " + Fits.LANES32
                + " of float32)";
    }

    @Override
    public void unary(Unary function, Buffer x, Buffer out) {
        Shapes.same(x, out);
        if (!Fits.vector(x)) {
            SCALAR.unary(function, x, out);
        } else if (Fits.wide(x)) {
            Loops64.unary(function, x.block(), x.offset(), out.block(), out.offset(), x.size());
        } else {
            Loops32.unary(function, x.block(), x.offset(), out.block(), out.offset(), x.size());
        }
    }

    @Override
    public void binary(Binary function, Buffer a, Buffer b, Buffer out) {
        Shapes.broadcasts(a, out);
        Shapes.broadcasts(b, out);
        if (FirstLoops.calls(function).next(out.size()) && FirstLoops.binary(function, a, b, out)) {
            return;
        }
        boolean whole = (a.size() == out.size() || a.size() == 1) && (b.size() == out.size() || b.size() == 1);
        int rows = whole ? 1 : out.rows();
        long n = whole ? out.size() : out.columns();
        if (n < Fits.lanes(out.precision())) {
            SCALAR.binary(function, a, b, out);
            return;
        }
        boolean oneA = (whole ? a.size() == 1 : a.columns() == 1);
        boolean oneB = (whole ? b.size() == 1 : b.columns() == 1);
        for (int r = 0; r < rows; r++) {
            long to = out.offset() + r * n * out.precision().bytes();
            if (oneA && oneB) {
                fill(function.apply(scalar(a, r), scalar(b, r)), out, to, n);
            } else if (oneA) {
                row(function, scalar(a, r), b, start(b, r), out, to, n);
            } else if (oneB) {
                row(function, a, start(a, r), scalar(b, r), out, to, n);
            } else if (Fits.wide(out)) {
                Loops64.binary(function, a.block(), start(a, r), b.block(), start(b, r), out.block(), to, n);
            } else {
                Loops32.binary(function, a.block(), start(a, r), b.block(), start(b, r), out.block(), to, n);
            }
        }
    }

    private static double scalar(Buffer a, int row) {
        return a.get(a.rows() == 1 ? 0 : row);
    }

    private static long start(Buffer a, int row) {
        return a.offset()
                + (a.rows() == 1 ? 0 : (long) row * a.columns() * a.precision().bytes());
    }

    private static void fill(double value, Buffer out, long to, long n) {
        if (Fits.wide(out)) {
            Loops64.fill(value, out.block(), to, n);
        } else {
            Loops32.fill(value, out.block(), to, n);
        }
    }

    private static void row(Binary function, Buffer a, long atA, double b, Buffer out, long to, long n) {
        if (Fits.wide(out)) {
            Loops64.binary(function, a.block(), atA, b, out.block(), to, n);
        } else {
            Loops32.binary(function, a.block(), atA, b, out.block(), to, n);
        }
    }

    private static void row(Binary function, double a, Buffer b, long atB, Buffer out, long to, long n) {
        if (Fits.wide(out)) {
            Loops64.binary(function, a, b.block(), atB, out.block(), to, n);
        } else {
            Loops32.binary(function, a, b.block(), atB, out.block(), to, n);
        }
    }

    @Override
    public void combine(double[] weights, Buffer[] terms, int count, Buffer out) {
        for (int j = 0; j < count; j++) {
            Shapes.sameSize(terms[j], out);
        }
        FirstLoops.combine(weights, terms, count, out);
    }

    @Override
    public boolean fuses() {
        return true;
    }

    @Override
    public void add(double factor, Buffer x, Buffer y) {
        Shapes.sameSize(x, y);
        FirstLoops.add(factor, x, y);
    }

    @Override
    public boolean fusesTanh(int inner, int columns) {
        return Fits.spread(inner, columns);
    }

    @Override
    public void productTanh(Buffer x, Buffer w, Buffer plus, Buffer out) {
        Shapes.product(x, false, w, false, plus, out);
        if (!fusesTanh(x.columns(), w.columns()) || !Raw.keeps(x, w, plus, out)) {
            Kernels.super.productTanh(x, w, plus, out);
            return;
        }
        Raw.pin(x, w, plus, out);
        try {
            if (Fits.wide(out)) {
                Spread64.spread(x, w, plus, null, true, out);
            } else {
                Spread32.spread(x, w, plus, null, true, out);
            }
        } finally {
            Raw.unpin(x, w, plus, out);
        }
    }

    @Override
    public void productTanhReverse(Buffer x, Buffer w, Buffer y, Buffer out) {
        Shapes.product(x, false, w, false, null, out);
        Shapes.same(y, out);
        if (!fusesTanh(x.columns(), w.columns()) || !Raw.keeps(x, w, y, out)) {
            Kernels.super.productTanhReverse(x, w, y, out);
            return;
        }
        Raw.pin(x, w, y, out);
        try {
            if (Fits.wide(out)) {
                Spread64.spread(x, w, null, y, false, out);
            } else {
                Spread32.spread(x, w, null, y, false, out);
            }
        } finally {
            Raw.unpin(x, w, y, out);
        }
    }

    @Override
    public void product(Buffer a, boolean transposeA, Buffer b, boolean transposeB, Buffer plus, Buffer out) {
        int inner = Shapes.product(a, transposeA, b, transposeB, plus, out);
        if (Fits.narrow(transposeA, transposeB, out, inner) && Raw.keeps(a, b, plus, out)) {
            Raw.pin(a, b, plus, out);
            try {
                if (Fits.wide(a)) {
                    Narrow64.product(a, transposeA, b, transposeB, plus, out);
                } else {
                    Narrow32.product(a, transposeA, b, transposeB, plus, out);
                }
            } finally {
                Raw.unpin(a, b, plus, out);
            }
        } else if (Fits.wide(a)) {
            Products64.product(a, transposeA, b, transposeB, plus, out, inner);
        } else {
            Products32.product(a, transposeA, b, transposeB, plus, out, inner);
        }
    }

    @Override
    public void sumRows(Buffer x, boolean add, Buffer out) {
        Shapes.broadcasts(out, x);
        if (FirstLoops.sumRows(x, add, out)) {
            return;
        }
        if (Fits.wide(x)) {
            Products64.sumRows(x, add, out);
        } else {
            Products32.sumRows(x, add, out);
        }
    }

    @Override
    public void sumColumns(Buffer x, Buffer out) {
        Shapes.broadcasts(out, x);
        if (Fits.wide(x)) {
            Products64.sumColumns(x, out);
        } else {
            Products32.sumColumns(x, out);
        }
    }

    @Override
    public void copyColumns(Buffer x, int from, Buffer out, int to, int count) {
        Shapes.columns(x, from, out, to, count);
        int width = x.precision().bytes();
        for (int r = 0; r < x.rows(); r++) {
            long source = x.offset() + ((long) r * x.columns() + from) * width;
            long target = out.offset() + ((long) r * out.columns() + to) * width;
            MemorySegment.copy(x.block(), source, out.block(), target, (long) count * width);
        }
    }

    @Override
    public double dot(Buffer x, Buffer y) {
        Shapes.sameSize(x, y);
        return Fits.wide(x)
                ? Sums64.dot(Sums64.scratch(), x.block(), x.offset(), y.block(), y.offset(), x.size())
                : Sums32.dot(Sums32.scratch(), x.block(), x.offset(), y.block(), y.offset(), x.size());
    }

    @Override
    public boolean finite(Buffer x) {
        return FirstLoops.finite(x);
    }
}
