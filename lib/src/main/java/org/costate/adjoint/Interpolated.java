package org.costate.adjoint;

import org.costate.memory.Buffer;
import org.costate.ode.Integrator;
import org.costate.ode.LastStep;
import org.costate.ode.StepInterpolant;
import org.costate.ode.Stepper;

/// The states at observation times inside of steps, on the way forward.
final class Interpolated {
    private final Problem problem;
    private final Observations seen;
    private final LastStep inside;
    private final Buffer state;

    private Interpolated(Problem problem, Observations seen, Integrator run, Stepper.Evaluator field) {
        this.problem = problem;
        this.seen = seen;
        inside = new LastStep(run, field, problem.workspace());
        state = problem.state();
    }

    /// Null where steps end at all of them.
    ///
    /// @param field for the interpolant, with numbers that follow those of the step
    static Interpolated of(Problem problem, Observations seen, Integrator run, Stepper.Evaluator field) {
        return problem.interpolates() ? new Interpolated(problem, seen, run, field) : null;
    }

    /// To be called after every step.
    void step() {
        inside.taken();
    }

    /// Lies observation number `j` in the last step, before t1? Then [#state()] is the state there.
    boolean shows(int j) {
        if (!seen.isBefore(j, problem.t1()) || !inside.holds(seen.time(j))) {
            return false;
        }
        inside.at(seen.time(j), state, problem.states());
        return true;
    }

    /// To be called after every step: has the observations inside of it seen for some samples.
    ///
    /// @param passed how many were seen
    /// @param firstRow where these samples are in the batch
    /// @return how many were seen now
    int step(int passed, int firstRow) {
        step();
        int next = passed;
        while (shows(next)) {
            seen.seeRows(next++, firstRow, state);
        }
        return next;
    }

    Buffer state() {
        return state;
    }

    /// Sums like the one that gave the state.
    StepInterpolant interpolant() {
        return inside.interpolant();
    }

    long evaluations() {
        return inside.evaluations();
    }
}
