package org.costate.adjoint;

import java.util.function.IntConsumer;
import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.ode.BoundDynamics;
import org.costate.ode.DenseOutput;
import org.costate.ode.Integrator;
import org.costate.ode.Offender;
import org.costate.ode.Outcome;
import org.costate.ode.Part;
import org.costate.ode.Solver;
import org.costate.ode.Statistics;
import org.costate.ode.Stepper;
import org.costate.ode.VectorField;

/// What the modes that solve the adjoint ODE have in common: the way forward, and the way back from observation
/// to observation, at each of which the costate jumps.
final class Continuous {
    /// Told of each step of the way back, and before the first of each segment.
    @FunctionalInterface
    interface Listener {
        void stepped(Integrator run, boolean begins);
    }

    private final Problem problem;
    private final BoundDynamics field;
    private final Observations seen;
    private final DenseOutput dense;
    private final double[][] end;
    private final Statistics forward;
    private final TimeGradient times;
    private final Buffer[] slopes;
    private final Buffer firstSlope;
    private final Buffer tape;
    private long slopesEvaluated;
    private Statistics backward = Statistics.NONE;
    private Costate costate;

    /// Solves forward.
    ///
    /// @param keepDense is the solution wanted between the steps?
    /// @param drift told of the states that are to be found again; null if none are
    /// @param resets is the state to be found again at the observations, too?
    Continuous(Problem problem, boolean keepDense, Drift drift, boolean resets) {
        this.problem = problem;
        field = problem.bind();
        seen = new Observations(problem);
        Stepper.Evaluator evaluator = (number, part, t, y, k) -> field.eval(part, t, y, k);
        Integrator run = new Integrator(
                        field,
                        problem.solver(),
                        problem.t0(),
                        problem.t1(),
                        seen.landings(),
                        problem.x0(),
                        problem.workspace())
                .naming(problem.states());
        dense = keepDense ? new DenseOutput(run, evaluator, problem.workspace(), run.plannedSteps()) : null;
        Interpolated inside = Interpolated.of(problem, seen, run, evaluator);
        times = problem.times() ? new TimeGradient(problem, seen.times()) : null;
        slopes = new Buffer[seen.times().length];
        tape = times == null
                ? null
                : problem.workspace()
                        .allocate(1, field.tapeLength(), problem.x0().precision());
        firstSlope = times == null ? null : slope(problem.t0(), problem.x0());
        keepSlope(seen.see(problem.t0(), problem.x0()), problem.t0(), problem.x0());
        if (drift != null) {
            drift.accepted(run);
        }
        while (run.step()) {
            problem.progress().forward(run.time(), run.stepSize());
            if (keepDense) {
                dense.add();
            }
            if (drift != null) {
                drift.accepted(run);
            }
            if (inside != null) {
                inside.step();
                while (inside.shows(seen.passed())) {
                    double t = seen.time(seen.passed());
                    if (resets) {
                        drift.mark(inside.state());
                    }
                    keepSlope(seen.see(t, inside.state()), t, inside.state());
                }
            }
            if (seen.isNext(run.time())) {
                if (resets) {
                    drift.mark(run.state());
                }
                keepSlope(seen.see(run.time(), run.state()), run.time(), run.state());
            }
        }
        run.outcome().orThrow();
        end = run.state().toMatrix();
        long more = (keepDense ? dense.evaluations() : 0) + (inside == null ? 0 : inside.evaluations());
        forward = run.statistics().plusEvaluations(slopesEvaluated + more);
        run.release();
    }

    private Buffer slope(double t, Buffer x) {
        Buffer slope = problem.state();
        field.eval(Part.ALL, t, x, slope, tape);
        slopesEvaluated++;
        return slope;
    }

    private void keepSlope(int observation, double t, Buffer x) {
        if (times != null && observation >= 0) {
            slopes[observation] = slope(t, x);
        }
    }

    BoundDynamics field() {
        return field;
    }

    Observations seen() {
        return seen;
    }

    DenseOutput dense() {
        return dense;
    }

    /// x(T).
    double[][] end() {
        return end;
    }

