package org.costate;

import java.util.Arrays;
import org.costate.memory.Buffer;
import org.costate.memory.History;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.BoundDynamics;
import org.costate.ode.DenseOutput;
import org.costate.ode.Dynamics;
import org.costate.ode.FixedSteps;
import org.costate.ode.Integrator;
import org.costate.ode.Interruptible;
import org.costate.ode.Outcome;
import org.costate.ode.Solver;
import org.costate.ode.Statistics;
import org.costate.ode.StepListener;

/// One solve: integrates and keeps what was asked for.
///
/// @param observe times whose states are kept, in the order of the solve; null for every step
/// @param theta flat, in the precision of x0
/// @param part memory of the call
record Solve(
        Dynamics dynamics,
        Solver solver,
        double t0,
        double t1,
        Observed observe,
        boolean dense,
        StepListener listener,
        Buffer x0,
        Buffer theta,
        Workspace part) {
    /// Times to keep.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Observed(double[] times) {
        /// These times.
        ///
        /// @throws IllegalArgumentException if a time is outside of the span, or they are not in its order
        double[] checked(double t0, double t1) {
            double direction = t1 >= t0 ? 1 : -1;
            for (int j = 0; j < times.length; j++) {
                boolean inside = (times[j] - t0) * direction >= 0 && (t1 - times[j]) * direction >= 0;
                if (!inside || (j > 0 && (times[j] - times[j - 1]) * direction <= 0)) {
                    throw new IllegalArgumentException("times: number " + j + " is " + times[j]
                            + (j > 0 ? " after " + times[j - 1] : "")
                            + ", expected times of the span, strictly in its order, from " + t0 + " to " + t1);
                }
            }
            return times;
        }
    }

    Solution run() {
        return solver.stepsPerSample() && x0.rows() > 1 ? perSample() : together();
    }

    private Solution together() {
        Workspace kept = new Workspace();
        int expected =
                observe != null ? observe.times.length : solver.steps() instanceof FixedSteps f ? f.count() + 1 : 0;
        History states = new History(kept, (int) x0.size(), expected, x0.precision());
        History times = new History(kept, 1, expected, Precision.FLOAT64);
        Buffer state = Buffer.movable(x0.rows(), x0.columns(), x0.precision());
        Buffer time = Buffer.movable(1, 1, Precision.FLOAT64);
        BoundDynamics field = new Interruptible(dynamics.bind(part, x0.rows(), x0.precision(), theta));
        double[] stops = observe == null ? new double[0] : observe.checked(t0, t1);
        Integrator run = new Integrator(field, solver, t0, t1, stops, x0, part);
        DenseOutput between = dense ? new DenseOutput(run, (number, p, t, y, k) -> field.eval(p, t, y, k), kept) : null;
        int next = 0;
        int k = 0;
        do {
            if (k > 0) {
                listener.accepted(k - 1, run.time(), run.state());
                if (dense) {
                    between.add();
                }
            }
            k++;
            boolean wanted = observe == null || (next < stops.length && stops[next] == run.time());
            if (wanted) {
                next++;
                states.append(state);
                state.copyFrom(run.state());
                times.append(time);
                time.set(0, run.time());
            }
        } while (run.step());
        Statistics statistics = run.statistics().plusEvaluations(dense ? between.evaluations() : 0);
        return new Solution(
                times,
                states,
                x0.rows(),
                x0.columns(),
                x0.precision(),
                run.outcome(),
                statistics,
                run.state().toMatrix(),
                dense ? new DenseOutput[] {between} : null);
    }

    /// Each sample with its own steps; kept at the observed times, or at both ends. Dense output is that of each.
    private Solution perSample() {
        double[] at = observe == null ? new double[] {t0, t1} : observe.checked(t0, t1);
        int d = x0.columns();
        Workspace kept = new Workspace();
        History states = new History(kept, (int) x0.size(), at.length, x0.precision());
        History times = new History(kept, 1, at.length, Precision.FLOAT64);
        Buffer state = Buffer.movable(x0.rows(), d, x0.precision());
        Buffer time = Buffer.movable(1, 1, Precision.FLOAT64);
        for (double t : at) {
            states.append(state);
            times.append(time);
            time.set(0, t);
        }
        Solver alone = solver.adaptive(s -> s.withPerSample(false));
        Outcome outcome = null;
        int reached = at.length;
        double[][] end = new double[x0.rows()][];
        Statistics statistics = Statistics.NONE;
        DenseOutput[] between = dense ? new DenseOutput[x0.rows()] : null;
        for (int row = 0; row < x0.rows(); row++) {
            Solution one = new Solve(
                            dynamics,
                            alone,
                            t0,
                            t1,
                            new Observed(at),
                            dense,
                            listener,
                            x0.view((long) row * d, 1, d),
                            theta,
                            part)
                    .run();
            for (int j = 0; j < one.size(); j++) {
                states.moveTo(j, 0, state);
                state.view((long) row * d, 1, d).copyFrom(one.state(j));
            }
            end[row] = one.outcome().succeeded() ? one.end()[0] : null;
            reached = Math.min(reached, one.size());
            if (outcome == null || (outcome.succeeded() && !one.outcome().succeeded())) {
                outcome = one.outcome();
            }
            statistics = statistics.plus(one.statistics());
            if (dense) {
                between[row] = one.between()[0];
            }
        }
        states.truncate(reached); // what all of them reached
        times.truncate(reached);
        return new Solution(times, states, x0.rows(), d, x0.precision(), outcome, statistics, end, between);
    }

    @Override
    public String toString() {
        return "Solve[" + solver + ", " + (observe == null ? "every step" : Arrays.toString(observe.times)) + "]";
    }
}
