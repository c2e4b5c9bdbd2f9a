package org.costate.workbook;

import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// Exercises, predictions and helpers of lesson 07: training, stopping and going on, and a fit to real data.
public final class Lesson07 {
    /// An answer of [#memory]: x after n steps of Adam.
    @FunctionalInterface
    public interface Adam {
        double run(DoubleUnaryOperator slope, double x, double rate, int n);
    }

    /// A Lotka–Volterra model of the reader's: its period in years, and α, β, γ, δ.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Cycle(double period, double[] rates) {}

    /// How Adam is told apart from its likely slips.
    private enum Slip {
        NONE,
        NO_CORRECTION,
        NO_SQUARE,
        NO_ROOT,
        UPHILL
    }

    /// Where a field learned from one curve is right.
    public static final Prediction where = Prediction.of(
                    "07.where", "The field was learned from one curve. Where is it right?")
            .option(
                    "everywhere: the curve fixes the law",
                    "It fixes the law along itself. Off the curve the loss says nothing, and a network that is asked"
                            + " nothing may answer anything.")
            .option(
                    "along the curve, and poorly off it",
                    "The loss sees velocities along the curve only. Near it the network is smooth and so nearly right;"
                            + " further away its form decides, not the data.")
            .option(
                    "inside the spiral and on it: there it is surrounded by data",
                    "The network is smooth, so that helps a little. But what lies between two data is a guess of the"
                            + " network's form, and the middle is a wide gap.")
            .answer('b');

    /// What is lost with Adam's means.
    public static final Prediction moments = Prediction.of(
                    "07.moments", "Resumed with the weights, but with m and v at zero again. What do you see?")
            .option(
                    "nothing: the gradient knows only the weights",
                    "The gradient does, the step does not: it is m over the root of v, and these remember many steps.")
            .option(
                    "the loss jumps, then falls again",
                    "Without memory the first step is the full rate for every weight, whatever its slope; Adam is back"
                            + " in its wild beginning, though near the goal.")
            .option(
                    "the training never finds back",
                    "Losing the means costs some steps, no more: after a few dozen they are filled again.")
            .answer('b');

    /// How sure the parameters are.
    public static final Prediction sure = Prediction.of(
                    "07.sure", "42 numbers, six unknowns: to how many percent is each of α, β, γ, δ known?")
            .option(
                    "about 1 percent",
                    "So it would be if the points lay within a few percent of the curve. They miss by a quarter.")
            .option(
                    "about 10 percent",
                    "42 points that miss by a quarter, shared by six unknowns that can in part make good for each"
                            + " other.")
            .option(
                    "about 50 percent",
                    "One cycle alone would not say much. But a rate that is wrong by half moves the second peak by"
                            + " years.")
            .answer('b');

    /// A correction that has more freedom.
    public static final Prediction ahead = Prediction.of(
                    "07.ahead", "The corrected model fits the first years better. And the years that it has not seen?")
            .option(
                    "better as well",
                    "If the correction had found a law of nature. From one and a half cycles it has found the errors of"
                            + " these years.")
            .option(
                    "about as well",
                    "Its errors would then have to be harmless beyond the data. They grow along the solution.")
            .option(
                    "worse",
                    "The freedom went into the particular errors of the years it was trained on, and these do not come"
                            + " again.")
            .answer('c');

