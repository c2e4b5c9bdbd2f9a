package org.costate.adjoint;

import java.util.ArrayList;
import java.util.List;
import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.AdaptiveSteps;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Dynamics;
import org.costate.ode.Norm;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Part;
import org.costate.ode.Solver;

/// A running cost ∫ L(t, x, θ) dt as one more component ℓ of the state, dℓ/dt = L: the solver integrates it by
/// its own rule, and every gradient mode differentiates it without knowing.
final class Running {
    private Running() {}

    /// The problem with ℓ as the last column of the state, and a cost of the end that counts it.
    static Problem augment(Problem problem) {
        ParameterLayout layout = problem.dynamics().layout();
        List<Dynamics> integrands =
                problem.cost().running().stream().map(f -> f.over(layout)).toList();
        Buffer x0 = problem.x0();
        int d = x0.columns();
        Buffer start = problem.workspace().allocate(x0.rows(), d + 1, x0.precision());
        Kernels.best().copyColumns(x0, 0, start, 0, d);
        Solver solver = withNorm(problem);
        return new Problem(
                new Augmented(problem.dynamics(), integrands),
                solver.scheme().partitioned() ? solver.withRunningCost() : solver,
                problem.t0(),
                problem.t1(),
                start,
                problem.theta(),
                cost(problem.cost(), d),
                wishes(problem),
                problem.workspace(),
                problem.progress());
    }

    /// A norm of the caller's knows of the state alone: the error of ℓ is measured by RMS, and the larger one counts.
    private static Solver withNorm(Problem problem) {
        Solver solver = problem.solver();
        if (!(solver.steps() instanceof AdaptiveSteps a) || a.norm().equals(Norm.RMS)) {
            return solver;
        }
        int rows = solver.stepsPerSample() ? 1 : problem.x0().rows();
        int d = problem.x0().columns();
        Precision precision = problem.x0().precision();
        Buffer error = problem.workspace().allocate(rows, d, precision);
        Buffer scale = problem.workspace().allocate(rows, d, Precision.FLOAT64);
        Buffer errorOfCost = problem.workspace().allocate(rows, 1, precision);
        Buffer scaleOfCost = problem.workspace().allocate(rows, 1, Precision.FLOAT64);
        Kernels kernels = Kernels.best();
        return solver.adaptive(s -> s.withNorm((errors, scales) -> {
            kernels.copyColumns(errors, 0, error, 0, d);
            kernels.copyColumns(scales, 0, scale, 0, d);
            kernels.copyColumns(errors, d, errorOfCost, 0, 1);
            kernels.copyColumns(scales, d, scaleOfCost, 0, 1);
            return Math.max(a.norm().of(error, scale), Norm.RMS.of(errorOfCost, scaleOfCost));
        }));
    }

    /// Is this component of the state the running cost?
    static boolean isCost(Dynamics dynamics, int column) {
        return dynamics instanceof Augmented && column == dynamics.dimension() - 1;
    }

    /// A listener hears of the costate of x alone; that of ℓ is 1.
    private static Wishes wishes(Problem problem) {
        CostateListener listener = problem.wishes().costateListener();
        if (listener == null) {
            return problem.wishes();
        }
        Buffer all = problem.state();
        Buffer one = all.view(0, 1, all.columns());
        CostateListener.OfSample cutting = (sample, t, a) -> {
            Buffer cut = a.rows() == all.rows() ? all : one;
            Kernels.best().copyColumns(a, 0, cut, 0, cut.columns());
            listener.at(sample, t, cut);
        };
        return problem.wishes().withCostateListener(cutting);
    }

    /// Functions of x as functions of (x, ℓ), and the sum of ℓ at the end.
    private static Cost cost(Cost cost, int d) {
        List<Cost.Term> terms = new ArrayList<>();
        for (Cost.Term term : cost.terms()) {
            terms.add(new Cost.Term(term.time(), new PointCost.OfFirst(term.cost(), d)));
        }
        terms.add(new Cost.Term(Double.NaN, new PointCost.OfBatch((x, theta, gradient, byTheta) -> {
            double sum = 0;
            for (int row = 0; row < x.rows(); row++) {
                sum += x.get(row, d);
                gradient.set(row, d, 1);
            }
            return sum;
        })));
        return Cost.of(terms);
    }

    /// (f, Σ L).
    private record Augmented(Dynamics field, List<Dynamics> integrands) implements Dynamics {
        @Override
        public int dimension() {
            return field.dimension() + 1;
        }

        @Override
        public ParameterLayout layout() {
            return field.layout();
        }

        @Override
        public boolean hasVjp() {
            return field.hasVjp();
        }

        @Override
        public boolean partitioned() {
            return field.partitioned();
        }

        @Override
        public long separableWork() {
            long work = field.separableWork();
            for (Dynamics integrand : integrands) {
                long more = integrand.separableWork();
                work = more == 0 ? 0 : work + (work == 0 ? 0 : more);
            }
            return work;
        }

        @Override
        public BoundDynamics bind(Workspace workspace, int batch, Precision precision, Buffer theta) {
            return new Bound(this, workspace, batch, precision, theta);
        }
    }

