package org.costate.workbook;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.costate.Ode;
import org.costate.adjoint.Backprop;
import org.costate.gpu.Gpu;
import org.costate.gpu.driver.Facts;
import org.costate.graph.Trace;
import org.costate.ode.Dynamics;
import org.costate.ode.Rk4;

/// Exercises and predictions of lesson 09: the same solves and gradients on a device.
public final class Lesson09 {
    private static final String TOO_EARLY = "sum0 += v1[";

    /// An answer of [#fits]: how many samples fit.
    @FunctionalInterface
    public interface Fitting {
        /// How many fit.
        ///
        /// @param room in bytes
        /// @param steps of the solve
        /// @param evaluations in a step
        /// @param numbers of a state, in float64
        long samples(long room, long steps, long evaluations, long numbers);
    }

    /// An answer of [#parts]: the gradient of a batch that does not fit as a whole.
    @FunctionalInterface
    public interface InParts {
        /// The gradient by the parameters of the whole batch.
        ///
        /// @param x0 a row for each sample
        /// @param most samples that fit
        /// @param gradient by the parameters, of a cost that is a sum over the samples it is given
        double[] of(double[][] x0, int most, Function<double[][], double[]> gradient);
    }

    /// What of a tape is left on the device.
    public static final Prediction tape = Prediction.of(
                    "09.tape", "Forty evaluations of the post's batch: what must Backprop keep on the device?")
            .option(
                    "40 GB: it is the same tape",
                    "So it would be if each operation were a call of its own. Here the whole evaluation is one loop"
                            + " nest, and its hidden numbers never leave the work-group.")
            .option(
                    "about 1.2 GB: where each evaluation took place, and nothing else",
                    "Two numbers are kept in place of 66. The hidden ones are computed again on the way back, beside the"
                            + " arithmetic units, which costs less than fetching them would.")
            .option(
                    "nothing: a GPU computes all of it again",
                    "Backsolve does that. Backprop is exact for the steps that were taken, so it must know where they"
                            + " took place.")
            .answer('b');

    /// What shows if a barrier is missing, on a processor.
    public static final Prediction race = Prediction.of(
                    "09.race", "A barrier is missing, and the tests run by PoCL on a processor. What do they show?")
            .option(
                    "wrong numbers in every run",
                    "Wrong numbers there would be if one work-item read what another has not written yet. On a processor"
                            + " a group of this library has one work-item, which waits for nobody.")
            .option(
                    "nothing",
                    "One work-item does everything in order, so each number is there before it is read. The same code"
                            + " is wrong on a GPU. That is why the project also runs its kernels in Oclgrind, which"
                            + " follows every access and reports such races.")
            .option(
                    "it hangs",
                    "A program hangs if some work-items wait at a barrier that others never reach. Where there is none,"
                            + " nobody waits.")
            .answer('b');

    /// What an A100 waits for.
    public static final Prediction limit = Prediction.of(
                    "09.limit", "If each operation is a kernel of its own: what does an A100 wait for in our network?")
            .option(
                    "the arithmetic: 64 times tanh is a lot",
                    "It is a lot for one processor. But an A100 computes some fifty float64 operations in the time in"
                            + " which it moves one number.")
            .option(
                    "memory, ten times as long as the arithmetic takes",
                    "Each of the five operations reads its operands from memory and writes its result there, though the"
                            + " next one wants it back at once.")
            .option(
                    "neither: the two take about as long",
                    "They would in a network with far wider layers, whose products use each number again and again.")
            .answer('b');

    /// On paper: what Backprop keeps on a device.
    public static final NumberExercise bytes = NumberExercise.of("09.1", "predict the bytes")
            .cell("Lesson09.bytes.check(@@);")
            .expects(153.6)
            .tolerance(1e-6)
            .solution("10_000 * 240 * 4 * 2 * 8 / 1e6")
            .mistake(
                    "10_000 * 240 * 2 * 8 / 1e6",
                    38.4,
                    "That is one state a step. RK4 evaluates f four times a step, each time elsewhere.")
            .mistake(
                    "10_000 * 240 * 4 * 8 / 1e6",
                    76.8,
                    "Each argument has two numbers. (Or did you take four bytes for a number? float64 has eight.)")
            .mistake("153_600_000", 153_600_000, "That is in bytes. Asked for are millions of them, MB.")
            .mistake("240 * 4 * 2 * 8 / 1e6", 0.01536, "That is one sample. There are ten thousand.")
            .hint("Samples, steps, evaluations a step, numbers of each, bytes a number: multiply.")
            .hint("10,000 · 240 · 4 · 2 · 8 bytes. A million bytes are a MB.")
            .remark("The field does not appear in it: a wider network keeps no more.")
            .build();

