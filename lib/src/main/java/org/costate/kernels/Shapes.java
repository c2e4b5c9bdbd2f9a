package org.costate.kernels;

import org.costate.memory.Buffer;

/// Checks shared by all kernels: a wrong shape is a bug of the caller and is named, in every implementation alike.
final class Shapes {
    private Shapes() {}

    static void same(Buffer x, Buffer out) {
        if (x.rows() != out.rows() || x.columns() != out.columns() || x.precision() != out.precision()) {
            throw mismatch("x", x, "out", out);
        }
    }

    static void sameSize(Buffer x, Buffer out) {
        if (x.size() != out.size() || x.precision() != out.precision()) {
            throw mismatch("x", x, "out", out);
        }
    }

    static void broadcasts(Buffer a, Buffer out) {
        boolean rows = a.rows() == out.rows() || a.rows() == 1;
        boolean columns = a.columns() == out.columns() || a.columns() == 1;
        if (!rows || !columns || a.precision() != out.precision()) {
            throw mismatch("operand", a, "out", out);
        }
    }

    /// The inner dimension of a product.
    static int product(Buffer a, boolean transposeA, Buffer b, boolean transposeB, Buffer plus, Buffer out) {
        int m = transposeA ? a.columns() : a.rows();
        int inner = transposeA ? a.rows() : a.columns();
        int innerB = transposeB ? b.columns() : b.rows();
        int n = transposeB ? b.rows() : b.columns();
        if (inner != innerB
                || out.rows() != m
                || out.columns() != n
                || a.precision() != b.precision()
                || a.precision() != out.precision()) {
            throw new IllegalArgumentException("product: got " + a + (transposeA ? " transposed" : "") + " times " + b
                    + (transposeB ? " transposed" : "") + ", expected what gives " + out
                    + "; inner sides must be equal, and all of one precision");
        }
        if (plus != null && plus != out) {
            broadcasts(plus, out);
            if (plus.rows() != 1 || plus.columns() != n) {
                throw mismatch("plus", plus, "out", out);
            }
        }
        return inner;
    }

    static void columns(Buffer x, int from, Buffer out, int to, int count) {
        if (x.rows() != out.rows()
                || x.precision() != out.precision()
                || from < 0
                || to < 0
                || from + count > x.columns()
                || to + count > out.columns()) {
            throw new IllegalArgumentException("columns: got " + count + " from " + from + " on of " + x
                    + ", expected some that go to those from " + to + " on of " + out
                    + "; columns count from 0, rows and precisions must be equal");
        }
    }

    private static IllegalArgumentException mismatch(String left, Buffer a, String right, Buffer b) {
        return new IllegalArgumentException(left + ": got " + a + ", expected the shape of " + right + ", " + b
                + ", or one that stretches to it; take a view of the part that is meant, in the same precision");
    }
}
