package org.costate.workbook;

/// A reader's guess, kept in a variable until the result is there.
///
/// @param prediction the question
/// @param letter `a`, `b`, `c`, or `?` for none
public record Guess(Prediction prediction, char letter) {
    /// Whether the guess is right.
    public boolean right() {
        return letter == prediction.answer();
    }

    /// Compares the guess with the answer and says why. Without a guess it asks for one and does not tell.
    public Card reveal() {
        return prediction.answerTo(letter);
    }

    /// All three options with what is to be said of each, whatever was guessed.
    public Card explain() {
        return prediction.explain();
    }

    @Override
    public String toString() {
        return letter == Prediction.NONE ? "no prediction yet" : "predicted " + letter;
    }
}
