package org.costate.adjoint;

import org.costate.kernels.Kernels;
import org.costate.kernels.Unary;
import org.costate.memory.Buffer;
import org.costate.ode.BoundDynamics;
import org.costate.ode.DenseOutput;
import org.costate.ode.Integrator;
import org.costate.ode.Part;
import org.costate.ode.VectorField;

/// The costate solved backwards along the interpolated solution, and the parameters' gradient by quadrature along
/// it.
///
/// ```
/// da/dt = −(∂f/∂x)ᵀ a,   ∂C/∂θ = ∫ (∂f/∂θ)ᵀ a dt   by three or four Gauss–Legendre nodes on each step of a
/// ```
///
/// Cost: a second solve of the state's size whatever the number of parameters, and three evaluations and
/// vector–Jacobian products a step for the quadrature, four where the solver's order is above 6. Memory: the dense
/// output, a few states a step, O(N).
///
/// Not the gradient of the discrete solve, as [Interpolating], whose system it makes smaller: for many parameters.
///
/// Source: C. Rackauckas et al., SciMLSensitivity, GaussAdjoint; quadrature: J. Stoer, R. Bulirsch, Introduction to
/// Numerical Analysis, 2002, 3.6, doi:10.1007/978-0-387-21738-3.
public final class Gauss implements Adjoint {
    private static final Gauss DEFAULTS = new Gauss();
    private static final double[] THREE = {0.5 - Math.sqrt(0.15), 0.5, 0.5 + Math.sqrt(0.15)};
    private static final double[] THREE_WEIGHTS = {5.0 / 18, 8.0 / 18, 5.0 / 18};

    private static final double INNER = Math.sqrt(3.0 / 7 - 2.0 / 7 * Math.sqrt(1.2)) / 2;
    private static final double OUTER = Math.sqrt(3.0 / 7 + 2.0 / 7 * Math.sqrt(1.2)) / 2;
    private static final double HEAVY = (18 + Math.sqrt(30)) / 72;
    private static final double LIGHT = (18 - Math.sqrt(30)) / 72;
    private static final double[] FOUR = {0.5 - OUTER, 0.5 - INNER, 0.5 + INNER, 0.5 + OUTER};
    private static final double[] FOUR_WEIGHTS = {LIGHT, HEAVY, HEAVY, LIGHT};

    /// Three nodes are exact to order 6.
    private static final int ORDER_OF_THREE = 6;

    private Gauss() {}

    /// Backwards with the solver and the steps, or the tolerances, of the way forward.
    public static Gauss defaults() {
        return DEFAULTS;
    }

    @Override
    public Gradient gradient(Problem problem) {
        Continuous sweep = new Continuous(problem, true, null, false);
        Buffer a = problem.state();
        Buffer g = problem.parameters();
        double cost = sweep.seen().evaluate(problem.theta(), g, problem.workspace());
        Costate backward = new Costate(problem, sweep, g);
        sweep.back(backward, problem.solver(), a, a, backward::quadrature, j -> {});
        sweep.count(backward.evaluations);
        return sweep.gradient(cost, a, g);
    }

    @Override
    public String toString() {
        return "Gauss";
    }

    /// The field of a, forward in time, and the quadrature over its last step.
    private static final class Costate implements VectorField {
        private final Kernels kernels = Kernels.best();
        private final Problem problem;
        private final BoundDynamics field;
        private final DenseOutput dense;
        private final Buffer g;
        private final double[] nodes;
        private final double[] weights;
        private final Buffer x;
        private final Buffer slope;
        private final Buffer minusA;
        private final Buffer scratch;
        private final Buffer at;
        private final Buffer tape;
        private final double[] factor = new double[1];
        private final Buffer[] term;
        private DenseOutput costate;
        private Integrator of;
        private double t;
        private long evaluations;

        Costate(Problem problem, Continuous sweep, Buffer g) {
            this.problem = problem;
            this.field = sweep.field();
            this.dense = sweep.dense();
            this.g = g;
            boolean three = problem.solver().scheme().order() <= ORDER_OF_THREE;
            nodes = three ? THREE : FOUR;
            weights = three ? THREE_WEIGHTS : FOUR_WEIGHTS;
            x = problem.state();
            slope = problem.state();
            minusA = problem.state();
            scratch = problem.state();
            at = problem.state();
            term = new Buffer[] {at};
            tape = problem.workspace()
                    .allocate(1, field.tapeLength(), problem.x0().precision());
        }

        @Override
        public void eval(double time, Buffer a, Buffer da) {
            eval(Part.ALL, time, a, da);
        }

        @Override
        public void eval(Part part, double time, Buffer a, Buffer da) {
            dense.at(time, x);
            field.eval(part, time, x, slope, tape);
            kernels.unary(Unary.NEGATE, a, minusA);
            field.vjp(part, time, x, tape, minusA, da, null);
        }

        private void between(int number, Part part, double time, Buffer a, Buffer da) {
            eval(part, time, a, da);
            evaluations++;
        }

        /// After each step, and before the first of a segment.
        void quadrature(Integrator run, boolean begins) {
            if (begins) {
                of = run;
                t = run.time();
                if (costate != null) {
                    costate.release();
                }
                costate = new DenseOutput(run, this::between, problem.workspace(), 1);
                return;
            }
            costate.add();
            double h = of.time() - t;
            for (int j = 0; j < nodes.length; j++) {
                double time = t + nodes[j] * h;
                costate.at(time, at);
                factor[0] = -h * weights[j];
                kernels.combine(factor, term, 1, minusA);
                dense.at(time, x);
                field.eval(Part.ALL, time, x, slope, tape);
                field.vjp(Part.ALL, time, x, tape, minusA, scratch, g);
                evaluations++;
            }
            problem.refuseNonFinite(t, h, of.state(), g);
            t = of.time();
            costate.forget();
        }
    }
}