    /// By reading: where a barrier is missing.
    public static final NumberExercise barrier = NumberExercise.of("09.2", "the missing barrier")
            .cell("Lesson09.barrier.check(@@);")
            .expects(line(TOO_EARLY))
            .solution(String.valueOf(line(TOO_EARLY)))
            .mistake(
                    String.valueOf(line("v1[e] =")),
                    line("v1[e] ="),
                    "There v0[s * 64 + c] is v0[e], which the same work-item has written: nobody else is waited for.")
            .mistake(
                    String.valueOf(line("total += x[")),
                    line("total += x["),
                    "It reads v1 too early as well, but it is not the first line that does.")
            .mistake(
                    String.valueOf(line("sum0 += a[")),
                    line("sum0 += a["),
                    "That reads a and W2, which are complete: a since the barrier above this piece, W2 from the start.")
            .mistake(
                    String.valueOf(line("gx = ")),
                    line("gx = "),
                    "That is where the barrier belongs. Asked for is the line that goes wrong without it, a little below.")
            .hint("Go from loop to loop. Which numbers does work-item `e` read that it has not written itself?")
            .hint("The loop for gx sums over all 64 numbers of v1. Who has written them?")
            .remark(
                    "The barrier that is left could go: each work-item reads the one number of v0 that it wrote itself. The"
                            + " library puts one wherever a loop reads what the loop before has written.")
            .build();

    /// In code: the batch that fits.
    public static final CodeExercise<Fitting> fits = CodeExercise.<Fitting>of("09.3", "the batch that fits")
            .cell("Lesson09.fits.check((room, steps, evaluations, numbers) -> @@);")
            .trial((answer, probe) -> new double[] {
                answer.samples(
                        1_000_000L * probe.integer("MB", 10, 40_000),
                        probe.integer("steps", 10, 1000),
                        probe.integer("evaluations", 1, 12),
                        probe.integer("numbers", 2, 9))
            })
            .answer((room, steps, evaluations, numbers) -> room / (8 * steps * evaluations * numbers))
            .solution("room / (8 * steps * evaluations * numbers)")
            .mistake(
                    "room / (8 * steps * numbers)",
                    (room, steps, evaluations, numbers) -> room / (8 * steps * numbers),
                    "Each step has several evaluations, and Backprop keeps where each of them took place.")
            .mistake(
                    "room / (steps * evaluations * numbers)",
                    (room, steps, evaluations, numbers) -> room / (steps * evaluations * numbers),
                    "`room` is in bytes, and a float64 number takes eight.")
            .mistake(
                    "room / (8 * steps * evaluations * numbers) + 1",
                    (room, steps, evaluations, numbers) -> room / (8 * steps * evaluations * numbers) + 1,
                    "One too many: a sample that fits in part does not fit.")
            .mistake(
                    "room / (8 * evaluations * numbers)",
                    (room, steps, evaluations, numbers) -> room / (8 * evaluations * numbers),
                    "That is one step. Backprop keeps all of them until the way back.")
            .hint("How many bytes does one sample take? 09.1 has the factors.")
            .hint("A sample takes 8 · steps · evaluations · numbers bytes. Division of `long` numbers rounds down.")
            .remark("With the post's 40 GB and ten steps of RK4 in two numbers: 62.5 million samples.")
            .build();

    /// In code: a batch in parts.
    public static final CodeExercise<InParts> parts = CodeExercise.<InParts>of("09.4", "a batch in parts")
            .cell("Lesson09.parts.check((x0, most, gradient) -> @@);")
            .starter("""
                    {
                        double[] sum = new double[3];
                        // Arrays.copyOfRange(x0, from, to) has the rows from … to − 1
                        return todo();
                    }""")
            .trial((answer, probe) -> {
                double[][] x0 = IntStream.range(0, probe.integer("samples", 7, 11))
                        .mapToObj(i -> probe.vector("sample " + i, 3, 0.5, 2))
                        .toArray(double[][]::new);
                int most = probe.integer("most", 3, 6);
                return answer.of(x0, most, rows -> {
                    if (rows.length > most) {
                        throw new IllegalArgumentException(rows.length + " samples, where " + most + " fit");
                    }
                    return total(rows);
                });
            })
            .answer((x0, most, gradient) -> summed(x0, most, gradient, x0.length, 1))
            .solution(partsText("i < x0.length", "Math.min(i + most, x0.length)", "sum[j] += part[j];"))
            .mistake(
                    partsText("i + most <= x0.length", "i + most", "sum[j] += part[j];"),
                    (x0, most, gradient) -> summed(x0, most, gradient, x0.length / most * most, 1),
                    "The last samples are missing, which do not fill a part: the last part is smaller.")
            .mistake(
                    partsText(
                            "i < x0.length",
                            "Math.min(i + most, x0.length)",
                            "sum[j] += part[j] / Math.ceilDiv(x0.length, most);"),
                    (x0, most, gradient) -> summed(x0, most, gradient, x0.length, 1.0 / Math.ceilDiv(x0.length, most)),
                    "The cost is a sum over the samples, so that its gradient is a sum over the parts, not a mean.")
            .mistake(
                    partsText("i < x0.length", "Math.min(i + most, x0.length)", "sum[j] = part[j];"),
                    (x0, most, gradient) ->
                            gradient.apply(Arrays.copyOfRange(x0, (x0.length - 1) / most * most, x0.length)),
                    "Only the last part is left: each part is to be added to those before.")
            .mistakeWhen(
                    "gradient.apply(x0)",
                    answer -> isWhole(answer),
                    "That is the whole batch at once, which does not fit.")
            .hint("A loop over the first sample of each part: `for (int i = 0; i < x0.length; i += most)`.")
            .hint("`gradient.apply(Arrays.copyOfRange(x0, i, Math.min(i + most, x0.length)))`, added number by number.")
            .remark("By x0 there is nothing to add: each part has the rows of its own samples.")
            .build();

