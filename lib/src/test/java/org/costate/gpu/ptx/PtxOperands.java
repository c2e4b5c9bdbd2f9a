package org.costate.gpu.ptx;

import java.util.ArrayList;
import java.util.List;

/// What stands behind an opcode.
record PtxOperands(PtxModule module, PtxFunction function) {
    /// A place and what is added to the number there: an address.
    record Address(int place, long offset) {}

    /// The operands, groups in braces or parentheses as one.
    static List<String> split(String text) {
        List<String> all = new ArrayList<>();
        int depth = 0;
        int from = 0;
        for (int i = 0; i <= text.length(); i++) {
            char c = i < text.length() ? text.charAt(i) : ',';
            depth += c == '{' || c == '(' || c == '[' ? 1 : c == '}' || c == ')' || c == ']' ? -1 : 0;
            if (c == ',' && depth == 0) {
                all.add(text.substring(from, i).strip());
                from = i + 1;
            }
        }
        return all;
    }

    /// The parts of `{a, b}`.
    static List<String> group(String text) {
        return split(text.substring(1, text.length() - 1));
    }

    /// Where an operand is.
    int place(String text) {
        if (text.startsWith("%")) {
            return function.place(text);
        }
        if (!Character.isDigit(text.charAt(0)) && text.charAt(0) != '-') {
            return function.constant(symbol(text));
        }
        return function.constant(number(text));
    }

    private long symbol(String name) {
        Long array = function.arrays.get(name);
        Long found = array != null ? array : module.symbols.get(name);
        if (found == null) {
            throw new PtxFault("unknown name " + name);
        }
        return found;
    }

    /// `[%rd1+8]`, `[name]`
    Address address(String text) {
        String inner = text.substring(1, text.length() - 1);
        int plus = inner.indexOf('+');
        String base = plus < 0 ? inner : inner.substring(0, plus);
        return new Address(place(base), plus < 0 ? 0 : number(inner.substring(plus + 1)));
    }

    /// The offset of `[name+8]` in the memory of parameters.
    int parameter(String text) {
        String inner = text.substring(1, text.length() - 1);
        int plus = inner.indexOf('+');
        Integer at = function.parameterAt.get(plus < 0 ? inner : inner.substring(0, plus));
        if (at == null) {
            throw new PtxFault("unknown parameter " + text);
        }
        return at + (plus < 0 ? 0 : Integer.parseInt(inner.substring(plus + 1)));
    }

    static long number(String text) {
        if (text.startsWith("0d") || text.startsWith("0D")) {
            return Long.parseUnsignedLong(text.substring(2), 16);
        }
        if (text.startsWith("0f") || text.startsWith("0F")) {
            return Integer.parseUnsignedInt(text.substring(2), 16);
        }
        if (text.startsWith("0x")) {
            return Long.parseUnsignedLong(text.substring(2), 16);
        }
        return text.startsWith("-") ? Long.parseLong(text) : Long.parseUnsignedLong(text);
    }
}
