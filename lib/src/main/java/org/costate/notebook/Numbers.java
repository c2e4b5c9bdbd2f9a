package org.costate.notebook;

import java.math.BigDecimal;
import java.math.MathContext;

/// Numbers as they are shown: six significant digits, no trailing zeros, a power of ten where many zeros would stand.
final class Numbers {
    private static final MathContext DIGITS = new MathContext(6);

    private Numbers() {}

    static String format(double value) {
        if (value == 0) {
            return "0";
        }
        if (!Double.isFinite(value)) {
            return Double.isNaN(value) ? "NaN" : value > 0 ? "∞" : "-∞";
        }
        BigDecimal rounded = new BigDecimal(value).round(DIGITS).stripTrailingZeros();
        int exponent = rounded.precision() - rounded.scale() - 1;
        if (exponent >= -4 && exponent <= 8) {
            return rounded.toPlainString();
        }
        return rounded.movePointLeft(exponent).toPlainString() + "e" + exponent;
    }

    /// Any number: whole ones in full, others rounded.
    static String format(Number value) {
        return switch (value) {
            case Double d -> format(d.doubleValue());
            case Float f -> format(new BigDecimal(f.toString()).doubleValue());
            default -> value.toString();
        };
    }
}
