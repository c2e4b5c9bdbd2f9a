package org.costate.workbook;

import java.util.ArrayList;
import java.util.List;

/// A question put before its result, with three options. Guessing first is what makes the result stay in mind.
///
/// In the cell before the result: `var growth = Lesson00.growth.predict('?');` with the reader's letter for the
/// question mark; in the cell with the result, last: `growth.reveal()`.
public final class Prediction {
    /// What stands in the starter: no guess yet.
    public static final char NONE = '?';

    private static final int OPTIONS = 3;

    private final String id;
    private final String question;
    private final List<Option> options;
    private final int right;

    /// One of the three.
    ///
    /// @param text the option as the reader finds it above the cell
    /// @param explanation why it is right, or what thinking leads there and where that goes wrong
    public record Option(String text, String explanation) {}

    private Prediction(Builder b, char right) {
        id = b.id;
        question = b.question;
        options = List.copyOf(b.options);
        this.right = right - 'a';
        if (options.size() != OPTIONS || this.right < 0 || this.right >= OPTIONS) {
            throw new IllegalStateException("prediction " + id + ": got " + options.size() + " options and the answer '"
                    + right + "', expected three options and 'a', 'b' or 'c'");
        }
    }

    /// Begins a prediction.
    ///
    /// @param id unique in the workbook, such as `00.growth`
    /// @param question one sentence
    public static Builder of(String id, String question) {
        return new Builder(id, question);
    }

    /// Notes the reader's guess.
    ///
    /// @param letter `'a'`, `'b'` or `'c'`, or `'?'` for no guess yet
    /// @throws IllegalArgumentException for any other letter
    public Guess predict(char letter) {
        char low = Character.toLowerCase(letter);
        if (low != NONE && (low < 'a' || low >= 'a' + OPTIONS)) {
            throw new IllegalArgumentException("letter: got '" + letter
                    + "', expected 'a', 'b' or 'c' (or '?' for no guess yet), in single quotes");
        }
        return new Guess(this, low);
    }

    /// The name, such as `00.growth`.
    public String id() {
        return id;
    }

    /// The question.
    public String question() {
        return question;
    }

    /// The three options, in order.
    public List<Option> options() {
        return options;
    }

    /// The right option's letter.
    public char answer() {
        return letter(right);
    }

    /// All three options with what is to be said of each.
    public Card explain() {
        StringBuilder body = new StringBuilder();
        for (int i = 0; i < OPTIONS; i++) {
            Option option = options.get(i);
            body.append(i == right ? "✓ " : "✗ ").append(label(i)).append(". ").append(option.explanation);
            body.append("\n\n");
        }
        return new Note(question, body.toString());
    }

    /// The answer to a guess.
    Card answerTo(char letter) {
        if (letter == NONE) {
            return new Note(
                    "○ No prediction yet · " + question,
                    "Put `'a'`, `'b'` or `'c'` in place of `'?'` above, run that cell, then this one. Or read all three"
                            + " answers: put `.explain()` in place of `.reveal()`.");
        }
        int guess = letter - 'a';
        if (guess == right) {
            return new Note("✓ You predicted " + label(guess) + ": right", options.get(guess).explanation);
        }
        return new Note(
                "✗ You predicted " + label(guess),
                options.get(guess).explanation + "\n\nIt is " + label(right) + ". " + options.get(right).explanation);
    }

    private String label(int i) {
        return "(" + letter(i) + ") " + options.get(i).text;
    }

    private static char letter(int i) {
        return (char) ('a' + i);
    }

    /// Gathers the parts of a [Prediction].
    public static final class Builder {
        private final String id;
        private final String question;
        private final List<Option> options = new ArrayList<>();

        private Builder(String id, String question) {
            this.id = id;
            this.question = question;
        }

        /// The next option: its text as in the lesson, and what the reader is told on having chosen it.
        public Builder option(String text, String explanation) {
            options.add(new Option(text, explanation));
            return this;
        }

        /// The prediction, with the right option's letter.
        ///
        /// @throws IllegalStateException if there are not three options or the letter is none of theirs
        public Prediction answer(char letter) {
            return new Prediction(this, letter);
        }
    }
}
