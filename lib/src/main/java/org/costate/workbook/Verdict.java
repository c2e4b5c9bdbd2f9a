package org.costate.workbook;

/// What a check found: the state, and what to do next. A check returns a verdict for every answer and throws for none,
/// so that a lesson runs from top to bottom with no exercise done.
///
/// @param state passed, mistaken or not attempted
/// @param id the exercise, such as `01.2`
/// @param title its short title
/// @param message what was found, in sentences; paragraphs separated by an empty line
public record Verdict(State state, String id, String title, String message) implements Card {
    /// The three states of an exercise.
    public enum State {
        /// The answer is right.
        PASSED("✓ Passed", "#1a9e5c"),
        /// There is an answer and it is not right yet.
        MISTAKE("✗ Not yet", "#d9822b"),
        /// There is no answer: the starter is still there.
        NOT_ATTEMPTED("○ Not attempted", "#8a8f98");

        private final String words;
        private final String colour;

        State(String words, String colour) {
            this.words = words;
            this.colour = colour;
        }
    }

    /// Whether the answer is right.
    public boolean passed() {
        return state == State.PASSED;
    }

    private String heading() {
        return state.words + " · Exercise " + id + ", " + title;
    }

    @Override
    public String html() {
        return Markup.card(state.colour, heading(), message, "");
    }

    @Override
    public String text() {
        return Markup.text(heading(), message, "");
    }

    @Override
    public String toString() {
        return text();
    }
}
