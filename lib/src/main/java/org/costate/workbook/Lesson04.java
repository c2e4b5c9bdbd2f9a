package org.costate.workbook;

import java.util.function.DoubleUnaryOperator;
import java.util.function.Supplier;

/// Exercises and predictions of lesson 04: the Lagrangian of an ODE, and where the adjoint equation comes from.
public final class Lesson04 {
    /// An answer of [#backwards]: {dJ/dθ, dJ/dx0} by n Euler steps there and back, for dx/dt = θ x,
    /// J = ∫ (x² + θ²) / 2 dt + (x(1) − y)² / 2 from 0 to 1.
    @FunctionalInterface
    public interface TwoGradients {
        double[] of(double theta, double x0, double y, int n);
    }

    /// What a multiplier does to the cost of a solution.
    public static final Prediction nothing = Prediction.of(
                    "04.nothing", "By how much does the multiplier cos 3t change the cost of our solution?")
            .option(
                    "by the integral of cos 3t, about 0.05",
                    "It would be so if cos 3t itself were added. It is multiplied by ẋ − f, and that is zero at every"
                            + " single time.")
            .option(
                    "by nothing, and no other multiplier would",
                    "The solution obeys, so ẋ − f is zero at every time, and zero times anything is zero. Off the"
                            + " solution, as on the straight line, the multiplier counts.")
            .option(
                    "by nothing, but only because cos 3t is a lucky choice",
                    "Luck has no part in it: try a multiplier of your own in the cell above. ẋ − f is zero at every"
                            + " time, not only on average.")
            .answer('b');

    /// How much of the variation is at the start.
    public static final Prediction start = Prediction.of(
                    "04.start", "With the right λ two pieces are zero. How much of δJ is in the piece at the start?")
            .option(
                    "nothing: λ was chosen so that it vanishes too",
                    "There was no freedom left for it. An ODE of first order takes one condition, and λ(T) is given by"
                            + " the end; λ(0) comes out as it comes out.")
            .option(
                    "a few percent",
                    "Small it would be if λ(0) were. But λ grows on its way back, as it gathers the running cost, and"
                            + " is largest in size at the start: 1.78, and δx₀ is 2.")
            .option(
                    "more than half",
                    "3.56 of 4.92. The amount at the start is there all the time and grows all the time, so its price"
                            + " −λ(0) is high. Whoever drops the piece gets little more than a quarter of the gradient.")
            .answer('c');

    /// The Lagrangian's change under a wiggle of the path.
    public static final Prediction flat = Prediction.of(
                    "04.flat", "With the right λ, how does the change of Jλ depend on the size ε of the bump?")
            .option(
                    "exactly zero, for every ε",
                    "To first order it is zero: that is what λ was chosen for. L and F are curved in x, and their"
                            + " curvature is seen at ε².")
            .option(
                    "in proportion to ε too, only smaller",
                    "The part in proportion to ε is the first variation, and both of its brackets that multiply δx are"
                            + " zero with this λ.")
            .option(
                    "in proportion to ε²",
                    "The first variation is gone; what is left is the curvature of L and F, and that goes with the"
                            + " square. A function at its lowest point behaves alike: it is flat there.")
            .answer('c');

    /// The limit of Euler steps with the wrong sign.
    public static final Prediction minus = Prediction.of(
                    "04.minus", "Ten, a hundred, a thousand steps with the minus. Where does λ(0) go?")
            .option(
                    "to −1.779, the right value, but slowly",
                    "Short steps heal an error that is made in the step, not one that is made in the equation. These"
                            + " steps solve dλ/dt = L_x + λ f_x, ever more exactly.")
            .option(
                    "to another value, however short the steps",
                    "They converge, in good order, to the solution of another equation, dλ/dt = L_x + λ f_x. A table with"
                            + " one row would not have told you that something is wrong.")
            .option(
                    "to minus infinity",
                    "It would if something grew at each step. With the minus λ shrinks where it should grow: the result"
                            + " is too small, not too large.")
            .answer('b');

