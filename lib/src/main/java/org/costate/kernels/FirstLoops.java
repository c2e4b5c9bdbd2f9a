package org.costate.kernels;

import java.util.EnumMap;
import java.util.Map;
import org.costate.memory.Buffer;

/// Loops over numbers whose results have the same bits as those of [Loops64] and [Loops32], for [FirstCalls] and for
/// what
/// is shorter than a vector.
final class FirstLoops {
    private static final ScalarKernels SCALAR = new ScalarKernels();
    private static final FirstCalls COMBINE = new FirstCalls();
    private static final FirstCalls ADD = new FirstCalls();
    private static final FirstCalls FINITE = new FirstCalls();
    private static final FirstCalls SUM_ROWS = new FirstCalls();
    private static final Map<Binary, FirstCalls> BINARY = new EnumMap<>(Binary.class);

    static {
        for (Binary each : Binary.values()) {
            BINARY.put(each, new FirstCalls());
        }
    }

    private FirstLoops() {}

    /// As [Kernels#combine], with one rounding a term.
    static void combine(double[] weights, Buffer[] terms, int count, Buffer out) {
        boolean wide = Fits.wide(out);
        if (!Fits.vector(out) || COMBINE.next(out.size())) {
            for (long i = 0, n = out.size(); i < n; i++) {
                double sum = 0;
                for (int j = count - 1; j >= 0; j--) {
                    sum = fma(wide, weights[j], terms[j].get(i), sum);
                }
                out.set(i, sum);
            }
        } else if (wide) {
            Loops64.combine(weights, terms, count, out);
        } else {
            Loops32.combine(weights, terms, count, out);
        }
    }

    /// As [Kernels#add], with one rounding.
    static void add(double factor, Buffer x, Buffer y) {
        boolean wide = Fits.wide(x);
        if (ADD.next(x.size())) {
            for (long i = 0, n = x.size(); i < n; i++) {
                y.set(i, fma(wide, factor, x.get(i), y.get(i)));
            }
        } else if (wide) {
            Loops64.add(factor, x.block(), x.offset(), y.block(), y.offset(), x.size());
        } else {
            Loops32.add(factor, x.block(), x.offset(), y.block(), y.offset(), x.size());
        }
    }

    private static double fma(boolean wide, double a, double b, double c) {
        return wide ? Math.fma(a, b, c) : Math.fma((float) a, (float) b, (float) c);
    }

    /// Counts the calls of a function's loops.
    static FirstCalls calls(Binary function) {
        return BINARY.get(function);
    }

    /// As [Kernels#binary], in a first call.
    ///
    /// @return is it done? Not if numbers one by one would not give the bits of vectors
    static boolean binary(Binary function, Buffer a, Buffer b, Buffer out) {
        switch (function) {
            case ADD, SUBTRACT, MULTIPLY, DIVIDE -> SCALAR.binary(function, a, b, out); // rounding twice is as once
            case POWER -> {
                boolean one = Fits.vector(out) && a.size() == out.size() && b.size() == 1;
                double exponent = one ? b.get(0) : 0;
                if (exponent != 2 && exponent != 3) {
                    return false;
                }
                SCALAR.binary(Binary.MULTIPLY, a, a, out);
                if (exponent == 3) {
                    SCALAR.binary(Binary.MULTIPLY, out, a, out);
                }
            }
            case TANH_REVERSE, SIGMOID_REVERSE, MIN, MAX, GREATER -> {
                return false;
            }
        }
        return true;
    }

    /// As [Kernels#sumRows].
    ///
    /// @return is it done? Only in first calls, for rows that are shorter than a vector
    static boolean sumRows(Buffer x, boolean add, Buffer out) {
        boolean first = !Fits.vector(out) && SUM_ROWS.next(x.size());
        if (first) {
            SCALAR.sumRows(x, add, out);
        }
        return first;
    }

    /// As [Kernels#finite].
    static boolean finite(Buffer x) {
        if (!Fits.vector(x) || FINITE.next(x.size())) {
            return SCALAR.finite(x);
        }
        return Fits.wide(x)
                ? Sums64.finite(x.block(), x.offset(), x.size())
                : Sums32.finite(x.block(), x.offset(), x.size());
    }

    /// 2 to the power of the whole number, plus the bias of exponents, in the low bits.
    static double exponent(double low) {
        return Double.longBitsToDouble(Double.doubleToRawLongBits(low) << Constants64.MANTISSA);
    }

    static float exponent(float low) {
        return Float.intBitsToFloat(Float.floatToRawIntBits(low) << Constants32.MANTISSA);
    }
}
