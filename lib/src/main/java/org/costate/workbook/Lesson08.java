package org.costate.workbook;

import java.util.function.DoubleBinaryOperator;
import java.util.function.Supplier;

/// Exercises and predictions of lesson 08: motions that must stay where they are told to.
public final class Lesson08 {
    private static final double STABLE = 2.785;
    private static final double SPAN = 3;

    /// An answer of [#unit]: the way back through z = x / |x|.
    @FunctionalInterface
    public interface Backward {
        /// aᵀ ∂z/∂x.
        ///
        /// @param x what was brought to length 1. Not modified.
        /// @param a the cotangent of z. Not modified.
        double[] of(double[] x, double[] a);
    }

    /// A bead that is pressed against a wall at 1 by a push that does not change, for 3 s, by RK4.
    ///
    /// @param push the bead's speed without a wall
    /// @param allowed how far it may get into the wall
    /// @param weight the wall's, k
    /// @param steps of RK4
    /// @param deepest how far it did get into the wall
    public record Pressed(double push, double allowed, double weight, double steps, double deepest) {
        /// The fewest steps with which RK4 is stable in the wall, where the field's slope is −k (1 − e^−push).
        private double leastSteps() {
            return SPAN * weight * (1 - Math.exp(-push)) / STABLE;
        }

        private boolean fits() {
            return deepest <= allowed && deepest > allowed / 2 && steps < 3 * leastSteps();
        }
    }

    /// Which energy is better after a long time.
    public static final Prediction energy = Prediction.of(
                    "08.energy", "As many evaluations for both, and a thousand seconds: whose energy is better?")
            .option(
                    "that of RK4: order 4 against order 2",
                    "Its error in one step is far smaller. But every step takes a little energy away, never gives any"
                            + " back, and there are 1250 of them.")
            .option(
                    "that of Störmer–Verlet: its error does not add up",
                    "Its steps conserve, nearly to the last digit, an energy that differs from H by O(h²). So H itself"
                            + " swings about its value and never leaves.")
            .option(
                    "both are lost",
                    "Störmer–Verlet's energy is off by O(h²) after one swing, and by no more after a thousand.")
            .answer('b');

    /// What the way back through a projection does.
    public static final Prediction costate = Prediction.of(
                    "08.costate", "What does the way back through a projection do to the costate?")
            .option(
                    "next to nothing: the state was moved by a hair",
                    "The state was moved by a hair. But wherever the free step had ended across the level, the"
                            + " projection would have brought it to the same level: such nudges have no effect at all.")
            .option(
                    "it takes away its part across the level",
                    "A nudge across the level is undone by the projection, so its price is zero. A nudge along the level"
                            + " passes.")
            .option(
                    "it makes it shorter, by the same factor in all directions",
                    "A nudge along the level is not undone: the projection keeps it. So one direction must pass and"
                            + " one must not.")
            .answer('b');

    /// What becomes of a constraint that was differentiated twice.
    public static final Prediction drift = Prediction.of(
                    "08.drift", "The field says that the second derivative of c is 0. How does the computed c behave?")
            .option(
                    "it stays at rounding: the field knows the constraint",
                    "The field knows that c must not accelerate. It does not know that c is to be zero: a bead beside the"
                            + " wire, or leaving it at constant speed, is as good to it.")
            .option(
                    "it grows like t²",
                    "Each step's error gives c a little kick. Kicks of one sign add up to a speed in proportion to t, and"
                            + " that speed to a distance in proportion to t².")
            .option(
                    "it grows exponentially",
                    "For that an error would have to feed on itself. Here the second derivative of c is 0 whatever c is.")
            .answer('b');

    /// Two fields that agree on the circle.
    public static final Prediction starts = Prediction.of(
                    "08.starts", "With α = 0 and with α = 1 the bead moves alike. Are the gradients alike?")
            .option(
                    "all of them",
                    "The motions agree as long as the bead starts on the wire. ∂L/∂x0 also asks what happens to one that"
                            + " starts beside it, and there the two fields differ.")
            .option(
                    "by φ, ω, gravity and r yes; the four numbers ∂L/∂x0 no",
                    "φ, ω and r move the start along what is allowed. ∂L/∂x0 answers for nudges off the wire too, and"
                            + " there one field brings the bead back while the other lets it go.")
            .option(
                    "none: they are gradients of two programs",
                    "Two programs, but one function of φ, ω, gravity and r, up to the solver's error. What a function's"
                            + " slope is does not depend on who computes it.")
            .answer('b');

    /// The price of a weight.
    public static final Prediction price = Prediction.of(
                    "08.price", "Ten times the weight k: a tenth of the depth. How many more steps does RK4 need?")
            .option(
                    "no more: the motion looks the same",
                    "The solution does. But a step that is stable must be shorter than about 2.8 over the field's slope,"
                            + " and the slope in the wall is in proportion to k.")
            .option(
                    "about three times as many",
                    "That would be √10, as with a spring that is not damped, whose frequency is √k. Here the slope itself"
                            + " is k.")
            .option(
                    "ten times as many",
                    "In the wall the field's slope is about −k, and RK4 is stable for steps up to 2.8/k. Depth times"
                            + " steps stays what it is: that is the price.")
            .answer('c');

