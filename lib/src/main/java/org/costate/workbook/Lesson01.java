package org.costate.workbook;

import java.util.function.Predicate;
import java.util.function.Supplier;

/// Exercises and predictions of lesson 01: the gradient of three Euler steps.
public final class Lesson01 {
    /// An answer of [#backwards]: the gradient dL/dθ of n Euler steps for dx/dt = θ sin x and the loss (x_n − y)².
    @FunctionalInterface
    public interface LoopGradient {
        double of(double theta, double x0, double y, double dt, int n);
    }

    /// An answer of [#sensitivity]: the total derivative dx/dθ after one more Euler step for dx/dt = θ sin x.
    @FunctionalInterface
    public interface Sensitivity {
        /// The next total derivative.
        ///
        /// @param s dx/dθ before the step
        /// @param x the state before the step
        double next(double s, double x, double theta, double dt);
    }

    /// How the error at the end depends on the number of steps.
    public static final Prediction halve = Prediction.of(
                    "01.halve", "Twice as many Euler steps over the same time: what happens to the error at the end?")
            .option(
                    "it becomes half as large",
                    "One step misses by about Δt², since it ignores the bend of the curve. Twice as many steps miss"
                            + " by a quarter each, and there are twice as many of them: half remains. Euler is a method"
                            + " of first order.")
            .option(
                    "it becomes a quarter",
                    "That is the error of a single step, which goes like Δt². But twice as many steps are made, and"
                            + " their errors add up.")
            .option(
                    "it stays, only the picture gets smoother",
                    "Each new step looks at the slope anew where it starts, so the polygon follows the curve more"
                            + " closely, and its end does too.")
            .answer('a');

    /// Which step's use of θ counts most.
    public static final Prediction largest = Prediction.of(
                    "01.largest", "Three steps of dx/dt = θx. Which step's knob moves the loss most?")
            .option(
                    "the first: both later steps amplify what it does",
                    "They do: its effect is multiplied by 1 + θΔt twice. But a knob moves its step by x Δt, and x is"
                            + " smallest in the first step, by the same two factors.")
            .option(
                    "the last: x is largest there, and the knob multiplies x",
                    "It is: x has grown by 1 + θΔt in each step before. But what the last step does is amplified by no"
                            + " later step, and that loses the same factors.")
            .option(
                    "none: all three count the same",
                    "The state grows by 1 + θΔt a step on the way there, g by the same factor on the way back."
                            + " Their product does not change. This is a gift of the linear field; a network does not"
                            + " make it.")
            .answer('c');

    /// How far over-counting goes with many steps.
    public static final Prediction hundred = Prediction.of(
                    "01.hundred", "With three steps the wrong reading gives 2 times the gradient. With a hundred?")
            .option(
                    "2 times as well",
                    "The knob of the first step is seen in every later state. With more steps there are more states in"
                            + " which to see it again.")
            .option(
                    "about 50 times",
                    "The first knob is counted a hundred times, the last once, and (1 + 2 + … + 100) / 100 = 50.5. For N"
                            + " steps it is (N + 1) / 2, and for three steps 2.")
            .option(
                    "100 times",
                    "Only the first knob is counted a hundred times, once in each state. The last is counted once, and"
                            + " the others lie between.")
            .answer('b');

    /// The limit of the product of factors I + J Δt.
    public static final Prediction propagator = Prediction.of(
                    "01.propagator", "Many short steps in place of three: where does the product of their factors go?")
            .option(
                    "to I, since every factor does",
                    "Every factor comes closer to I in proportion to Δt, but there are 1/Δt times as many. As with"
                            + " (1 + 1/N)ᴺ, which does not tend to 1, the two balance.")
            .option(
                    "to Φ(T)",
                    "Each factor is one Euler step for dΦ/dt = JΦ, and Euler's method converges: four times as many"
                            + " steps, a quarter of the error.")
            .option(
                    "it grows without bound: there are more factors",
                    "There are more, but each is closer to I in the same proportion. (1 + 1/N)ᴺ stays below e for the"
                            + " same reason.")
            .answer('b');

