package org.costate.adjoint;

import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Combination;
import org.costate.ode.Integrator;
import org.costate.ode.Interpolant;
import org.costate.ode.Interruption;
import org.costate.ode.Jumps;
import org.costate.ode.Offender;
import org.costate.ode.Outcome;
import org.costate.ode.Part;
import org.costate.ode.Scheme;
import org.costate.ode.Statistics;
import org.costate.ode.Stepper;

/// Forward mode: how the state moves with each component of x0 and each parameter is carried along with the
/// solve.
///
/// Each step's tangent is the same linear combination of tangents, with Jacobian–vector products for evaluations:
/// the exact gradient of the discrete solve, without a way back.
///
/// Cost: dimension + parameters Jacobian–vector products for each evaluation. Memory: O(1) in steps, as many
/// states as there are directions. For few parameters; never for networks. Derivatives by times and
/// the costate come from a reverse pass.
///
/// Source: E. Hairer, S. P. Nørsett, G. Wanner, Solving Ordinary Differential Equations I, 1993, I.14,
/// doi:10.1007/978-3-540-78862-1.
public final class Forward implements Adjoint {
    private static final Forward DEFAULTS = new Forward();

    private Forward() {}

    public static Forward defaults() {
        return DEFAULTS;
    }

    @Override
    public Gradient gradient(Problem problem) {
        Gradient g = new Pass(problem).run();
        return problem.times() || problem.wishes().costate()
                ? g.withWishesOf(EveryStep.gradient(problem.again(), false))
                : g;
    }

    @Override
    public String toString() {
        return "Forward";
    }

    private static final class Pass {
        private final Kernels kernels = Kernels.best();
        private final Problem problem;
        private final Scheme scheme;
        private final BoundDynamics field;
        private final Combination[] arguments;
        private final Combination[] nexts;
        private final Buffer tape;
        private final Buffer y;
        private final Buffer[] parameters;
        private final Buffer[][] slots;
        private final Buffer[][] next;
        /// Those of the step, and those of the interpolant.
        private final Buffer[][] evaluations;
        private final Jumps jumps;
        private final Buffer moved;
        private Integrator run;
        /// Null where steps end at all observations.
        private Interpolated inside;
        private boolean restart;
        private long products;

        Pass(Problem problem) {
            this.problem = problem;
            scheme = problem.solver().scheme();
            field = problem.bind();
            jumps = problem.jumps();
            tape = problem.workspace()
                    .allocate(1, field.tapeLength(), problem.x0().precision());
            y = problem.state();
            int dimension = problem.x0().columns();
            int directions = dimension + problem.theta().columns();
            parameters = new Buffer[directions];
            slots = new Buffer[directions][];
            next = new Buffer[directions][];
            evaluations = new Buffer[directions][];
            Buffer none = problem.parameters();
            int own = problem.interpolates() ? Interpolant.of(scheme).evaluations() : 0;
            moved = problem.interpolates() ? problem.state() : null;
            for (int d = 0; d < directions; d++) {
                slots[d] = problem.states(scheme.slots());
                next[d] = problem.states(scheme.slots());
                evaluations[d] = problem.states(scheme.evaluations() + own);
                parameters[d] = d < dimension ? none : problem.parameters();
                if (d < dimension) {
                    for (int row = 0; row < problem.x0().rows(); row++) {
                        slots[d][0].set(row, d, 1);
                    }
                } else {
                    parameters[d].set(d - dimension, 1);
                }
                equalStates(slots[d]);
            }
            arguments = new Combination[scheme.evaluations()];
            for (int i = 0; i < arguments.length; i++) {
                arguments[i] = Combination.argument(scheme, i);
            }
            nexts = new Combination[scheme.slots()];
            for (int l = 0; l < nexts.length; l++) {
                nexts[l] = Combination.next(scheme, l);
            }
        }

        private void equalStates(Buffer[] of) {
            for (int l = 1; l < scheme.states(); l++) {
                of[l].copyFrom(of[0]);
            }
        }

        Gradient run() {
            Observations seen = new Observations(problem);
            Buffer byX0 = problem.state();
            Buffer byTheta = problem.parameters();
            run = new Integrator(
                            this::evaluate,
                            problem.solver(),
                            problem.t0(),
                            problem.t1(),
                            seen.stops(),
                            problem.x0(),
                            problem.workspace())
                    .naming(problem.states());
            inside = Interpolated.of(problem, seen, run, this::evaluateInside);
            double cost = look(seen, problem.t0(), problem.x0(), byX0, byTheta);
            while (run.step()) {
                problem.progress().forward(run.time(), run.stepSize());
                cost += lookInside(seen, byX0, byTheta);
                advance();
                cost += look(seen, run.time(), run.state(), byX0, byTheta);
            }
            run.outcome().orThrow();
            Statistics forward =
                    run.statistics().plusVjps(products).plusEvaluations(inside == null ? 0 : inside.evaluations());
            return Gradient.of(
                    cost,
                    run.state().toMatrix(),
                    byX0,
                    problem.dynamics().layout(),
                    byTheta,
                    null,
                    forward,
                    Statistics.NONE);
        }

