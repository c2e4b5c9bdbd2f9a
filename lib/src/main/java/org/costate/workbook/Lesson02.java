package org.costate.workbook;

import java.util.function.IntUnaryOperator;
import java.util.function.Supplier;

/// Exercises and predictions of lesson 02: what reverse mode keeps, and how much that is.
public final class Lesson02 {
    /// The vector–Jacobian product of a layer y = tanh(W x).
    @FunctionalInterface
    public interface LayerVjp {
        /// gᵀ J.
        ///
        /// @param W weights, `[outputs][inputs]`
        /// @param y what the layer gave, one number for each output
        /// @param g the cotangent, one number for each output
        /// @return one number for each input
        double[] apply(double[][] W, double[] y, double[] g);
    }

    /// What a stored step of RK4 of a network with one hidden layer takes, for sizes of the reader's choice.
    ///
    /// @param hidden units of the hidden layer
    /// @param samples rows of the batch
    /// @param measured bytes a step, from the workspace
    /// @param predicted bytes a step, from the reader's formula
    public record Own(int hidden, int samples, double measured, double predicted) {}

    /// On paper: what a small layer keeps.
    public static final NumberExercise kept = NumberExercise.of("02.1", "what a layer keeps")
            .cell("Lesson02.kept.check(@@);")
            .expects(3)
            .tolerance(1e-9)
            .solution("3")
            .mistake(
                    "1",
                    1,
                    "One number, x, is enough for the derivative by w if nothing else is asked. Here tanh has to give its"
                            + " slope too, and the sweep goes on to x.")
            .mistake(
                    "2",
                    2,
                    "That is enough for the product. Now go through the other two operations: is there one whose"
                            + " derivative is not a constant?")
            .mistake(
                    "4",
                    4,
                    "One too many. The slope of tanh can be had from its input or from its result: both are not needed.")
            .mistake(
                    "6",
                    6,
                    "A tape as simple as ours does write down all six. The question is which of them the sweep reads.")
            .hint("Three operations: a product, a sum, a tanh. For each, write its derivatives by its inputs and look"
                    + " which numbers occur in them.")
            .hint("The product needs its two factors, the sum needs nothing (its derivatives are 1), and tanh needs one"
                    + " number, since its slope is 1 − y².")
            .remark("w, x and y. The sum in between leaves no trace, and y is x for the next layer: so a deep network"
                    + " keeps one number a unit, its activation.")
            .build();

