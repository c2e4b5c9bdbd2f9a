package org.costate.workbook;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Predicate;

/// An exercise in code: the reader's answer and the lesson's run on the same seeded random inputs and must give the
/// same numbers. Five trials of what the lesson declares, so keep a trial below some milliseconds.
///
/// An answer that does not agree is compared with the likely mistakes, which are answers too: the first that gives the
/// reader's numbers on every trial tells its message. Otherwise the verdict says what is seen: an exception, a missing
/// number, the wrong length, the wrong sign, a constant factor, or the first input at which the numbers differ.
///
/// ```java
/// public static final CodeExercise<DoubleUnaryOperator> slope = CodeExercise
///         .<DoubleUnaryOperator>of("00.2", "The slope of tanh")
///         .cell("Lesson00.slope.check(x -> @@);")
///         .trial((answer, probe) -> new double[] {answer.applyAsDouble(probe.number("x", 0.5, 2))})
///         .answer(x -> 1 - Math.tanh(x) * Math.tanh(x))
///         .solution("1 - Math.tanh(x) * Math.tanh(x)")
///         .mistake("1 - Math.tanh(x)", x -> 1 - Math.tanh(x), "The square is missing.")
///         .hint("…").hint("…").build();
/// ```
///
/// @param <A> the type of the answer: a functional interface for code, an array or record for values. Not a boxed
///     number: that is [NumberExercise]
public final class CodeExercise<A> extends Exercise {
    private static final int TRIALS = 5;

    private final Trial<A> trial;
    private final A answer;
    private final double tolerance;
    private final List<BiPredicate<CodeExercise<A>, A>> likely;
    private final Map<Mistake, A> models;

    private CodeExercise(Builder<A> b) {
        super(b);
        if (b.trial == null || b.answer == null) {
            throw new IllegalStateException("exercise " + id() + ": trial and answer: got none, expected both");
        }
        trial = b.trial;
        answer = b.answer;
        tolerance = b.tolerance;
        likely = List.copyOf(b.likely);
        models = Map.copyOf(b.models);
    }

    /// Begins an exercise. See [Exercise.Builder] for the rest.
    ///
    /// @param id such as `01.2`
    /// @param title a few words
    public static <A> Builder<A> of(String id, String title) {
        return new Builder<>(id, title);
    }

    /// Judges the reader's answer. `null`, code that calls [Workbook#todo()], and code that returns nothing but NaN are
    /// "not attempted". Never throws for any answer, save what a virtual machine cannot go on after.
    public Verdict check(A reader) {
        if (reader == null) {
            return notAttempted();
        }
        Verdict early = firstFault(reader);
        if (early == null) {
            return passed();
        }
        if (early.state() == Verdict.State.NOT_ATTEMPTED) {
            return early;
        }
        for (int i = 0; i < likely.size(); i++) {
            if (likely.get(i).test(this, reader)) {
                return mistaken(mistakes().get(i).message());
            }
        }
        return early;
    }

    /// The lesson's own answer, judged like a reader's.
    Verdict checkOwnAnswer() {
        return check(answer);
    }

    @Override
    Optional<Verdict> checkMistake(Mistake mistake) {
        return Optional.ofNullable(models.get(mistake)).map(this::check);
    }

    /// Null if the answer agrees everywhere, otherwise a verdict on what is seen without knowing likely mistakes.
    private Verdict firstFault(A reader) {
        String fault = null;
        Factor factor = new Factor();
        for (int k = 0; k < TRIALS; k++) {
            Probe probe = new Probe(k);
            double[] want = expected(k);
            double[] got;
            try {
                got = trial.run(reader, probe);
            } catch (Throwable thrown) { // the answer may throw anything
                Faults.rethrowIfFatal(thrown);
                if (Faults.isNotAttempted(thrown)) {
                    return notAttempted();
                }
                return mistaken(Faults.thrown(thrown, probe.where()));
            }
            if (k == 0 && Faults.isMissing(got)) {
                return notAttempted();
            }
            if (fault == null) {
                fault = Faults.difference(got, want, tolerance, probe.where());
            }
            factor.add(got, want);
        }
        if (fault == null) {
            return null;
        }
        return mistaken(factor.sentence() + fault);
    }

    private double[] expected(int k) {
        try {
            return trial.run(answer, new Probe(k));
        } catch (Exception e) {
            throw new IllegalStateException("exercise " + id() + ": the lesson's own answer threw", e);
        }
    }

    private boolean sameAs(A wrong, A reader) {
        try {
            for (int k = 0; k < TRIALS; k++) {
                double[] likely = trial.run(wrong, new Probe(k));
                if (Faults.difference(trial.run(reader, new Probe(k)), likely, tolerance, "") != null) {
                    return false;
                }
            }
            return true;
        } catch (Throwable thrown) { // the answer may throw anything
            Faults.rethrowIfFatal(thrown);
            return false;
        }
    }

    @Override
    String placeholder() {
        return "todo()";
    }

    /// Gathers the parts of a [CodeExercise].
    ///
    /// @param <A> the type of the answer
    public static final class Builder<A> extends Exercise.Builder<Builder<A>> {
        private Trial<A> trial;
        private A answer;
        private double tolerance = 1e-9;
        private final List<BiPredicate<CodeExercise<A>, A>> likely = new ArrayList<>();
        private final Map<Mistake, A> models = new HashMap<>();

        private Builder(String id, String title) {
            super(id, title, "todo()");
        }

        /// How an answer is turned into numbers.
        public Builder<A> trial(Trial<A> value) {
            trial = value;
            return this;
        }

        /// The lesson's own answer.
        public Builder<A> answer(A value) {
            answer = value;
            return this;
        }

        /// The largest error that passes, relative to the size of the number where that is above 1, otherwise absolute;
        /// 10⁻⁹ unless said otherwise.
        public Builder<A> tolerance(double value) {
            tolerance = value;
            return this;
        }

        /// A likely wrong answer: an answer that gives the same numbers gets this message. Answers are compared with
        /// the mistakes in the order in which they are declared.
        ///
        /// @param code how a reader writes it
        /// @param wrong the same, compiled
        /// @param message names the mistake
        public Builder<A> mistake(String code, A wrong, String message) {
            models.put(new Mistake(code, message), wrong);
            return mistakeWhen(code, (exercise, reader) -> exercise.sameAs(wrong, reader), message);
        }

        /// A mistake that is seen by other signs than its numbers, such as a property that the answer lacks.
        ///
        /// @param when whether an answer that did not pass makes this mistake; if it throws, it does not
        public Builder<A> mistakeWhen(String code, Predicate<? super A> when, String message) {
            return mistakeWhen(
                    code,
                    (exercise, reader) -> {
                        try {
                            return when.test(reader);
                        } catch (Throwable thrown) { // the answer may throw anything
                            Faults.rethrowIfFatal(thrown);
                            return false;
                        }
                    },
                    message);
        }

        private Builder<A> mistakeWhen(String code, BiPredicate<CodeExercise<A>, A> when, String message) {
            likely.add(when);
            add(new Mistake(code, message));
            return this;
        }

        @Override
        Builder<A> self() {
            return this;
        }

        /// The exercise.
        ///
        /// @throws IllegalStateException naming the part that is missing
        public CodeExercise<A> build() {
            return new CodeExercise<>(this);
        }
    }
}
