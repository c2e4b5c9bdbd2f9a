package org.costate.workbook;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// An exercise of a lesson: a starter cell, a check, hints in steps, a solution, and a message for each likely mistake.
///
/// In a cell: `Lesson01.eulerStep.check(…)`, `.hint(1)`, `.hint(2)`, `.solution()`. None of them throws for any
/// answer. Two kinds: [CodeExercise] runs the reader's code on seeded random input, [NumberExercise] checks one number
/// that was worked out on paper.
///
/// The texts of the cell are data, so that a test can run each exercise three ways in a real kernel: the starter, every
/// mistake, the solution.
public abstract sealed class Exercise permits CodeExercise, NumberExercise {
    /// Where the answer stands in the text of the cell.
    static final String ANSWER = "@@";

    private static final Pattern HANDLE = Pattern.compile("(Lesson\\d\\d\\.\\w+)\\.check\\(");

    private final String id;
    private final String title;
    private final String handle;
    private final String cell;
    private final String starter;
    private final String solution;
    private final String remark;
    private final List<String> hints;
    private final List<Mistake> mistakes;

    /// A likely mistake as text.
    ///
    /// @param code what stands in the cell instead of the answer
    /// @param message what the reader is told; it names the mistake
    public record Mistake(String code, String message) {}

    Exercise(Builder<?> b) {
        id = b.id;
        title = b.title;
        cell = b.cell;
        starter = b.starter;
        solution = b.solution;
        remark = b.remark;
        hints = List.copyOf(b.hints);
        mistakes = List.copyOf(b.mistakes);
        Matcher found = HANDLE.matcher(cell);
        require(found.find() && cell.contains(ANSWER), "cell", cell, "text with `LessonNN.name.check(` and " + ANSWER);
        handle = found.group(1);
        require(!solution.isBlank(), "solution", solution, "the text that passes");
        require(hints.size() >= 2, "hints", hints.size() + " of them", "at least two");
        require(!mistakes.isEmpty(), "mistakes", "none", "at least one likely mistake");
    }

    private void require(boolean holds, String what, String got, String expected) {
        if (!holds) {
            throw new IllegalStateException(
                    "exercise " + id + ": " + what + ": got \"" + got + "\", expected " + expected);
        }
    }

    /// The exercise's name in texts and tests, such as `01.2`.
    public String id() {
        return id;
    }

    /// What it is about, in a few words.
    public String title() {
        return title;
    }

    /// How a cell names it, such as `Lesson01.eulerStep`.
    public String handle() {
        return handle;
    }

    /// The cell as the reader finds it.
    public String starterCell() {
        return cellWith(starter);
    }

    /// The cell that passes.
    public String solutionCell() {
        return cellWith(solution);
    }

    /// The likely mistakes, in the order in which an answer is compared with them.
    public List<Mistake> mistakes() {
        return mistakes;
    }

    /// The cell as someone writes it who makes this mistake.
    public String mistakeCell(Mistake mistake) {
        return cellWith(mistake.code);
    }

    /// How many hints there are, at least two.
    public int hints() {
        return hints.size();
    }

    /// Hint number `n`, counted from 1; each tells more than the one before. A number that there is no hint for gives a
    /// card that says so.
    public Card hint(int n) {
        if (n < 1 || n > hints.size()) {
            return new Note(
                    "Exercise " + id + " has no hint " + n,
                    "There are `" + handle + ".hint(1)` to `" + handle + ".hint(" + hints.size() + ")`, then `" + handle
                            + ".solution()`.");
        }
        String more = n < hints.size()
                ? "More: `" + handle + ".hint(" + (n + 1) + ")`"
                : "All hints read. The answer: `" + handle + ".solution()`";
        return new Note("Hint " + n + " of " + hints.size() + " · Exercise " + id, hints.get(n - 1) + "\n\n" + more);
    }

    /// A cell that passes, to compare with yours or to paste.
    public Card solution() {
        return new Note(
                "Solution · Exercise " + id + ", " + title,
                "Paste this into the cell, run it, then change it until you know why each part is there.",
                solutionCell());
    }

    private String cellWith(String answer) {
        int at = cell.indexOf(ANSWER);
        int column = at - (cell.lastIndexOf('\n', at) + 1);
        String indent = cell.substring(at - column, at).replaceAll("\\S.*", "");
        return (cell.substring(0, at) + answer.strip().replace("\n", "\n" + indent) + cell.substring(at + 2)).strip();
    }

    final Verdict passed() {
        return verdict(Verdict.State.PASSED, remark);
    }

    final Verdict mistaken(String message) {
        return verdict(Verdict.State.MISTAKE, message + "\n\nStuck? `" + handle + ".hint(1)`");
    }

    final Verdict notAttempted() {
        return verdict(
                Verdict.State.NOT_ATTEMPTED,
                "Put your answer in place of `" + placeholder() + "` and run the cell. Stuck? `" + handle
                        + ".hint(1)` … `.hint(" + hints.size() + ")`, `.solution()`");
    }

    abstract String placeholder();

    /// The verdict on a likely mistake; nothing where the mistake is known as text only.
    abstract Optional<Verdict> checkMistake(Mistake mistake);

    private Verdict verdict(Verdict.State state, String message) {
        return new Verdict(state, id, title, message);
    }

    /// What both kinds of exercise are built from.
    ///
    /// @param <B> the builder itself
    public abstract static sealed class Builder<B extends Builder<B>>
            permits CodeExercise.Builder, NumberExercise.Builder {
        final String id;
        private final String title;
        private String cell = "";
        private String starter;
        private String solution = "";
        private String remark = "";
        private final List<String> hints = new ArrayList<>();
        private final List<Mistake> mistakes = new ArrayList<>();

        Builder(String id, String title, String starter) {
            this.id = id;
            this.title = title;
            this.starter = starter;
        }

        abstract B self();

        final void add(Mistake mistake) {
            mistakes.add(mistake);
        }

        /// The cell's text, with `@@` where the answer belongs: `Lesson01.eulerStep.check((x, dt) -> @@);`.
        public B cell(String text) {
            cell = text;
            return self();
        }

        /// What stands at `@@` at first; `todo()` or `TODO` unless said otherwise. It may hold a part of the answer.
        public B starter(String code) {
            starter = code;
            return self();
        }

        /// What stands at `@@` in the solution.
        public B solution(String code) {
            solution = code;
            return self();
        }

        /// One more hint; each tells more than the one before. At least two.
        public B hint(String text) {
            hints.add(text);
            return self();
        }

        /// What the reader is told on passing: why the answer is as it is, what it is good for.
        public B remark(String text) {
            remark = text;
            return self();
        }
    }
}