    /// On paper: two steps of Adam.
    public static final NumberExercise twoSteps = NumberExercise.of("07.1", "two steps of Adam")
            .cell("Lesson07.twoSteps.check(@@);")
            .expects(0.859978)
            .tolerance(1e-4)
            .solution("1 - 0.1 - 0.1 * (0.17 / 0.19) / Math.sqrt(0.009991 / 0.001999)")
            .mistake(
                    "1 - 0.1 * 0.3 / Math.sqrt(0.009) - 0.1 * 0.17 / Math.sqrt(0.009991)",
                    0.513695,
                    "Without the corrections for the start: m and v begin at 0, and 1 − 0.9ᵏ and 1 − 0.999ᵏ make up for"
                            + " that.")
            .mistake("1 - 0.1 * 3 + 0.1", 0.8, "That is plain gradient descent: rate times gradient.")
            .mistake(
                    "0.9",
                    0.9,
                    "That is x after the first step: with one gradient only, Adam's step is the rate itself.")
            .mistake(
                    "1 - 0.1 + 0.1",
                    1,
                    "Only the first step is the rate times a sign. In the second m still remembers the 3.")
            .mistake(
                    "1 + 0.1 + 0.1 * (0.17 / 0.19) / Math.sqrt(0.009991 / 0.001999)",
                    1.140022,
                    "Uphill: the step goes against the gradient.")
            .hint("After the first gradient m = 0.3 and v = 0.009. Divided by 1 − 0.9 and 1 − 0.999 they are 3 and 9.")
            .hint(
                    "After the second m = 0.9 · 0.3 − 0.1 = 0.17 and v = 0.999 · 0.009 + 0.001. Divide by 0.19 and 0.001999.")
            .remark("The second gradient points the other way, and Adam still goes on: m has momentum.")
            .build();

    /// Code: Adam from memory.
    public static final CodeExercise<Adam> memory = CodeExercise.<Adam>of("07.2", "Adam from memory")
            .cell("Lesson07.memory.check((slope, x, rate, n) -> @@);")
            .starter("""
                    {
                        double m = 0, v = 0;
                        // n times: the slope at x, then m, v and x
                        return todo();
                    }""")
            .trial((answer, probe) -> {
                double a = probe.number("a", 1, 2);
                double b = probe.number("b", 0.5, 0.9);
                return new double[] {
                    answer.run(
                            z -> a * Math.sin(z) + b * z,
                            probe.number("x", 1.4, 2),
                            probe.number("rate", 0.05, 0.15),
                            probe.integer("n", 4, 8))
                };
            })
            .answer((slope, x, rate, n) -> adam(slope, x, rate, n, Slip.NONE))
            .solution(adamText(
                    "v + 0.001 * g * g",
                    "m / (1 - Math.pow(0.9, k)) / (Math.sqrt(v / (1 - Math.pow(0.999, k))) + 1e-8)"))
            .mistake(
                    adamText("v + 0.001 * g * g", "m / (Math.sqrt(v) + 1e-8)"),
                    (slope, x, rate, n) -> adam(slope, x, rate, n, Slip.NO_CORRECTION),
                    "m and v begin at zero and are too small at first. Divide them by 1 − 0.9ᵏ and 1 − 0.999ᵏ, k counted"
                            + " from 1.")
            .mistake(
                    adamText(
                            "v + 0.001 * g",
                            "m / (1 - Math.pow(0.9, k)) / (Math.sqrt(v / (1 - Math.pow(0.999, k))) + 1e-8)"),
                    (slope, x, rate, n) -> adam(slope, x, rate, n, Slip.NO_SQUARE),
                    "v is the mean of the squares: g * g.")
            .mistake(
                    adamText("v + 0.001 * g * g", "m / (1 - Math.pow(0.9, k)) / (v / (1 - Math.pow(0.999, k)) + 1e-8)"),
                    (slope, x, rate, n) -> adam(slope, x, rate, n, Slip.NO_ROOT),
                    "v has the unit of a gradient squared; its root has the gradient's, so that the step has the rate's.")
            .mistake(
                    adamText(
                            "v + 0.001 * g * g",
                            "-m / (1 - Math.pow(0.9, k)) / (Math.sqrt(v / (1 - Math.pow(0.999, k))) + 1e-8)"),
                    (slope, x, rate, n) -> adam(slope, x, rate, n, Slip.UPHILL),
                    "Your x goes uphill. The step is taken off.")
            .tolerance(1e-6)
            .hint("A loop over k = 1 … n: `double g = slope.applyAsDouble(x);`, then the two means, then x.")
            .hint("`m = 0.9 * m + 0.1 * g;`, `v = 0.999 * v + 0.001 * g * g;`, and x loses rate · m̂ / √v̂.")
            .remark("Two numbers of memory for each weight: that is what has to go into the file beside the weights.")
            .build();

