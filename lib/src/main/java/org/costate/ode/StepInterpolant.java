package org.costate.ode;

import java.util.function.IntFunction;
import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.memory.Workspace;

/// The [Interpolant] on the buffers of one step after the other.
///
/// Cost: own evaluations once for each step where something is asked for. Memory: a state for each of them, and one.
public final class StepInterpolant {
    /// What is summed up for a time inside of a step.
    private enum Sum {
        STATE,
        /// Its derivative by θ.
        BY_THETA,
        /// Its derivative by h where h is a factor.
        BY_H
    }

    private final Kernels kernels = Kernels.best();
    private final Interpolant interpolant;
    private final Jumps jumps;
    private final Stepper.Evaluator field;
    private final Combination[] arguments;
    private final int known;
    private final Buffer[] slots;
    private final Buffer[] evaluations;
    private final Buffer argument;
    private final double[] factors;
    private final Buffer[] terms;
    private double t;
    private double end;
    private boolean evaluated;
    private long count;

    /// @param field asked for own evaluations, whose numbers follow those of the step
    /// @param like a state
    public StepInterpolant(Scheme scheme, Jumps jumps, Stepper.Evaluator field, Workspace workspace, Buffer like) {
        interpolant = Interpolant.of(scheme);
        this.jumps = jumps;
        this.field = field;
        slots = new Buffer[scheme.slots()];
        known = scheme.evaluations();
        int own = interpolant.evaluations();
        arguments = new Combination[own];
        evaluations = new Buffer[known + own];
        for (int e = 0; e < own; e++) {
            arguments[e] = interpolant.argument(e);
            evaluations[known + e] = workspace.allocate(like.rows(), like.columns(), like.precision());
        }
        argument = own == 0 ? null : workspace.allocate(like.rows(), like.columns(), like.precision());
        factors = new double[interpolant.sources()];
        terms = new Buffer[factors.length];
    }

    /// From now on this step is asked for, until its buffers change.
    ///
    /// @param slot those before it
    /// @param evaluation those of it
    public void show(double start, double stop, IntFunction<Buffer> slot, IntFunction<Buffer> evaluation) {
        t = start;
        end = stop;
        for (int l = 0; l < slots.length; l++) {
            slots[l] = slot.apply(l);
        }
        for (int i = 0; i < known; i++) {
            evaluations[i] = evaluation.apply(i);
        }
        evaluated = false;
    }

    /// Makes own evaluations, unless they were made, or count nothing where the step ends.
    ///
    /// @return are they made?
    public boolean evaluate(double theta, boolean bySlope) {
        boolean needed = bySlope;
        for (int e = 0; e < arguments.length; e++) {
            needed |= interpolant.weight(slots.length + known + e, theta) != 0;
        }
        double h = end - t;
        for (int e = 0; needed && !evaluated && e < arguments.length; e++) {
            arguments[e].sum(kernels, h, slots, evaluations, argument);
            double at = jumps.inside(t + interpolant.c(e) * h, t, end);
            field.evaluate(known + e, Part.ALL, at, argument, evaluations[known + e]);
            count++;
        }
        evaluated |= needed;
        return evaluated;
    }

    /// Where a time is in the step, from 0 to 1.
    public double theta(double time) {
        return (time - t) / (end - t);
    }

    /// x at this time of the step.
    ///
    /// @param out Overwritten.
    public void at(double time, Buffer out) {
        double theta = theta(time);
        evaluate(theta, false);
        sum(Sum.STATE, theta, end - t, slots, evaluations, out);
    }

    /// The same sum of other slots and evaluations: of tangents.
    public void at(double time, Buffer[] ofSlots, Buffer[] ofEvaluations, Buffer out) {
        sum(Sum.STATE, theta(time), end - t, ofSlots, ofEvaluations, out);
    }

    /// dx/dθ = h dx/dt, after [#evaluate].
    public void byTheta(double theta, Buffer out) {
        sum(Sum.BY_THETA, theta, end - t, slots, evaluations, out);
    }

    /// ∂x/∂h with θ and all sources held, after [#evaluate].
    public void byStepSize(double theta, Buffer out) {
        sum(Sum.BY_H, theta, 1, slots, evaluations, out);
    }

    private void sum(Sum what, double theta, double h, Buffer[] first, Buffer[] second, Buffer out) {
        int n = 0;
        for (int j = 0; j < factors.length; j++) {
            boolean timesH = interpolant.timesH(j);
            double w = what == Sum.BY_THETA ? interpolant.slope(j, theta) : interpolant.weight(j, theta);
            if (w != 0 && (timesH || what != Sum.BY_H)) {
                factors[n] = timesH ? h * w : w;
                terms[n] = j < first.length ? first[j] : second[j - first.length];
                n++;
            }
        }
        kernels.combine(factors, terms, n, out);
    }

    public Interpolant interpolant() {
        return interpolant;
    }

    /// The state of own evaluation `e`, over slots and evaluations.
    public Combination argument(int e) {
        return arguments[e];
    }

    /// Slots before the step. Not to be modified.
    public Buffer[] slots() {
        return slots;
    }

    /// Evaluations of the step, and own ones. Not to be modified.
    public Buffer[] evaluations() {
        return evaluations;
    }

    /// Own evaluations so far.
    public long count() {
        return count;
    }
}
