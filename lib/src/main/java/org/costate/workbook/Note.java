package org.costate.workbook;

/// A card that informs and does not judge: a hint, a solution, a prediction that was noted or answered.
///
/// @param heading one line
/// @param body paragraphs separated by an empty line, `code` between backticks; may be empty
/// @param code Java text to copy into a cell; may be empty
public record Note(String heading, String body, String code) implements Card {
    /// A note without code.
    public Note(String heading, String body) {
        this(heading, body, "");
    }

    @Override
    public String html() {
        return Markup.card("#5b8def", heading, body, code);
    }

    @Override
    public String text() {
        return Markup.text(heading, body, code);
    }

    @Override
    public String toString() {
        return text();
    }
}
