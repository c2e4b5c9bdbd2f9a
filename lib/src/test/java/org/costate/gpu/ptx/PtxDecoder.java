package org.costate.gpu.ptx;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.function.LongUnaryOperator;

/// The operations behind opcodes. What is not known is a fault when the text is read.
final class PtxDecoder {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

    private PtxDecoder() {}

    static PtxOperation decode(PtxOperands o, String text) {
        String[] both = text.split("\\s+", 2);
        List<String> parts = List.of(both[0].split("\\.", -1));
        List<String> operands = both.length > 1 ? PtxOperands.split(both[1]) : List.of();
        PtxOperation found = switch (parts.getFirst()) {
            case "ret", "exit" -> f -> f.ended = true;
            case "bra" -> branch(o, operands.getFirst());
            case "bar", "barrier" -> barrier(parts, operands);
            case "call" -> call(o, operands);
            case "ld" -> load(o, parts, operands);
            case "st" -> store(o, parts, operands);
            case "mov" -> move(o, parts, operands);
            case "cvta" -> copy(o.place(operands.get(0)), o.place(operands.get(1)));
            case "cvt" -> convert(parts, o.place(operands.get(0)), o.place(operands.get(1)));
            case "setp" -> compare(o, parts, operands);
            case "selp" -> select(o, operands);
            default ->
                PtxArithmetic.of(
                        parts,
                        PtxType.of(parts.getLast()),
                        operands.stream().mapToInt(o::place).toArray());
        };
        if (found == null) {
            throw new PtxFault("unknown instruction " + text);
        }
        return found;
    }

    private static PtxOperation copy(int to, int from) {
        return f -> f.r[to] = f.r[from];
    }

    private static PtxOperation branch(PtxOperands o, String label) {
        int target = o.function().labels.get(label);
        return f -> f.at = target;
    }

    private static PtxOperation barrier(List<String> parts, List<String> operands) {
        return parts.contains("sync") && operands.equals(List.of("0")) ? f -> f.waits = true : null;
    }

    /// `call (result), function, (arguments)`: the memory of parameters is copied there and back.
    private static PtxOperation call(PtxOperands o, List<String> operands) {
        int nameAt = operands.getFirst().startsWith("(") ? 1 : 0;
        String name = operands.get(nameAt);
        List<String> given = operands.size() > nameAt + 1 ? PtxOperands.group(operands.get(nameAt + 1)) : List.of();
        int[] from = given.stream().mapToInt(o.function().parameterAt::get).toArray();
        int result = nameAt == 0
                ? -1
                : o.function()
                        .parameterAt
                        .get(PtxOperands.group(operands.getFirst()).getFirst());
        return f -> {
            PtxFunction callee = f.block.module().functions.get(name);
            PtxFrame inner = new PtxFrame(f.block, callee, f.thread);
            for (int i = 0; i < from.length; i++) {
                int to = callee.parameterAt.get(callee.parameters.get(i));
                MemorySegment.copy(f.parameters, from[i], inner.parameters, to, callee.parameterBytes.get(i));
            }
            inner.run();
            if (inner.waits) {
                throw new PtxFault("a barrier in function " + name);
            }
            if (result >= 0) {
                MemorySegment.copy(inner.parameters, callee.parameterAt.get("func_retval0"), f.parameters, result, 64);
            }
        };
    }

    private static PtxOperation load(PtxOperands o, List<String> parts, List<String> operands) {
        PtxType type = PtxType.of(parts.getLast());
        String address = operands.get(1);
        if (parts.contains("param")) {
            int to = o.place(operands.getFirst());
            int at = o.parameter(address);
            return f -> f.r[to] = read(f.parameters, at, type);
        }
        List<String> targets =
                operands.getFirst().startsWith("{") ? PtxOperands.group(operands.getFirst()) : operands.subList(0, 1);
        int[] to = targets.stream().mapToInt(o::place).toArray();
        PtxOperands.Address from = o.address(address);
        int bytes = type.bytes() * to.length;
        String space = space(parts);
        return f -> {
            MemorySegment memory = memory(f, space, f.r[from.place()] + from.offset(), bytes, false);
            for (int i = 0; i < to.length; i++) {
                f.r[to[i]] = read(memory, (long) i * type.bytes(), type);
            }
        };
    }