    /// On paper: what the choice between sum and mean does to a learning rate.
    public static final NumberExercise rate = NumberExercise.of("01.1", "sum or mean")
            .cell("Lesson01.rate.check(@@);")
            .expects(0.005)
            .solution("0.05 / 10")
            .mistake(
                    "0.05",
                    0.05,
                    "With the same rate your steps would be ten times as long: the gradient of the sum is"
                            + " 10 times that of the mean.")
            .mistake(
                    "0.05 * 10",
                    0.5,
                    "The wrong way round: the gradient of the sum is the larger one, so it needs the smaller rate.")
            .hint("A step of gradient descent is −(rate) · (gradient). Which of the two gradients is larger, and how"
                    + " many times?")
            .hint("The mean divides by n = 10, so the sum's gradient is 10 times as large. The product must stay.")
            .remark("Whenever two programs disagree by a whole-number factor, ask first whether one takes the sum and"
                    + " the other the mean.")
            .build();

    /// On paper: two steps of a field that is not linear.
    public static final NumberExercise twoSteps = NumberExercise.of("01.2", "two steps of dx/dt = θx²")
            .cell("Lesson01.twoSteps.check(@@);")
            .expects(2.375)
            .solution("2.5 * 1 * 0.5 + 1 * 2.25 * 0.5")
            .mistake(
                    "3.625 * 1 * 0.5 + 1 * 2.25 * 0.5",
                    2.9375,
                    "You took the slope 2θx of the field at x₂, where the last step ends. The step depends on the state"
                            + " in which it starts: x₁.")
            .mistake(
                    "1 * 2.375 + 2.5 * 0.5",
                    3.625,
                    "Over-counted: you took the total dx₂/dθ, in which the first step's knob is already contained, and"
                            + " added that knob once more.")
            .mistake(
                    "1.5 * 1 * 0.5 + 1 * 2.25 * 0.5",
                    1.875,
                    "The 1 is missing in the factor 1 + 2θx₁Δt: a step keeps the old state and adds to it.")
            .mistake("2.5 * 1 * 0.5", 1.25, "That is the first step's term alone. θ acts in the second step too.")
            .mistake(
                    "2.5 * 1 + 1 * 2.25",
                    4.75,
                    "A knob turns its step by x² Δt: the step length is missing in both terms.")
            .mistake(
                    "(2.5 * 1 * 0.5 + 1 * 2.25 * 0.5) / 2",
                    1.1875,
                    "Half of it: the slope of (x₂ − y)² is 2 (x₂ − y), not x₂ − y.")
            .hint("Forwards first: x₁ = 1 + 1·½, then x₂. Backwards: g₂ = 2 (x₂ − y), then g₁ = g₂ (1 + 2θx₁Δt).")
            .hint("x₁ = 1.5, x₂ = 2.625, g₂ = 1, g₁ = 2.5. The knob of a step moves the state by x²Δt, with x before"
                    + " that step.")
            .remark("Here the steps do not count the same: 1.25 for the first, 1.125 for the second.")
            .build();

