package org.costate.adjoint;

import org.costate.memory.Buffer;
import org.costate.memory.Workspace;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Integrator;
import org.costate.ode.Solver;
import org.costate.ode.Statistics;

/// The gradient of a batch whose samples choose their own steps: as if each were alone, but for the cost, which
/// may mix them.
///
/// Each sample is solved, the cost looks at all of them, and each is solved again for the gradient of what came
/// back to it. Cost: one solve more than a gradient of the batch.
final class PerSample {
    private PerSample() {}

    static Gradient gradient(Problem problem, Adjoint mode) {
        Buffer x0 = problem.x0();
        int d = x0.columns();
        Solver alone = problem.solver().adaptive(s -> s.withPerSample(false));
        Observations seen = new Observations(problem);
        double[][] end = new double[x0.rows()][];
        Statistics forward = Statistics.NONE;
        for (int row = 0; row < end.length; row++) {
            try (Workspace part = problem.workspace().part()) {
                Problem one = problem.ofRows(row, 1, alone, problem.cost(), false, part);
                forward = forward.plus(solve(one, row, seen, end));
            }
        }
        Buffer gp = problem.parameters();
        double cost = seen.evaluate(problem.theta(), gp, problem.workspace());
        Buffer byX0 = problem.state();
        Statistics backward = Statistics.NONE;
        Drift drift = null;
        TimeGradient times = problem.times() ? new TimeGradient(problem, seen.times()) : null;
        seen.addTo(times);
        Costate.Samples costates = problem.wishes().keepsCostate() ? new Costate.Samples(problem) : null;
        for (int row = 0; row < end.length; row++) {
            try (Workspace part = problem.workspace().part()) {
                Gradient g = mode.gradient(problem.ofRows(row, 1, alone, seen.cameBack(row, 1), true, part));
                byX0.view((long) row * d, 1, d).copyFrom(g.x0());
                g.addTo(gp, part);
                backward = backward.plus(g.backward()).plusCostOf(g.forward());
                if (times != null) {
                    times.add(g.times());
                }
                if (costates != null) {
                    costates.add(g.keptCostate());
                }
                if (drift == null) {
                    drift = g.found();
                } else {
                    drift.include(g.found());
                }
            }
        }
        return Gradient.of(cost, end, byX0, problem.dynamics().layout(), gp, drift, forward, backward)
                .withTimes(times)
                .withCostate(costates == null ? null : costates.whole());
    }

    private static Statistics solve(Problem one, int row, Observations seen, double[][] end) {
        BoundDynamics field = one.bind();
        Integrator run = new Integrator(
                        field, one.solver(), one.t0(), one.t1(), seen.stops(), one.x0(), one.workspace())
                .naming(one.states());
        Interpolated inside = Interpolated.of(one, seen, run, (number, part, t, y, k) -> field.eval(part, t, y, k));
        int passed = 0;
        if (seen.isAt(passed, one.t0())) {
            seen.seeRows(passed++, row, one.x0());
        }
        while (run.step()) {
            one.progress().forward(run.time(), run.stepSize());
            if (inside != null) {
                passed = inside.step(passed, row);
            }
            if (seen.isAt(passed, run.time())) {
                seen.seeRows(passed++, row, run.state());
            }
        }
        run.outcome().orThrow();
        seen.passed(passed); // of each sample the same
        end[row] = run.state().toArray();
        return run.statistics().plusEvaluations(inside == null ? 0 : inside.evaluations());
    }
}
