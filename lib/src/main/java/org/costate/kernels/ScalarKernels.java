package org.costate.kernels;

import org.costate.memory.Buffer;
import org.costate.memory.Precision;

/// Plain loops in float64 arithmetic, rounded once when stored: the reference that faster kernels are tested against,
/// and what runs where the Vector API is absent. Kept naive on purpose.
public final class ScalarKernels implements Kernels {
    @Override
    public boolean fuses() {
        return false;
    }

    @Override
    public String name() {
        return "scalar";
    }

    @Override
    public void unary(Unary function, Buffer x, Buffer out) {
        Shapes.same(x, out);
        for (long i = 0, n = x.size(); i < n; i++) {
            out.set(i, function.apply(x.get(i)));
        }
    }

    @Override
    public void binary(Binary function, Buffer a, Buffer b, Buffer out) {
        Shapes.broadcasts(a, out);
        Shapes.broadcasts(b, out);
        for (int r = 0; r < out.rows(); r++) {
            for (int c = 0; c < out.columns(); c++) {
                double left = a.get(a.rows() == 1 ? 0 : r, a.columns() == 1 ? 0 : c);
                double right = b.get(b.rows() == 1 ? 0 : r, b.columns() == 1 ? 0 : c);
                out.set(r, c, function.apply(left, right));
            }
        }
    }

    @Override
    public void combine(double[] weights, Buffer[] terms, int count, Buffer out) {
        for (int j = 0; j < count; j++) {
            Shapes.sameSize(terms[j], out);
        }
        for (long i = 0, n = out.size(); i < n; i++) {
            double sum = 0;
            for (int j = count - 1; j >= 0; j--) {
                sum += weights[j] * terms[j].get(i);
            }
            out.set(i, sum);
        }
    }

    @Override
    public void add(double factor, Buffer x, Buffer y) {
        Shapes.sameSize(x, y);
        for (long i = 0, n = x.size(); i < n; i++) {
            y.set(i, y.get(i) + factor * x.get(i));
        }
    }

    @Override
    public void product(Buffer a, boolean transposeA, Buffer b, boolean transposeB, Buffer plus, Buffer out) {
        int inner = Shapes.product(a, transposeA, b, transposeB, plus, out);
        for (int i = 0; i < out.rows(); i++) {
            for (int j = 0; j < out.columns(); j++) {
                double sum = plus == null ? 0 : plus.get(plus == out ? i : 0, j);
                for (int k = 0; k < inner; k++) {
                    sum += (transposeA ? a.get(k, i) : a.get(i, k)) * (transposeB ? b.get(j, k) : b.get(k, j));
                }
                out.set(i, j, sum);
            }
        }
    }

    @Override
    public void sumRows(Buffer x, boolean add, Buffer out) {
        Shapes.broadcasts(out, x);
        for (int c = 0; c < x.columns(); c++) {
            double sum = add ? out.get(c) : 0;
            for (int r = 0; r < x.rows(); r++) {
                sum += x.get(r, c);
            }
            out.set(c, sum);
        }
    }

    @Override
    public void sumColumns(Buffer x, Buffer out) {
        Shapes.broadcasts(out, x);
        for (int r = 0; r < x.rows(); r++) {
            double sum = 0;
            for (int c = 0; c < x.columns(); c++) {
                sum += x.get(r, c);
            }
            out.set(r, sum);
        }
    }

    @Override
    public void copyColumns(Buffer x, int from, Buffer out, int to, int count) {
        Shapes.columns(x, from, out, to, count);
        for (int r = 0; r < x.rows(); r++) {
            for (int c = 0; c < count; c++) {
                out.set(r, to + c, x.get(r, from + c));
            }
        }
    }

    @Override
    public double dot(Buffer x, Buffer y) {
        Shapes.sameSize(x, y);
        double sum = 0;
        for (long i = 0, n = x.size(); i < n; i++) {
            sum += x.get(i) * y.get(i);
        }
        return sum;
    }

    @Override
    public boolean finite(Buffer x) {
        boolean wide = x.precision() == Precision.FLOAT64;
        for (long i = 0, n = x.size(); i < n; i++) {
            if (wide ? !Double.isFinite(x.get(i)) : !Float.isFinite((float) x.get(i))) {
                return false;
            }
        }
        return true;
    }
}