    /// In code: gᵀ J of a layer without its Jacobian.
    public static final CodeExercise<LayerVjp> layer = CodeExercise.<LayerVjp>of(
                    "02.2", "a layer's vector–Jacobian product")
            .cell("""
                    Lesson02.layer.check((W, y, g) -> {
                        double[] row = new double[W[0].length];
                        @@
                        return row;
                    });""")
            .starter("todo();")
            .trial((answer, probe) -> {
                double[][] w = probe.matrix("W", 3, 4, -1.5, 1.5);
                double[] x = probe.vector("x", 4, 0.2, 1);
                double[] g = probe.vector("g", 3, 0.5, 2);
                return answer.apply(w, layerOf(w, x), g);
            })
            .answer((w, y, g) -> pullBack(w, y, g, v -> 1 - v * v))
            .solution("""
                    for (int i = 0; i < W.length; i++) {
                        double cotangent = g[i] * (1 - y[i] * y[i]);
                        for (int j = 0; j < row.length; j++) {
                            row[j] += cotangent * W[i][j];
                        }
                    }""")
            .mistake(
                    """
                    for (int i = 0; i < W.length; i++) {
                        for (int j = 0; j < row.length; j++) {
                            row[j] += g[i] * W[i][j];
                        }
                    }""",
                    (w, y, g) -> pullBack(w, y, g, v -> 1),
                    "That is the product with W alone. On its way back the cotangent passes tanh first: where is its"
                            + " slope?")
            .mistake(
                    """
                    for (int i = 0; i < W.length; i++) {
                        double cotangent = g[i] * (1 - y[i] * y[i]);
                        for (int j = 0; j < row.length; j++) {
                            row[j] = cotangent * W[i][j];
                        }
                    }""",
                    (w, y, g) -> {
                        int last = w.length - 1;
                        double[][] only = {w[last]};
                        return pullBack(only, new double[] {y[last]}, new double[] {g[last]}, v -> 1 - v * v);
                    },
                    "Only the last output counts: each input goes into every output, so what comes back must be added"
                            + " up, += and not =.")
            .mistake(
                    """
                    for (int i = 0; i < W.length; i++) {
                        double slope = 1 - Math.tanh(y[i]) * Math.tanh(y[i]);
                        for (int j = 0; j < row.length; j++) {
                            row[j] += g[i] * slope * W[i][j];
                        }
                    }""",
                    (w, y, g) -> pullBack(w, y, g, v -> 1 - Math.tanh(v) * Math.tanh(v)),
                    "y is the result of tanh already; here tanh is taken a second time.")
            .mistake("""
                    for (int i = 0; i < W.length; i++) {
                        for (int j = 0; j < row.length; j++) {
                            row[j] += g[i] * (1 - y[i]) * W[i][j];
                        }
                    }""", (w, y, g) -> pullBack(w, y, g, v -> 1 - v), "The square is missing in the slope of tanh.")
            .hint("Two loops: over the outputs i and, inside, over the inputs j. What goes back along the connection"
                    + " from j to i is g[i] times the slope of tanh at i times W[i][j].")
            .hint("The slope is `1 - y[i] * y[i]`. Add to `row[j]` with `+=`: every output sends something back to"
                    + " every input.")
            .remark(
                    "No 3 × 4 Jacobian was built, the cost is that of the layer itself, and of the inner workings only y"
                            + " was needed: this is what each operation of the library does.")
            .build();

    /// How many sweeps a Jacobian takes.
    public static final Prediction jacobian = Prediction.of(
                    "02.jacobian", "How many backward sweeps give the Jacobian of a function from 100 numbers to 50?")
            .option(
                    "5000 sweeps, one for each entry",
                    "5000 is the number of entries. A sweep from one output comes back with the derivatives by all"
                            + " inputs, a whole row of 100 entries.")
            .option(
                    "100 sweeps, one for each input",
                    "That is right for forward sweeps, each of which gives a column. Backwards it goes by outputs.")
            .option(
                    "50 sweeps, one for each output",
                    "A sweep that starts with 1 at output i and 0 at the others comes back with row i, all 100 entries"
                            + " of it.")
            .answer('c');

    /// On paper: the cheaper direction.
    public static final NumberExercise sweeps = NumberExercise.of("02.3", "the cheaper direction")
            .cell("Lesson02.sweeps.check(@@);")
            .expects(8)
            .tolerance(1e-9)
            .solution("8")
            .mistake("8 * 3000", 24_000, "That is the number of entries; a sweep gives a whole row or a whole column.")
            .mistake(
                    "3000",
                    3000,
                    "That many backward sweeps would do it, one for each output. The other direction is cheaper here.")
            .mistake(
                    "9",
                    9,
                    "Nine evaluations are what one-sided differences take, with their error. Sweeps are exact, and there"
                            + " is no base point to evaluate.")
            .hint("A backward sweep gives a row of the Jacobian, a forward sweep a column.")
            .hint("The Jacobian has 3000 rows and 8 columns.")
            .remark("Few inputs: forward. Few outputs: backward. A loss has one output, however many parameters there"
                    + " are: one sweep backwards.")
            .build();

    /// How the two ways of getting a gradient differ in memory.
    public static final Prediction memory = Prediction.of("02.memory", "How does the memory grow with the steps?")
            .option(
                    "both grow a thousandfold",
                    "Backprop nearly does: a part of what it holds does not grow. The other mode keeps nothing of the way forward, so the number of steps does"
                            + " not occur in what it holds.")
            .option(
                    "Backprop grows several hundredfold, Backsolve doubles",
                    "Not even that: every buffer that Backsolve uses in a step is used again in the next.")
            .option(
                    "Backprop grows several hundredfold, Backsolve by not one byte",
                    "Backprop adds the same number of bytes for each step, on top of the few buffers that both need."
                            + " Backsolve has these buffers alone and uses them again in every step.")
            .answer('c');

