package org.costate.workbook;

import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/// Exercises and predictions of lesson 05: the adjoint ODE as a program.
public final class Lesson05 {
    /// An answer of [#running]: how (x, a, g) moves for dx/dt = θx and the running cost ½ q x² + ½ r θ².
    @FunctionalInterface
    public interface RunningSlope {
        /// d/dt (x, a, g), three numbers.
        double[] at(double theta, double q, double r, double x, double a);
    }

    /// One solve back of (x, a, g) between two times, for dx/dt = θx.
    @FunctionalInterface
    public interface Leg {
        /// (x, a, g) at `to`.
        ///
        /// @param z (x, a, g) at `from`. Not modified.
        double[] back(double from, double to, double[] z);
    }

    /// An answer of [#observations]: the gradient of Σ (x(tᵢ) − yᵢ)².
    @FunctionalInterface
    public interface Observed {
        /// (x, a, g) at time 0.
        ///
        /// @param leg solves back from one time to another
        /// @param t three times, the last one the end
        /// @param x the states there, from the way forward
        /// @param y what was observed there
        double[] backwards(Leg leg, double[] t, double[] x, double[] y);
    }

    /// A target of the reader's for a solution that ends at `end` and moves there with `velocity`.
    ///
    /// @param end x(T)
    /// @param velocity f(T, x(T))
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Aim(double[] end, double[] velocity, double[] target) {}

    /// What the parameters' slot holds on the way.
    public static final Prediction halfway = Prediction.of(
                    "05.halfway", "Half-way back, at t = ½: what do the twenty slots of g hold?")
            .option(
                    "half of the gradient",
                    "They would if the parameters did as much in each half. But early and late turns do not count the"
                            + " same, as the three knobs of lesson 01 did not.")
            .option(
                    "what θ does to the loss from t = ½ on",
                    "The way back has seen the second half only. So it holds the gradient of a shorter problem, that"
                            + " begins at t = ½ where the solution is then, and a is this problem's gradient by its"
                            + " start.")
            .option(
                    "what θ did to the loss up to t = ½",
                    "The first half is what the way back has not seen yet: it begins at the end.")
            .answer('b');

    /// The other sign in the program.
    public static final Prediction sign = Prediction.of(
                    "05.sign", "With + in place of − in the lines of a and of g: what comes out for dL/dθ?")
            .option(
                    "an exception",
                    "All shapes fit, and nobody knows the sign but the equation. Such a mistake goes through to the"
                            + " training, where the loss rises, or falls a little more slowly than it should.")
            .option(
                    "the right number with the other sign",
                    "The sum turns about, and its summand, too: a itself now shrinks on its way back where it should"
                            + " grow. So the size is another as well.")
            .option(
                    "a number of another sign and another size",
                    "g adds up with the other sign, so its sign turns. And a solves another equation, a′ = +Ja: on its"
                            + " way back it shrinks by the factor by which it should grow.")
            .answer('c');

    /// Two methods of different order.
    public static final Prediction order = Prediction.of(
                    "05.order", "RK4 there (order 4), Euler back (order 1): of what order is the gradient?")
            .option(
                    "order 4: the way there decides",
                    "The end is known that well, and so is the costate's beginning. But the gradient is the result of"
                            + " the second solve, which has errors of its own.")
            .option(
                    "order 1: the lower of the two",
                    "Errors of both solves add up in the gradient, and with short steps the lower order is the larger"
                            + " error. A good solver on one of the two ways is wasted.")
            .option("between them, 2.5", "Errors add up and orders do not average: h + h⁴ behaves as h.")
            .answer('b');

    /// Four ways back over Euler steps.
    public static final Prediction schemes = Prediction.of(
                    "05.schemes", "A thousand Euler steps. Which gradient is nearest to that of the exact solution?")
            .option(
                    "A by far: it is exact, it is autograd",
                    "It is exact for the thousand Euler steps. But these miss the solution by O(Δt), and the gradient of"
                            + " a slightly wrong loss is slightly wrong.")
            .option(
                    "C by far: it discretises the true adjoint equation",
                    "It does so with Euler steps, along a state that was found by Euler steps. Both cost it O(Δt).")
            .option(
                    "A, B and C miss by about the same",
                    "All three are of first order, with constants of like size. What A alone has is that it is the exact"
                            + " slope of the loss that the program computes.")
            .answer('c');

