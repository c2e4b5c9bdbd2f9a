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
    TANH_REVERSE,
    /// `a b (1 − b)`: the reverse of the sigmoid σ, where b = σ(u) and a is what comes back.
    SIGMOID_REVERSE,
    MIN,
    MAX,
    /// 1 where a > b, ½ where they are equal, else 0: the derivative of max(a, b) by a, split at a tie.
    GREATER;

    /// The function in float64: the reference.
    public double apply(double a, double b) {
        return switch (this) {
            case ADD -> a + b;
            case SUBTRACT -> a - b;
            case MULTIPLY -> a * b;
            case DIVIDE -> a / b;
            case POWER -> Math.pow(a, b);
            case TANH_REVERSE -> a - a * (b * b);
            case SIGMOID_REVERSE -> a * (b * (1 - b));
            case MIN -> Math.min(a, b);
            case MAX -> Math.max(a, b);
            case GREATER -> a > b ? 1 : a == b ? 0.5 : 0;
        };
    }
}