    /// The bytes of a stored evaluation, for sizes of the reader's own choice.
    public static final CodeExercise<Supplier<Own>> own = CodeExercise.<Supplier<Own>>of("02.4", "your own network")
            .cell("""
                    int myHidden = 20, mySamples = 6;
                    double room(int rk4) {
                        Ode ode = Ode.of(network(myHidden)).span(0, 1).solver(Rk4.steps(rk4)).adjoint(Backprop.defaults());
                        return ode.gradient(Lesson02.circle(mySamples, 0), network(myHidden).initialParameters(7), Cost.sumOfSquares(
                                Lesson02.circle(mySamples, 0.5))).peakBytes();
                    }
                    double measured = (room(200) - room(100)) / 100;
                    Lesson02.own.check(() -> new Lesson02.Own(myHidden, mySamples, measured, @@));""")
            .trial((answer, probe) -> {
                Own own = answer.get();
                return new double[] {own.predicted / own.measured};
            })
            .tolerance(0.02)
            .answer(() -> new Own(4, 3, 576, 576))
            .solution("4 * (2 + myHidden) * mySamples * 8")
            .mistakeWhen(
                    "(2 + myHidden) * mySamples * 8",
                    answer -> near(answer.get().predicted * 4, answer.get().measured),
                    "That is one evaluation. A step of RK4 has four, and all are stored.")
            .mistakeWhen(
                    "4 * (2 + myHidden) * mySamples",
                    answer -> near(answer.get().predicted * 8, answer.get().measured),
                    "That counts numbers. In double precision each takes several bytes.")
            .mistakeWhen(
                    "4 * (2 + myHidden) * 8",
                    answer -> near(answer.get().predicted * answer.get().samples, answer.get().measured),
                    "That is one sample; each row of the batch has a state and activations of its own.")
            .mistakeWhen(
                    "4 * myHidden * mySamples * 8",
                    answer -> near(answer.get().predicted, 32.0 * answer.get().hidden * answer.get().samples),
                    "The activations are there; the state that the evaluation started from is kept as well.")
            .mistakeWhen(
                    "(4 * myHidden + myHidden + 2) * 8",
                    answer -> near(answer.get().predicted, (5.0 * answer.get().hidden + 2) * 8),
                    "Those are the bytes of the parameters. They are there once, however many evaluations are stored.")
            .hint(
                    "Of each evaluation of tanh(x W₁ + b₁) W₂ + b₂ the sweep reads x, and what tanh gave. How many numbers"
                            + " is that for one sample?")
            .hint("2 + myHidden numbers a sample, 8 bytes each, and four evaluations a step.")
            .remark("Now you can tell beforehand how many steps fit into your machine: its free bytes divided by this"
                    + " number.")
            .build();

    /// The post's factor of forty.
    public static final Prediction batch = Prediction.of("02.batch", "How much larger may the batch be?")
            .option(
                    "40 times",
                    "That is the post's arithmetic: one unit instead of forty. It counts one evaluation's stored"
                            + " activations and nothing else; the buffers to compute with count too.")
            .option(
                    "several times, but fewer than 20",
                    "To go back one step, the adjoint needs more than one set of activations: buffers for each operation"
                            + " of the evaluation and of its product, several times what Backprop stores for a step.")
            .option(
                    "not at all",
                    "It would be so if an evaluation's working buffers were as large as forty stored evaluations. They"
                            + " are larger than one, but not by that much.")
            .answer('b');