    /// On paper: two Euler steps back of all three numbers.
    public static final NumberExercise twoSteps = NumberExercise.of("05.1", "two steps of the adjoint method")
            .cell("Lesson05.twoSteps.check(@@);")
            .expects(1.1985)
            .tolerance(1e-4)
            .solution("3 * 2 * 0.1 + 3.15 * 1.9 * 0.1")
            .mistake(
                    "3 * 2 * 0.1",
                    0.6,
                    "That is g after one step. Now take the second one, with x and a as they are after the first.")
            .mistake(
                    "3 * 2 * 0.1 + 2.85 * 1.9 * 0.1",
                    1.1415,
                    "Your a shrank. Back in time a step is −Δt long and a′ = −θa: the two signs make a plus.")
            .mistake(
                    "3 * 2 * 0.1 + 3.15 * 2.1 * 0.1",
                    1.2615,
                    "Your x went forwards. All three numbers go back together: x − θx Δt.")
            .mistake(
                    "3 * 2 * 0.1 + 3 * 2 * 0.1",
                    1.2,
                    "Nearly: after the first step x and a have moved. The second step uses the new ones.")
            .mistake(
                    "-(3 * 2 * 0.1 + 3.15 * 1.9 * 0.1)",
                    -1.1985,
                    "The sign: g′ = −ax, and the step is −Δt long, so that g grows by ax Δt.")
            .mistake("3 * 2 + 3.15 * 1.9", 11.985, "The step length is missing: each step adds ax Δt.")
            .hint(
                    "One step back: x becomes x − θxΔt, a becomes a + θaΔt, g becomes g + axΔt, all from the old numbers.")
            .hint("After the first step x = 1.9, a = 3.15, g = 0.6. The second adds 3.15 · 1.9 · 0.1 to g.")
            .remark(
                    "You have run the adjoint method, scheme C below. A program does this with 24 numbers in place of 3.")
            .build();

    /// Code: the running cost that the post's program lacks.
    public static final CodeExercise<RunningSlope> running = CodeExercise.<RunningSlope>of(
                    "05.2", "with a running cost")
            .cell("Lesson05.running.check((theta, q, r, x, a) -> new double[] {@@});")
            .trial((answer, probe) -> answer.at(
                    probe.number("theta", 0.2, 1),
                    probe.number("q", 0.5, 1),
                    probe.number("r", 1.2, 2),
                    probe.number("x", 0.5, 2),
                    probe.number("a", 2, 3)))
            .starter("todo(), 0, 0")
            .answer((theta, q, r, x, a) -> new double[] {theta * x, -theta * a - q * x, -a * x - r * theta})
            .solution("theta * x, -theta * a - q * x, -a * x - r * theta")
            .mistake(
                    "theta * x, -theta * a, -a * x",
                    (theta, q, r, x, a) -> new double[] {theta * x, -theta * a, -a * x},
                    "That is the system without a running cost. L depends on x and on θ: both of its slopes are missing.")
            .mistake(
                    "theta * x, -theta * a + q * x, -a * x + r * theta",
                    (theta, q, r, x, a) -> new double[] {theta * x, -theta * a + q * x, -a * x + r * theta},
                    "The sign of the running cost's part: that plus is the one of the post's λ. In a = −λ all is negative.")
            .mistake(
                    "theta * x, -theta * a - q * x, -a * x",
                    (theta, q, r, x, a) -> new double[] {theta * x, -theta * a - q * x, -a * x},
                    "The last line lacks ∂L/∂θ = rθ: a parameter may cost something of itself.")
            .mistake(
                    "theta * x, -theta * a, -a * x - r * theta",
                    (theta, q, r, x, a) -> new double[] {theta * x, -theta * a, -a * x - r * theta},
                    "The line of a lacks ∂L/∂x = qx: at each moment the state costs something, and a has to carry that.")
            .mistake(
                    "theta * x, theta * a + q * x, a * x + r * theta",
                    (theta, q, r, x, a) -> new double[] {theta * x, theta * a + q * x, a * x + r * theta},
                    "These are the slopes as seen by who walks back. The field is written forward in time; the solver's"
                            + " negative step turns it about.")
            .hint("Lesson 04 has λ′ = ∂L/∂x − λJ, and ∂L/∂θ − λ ∂f/∂θ under the integral. Put λ = −a.")
            .hint("a′ = −θa − ∂L/∂x and g′ = −ax − ∂L/∂θ, with ∂L/∂x = qx and ∂L/∂θ = rθ.")
            .remark("Costs along the way are two more summands, no new idea. In the library: Cost.running(…).")
            .build();

