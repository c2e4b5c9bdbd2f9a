package org.costate.workbook;

import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.costate.workbook.Remembered.Omission;
import org.costate.workbook.SlippedSteps.Slip;

/// Exercises, predictions and questions of lesson 10: the post, claim by claim.
public final class Lesson10 {
    /// An answer of [#repair]: dL/dθ of Euler steps for dx/dt = θ sin(x + t) and the loss (xₙ − y)².
    @FunctionalInterface
    public interface Steps {
        /// dL/dθ.
        ///
        /// @param x the states x₀ … xₙ
        double slope(double theta, double[] x, double y, double dt);
    }

    /// A problem with one state and one parameter, as the adjoint method sees it: dx/dt = f and the cost
    /// ∫ L dt + F(x(T)), by their derivatives.
    public interface Problem {
        /// f.
        double f(double x, double t);

        /// ∂f/∂x.
        double fX(double x, double t);

        /// ∂f/∂θ.
        double fTheta(double x, double t);

        /// ∂L/∂x.
        double runningX(double x, double t);

        /// ∂L/∂θ.
        double runningTheta(double x, double t);

        /// dF/dx.
        double terminalX(double x);
    }

    /// An answer of [#memory]: {dJ/dθ, dJ/dx0} by n Euler steps there and back.
    @FunctionalInterface
    public interface FromMemory {
        double[] gradient(Problem p, double x0, double end, int n);
    }

    /// The reader's θ and T in [#own].
    ///
    /// @param measured how many times too small the post's λ(0) is
    /// @param predicted the same from the reader's formula
    public record Own(double theta, double end, double measured, double predicted) {}

    /// How many statements hold.
    public static final Prediction tally = Prediction.of("10.tally", "How many of the 58 hold as they stand?")
            .option(
                    "about a sixth",
                    "Fewer hold than one would think, and still more than that: the Lagrangian derivation, with its many"
                            + " statements, is sound nearly to its end.")
            .option(
                    "about a third",
                    "Seventeen. Twenty-six more hold once a word, a sign or a condition is mended; fourteen do not, and one"
                            + " that should be there is missing.")
            .option(
                    "about two thirds",
                    "With those that hold after a correction it would be more than two thirds. As they stand they mislead:"
                            + " a reader who programs them gets a wrong number, or a right one for a wrong reason.")
            .answer('b');

    /// The price of a recomputed gradient in products.
    public static final Prediction products = Prediction.of(
                    "10.products", "A hundred recomputed steps, two numbers of state: how many products?")
            .option(
                    "100: one a step",
                    "One row times one Jacobian a step, and the same product brings the six numbers for θ along.")
            .option(
                    "200: a Jacobian has two rows",
                    "Two would build the Jacobian. Nobody asks for it: the row that comes down from the loss is all that"
                            + " is to be multiplied.")
            .option(
                    "800: one for each of its entries, by x and by θ",
                    "That is the number of entries of all the Jacobians. A product with a row gives sums over columns at"
                            + " once, at the price of about one evaluation.")
            .answer('a');

    /// Which slips go away with more steps.
    public static final Prediction fade = Prediction.of(
                    "10.fade", "Ten times as many steps: which of three slips repairs itself?")
            .option(
                    "the minus in 1 − J Δt (C53)",
                    "Each factor is nearer to 1, but there are ten times as many, and their product goes to another limit.")
            .option(
                    "the recomputed states (C20)",
                    "A step back misses by Δt². Ten times as many misses, each a hundredth as large: a tenth is left.")
            .option(
                    "terms that are counted more than once (C13)",
                    "The more steps, the more terms are counted again: this slip grows with the steps.")
            .answer('b');