    /// What prices do at a measurement.
    public static final Prediction jump = Prediction.of(
                    "04.jump", "Only heights are measured. What happens to the two prices at a measurement?")
            .option(
                    "both jump",
                    "A nudge of the speed just before a measurement has had no time to change the height, and so does"
                            + " not change what is measured. Its price cannot jump.")
            .option(
                    "the price of height jumps, the price of speed only gets a kink",
                    "Before the measurement a change of height still counts in it, an instant later no more: a jump. The"
                            + " price of speed has the price of height in its slope, so that its slope jumps.")
            .option(
                    "neither jumps: costates are solutions of an ODE",
                    "They are between measurements. A measurement is a cost at one instant, and whether a nudge comes"
                            + " before or after that instant makes all the difference.")
            .answer('b');

    /// On paper: the adjoint of a field that does not depend on the state.
    public static final NumberExercise paper = NumberExercise.of("04.1", "an adjoint on paper")
            .cell("Lesson04.paper.check(@@);")
            .expects(7.5)
            .solution("3 * 3 / 2.0 + 3")
            .mistake(
                    "-7.5",
                    -7.5,
                    "The size is right. λ is negative here, and it stands in the integral with a minus: L_θ − λ f_θ.")
            .mistake(
                    "3 * 3 / 2.0",
                    4.5,
                    "That is the running cost's part. The terminal cost F = x gives λ(3) = −F_x = −1, not 0.")
            .mistake("3", 3, "That is the terminal cost's part alone: λ is not constant, since L_x = 1.")
            .mistake("4", 4, "That is −λ(0), the derivative by x₀. For θ, −λ f_θ is integrated over all times.")
            .mistake("3 * 4", 12, "You took −λ(0) = 4 for all times. λ goes from −4 to −1; integrate it.")
            .mistake(
                    "3 - 3 * 3 / 2.0",
                    -1.5,
                    "λ runs the wrong way: its slope is L_x = +1, so going back from λ(3) = −1 it gets smaller.")
            .hint("f_x = 0, f_θ = 1, L_x = 1, L_θ = 0, F_x = 1. The adjoint equation is dλ/dt = 1 with λ(3) = −1.")
            .hint("λ(t) = t − 4. Integrate −λ = 4 − t from 0 to 3.")
            .remark("To check without λ: x(t) = x₀ + θt, so J = 3x₀ + 9θ/2 + x₀ + 3θ, and its derivative by θ is 7.5.")
            .build();

    /// Code: Euler steps there and back, with running and terminal cost.
    public static final CodeExercise<TwoGradients> backwards = CodeExercise.<TwoGradients>of(
                    "04.2", "λ by Euler steps, and both gradients")
            .cell("""
                    Lesson04.backwards.check((theta, x0, y, n) -> {
                        double h = 1.0 / n;
                        double[] x = new double[n + 1];
                        x[0] = x0;
                        for (int k = 0; k < n; k++) x[k + 1] = x[k] + theta * x[k] * h;
                        @@
                    });""")
            .starter("return todo();")
            .trial((answer, probe) -> answer.of(
                    probe.number("theta", 0.3, 1),
                    probe.number("x0", 0.5, 1.5),
                    probe.number("y", -1, 0.2),
                    probe.integer("n", 3, 8)))
            .answer((theta, x0, y, n) -> steps(theta, x0, y, n, Slip.NONE))
            .solution(way("theta - lam * x[k]", "theta * lam - x[k]", "y - x[n]", "-lam"))
            .mistake(
                    way("theta - lam * x[k]", "-theta * lam - x[k]", "y - x[n]", "-lam"),
                    (theta, x0, y, n) -> steps(theta, x0, y, n, Slip.SIGN),
                    "That is the post's 1 − f_x Δt. dλ/dt = L_x − λ f_x; going back subtracts it: λ (1 + f_x Δt) − L_x Δt.")
            .mistake(
                    way("theta - lam * x[k]", "theta * lam", "y - x[n]", "-lam"),
                    (theta, x0, y, n) -> steps(theta, x0, y, n, Slip.NO_RUNNING),
                    "λ does not hear of the running cost on its way: L_x = x is missing in its steps.")
            .mistake(
                    way("theta - lam * x[k]", "theta * lam + x[k]", "y - x[n]", "-lam"),
                    (theta, x0, y, n) -> steps(theta, x0, y, n, Slip.RUNNING_SIGN),
                    "The running cost enters λ with the wrong sign. Going back, λ becomes λ − dλ/dt h, and dλ/dt"
                            + " contains +L_x.")
            .mistake(
                    way("-lam * x[k]", "theta * lam - x[k]", "y - x[n]", "-lam"),
                    (theta, x0, y, n) -> steps(theta, x0, y, n, Slip.NO_DIRECT),
                    "The direct part is missing in dJ/dθ: the running cost has θ²/2 in it, so L_θ = θ.")
            .mistake(
                    way("theta - lam * x[k]", "theta * lam - x[k]", "x[n] - y", "-lam"),
                    (theta, x0, y, n) -> steps(theta, x0, y, n, Slip.END_SIGN),
                    "λ begins with the wrong sign: λ(T) = −F_x = y − x(T).")
            .mistake(
                    way("theta - lam * x[k]", "theta * lam - x[k]", "y - x[n]", "lam"),
                    (theta, x0, y, n) -> steps(theta, x0, y, n, Slip.START_SIGN),
                    "dJ/dx0 has the wrong sign: it is −λ(0), what the library calls a(0).")
            .hint("Begin with `double lam = y - x[n], byTheta = 0;` and let k run from n down to 1.")
            .hint("In the loop: `byTheta += (theta - lam * x[k]) * h;` then `lam += (theta * lam - x[k]) * h;`")
            .remark("With a state and a λ of many components these are the lines of every adjoint solver; the next"
                    + " lesson makes them independent of Euler.")
            .build();