    /// Code: a loss that looks at several times.
    public static final CodeExercise<Observed> observations = CodeExercise.<Observed>of("05.3", "three observations")
            .cell("Lesson05.observations.check((leg, t, x, y) -> @@);")
            .starter("""
                    {
                        double[] z = {x[2], 0, 0};       // (x, a, g) at the last of the three times t[0], t[1], t[2]
                        return todo();
                    }""")
            .trial((answer, probe) -> {
                double theta = probe.number("theta", 0.3, 0.9);
                double start = probe.number("x0", 0.5, 1.5);
                double[] t = {probe.number("t0", 0.2, 0.4), probe.number("t1", 0.5, 0.7), probe.number("t2", 0.8, 1)};
                double[] x = new double[3];
                for (int i = 0; i < 3; i++) {
                    x[i] = start * Math.exp(theta * t[i]);
                }
                return answer.backwards(leg(theta), t, x, probe.vector("y", 3, 2.5, 4));
            })
            .answer((leg, t, x, y) -> sweep(leg, t, x, y, Slip.NONE))
            .solution(sweepText("z[1] += 2 * (x[i] - y[i]);\nz = leg.back(t[i], i == 0 ? 0 : t[i - 1], z);"))
            .mistake(
                    sweepText("z[1] = 2 * (x[i] - y[i]);\nz = leg.back(t[i], i == 0 ? 0 : t[i - 1], z);"),
                    (leg, t, x, y) -> sweep(leg, t, x, y, Slip.OVERWRITES),
                    "a is set anew at each observation, so that it forgets all later ones. It jumps: `+=`.")
            .mistake(
                    sweepText("z = leg.back(t[i], i == 0 ? 0 : t[i - 1], z);\nz[1] += 2 * (x[i] - y[i]);"),
                    (leg, t, x, y) -> sweep(leg, t, x, y, Slip.LATE),
                    "The jumps come a leg too late: observation i pulls at the state at t[i], before the way back leaves"
                            + " that time.")
            .mistake(
                    sweepText("z[1] -= 2 * (x[i] - y[i]);\nz = leg.back(t[i], i == 0 ? 0 : t[i - 1], z);"),
                    (leg, t, x, y) -> sweep(leg, t, x, y, Slip.MINUS),
                    "That is the post's λ, which jumps by −∂ℓ/∂x. Here a = +∂L/∂x is wanted.")
            .mistake(
                    sweepText("if (i == 2) z[1] = 2 * (x[2] - y[2]);\nz = leg.back(t[i], i == 0 ? 0 : t[i - 1], z);"),
                    (leg, t, x, y) -> sweep(leg, t, x, y, Slip.LAST_ONLY),
                    "Only the last observation counts here. The other two pull at the state, too.")
            .hint(
                    "Three legs, from t[2] to t[1], to t[0], to 0. Before each leg the observation at its beginning adds its"
                            + " slope to a.")
            .hint("In a loop over i = 2, 1, 0: `z[1] += 2 * (x[i] - y[i]);` then `z = leg.back(t[i], …, z);`")
            .remark(
                    "torchdiffeq does this in one line, and it also sets x to the stored state there. The post leaves the"
                            + " observations out.")
            .build();

    /// The reader's own start, and a target at which time stands still.
    public static final CodeExercise<Supplier<Aim>> still = CodeExercise.<Supplier<Aim>>of(
                    "05.4", "a target of your own")
            .cell("""
                    double[] myStart = {0.75, -0.25};
                    double[] myEnd = ode.solve(myStart, weights).end()[0];
                    double[] myVelocity = Arrays.copyOf(slope(1, Arrays.copyOf(myEnd, 24)), 2);
                    Lesson05.still.check(() -> new Lesson05.Aim(myEnd, myVelocity, @@));""")
            .trial((answer, probe) ->
                    new double[] {away(answer.get()) > 0.1 && Math.abs(cosine(answer.get())) < 1e-3 ? 1 : 0})
            .answer(() -> new Aim(new double[] {1, 2}, new double[] {3, 4}, new double[] {5, -1}))
            .solution("new double[] {myEnd[0] - myVelocity[1], myEnd[1] + myVelocity[0]}")
            .mistakeWhen(
                    "new double[] {1}",
                    answer -> answer.get().target.length != 2, "A target has two numbers here: new double[] {…, …}.")
            .mistakeWhen(
                    "myEnd",
                    answer -> away(answer.get()) <= 0.1,
                    "At (or nearly at) the end itself the loss has its minimum, and nothing at all changes it to first"
                            + " order. Take a target at least 0.1 away.")
            .mistakeWhen(
                    "new double[] {myEnd[0] + myVelocity[0], myEnd[1] + myVelocity[1]}",
                    answer -> cosine(answer.get()) < -0.9,
                    "Straight ahead: a longer span comes nearer to this target, about as fast as it can. Which direction"
                            + " is neither nearer nor further?")
            .mistakeWhen(
                    "new double[] {myEnd[0] - myVelocity[0], myEnd[1] - myVelocity[1]}",
                    answer -> cosine(answer.get()) > 0.9,
                    "Straight behind: a longer span leaves this target, about as fast as it can. Which direction is"
                            + " neither nearer nor further?")
            .hint("dL/dt₁ = 2 (x(T) − y)·f. When is a product of two vectors zero, though neither is?")
            .hint("The vector (−f₂, f₁) is at right angles to (f₁, f₂). Go from the end in its direction.")
            .remark("On such a target the span is the best, or the worst, of all near it: dL/dt₁ = 0 is how an optimal"
                    + " duration is found.")
            .build();