    private Lesson09() {}

    /// The card that the post has in mind: an A100 of 40 GB, by its data sheet. It is not here: its code can be read.
    public static Gpu a100() {
        return Gpu.absent(new Facts("A100", "CUDA", "8.0", "", 40L << 30, 48 << 10, 1024, 108, true, false));
    }

    /// The lines of a source from the first that has `first` in it to the next that has `last`, moved to the left.
    ///
    /// @throws IllegalArgumentException if there are none
    public static String lines(String source, String first, String last) {
        List<String> all =
                source.lines().dropWhile(line -> !line.contains(first)).toList();
        int end = IntStream.range(0, all.size())
                .filter(i -> all.get(i).contains(last))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("first, last: got " + first + " and " + last
                        + ", which the source does not have in this order"));
        String piece = String.join("\n", all.subList(0, end + 1));
        return piece.stripIndent();
    }

    /// A piece of a kernel without one of its barriers, with numbers before its lines.
    public static String listing() {
        List<String> all = broken();
        StringBuilder s = new StringBuilder();
        for (int i = 0; i < all.size(); i++) {
            s.append("%2d  %s%n".formatted(i + 1, all.get(i)));
        }
        return s.toString().stripTrailing();
    }

    private static List<String> broken() {
        Dynamics network = Trace.dynamics(
                2, (t, x, p) -> x.matmul(p.matrix("W1", 2, 64)).tanh().matmul(p.matrix("W2", 64, 2)));
        String source = Ode.of(network)
                .span(0, 1)
                .solver(Rk4.steps(1))
                .adjoint(Backprop.defaults())
                .on(a100())
                .source();
        String piece = lines(source, "/* v0 = ", "ADD(128");
        int gx = piece.indexOf("BARRIER;\n/* gx = ");
        return (piece.substring(0, gx) + piece.substring(gx).replaceFirst("BARRIER;\n", "") + "\n}")
                .lines()
                .toList();
    }

    private static int line(String part) {
        List<String> all = broken();
        return IntStream.range(0, all.size())
                        .filter(i -> all.get(i).contains(part))
                        .findFirst()
                        .orElseThrow(() -> new IllegalStateException("the kernel has no line with " + part))
                + 1;
    }

    private static double[] total(double[][] rows) {
        double[] sum = new double[3];
        for (double[] x : rows) {
            sum[0] += x[0];
            sum[1] += x[1] * x[2];
            sum[2] += x[2] * x[2];
        }
        return sum;
    }

    private static double[] summed(
            double[][] x0, int most, Function<double[][], double[]> gradient, int end, double factor) {
        double[] sum = new double[3];
        for (int i = 0; i < end; i += most) {
            double[] part = gradient.apply(Arrays.copyOfRange(x0, i, Math.min(i + most, end)));
            for (int j = 0; j < sum.length; j++) {
                sum[j] += factor * part[j];
            }
        }
        return sum;
    }

    private static boolean isWhole(InParts answer) {
        boolean[] whole = {false};
        answer.of(new double[4][3], 3, rows -> {
            whole[0] |= rows.length > 3;
            return new double[3];
        });
        return whole[0];
    }

    private static String partsText(String loop, String end, String add) {
        return """
                {
                    double[] sum = new double[3];
                    for (int i = 0; %s; i += most) {
                        double[] part = gradient.apply(Arrays.copyOfRange(x0, i, %s));
                        for (int j = 0; j < 3; j++) %s
                    }
                    return sum;
                }""".formatted(loop, end, add);
    }
}
