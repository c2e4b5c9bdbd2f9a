package org.costate.adjoint;

import java.util.Arrays;
import org.costate.kernels.Kernels;
import org.costate.kernels.Unary;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.ode.AdaptiveSteps;
import org.costate.ode.ArrayBound;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Part;
import org.costate.ode.Solver;
import org.costate.ode.VectorField;

/// The adjoint ODE, solved backwards together with the state: the method of Chen et al. and of torchdiffeq.
///
/// ```
/// d/dt (x, a, g) = (f, −(∂f/∂x)ᵀ a, −(∂f/∂θ)ᵀ a)   from (x(T), ∂F/∂x(T), 0) at T back to t0
/// ∂C/∂x0 = a(t0),   ∂C/∂θ = g(t0),   a jumps by ∂G/∂x at an observation
/// ```
///
/// Cost: a second solve, each of whose evaluations is an evaluation and a vector–Jacobian product of f.
/// Memory: O(1) in the number of steps: nothing of the way forward is kept, but what the cost looks at.
///
/// Not the gradient of the discrete solve: it differs by the solver's error, of its order. When not to use it: on
/// contracting fields, where the state cannot be found again backwards; the result then says so by its drift,
/// max |x̃(t0) − x0|, which is known for free ([Gradient#trusted()]).
///
/// Adaptive steps on the way back keep the error of (x, a, g) small as a whole, in RMS. A norm of the caller's is asked
/// for x and for a, each of the state's shape, and RMS for g; the largest of the three counts.
///
/// Source: R. T. Q. Chen, Y. Rubanova, J. Bettencourt, D. Duvenaud, NeurIPS 2018, doi:10.48550/arXiv.1806.07366;
/// seminorm: P. Kidger, R. T. Q. Chen, T. Lyons, ICML 2021, doi:10.48550/arXiv.2009.09457.
public final class Backsolve implements Adjoint {
    private static final Backsolve DEFAULTS = new Backsolve(0, 0, false, false);

    private final double relative;
    private final double absolute;
    private final boolean seminorm;
    private final boolean reset;

    private Backsolve(double relative, double absolute, boolean seminorm, boolean reset) {
        this.relative = relative;
        this.absolute = absolute;
        this.seminorm = seminorm;
        this.reset = reset;
    }

    /// Backwards with the solver and the steps, or the tolerances, of the way forward.
    public static Backsolve defaults() {
        return DEFAULTS;
    }

    /// With tolerances of its own on the way back, where steps are adaptive; all else is as on the way forward.
    ///
    /// @throws IllegalArgumentException if a tolerance is negative or not finite, or both are 0
    public Backsolve tolerance(double newRelative, double newAbsolute) {
        var _ = AdaptiveSteps.of(newRelative, newAbsolute); // which checks them
        return new Backsolve(newRelative, newAbsolute, seminorm, reset);
    }

    /// The parameters' gradient does not choose the steps: nothing depends on it, so its error does not grow.
    public Backsolve withSeminorm() {
        return new Backsolve(relative, absolute, true, reset);
    }

    /// At each observation time the state is set to what it was on the way forward: less drift, a state kept for
    /// each. What it had missed by is told all the same ([Gradient#drift()]).
    public Backsolve withReset() {
        return new Backsolve(relative, absolute, seminorm, true);
    }

    /// Is the state set right at each observation?
    public boolean resets() {
        return reset;
    }

    @Override
    public Gradient gradient(Problem problem) {
        Drift drift = new Drift(problem);
        Continuous sweep = new Continuous(problem, false, drift, reset);
        Buffer x0 = problem.x0();
        int size = (int) x0.size();
        Buffer z = problem.workspace().allocate(1, 2 * size + problem.theta().columns(), x0.precision());
        Buffer x = z.view(0, x0.rows(), x0.columns());
        Buffer a = z.view(size, x0.rows(), x0.columns());
        Buffer g = z.view(2L * size, 1, problem.theta().columns());
        x.copyFrom(sweep.end());
        Observations seen = sweep.seen();
        Buffer[] states = new Buffer[reset ? seen.times().length : 0];
        for (int j = 0; j < states.length; j++) {
            states[j] = problem.state();
            states[j].copyFrom(seen.state(j));
        }
        double cost = seen.evaluate(problem.theta(), g, problem.workspace());
        sweep.back(new Augmented(problem, sweep.field()), solver(problem), z, a, (run, begins) -> {}, j -> {
            if (reset && seen.times()[j] != problem.t0()) { // where nothing follows
                drift.found(x, states[j]);
                x.copyFrom(states[j]);
            }
        });
        drift.found(x, x0);
        return sweep.gradient(cost, a, g, drift);
    }