    /// Code: forwards, then backwards, in a loop.
    public static final CodeExercise<LoopGradient> backwards = CodeExercise.<LoopGradient>of(
                    "01.4", "a loop and its gradient")
            .cell("Lesson01.backwards.check((theta, x0, y, dt, n) -> @@);")
            .starter("""
                    {
                        double[] x = new double[n + 1];
                        x[0] = x0;
                        // forwards: x[1] … x[n]
                        // backwards: g, and the sum of the terms
                        return todo();
                    }""")
            .trial((answer, probe) -> new double[] {
                answer.of(
                        probe.number("theta", 0.5, 1.5),
                        probe.number("x0", 0.4, 1.2),
                        probe.number("y", -1, 0),
                        probe.number("dt", 0.1, 0.4),
                        probe.integer("n", 3, 7))
            })
            .answer((theta, x0, y, dt, n) -> loop(theta, x0, y, dt, n, Slip.NONE))
            .solution("""
                    {
                        double[] x = new double[n + 1];
                        x[0] = x0;
                        for (int k = 0; k < n; k++) {
                            x[k + 1] = x[k] + theta * Math.sin(x[k]) * dt;
                        }
                        double g = 2 * (x[n] - y), sum = 0;
                        for (int k = n - 1; k >= 0; k--) {
                            sum += g * Math.sin(x[k]) * dt;
                            g *= 1 + theta * Math.cos(x[k]) * dt;
                        }
                        return sum;
                    }""")
            .mistake(
                    wrongLoop("sum += g * Math.sin(x[k + 1]) * dt;\ng *= 1 + theta * Math.cos(x[k + 1]) * dt;"),
                    (theta, x0, y, dt, n) -> loop(theta, x0, y, dt, n, Slip.LATER_STATE),
                    "You evaluate at the state after each step. Step k starts from x[k], and its derivatives are taken"
                            + " there.")
            .mistake(
                    wrongLoop("g *= 1 + theta * Math.cos(x[k]) * dt;\nsum += g * Math.sin(x[k]) * dt;"),
                    (theta, x0, y, dt, n) -> loop(theta, x0, y, dt, n, Slip.EARLY_FACTOR),
                    "g goes back over the step before its term is added. The knob of a step acts on the state behind"
                            + " it: add the term with the g of that state, then go back.")
            .mistake(
                    wrongLoop("sum += g * Math.sin(x[k]) * dt;\ng *= 1 - theta * Math.cos(x[k]) * dt;"),
                    (theta, x0, y, dt, n) -> loop(theta, x0, y, dt, n, Slip.MINUS),
                    "A minus in the factor 1 + θ cos(x)Δt. Going back over a step multiplies by that step's own"
                            + " derivative; it does not undo the step.")
            .mistake(
                    wrongLoop("sum += g * Math.sin(x[k]) * dt;\ng *= theta * Math.cos(x[k]) * dt;"),
                    (theta, x0, y, dt, n) -> loop(theta, x0, y, dt, n, Slip.NO_ONE),
                    "The 1 is missing in the factor 1 + θ cos(x)Δt: a step keeps the old state and adds to it.")
            .mistake(
                    wrongLoop("sum += g * Math.sin(x[k]);\ng *= 1 + theta * Math.cos(x[k]) * dt;"),
                    (theta, x0, y, dt, n) -> loop(theta, x0, y, dt, n, Slip.NO_DT),
                    "dt is missing in the terms: the knob of a step moves the state by sin(x) · dt.")
            .mistake(
                    wrongLoop("sum = g * Math.sin(x[k]) * dt;\ng *= 1 + theta * Math.cos(x[k]) * dt;"),
                    (theta, x0, y, dt, n) -> loop(theta, x0, y, dt, n, Slip.LAST_ONLY),
                    "You return one term, that of the first step, and not the sum over all steps: `sum +=`.")
            .hint("Two loops. The first fills x, the second runs k = n − 1, …, 0 with g = 2 (x[n] − y) at first.")
            .hint("In the second loop: `sum += g * Math.sin(x[k]) * dt;` then `g *= 1 + theta * Math.cos(x[k]) * dt;`")
            .remark(
                    "This is reverse-mode differentiation of a loop, complete. It kept all of x: that is the memory which"
                            + " the next lesson measures and the adjoint method saves.")
            .build();

