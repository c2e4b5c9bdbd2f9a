package org.costate.adjoint;

import java.util.function.Function;
import org.costate.memory.Buffer;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Integrator;
import org.costate.ode.Jumps;
import org.costate.ode.Statistics;

/// The exact gradient of a discrete solve, in common to all modes that give it: solve, look at the cost, and
/// transpose the accepted steps from the last to the first. How a step's evaluations are found again is the
/// mode's [Trail].
///
/// With adaptive steps, the accepted steps are taken as given.
final class Discrete {
    private final Problem problem;
    private final BoundDynamics field;
    private final Trail trail;
    private final Observations seen;
    private final Integrator run;
    private final TimeGradient times;
    private final CostateKeeper costate;
    private final NodeCostate node;

    private Discrete(Problem problem, Function<BoundDynamics, Trail> mode) {
        this.problem = problem;
        field = problem.bind();
        trail = mode.apply(field);
        seen = new Observations(problem);
        run = trail.forward(seen.stops()).remember().naming(problem.states());
        times = problem.times() ? new TimeGradient(problem, seen.times()) : null;
        costate = CostateKeeper.of(problem);
        node = costate == null ? null : new NodeCostate(problem, field);
    }

    static Gradient gradient(Problem problem, Function<BoundDynamics, Trail> mode) {
        return new Discrete(problem, mode).gradient();
    }

    /// What the gradient with so many checkpoints holds at once, at most, but for the times of adaptive steps:
    /// every buffer is taken, and no step.
    static long bytes(Problem problem, int checkpoints) {
        long before = problem.workspace().liveBytes();
        Discrete all = new Discrete(problem, field -> Checkpointed.trail(problem, field, checkpoints));
        var _ = new SlotHistory(problem, checkpoints);
        Buffer gp = problem.parameters();
        var _ = all.trail.transposed(gp);
        problem.parameters(); // what the cost needs for a moment
        problem.state();
        return problem.workspace().liveBytes() - before;
    }

    private Gradient gradient() {
        trail.accepted(run);
        seen.see(problem.t0(), problem.x0());
        while (run.step()) {
            problem.progress().forward(run.time(), run.stepSize());
            trail.accepted(run);
            if (seen.isNext(run.time())) {
                seen.see(run.time(), run.state());
            }
        }
        run.outcome().orThrow();
        double[][] end = run.state().toMatrix();
        trail.turn(run);
        run.release();
        Buffer gp = problem.parameters();
        double cost = seen.evaluate(problem.theta(), gp, problem.workspace());
        Transposed back = trail.transposed(gp);
        seen.addTo(times);
        reverse(back, gp);
        back.finish();
        Statistics forward = run.statistics();
        long more = node == null ? 0 : node.products();
        Statistics backward = new Statistics(
                forward.steps(),
                0,
                trail.evaluations() + more,
                back.vjps() + more,
                forward.smallest(),
                forward.largest());
        return Gradient.of(cost, end, back.costate(), problem.dynamics().layout(), gp, trail.drift(), forward, backward)
                .withTimes(times)
                .withCostate(costate == null ? null : costate.kept());
    }

    private void reverse(Transposed back, Buffer gp) {
        Jumps jumps = new Jumps(problem.solver().jumps());
        back.add(seen.gradientAt(problem.t1()));
        if (costate != null) {
            costate.add(problem.t1(), back.costate());
        }
        for (int k = (int) run.statistics().steps() - 1; k >= 0; k--) {
            double t = run.node(k);
            double end = run.node(k + 1);
            trail.back(k, t, end);
            back.step(t, end);
            problem.progress().backward(t, t - end);
            boolean begins = k == 0 || jumps.at(t);
            if (begins) {
                trail.backAtStart(k, t);
                back.start(t, problem.t1());
            }
            if (!back.finite()) {
                back.finish();
                problem.refuseNonFinite(end, t - end, back.costate(), gp);
            }
            Buffer jump = seen.gradientAt(t);
            if (costate != null && costate.wants(t)) {
                costate.add(t, begins ? back.costate() : node.before(t, (BufferTransposed) back), jump);
            }
            back.add(jump);
            if (times != null) {
                double byH = back.takeGradientOfH();
                times.add(end, byH);
                times.add(t, back.takeGradientOfT() - byH);
            }
        }
    }
}