    private static final class Bound implements BoundDynamics {
        private final Kernels kernels = Kernels.best();
        private final int d;
        private final BoundDynamics field;
        private final BoundDynamics[] integrands;
        private final Buffer fieldTape;
        private final Buffer[] integrandTapes;
        private final Buffer tape;
        private final Buffer x;
        private final Buffer k;
        private final Buffer more;
        private final Buffer ell;
        private final Buffer one;

        Bound(Augmented pair, Workspace workspace, int batch, Precision precision, Buffer theta) {
            d = pair.field.dimension();
            field = pair.field.bind(workspace, batch, precision, theta);
            fieldTape = Buffer.movable(1, field.tapeLength(), precision);
            integrands = new BoundDynamics[pair.integrands.size()];
            integrandTapes = new Buffer[integrands.length];
            for (int i = 0; i < integrands.length; i++) {
                integrands[i] = pair.integrands.get(i).bind(workspace, batch, precision, theta);
                integrandTapes[i] = Buffer.movable(1, integrands[i].tapeLength(), precision);
            }
            tape = workspace.allocate(1, tapeLength(), precision);
            x = workspace.allocate(batch, d, precision);
            k = workspace.allocate(batch, d, precision);
            more = workspace.allocate(batch, d, precision);
            ell = workspace.allocate(batch, 1, precision);
            one = workspace.allocate(batch, 1, precision);
        }

        private void show(Buffer state, Buffer activations) {
            kernels.copyColumns(state, 0, x, 0, d);
            fieldTape.moveTo(activations, 0);
            long at = field.tapeLength();
            for (Buffer its : integrandTapes) {
                its.moveTo(activations, at);
                at += its.size();
            }
        }

        private static boolean moves(Part part) {
            return part != Part.RUNNING_COST;
        }

        private static boolean costs(Part part) {
            return part == Part.ALL || part == Part.RUNNING_COST;
        }

        @Override
        public int tapeLength() {
            int length = field.tapeLength();
            for (BoundDynamics integrand : integrands) {
                length += integrand.tapeLength();
            }
            return length;
        }

        @Override
        public void eval(double t, Buffer state, Buffer slope) {
            eval(Part.ALL, t, state, slope, tape);
        }

        @Override
        public void eval(Part part, double t, Buffer state, Buffer slope) {
            eval(part, t, state, slope, tape);
        }

        @Override
        public void eval(Part part, double t, Buffer state, Buffer slope, Buffer activations) {
            show(state, activations);
            slope.fill(0);
            if (moves(part)) {
                field.eval(part, t, x, k, fieldTape);
                kernels.copyColumns(k, 0, slope, 0, d);
            }
            if (costs(part)) {
                ell.fill(0);
                for (int i = 0; i < integrands.length; i++) {
                    integrands[i].eval(Part.ALL, t, x, one, integrandTapes[i]);
                    kernels.add(1, one, ell);
                }
                kernels.copyColumns(ell, 0, slope, d, 1);
            }
        }

        @Override
        public void vjp(Part part, double t, Buffer state, Buffer activations, Buffer a, Buffer gx, Buffer gp) {
            show(state, activations);
            gx.fill(0);
            k.fill(0);
            if (moves(part)) {
                kernels.copyColumns(a, 0, more, 0, d);
                field.vjp(part, t, x, fieldTape, more, k, gp);
            }
            if (costs(part)) {
                kernels.copyColumns(a, d, ell, 0, 1);
                for (int i = 0; i < integrands.length; i++) {
                    integrands[i].vjp(Part.ALL, t, x, integrandTapes[i], ell, more, gp);
                    kernels.add(1, more, k);
                }
            }
            kernels.copyColumns(k, 0, gx, 0, d);
        }

        @Override
        public void jvp(Part part, double t, Buffer state, Buffer activations, Buffer dx, Buffer dp, Buffer dk) {
            show(state, activations);
            dk.fill(0);
            kernels.copyColumns(dx, 0, more, 0, d);
            if (moves(part)) {
                field.jvp(part, t, x, fieldTape, more, dp, k);
                kernels.copyColumns(k, 0, dk, 0, d);
            }
            if (costs(part)) {
                ell.fill(0);
                for (int i = 0; i < integrands.length; i++) {
                    integrands[i].jvp(Part.ALL, t, x, integrandTapes[i], more, dp, one);
                    kernels.add(1, one, ell);
                }
                kernels.copyColumns(ell, 0, dk, d, 1);
            }
        }

        @Override
        public double timeVjp(Part part, double t, Buffer state, Buffer activations, Buffer a) {
            show(state, activations);
            double sum = 0;
            if (moves(part)) {
                kernels.copyColumns(a, 0, more, 0, d);
                sum += field.timeVjp(part, t, x, fieldTape, more);
            }
            if (costs(part)) {
                kernels.copyColumns(a, d, ell, 0, 1);
                for (int i = 0; i < integrands.length; i++) {
                    sum += integrands[i].timeVjp(Part.ALL, t, x, integrandTapes[i], ell);
                }
            }
            return sum;
        }
    }
}
