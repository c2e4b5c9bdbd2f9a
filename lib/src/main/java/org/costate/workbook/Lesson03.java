package org.costate.workbook;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;

/// Exercises, predictions and fields of lesson 03: whether states can be found again on the way back.
public final class Lesson03 {
    private static final double ORBIT_STEP = 0.02;
    private static final int ORBIT_STEPS = 10_000;
    private static final int EVERY = 100;

    /// What a logarithmic axis shows for 0.
    private static final double LEAST = 1e-17;

    /// One step of a method.
    @FunctionalInterface
    public interface Step {
        /// The slots after a step.
        ///
        /// @param slots what the method carries along, `[slots][dimension]`; the state first. Not modified.
        /// @param h the step's length, negative for a step back
        double[][] take(double[][] slots, double h);
    }

    /// An answer of [#inverse]: the state before an Euler step.
    @FunctionalInterface
    public interface Undo {
        /// z with z + f(z) dt = x.
        double of(DoubleUnaryOperator f, double x, double dt);
    }

    /// How many digits the true inverse loses on a field of the reader's choice.
    ///
    /// @param rate at which the field contracts
    /// @param steps from t = 0 to 2
    /// @param measured decimal digits by which an error at the end has grown at the start
    /// @param predicted the same from the reader's formula
    public record Own(double rate, int steps, double measured, double predicted) {}

    /// Whether random signs can be run backwards.
    public static final Prediction signs = Prediction.of(
                    "03.signs", "Fifty random signs there, the same fifty back: where do we arrive?")
            .option(
                    "at 1.3",
                    "Once tossed, the signs are a function of time like any other, with jumps. Between two jumps the field"
                            + " is Lipschitz, so each piece can be run backwards, and so can all of them.")
            .option(
                    "elsewhere: the coin has destroyed uniqueness",
                    "The coin decides which field we are in, not which solution of it. With its fifty results written"
                            + " down, one solution goes through each point.")
            .option(
                    "that depends on the tosses",
                    "Where the way there ends depends on them. The way back uses the same signs in reverse order and"
                            + " cancels each piece, whatever its sign.")
            .answer('a');

    /// Where the post's step back leads on a contracting field.
    public static final Prediction law = Prediction.of(
                    "03.law", "Ten Euler steps there, ten steps of the post back: where do they arrive?")
            .option(
                    "near 0.9",
                    "So it is with 1000 steps. With ten, θΔt is −1, which is not small: look at what a single step does.")
            .option(
                    "at 0 exactly",
                    "θΔt = −1, so the first step goes to 1 − 1 = 0, and at 0 the field is 0: all later steps stay there,"
                            + " on both ways. The law says it too: 1 − (θΔt)² = 0.")
            .option(
                    "far above 1: errors grow on the way back",
                    "They do grow, by 1 + 1 = 2 in each step. But the way there has ended at 0 exactly, and twice 0 is 0."
                            + " With five steps it would be −243.")
            .answer('b');

    /// The order of a round trip.
    public static final Prediction order = Prediction.of(
                    "03.order", "RK4 there and back, with twice the steps: what becomes of the gap?")
            .option(
                    "a sixteenth too",
                    "That is the error of one way. On the way back most of it is taken back: for a method of even order"
                            + " the leading error of a step changes its sign with h.")
            .option(
                    "one part in 32",
                    "The leading error C h⁵ of a step there and C (−h)⁵ of the step back cancel, since 5 is odd. What"
                            + " is left is of order h⁶ a step, h⁵ over all of them.")
            .option(
                    "one part in 256: two ways, twice the order",
                    "Orders do not add up like that. The leading errors of the two ways cancel, the next ones do not:"
                            + " one order is won.")
            .answer('b');

    /// What exploded states do to the gradient of an uncoupled field.
    public static final Prediction hides = Prediction.of(
                    "03.hides", "How wrong is the gradient of the loss x₁(2)² from exploded states?")
            .option(
                    "just as absurd",
                    "It would be if each state had the same weight. Here the weight g shrinks on its way back, by the"
                            + " same field that makes the states explode.")
            .option(
                    "less than two percent off",
                    "g shrinks by 1 − λΔt in each step back while the state's error grows by 1 + λΔt: their product"
                            + " shrinks. Where the states are absurd, g is nearly 0. An example that hides the fault.")
            .option(
                    "right to all digits",
                    "Near the end g is large, and there the states are off a little: a step back misses by Δt².")
            .answer('b');

