package org.costate;

import java.util.Arrays;
import java.util.function.DoubleFunction;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.costate.ode.Outcome;
import org.costate.ode.Statistics;

/// The states of a solve after each step, and how it ended.
///
/// After a solve that went wrong, everything before is here; only [#end()] throws.
///
/// Where samples have steps of their own, each has its own times, states, outcome and statistics: [#sample]. What is
/// asked of all of them, [#times()], [#state] and [#component], is then at the times that they have in common: the
/// observed ones that all of them reached, else t0 and, if all of them reached it, t1.
public final class Solution {
    /// Of all samples together, or of each at the times that all have in common.
    private final States[] states;

    private final Outcome outcome;
    private final Statistics statistics;
    private final double[][] end;
    /// x(t); null if it is not kept.
    private final DoubleFunction<double[][]> between;
    /// Null if they stepped together.
    private final Solution[] samples;

    /// Of samples that stepped together.
    ///
    /// @param end x(T); null if it was not reached
    /// @param between x(t); null if it is not kept
    Solution(
            States states, Outcome outcome, Statistics statistics, double[][] end, DoubleFunction<double[][]> between) {
        this.states = new States[] {states};
        this.outcome = outcome;
        this.statistics = statistics;
        this.end = end;
        this.between = between;
        samples = null;
    }

    /// Of samples with steps of their own.
    ///
    /// @param observed are their states those at the same times?
    Solution(Solution[] samples, boolean observed) {
        this.samples = samples;
        outcome = Samples.outcome(Arrays.stream(samples).map(s -> s.outcome).toList());
        statistics = Arrays.stream(samples).map(s -> s.statistics).reduce(Statistics.NONE, Statistics::plus);
        int reached = Arrays.stream(samples).mapToInt(Solution::size).min().getAsInt();
        states = Arrays.stream(samples)
                .map(s -> s.states[0])
                .map(s -> observed || reached == 0 ? s.first(reached) : s.ends(outcome.succeeded()))
                .toArray(States[]::new);
        end = null;
        boolean dense = Arrays.stream(samples).anyMatch(s -> s.between != null);
        between = dense ? t -> rows(i -> samples[i].at(t)[0]) : null;
    }

    private double[][] rows(IntFunction<double[]> row) {
        return IntStream.range(0, batch()).mapToObj(row).toArray(double[][]::new);
    }

    /// How the solve ended; of samples with steps of their own, how the first that went wrong did.
    public Outcome outcome() {
        return outcome;
    }

    /// What it cost.
    public Statistics statistics() {
        return statistics;
    }

    public int batch() {
        return states.length * states[0].rows();
    }

    public int dimension() {
        return states[0].of().dimension();
    }

    /// Sample number `row` alone, a batch of one: its states, with an outcome and statistics of its own where it had
    /// steps of its own. Its failure names it by its number in the whole batch.
    ///
    /// @throws IndexOutOfBoundsException if there is no such sample
    public Solution sample(int row) {
        if (row < 0 || row >= batch()) {
            throw new IndexOutOfBoundsException(
                    "row: got sample " + row + ", expected one below " + batch() + "; they count from 0");
        }
        return samples != null
                ? samples[row]
                : new Solution(
                        states[0].sample(row),
                        outcome,
                        statistics,
                        end == null ? null : new double[][] {end[row]},
                        between == null ? null : t -> new double[][] {between.apply(t)[row]});
    }

    /// How many states there are: the steps and the start.
    public int size() {
        return states[0].size();
    }

    /// The times of the states, from t0 on. A copy.
    public double[] times() {
        return states[0].times();
    }

    /// State number `k`, `[batch][dimension]`; 0 is the start. A copy.
    public double[][] state(int k) {
        if (k < 0 || k >= size()) {
            throw new IndexOutOfBoundsException("k: got state number " + k + ", expected one below " + size()
                    + "; they count from 0, the start, and size() says how many there are");
        }
        return samples == null
                ? states[0].state(k).toMatrix()
                : rows(i -> states[i].state(k).toArray());
    }

    /// Component `j` of sample `row` at all times. A copy.
    public double[] component(int row, int j) {
        if (row < 0 || row >= batch() || j < 0 || j >= dimension()) {
            throw new IndexOutOfBoundsException("row, j: got sample " + row + ", component " + j
                    + ", expected them below " + batch() + " and " + dimension() + "; both count from 0");
        }
        int rows = states[0].rows();
        return states[row / rows].component(row % rows, j);
    }

    /// x(t) at any time that was reached, `[batch][dimension]`, by the method's interpolant.
    ///
    /// @throws IllegalStateException if dense output was not asked for, or the solve ended before it kept any
    /// @throws IllegalArgumentException if the solve did not get there, or the field is not finite at an end of the
    ///     step that t lies in
    public double[][] at(double t) {
        if (between == null) {
            throw new IllegalStateException("at: got a solve that kept no dense output, expected one that was told to"
                    + (outcome.succeeded()
                            ? "; write ode.dense().solve(...)"
                            : " and came so far; write ode.dense().solve(...), and see how this one ended: "
                                    + outcome.message()));
        }
        return between.apply(t);
    }

    /// x(T), `[batch][dimension]`. A copy. If only some samples reached it: `sample(row).end()`.
    ///
    /// @throws org.costate.ode.SolveException if the end was not reached, be it by one sample
    public double[][] end() {
        outcome.orThrow();
        return rows(i -> samples == null ? end[i].clone() : samples[i].end()[0]);
    }

    @Override
    public String toString() {
        String steps = samples == null ? "" : ", steps of their own";
        return "Solution[" + size() + " states of " + batch() + " x " + dimension() + steps + ", " + outcome.kind()
                + ": " + outcome.message() + "]";
    }
}