    /// In numbers of the reader's own: a cycle that is made to measure.
    public static final CodeExercise<Supplier<Cycle>> cycle = CodeExercise.<Supplier<Cycle>>of(
                    "07.3", "a cycle made to measure")
            .cell("""
                    double myPeriod = 10;          // years
                    Lesson07.cycle.check(() -> new Lesson07.Cycle(myPeriod, @@));""")
            .starter("todo()")
            .trial((answer, probe) -> ratios(answer.get()))
            .tolerance(1e-3)
            .answer(() -> new Cycle(2 * Math.PI, new double[] {1, 1 / 20.0, 1, 1 / 30.0}))
            .solution("""
                    new double[] {2 * Math.PI / myPeriod, 2 * Math.PI / myPeriod / 20,
                        2 * Math.PI / myPeriod, 2 * Math.PI / myPeriod / 30}""")
            .mistakeWhen(
                    "new double[] {1, 2}",
                    answer -> answer.get().rates.length != 4,
                    "Four numbers, α, β, γ, δ in this order: new double[] {…, …, …, …}.")
            .mistakeWhen(
                    "new double[] {2 * Math.PI / myPeriod, 2 * Math.PI / myPeriod / 30,"
                            + " 2 * Math.PI / myPeriod, 2 * Math.PI / myPeriod / 20}",
                    answer -> near(ratios(answer.get())[1], 2 / 3.0) && near(ratios(answer.get())[2], 1.5),
                    "The averages are exchanged: hares live at γ/δ, the lynx's rates, and lynx at α/β.")
            .mistakeWhen(
                    "new double[] {1 / myPeriod, 1 / myPeriod / 20, 1 / myPeriod, 1 / myPeriod / 30}",
                    answer -> near(ratios(answer.get())[0], 2 * Math.PI),
                    "Your cycle is longer by 2π: √(αγ) is an angle a year, and a cycle is 2π of it.")
            .mistakeWhen(
                    "new double[] {0.5, 0.5 / 20, 0.5, 0.5 / 30}",
                    answer -> near(ratios(answer.get())[1], 1) && near(ratios(answer.get())[2], 1),
                    "Both averages are right, the period is not: it is 2π/√(αγ).")
            .hint("Three conditions for four numbers, so one is free; let α = γ.")
            .hint("Then α = γ = 2π / myPeriod, and β and δ follow from α/β = 20 and γ/δ = 30.")
            .remark("So a start for a fit is read off a picture: two averages and a period.")
            .build();

    /// On paper: the error of a mean, from a Hessian.
    public static final NumberExercise hessian = NumberExercise.of("07.4", "a Hessian of one number")
            .cell("Lesson07.hessian.check(@@);")
            .expects(Math.sqrt(7.0 / 3))
            .solution("Math.sqrt(2 * (14 / 2.0) / 6)")
            .mistake("14 / 2.0 / 3", 7.0 / 3, "That is the variance. Its root has the unit of the numbers.")
            .mistake(
                    "Math.sqrt(14 / 2.0 / 6)",
                    Math.sqrt(7.0 / 6),
                    "The 2 is missing: S is twice what stands in the exponent of the normal density, times σ².")
            .mistake(
                    "Math.sqrt(2 * (14 / 3.0) / 6)",
                    Math.sqrt(14.0 / 9),
                    "One number was fitted to the three, so σ² is S over 3 − 1.")
            .mistake("Math.sqrt(14 / 2.0)", Math.sqrt(7), "That is σ, the error of one number. The mean is surer.")
            .hint("The best a is the mean, 3. S = 4 + 1 + 9 there, and its second derivative is 2 for each number.")
            .hint("H = 6 and σ² = 14/2. The error is the root of 2σ²/H.")
            .remark("This is σ/√n, the error of a mean. For six unknowns the same formula wants a matrix.")
            .build();

