package org.costate.workbook;

import java.util.function.DoubleUnaryOperator;

/// Exercises and predictions of lesson 00, which shows how exercises and predictions work. The model for other lessons.
public final class Lesson00 {
    /// How Euler steps compare with growth without pause.
    public static final Prediction growth = Prediction.of("00.growth", "Where do ten Euler steps for dx/dt = x end?")
            .option(
                    "below e = 2.71828…",
                    "Each step goes straight on with the slope that it finds at its start. The solution bends upwards,"
                            + " so that its slope grows during the step, and the straight step falls short, ten times.")
            .option(
                    "at e, to all digits",
                    "The equation is solved exactly by eᵗ, but a step of finite length follows the tangent and not the"
                            + " curve. Only in the limit of infinitely many steps do the two agree.")
            .option(
                    "above e = 2.71828…",
                    "That would be so if each step took the slope at its end, where it is largest. An Euler step takes"
                            + " the slope at its start.")
            .answer('a');

    /// On paper: the two signs of the costate.
    public static final NumberExercise sign = NumberExercise.of("00.1", "from a to λ")
            .cell("Lesson00.sign.check(@@);")
            .expects(-2.5)
            .solution("-2.5")
            .mistake("2.5", 2.5, "2.5 is a itself. λ is the same vector with the opposite sign.")
            .mistake("1 / 2.5", 0.4, "You took the reciprocal. λ and a differ in sign, not by inversion.")
            .hint("The text above the cell says it in symbols: λ = −a.")
            .hint("Put a minus before 2.5.")
            .remark("a answers “what does the cost do if I nudge the state up?”, λ the same question with a minus.")
            .build();

    /// Code: one derivative that every lesson uses.
    public static final CodeExercise<DoubleUnaryOperator> slope = CodeExercise.<DoubleUnaryOperator>of(
                    "00.2", "the slope of tanh")
            .cell("Lesson00.slope.check(x -> @@);")
            .trial((answer, probe) -> new double[] {answer.applyAsDouble(probe.number("x", 0.3, 2))})
            .answer(x -> 1 - Math.tanh(x) * Math.tanh(x))
            .solution("1 - Math.tanh(x) * Math.tanh(x)")
            .mistake(
                    "1 - Math.tanh(x)",
                    x -> 1 - Math.tanh(x),
                    "The square is missing: the derivative has tanh²(x), not tanh(x).")
            .mistake(
                    "1 / Math.cosh(x)",
                    x -> 1 / Math.cosh(x),
                    "Nearly: 1/cosh²(x) is another way to write the slope of tanh, with the square.")
            .mistake(
                    "1 + Math.tanh(x) * Math.tanh(x)",
                    x -> 1 + Math.tanh(x) * Math.tanh(x),
                    "The sign before the square is wrong: tanh gets flatter away from 0, so its slope falls below 1.")
            .hint("tanh = sinh / cosh. The quotient rule gives (cosh² − sinh²) / cosh².")
            .hint("That is 1 − tanh²(x): write the square as a product, `Math.tanh(x) * Math.tanh(x)`.")
            .remark("A network that has y = tanh(x) at hand gets the slope for one product: 1 − y². That is why the"
                    + " backward pass keeps y and not the number that went into tanh.")
            .build();

    private Lesson00() {}
}
