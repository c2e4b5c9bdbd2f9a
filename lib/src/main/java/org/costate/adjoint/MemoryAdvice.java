package org.costate.adjoint;

import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.AdaptiveSteps;

/// What would fit into a budget of memory that a gradient exceeded: measured, by taking the buffers that
/// [Checkpointed] needs for this very problem without taking a step.
final class MemoryAdvice {
    /// Of what is left, the part that the accepted times of adaptive steps may take, whose number nobody knows.
    private static final double FOR_TIMES = 0.5;

    private MemoryAdvice() {}

    /// @param before bytes of the budget that were taken before the gradient began
    static String of(Problem problem, long before, long budget) {
        Workspace scratch = new Workspace();
        Problem same = problem.in(scratch);
        Problem whole = problem.cost().running().isEmpty() ? same : Running.augment(same);
        long least = before + Discrete.bytes(whole, 1);
        if (least > budget) {
            return "Not even Checkpointed.states(1) fits, which needs about " + least + " bytes: allow as many by"
                    + " ode.memoryBudget(bytes), or take fewer samples";
        }
        long each = SlotHistory.bytes(whole);
        boolean adaptive = problem.solver().steps() instanceof AdaptiveSteps;
        double left = (budget - least) * (adaptive ? 1 - FOR_TIMES : 1);
        long states = Math.min(1 + (long) (left / each), Integer.MAX_VALUE);
        return "What fits is Checkpointed.states(" + states + "), with states of " + each
                + " bytes"
                + (adaptive ? " and the times of the steps, " + Precision.FLOAT64.bytes() + " bytes each" : "")
                + "; or allow more by ode.memoryBudget(bytes)";
    }
}