    /// Do the parameters' gradients not choose the steps?
    public boolean hasSeminorm() {
        return seminorm;
    }

    private Solver solver(Problem problem) {
        return PartNorm.solver(problem, backward(problem.solver()), 2, seminorm);
    }

    /// The solver of the way back, with its own tolerances.
    public Solver backward(Solver forward) {
        Solver own = forward;
        if (own.steps() instanceof AdaptiveSteps) {
            own = own.adaptive(s -> (relative + absolute > 0 ? s.withTolerance(relative, absolute) : s).withFirst(0));
        }
        return own;
    }

    @Override
    public String toString() {
        return "Backsolve"
                + (relative + absolute > 0 ? ", tolerance " + relative + " relative, " + absolute + " absolute" : "")
                + (seminorm ? ", seminorm" : "")
                + (reset ? ", reset" : "");
    }

    /// The field of (x, a, g), forward in time: the integrator runs it backwards.
    private static final class Augmented implements VectorField {
        private final Kernels kernels = Kernels.best();
        private final BoundDynamics field;
        private final int size;
        private final Buffer x;
        private final Buffer a;
        private final Buffer dx;
        private final Buffer da;
        private final Buffer dg;
        private final Buffer minusA;
        private final Buffer tape;
        private final VectorField.OnArrays arrays;

        Augmented(Problem problem, BoundDynamics field) {
            this.field = field;
            Buffer x0 = problem.x0();
            Precision precision = x0.precision();
            size = (int) x0.size();
            x = Buffer.movable(x0.rows(), x0.columns(), precision);
            a = Buffer.movable(x0.rows(), x0.columns(), precision);
            dx = Buffer.movable(x0.rows(), x0.columns(), precision);
            da = Buffer.movable(x0.rows(), x0.columns(), precision);
            dg = Buffer.movable(1, problem.theta().columns(), precision);
            minusA = problem.state();
            tape = problem.workspace().allocate(1, field.tapeLength(), precision);
            ArrayBound its = problem.onArrays(field);
            arrays = its == null ? null : new AugmentedOnArrays(problem, its);
        }

        @Override
        public VectorField.OnArrays onArrays() {
            return arrays;
        }

        @Override
        public void eval(double t, Buffer z, Buffer dz) {
            eval(Part.ALL, t, z, dz);
        }

        /// The system of a partitioned field is one, too: (q, a_p) moves by (p, a_q), and the other way round.
        @Override
        public void eval(Part part, double t, Buffer z, Buffer dz) {
            x.moveTo(z, 0);
            a.moveTo(z, size);
            dx.moveTo(dz, 0);
            da.moveTo(dz, size);
            dg.moveTo(dz, 2L * size);
            kernels.unary(Unary.NEGATE, a, minusA);
            field.eval(part, t, x, dx, tape);
            dg.fill(0);
            field.vjp(part, t, x, tape, minusA, da, dg); // −(∂f/∂x)ᵀ a and −(∂f/∂θ)ᵀ a: linear in a
        }
    }

    /// The same on plain arrays.
    private static final class AugmentedOnArrays implements VectorField.OnArrays {
        private final ArrayBound field;
        private final int size;
        private final double[] x;
        private final double[] dx;
        private final double[] minusA;
        private final double[] da;
        private final double[] dg;

        AugmentedOnArrays(Problem problem, ArrayBound field) {
            this.field = field;
            size = (int) problem.x0().size();
            x = problem.workspace().array(size);
            dx = problem.workspace().array(size);
            minusA = problem.workspace().array(size);
            da = problem.workspace().array(size);
            dg = problem.workspace().array(problem.theta().columns());
        }

        @Override
        public void eval(double t, double[] z, double[] dz) {
            for (int i = 0; i < size; i++) {
                x[i] = z[i];
                minusA[i] = -z[size + i];
            }
            Arrays.fill(dg, 0);
            field.eval(t, x, dx);
            field.vjp(t, x, minusA, da, dg);
            System.arraycopy(dx, 0, dz, 0, size);
            System.arraycopy(da, 0, dz, size, size);
            System.arraycopy(dg, 0, dz, 2 * size, dg.length);
        }
    }
}
