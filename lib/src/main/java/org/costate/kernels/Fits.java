package org.costate.kernels;

import jdk.incubator.vector.VectorShape;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;

/// Which loops over vectors are for which shapes. Asks for the length of a vector without making one: that takes the
/// JVM
/// a tenth of a second, for which first calls need not wait, see [FirstCalls].
final class Fits {
    /// Columns of the narrow side of a product, at most.
    static final int NARROW = 8;

    /// Columns of the narrow sides of two layers, and of the wide one, at most.
    private static final int LAYERS_NARROW = 2;

    static final int LAYERS_WIDE = 512;

    private static final int BITS = VectorShape.preferredShape().vectorBitSize();

    /// Numbers in a vector.
    static final int LANES64 = BITS / Double.SIZE;

    static final int LANES32 = BITS / Float.SIZE;

    private Fits() {}

    /// Are its numbers of float64?
    static boolean wide(Buffer x) {
        return x.precision() == Precision.FLOAT64;
    }

    static int lanes(Precision precision) {
        return precision == Precision.FLOAT64 ? LANES64 : LANES32;
    }

    /// Is there a vector of so many numbers?
    static boolean vector(Buffer x) {
        return x.size() >= lanes(x.precision());
    }

    /// Is `out` = op(A) op(B) a product for [Products64]?
    static boolean product(boolean transposeA, boolean transposeB, Buffer out, int inner) {
        int lanes = lanes(out.precision());
        return transposeB
                ? !transposeA && inner >= lanes
                : out.columns() >= lanes || (transposeA && out.rows() >= lanes);
    }

    /// Is it one for [Narrow64]?
    static boolean narrow(boolean transposeA, boolean transposeB, Buffer out, int inner) {
        return narrow(transposeA, transposeB, out.rows(), out.columns(), inner, lanes(out.precision()));
    }

    private static boolean narrow(boolean transposeA, boolean transposeB, int m, int n, int inner, int lanes) {
        if (Raw.MEMORY == null || inner == 0) {
            return false;
        }
        return transposeA
                ? !transposeB && ((m <= NARROW && n >= lanes) || (n <= NARROW && m >= lanes))
                : transposeB ? n <= NARROW && inner >= lanes : inner <= NARROW && n >= lanes;
    }

    /// Is X W with so many columns of X and W one for [Spread64], in both precisions?
    static boolean spread(int inner, int columns) {
        return narrow(false, false, 1, columns, inner, LANES32);
    }

    /// Are these the states before, within and after two layers for [Layers64]?
    static boolean layers(Buffer from, Buffer wide, Buffer to) {
        return Raw.MEMORY != null
                && isNarrow(from)
                && isNarrow(to)
                && wide.columns() >= lanes(wide.precision())
                && wide.columns() <= LAYERS_WIDE;
    }

    private static boolean isNarrow(Buffer x) {
        return x.columns() >= 1 && x.columns() <= LAYERS_NARROW;
    }
}