    /// Code: a program with four of the post's slips.
    public static final CodeExercise<Steps> repair = CodeExercise.<Steps>of("10.1", "four slips in one program")
            .cell("Lesson10.repair.check((theta, x, y, dt) -> @@);")
            .starter(SlippedSteps.text("todo()", Slip.values()))
            .trial((answer, probe) -> {
                double theta = probe.number("theta", 0.4, 0.9);
                double dt = probe.number("dt", 0.1, 0.3);
                double[] x = SlippedSteps.states(theta, probe.number("x0", 0.5, 1.5), dt, 6);
                return new double[] {answer.slope(theta, x, probe.number("y", 2, 3), dt)};
            })
            .answer(SlippedSteps.with())
            .solution(SlippedSteps.text("sum"))
            .mistake(
                    SlippedSteps.text("sum", Slip.values()),
                    SlippedSteps.with(Slip.values()),
                    "All four are still there. Look up C12, C17, C26 and C53 in the tables above.")
            .mistake(
                    SlippedSteps.text("sum", Slip.INDEX),
                    SlippedSteps.with(Slip.INDEX),
                    "One is left, in what the field is told of the time.")
            .mistake(
                    SlippedSteps.text("sum", Slip.LATER),
                    SlippedSteps.with(Slip.LATER),
                    "One is left: a step has its derivatives where it begins.")
            .mistake(
                    SlippedSteps.text("sum", Slip.LAST),
                    SlippedSteps.with(Slip.LAST),
                    "One is left: of n terms only the one computed last is returned.")
            .mistake(
                    SlippedSteps.text("sum", Slip.MINUS),
                    SlippedSteps.with(Slip.MINUS),
                    "One is left, in the factor of g.")
            .mistake(
                    SlippedSteps.text("sum", Slip.LATER, Slip.INDEX),
                    SlippedSteps.with(Slip.LATER, Slip.INDEX),
                    "Sum and factor are right now. Two are left: at which state, and at which time.")
            .hint(
                    "Step k leads from x[k − 1], at the time (k − 1) Δt, to x[k]. That is where its derivatives are taken.")
            .hint("`sum +=` …, then `g *= 1 + theta * Math.cos(x[k - 1] + (k - 1) * dt) * dt;`")
            .remark(
                    "Each of the four compiles, runs, and gives a number that looks like a gradient. Nudging finds them all.")
            .build();

    /// In numbers of the reader's own: what the post's last formula loses.
    public static final CodeExercise<Supplier<Own>> own = CodeExercise.<Supplier<Own>>of("10.2", "how much too small")
            .cell("""
                    double myTheta = 0.8, myT = 1.5;
                    double plus = 1, minus = 1;
                    for (int k = 0; k < 100_000; k++) {
                        plus *= 1 + myTheta * myT / 100_000;
                        minus *= 1 - myTheta * myT / 100_000;
                    }
                    Lesson10.own.check(() -> new Lesson10.Own(myTheta, myT, plus / minus, @@));""")
            .trial((answer, probe) -> new double[] {answer.get().predicted / answer.get().measured})
            .tolerance(1e-3)
            .answer(() -> new Own(0.8, 1.5, 1, 1))
            .solution("Math.exp(2 * myTheta * myT)")
            .mistakeWhen(
                    "Math.exp(myTheta * myT)",
                    predicts(o -> Math.exp(o.theta * o.end)),
                    "That is by how much the right λ has grown. The post's shrinks in the same time.")
            .mistakeWhen(
                    "Math.exp(-2 * myTheta * myT)",
                    predicts(o -> Math.exp(-2 * o.theta * o.end)),
                    "The other way round: the right one over the post's.")
            .mistakeWhen(
                    "2 * myTheta * myT",
                    predicts(o -> 2 * o.theta * o.end),
                    "That is the exponent. What do (1 + z/N)ᴺ and (1 − z/N)ᴺ tend to?")
            .mistakeWhen(
                    "(1 + myTheta * myT) / (1 - myTheta * myT)",
                    predicts(o -> (1 + o.theta * o.end) / (1 - o.theta * o.end)),
                    "That is one step for all of the time. There are a hundred thousand.")
            .hint("For many steps, (1 + z/N)ᴺ tends to e to the z. Put z = θT, then z = −θT.")
            .hint("The right one tends to e to the θT, the post's to e to the −θT. Divide.")
            .remark("The factor does not depend on the number of steps: no patience repairs a sign.")
            .build();

    /// On paper: λ(0) in the post's sign.
    public static final NumberExercise lambda = NumberExercise.of("10.3", "the post's multiplier")
            .cell("Lesson10.lambda.check(@@);")
            .expects(-2)
            .solution("-2")
            .mistake("2", 2, "That is a(0). The post's λ has the other sign.")
            .mistake("-4", -4, "That is λ(T). Now solve it back to 0.")
            .mistake("-8", -8, "Your λ has grown on its way back. With f_x = −1, λ′ = −λ f_x = λ: forwards it grows.")
            .mistake("-0.5", -0.5, "Is x(T) = 2, so that F_x = 4? λ(0) is that halved, with a minus.")
            .hint("x(T) = 4 e to the −T = 2. What is λ(T)?")
            .hint("λ(T) = −2 x(T) = −4, and λ′ = −λ f_x = λ, so λ(0) = λ(T) e to the −T.")
            .remark("The witness: J = x₀² e to the −2T = x₀²/4, so dJ/dx₀ = x₀/2 = 2 = −λ(0).")
            .build();

