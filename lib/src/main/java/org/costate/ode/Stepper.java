package org.costate.ode;

import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;

/// Takes steps of a [Scheme] on kept buffers. Allocates nothing in a step.
///
/// Memory: a buffer of the state's size for each evaluation, and one.
public final class Stepper {
    /// The number of the evaluation at the start of a solve.
    public static final int START = -1;

    /// The number of evaluations that choose the first step's size: no part of the solution.
    public static final int PROBE = -2;

    /// What is told of each evaluation: its number in the step, or [#START] or [#PROBE].
    @FunctionalInterface
    public interface Evaluator {
        /// k = f(t, y).
        ///
        /// @param y Not modified.
        /// @param k Overwritten.
        void evaluate(int number, Part part, double t, Buffer y, Buffer k);
    }

    private final Kernels kernels = Kernels.best();
    private final Scheme scheme;
    private final Workspace workspace;
    private final StepPlan plan;
    private final Buffer[] evaluations;
    /// One for all arguments: each is done with when its evaluation is.
    private final Buffer argument;
    private final Jumps jumps;

    public Stepper(Scheme scheme, Jumps jumps, Workspace workspace, int rows, int columns, Precision precision) {
        this.scheme = scheme;
        this.jumps = jumps;
        this.workspace = workspace;
        plan = new StepPlan(scheme);
        evaluations = new Buffer[scheme.evaluations()];
        for (int i = 0; i < evaluations.length; i++) {
            if (plan.evaluationIsSlot[i] < 0) {
                evaluations[i] = workspace.allocate(rows, columns, precision);
            }
        }
        argument = plan.computesArguments ? workspace.allocate(rows, columns, precision) : null;
    }

    /// Where the field jumps.
    Jumps jumps() {
        return jumps;
    }

    /// Fills the slots for a solve that begins at x: every state is x, every slope f(t, x).
    ///
    /// @param end where the solve goes, to know the side of a jump
    public void start(Evaluator field, double t, double end, Buffer x, Buffer[] slots) {
        for (int l = 0; l < scheme.states(); l++) {
            if (slots[l] != x) {
                slots[l].copyFrom(x);
            }
        }
        for (int l = scheme.states(); l < scheme.slots(); l++) {
            if (l == scheme.states()) {
                field.evaluate(START, Part.ALL, startTime(t, end), x, slots[l]);
            } else {
                slots[l].copyFrom(slots[scheme.states()]);
            }
        }
    }

    /// The time of the evaluation at the start of a solve from t to `end`.
    public double startTime(double t, double end) {
        return jumps.inside(t, t, end);
    }

    /// next = one step from (t, slots) to `end`, which may be before t.
    ///
    /// @param h end − t
    /// @param slots Not modified.
    /// @param next Overwritten.
    public void step(Evaluator field, double t, double end, double h, Buffer[] slots, Buffer[] next) {
        for (int i = 0; i < evaluations.length; i++) {
            Combination sum = plan.arguments[i];
            Buffer y;
            if (plan.argumentIsSlot[i] >= 0) {
                y = next[plan.argumentIsSlot[i]];
                sum.sum(kernels, h, slots, evaluations, y);
            } else if (sum.single() >= 0) {
                y = slots[sum.single()];
            } else {
                y = argument;
                sum.sum(kernels, h, slots, evaluations, y);
            }
            if (plan.evaluationIsSlot[i] >= 0) {
                evaluations[i] = next[plan.evaluationIsSlot[i]];
            }
            field.evaluate(i, scheme.part(i), jumps.inside(t + scheme.c(i) * h, t, end), y, evaluations[i]);
        }
        for (int l = 0; l < next.length; l++) {
            if (!plan.isKnown[l]) {
                plan.next[l].sum(kernels, h, slots, evaluations, next[l]);
            }
        }
    }

    /// The error estimate of the step just taken, `which` of those that the scheme has.
    void error(int which, double h, Buffer[] slots, Buffer out) {
        plan.errors[which].sum(kernels, h, slots, evaluations, out);
    }

    /// kᵢ of the step just taken.
    public Buffer evaluation(int i) {
        return evaluations[i];
    }

    /// Gives the buffers back.
    public void release() {
        for (int i = 0; i < evaluations.length; i++) {
            if (plan.evaluationIsSlot[i] < 0) {
                workspace.release(evaluations[i]);
            }
        }
        if (argument != null) {
            workspace.release(argument);
        }
    }
}