    /// How exactly reversible steps are undone.
    public static final Prediction undone = Prediction.of(
                    "03.undone", "Ten thousand reversible steps along an orbit, then undone: how much comes back?")
            .option(
                    "two or three digits, as many as the steps have right",
                    "Accuracy compares with the solution; undoing compares with the steps that were taken. The steps are"
                            + " undone by algebra, however wrong they were.")
            .option(
                    "all but the last few digits",
                    "Each step is undone up to rounding, and on an orbit nothing makes rounding errors grow fast: they"
                            + " only add up.")
            .option(
                    "nothing: ten thousand errors add up",
                    "They do add up, but each is a rounding error of about 1e-16, and ten thousand of those are still"
                            + " tiny.")
            .answer('b');

    /// On paper: the law of the post's way back.
    public static final NumberExercise back = NumberExercise.of("03.1", "there and back by Euler")
            .cell("Lesson03.back.check(@@);")
            .expects(4.8828125)
            .solution("2 * Math.pow(1 - 1.5 * 1.5, 4)")
            .mistake("Math.pow(1 - 1.5 * 1.5, 4)", 2.44140625, "The law is right; the start was 2, not 1.")
            .mistake(
                    "2 * Math.pow(1 - 1.5, 4)",
                    0.125,
                    "That is where the way there ends. Each of the four steps back multiplies by 1 − θΔt.")
            .mistake(
                    "2 * (1 - 1.5 * 1.5)",
                    -2.5,
                    "That is one step there and one back. There are four of each: the factor goes to the fourth power.")
            .mistake(
                    "2 * Math.pow(1 + 1.5 * 1.5, 4)",
                    223.1328125,
                    "A plus for a minus: (1 + θΔt)(1 − θΔt) = 1 − (θΔt)², for both signs of θ.")
            .mistake(
                    "2 * Math.pow(1 - 9 * 0.5, 4)",
                    300.125,
                    "You squared θ but not Δt: it is their product θΔt = −1.5 that is squared.")
            .hint("A step there multiplies by 1 + θΔt, a step back by 1 − θΔt. What do both together?")
            .hint("θΔt = −3 · ½ = −1.5, so one pair multiplies by 1 − 2.25 = −1.25. Four pairs, from 2.")
            .remark("From 2 to nearly 5, with nothing rounded: the steps were too long for so steep a field.")
            .build();

    /// On paper: odd orders win nothing on the way back.
    public static final NumberExercise third = NumberExercise.of("03.2", "a method of third order, there and back")
            .cell("Lesson03.third.check(@@);")
            .expects(8)
            .tolerance(1e-9)
            .solution("8")
            .mistake(
                    "16",
                    16,
                    "So it would be if an order were won as with RK4. That needs an error of a step that changes its sign"
                            + " with h; here it is C h⁴.")
            .mistake("4", 4, "That is what a method of second order gains on one way.")
            .mistake("64", 64, "Orders of the two ways do not add up: the gap is the sum of their errors.")
            .mistake("3", 3, "That is the order. The factor is 2 to the power of it.")
            .hint("The step there misses by C h⁴, the step back by C (−h)⁴. Do they add up or cancel?")
            .hint("They add up: 2 C h⁴ a step, and over T/h steps one power of h is lost.")
            .remark("So methods of even order are the ones to run backwards: order 2 comes back as well as order 3.")
            .build();

