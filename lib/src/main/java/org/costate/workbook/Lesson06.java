package org.costate.workbook;

import java.util.function.IntBinaryOperator;
import java.util.function.Predicate;
import java.util.function.Supplier;

/// Exercises and predictions of lesson 06: which gradient mode to take.
public final class Lesson06 {
    /// More digits than these are not counted.
    private static final int MOST_DIGITS = 9;

    /// So many right digits are asked for in [#own].
    private static final int ENOUGH_DIGITS = 3;

    /// What a mode of the reader's choice gave on a problem of the reader's own.
    ///
    /// @param digits of the gradient that are right
    /// @param trusted what the library says of it
    /// @param bytes that it held
    /// @param room bytes that it was allowed
    public record Own(int digits, boolean trusted, long bytes, long room) {}

    /// How many of the gradients are useless.
    public static final Prediction wrong = Prediction.of(
                    "06.wrong", "Four problems, eight modes: how many of the 32 gradients have no right digit?")
            .option(
                    "none: all eight are correct methods",
                    "They are, on paper. Two of them look for the states of the way there by going back, and one of the"
                            + " four fields does not let them.")
            .option(
                    "two, both on one problem",
                    "Backsolve and Reversible find their states again by going backwards, and the relaxing field forgets"
                            + " where it came from. The other six keep states, or go forwards only.")
            .option(
                    "eight: the stiff problem defeats every mode",
                    "The stiff problem is stiff for a solver that goes backwards. Who keeps states has no trouble with"
                            + " it.")
            .answer('b');

    /// Whether a better solver cures drift.
    public static final Prediction finer = Prediction.of(
                    "06.finer", "Ten times the steps: for which contraction λT is the way back still good?")
            .option(
                    "for any: the error of the steps is gone",
                    "It is a hundred thousand times smaller, not gone, and e to the λT soon makes up for that. Besides,"
                            + " each step rounds.")
            .option(
                    "for a λT ten times as large",
                    "The error grows exponentially with λT, so that a factor won in the steps is a summand won in λT.")
            .option(
                    "for a λT larger by a summand, about 11.5",
                    "There and back RK4 has order 5: a tenth of the step leaves 10⁻⁵ of the error. e to the λT grows by"
                            + " 10⁵ when λT grows by ln 10⁵ = 11.5. That is all.")
            .answer('c');

    /// Which mode gets the largest batch.
    public static final Prediction batch = Prediction.of(
                    "06.batch", "Forty evaluations in 40 GB: who gets the largest batch?")
            .option(
                    "Backsolve, forty times: it keeps nothing",
                    "It keeps no states and no activations. But to compute one evaluation and one product it takes room,"
                            + " and that is several times what the evaluation would store.")
            .option(
                    "Backsolve, not forty times; an exact mode comes close",
                    "All these modes need room to compute in. Beside that the states that Symplectic keeps are small:"
                            + " activations filled the memory, and of those it holds one evaluation's.")
            .option(
                    "Forward: it has no way back",
                    "It stores no activations, but carries a copy of the state for each direction, and a network has as"
                            + " many directions as weights.")
            .answer('b');

    /// What few checkpoints cost.
    public static final Prediction again = Prediction.of(
                    "06.again", "4000 steps, ten checkpoints: how often is a step taken again, on average?")
            .option(
                    "once, as with a checkpoint at every step",
                    "With a checkpoint at every step no stretch is walked again, but for the step itself. With ten, the"
                            + " stretches have 400 steps and need checkpoints of their own.")
            .option(
                    "about five times",
                    "Checkpoints that are done with are used again, inside of the stretch that comes next. With ten of"
                            + " them and six rounds one gets C(16, 10) = 8008 steps far.")
            .option(
                    "two hundred times: half of a stretch of 400",
                    "That would be walking each stretch again from its start for every step of it. The checkpoints behind"
                            + " are free by then: they divide the stretch.")
            .answer('b');

    /// On paper: how far back a solve can go.
    public static final NumberExercise span = NumberExercise.of("06.1", "how long may the span be?")
            .cell("Lesson06.span.check(@@);")
            .expects(2.686)
            .tolerance(2e-3)
            .solution("Math.log(1e-2 / 1e-9) / 6")
            .mistake("Math.log(1e-2 / 1e-9)", 16.118, "That is λT. The question is for T, and the rate is 6.")
            .mistake(
                    "Math.log10(1e-2 / 1e-9) / 6",
                    1.16667,
                    "Errors grow like e to the λT: it takes the natural logarithm.")
            .mistake(
                    "Math.log(1e9) / 6",
                    3.4539,
                    "At this T the error is as large as the state itself. The limit is a hundredth of it.")
            .mistake(
                    "Math.log(1e2) / 6",
                    0.76753,
                    "That is the way from a hundredth to one. The error begins at 1e-9 and may grow to a hundredth.")
            .hint("1e-9 becomes 1e-9 times e to the 6T. Put that equal to 1e-2.")
            .hint("Take logarithms: 6T = ln(1e-2 / 1e-9) = 7 ln 10.")
            .remark(
                    "Three units of time, with nine good digits to begin with. Solvers do not get much better than that.")
            .build();

