package org.costate.workbook;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleSupplier;

/// An exercise on paper: the answer is one number. Not for answers with more than one number, see [CodeExercise].
///
/// ```java
/// public static final NumberExercise costate = NumberExercise.of("00.1", "From a to λ")
///         .cell("Lesson00.costate.check(@@);")
///         .expects(-2.5)
///         .solution("-2.5")
///         .mistake("2.5", 2.5, "This is a itself: λ has the opposite sign.")
///         .hint("…").hint("…").build();
/// ```
public final class NumberExercise extends Exercise {
    private final DoubleSupplier expected;
    private final double tolerance;
    private final List<Double> wrong;

    private NumberExercise(Builder b) {
        super(b);
        expected = b.expected;
        tolerance = b.tolerance;
        wrong = List.copyOf(b.wrong);
    }

    /// Begins an exercise. See [Exercise.Builder] for the rest.
    ///
    /// @param id such as `01.2`
    /// @param title a few words
    public static Builder of(String id, String title) {
        return new Builder(id, title);
    }

    /// Judges the reader's number; [Workbook#TODO] (any NaN) is "not attempted". Never throws.
    public Verdict check(double answer) {
        if (Double.isNaN(answer)) {
            return notAttempted();
        }
        double right = expected.getAsDouble();
        if (agree(answer, right)) {
            return passed();
        }
        for (int i = 0; i < wrong.size(); i++) {
            if (agree(answer, wrong.get(i))) {
                return mistaken(mistakes().get(i).message());
            }
        }
        String size = agree(answer, -right)
                ? "The size is right, the sign is not."
                : Math.abs(answer) > Math.abs(right)
                        ? "Your number is too large in size."
                        : "Your number is too small in size.";
        return mistaken("You gave " + answer + ". " + size);
    }

    @Override
    Optional<Verdict> checkMistake(Mistake mistake) {
        return Optional.of(check(wrong.get(mistakes().indexOf(mistake))));
    }

    private boolean agree(double a, double b) {
        return a == b || Math.abs(a - b) <= tolerance * Math.abs(b);
    }

    @Override
    String placeholder() {
        return "TODO";
    }

    /// Gathers the parts of a [NumberExercise].
    public static final class Builder extends Exercise.Builder<Builder> {
        private DoubleSupplier expected = () -> Double.NaN;
        private double tolerance = 1e-3;
        private final List<Double> wrong = new ArrayList<>();

        private Builder(String id, String title) {
            super(id, title, "TODO");
        }

        /// The right answer.
        public Builder expects(double value) {
            return expects(() -> value);
        }

        /// The right answer, computed when it is first needed, by the library rather than by hand where possible.
        public Builder expects(DoubleSupplier value) {
            expected = value;
            return this;
        }

        /// The largest relative error that passes, 10⁻³ unless said otherwise: a pocket calculator's three digits.
        public Builder tolerance(double relative) {
            tolerance = relative;
            return this;
        }

        /// A likely wrong number.
        ///
        /// @param code how a reader writes it, such as `0.1 * 3`
        /// @param value what that is
        /// @param message names the mistake
        public Builder mistake(String code, double value, String message) {
            wrong.add(value);
            add(new Mistake(code, message));
            return this;
        }

        @Override
        Builder self() {
            return this;
        }

        /// The exercise.
        ///
        /// @throws IllegalStateException naming the part that is missing
        public NumberExercise build() {
            return new NumberExercise(this);
        }
    }
}
