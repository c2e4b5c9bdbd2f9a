package org.costate.adjoint;

import java.util.OptionalDouble;
import org.costate.kernels.Kernels;
import org.costate.kernels.Unary;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Integrator;
import org.costate.ode.Solver;
import org.costate.ode.Statistics;
import org.costate.ode.StepListener;
import org.costate.ode.VectorField;

/// The adjoint ODE, solved backwards together with the state: the method of Chen et al. and of torchdiffeq.
///
/// ```
/// d/dt (x, a, g) = (f, −(∂f/∂x)ᵀ a, −(∂f/∂θ)ᵀ a)   from (x(T), ∂F/∂x(T), 0) at T back to t0
/// ∂C/∂x0 = a(t0),   ∂C/∂θ = g(t0)
/// ```
///
/// Cost: a second solve, each of whose evaluations is an evaluation and a vector–Jacobian product of f.
/// Memory: O(1) in the number of steps: nothing of the way forward is kept.
///
/// Not the gradient of the discrete solve: it differs by the solver's error, of its order. When not to use it: on
/// contracting fields, where the state cannot be found again backwards; the result then says so by its drift,
/// max |x̃(t0) − x0|, which is known for free ([Gradient#trusted()]).
///
/// Source: R. T. Q. Chen, Y. Rubanova, J. Bettencourt, D. Duvenaud, NeurIPS 2018, doi:10.48550/arXiv.1806.07366.
public final class Backsolve implements Adjoint {
    private static final Backsolve DEFAULTS = new Backsolve();

    private Backsolve() {}

    /// Backwards with the solver and the steps of the way forward.
    public static Backsolve defaults() {
        return DEFAULTS;
    }

    @Override
    public Gradient gradient(Problem problem) {
        Workspace workspace = problem.workspace();
        int batch = problem.x0().rows();
        int dimension = problem.dynamics().dimension();
        Precision precision = problem.x0().precision();
        Solver solver = problem.solver();
        BoundDynamics field = problem.dynamics().bind(workspace, batch, precision, problem.theta());

        int size = batch * dimension;
        int parameters = problem.theta().columns();
        Buffer augmented = workspace.allocate(1, 2 * size + parameters, precision);
        Buffer x = augmented.view(0, batch, dimension);
        Buffer a = augmented.view(size, batch, dimension);
        Buffer g = augmented.view(2L * size, 1, parameters);

        x.copyFrom(problem.x0());
        Integrator.integrate(field, solver, problem.t0(), problem.t1(), x, workspace, StepListener.NONE)
                .orThrow();
        double[][] end = x.toMatrix();
        double cost = problem.cost().atEnd(x, a);

        VectorField backward = new Augmented(field, workspace, batch, dimension, parameters, precision);
        Integrator.integrate(backward, solver, problem.t1(), problem.t0(), augmented, workspace, StepListener.NONE)
                .orThrow();

        long steps = solver.steps().count();
        long evaluations = steps * solver.tableau().stages();
        return Gradient.of(
                cost,
                end,
                a,
                problem.dynamics().layout(),
                g,
                OptionalDouble.of(drift(x, problem.x0())),
                new Statistics(steps, evaluations, 0),
                new Statistics(steps, evaluations, evaluations));
    }

    @Override
    public String toString() {
        return "Backsolve";
    }

    private static double drift(Buffer found, Buffer x0) {
        double miss = 0;
        double scale = 1;
        for (long i = 0; i < x0.size(); i++) {
            miss = Math.max(miss, Math.abs(found.get(i) - x0.get(i)));
            scale = Math.max(scale, Math.abs(x0.get(i)));
        }
        return miss / scale;
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

        Augmented(
                BoundDynamics field,
                Workspace workspace,
                int batch,
                int dimension,
                int parameters,
                Precision precision) {
            this.field = field;
            size = batch * dimension;
            x = Buffer.movable(batch, dimension, precision);
            a = Buffer.movable(batch, dimension, precision);
            dx = Buffer.movable(batch, dimension, precision);
            da = Buffer.movable(batch, dimension, precision);
            dg = Buffer.movable(1, parameters, precision);
            minusA = workspace.allocate(batch, dimension, precision);
            tape = workspace.allocate(1, field.tapeLength(), precision);
        }

        @Override
        public void eval(double t, Buffer z, Buffer dz) {
            x.moveTo(z, 0);
            a.moveTo(z, size);
            dx.moveTo(dz, 0);
            da.moveTo(dz, size);
            dg.moveTo(dz, 2L * size);
            kernels.unary(Unary.NEGATE, a, minusA);
            field.eval(t, x, dx, tape);
            field.vjp(t, x, tape, minusA, da, dg); // −(∂f/∂x)ᵀ a and −(∂f/∂θ)ᵀ a: the product is linear in a
        }
    }
}
