package org.costate.adjoint;

import java.util.Arrays;
import java.util.function.BiFunction;
import org.costate.kernels.Kernels;
import org.costate.kernels.Team;
import org.costate.memory.Buffer;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Outcome;
import org.costate.ode.Statistics;

/// The exact gradient of a discrete solve, in common to all modes that give it: solve, look at the cost, and
/// transpose the accepted steps from the last to the first. How a step's evaluations are found again is the
/// mode's [Trail].
///
/// Where no sample depends on another, nor on how long others' steps are, the batch is cut into [Lane]s, which a
/// [Team] of threads solves and transposes: it meets at the cost alone. How it is cut depends on its size alone, and
/// the lanes' gradients by θ are added in order: results do not depend on the number of threads.
///
/// With adaptive steps, the accepted steps are taken as given.
final class Discrete {
    private final Problem problem;
    private final Observations seen;
    private final Lane[] lanes;

    private Discrete(Problem problem, BiFunction<Problem, BoundDynamics, Trail> mode) {
        this.problem = problem;
        seen = new Observations(problem);
        lanes = new Lane[Lane.count(problem)];
        int batch = problem.x0().rows();
        Thread caller = Thread.currentThread();
        Team.run(lanes.length, i -> {
            int from = Lane.begin(i, lanes.length, batch);
            Problem part = lanes.length == 1
                    ? problem
                    : problem.ofRows(from, Lane.begin(i + 1, lanes.length, batch) - from, i == 0);
            lanes[i] = new Lane(part, from, seen, caller, mode);
        });
    }

    static Gradient gradient(Problem problem, BiFunction<Problem, BoundDynamics, Trail> mode) {
        return new Discrete(problem, mode).gradient();
    }

    /// What the gradient with so many checkpoints holds at once, at most, but for the times of adaptive steps:
    /// every buffer is taken, and no step.
    static long bytes(Problem problem, int checkpoints) {
        long before = problem.workspace().liveBytes();
        Discrete all = new Discrete(problem, (part, field) -> Checkpointed.trail(part, field, checkpoints));
        var _ = new SlotHistory(problem, checkpoints);
        for (Lane lane : all.lanes) {
            lane.transpose(lane == all.lanes[0] ? problem.parameters() : null);
        }
        problem.parameters(); // what the cost needs for a moment
        problem.state();
        return problem.workspace().liveBytes() - before;
    }

    private Gradient gradient() {
        Team.run(lanes.length, i -> lanes[i].forward());
        first().orThrow();
        seen.passed(Arrays.stream(lanes).mapToInt(Lane::passed).min().getAsInt());
        double[][] end = new double[problem.x0().rows()][];
        for (Lane lane : lanes) {
            lane.turn(end);
        }
        Buffer gp = problem.parameters();
        double cost = seen.evaluate(problem.theta(), gp, problem.workspace());
        for (Lane lane : lanes) {
            lane.transpose(lane == lanes[0] ? gp : null);
        }
        TimeGradient times = lanes[0].times();
        seen.addTo(times);
        Team.run(lanes.length, i -> lanes[i].reverse());
        for (int i = 1; i < lanes.length; i++) {
            Kernels.best().add(1, lanes[i].gradient(), gp);
        }
        Statistics forward = lanes[0].statistics();
        Statistics backward = new Statistics(
                forward.steps(), 0, lanes[0].evaluations(), lanes[0].vjps(), forward.smallest(), forward.largest());
        return Gradient.of(cost, end, costate(), problem.dynamics().layout(), gp, drift(), forward, backward)
                .withTimes(times)
                .withCostate(lanes[0].keptCostate());
    }

    /// The way forward that failed first; if none did, a success.
    private Outcome first() {
        Outcome first = lanes[0].outcome();
        double direction = problem.t1() >= problem.t0() ? 1 : -1;
        for (Lane lane : lanes) {
            Outcome o = lane.outcome();
            boolean earlier = (first.time() - o.time()) * direction > 0;
            first = !o.succeeded() && (first.succeeded() || earlier) ? o : first;
        }
        return first;
    }

    private Buffer costate() {
        if (lanes.length == 1) {
            return lanes[0].costate();
        }
        Buffer all = problem.state();
        for (Lane lane : lanes) {
            lane.rowsOf(all).copyFrom(lane.costate());
        }
        return all;
    }

    private Drift drift() {
        Drift all = lanes[0].drift();
        for (int i = 1; all != null && i < lanes.length; i++) {
            all.include(lanes[i].drift());
        }
        return all;
    }
}
