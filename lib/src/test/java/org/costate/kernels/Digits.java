package org.costate.kernels;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/// Elementary functions with some fifty digits, by their series: what kernels are compared with.
final class Digits {
    private static final MathContext M = new MathContext(70);
    private static final BigDecimal ONE = BigDecimal.ONE;
    private static final BigDecimal TWO = BigDecimal.TWO;

    /// Machin: π = 16 arctan 1/5 − 4 arctan 1/239.
    private static final BigDecimal PI_HALF =
            arctan(5).multiply(new BigDecimal(8)).subtract(arctan(239).multiply(TWO));

    private Digits() {}

    private static BigDecimal arctan(int inverse) {
        MathContext many = new MathContext(120);
        BigDecimal square = new BigDecimal(inverse * inverse);
        BigDecimal power = ONE.divide(new BigDecimal(inverse), many);
        BigDecimal sum = power;
        for (int n = 3; power.compareTo(new BigDecimal("1e-118")) > 0; n += 2) {
            power = power.divide(square, many);
            BigDecimal term = power.divide(new BigDecimal(n), many);
            sum = n % 4 == 1 ? sum.add(term) : sum.subtract(term);
        }
        return sum;
    }

    static BigDecimal exp(BigDecimal x) {
        BigDecimal small = x.divide(new BigDecimal(1 << 12), M);
        BigDecimal sum = ONE;
        BigDecimal term = ONE;
        for (int n = 1; n < 60 && term.signum() != 0; n++) {
            term = term.multiply(small, M).divide(new BigDecimal(n), M);
            sum = sum.add(term, M);
        }
        for (int i = 0; i < 12; i++) {
            sum = sum.multiply(sum, M);
        }
        return sum;
    }

    /// Halley: from 16 digits to 48.
    static BigDecimal log(BigDecimal x) {
        int exponent = x.precision() - x.scale(); // x = m 10^exponent
        BigDecimal m = x.scaleByPowerOfTen(-exponent);
        BigDecimal y = new BigDecimal(StrictMath.log(m.doubleValue()));
        BigDecimal e = exp(y);
        BigDecimal log = y.add(TWO.multiply(m.subtract(e)).divide(m.add(e), M), M);
        return exponent == 0 ? log : log.add(log(new BigDecimal("0.1")).multiply(new BigDecimal(-exponent)), M);
    }

    static BigDecimal sin(BigDecimal x) {
        return turned(x, 0);
    }

    static BigDecimal cos(BigDecimal x) {
        return turned(x, 1);
    }

    private static BigDecimal turned(BigDecimal x, int quarters) {
        BigDecimal k = x.divide(PI_HALF, M).setScale(0, RoundingMode.HALF_EVEN);
        BigDecimal r = x.subtract(k.multiply(PI_HALF));
        int turn = k.toBigInteger().intValue() + quarters & 3;
        BigDecimal term = turn % 2 == 0 ? r : ONE;
        BigDecimal sum = term;
        for (int n = turn % 2 == 0 ? 2 : 1; n < 60; n += 2) {
            term = term.multiply(r, M).multiply(r, M).divide(new BigDecimal(-n * (n + 1)), M);
            sum = sum.add(term, M);
        }
        return turn < 2 ? sum : sum.negate();
    }

    static BigDecimal power(BigDecimal a, BigDecimal b) {
        return exp(b.multiply(log(a), M));
    }

    static BigDecimal sigmoid(BigDecimal x) {
        return ONE.divide(ONE.add(exp(x.negate())), M);
    }

    static BigDecimal softplus(BigDecimal x) {
        BigDecimal e = exp(x.abs().negate());
        // Below, 1 + e has not enough digits: the series, of which the next term is e⁴ / 4.
        BigDecimal log = e.compareTo(new BigDecimal("1e-10")) < 0
                ? e.subtract(e.multiply(e).divide(TWO, M)).add(e.pow(3).divide(new BigDecimal(3), M))
                : log(ONE.add(e));
        return log.add(x.max(BigDecimal.ZERO), M);
    }

    static BigDecimal normalDensity(BigDecimal x) {
        BigDecimal root = PI_HALF.multiply(new BigDecimal(4)).sqrt(M);
        return exp(x.multiply(x).divide(TWO.negate(), M)).divide(root, M);
    }
}