    /// On paper: jumps add up from the end.
    public static final NumberExercise before = NumberExercise.of("04.3", "jumps at measurements")
            .cell("Lesson04.before.check(@@);")
            .expects(2)
            .tolerance(1e-9)
            .solution("3 + (-1)")
            .mistake("3", 3, "That is a just after τ = 2. Just before it, the measurement at 2 still counts.")
            .mistake("-1", -1, "That is the jump at τ = 2 alone. The measurement at 3 is still to come, too.")
            .mistake(
                    "2 + (-1)",
                    1,
                    "You added up from the start. A nudge just before τ = 2 cannot change what was measured at 1; it"
                            + " does change what will be at 3.")
            .mistake(
                    "2 + (-1) + 3",
                    4,
                    "That is a(0). A nudge just before τ = 2 comes too late for the measurement at 1.")
            .mistake("-2", -2, "That is λ. The library's a has the opposite sign.")
            .hint("Between measurements a does not change, since f_x = 0. After the last one it is 0.")
            .hint("The jumps are x − m: 2 at τ = 1, −1 at τ = 2, 3 at τ = 3. Add up those from τ = 2 on.")
            .remark("a(0) = 4 is the gradient by x₀: each measurement hands its residual back to the start.")
            .build();

    /// The reader's own problem: the derivatives that its adjoint needs.
    public static final CodeExercise<Supplier<OwnProblem>> own = CodeExercise.<Supplier<OwnProblem>>of(
                    "04.4", "the adjoint of a problem of your own")
            .cell("""
                    var mine = OwnProblem.of(0.8, 0.5, 2)
                            .field((x, t, theta) -> theta * Math.sin(x) - 0.3 * x * t)
                            .running((x, t, theta) -> x * x + theta * x)
                            .terminal(x -> Math.exp(-x));
                    Lesson04.own.check(() -> mine.derivatives((x, t, theta) -> @@));""")
            .trial((answer, probe) -> new double[] {answer.get().agrees() ? 1 : 0})
            .answer(() -> OwnProblem.of(0.5, 1, 1)
                    .field((x, t, theta) -> theta * x)
                    .derivatives((x, t, theta) -> new double[] {theta, x, 0, 0, 0}))
            .solution("new double[] {theta * Math.cos(x) - 0.3 * t, Math.sin(x), 2 * x + theta, x, -Math.exp(-x)}")
            .mistakeWhen(
                    "new double[] {theta * Math.cos(x) - 0.3 * t, Math.sin(x), 2 * x + theta, -Math.exp(-x)}",
                    answer -> answer.get().given() != OwnProblem.DERIVATIVES,
                    "Five numbers are wanted, in this order: f_x, f_θ, L_x, L_θ, F_x. One that is zero is 0.")
            .mistakeWhen(
                    "new double[] {theta * Math.cos(x), Math.sin(x), 2 * x + theta, x, -Math.exp(-x)}",
                    answer -> answer.get().wrong(0),
                    "The first number, f_x, is not what nudging x in the field gives. Each term with x in it counts.")
            .mistakeWhen(
                    "new double[] {theta * Math.cos(x) - 0.3 * t, theta * Math.sin(x), 2 * x + theta, x, -Math.exp(-x)}",
                    answer -> answer.get().wrong(1),
                    "The second number, f_θ, is not what nudging θ in the field gives, with x held still.")
            .mistakeWhen(
                    "new double[] {theta * Math.cos(x) - 0.3 * t, Math.sin(x), 2 * x, x, -Math.exp(-x)}",
                    answer -> answer.get().wrong(2),
                    "The third number, L_x, is not what nudging x in the running cost gives.")
            .mistakeWhen(
                    "new double[] {theta * Math.cos(x) - 0.3 * t, Math.sin(x), 2 * x + theta, 0, -Math.exp(-x)}",
                    answer -> answer.get().wrong(3),
                    "The fourth number, L_θ, is not what nudging θ in the running cost gives: the direct part.")
            .mistakeWhen(
                    "new double[] {theta * Math.cos(x) - 0.3 * t, Math.sin(x), 2 * x + theta, x, Math.exp(-x)}",
                    answer -> answer.get().wrong(4),
                    "The fifth number, F_x, is not what nudging the end state in the terminal cost gives. λ begins with"
                            + " it, so nothing after that can be right.")
            .hint("Five derivatives of the three lines above the gap. Hold everything still but the one letter.")
            .hint("For the problem as it stood, f_x is `theta * Math.cos(x) - 0.3 * t` and L_θ is `x`.")
            .remark("These five are all that the adjoint method asks of a problem. A library traces them, so that"
                    + " nobody has to write them.")
            .build();