    private static PtxOperation store(PtxOperands o, List<String> parts, List<String> operands) {
        PtxType type = PtxType.of(parts.getLast());
        String address = operands.getFirst();
        List<String> sources =
                operands.get(1).startsWith("{") ? PtxOperands.group(operands.get(1)) : operands.subList(1, 2);
        int[] from = sources.stream().mapToInt(o::place).toArray();
        if (parts.contains("param")) {
            int at = o.parameter(address);
            return f -> write(f.parameters, at, type, f.r[from[0]]);
        }
        PtxOperands.Address to = o.address(address);
        int bytes = type.bytes() * from.length;
        String space = space(parts);
        return f -> {
            MemorySegment memory = memory(f, space, f.r[to.place()] + to.offset(), bytes, true);
            for (int i = 0; i < from.length; i++) {
                write(memory, (long) i * type.bytes(), type, f.r[from[i]]);
            }
        };
    }

    private static String space(List<String> parts) {
        return parts.stream()
                .filter(List.of("global", "shared", "local", "const")::contains)
                .findFirst()
                .orElseThrow(() -> new PtxFault("an access to an unknown space: " + parts));
    }

    private static MemorySegment memory(PtxFrame f, String space, long address, int bytes, boolean write) {
        return switch (space) {
            case "global" -> f.block.global(f, address, bytes, write);
            case "shared" -> f.block.shared(f, address, bytes, write);
            case "local" -> f.local.asSlice(address, bytes);
            default -> f.block.module().constants().asSlice(address, bytes);
        };
    }

    private static long read(MemorySegment m, long at, PtxType type) {
        return switch (type.bits()) {
            case 64 -> m.get(LONG, at);
            case 32 -> m.get(INT, at);
            case 16 -> m.get(SHORT, at);
            default -> type.value(m.get(ValueLayout.JAVA_BYTE, at));
        };
    }

    private static void write(MemorySegment m, long at, PtxType type, long v) {
        switch (type.bits()) {
            case 64 -> m.set(LONG, at, v);
            case 32 -> m.set(INT, at, (int) v);
            case 16 -> m.set(SHORT, at, (short) v);
            default -> m.set(ValueLayout.JAVA_BYTE, at, (byte) v);
        }
    }

    /// Also `mov.b64 {%r1, %r2}, %rd` and back.
    private static PtxOperation move(PtxOperands o, List<String> parts, List<String> operands) {
        String to = operands.get(0);
        String from = operands.get(1);
        int half = Integer.parseInt(parts.getLast().replaceAll("\\D", "0")) / 2;
        if (to.startsWith("{")) {
            int low = o.place(PtxOperands.group(to).get(0));
            int high = o.place(PtxOperands.group(to).get(1));
            int whole = o.place(from);
            PtxType type = new PtxType('b', half);
            return f -> {
                long v = f.r[whole];
                f.r[low] = type.canonical(v);
                f.r[high] = type.canonical(v >> half);
            };
        }
        int whole = o.place(to);
        if (from.startsWith("{")) {
            int low = o.place(PtxOperands.group(from).get(0));
            int high = o.place(PtxOperands.group(from).get(1));
            long mask = (1L << half) - 1;
            return f -> f.r[whole] = (f.r[high] << half) | (f.r[low] & mask);
        }
        return copy(whole, o.place(from));
    }