    /// Code: the total derivative, step by step forwards.
    public static final CodeExercise<Sensitivity> sensitivity = CodeExercise.<Sensitivity>of(
                    "01.3", "the total derivative, forwards")
            .cell("Lesson01.sensitivity.check((s, x, theta, dt) -> @@);")
            .trial((answer, probe) -> new double[] {
                answer.next(
                        probe.number("s", 0.5, 2),
                        probe.number("x", 0.5, 2),
                        probe.number("theta", 0.2, 1),
                        probe.number("dt", 0.1, 0.4))
            })
            .answer((s, x, theta, dt) -> (1 + theta * Math.cos(x) * dt) * s + Math.sin(x) * dt)
            .solution("(1 + theta * Math.cos(x) * dt) * s + Math.sin(x) * dt")
            .mistake(
                    "Math.sin(x) * dt",
                    (s, x, theta, dt) -> Math.sin(x) * dt,
                    "That is the direct part: the knob of this step alone. What the earlier knobs did is in s and is"
                            + " handed on.")
            .mistake(
                    "(1 + theta * Math.cos(x) * dt) * s",
                    (s, x, theta, dt) -> (1 + theta * Math.cos(x) * dt) * s,
                    "That hands on what the earlier knobs did. The knob of this step is missing: it moves the state by"
                            + " sin x · dt.")
            .mistake(
                    "s + Math.sin(x) * dt",
                    (s, x, theta, dt) -> s + Math.sin(x) * dt,
                    "s is handed on unchanged here, but a step of dx/dt = θ sin x multiplies every earlier change by"
                            + " 1 + θ cos x · dt.")
            .mistake(
                    "(1 + theta * Math.cos(x) * dt) * (s + Math.sin(x) * dt)",
                    (s, x, theta, dt) -> (1 + theta * Math.cos(x) * dt) * (s + Math.sin(x) * dt),
                    "The new part sin x · dt is made by this step and has not gone through it: only s is multiplied.")
            .mistake(
                    "(1 + theta * dt) * s + x * dt",
                    (s, x, theta, dt) -> (1 + theta * dt) * s + x * dt,
                    "That is the step of dx/dt = θx. Here the field is θ sin x.")
            .hint(
                    "Differentiate x⁺ = x + θ sin x · dt by θ, where x depends on θ too and dx/dθ = s. Mind the product rule.")
            .hint("d(θ sin x)/dθ = sin x + θ cos x · s. So s⁺ = s + (sin x + θ cos x · s) dt.")
            .remark("This runs forwards beside the state and stores nothing. Why not always do it so? Because for a"
                    + " million parameters s is a million numbers for each component of x. Lesson 02 counts.")
            .build();

    /// The reader's own parameters: a network that forgets its start.
    public static final CodeExercise<Supplier<double[][]>> forget = CodeExercise.<Supplier<double[][]>>of(
                    "01.5", "a network of your own that forgets")
            .cell("Lesson01.forget.check(() -> @@);")
            .trial((answer, probe) -> new double[] {ratio(answer) < 0.1 ? 1 : 0})
            .answer(() -> new double[][] {{-2, 0}, {0, -2}})
            .solution("new double[][] {{-2, 0}, {0, -2}}")
            .mistakeWhen(
                    "new double[][] {{-2, -2}}",
                    answer -> answer.get().length != 2 || answer.get()[0].length != 2 || answer.get()[1].length != 2,
                    "W must have two rows of two numbers: new double[][] {{…, …}, {…, …}}.")
            .mistakeWhen(
                    "new double[][] {{0, 0}, {0, 0}}",
                    ratioIs(r -> Math.abs(r - 1) < 1e-12),
                    "Without W the slope does not depend on the state: J = 0, every factor is I, and g arrives at the"
                            + " start as it was at the end. Nothing is forgotten.")
            .mistakeWhen(
                    "new double[][] {{1, 0}, {0, 1}}",
                    answer -> ratio(answer) > 1 && answer.get()[0][0] + answer.get()[1][1] >= 0,
                    "With this W the gradient grows on its way back: I + JΔt stretches. What must J be like for"
                            + " I + JΔt to be small?")
            .mistakeWhen(
                    "new double[][] {{-12, 0}, {0, -12}}",
                    answer -> ratio(answer) > 1,
                    "Too much of a good thing: a factor 1 + JΔt may be below −1 as well, and then it stretches and"
                            + " turns about. The steps are too long for so steep a field.")
            .mistakeWhen(
                    "new double[][] {{-0.5, 0}, {0, -0.5}}",
                    ratioIs(r -> r >= 0.1),
                    "The gradient shrinks on its way back, but not to a tenth yet. How close to zero can you bring"
                            + " 1 + JΔt with Δt = ½?")
            .hint("g₀ = g₃ (I + J₂Δt)(I + J₁Δt)(I + J₀Δt) with J = diag(1 − tanh²) W. Make the factors small.")
            .hint(
                    "With W = −w I and small states J is about −w, so a factor is about 1 − w/2. Which w makes that zero?")
            .remark("This is the vanishing gradient, seen from its cause: a field that contracts forgets where it came"
                    + " from, and what is forgotten has no gradient. Lesson 03 runs such a field backwards, with"
                    + " surprising ends.")
            .build();