    private Lesson07() {}

    /// These rows of numbers, one after the other.
    public static double[] join(double[]... parts) {
        return Arrays.stream(parts).flatMapToDouble(Arrays::stream).toArray();
    }

    /// Σ (xᵢ − yᵢ)².
    public static double squares(double[] x, double[] y) {
        double[] difference = Matrices.plus(x, -1, y);
        return Matrices.dot(difference, difference);
    }

    /// Natural logarithms.
    public static double[] logs(double... values) {
        return Arrays.stream(values).map(Math::log).toArray();
    }

    /// The inverse of [#logs].
    public static double[] exp(double... values) {
        return Arrays.stream(values).map(Math::exp).toArray();
    }

    /// Product, number by number.
    public static double[] times(double[] x, double[] y) {
        double[] product = x.clone();
        Arrays.setAll(product, i -> x[i] * y[i]);
        return product;
    }

    /// Quotient, number by number.
    public static double[] over(double[] x, double[] y) {
        double[] quotient = x.clone();
        Arrays.setAll(quotient, i -> x[i] / y[i]);
        return quotient;
    }

    /// The last so many numbers.
    public static double[] last(double[] values, int count) {
        return Arrays.copyOfRange(values, values.length - count, values.length);
    }

    /// `from`, `from` + 1, …
    public static double[] counted(int from, int count) {
        return IntStream.range(from, from + count).asDoubleStream().toArray();
    }

    /// A list as an array.
    public static double[] numbers(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }

    /// What is fitted to lynx and hare, with units.
    public static String[] unknowns() {
        return new String[] {
            "α (1/year)",
            "β (1/year, per thousand lynx)",
            "γ (1/year)",
            "δ (1/year, per thousand hares)",
            "hares in 1900 (thousands)",
            "lynx in 1900 (thousands)"
        };
    }

    /// Period, hares' and lynx's average of small cycles, each divided by what it should be.
    private static double[] ratios(Cycle c) {
        double[] r = c.rates;
        return new double[] {2 * Math.PI / Math.sqrt(r[0] * r[2]) / c.period, r[2] / r[3] / 30, r[0] / r[1] / 20};
    }

    private static boolean near(double a, double b) {
        return Math.abs(a - b) < 1e-3 * b;
    }

    private static double adam(DoubleUnaryOperator slope, double x, double rate, int n, Slip slip) {
        double m = 0;
        double v = 0;
        double at = x;
        for (int k = 1; k <= n; k++) {
            double g = slope.applyAsDouble(at);
            m = 0.9 * m + 0.1 * g;
            v = 0.999 * v + 0.001 * (slip == Slip.NO_SQUARE ? g : g * g);
            double mean = slip == Slip.NO_CORRECTION ? m : m / (1 - Math.pow(0.9, k));
            double square = slip == Slip.NO_CORRECTION ? v : v / (1 - Math.pow(0.999, k));
            double root = slip == Slip.NO_ROOT ? square : Math.sqrt(square);
            at += (slip == Slip.UPHILL ? 1 : -1) * rate * mean / (root + 1e-8);
        }
        return at;
    }

    /// The exercise's solution with another mean of squares and another step.
    private static String adamText(String squares, String step) {
        return """
                {
                    double m = 0, v = 0;
                    for (int k = 1; k <= n; k++) {
                        double g = slope.applyAsDouble(x);
                        m = 0.9 * m + 0.1 * g;
                        v = 0.999 * %s;
                        x -= rate * %s;
                    }
                    return x;
                }""".formatted(squares, step);
    }
}
