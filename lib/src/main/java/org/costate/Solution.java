package org.costate;

import java.util.Arrays;
import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.ode.DenseOutput;
import org.costate.ode.Outcome;
import org.costate.ode.Statistics;

/// The states of a solve after each step, and how it ended.
///
/// After a solve that went wrong, everything before is here; only [#end()] throws.
public final class Solution {
    private final Trajectory trajectory;
    private final Outcome outcome;
    private final Statistics statistics;
    private final double[][] end;
    /// For all samples, or for each; null if it is not kept.
    private final DenseOutput[] between;

    /// @param end x(T); null if it was not reached
    Solution(Trajectory trajectory, Outcome outcome, Statistics statistics, double[][] end, DenseOutput[] between) {
        this.trajectory = trajectory;
        this.outcome = outcome;
        this.statistics = statistics;
        this.end = end;
        this.between = between;
    }

    /// How the solve ended.
    public Outcome outcome() {
        return outcome;
    }

    /// What it cost.
    public Statistics statistics() {
        return statistics;
    }

    public int batch() {
        return trajectory.batch();
    }

    public int dimension() {
        return trajectory.dimension();
    }

    /// How many states there are: the steps and the start.
    public int size() {
        return trajectory.size();
    }

    /// The times of the states, from t0 on. A copy.
    public double[] times() {
        return trajectory.times();
    }

    /// State number `k`, `[batch][dimension]`; 0 is the start. A copy.
    public double[][] state(int k) {
        if (k < 0 || k >= size()) {
            throw new IndexOutOfBoundsException("k: got state number " + k + ", expected one below " + size()
                    + "; they count from 0, the start, and size() says how many there are");
        }
        return trajectory.state(k).toMatrix();
    }

    /// Component `j` of sample `row` at all times. A copy.
    public double[] component(int row, int j) {
        if (row < 0 || row >= batch() || j < 0 || j >= dimension()) {
            throw new IndexOutOfBoundsException("row, j: got sample " + row + ", component " + j
                    + ", expected them below " + batch() + " and " + dimension() + "; both count from 0");
        }
        return trajectory.component(row, j);
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
        Buffer x = trajectory.like();
        int rows = batch() / between.length;
        for (int i = 0; i < between.length; i++) {
            synchronized (between[i]) { // it moves views of its own
                between[i].at(t, x.view((long) i * rows * dimension(), rows, dimension()));
            }
        }
        if (!Kernels.best().finite(x)) {
            throw new IllegalArgumentException(
                    "t: got " + t + ", where the interpolant is not finite, since the field is"
                            + " not at an end of the step there, expected a time of another step; take one of times(), or smaller"
                            + " steps");
        }
        return x.toMatrix();
    }

    DenseOutput[] between() {
        return between;
    }

    /// x(T), `[batch][dimension]`. A copy.
    ///
    /// @throws org.costate.ode.SolveException if the end was not reached
    public double[][] end() {
        outcome.orThrow();
        return Arrays.stream(end).map(double[]::clone).toArray(double[][]::new);
    }

    @Override
    public String toString() {
        return "Solution[" + size() + " states of " + batch() + " x " + dimension() + ", " + outcome.kind() + ": "
                + outcome.message() + "]";
    }
}
