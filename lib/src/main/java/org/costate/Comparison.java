package org.costate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/// What the gradient modes did on one problem, and which of them to take; made by [Advisor].
///
/// The recommendation follows from the numbers here and from nothing else:
///
/// 1. A mode is *accurate* if its [Trial#error] is at most [#allowedError] and its drift is small enough.
/// 2. Of the accurate modes that hold at most [#memory] bytes, the fastest by its median; of those that
/// take less than a tenth longer, which is within the noise, the one that holds the least.
/// 3. If no accurate mode fits, the accurate one that holds the least; if none is accurate, the one with the
///    smallest error. The text says so.
///
/// @param trials the modes that gave a gradient, in the order of their run
/// @param notRun the others, with the reason
/// @param allowedError the largest error that counts as accurate: what the user allows; else the largest of
///     the solver's relative tolerance, ten times the error of the exact modes, which is what the solve
///     itself gets wrong, ten times what the reference may be off, and a hundred roundings
/// @param referenceError how far the reference itself may be off; NaN if there is none, and [Trial#error] is
///     [Trial#fromDiscrete] then
/// @param memory the bytes that a gradient may hold
public record Comparison(
        List<Trial> trials, List<NotRun> notRun, double allowedError, double referenceError, long memory) {
    private static final double NOISE = 1.1;

    /// One mode, measured.
    ///
    /// @param mode its name
    /// @param error of the gradient against that of the exact solution: max |g − g*| / max |g*| of ∂C/∂x0
    ///     or of ∂C/∂θ, whichever is larger; of an array below a millionth of the other, relative to that.
    ///     The error of the solve is a part of it, for every mode
    /// @param fromDiscrete the same relative to the gradient of the discrete solve, which the exact modes give
    /// @param milliseconds of one gradient: the median of the later half of the runs
    /// @param fastest, slowest run of these, in milliseconds
    /// @param runs how many gradients were computed
    /// @param bytes the most that were held at once, counted by the workspace
    /// @param evaluations of the field, on both ways
    /// @param products vector–Jacobian or Jacobian–vector
    /// @param drift how far the state that was found again at t0 is from x0; none if it is not
    ///     looked for
    /// @param trusted is the drift small enough, [org.costate.adjoint.Gradient#trusted()]?
    public record Trial(
            String mode,
            double error,
            double fromDiscrete,
            double milliseconds,
            double fastest,
            double slowest,
            int runs,
            long bytes,
            long evaluations,
            long products,
            OptionalDouble drift,
            boolean trusted) {}

    /// A mode without a gradient, and why.
    public record NotRun(String mode, Why why, String reason) {}

    /// Why there is no gradient.
    public enum Why {
        /// The mode does not go with this solver.
        REFUSED,
        /// A solve did not succeed, on the way there or back.
        FAILED,
        /// More than this JVM may hold.
        NO_MEMORY,
        /// It was not its turn yet, or was not done, when the time was over, or would have taken too long.
        NO_TIME,
        /// The comparison was interrupted before.
        INTERRUPTED
    }

    public Comparison {
        trials = List.copyOf(trials);
        notRun = List.copyOf(notRun);
    }

    /// Is its gradient good enough?
    public boolean accurate(Trial trial) {
        return trial.trusted && trial.error <= allowedError;
    }

    /// Does it hold no more than [#memory]?
    public boolean fits(Trial trial) {
        return trial.bytes <= memory;
    }

    /// The mode to take; none if none gave a gradient.
    public Optional<Trial> recommended() {
        List<Trial> accurate = trials.stream().filter(this::accurate).toList();
        List<Trial> fitting = accurate.stream().filter(this::fits).toList();
        if (!fitting.isEmpty()) {
            double fastest =
                    fitting.stream().mapToDouble(Trial::milliseconds).min().orElseThrow();
            return fitting.stream()
                    .filter(t -> t.milliseconds <= NOISE * fastest)
                    .min(Comparator.comparingLong(Trial::bytes));
        }
        return accurate.isEmpty()
                ? trials.stream()
                        .min(Comparator.comparingDouble(t -> Double.isNaN(t.error) ? Double.MAX_VALUE : t.error))
                : accurate.stream().min(Comparator.comparingLong(Trial::bytes));
    }

    /// How many times as long as the fastest of all it takes.
    public double ratio(Trial trial) {
        return trial.milliseconds
                / trials.stream().mapToDouble(Trial::milliseconds).min().orElseThrow();
    }

    /// Which mode to take, in one sentence.
    public String summary() {
        return recommended().map(this::reason).orElse("No mode gave a gradient.");
    }

    /// Which mode to take, why, and what speaks against the others, in sentences.
    public String recommendation() {
        List<String> text = new ArrayList<>(List.of(summary()));
        recommended().ifPresent(chosen -> text.addAll(others(chosen)));
        if (Double.isNaN(referenceError) && !trials.isEmpty()) {
            text.add("There was no reference in time: errors are relative to the gradient of the discrete solve.");
        }
        notRun.stream()
                .filter(n -> n.why != Why.REFUSED)
                .forEach(n -> text.add(n.mode + ": not run, " + n.reason + "."));
        return String.join(" ", text);
    }

    private String reason(Trial t) {
        String numbers = time(t.milliseconds) + ", " + bytes(t.bytes);
        String error = "error " + number(t.error);
        if (!accurate(t)) {
            String drift = t.trusted ? "" : ", and its state misses x0 by " + number(t.drift.orElse(Double.NaN));
            return t.mode + " has the smallest error, but is not accurate either (" + error + drift + ", more than "
                    + number(allowedError) + "): take smaller steps, or another solver.";
        }
        if (!fits(t)) {
            return t.mode + " holds the least of the accurate modes, but " + bytes(t.bytes) + " are more than the "
                    + bytes(memory) + " allowed (" + error + ", " + time(t.milliseconds) + ").";
        }
        boolean tie = trials.stream().anyMatch(o -> accurate(o) && fits(o) && o.milliseconds < t.milliseconds);
        return "Take " + t.mode + (tie ? ": as fast as the fastest" : ": the fastest") + " of the accurate modes"
                + (tie ? " within the noise, it holds the least" : memory == Long.MAX_VALUE ? "" : " that fit")
                + " (" + error + ", at most " + number(allowedError) + "; " + numbers + ").";
    }

    private List<String> others(Trial chosen) {
        List<String> text = new ArrayList<>();
        trials.stream()
                .filter(t -> accurate(t) && t.bytes < chosen.bytes / 2)
                .min(Comparator.comparingLong(Trial::bytes))
                .ifPresent(t -> text.add("With less memory: " + t.mode + ", " + bytes(t.bytes) + ", "
                        + String.format(Locale.ROOT, "%.1f", t.milliseconds / chosen.milliseconds)
                        + " times as long."));
        List<Trial> rest = trials.stream().filter(t -> !t.equals(chosen)).toList();
        list(
                text,
                "More memory than allowed: ",
                rest.stream().filter(t -> accurate(t) && !fits(t)),
                t -> bytes(t.bytes));
        list(
                text,
                "Not accurate: ",
                rest.stream().filter(t -> !accurate(t)),
                t -> t.trusted
                        ? "error " + number(t.error)
                        : "its state misses x0 by " + number(t.drift.orElse(Double.NaN)));
        return text;
    }

    private static void list(
            List<String> text,
            String head,
            java.util.stream.Stream<Trial> which,
            java.util.function.Function<Trial, String> why) {
        String all = which.map(t -> t.mode + " (" + why.apply(t) + ")").collect(Collectors.joining(", "));
        if (!all.isEmpty()) {
            text.add(head + all + ".");
        }
    }

    /// Two digits.
    private static String number(double x) {
        return String.format(Locale.ROOT, "%.1e", x);
    }

    private static String time(double milliseconds) {
        return milliseconds < 1
                ? String.format(Locale.ROOT, "%.0f µs", 1000 * milliseconds)
                : milliseconds < 1000
                        ? String.format(Locale.ROOT, "%.1f ms", milliseconds)
                        : String.format(Locale.ROOT, "%.1f s", milliseconds / 1000);
    }

    private static String bytes(long n) {
        String[] units = {"bytes", "KiB", "MiB", "GiB", "TiB"};
        double size = n;
        int unit = 0;
        while (size >= 1024 && unit < units.length - 1) {
            size /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", size, units[unit]);
    }

    /// The recommendation.
    @Override
    public String toString() {
        return recommendation();
    }
}