    /// On paper: what an Euler step does to an energy.
    public static final NumberExercise swing = NumberExercise.of("08.1", "Euler's gain")
            .cell("Lesson08.swing.check(@@);")
            .expects(Math.pow(1.01, 100))
            .solution("Math.pow(1.01, 100)")
            .mistake(
                    "Math.pow(1.1, 100)",
                    Math.pow(1.1, 100),
                    "The factor of a step is 1 + h², not 1 + h: the terms with h cancel, as they do in Ḣ.")
            .mistake(
                    "1 + 100 * 0.01",
                    2,
                    "Each step multiplies what the steps before have left: the factors multiply, they do not add.")
            .mistake("1.01", 1.01, "That is one step. There are a hundred.")
            .mistake(
                    "Math.pow(1.005, 100)",
                    Math.pow(1.005, 100),
                    "The halves in the energy are in it before and after, so they cancel: h², not h²/2.")
            .hint("q⁺ = q + h p and p⁺ = p − h q. Write down q⁺² + p⁺².")
            .hint("q⁺² + p⁺² = (1 + h²)(q² + p²), with h² = 0.01, a hundred times.")
            .remark("From the energy alone: no start, no time comes in. Short steps help as h² a step and h a second.")
            .build();

    /// In code: the way back through a projection onto the unit sphere.
    public static final CodeExercise<Backward> unit = CodeExercise.<Backward>of("08.2", "back from the unit sphere")
            .cell("Lesson08.unit.check((x, a) -> @@);")
            .starter("""
                    {
                        // the length of x; z; the product a·z
                        double[] back = new double[x.length];
                        // fill it
                        return todo();
                    }""")
            .trial((answer, probe) -> answer.of(probe.vector("x", 3, 0.5, 2), probe.vector("a", 3, 0.3, 1.5)))
            .answer((x, a) -> backFromSphere(x, a, 1, true))
            .solution(sphereText("back[i] = (a[i] - along * x[i] / r) / r;"))
            .mistake(
                    sphereText("back[i] = a[i] - along * x[i] / r;"),
                    (x, a) -> backFromSphere(x, a, 1, false),
                    "The part across is gone, as it must be. But a nudge of a long x turns it less than one of a short x:"
                            + " there is a division by |x| left.")
            .mistake(
                    sphereText("back[i] = a[i] / r;"),
                    (x, a) -> backFromSphere(x, a, 0, true),
                    "That is as if |x| did not depend on x. A nudge along x changes nothing: a's part along z must go.")
            .mistake(
                    sphereText("back[i] = (a[i] + along * x[i] / r) / r;"),
                    (x, a) -> backFromSphere(x, a, -1, true),
                    "The part along z is taken away, not doubled: a minus.")
            .mistake(
                    sphereText("back[i] = (a[i] - along * x[i]) / r;"),
                    (x, a) -> {
                        double r = Math.sqrt(Matrices.dot(x, x));
                        return backFromSphere(x, a, r, true);
                    },
                    "a·z times z is to be taken away, and z = x / |x| has length 1. Yours is longer by |x|.")
            .hint("Put x + δ into x/|x|. Along z nothing changes; at right angles to z the change is δ/|x|.")
            .hint("(a − (a·z) z) / |x|, number by number, with z = x / |x|.")
            .remark(
                    "The same for a layer that normalises, for quaternions, for weights on a sphere: the way back projects"
                            + " the costate.")
            .build();

    /// In code: the multiplier of another wire.
    public static final CodeExercise<DoubleBinaryOperator> parabola = CodeExercise.<DoubleBinaryOperator>of(
                    "08.3", "a bead on a parabola")
            .cell("Lesson08.parabola.check((x, u) -> @@);")
            .trial((answer, probe) ->
                    new double[] {answer.applyAsDouble(probe.number("x", 0.5, 2), probe.number("u", 0.5, 2))})
            .answer((x, u) -> (u * u + 1) / (x * x + 1))
            .solution("(u * u + 1) / (x * x + 1)")
            .mistake(
                    "1 / (x * x + 1)",
                    (x, u) -> 1 / (x * x + 1),
                    "That holds for a bead at rest. A moving one must also be turned: differentiate x·u once more, and u²"
                            + " appears.")
            .mistake(
                    "(u * u + 1) / (1 - x * x)",
                    (x, u) -> (u * u + 1) / (1 - x * x),
                    "The sign before x²: the force along x is −m x, and c̈ has −x ẍ.")
            .mistake(
                    "(1 - u * u) / (x * x + 1)",
                    (x, u) -> (1 - u * u) / (x * x + 1),
                    "The sign of u²: c̈ = ÿ − u² − x ẍ, so u² stands beside the gravity.")
            .mistake(
                    "u * u + 1",
                    (x, u) -> u * u + 1,
                    "Only the force along y is in it. The force along x, −m x, also acts on c̈.")
            .hint("c = y − x²/2. Then ċ = v − x u and c̈ = v̇ − u² − x u̇. Insert the two forces.")
            .hint("0 = (−1 + m) − u² + m x². Solve for m.")
            .remark(
                    "At the bottom, x = 0, the wire carries the weight 1 and the turn u². That is index reduction, for any"
                            + " wire.")
            .build();

