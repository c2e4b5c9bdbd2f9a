package org.costate.gpu.ptx;

/// A type of PTX: `u32`, `f64`, `pred`.
record PtxType(char kind, int bits) {
    static PtxType of(String text) {
        return text.equals("pred")
                ? new PtxType('p', 1)
                : new PtxType(text.charAt(0), Integer.parseInt(text.substring(1)));
    }

    boolean isFloat() {
        return kind == 'f';
    }

    boolean unsigned() {
        return kind == 'u' || kind == 'b';
    }

    int bytes() {
        return bits / 8;
    }

    /// The number as a place holds it: integers sign-extended, floating-point numbers by their bits.
    long canonical(long v) {
        return switch (bits) {
            case 1 -> v & 1;
            case 8 -> (byte) v;
            case 16 -> (short) v;
            case 32 -> (int) v;
            default -> v;
        };
    }

    /// The value of an integer.
    long value(long v) {
        return unsigned() && bits < 64 ? v & ((1L << bits) - 1) : canonical(v);
    }
}