    /// In code: the true inverse of an Euler step, by sweeps.
    public static final CodeExercise<Undo> inverse = CodeExercise.<Undo>of("03.3", "the true inverse of an Euler step")
            .cell("Lesson03.inverse.check((f, x, dt) -> @@);")
            .starter("""
                    {
                        double z = x;
                        // many rounds
                        return todo();
                    }""")
            .trial((answer, probe) -> {
                double a = probe.number("a", 0.5, 1.5);
                double b = probe.number("b", 0.2, 0.8);
                return new double[] {
                    answer.of(z -> a * Math.sin(z) + b, probe.number("x", 0.5, 2), probe.number("dt", 0.1, 0.4))
                };
            })
            .answer((f, x, dt) -> sweeps(100, x, z -> x - f.applyAsDouble(z) * dt))
            .solution("""
                    {
                        double z = x;
                        for (int i = 0; i < 100; i++) {
                            z = x - f.applyAsDouble(z) * dt;
                        }
                        return z;
                    }""")
            .mistake(
                    "x - f.applyAsDouble(x) * dt",
                    (f, x, dt) -> x - f.applyAsDouble(x) * dt,
                    "That is the post's step: one round. Put its result into f and go on.")
            .mistake(
                    rounds("z = z - f.applyAsDouble(z) * dt;"),
                    (f, x, dt) -> sweeps(100, x, z -> z - f.applyAsDouble(z) * dt),
                    "Each of your rounds begins at the last z and takes a whole step back, so that z walks away. Every"
                            + " round begins at x: z + f(z) dt = x.")
            .mistake(
                    rounds("z = x + f.applyAsDouble(z) * dt;"),
                    (f, x, dt) -> sweeps(100, x, z -> x + f.applyAsDouble(z) * dt),
                    "Your z solves z − f(z) dt = x: that is a step forwards. Which sign leads back?")
            .hint("A loop of a hundred rounds. Each puts the z of the round before into f.")
            .hint("`z = x - f.applyAsDouble(z) * dt;`")
            .remark("The error shrinks by K Δt in each round. Here f has one number; with many it is the same loop.")
            .build();

    /// In numbers of the reader's own: how much a way back loses.
    public static final CodeExercise<Supplier<Own>> own = CodeExercise.<Supplier<Own>>of("03.4", "your own field")
            .cell("""
                    double myRate = 8;
                    int mySteps = 100;
                    double[] mine = walk(myRate, 2.0 / mySteps, 2, 0, mySteps), moved = mine.clone();
                    moved[mySteps] += 1;
                    double grown = inverse(myRate, 2.0 / mySteps, moved)[0] - inverse(myRate, 2.0 / mySteps, mine)[0];
                    Lesson03.own.check(() -> new Lesson03.Own(myRate, mySteps, Math.log10(Math.abs(grown)), @@));""")
            .trial((answer, probe) -> new double[] {answer.get().predicted / answer.get().measured})
            .tolerance(0.001)
            .answer(() -> new Own(8, 100, 1, 1))
            .solution("-mySteps * Math.log10(1 - myRate * 2 / mySteps)")
            .mistakeWhen(
                    "mySteps * Math.log10(1 + myRate * 2 / mySteps)",
                    predicts(o -> o.steps * Math.log10(1 + o.rate * 2 / o.steps)),
                    "That is what the post's step back loses. The true inverse divides by 1 − λΔt.")
            .mistakeWhen(
                    "myRate * 2 / Math.log(10)",
                    predicts(o -> o.rate * 2 / Math.log(10)),
                    "That is e to the λT, what the field itself does. So many steps come near it; what do exactly these"
                            + " do?")
            .mistakeWhen(
                    "-mySteps * Math.log(1 - myRate * 2 / mySteps)",
                    predicts(o -> -o.steps * Math.log(1 - o.rate * 2 / o.steps)),
                    "Decimal digits go by the logarithm to base 10, `Math.log10`.")
            .mistakeWhen(
                    "mySteps * Math.log10(1 - myRate * 2 / mySteps)",
                    predicts(o -> o.steps * Math.log10(1 - o.rate * 2 / o.steps)),
                    "The size is right: that many digits are lost, and you have written that they are won.")
            .mistakeWhen(
                    "-Math.log10(1 - myRate * 2 / mySteps)",
                    predicts(o -> -Math.log10(1 - o.rate * 2 / o.steps)),
                    "So much is lost in one step. There are `mySteps` of them.")
            .hint("Each step back divides an error by 1 − λΔt with Δt = 2 / mySteps.")
            .hint("The error has grown by (1 − λΔt) to the power −mySteps. Take `Math.log10` of that.")
            .remark("A double has sixteen digits. When this number gets near sixteen, nothing is left of the start.")
            .build();