    /// From t1 to t0.
    ///
    /// @param z the system that is solved, at t1; afterwards at t0
    /// @param a the part of it that is the costate, to which observations are added
    /// @param arrived told of each observation, by number, when the costate has jumped
    void back(VectorField system, Solver solver, Buffer z, Buffer a, Listener listener, IntConsumer arrived) {
        Kernels kernels = Kernels.best();
        seen.addTo(times);
        double[] at = seen.times();
        double t = problem.t1();
        CostateKeeper keeper = CostateKeeper.of(problem);
        Buffer present = Buffer.movable(a.rows(), a.columns(), a.precision());
        Offender.Naming names = z == a ? problem.costates() : names(z, a);
        long place = place(z, a);
        if (keeper != null && (at.length == 0 || at[at.length - 1] != t)) {
            keeper.add(t, a);
        }
        for (int j = at.length; j >= 0; j--) {
            double to = j > 0 ? at[j - 1] : problem.t0();
            if (t != to) {
                Integrator run = new Integrator(
                                system,
                                solver.between(problem.t0(), problem.t1(), t, to),
                                t,
                                to,
                                problem.costateTimes(),
                                z,
                                problem.workspace())
                        .naming(names);
                listener.stepped(run, true);
                while (run.step()) {
                    problem.progress().backward(run.time(), run.stepSize());
                    listener.stepped(run, false);
                    if (keeper != null) {
                        present.moveTo(run.state(), place);
                        keeper.add(run.time(), present);
                    }
                }
                z.copyFrom(run.state());
                backward = backward.plus(run.statistics());
                run.release();
                named(run.outcome()).orThrow();
            }
            t = to;
            if (times != null && t == problem.t0() && (j == 1 || at.length == 0 || at[0] != t)) {
                times.addTime(t, -kernels.dot(a, firstSlope)); // before what an observation at t0 adds
            }
            if (j > 0) {
                kernels.add(1, seen.gradientAt(t), a);
                if (times != null && t != problem.t0()) {
                    times.addTime(t, kernels.dot(seen.gradientAt(t), slopes[j - 1]));
                }
                arrived.accept(j - 1);
                if (keeper != null) {
                    keeper.add(t, a);
                }
            }
        }
        if (times != null && problem.t0() == problem.t1()) {
            times.addPoint(kernels.dot(a, firstSlope));
        }
        costate = keeper == null ? null : keeper.kept();
    }

    /// On the way back a costate or a gradient that is not finite is the derivatives' fault, and a state is one that
    /// was found again.
    private static Outcome named(Outcome o) {
        boolean notFinite = o.kind() == Outcome.Kind.NON_FINITE;
        if (o.offender() == null || !(notFinite || o.kind() == Outcome.Kind.STEP_UNDERFLOW)) {
            return o;
        }
        return switch (o.offender().quantity()) {
            case "state", "running cost" -> Outcome.lost(o.kind(), o.time(), o.stepSize(), o.offender());
            case "costate" -> notFinite ? derivative(o, "the costate") : o;
            default -> notFinite ? derivative(o, "the gradient") : o;
        };
    }

    private static Outcome derivative(Outcome o, String what) {
        return Outcome.nonFiniteDerivative(o.time(), o.stepSize(), what, o.offender());
    }

    /// The numbers of (x, a, g) or (a, g).
    private Offender.Naming names(Buffer z, Buffer a) {
        int columns = a.columns();
        long size = a.size();
        long place = place(z, a);
        Offender.Naming parameters =
                Offender.Naming.gradientBy(problem.dynamics().layout());
        return (row, i, value) -> {
            if (i >= place + size) {
                return parameters.of(0, (int) (i - place - size), value);
            }
            Offender.Naming naming = i < place ? problem.states() : problem.costates();
            int at = (int) (i < place ? i : i - place);
            return naming.of(at / columns, at % columns, value);
        };
    }

    /// Where the costate begins in the system.
    private static long place(Buffer z, Buffer a) {
        return (a.offset() - z.offset()) / a.precision().bytes();
    }

    /// Evaluations and vector–Jacobian products besides those of the system.
    void count(long more) {
        backward = backward.plusEvaluations(more);
    }

    Gradient gradient(double cost, Buffer a, Buffer g) {
        return gradient(cost, a, g, null);
    }

    Gradient gradient(double cost, Buffer a, Buffer g, Drift drift) {
        return Gradient.of(
                        cost,
                        end,
                        a,
                        problem.dynamics().layout(),
                        g,
                        drift,
                        forward,
                        backward.plusVjps(backward.evaluations()))
                .withTimes(times)
                .withCostate(costate);
    }
}
