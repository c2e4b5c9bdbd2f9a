package org.costate.plot;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/// Numbers as they stand at an axis: `0.5`, `−2`, `20 000`, `3×10⁵`, `10⁻⁶`.
final class TickText {
    private static final String SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

    private TickText() {}

    /// Without needless zeros; with a power of ten from a million on and below a thousandth.
    static String of(double value) {
        return of(new BigDecimal(value).round(new MathContext(10)), 0);
    }

    /// With at least so many decimals, so that the numbers of one axis look alike.
    static String of(BigDecimal value, int decimals) {
        BigDecimal exact = value.stripTrailingZeros();
        if (exact.signum() == 0) {
            return "0";
        }
        int exponent = exact.precision() - exact.scale() - 1;
        if (exponent >= 6 || exponent < -3) {
            String factor = exact.movePointLeft(exponent).abs().toPlainString();
            return sign(exact) + (factor.equals("1") ? "" : factor + "×") + power(exponent);
        }
        String plain = exact.abs().setScale(Math.max(exact.scale(), decimals)).toPlainString();
        return sign(exact) + (exponent >= 4 && !plain.contains(".") ? grouped(plain) : plain);
    }

    /// 10 to the power of `exponent`.
    static String power(int exponent) {
        return "10" + superscript(exponent);
    }

    static String superscript(int number) {
        StringBuilder text = new StringBuilder(number < 0 ? "⁻" : "");
        for (char digit : Integer.toString(Math.abs(number)).toCharArray()) {
            text.append(SUPERSCRIPTS.charAt(digit - '0'));
        }
        return text.toString();
    }

    /// With so many decimals, and a minus that is as long as a plus.
    static String fixed(double value, int decimals) {
        BigDecimal rounded = new BigDecimal(value).setScale(decimals, RoundingMode.HALF_EVEN);
        return sign(rounded) + rounded.abs().toPlainString();
    }

    private static String sign(BigDecimal number) {
        return number.signum() < 0 ? "−" : "";
    }

    private static String grouped(String digits) {
        int head = digits.length() - 3;
        return digits.substring(0, head) + "\u202f" + digits.substring(head);
    }
}
