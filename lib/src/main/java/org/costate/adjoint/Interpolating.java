package org.costate.adjoint;

import org.costate.kernels.Kernels;
import org.costate.kernels.Unary;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.ode.BoundDynamics;
import org.costate.ode.DenseOutput;
import org.costate.ode.Part;
import org.costate.ode.VectorField;

/// The adjoint ODE, solved backwards along the interpolated solution.
///
/// ```
/// d/dt (a, g) = (−(∂f/∂x)ᵀ a, −(∂f/∂θ)ᵀ a)   at x(t) of the way forward's dense output
/// ```
///
/// Cost: a second solve, each of whose evaluations is an evaluation and a vector–Jacobian product of f. Memory: the
/// dense output, a few states a step, O(N). The state is not integrated backwards, so it cannot drift: for smooth,
/// contracting or mildly stiff fields.
///
/// Not the gradient of the discrete solve: it differs by the solver's error and by the interpolant's, of order
/// min(p, q + 1) for fixed steps. The error of (a, g) is measured as that of [Backsolve].
///
/// Source: C. Rackauckas et al., 2020, doi:10.48550/arXiv.2001.04385; Y. Ma et al., HPEC 2021,
/// doi:10.1109/HPEC49654.2021.9622796.
public final class Interpolating implements Adjoint {
    private static final Interpolating DEFAULTS = new Interpolating();

    private Interpolating() {}

    /// Backwards with the solver and the steps, or the tolerances, of the way forward.
    public static Interpolating defaults() {
        return DEFAULTS;
    }

    @Override
    public Gradient gradient(Problem problem) {
        Continuous sweep = new Continuous(problem, true, null, false);
        int size = (int) problem.x0().size();
        Buffer z = problem.workspace()
                .allocate(1, size + problem.theta().columns(), problem.x0().precision());
        Buffer a = z.view(0, problem.x0().rows(), problem.x0().columns());
        Buffer g = z.view(size, 1, problem.theta().columns());
        double cost = sweep.seen().evaluate(problem.theta(), g, problem.workspace());
        VectorField backward = new Along(problem, sweep.field(), sweep.dense());
        sweep.back(backward, PartNorm.solver(problem, problem.solver(), 1, false), z, a, (run, begins) -> {}, j -> {});
        return sweep.gradient(cost, a, g);
    }

    @Override
    public String toString() {
        return "Interpolating";
    }

    /// The field of (a, g), forward in time.
    private static final class Along implements VectorField {
        private final Kernels kernels = Kernels.best();
        private final BoundDynamics field;
        private final DenseOutput dense;
        private final int size;
        private final Buffer x;
        private final Buffer slope;
        private final Buffer a;
        private final Buffer da;
        private final Buffer dg;
        private final Buffer minusA;
        private final Buffer tape;

        Along(Problem problem, BoundDynamics field, DenseOutput dense) {
            this.field = field;
            this.dense = dense;
            Buffer x0 = problem.x0();
            Precision precision = x0.precision();
            size = (int) x0.size();
            x = problem.state();
            slope = problem.state();
            minusA = problem.state();
            a = Buffer.movable(x0.rows(), x0.columns(), precision);
            da = Buffer.movable(x0.rows(), x0.columns(), precision);
            dg = Buffer.movable(1, problem.theta().columns(), precision);
            tape = problem.workspace().allocate(1, field.tapeLength(), precision);
        }

        @Override
        public void eval(double t, Buffer z, Buffer dz) {
            eval(Part.ALL, t, z, dz);
        }

        @Override
        public void eval(Part part, double t, Buffer z, Buffer dz) {
            a.moveTo(z, 0);
            da.moveTo(dz, 0);
            dg.moveTo(dz, size);
            dense.at(t, x);
            field.eval(part, t, x, slope, tape);
            kernels.unary(Unary.NEGATE, a, minusA);
            dg.fill(0);
            field.vjp(part, t, x, tape, minusA, da, dg);
        }
    }
}
