package org.costate.gpu.ptx;

import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongBinaryOperator;

/// Arithmetic of integers, predicates and floating-point numbers.
final class PtxArithmetic {
    private PtxArithmetic() {}

    /// An operation; null if it is none of these.
    ///
    /// @param parts of the opcode
    /// @param a places of the operands, the result's first
    static PtxOperation of(List<String> parts, PtxType type, int... a) {
        String name = parts.getFirst();
        if (type.isFloat()) {
            return type.bits() == 64 ? wide(name, parts, a) : narrow(name, parts, a);
        }
        if (parts.contains("cc") || name.equals("addc") || name.equals("subc") || name.equals("madc")) {
            return carrying(name, parts, type, a);
        }
        return switch (name) {
            case "mad" -> {
                PtxType result = parts.contains("wide") ? new PtxType(type.kind(), 2 * type.bits()) : type;
                LongBinaryOperator product = product(parts, type);
                yield f -> f.r[a[0]] = result.canonical(product.applyAsLong(f.r[a[1]], f.r[a[2]]) + f.r[a[3]]);
            }
            case "not" -> f -> f.r[a[0]] = type.canonical(~f.r[a[1]]);
            case "neg" -> f -> f.r[a[0]] = type.canonical(-f.r[a[1]]);
            case "abs" -> f -> f.r[a[0]] = type.canonical(Math.abs(type.value(f.r[a[1]])));
            case "clz" ->
                f -> f.r[a[0]] = type.bits() == 64
                        ? Long.numberOfLeadingZeros(f.r[a[1]])
                        : Integer.numberOfLeadingZeros((int) f.r[a[1]]);
            default -> {
                LongBinaryOperator binary = integer(name, parts, type);
                PtxType result = parts.contains("wide") ? new PtxType(type.kind(), 2 * type.bits()) : type;
                yield binary == null
                        ? null
                        : f -> f.r[a[0]] = result.canonical(binary.applyAsLong(f.r[a[1]], f.r[a[2]]));
            }
        };
    }

    private static LongBinaryOperator integer(String name, List<String> parts, PtxType type) {
        boolean unsigned = type.unsigned();
        return switch (name) {
            case "add" -> Long::sum;
            case "sub" -> (x, y) -> x - y;
            case "mul" -> product(parts, type);
            case "div" ->
                unsigned
                        ? (x, y) -> Long.divideUnsigned(type.value(x), type.value(y))
                        : (x, y) -> type.value(x) / type.value(y);
            case "rem" ->
                unsigned
                        ? (x, y) -> Long.remainderUnsigned(type.value(x), type.value(y))
                        : (x, y) -> type.value(x) % type.value(y);
            case "min" -> (x, y) -> less(type, x, y) ? x : y;
            case "max" -> (x, y) -> less(type, x, y) ? y : x;
            case "and" -> (x, y) -> x & y;
            case "or" -> (x, y) -> x | y;
            case "xor" -> (x, y) -> x ^ y;
            case "shl" -> (x, y) -> shift(y) >= type.bits() ? 0 : x << shift(y);
            case "shr" ->
                unsigned
                        ? (x, y) -> shift(y) >= type.bits() ? 0 : type.value(x) >>> shift(y)
                        : (x, y) -> type.canonical(x) >> Math.min(63, shift(y));
            default -> null;
        };
    }

    private static long shift(long by) {
        return Integer.toUnsignedLong((int) by);
    }

    static boolean less(PtxType type, long x, long y) {
        long a = type.canonical(x);
        long b = type.canonical(y); // the order of numbers without sign is kept where they are sign-extended
        return type.unsigned() ? Long.compareUnsigned(a, b) < 0 : a < b;
    }

    private static LongBinaryOperator product(List<String> parts, PtxType type) {
        if (!parts.contains("hi")) {
            return (x, y) -> type.value(x) * type.value(y);
        }
        if (type.bits() == 64) {
            return type.unsigned() ? Math::unsignedMultiplyHigh : Math::multiplyHigh;
        }
        return (x, y) -> (type.value(x) * type.value(y)) >> type.bits();
    }