    private Lesson05() {}

    /// What the Java compiler says of a method of the post's program, while it is mended: the first error that it names
    /// before each repair, and after the last; `it compiles` where there is none. Takes some tenths of a second.
    ///
    /// @param method its text; `func`, `parameters`, `timeWanted`, `minus` and `grad` are there, as in the post's
    ///     scope
    /// @param slips what is replaced, one after the other
    /// @param mended what then stands there, as many
    public static String[] mend(String method, String[] slips, String[] mended) {
        String[] said = new String[slips.length + 1];
        String text = method;
        for (int i = 0; i <= slips.length; i++) {
            List<String> errors = PostProgram.errors(text);
            said[i] = errors.isEmpty() ? "it compiles" : errors.getFirst();
            if (i < slips.length) {
                text = text.replace(slips[i], mended[i]);
            }
        }
        return said;
    }

    /// All numbers one after the other.
    public static double[] join(double[]... parts) {
        return Arrays.stream(parts).flatMapToDouble(Arrays::stream).toArray();
    }

    /// The length of got − wanted, as a part of that of wanted.
    public static double relative(double[] got, double[] wanted) {
        double[] miss = Matrices.plus(got, -1, wanted);
        return Math.sqrt(Matrices.dot(miss, miss) / Matrices.dot(wanted, wanted));
    }

    /// A copy of z with other numbers from one place on.
    ///
    /// @param z Not modified.
    public static double[] with(double[] z, int at, double... numbers) {
        double[] changed = z.clone();
        System.arraycopy(numbers, 0, changed, at, numbers.length);
        return changed;
    }

    /// The likely mistakes in [#observations].
    private enum Slip {
        NONE,
        OVERWRITES,
        LATE,
        MINUS,
        LAST_ONLY
    }

    /// Exact: x and a have exponentials, and a x does not change.
    private static Leg leg(double theta) {
        return (from, to, z) -> {
            double grown = Math.exp(theta * (to - from));
            return new double[] {z[0] * grown, z[1] / grown, z[2] + (from - to) * z[1] * z[0]};
        };
    }

    private static double[] sweep(Leg leg, double[] t, double[] x, double[] y, Slip slip) {
        double[] z = {x[2], 0, 0};
        for (int i = 2; i >= 0; i--) {
            double jump = 2 * (x[i] - y[i]);
            double next = i == 0 ? 0 : t[i - 1];
            if (slip == Slip.LATE) {
                z = leg.back(t[i], next, z);
            }
            z[1] = switch (slip) {
                case OVERWRITES -> jump;
                case MINUS -> z[1] - jump;
                case LAST_ONLY -> i == 2 ? jump : z[1];
                default -> z[1] + jump;
            };
            if (slip != Slip.LATE) {
                z = leg.back(t[i], next, z);
            }
        }
        return z;
    }

    private static String sweepText(String body) {
        return """
                {
                    double[] z = {x[2], 0, 0};
                    for (int i = 2; i >= 0; i--) {
                        %s
                    }
                    return z;
                }""".formatted(body.replace("\n", "\n        "));
    }

    /// How far the target is from the end.
    private static double away(Aim aim) {
        return Math.hypot(aim.end[0] - aim.target[0], aim.end[1] - aim.target[1]);
    }

    /// Of the angle between end − target and the velocity: −1 if the solution runs at the target.
    private static double cosine(Aim aim) {
        double along = (aim.end[0] - aim.target[0]) * aim.velocity[0] + (aim.end[1] - aim.target[1]) * aim.velocity[1];
        return along / (away(aim) * Math.hypot(aim.velocity[0], aim.velocity[1]));
    }
}