    private Lesson03() {}

    /// The lesson's coupled field with θ = p\[0\], dx₁/dt = −25 (x₁ − cos t), dx₂/dt = θ x₁.
    public static void chase(double t, double[] x, double[] p, double[] dx) {
        dx[0] = -25 * (x[0] - Math.cos(t));
        dx[1] = p[0] * x[0];
    }

    /// aᵀ∂f/∂x and aᵀ∂f/∂θ of [#chase].
    public static void chaseVjp(double t, double[] x, double[] p, double[] a, double[] gx, double[] gp) {
        gx[0] = -25 * a[0] + p[0] * a[1];
        gp[0] = a[1] * x[0];
    }

    /// The pendulum with w = p\[0\], dx₁/dt = x₂, dx₂/dt = −w sin x₁.
    public static void pendulum(double t, double[] x, double[] p, double[] dx) {
        dx[0] = x[1];
        dx[1] = -p[0] * Math.sin(x[0]);
    }

    /// aᵀ∂f/∂x and aᵀ∂f/∂w of [#pendulum].
    public static void pendulumVjp(double t, double[] x, double[] p, double[] a, double[] gx, double[] gp) {
        gx[0] = -a[1] * p[0] * Math.cos(x[0]);
        gx[1] = a[0];
        gp[0] = -a[1] * Math.sin(x[0]);
    }

    /// Euler's step for a field that does not look at the clock.
    public static Step euler(UnaryOperator<double[]> f) {
        return (slots, h) -> new double[][] {Matrices.plus(slots[0], h, f.apply(slots[0]))};
    }

    /// The classical Runge–Kutta step for a field that does not look at the clock.
    public static Step rk4(UnaryOperator<double[]> f) {
        return (slots, h) -> {
            double[] x = slots[0];
            double[] a = f.apply(x);
            double[] b = f.apply(Matrices.plus(x, h / 2, a));
            double[] c = f.apply(Matrices.plus(x, h / 2, b));
            double[] d = f.apply(Matrices.plus(x, h, c));
            double[] ends = Matrices.plus(Matrices.plus(x, h / 6, a), h / 6, d);
            return new double[][] {Matrices.plus(Matrices.plus(ends, h / 3, b), h / 3, c)};
        };
    }

    /// Ten thousand steps of 0.02 there and as many back: at every hundredth step back how far the state is from what
    /// it
    /// was there, at least 10⁻¹⁷.
    ///
    /// @param start `[slots][dimension]`. Not modified.
    public static double[] missed(Step step, double[][] start) {
        double[][] seen = new double[ORBIT_STEPS + 1][];
        double[][] slots = start;
        for (int k = 0; k < ORBIT_STEPS; k++) {
            seen[k] = slots[0];
            slots = step.take(slots, ORBIT_STEP);
        }
        double[] missed = new double[ORBIT_STEPS / EVERY];
        for (int done = 1; done <= ORBIT_STEPS; done++) {
            slots = step.take(slots, -ORBIT_STEP);
            if (done % EVERY == 0) {
                missed[done / EVERY - 1] = Math.max(LEAST, Matrices.distance(slots[0], seen[ORBIT_STEPS - done]));
            }
        }
        return missed;
    }

    /// After how many steps back [#missed] looks.
    public static double[] undoneSteps() {
        double[] steps = new double[ORBIT_STEPS / EVERY];
        Arrays.setAll(steps, i -> (i + 1.0) * EVERY);
        return steps;
    }

    private static double sweeps(int rounds, double x, DoubleUnaryOperator round) {
        double z = x;
        for (int i = 0; i < rounds; i++) {
            z = round.applyAsDouble(z);
        }
        return z;
    }

    /// The solution's text with another round.
    private static String rounds(String round) {
        return """
                {
                    double z = x;
                    for (int i = 0; i < 100; i++) {
                        %s
                    }
                    return z;
                }""".formatted(round);
    }

    private static Predicate<Supplier<Own>> predicts(ToDoubleFunction<Own> formula) {
        return answer -> {
            double would = formula.applyAsDouble(answer.get());
            return Math.abs(answer.get().predicted - would) <= 1e-6 * Math.abs(would);
        };
    }
}
