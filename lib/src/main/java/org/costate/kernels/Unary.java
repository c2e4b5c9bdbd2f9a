package org.costate.kernels;

/// Functions of one number, applied to each element.
public enum Unary {
    NEGATE,
    EXP,
    LOG,
    SQRT,
    SIN,
    COS,
    TANH,
    ABS,
    /// −1, 0 or 1: the derivative of |x|, 0 at the kink.
    SIGN,
    /// max(x, 0).
    RELU,
    /// 1 where x > 0, else 0: the derivative of max(x, 0), 0 at the kink.
    STEP,
    /// 1 / (1 + e⁻ˣ), relatively accurate in both tails.
    SIGMOID,
    /// log(1 + eˣ), without overflow.
    SOFTPLUS,
    /// Φ(x) = (1 + erf(x / √2)) / 2, relatively accurate in the left tail: see [Normal].
    NORMAL_CDF,
    /// φ(x) = exp(−x² / 2) / √(2π), relatively accurate in both tails.
    NORMAL_DENSITY;

    /// The function in float64: the reference.
    public double apply(double x) {
        return switch (this) {
            case NEGATE -> -x;
            case EXP -> Math.exp(x);
            case LOG -> Math.log(x);
            case SQRT -> Math.sqrt(x);
            case SIN -> Math.sin(x);
            case COS -> Math.cos(x);
            case TANH -> Math.tanh(x);
            case ABS -> Math.abs(x);
            case SIGN -> Math.signum(x);
            case RELU -> Math.max(x, 0);
            case STEP -> x > 0 ? 1 : 0;
            case SIGMOID -> {
                double e = Math.exp(-Math.abs(x));
                yield (x >= 0 ? 1 : e) / (1 + e);
            }
            case SOFTPLUS -> Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
            case NORMAL_CDF -> Normal.cdf(x);
            case NORMAL_DENSITY -> Normal.density(x);
        };
    }
}
