package org.costate.ode;

import java.util.function.IntFunction;
import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.memory.Workspace;

/// The solution inside of the last step of a solve, by the method's interpolant: for times at which no step ends.
public final class LastStep {
    private final Integrator run;
    private final StepInterpolant inside;
    private final IntFunction<Buffer> slot = this::slot;
    private final IntFunction<Buffer> evaluation = this::evaluation;
    private double start;
    private double end;
    private boolean shown;
    private Buffer[] before;

    /// Of a solve that has not taken a step yet.
    ///
    /// @param field evaluated for the interpolant, with numbers that follow those of the step
    public LastStep(Integrator run, Stepper.Evaluator field, Workspace workspace) {
        this.run = run;
        inside = new StepInterpolant(run.scheme(), run.jumps(), field, workspace, run.state());
        end = run.time();
    }

    /// To be called after every step.
    public void taken() {
        start = end;
        end = run.time();
        shown = false;
    }

    /// Is this time inside of the step, or its end?
    public boolean holds(double time) {
        return (time - start) * run.direction() > 0 && (end - time) * run.direction() >= 0;
    }

    /// x at a time of the step.
    ///
    /// @param out Overwritten.
    /// @param naming what a failure calls the numbers of the state
    /// @throws SolveException if it is not finite, though both ends are
    public void at(double time, Buffer out, Offender.Naming naming) {
        if (!shown) {
            before = run.slotsBefore();
            inside.show(start, end, slot, evaluation);
            shown = true;
        }
        inside.at(time, out);
        if (!Kernels.best().finite(out)) {
            Outcome.nonFinite(start, time - start, before[0], Offender.notFinite(naming, out))
                    .orThrow();
        }
    }

    /// Sums like the one that was asked for last.
    public StepInterpolant interpolant() {
        return inside;
    }

    private Buffer slot(int l) {
        return before[l];
    }

    private Buffer evaluation(int i) {
        return run.evaluation(i);
    }

    /// f for the interpolant alone.
    public long evaluations() {
        return inside.count();
    }
}
