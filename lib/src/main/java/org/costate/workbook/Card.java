package org.costate.workbook;

/// A small text that a cell shows: a verdict, a hint, a solution, the answer to a prediction.
///
/// Every card has two forms with the same words: [#html()] for a notebook front end, [#text()] for a terminal, a
/// screen reader or a kernel without renderers. A renderer needs nothing else of this package. `toString()` is the
/// plain text. Cost: a few hundred characters.
public sealed interface Card permits Verdict, Note {
    /// The card as one HTML element with inline styles only. It takes text colour and background from the page, so
    /// that it reads well in light and dark mode; what its colour says is said in words too.
    String html();

    /// The card as plain text, without a line break at its end.
    String text();
}