    /// On paper: the post's arithmetic for another network.
    public static final NumberExercise states = NumberExercise.of("06.2", "40 GB, and states that count")
            .cell("Lesson06.states.check(@@);")
            .expects(40.0 / 3)
            .tolerance(1e-2)
            .solution("40 / (1 + 40 * 0.05)")
            .mistake(
                    "40",
                    40,
                    "That is the post's number. Symplectic also holds the forty states, and here they are not small.")
            .mistake(
                    "40 / (40 * 0.05)",
                    20,
                    "The forty states are there. What is missing is the one evaluation that is being transposed.")
            .mistake(
                    "40 / (1 + 0.05)",
                    38.095,
                    "One state and one evaluation: that would be Backsolve. Symplectic keeps the state of every step.")
            .mistake(
                    "40 / (40 * 1.05)",
                    0.95238,
                    "Forty states and forty evaluations: that is Backprop. Symplectic holds one evaluation at a time.")
            .hint("How many GB does the batch of today take, with one evaluation and forty states?")
            .hint("1 + 40 · 0.05 = 3 GB. How many of these fit into 40 GB?")
            .remark(
                    "The wider the layers are beside the state, the less the states count. Here they were a twentieth; in"
                            + " our wide network they are a 33rd.")
            .build();

    /// In code: the binomial rule.
    public static final CodeExercise<IntBinaryOperator> rounds = CodeExercise.<IntBinaryOperator>of(
                    "06.3", "how many rounds?")
            .cell("""
                    Lesson06.rounds.check((n, c) -> {
                        int r = 0;
                        @@
                        return r;
                    });""")
            .starter("todo();")
            .trial((answer, probe) -> new double[] {
                answer.applyAsInt(probe.integer("n", 500, 20_000), probe.integer("c", 3, 12)),
                answer.applyAsInt(probe.integer("m", 30, 300), probe.integer("d", 2, 6))
            })
            .answer(Lesson06::leastRounds)
            .solution("""
                    long reach = 1;
                    while (reach < n) {
                        r++;
                        reach = reach * (c + r) / r;
                    }""")
            .mistake(
                    """
                    r = (n + c - 1) / c;""",
                    (n, c) -> (n + c - 1) / c,
                    "That is the length of a stretch between c checkpoints. Those that are done with can be used again"
                            + " inside of the next stretch.")
            .mistake(
                    """
                    long reach = 1;
                    while (reach < n) {
                        r++;
                        reach *= c;
                    }""",
                    (n, c) -> (int) Math.ceil(Math.log(n) / Math.log(c) - 1e-12),
                    "So it would be if every round multiplied the reach by c. The binomial coefficient grows by"
                            + " (c + r) / r in round r.")
            .mistake("""
                    long reach = 1;
                    while (reach < n) {
                        r++;
                        reach = reach * (c + r) / r;
                    }
                    r--;""", (n, c) -> leastRounds(n, c) - 1, "One too few: with these rounds the reach is still below n.")
            .mistake("""
                    long reach = 1;
                    while (reach < n) {
                        reach = reach * (c + r + 1) / (r + 1);
                        r += 2;
                    }""", (n, c) -> twoAtATime(n, c), "Your r grows by two in each round.")
            .hint("Begin with C(c, c) = 1. In round r the coefficient C(c + r, c) is the one before times (c + r) / r.")
            .hint("`reach = reach * (c + r) / r;` after `r++`, in a loop as long as `reach < n`. The division leaves no"
                    + " rest.")
            .remark("With 64 checkpoints, the library's default, three rounds reach 47,905 steps.")
            .build();

    /// A mode for a problem of the reader's own.
    public static final CodeExercise<Supplier<Own>> own = CodeExercise.<Supplier<Own>>of(
                    "06.4", "a mode for your own problem")
            .cell("""
                    Task mine = relaxing(40, 3, 1000);             // your rate, your T, your number of steps
                    long myRoom = 10_000;                          // your bytes
                    Lesson06.own.check(() -> tried(mine, @@, myRoom));""")
            .trial((answer, probe) -> {
                Own o = answer.get();
                return new double[] {o.trusted && o.digits >= ENOUGH_DIGITS ? 1 : 0, o.bytes <= o.room ? 1 : 0};
            })
            .answer(() -> new Own(MOST_DIGITS, true, 1, 2))
            .solution("Checkpointed.states(20)")
            .mistakeWhen(
                    "Backsolve.defaults()",
                    whose(o -> !o.trusted),
                    "It holds little, and its state does not find back: `trusted()` is false. This field forgets, so"
                            + " states must be kept.")
            .mistakeWhen(
                    "Backprop.defaults()",
                    whose(o -> o.trusted && o.bytes > o.room),
                    "Its gradient may be right, but it holds more bytes than you allowed. What could be kept less"
                            + " often?")
            .hint("Put your problem through the chart: directions, tape, states, and then the drift.")
            .hint("A field that forgets, and states that do not fit: `Checkpointed` with fewer states.")
            .remark("Now change the rate to 0.1 and try `Backsolve` again: the chart's fourth question has another"
                    + " answer.")
            .build();

    private Lesson06() {}

    /// The largest |gotᵢ − wantedᵢ|, as a part of the largest |wantedᵢ|.
    public static double error(double[] got, double[] wanted) {
        double size = 0;
        for (double w : wanted) {
            size = Math.max(size, Math.abs(w));
        }
        return Matrices.distance(got, wanted) / size;
    }

    /// How many decimal digits are right, 0 to 9, where the relative error is this; 0 if it is not a number.
    public static int digits(double error) {
        return error == 0 ? MOST_DIGITS : (int) Math.clamp(Math.floor(-Math.log10(error)), 0, MOST_DIGITS);
    }

    /// The least r with C(c + r, c) ≥ n: so many rounds take c checkpoints over n steps.
    public static int leastRounds(int n, int c) {
        int r = 0;
        long reach = 1;
        while (reach < n) {
            r++;
            reach = reach * (c + r) / r;
        }
        return r;
    }

    private static int twoAtATime(int n, int c) {
        int r = 0;
        long reach = 1;
        while (reach < n) {
            reach = reach * (c + r + 1) / (r + 1);
            r += 2;
        }
        return r;
    }

    private static Predicate<Supplier<Own>> whose(Predicate<Own> fault) {
        return answer -> fault.test(answer.get());
    }
}