    /// In numbers of the reader's own: a weight and steps for a wall.
    public static final CodeExercise<Supplier<Pressed>> weight = CodeExercise.<Supplier<Pressed>>of(
                    "08.4", "a wall of your own")
            .cell("""
                    double myPush = 3, allowed = 0.002;              // m/s, m
                    Lesson08.Pressed press(double k, int steps) {
                        return new Lesson08.Pressed(myPush, allowed, k, steps, deepest(k, myPush, 0, steps));
                    }
                    Lesson08.weight.check(() -> press(@@));""")
            .starter("todo(), 0")
            .trial((answer, probe) -> new double[] {answer.get().fits() ? 1 : 0})
            .answer(() -> new Pressed(3, 0.002, 1500, 1800, 0.00197))
            .solution("myPush / allowed, (int) (1.2 * myPush / allowed)")
            .mistakeWhen(
                    "myPush / allowed, (int) (0.9 * myPush / allowed)",
                    Lesson08::tooFewSteps,
                    "Too few steps for this weight: RK4 is not stable in the wall, and the bead is thrown about.")
            .mistakeWhen(
                    "0.5 * myPush / allowed, (int) (myPush / allowed)",
                    answer -> answer.get().deepest > answer.get().allowed,
                    "The bead gets too far into the wall: the weight is too small.")
            .mistakeWhen(
                    "10 * myPush / allowed, (int) (12 * myPush / allowed)",
                    answer -> answer.get().deepest <= answer.get().allowed / 2,
                    "That is a wall twice as hard as asked for, or more, and its steps must be paid.")
            .mistakeWhen(
                    "myPush / allowed, (int) (5 * myPush / allowed)",
                    answer -> answer.get().steps >= 3 * answer.get().leastSteps(),
                    "It works, with three times as many steps as it takes, or more.")
            .hint(
                    "At rest in the wall the push and the wall's speed are equal: softplus(k z) = push. For a push above 1"
                            + " softplus(k z) is nearly k z.")
            .hint(
                    "k = push / allowed. RK4 is stable for steps up to about 2.8/k, and the span is 3: a little more than k"
                            + " steps.")
            .remark(
                    "Half the depth, twice the steps. An implicit method, or a constraint treated as one, does not pay this.")
            .build();

    private Lesson08() {}

    /// The start of a bead on an upright ring: place x, y and velocity u, v.
    ///
    /// @param knobs the angle φ from below (rad), the angular velocity ω (rad/s), the gravity (which does not count
    ///     here) and the radius r. Not modified.
    public static double[] ring(double... knobs) {
        double x = knobs[3] * StrictMath.sin(knobs[0]);
        double y = -knobs[3] * StrictMath.cos(knobs[0]);
        return new double[] {x, y, -knobs[1] * y, knobs[1] * x};
    }

    /// What the knobs of [#ring] do to a loss, through the start and through the field.
    ///
    /// @param knobs φ, ω, gravity, r. Not modified.
    /// @param a the loss's derivatives by x, y, u, v at the start. Not modified.
    /// @param field those by gravity and r in the field. Not modified.
    /// @return dL by φ, ω, gravity, r
    public static double[] ringBack(double[] knobs, double[] a, double[] field) {
        double[] s = ring(knobs);
        double turn = -a[0] * s[1] + a[1] * s[0] - a[2] * s[3] + a[3] * s[2];
        double faster = -a[2] * s[1] + a[3] * s[0];
        return new double[] {turn, faster, field[0], field[1] + Matrices.dot(a, s) / knobs[3]};
    }

    /// ln(1 + e^z), 0 where that is below 10⁻¹².
    public static double softplus(double z) {
        double exact = z > 0 ? z + Math.log1p(Math.exp(-z)) : Math.log1p(Math.exp(z));
        return exact < 1e-12 ? 0 : exact;
    }

    /// (a − c (a·z) z), divided by |x| if `shorter`, with z = x / |x|.
    private static double[] backFromSphere(double[] x, double[] a, double c, boolean shorter) {
        double r = Math.sqrt(Matrices.dot(x, x));
        double[] back = Matrices.plus(a, -c * Matrices.dot(a, x) / (r * r), x);
        return shorter ? Matrices.plus(new double[x.length], 1 / r, back) : back;
    }

    private static String sphereText(String line) {
        return """
                {
                    double r = Math.sqrt(Matrices.dot(x, x)), along = Matrices.dot(a, x) / r;
                    double[] back = new double[x.length];
                    for (int i = 0; i < x.length; i++) {
                        %s
                    }
                    return back;
                }""".formatted(line);
    }

    private static boolean tooFewSteps(Supplier<Pressed> answer) {
        return answer.get().steps < answer.get().leastSteps();
    }
}
