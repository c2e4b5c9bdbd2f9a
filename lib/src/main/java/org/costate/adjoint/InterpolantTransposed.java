package org.costate.adjoint;

import java.util.function.IntFunction;
import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Combination;
import org.costate.ode.Interpolant;
import org.costate.ode.Jumps;
import org.costate.ode.Part;
import org.costate.ode.StepInterpolant;

/// What comes back to states inside of a step, taken to what they are sums of, just before that step is transposed:
///
/// ```
/// x(τ) = Σ_j w_j(θ) s_j,   θ = (τ − t) / h        s_j: slots before, evaluations, own evaluations; slopes times h
/// σ_j = w_j(θ) g + Σ_e a_ej η_e                   η_e = (∂f/∂x(Y_e))ᵀ σ_e   for own evaluations, from the last
/// ∂C/∂τ = g · dx/dt(τ) of the interpolant
/// ```
///
/// This is exact, as [Transposed] is.
///
/// Memory: a state for each of these, and of own evaluations two more and the activations.
final class InterpolantTransposed {
    private final Kernels kernels = Kernels.best();
    private final BoundDynamics field;
    private final Interpolant weights;
    private final StepInterpolant inside;
    private final IntFunction<Buffer> slot;
    private final IntFunction<Buffer> evaluation;
    private final int known;
    private final Buffer gp;
    private final boolean times;
    /// σ.
    private final Buffer[] back;
    private final Buffer scratch;
    private final Buffer[] y;
    private final Buffer[] tape;
    private final double[] at;
    private final Combination[] byH;
    private boolean pending;
    private boolean evaluated;
    private double h;
    private double gradientOfT;
    private double gradientOfH;
    private long vjps;

    /// @param gp ∂C/∂θ. Added to.
    InterpolantTransposed(
            Problem problem, BoundDynamics field, Buffer gp, BufferTransposed.Evaluations evaluations, int known) {
        this.field = field;
        this.gp = gp;
        this.known = known;
        slot = evaluations::slot;
        evaluation = evaluations::evaluation;
        Jumps jumps = problem.jumps();
        Buffer x0 = problem.x0();
        inside = new StepInterpolant(problem.solver().scheme(), jumps, this::evaluate, problem.workspace(), x0);
        weights = inside.interpolant();
        times = problem.times();
        back = problem.states(weights.sources());
        scratch = problem.state();
        int own = weights.evaluations();
        y = problem.states(own);
        at = new double[own];
        tape = new Buffer[own];
        byH = new Combination[own];
        Precision precision = x0.precision();
        for (int e = 0; e < own; e++) {
            tape[e] = problem.workspace().allocate(1, field.tapeLength(), precision);
            byH[e] = inside.argument(e).byStepSize();
        }
    }

    private int first() {
        return weights.sources() - y.length;
    }

    private void evaluate(int number, Part part, double t, Buffer state, Buffer k) {
        int e = number - known;
        y[e].copyFrom(state);
        at[e] = t;
        field.eval(part, t, y[e], k, tape[e]);
    }

    /// Takes what comes back to the state at `time` of the step that is transposed next, whose evaluations are ready.
    ///
    /// @return ∂C/∂(time), where derivatives by times are wanted
    double add(double t, double end, double time, Buffer gradient) {
        if (!pending) {
            pending = true;
            h = end - t;
            inside.show(t, end, slot, evaluation);
            for (Buffer sigma : back) {
                sigma.fill(0);
            }
        }
        double theta = inside.theta(time);
        evaluated = inside.evaluate(theta, times);
        for (int j = 0; j < back.length; j++) {
            double w = weights.weight(j, theta);
            if (w != 0) {
                kernels.add(weights.timesH(j) ? h * w : w, gradient, back[j]);
            }
        }
        if (!times) {
            return 0;
        }
        inside.byStepSize(theta, scratch);
        gradientOfH += kernels.dot(gradient, scratch);
        inside.byTheta(theta, scratch);
        double byTime = kernels.dot(gradient, scratch) / h;
        gradientOfT -= byTime;
        gradientOfH -= theta * byTime;
        return byTime;
    }

    /// Transposes own evaluations: then [#addTo] tells what came back, until [#done].
    void transpose() {
        for (int e = y.length - 1; pending && evaluated && e >= 0; e--) {
            Buffer sigma = back[first() + e];
            if (times) {
                double byTime = field.timeVjp(Part.ALL, at[e], y[e], tape[e], sigma);
                gradientOfT += byTime;
                gradientOfH += weights.c(e) * byTime;
            }
            field.vjp(Part.ALL, at[e], y[e], tape[e], sigma, scratch, gp);
            vjps++;
            for (int j = 0; j < first() + e; j++) {
                double a = weights.argument(e, j);
                if (a != 0) {
                    kernels.add(weights.timesH(j) ? h * a : a, scratch, back[j]);
                }
            }
            if (times && !byH[e].isEmpty()) {
                byH[e].sum(kernels, 1, inside.slots(), inside.evaluations(), back[first() + e]);
                gradientOfH += kernels.dot(scratch, back[first() + e]);
            }
        }
    }

    /// Adds what came back to source `j` of the step.
    void addTo(int j, Buffer sum) {
        if (pending) {
            kernels.add(1, back[j], sum);
        }
    }

    /// The step is transposed.
    void done() {
        pending = false;
        evaluated = false;
    }

    double takeGradientOfT() {
        double g = gradientOfT;
        gradientOfT = 0;
        return g;
    }

    double takeGradientOfH() {
        double g = gradientOfH;
        gradientOfH = 0;
        return g;
    }

    /// Own evaluations on the way back.
    long evaluations() {
        return inside.count();
    }

    long vjps() {
        return vjps;
    }
}
