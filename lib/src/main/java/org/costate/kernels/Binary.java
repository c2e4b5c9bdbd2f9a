package org.costate.kernels;

/// Functions of two numbers, applied element by element.
public enum Binary {
    ADD,
    SUBTRACT,
    MULTIPLY,
    DIVIDE,
    /// `a` to the power `b`.
    POWER,
    /// `a (1 − b²)`: the reverse of tanh, where b = tanh(u) and a is what comes back.
    TANH_REVERSE;

    /// The function in float64: the reference.
    public double apply(double a, double b) {
        return switch (this) {
            case ADD -> a + b;
            case SUBTRACT -> a - b;
            case MULTIPLY -> a * b;
            case DIVIDE -> a / b;
            case POWER -> Math.pow(a, b);
            case TANH_REVERSE -> a - a * (b * b);
        };
    }
}