    /// In code: how few units checkpoints can do with.
    public static final CodeExercise<IntUnaryOperator> checkpoints = CodeExercise.<IntUnaryOperator>of(
                    "02.5", "how few units can it be?")
            .cell("""
                    Lesson02.checkpoints.check(n -> {
                        int least = n;
                        @@
                        return least;
                    });""")
            .starter("todo();")
            .trial((answer, probe) -> new double[] {answer.applyAsInt(probe.integer("n", 30, 300))})
            .answer(n -> leastUnits(n, (steps, c) -> c + (steps + c - 1) / c))
            .solution("""
                    for (int c = 1; c <= n; c++) {
                        int longest = (n + c - 1) / c;
                        least = Math.min(least, c + longest);
                    }""")
            .mistake(
                    """
                    for (int c = 1; c <= n; c++) {
                        least = Math.min(least, c + n / c);
                    }""",
                    n -> leastUnits(n, (steps, c) -> c + steps / c),
                    "Division of whole numbers rounds down: 40 steps in 6 pieces leave one piece with 7 steps, and that"
                            + " one needs the room.")
            .mistake(
                    """
                    least = (int) Math.ceil(Math.sqrt(n));""",
                    n -> (int) Math.ceil(Math.sqrt(n)),
                    "That is the number of checkpoints. While a piece is swept, its own evaluations need room too.")
            .mistake(
                    """
                    for (int c = 1; c <= n; c++) {
                        least = Math.min(least, c * ((n + c - 1) / c));
                    }""",
                    n -> n,
                    "That is as much as to store everything. The checkpoints and one piece are held at the same time:"
                            + " do their numbers add or multiply?")
            .hint("Try every number c of pieces. The longest piece has n / c steps, rounded up.")
            .hint("Rounded up in whole numbers: `(n + c - 1) / c`. Keep the least of `c + (n + c - 1) / c`.")
            .remark("About 2 √n units, exact to the last digit, for one more evaluation a step: no more than what"
                    + " Backsolve pays in time.")
            .build();

    /// Whether the adjoint's gradient is that of the discrete solve.
    public static final Prediction exact = Prediction.of("02.exact", "Do the two gradients agree?")
            .option(
                    "to the last digits",
                    "They would if stepping back led to the very states of the way forward. An Euler step back does not"
                            + " undo an Euler step.")
            .option(
                    "nearly; ten times the steps, a tenth of the difference",
                    "Backsolve solves the continuous adjoint equation with a first-order method, Backprop differentiates"
                            + " the steps that were taken. Both tend to the same limit, each with an error in proportion"
                            + " to the step.")
            .option(
                    "nearly, with a difference that stays",
                    "A difference that stays would mean that one of the two is wrong. Both converge to the gradient of"
                            + " the exact solution.")
            .answer('b');

    private Lesson02() {}

    /// Points on the unit circle, at equal distances, turned by an angle: the lesson's data.
    ///
    /// @param turn in radians
    /// @return `[points][2]`
    public static double[][] circle(int points, double turn) {
        double[][] made = new double[points][];
        for (int i = 0; i < points; i++) {
            double at = 2 * Math.PI * i / points + turn;
            made[i] = new double[] {Math.cos(at), Math.sin(at)};
        }
        return made;
    }

    /// Bytes of Java objects that are in use, after the garbage has been collected. Takes a tenth of a second or so.
    public static long liveHeap() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    @FunctionalInterface
    private interface Slope {
        double at(double y);
    }

    @FunctionalInterface
    private interface Units {
        int of(int steps, int pieces);
    }

    private static double[] layerOf(double[][] w, double[] x) {
        double[] y = new double[w.length];
        for (int i = 0; i < w.length; i++) {
            for (int j = 0; j < x.length; j++) {
                y[i] += w[i][j] * x[j];
            }
            y[i] = Math.tanh(y[i]);
        }
        return y;
    }

    private static double[] pullBack(double[][] w, double[] y, double[] g, Slope slope) {
        double[] row = new double[w[0].length];
        for (int i = 0; i < w.length; i++) {
            for (int j = 0; j < row.length; j++) {
                row[j] += g[i] * slope.at(y[i]) * w[i][j];
            }
        }
        return row;
    }

    private static int leastUnits(int n, Units units) {
        int least = n;
        for (int c = 1; c <= n; c++) {
            least = Math.min(least, units.of(n, c));
        }
        return least;
    }

    private static boolean near(double a, double b) {
        return Math.abs(a - b) <= 0.01 * Math.abs(b);
    }
}