    /// Code: the adjoint method, from memory.
    public static final CodeExercise<FromMemory> memory = CodeExercise.<FromMemory>of("10.4", "from memory")
            .cell("Lesson10.memory.check((p, x0, T, n) -> @@);")
            .starter("""
                    {
                        double h = T / n;
                        // there
                        // back: a, and the sum for θ
                        return todo();               // new double[] {dJ/dθ, dJ/dx0}
                    }""")
            .trial((answer, probe) -> answer.gradient(
                    new Remembered.Wave(probe.number("theta", 0.5, 1), probe.number("y", 2, 3)),
                    probe.number("x0", 0.5, 1.2),
                    probe.number("T", 1, 1.5),
                    4000))
            .tolerance(5e-3)
            .answer(Remembered.with(Omission.NOTHING))
            .solution(Remembered.text(Omission.NOTHING))
            .mistake(
                    Remembered.text(Omission.SIGN),
                    Remembered.with(Omission.SIGN),
                    "The sign of the step: a′ = −a f_x − L_x, and the step back is −h long. Two minuses make a plus.")
            .mistake(
                    Remembered.text(Omission.RUNNING),
                    Remembered.with(Omission.RUNNING),
                    "The costate does not hear of the running cost: L_x is missing in its equation.")
            .mistake(
                    Remembered.text(Omission.DIRECT),
                    Remembered.with(Omission.DIRECT),
                    "θ also costs directly: L_θ is missing under the integral.")
            .mistake(
                    Remembered.text(Omission.END),
                    Remembered.with(Omission.END),
                    "At the end you took −F_x, the post's λ(T), and went on with the equations of a = −λ.")
            .hint(
                    "Keep the states. At the end a = F_x. One step back adds (L_θ + a f_θ) h to the sum, (L_x + a f_x) h to a.")
            .hint(
                    "`double a = p.terminalX(x[n]), sum = 0;` and in the loop from n − 1 down to 0, `sum += …` before `a += …`")
            .remark(
                    "That is all of it. A solver of higher order, vectors in place of numbers, a VJP in place of a times f_x:"
                            + " the rest of the library.")
            .build();

    private Lesson10() {}

    /// A link to a section of a lesson, as a table shows it.
    ///
    /// @param lesson such as `03-running-time-backwards`
    /// @param section the heading's words
    public static String link(String lesson, String section) {
        return "[" + lesson.substring(0, 2) + " " + section + "](" + lesson + ".ipynb#" + section.replace(' ', '-')
                + ")";
    }

    /// A link to a lesson, by its number.
    ///
    /// @param lesson such as `03-running-time-backwards`
    public static String lesson(String lesson) {
        return "[" + lesson.substring(0, 2) + "](" + lesson + ".ipynb)";
    }

    /// The answer to one of the ten questions; before a number is given, how to ask.
    ///
    /// @param n 1 to 10
    public static Card answer(int n) {
        return Questions.answer(n);
    }

    /// ∫ from 0 to `end` by Simpson's rule, from values at an odd number of times at equal distances.
    public static double integral(double[] values, double end) {
        int n = values.length - 1;
        double sum = values[0] + values[n];
        for (int k = 1; k < n; k++) {
            sum += (k % 2 == 0 ? 2 : 4) * values[k];
        }
        return sum * end / (3 * n);
    }

    /// The numbers in the other order.
    ///
    /// @param values Not modified.
    public static double[] reversed(double[] values) {
        double[] turned = values.clone();
        for (int i = 0; i < turned.length; i++) {
            turned[i] = values[values.length - 1 - i];
        }
        return turned;
    }

    private static Predicate<Supplier<Own>> predicts(ToDoubleFunction<Own> formula) {
        return answer -> {
            double wrong = formula.applyAsDouble(answer.get());
            return Math.abs(answer.get().predicted - wrong) <= 1e-9 * Math.abs(wrong);
        };
    }
}