    /// Of Gauss's rule with ten points on −1 … 1: those above 0, and their weights.
    private static final double[] POINTS = {
        0.1488743389816312, 0.4333953941292472, 0.6794095682990244, 0.8650633666889845, 0.9739065285171717
    };

    private static final double[] WEIGHTS = {
        0.2955242247147529, 0.2692667193099963, 0.2190863625159820, 0.1494513491505806, 0.0666713443086881
    };

    private static final int PANELS = 8;

    private Lesson04() {}

    /// The integral of h from `from` to `to`, by Gauss's rule with ten points on each of eight panels: to the last
    /// digits for functions that are smooth and do not swing more than about ten times. 80 evaluations.
    public static double integral(DoubleUnaryOperator h, double from, double to) {
        double half = (to - from) / PANELS / 2;
        double sum = 0;
        for (int panel = 0; panel < PANELS; panel++) {
            double middle = from + (2 * panel + 1) * half;
            for (int i = 0; i < POINTS.length; i++) {
                double right = h.applyAsDouble(middle + half * POINTS[i]);
                double left = h.applyAsDouble(middle - half * POINTS[i]);
                sum += WEIGHTS[i] * half * (left + right);
            }
        }
        return sum;
    }

    /// The likely mistakes in [#backwards].
    private enum Slip {
        NONE,
        SIGN,
        NO_RUNNING,
        RUNNING_SIGN,
        NO_DIRECT,
        END_SIGN,
        START_SIGN
    }

    /// The text of an answer to [#backwards].
    private static String way(String integrand, String step, String end, String start) {
        return """
                double lam = %s, byTheta = 0;
                for (int k = n; k >= 1; k--) {
                    byTheta += (%s) * h;
                    lam += (%s) * h;
                }
                return new double[] {byTheta, %s};""".formatted(end, integrand, step, start);
    }

    private static double[] steps(double theta, double x0, double y, int n, Slip slip) {
        double h = 1.0 / n;
        double[] x = new double[n + 1];
        x[0] = x0;
        for (int k = 0; k < n; k++) {
            x[k + 1] = x[k] + theta * x[k] * h;
        }
        double lam = slip == Slip.END_SIGN ? x[n] - y : y - x[n];
        double byTheta = 0;
        for (int k = n; k >= 1; k--) {
            byTheta += ((slip == Slip.NO_DIRECT ? 0 : theta) - lam * x[k]) * h;
            double product = slip == Slip.SIGN ? -theta * lam : theta * lam;
            double running = switch (slip) {
                case NO_RUNNING -> 0;
                case RUNNING_SIGN -> -x[k];
                default -> x[k];
            };
            lam += (product - running) * h;
        }
        return new double[] {byTheta, slip == Slip.START_SIGN ? lam : -lam};
    }
}
