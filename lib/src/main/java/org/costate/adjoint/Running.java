package org.costate.adjoint;

import java.util.ArrayList;
import java.util.List;
import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Dynamics;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Part;
import org.costate.ode.Solver;

/// A running cost ∫ L(t, x, θ) dt as one more component ℓ of the state, dℓ/dt = L: the solver integrates it by
/// its own rule, and every gradient mode differentiates it without knowing.
final class Running {
    private Running() {}

    /// The problem with ℓ as the last column of the state, and a cost of the end that counts it.
    static Problem augment(Problem problem) {
        Dynamics integrand = problem.cost().running();
        check(problem.dynamics(), integrand);
        Buffer x0 = problem.x0();
        int d = x0.columns();
        Buffer start = problem.workspace().allocate(x0.rows(), d + 1, x0.precision());
        Kernels.best().copyColumns(x0, 0, start, 0, d);
        Solver solver = problem.solver();
        return new Problem(
                new Augmented(problem.dynamics(), integrand),
                solver.scheme().partitioned() ? solver.withRunningCost() : solver,
                problem.t0(),
                problem.t1(),
                start,
                problem.theta(),
                cost(problem.cost(), d, problem.workspace()),
                problem.times(),
                problem.workspace());
    }

    private static void check(Dynamics field, Dynamics integrand) {
        if (integrand.dimension() != field.dimension() || integrand.outputs() != 1) {
            throw new IllegalArgumentException(
                    "running: got an integrand of " + integrand.dimension() + " components with " + integrand.outputs()
                            + " values, expected " + field.dimension() + " components and 1 value");
        }
        if (!integrand.hasVjp()) {
            throw new IllegalArgumentException("running: got an integrand without a vector-Jacobian product, expected"
                    + " one with it; write it as Trace.integrand(" + field.dimension()
                    + ", (t, x, p) -> ...), or give the product to Dynamics.integrand(...)");
        }
        for (ParameterLayout.Entry e : integrand.layout().entries()) {
            if (!field.layout().contains(e.name())
                    || field.layout().entry(e.name()).rows() != e.rows()
                    || field.layout().entry(e.name()).columns() != e.columns()) {
                throw new IllegalArgumentException("running: its parameter " + e.name() + ", " + e.rows() + " x "
                        + e.columns() + ", is none of the field's " + field.layout());
            }
        }
    }

    /// Functions of x as functions of (x, ℓ), and the sum of ℓ at the end.
    private static Cost cost(Cost cost, int d, Workspace workspace) {
        Kernels kernels = Kernels.best();
        List<Cost.Term> terms = new ArrayList<>();
        for (Cost.Term term : cost.terms()) {
            terms.add(new Cost.Term(term.time(), (x, theta, gradient, byTheta) -> {
                Buffer state = workspace.allocate(x.rows(), d, x.precision());
                Buffer back = workspace.allocate(x.rows(), d, x.precision());
                kernels.copyColumns(x, 0, state, 0, d);
                double value = term.function().valueAndGradient(state, theta, back, byTheta);
                kernels.copyColumns(back, 0, gradient, 0, d);
                workspace.release(state);
                workspace.release(back);
                return value;
            }));
        }
        terms.add(new Cost.Term(Double.NaN, (x, theta, gradient, byTheta) -> {
            double sum = 0;
            for (int row = 0; row < x.rows(); row++) {
                sum += x.get(row, d);
                gradient.set(row, d, 1);
            }
            return sum;
        }));
        return Cost.of(terms);
    }

    /// (f, L).
    private record Augmented(Dynamics field, Dynamics integrand) implements Dynamics {
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
            return field.hasVjp() && integrand.hasVjp();
        }

        @Override
        public boolean partitioned() {
            return field.partitioned();
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
        private final BoundDynamics integrand;
        private final Buffer theta;
        private final Buffer own;
        private final Buffer ownBack;
        private final ParameterLayout.Entry[] from;
        private final ParameterLayout.Entry[] to;
        private final Buffer fieldTape;
        private final Buffer integrandTape;
        private final Buffer tape;
        private final Buffer x;
        private final Buffer k;
        private final Buffer more;
        private final Buffer ell;

        Bound(Augmented pair, Workspace workspace, int batch, Precision precision, Buffer theta) {
            d = pair.field.dimension();
            this.theta = theta;
            List<ParameterLayout.Entry> entries = pair.integrand.layout().entries();
            to = entries.toArray(ParameterLayout.Entry[]::new);
            from = entries.stream().map(e -> pair.layout().entry(e.name())).toArray(ParameterLayout.Entry[]::new);
            own = workspace.allocate(1, pair.integrand.layout().size(), precision);
            ownBack = workspace.allocate(1, own.columns(), precision);
            field = pair.field.bind(workspace, batch, precision, theta);
            integrand = pair.integrand.bind(workspace, batch, precision, own);
            fieldTape = Buffer.movable(1, field.tapeLength(), precision);
            integrandTape = Buffer.movable(1, integrand.tapeLength(), precision);
            tape = workspace.allocate(1, tapeLength(), precision);
            x = workspace.allocate(batch, d, precision);
            k = workspace.allocate(batch, d, precision);
            more = workspace.allocate(batch, d, precision);
            ell = workspace.allocate(batch, 1, precision);
        }

        private void show(Buffer state, Buffer activations) {
            kernels.copyColumns(state, 0, x, 0, d);
            fieldTape.moveTo(activations, 0);
            integrandTape.moveTo(activations, field.tapeLength());
            for (int i = 0; i < to.length; i++) {
                for (int j = 0; j < to[i].size(); j++) {
                    own.set(to[i].offset() + j, theta.get(from[i].offset() + j));
                }
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
            return field.tapeLength() + integrand.tapeLength();
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
                integrand.eval(Part.ALL, t, x, ell, integrandTape);
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
                ownBack.fill(0);
                integrand.vjp(Part.ALL, t, x, integrandTape, ell, more, gp == null ? null : ownBack);
                kernels.add(1, more, k);
                for (int i = 0; gp != null && i < to.length; i++) {
                    for (int j = 0; j < to[i].size(); j++) {
                        int at = from[i].offset() + j;
                        gp.set(at, gp.get(at) + ownBack.get(to[i].offset() + j));
                    }
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
                for (int i = 0; i < to.length; i++) {
                    for (int j = 0; j < to[i].size(); j++) {
                        ownBack.set(to[i].offset() + j, dp.get(from[i].offset() + j));
                    }
                }
                integrand.jvp(Part.ALL, t, x, integrandTape, more, ownBack, ell);
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
                sum += integrand.timeVjp(Part.ALL, t, x, integrandTape, ell);
            }
            return sum;
        }
    }
}