    private Lesson01() {}

    /// The likely mistakes in [#backwards].
    private enum Slip {
        NONE,
        LATER_STATE,
        EARLY_FACTOR,
        MINUS,
        NO_ONE,
        NO_DT,
        LAST_ONLY
    }

    private static double loop(double theta, double x0, double y, double dt, int n, Slip slip) {
        double[] x = new double[n + 1];
        x[0] = x0;
        for (int k = 0; k < n; k++) {
            x[k + 1] = x[k] + theta * Math.sin(x[k]) * dt;
        }
        double g = 2 * (x[n] - y);
        double sum = 0;
        for (int k = n - 1; k >= 0; k--) {
            double at = slip == Slip.LATER_STATE ? x[k + 1] : x[k];
            double slope = theta * Math.cos(at) * dt;
            double before = switch (slip) {
                case MINUS -> g * (1 - slope);
                case NO_ONE -> g * slope;
                default -> g * (1 + slope);
            };
            double term = (slip == Slip.EARLY_FACTOR ? before : g) * Math.sin(at) * (slip == Slip.NO_DT ? 1 : dt);
            sum = slip == Slip.LAST_ONLY ? term : sum + term;
            g = before;
        }
        return sum;
    }

    /// The solution's text with another body of the second loop.
    private static String wrongLoop(String body) {
        return """
                {
                    double[] x = new double[n + 1];
                    x[0] = x0;
                    for (int k = 0; k < n; k++) {
                        x[k + 1] = x[k] + theta * Math.sin(x[k]) * dt;
                    }
                    double g = 2 * (x[n] - y), sum = 0;
                    for (int k = n - 1; k >= 0; k--) {
                        %s
                    }
                    return sum;
                }""".formatted(body.replace("\n", "\n        "));
    }

    private static Predicate<Supplier<double[][]>> ratioIs(java.util.function.DoublePredicate holds) {
        return answer -> holds.test(ratio(answer));
    }

    /// |dL/dx0| / |dL/dx3| of the lesson's network with this W.
    private static double ratio(Supplier<double[][]> answer) {
        double[][] w = answer.get();
        double[] b = {0.1, -0.2};
        double[] target = {0.5, 0.25};
        double dt = 0.5;
        double[][] x = new double[4][];
        x[0] = new double[] {1, -0.5};
        for (int k = 0; k < 3; k++) {
            x[k + 1] = new double[2];
            for (int i = 0; i < 2; i++) {
                x[k + 1][i] = x[k][i] + dt * Math.tanh(w[i][0] * x[k][0] + w[i][1] * x[k][1] + b[i]);
            }
        }
        double[] g = {2 * (x[3][0] - target[0]), 2 * (x[3][1] - target[1])};
        double end = Math.hypot(g[0], g[1]);
        for (int k = 2; k >= 0; k--) {
            double[] before = g.clone();
            for (int i = 0; i < 2; i++) {
                double f = (x[k + 1][i] - x[k][i]) / dt;
                for (int j = 0; j < 2; j++) {
                    before[j] += g[i] * (1 - f * f) * w[i][j] * dt;
                }
            }
            g = before;
        }
        return Math.hypot(g[0], g[1]) / end;
    }
}