    /// Sums and differences that take or leave a carry.
    private static PtxOperation carrying(String name, List<String> parts, PtxType type, int... a) {
        boolean leaves = parts.contains("cc");
        boolean takes = name.endsWith("c");
        boolean minus = name.startsWith("sub");
        boolean product = name.startsWith("mad");
        LongBinaryOperator times = product ? product(parts, type) : null;
        return f -> {
            long x = product ? type.canonical(times.applyAsLong(f.r[a[1]], f.r[a[2]])) : type.canonical(f.r[a[1]]);
            long y = type.canonical(f.r[product ? a[3] : a[2]]);
            long in = takes && f.carry ? 1 : 0;
            long sum = type.canonical(minus ? x - y - in : x + y + in);
            if (leaves) {
                int order = Long.compareUnsigned(minus ? x : sum, minus ? y : x);
                f.carry = order < 0 || (in == 1 && order == 0);
            }
            f.r[a[0]] = sum;
        };
    }

    private static PtxOperation wide(String name, List<String> parts, int... a) {
        if (name.equals("fma") || name.equals("mad")) {
            return f -> f.r[a[0]] = bits(Math.fma(number(f.r[a[1]]), number(f.r[a[2]]), number(f.r[a[3]])));
        }
        if (name.equals("neg")) { // also of NaN
            return f -> f.r[a[0]] = f.r[a[1]] ^ Long.MIN_VALUE;
        }
        if (name.equals("abs")) {
            return f -> f.r[a[0]] = f.r[a[1]] & Long.MAX_VALUE;
        }
        if (name.equals("rcp") && parts.contains("approx")) { // the device's knows 20 bits
            return f -> f.r[a[0]] = bits(1 / number(f.r[a[1]] & (-1L << 32))) & (-1L << 32);
        }
        DoubleBinaryOperator binary = binary(name);
        if (binary != null) {
            return f -> f.r[a[0]] = bits(binary.applyAsDouble(number(f.r[a[1]]), number(f.r[a[2]])));
        }
        DoubleUnaryOperator unary = unary(name);
        return unary == null ? null : f -> f.r[a[0]] = bits(unary.applyAsDouble(number(f.r[a[1]])));
    }

    private static PtxOperation narrow(String name, List<String> parts, int... a) {
        if (name.equals("fma")) {
            return f -> f.r[a[0]] = bits(Math.fma(single(f.r[a[1]]), single(f.r[a[2]]), single(f.r[a[3]])));
        }
        DoubleBinaryOperator binary = binary(name); // in float64 and rounded once more: the same for these
        if (binary != null) {
            return f -> f.r[a[0]] = bits((float) binary.applyAsDouble(single(f.r[a[1]]), single(f.r[a[2]])));
        }
        if (name.equals("ex2") && parts.contains("approx")) {
            return f -> f.r[a[0]] = bits((float) Math.pow(2, single(f.r[a[1]])));
        }
        DoubleUnaryOperator unary = unary(name);
        return unary == null ? null : f -> f.r[a[0]] = bits((float) unary.applyAsDouble(single(f.r[a[1]])));
    }

    private static DoubleBinaryOperator binary(String name) {
        return switch (name) {
            case "add" -> Double::sum;
            case "sub" -> (x, y) -> x - y;
            case "mul" -> (x, y) -> x * y;
            case "div" -> (x, y) -> x / y;
            case "min" -> (x, y) -> Double.isNaN(x) ? y : Double.isNaN(y) ? x : Math.min(x, y);
            case "max" -> (x, y) -> Double.isNaN(x) ? y : Double.isNaN(y) ? x : Math.max(x, y);
            default -> null;
        };
    }

    private static DoubleUnaryOperator unary(String name) {
        return switch (name) {
            case "neg" -> x -> -x;
            case "abs" -> Math::abs;
            case "sqrt" -> Math::sqrt;
            case "rcp" -> x -> 1 / x;
            default -> null;
        };
    }

    static double number(long bits) {
        return Double.longBitsToDouble(bits);
    }

    static float single(long bits) {
        return Float.intBitsToFloat((int) bits);
    }

    static long bits(double v) {
        return Double.doubleToRawLongBits(v);
    }

    static long bits(float v) {
        return Float.floatToRawIntBits(v);
    }
}
