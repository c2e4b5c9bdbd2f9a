package org.costate.ode;

import java.util.Arrays;
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
    private final Buffer[] evaluations;
    /// One for all arguments: each is done with when its evaluation is.
    private final Buffer argument;
    private final Combination[] argumentSums;
    private final Combination[] nextSums;
    private final Combination[] errorSums;
    /// The slot after the step that an argument is, or −1.
    private final int[] argumentIsSlot;
    private final boolean[] slotIsArgument;
    /// The slot after the step that an evaluation is, or −1.
    private final int[] evaluationIsSlot;
    private final double[] c;
    private final Part[] parts;
    private final Jumps jumps;

    public Stepper(Scheme scheme, Jumps jumps, Workspace workspace, int rows, int columns, Precision precision) {
        this.scheme = scheme;
        this.jumps = jumps;
        this.workspace = workspace;
        int n = scheme.evaluations();
        int states = scheme.states();
        evaluations = new Buffer[n];
        boolean computes = false;
        argumentSums = new Combination[n];
        argumentIsSlot = new int[n];
        slotIsArgument = new boolean[scheme.slots()];
        c = new double[n];
        parts = new Part[n];
        nextSums = new Combination[scheme.slots()];
        for (int l = 0; l < nextSums.length; l++) {
            nextSums[l] = Combination.next(scheme, l);
        }
        evaluationIsSlot = new int[n];
        Arrays.fill(evaluationIsSlot, -1);
        for (int l = states; l < nextSums.length; l++) {
            if (nextSums[l].single() >= nextSums.length) {
                evaluationIsSlot[nextSums[l].single() - nextSums.length] = l;
            }
        }
        for (int i = 0; i < n; i++) {
            argumentSums[i] = Combination.argument(scheme, i);
            argumentIsSlot[i] = slotEqual(scheme.argument(i));
            if (argumentIsSlot[i] >= 0) {
                slotIsArgument[argumentIsSlot[i]] = true;
            } else if (argumentSums[i].single() < 0) {
                computes = true;
            }
            if (evaluationIsSlot[i] < 0) {
                evaluations[i] = workspace.allocate(rows, columns, precision);
            }
            c[i] = scheme.c(i);
            parts[i] = scheme.part(i);
        }
        argument = computes ? workspace.allocate(rows, columns, precision) : null;
        errorSums = Arrays.stream(scheme.errors())
                .map(row -> Combination.error(row, states))
                .toArray(Combination[]::new);
    }

    private int slotEqual(double[] argument) {
        double[] row = Arrays.copyOf(argument, scheme.slots() + scheme.evaluations());
        for (int l = 0; l < scheme.states(); l++) {
            if (!slotIsArgument[l] && Arrays.equals(row, scheme.next(l)) && nextSums[l].single() < 0) {
                return l;
            }
        }
        return -1;
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
            int single = argumentSums[i].single();
            Buffer y;
            if (argumentIsSlot[i] >= 0) {
                y = next[argumentIsSlot[i]];
                argumentSums[i].sum(kernels, h, slots, evaluations, y);
            } else if (single >= 0) {
                y = slots[single];
            } else {
                y = argument;
                argumentSums[i].sum(kernels, h, slots, evaluations, y);
            }
            if (evaluationIsSlot[i] >= 0) {
                evaluations[i] = next[evaluationIsSlot[i]];
            }
            field.evaluate(i, parts[i], jumps.inside(t + c[i] * h, t, end), y, evaluations[i]);
        }
        for (int l = 0; l < next.length; l++) {
            if (!slotIsArgument[l] && !(l >= scheme.states() && nextSums[l].single() >= next.length)) {
                nextSums[l].sum(kernels, h, slots, evaluations, next[l]);
            }
        }
    }

    /// The error estimate of the step just taken, `which` of those that the scheme has.
    void error(int which, double h, Buffer[] slots, Buffer out) {
        errorSums[which].sum(kernels, h, slots, evaluations, out);
    }

    /// kᵢ of the step just taken.
    public Buffer evaluation(int i) {
        return evaluations[i];
    }

    /// Gives the buffers back.
    public void release() {
        for (int i = 0; i < evaluations.length; i++) {
            if (evaluationIsSlot[i] < 0) {
                workspace.release(evaluations[i]);
            }
        }
        if (argument != null) {
            workspace.release(argument);
        }
    }
}
