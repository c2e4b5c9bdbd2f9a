package org.costate.kernels;

/// Functions of one number, applied to each element.
public enum Unary {
    NEGATE,
    EXP,
    LOG,
    SQRT,
    SIN,
    COS,
    TANH;

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
        };
    }
}
