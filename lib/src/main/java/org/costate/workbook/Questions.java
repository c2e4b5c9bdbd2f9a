package org.costate.workbook;

import java.util.List;

/// The ten questions of lesson 10. Their words stand in the lesson too, and a test compares them.
final class Questions {
    /// One of them.
    ///
    /// @param where the lesson and section that tells more
    record Question(String text, String answer, String where) {}

    static final List<Question> ALL = List.of(
            new Question(
                    "Why has the gradient of a loop by θ one term for each pass, and which derivative of the pass is in it?",
                    "θ is used once in each pass, as if every pass had a knob of its own; the gradient is the sum over the"
                            + " knobs. In each term stands gₖ, which holds all that comes later, times the direct derivative of"
                            + " the pass, with the state before it held still. Totals would count early knobs again and again.",
                    "01, Three knobs"),
            new Question(
                    "What must be there for the way back through an operation, and why does a row suffice?",
                    "What its derivative is made of: the other factor of a product, the result of tanh, nothing for a sum. A"
                            + " row suffices because the loss is one number: multiplied from the left, the chain of Jacobians"
                            + " stays a row.",
                    "02, Why one row is enough"),
            new Question(
                    "When may the states be computed again instead of being kept?",
                    "Always from checkpoints, forwards, with the same operations. Backwards only if the step itself can be"
                            + " undone (reversible Heun) on a field on which that is stable, such as an orbit; or roughly, on a"
                            + " tame field, with an error of the solver's order.",
                    "03, A step that can be undone"),
            new Question(
                    "A field contracts. Why does no way back find the start, not even the true inverse?",
                    "Solutions come together by a factor e to the −λT, so the way back drives them apart by e to the λT. One"
                            + " rounding error in the last digit becomes larger than the state. The start is not in those"
                            + " digits any more.",
                    "03, A field that forgets"),
            new Question(
                    "Why may λ be any function at first, and what is it then chosen for?",
                    "It multiplies ẋ − f, which is zero on a solution, so it changes nothing. It is chosen so that the"
                            + " variation of the path, which would cost a solution for each parameter, drops out: that gives an"
                            + " ODE for λ and its condition at the end.",
                    "04, Which terms die"),
            new Question(
                    "What is a(t) in words, and what happens to it where the cost looks at the state?",
                    "The price of a nudge at time t: by how much the cost still to come changes for each unit by which the"
                            + " state is moved. Where the cost looks at the state it jumps, going backwards by +∂G/∂x.",
                    "04, The price of a nudge"),
            new Question(
                    "What is −λ(0), and when may it be dropped?",
                    "dJ/dx₀, the gradient by the start. It may be dropped if nothing that is learned makes the start. With an"
                            + " encoder in front it is all that the encoder hears.",
                    "04, Which terms die"),
            new Question(
                    "Which system is solved backwards, from where, and what does it hold at time 0?",
                    "(x, a, g) with slopes (f, −Jᵀa − L_x, −Fᵀa − L_θ), F being ∂f/∂θ, from (x(T), ∂L/∂x(T), 0). At time 0 it"
                            + " holds the start, dJ/dx₀ and dJ/dθ. The sum g needs no trajectory of a: it adds up on the way.",
                    "05, One solve back"),
            new Question(
                    "Backprop through the steps, or the adjoint ODE: which of the two is exact?",
                    "Backprop is exact for the steps, the gradient of what the program computes. The adjoint ODE is solved with"
                            + " an error of the solver's order, and approximates the gradient of the exact solution. So does"
                            + " backprop: the steps miss the solution by the same order.",
                    "05, Four ways back"),
            new Question(
                    "Somebody hands you a gradient. How do you find out whether it is right?",
                    "Nudge a few parameters up and down and compare, to some seven digits, on a small problem that hides"
                            + " nothing: several components, a clock in the field, a running cost, a start that moves. A"
                            + " falling loss proves nothing.",
                    "10, What each slip costs"));

    private Questions() {}

    /// Its answer as a card; how to ask, where there is no such number.
    static Card answer(int n) {
        if (n < 1 || n > ALL.size()) {
            return new Note(
                    n == 0 ? "○ No question yet" : "There is no question " + n,
                    "Answer one of them first, aloud or on paper. Then put its number, 1 to " + ALL.size()
                            + ", between the brackets and run the cell.");
        }
        Question q = ALL.get(n - 1);
        return new Note(n + ". " + q.text, q.answer + "\n\nMore: lesson " + q.where + ".");
    }
}
