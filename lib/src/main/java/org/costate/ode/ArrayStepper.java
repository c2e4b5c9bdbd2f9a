package org.costate.ode;

import java.util.ArrayList;
import java.util.List;
import org.costate.memory.Few;
import org.costate.memory.Workspace;

/// Takes steps of a [Scheme] on plain arrays: what [Stepper] does on buffers, for systems so small that a call of a
/// kernel takes longer than its work.
///
/// Memory: two sets of slots, an array of the state's size for each evaluation, and one.
public final class ArrayStepper {
    /// What is told of each evaluation: its number in the step, or [Stepper#START] or [Stepper#PROBE].
    @FunctionalInterface
    public interface Evaluator {
        /// k = f(t, y).
        ///
        /// @param y Not modified.
        /// @param k Overwritten.
        void evaluate(int number, double t, double[] y, double[] k);
    }

    private final Scheme scheme;
    private final Jumps jumps;
    /// The slots before the step, then the evaluations.
    private final double[][] sources;
    /// The slots after the step, an argument, and error estimates.
    private final double[][] places;
    private final Phases phases;
    private final Phases.Calls calls = this::call;
    private final int slots;
    private Evaluator field;
    private double from;
    private double to;

    /// @param errors are the estimates of a step's error wanted?
    public ArrayStepper(Scheme scheme, Jumps jumps, boolean errors, Workspace workspace, int size) {
        this.scheme = scheme;
        this.jumps = jumps;
        StepPlan plan = new StepPlan(scheme);
        slots = scheme.slots();
        int n = scheme.evaluations();
        sources = arrays(slots + n, size, workspace);
        places = arrays(slots + 1 + (errors ? plan.errors.length : 0), size, workspace);
        List<Phases.Phase> all = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            int place = plan.argumentIsSlot[i] >= 0 ? plan.argumentIsSlot[i] : slots;
            all.add(new Phases.Phase(plan.arguments[i], place, i, slots + i));
        }
        for (int l = 0; l < slots; l++) {
            if (!plan.isArgument[l]) {
                all.add(new Phases.Phase(plan.next[l], l));
            }
        }
        for (int e = slots + 1; e < places.length; e++) {
            all.add(new Phases.Phase(plan.errors[e - slots - 1], e));
        }
        phases = new Phases(all, size);
    }

    /// Where the field jumps.
    Jumps jumps() {
        return jumps;
    }

    private static double[][] arrays(int count, int size, Workspace workspace) {
        double[][] all = new double[count][];
        for (int i = 0; i < count; i++) {
            all[i] = workspace.array(size);
        }
        return all;
    }

    /// Fills the slots for a solve that begins at the state in slot 0.
    ///
    /// @param end where the solve goes, to know the side of a jump
    public void start(Evaluator f, double t, double end) {
        for (int l = 1; l < slots; l++) {
            if (l == scheme.states()) {
                f.evaluate(Stepper.START, jumps.inside(t, t, end), sources[0], sources[l]);
            } else {
                Few.copy(sources[l < scheme.states() ? 0 : scheme.states()], 0, sources[l], 0, sources[l].length);
            }
        }
    }

    /// Tries the step from t to `end`.
    ///
    /// @param h end − t
    public void step(Evaluator f, double t, double end, double h) {
        field = f;
        from = t;
        to = end;
        phases.run(calls, h, sources, places);
    }

    private void call(int i, double[] y, double[] k) {
        field.evaluate(i, jumps.inside(from + scheme.c(i) * (to - from), from, to), y, k);
    }

    /// The error estimate of the step just tried, `which` of those that the scheme has.
    double[] error(int which) {
        return places[slots + 1 + which];
    }

    /// The step just tried becomes the present.
    public void accept() {
        for (int l = 0; l < slots; l++) {
            double[] was = sources[l];
            double[] is = places[l];
            for (int i = 0; i < was.length; i++) { // a few: numbers are moved faster than arrays are
                double x = was[i];
                was[i] = is[i];
                is[i] = x;
            }
        }
    }

    /// Slot `l` at present.
    public double[] now(int l) {
        return sources[l];
    }

    /// Slot `l` after the step just tried; after [#accept], before it.
    double[] other(int l) {
        return places[l];
    }

    /// kᵢ of the step just tried.
    double[] evaluation(int i) {
        return sources[slots + i];
    }

    /// Gives the memory back.
    void release(Workspace workspace) {
        for (double[][] all : new double[][][] {sources, places}) {
            for (double[] each : all) {
                workspace.release(each);
            }
        }
    }
}
