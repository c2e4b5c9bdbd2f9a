package org.costate.adjoint;

import java.util.OptionalDouble;
import java.util.function.Function;
import org.costate.memory.Buffer;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Integrator;
import org.costate.ode.Jumps;
import org.costate.ode.Part;
import org.costate.ode.Statistics;

/// The exact gradient of a discrete solve, in common to all modes that give it: solve, look at the cost, and
/// transpose the accepted steps from the last to the first. How a step's evaluations are found again is the
/// mode's [Trail].
///
/// With adaptive steps, the accepted steps are taken as given.
final class Discrete {
    /// What the way forward leaves, and what the way back makes of it.
    interface Trail {
        /// k = f(t, y) on the way forward.
        void evaluate(int number, Part part, double t, Buffer y, Buffer k);

        /// The way forward has begun, or has taken a step.
        void accepted(Integrator run);

        /// The way back begins.
        default void turn(Integrator run) {}

        /// Makes the evaluations of step `k`, from t to `end`, ready to be shown.
        void back(int k, double t, double end);

        /// Makes the evaluation at the start of step `k` ready to be shown.
        void backAtStart(int k, double t);

        /// The evaluations that were made ready.
        Transposed.Evaluations found();

        /// f on the way back, in evaluations.
        default long evaluations() {
            return 0;
        }

        /// How far the state that was found again at t0 is from x0; empty if none is found again.
        default OptionalDouble drift() {
            return OptionalDouble.empty();
        }
    }

    private Discrete() {}

    static Gradient gradient(Problem problem, Function<BoundDynamics, Trail> mode) {
        BoundDynamics field = problem.bind();
        Trail trail = mode.apply(field);
        Observations seen = new Observations(problem);
        Integrator run = new Integrator(
                        trail::evaluate,
                        problem.solver(),
                        problem.t0(),
                        problem.t1(),
                        seen.times(),
                        problem.x0(),
                        problem.workspace())
                .remember();
        trail.accepted(run);
        seen.see(problem.t0(), problem.x0());
        while (run.step()) {
            trail.accepted(run);
            seen.see(run.time(), run.state());
        }
        run.outcome().orThrow();
        double[][] end = run.state().toMatrix();
        trail.turn(run);
        run.release();
        Buffer gp = problem.parameters();
        double cost = seen.evaluate(problem.theta(), gp, problem.workspace());
        Transposed back = new Transposed(problem, field, gp);
        TimeGradient times = problem.times() ? new TimeGradient(problem, seen.times()) : null;
        seen.addTo(times);
        reverse(problem, run, trail, back, seen, times);
        Statistics forward = run.statistics();
        return Gradient.of(
                        cost,
                        end,
                        back.costate(),
                        problem.dynamics().layout(),
                        gp,
                        trail.drift(),
                        forward,
                        new Statistics(
                                forward.steps(),
                                0,
                                trail.evaluations(),
                                back.vjps(),
                                forward.smallest(),
                                forward.largest()))
                .withTimes(times);
    }

    private static void reverse(
            Problem problem, Integrator run, Trail trail, Transposed back, Observations seen, TimeGradient times) {
        Jumps jumps = new Jumps(problem.solver().jumps());
        back.add(seen.gradientAt(problem.t1()));
        for (int k = (int) run.statistics().steps() - 1; k >= 0; k--) {
            double t = run.node(k);
            double end = run.node(k + 1);
            Problem.stopIfInterrupted(end, end - t);
            trail.back(k, t, end);
            back.step(t, end, trail.found());
            if (k == 0 || jumps.at(t)) {
                trail.backAtStart(k, t);
                back.start(t, problem.t1(), trail.found());
            }
            back.add(seen.gradientAt(t));
            if (times != null) {
                double byH = back.takeGradientOfH();
                times.add(end, byH);
                times.add(t, back.takeGradientOfT() - byH);
            }
        }
    }
}