        private void evaluate(int number, Part part, double t, Buffer x, Buffer k) {
            field.eval(part, t, x, k, tape);
            if (number == Stepper.PROBE) {
                return;
            }
            for (int d = 0; d < slots.length; d++) {
                if (number == Stepper.START) {
                    equalStates(slots[d]);
                    for (int l = scheme.states(); l < scheme.slots(); l++) {
                        field.jvp(part, t, x, tape, slots[d][0], parameters[d], slots[d][l]);
                    }
                } else {
                    if (number == 0 && restart) {
                        equalStates(slots[d]);
                    }
                    arguments[number].sum(kernels, run.trying(), slots[d], evaluations[d], y);
                    field.jvp(part, t, x, tape, y, parameters[d], evaluations[d][number]);
                }
                products++;
            }
        }

        /// The same for the interpolant's own evaluations.
        private void evaluateInside(int number, Part part, double t, Buffer x, Buffer k) {
            field.eval(part, t, x, k, tape);
            Combination argument = inside.interpolant().argument(number - scheme.evaluations());
            for (int d = 0; d < slots.length; d++) {
                argument.sum(kernels, run.stepSize(), slots[d], evaluations[d], y);
                field.jvp(part, t, x, tape, y, parameters[d], evaluations[d][number]);
                products++;
            }
        }

        private void advance() {
            for (int d = 0; d < slots.length; d++) {
                for (int l = 0; l < nexts.length; l++) {
                    nexts[l].sum(kernels, run.stepSize(), slots[d], evaluations[d], next[d][l]);
                }
                Buffer[] swap = slots[d];
                slots[d] = next[d];
                next[d] = swap;
                refuseNonFinite(d);
            }
            restart = jumps.at(run.time());
        }

        /// How the state moves with one direction must be finite, else its derivative is not.
        private void refuseNonFinite(int d) {
            if (kernels.finite(slots[d][0])) {
                return;
            }
            int dimension = problem.x0().columns();
            Offender tangent = Offender.notFinite(Offender.Naming.STATES, slots[d][0]);
            Offender offender = d < dimension
                    ? problem.costates().of(tangent.row(), d, tangent.value())
                    : Offender.Naming.gradientBy(problem.dynamics().layout()).of(0, d - dimension, tangent.value());
            double h = run.stepSize();
            Outcome.nonFiniteDerivative(run.time() - h, h, "the gradient", offender)
                    .orThrow();
        }

        /// Adds what the cost says of the present state.
        private double look(Observations seen, double t, Buffer x, Buffer byX0, Buffer byTheta) {
            int j = seen.see(t, x);
            if (j < 0) {
                return 0;
            }
            double cost = seen.evaluate(j, problem.theta(), byTheta, problem.workspace());
            for (int d = 0; d < slots.length; d++) {
                add(d, seen.state(j), slots[d][0], byX0, byTheta);
            }
            return cost;
        }

        /// The same of states inside of the last step, before the tangents advance over it.
        private double lookInside(Observations seen, Buffer byX0, Buffer byTheta) {
            if (inside == null) {
                return 0;
            }
            double cost = 0;
            inside.step();
            while (inside.shows(seen.passed())) {
                double t = seen.time(seen.passed());
                int j = seen.see(t, inside.state());
                cost += seen.evaluate(j, problem.theta(), byTheta, problem.workspace());
                for (int d = 0; d < slots.length; d++) {
                    inside.interpolant().at(t, slots[d], evaluations[d], moved);
                    add(d, seen.state(j), moved, byX0, byTheta);
                }
            }
            return cost;
        }

        /// Adds how the cost changes where the state moves with direction `d` like this.
        private void add(int d, Buffer gx, Buffer tangent, Buffer byX0, Buffer byTheta) {
            int dimension = gx.columns();
            for (int row = 0; row < gx.rows(); row++) {
                Interruption.checkNowAndThen((long) row * dimension);
                double sum = 0;
                for (int c = 0; c < dimension; c++) {
                    sum += gx.get(row, c) * tangent.get(row, c);
                }
                if (d < dimension) {
                    byX0.set(row, d, byX0.get(row, d) + sum);
                } else {
                    byTheta.set(d - dimension, byTheta.get(d - dimension) + sum);
                }
            }
        }
    }
}
