package org.costate.plot;

import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.Locale;

/// Numbers as they stand at an axis: `0.5`, `−2`, `20 000`, `3×10⁵`, `10⁻⁶`. (XChart writes `3E5`.)
final class TickText {
    private static final String SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

    private TickText() {}

    /// Without needless zeros; with a power of ten from a million on and below a thousandth.
    static String of(double value) {
        int exponent = value == 0 ? 0 : exponent(value);
        if (exponent < 6 && exponent >= -3) {
            return format(exponent < 4 ? "0.#########" : "#,##0.#########", value);
        }
        String factor = format("0.#########", value / Math.pow(10, exponent));
        return (factor + "×").replaceFirst("^(−?)1×", "$1") + power(exponent);
    }

    /// The power of ten at or below a number; also where round-off has made it a little too small.
    static int exponent(double value) {
        return (int) Math.floor(Math.log10(Math.abs(value)) + 1e-9);
    }

    /// 10 to the power of `exponent`.
    static String power(int exponent) {
        StringBuilder text = new StringBuilder(exponent < 0 ? "10⁻" : "10");
        for (char digit : Integer.toString(Math.abs(exponent)).toCharArray()) {
            text.append(SUPERSCRIPTS.charAt(digit - '0'));
        }
        return text.toString();
    }

    /// By a pattern of [DecimalFormat], with thin spaces between thousands and a minus that is as long as a plus.
    static String format(String pattern, double value) {
        DecimalFormatSymbols symbols = DecimalFormatSymbols.getInstance(Locale.ROOT);
        symbols.setGroupingSeparator('\u202f');
        symbols.setMinusSign('−');
        String text = new DecimalFormat(pattern, symbols).format(value);
        return text.matches("−[0.]*") ? text.substring(1) : text;
    }
}
