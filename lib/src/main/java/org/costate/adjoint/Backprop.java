package org.costate.adjoint;

import java.util.Arrays;
import java.util.OptionalDouble;
import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.memory.History;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Integrator;
import org.costate.ode.Outcome;
import org.costate.ode.Statistics;
import org.costate.ode.StepListener;
import org.costate.ode.Tableau;

/// Backpropagation through the solver: the exact gradient of the discrete solve, by storing every stage.
///
/// One step x⁺ = x + h Σ bᵢ kᵢ, kᵢ = f(Xᵢ), Xᵢ = x + h Σⱼ aᵢⱼ kⱼ is transposed stage by stage, from the last:
///
/// ```
/// ℓ_i = h (b_i a⁺ + Σ_{j>i} a_ji v_j),   v_i = (∂f/∂x(X_i))ᵀ ℓ_i,   a = a⁺ + Σ v_i,   ∂C/∂θ += (∂f/∂θ(X_i))ᵀ ℓ_i
/// ```
///
/// Cost: one solve and one vector–Jacobian product for each of its evaluations; nothing is computed twice.
/// Memory: for each of N·stages evaluations its state and its activations, O(N). Not for long solves of large nets.
///
/// Source: W. W. Hager, Numer. Math. 87, 2000, doi:10.1007/s002110000178; J. M. Sanz-Serna, SIAM Review 58, 2016,
/// doi:10.1137/151002769.
public final class Backprop implements Adjoint {
    private static final Backprop DEFAULTS = new Backprop();

    private Backprop() {}

    public static Backprop defaults() {
        return DEFAULTS;
    }

    @Override
    public Gradient gradient(Problem problem) {
        return new Pass(problem).run();
    }

    @Override
    public String toString() {
        return "Backprop";
    }

    /// The buffers of one gradient.
    private static final class Pass {
        private final Kernels kernels = Kernels.best();
        private final Problem problem;
        private final Workspace workspace;
        private final Tableau tableau;
        private final BoundDynamics field;
        private final int batch;
        private final int dimension;
        private final Precision precision;
        private final Buffer state;
        private final Buffer tape;
        private final History stages;

        Pass(Problem problem) {
            this.problem = problem;
            workspace = problem.workspace();
            tableau = problem.solver().tableau();
            batch = problem.x0().rows();
            dimension = problem.dynamics().dimension();
            precision = problem.x0().precision();
            field = problem.dynamics().bind(workspace, batch, precision, problem.theta());
            state = Buffer.movable(batch, dimension, precision);
            tape = Buffer.movable(1, field.tapeLength(), precision);
            int record = batch * dimension + field.tapeLength();
            long evaluations = (long) problem.solver().steps().count() * tableau.stages();
            stages = new History(workspace, record, evaluations, precision);
        }

        Gradient run() {
            Buffer x = workspace.allocate(batch, dimension, precision);
            x.copyFrom(problem.x0());
            Outcome outcome = Integrator.integrate(
                    this::record, problem.solver(), problem.t0(), problem.t1(), x, workspace, StepListener.NONE);
            outcome.orThrow();
            Buffer a = workspace.allocate(batch, dimension, precision);
            double cost = problem.cost().atEnd(x, a);
            Buffer gp = workspace.allocate(1, problem.theta().columns(), precision);
            reverse(a, gp);
            long steps = problem.solver().steps().count();
            return Gradient.of(
                    cost,
                    x.toMatrix(),
                    a,
                    problem.dynamics().layout(),
                    gp,
                    OptionalDouble.empty(),
                    new Statistics(steps, stages.count(), 0),
                    new Statistics(steps, 0, stages.count()));
        }

        /// The field as the solver sees it: every evaluation leaves its state and its activations.
        private void record(double t, Buffer x, Buffer dx) {
            long record = stages.append(state);
            stages.moveTo(record, batch * dimension, tape);
            state.copyFrom(x);
            field.eval(t, state, dx, tape);
        }

        private void reverse(Buffer a, Buffer gp) {
            int s = tableau.stages();
            double[] b = tableau.b();
            double[][] column = columns();
            Buffer zero = workspace.allocate(batch, dimension, precision);
            Buffer ell = workspace.allocate(batch, dimension, precision);
            Buffer part = workspace.allocate(1, gp.columns(), precision);
            Buffer next = workspace.allocate(batch, dimension, precision);
            // v_0 … v_{s−1}, then a⁺: one combination makes ℓ_i.
            Buffer[] terms = new Buffer[s + 1];
            for (int i = 0; i < s; i++) {
                terms[i] = workspace.allocate(batch, dimension, precision);
            }
            double[] ones = new double[s];
            Arrays.fill(ones, 1);
            int steps = problem.solver().steps().count();
            double h = (problem.t1() - problem.t0()) / steps;
            for (int k = steps - 1; k >= 0; k--) {
                if (Thread.currentThread().isInterrupted()) {
                    problem.interrupted(k, h).orThrow();
                }
                double t = problem.solver().steps().time(problem.t0(), problem.t1(), k);
                terms[s] = a;
                for (int i = s - 1; i >= 0; i--) {
                    column[i][s] = b[i];
                    kernels.combine(zero, h, column[i], terms, s + 1, ell);
                    long record = (long) k * s + i;
                    stages.moveTo(record, 0, state);
                    stages.moveTo(record, batch * dimension, tape);
                    field.vjp(t + tableau.c(i) * h, state, tape, ell, terms[i], part);
                    kernels.add(1, part, gp);
                }
                kernels.combine(a, 1, ones, terms, s, next);
                a.copyFrom(next);
            }
        }

        /// Column i of A below the diagonal, as weights of v_0 … v_{s−1}, with room for the weight of a⁺.
        private double[][] columns() {
            int s = tableau.stages();
            double[][] column = new double[s][s + 1];
            for (int j = 0; j < s; j++) {
                double[] row = tableau.a(j);
                for (int i = 0; i < j; i++) {
                    column[i][j] = row[i];
                }
            }
            return column;
        }
    }
}