    private static PtxOperation convert(List<String> parts, int to, int from) {
        PtxType result = PtxType.of(parts.get(parts.size() - 2));
        PtxType type = PtxType.of(parts.getLast());
        LongUnaryOperator number;
        if (!type.isFloat() && !result.isFloat()) {
            number = v -> result.canonical(type.value(v));
        } else if (!type.isFloat()) {
            if (type.unsigned() && type.bits() == 64) {
                return null;
            }
            number = result.bits() == 64
                    ? v -> PtxArithmetic.bits((double) type.value(v))
                    : v -> PtxArithmetic.bits((float) type.value(v));
        } else if (result.isFloat()) {
            boolean whole = parts.contains("rni");
            number = v -> {
                double x = type.bits() == 64 ? PtxArithmetic.number(v) : PtxArithmetic.single(v);
                double y = whole ? Math.rint(x) : x;
                return result.bits() == 64 ? PtxArithmetic.bits(y) : PtxArithmetic.bits((float) y);
            };
        } else {
            boolean cut = parts.contains("rzi");
            if ((!cut && !parts.contains("rni")) || result.unsigned()) {
                return null;
            }
            number = v -> {
                double x = type.bits() == 64 ? PtxArithmetic.number(v) : PtxArithmetic.single(v);
                double y = cut ? x : Math.rint(x);
                return result.bits() == 64 ? (long) y : (int) y;
            };
        }
        return f -> f.r[to] = number.applyAsLong(f.r[from]);
    }

    private static PtxOperation compare(PtxOperands o, List<String> parts, List<String> operands) {
        if (parts.size() != 3 || operands.size() != 3) {
            return null;
        }
        PtxType type = PtxType.of(parts.get(2));
        int to = o.place(operands.get(0));
        int a = o.place(operands.get(1));
        int b = o.place(operands.get(2));
        String how = parts.get(1);
        if (!type.isFloat()) {
            return f -> f.r[to] = integers(how, type, f.r[a], f.r[b]) ? 1 : 0;
        }
        BiPredicate<Double, Double> test = floats(how);
        return type.bits() == 64
                ? f -> f.r[to] = test.test(PtxArithmetic.number(f.r[a]), PtxArithmetic.number(f.r[b])) ? 1 : 0
                : f -> f.r[to] =
                        test.test((double) PtxArithmetic.single(f.r[a]), (double) PtxArithmetic.single(f.r[b])) ? 1 : 0;
    }

    private static boolean integers(String how, PtxType type, long x, long y) {
        return switch (how) {
            case "eq" -> type.canonical(x) == type.canonical(y);
            case "ne" -> type.canonical(x) != type.canonical(y);
            case "lt", "lo" -> PtxArithmetic.less(type, x, y);
            case "le", "ls" -> !PtxArithmetic.less(type, y, x);
            case "gt", "hi" -> PtxArithmetic.less(type, y, x);
            case "ge", "hs" -> !PtxArithmetic.less(type, x, y);
            default -> throw new PtxFault("unknown comparison " + how);
        };
    }

    /// The comparisons that end with u hold where a number is NaN.
    private static BiPredicate<Double, Double> floats(String how) {
        boolean unordered = how.length() == 3 && how.endsWith("u");
        String plain = unordered ? how.substring(0, 2) : how;
        return (a, b) -> {
            double x = a;
            double y = b;
            if (Double.isNaN(x) || Double.isNaN(y)) {
                return unordered || plain.equals("nan");
            }
            return switch (plain) {
                case "eq" -> x == y;
                case "ne" -> x != y;
                case "lt" -> x < y;
                case "le" -> x <= y;
                case "gt" -> x > y;
                case "ge" -> x >= y;
                case "num" -> true;
                case "nan" -> false;
                default -> throw new PtxFault("unknown comparison " + how);
            };
        };
    }

    private static PtxOperation select(PtxOperands o, List<String> operands) {
        int to = o.place(operands.get(0));
        int a = o.place(operands.get(1));
        int b = o.place(operands.get(2));
        int p = o.place(operands.get(3));
        return f -> f.r[to] = f.r[p] != 0 ? f.r[a] : f.r[b];
    }
}
