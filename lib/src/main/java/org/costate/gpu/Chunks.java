package org.costate.gpu;

import java.util.function.Function;
import org.costate.adjoint.Gradient;
import org.costate.adjoint.Problem;
import org.costate.adjoint.Sweep;
import org.costate.gpu.StepsKernel.Keep;
import org.costate.gpu.StepsKernel.Role;
import org.costate.graph.FieldCode;
import org.costate.memory.Buffer;
import org.costate.memory.Workspace;
import org.costate.ode.AdaptiveSteps;
import org.costate.ode.Statistics;

/// The gradient of a batch of which only some samples are on the device at once. Each of these chunks is solved, the
/// cost looks at all of them, and each is solved once more for the gradient of what came back to it.
record Chunks(Gpu gpu, Sweep whole, FieldCode code, Function<Trajectories, Gradient> mode) {
    /// The gradient.
    Gradient gradient() {
        gpu.refuseMixing(code);
        Problem problem = whole.problem();
        int batch = problem.x0().rows();
        Buffer end = problem.workspace()
                .allocate(batch, problem.x0().columns(), problem.x0().precision());
        Statistics forward = Statistics.NONE;
        for (int first = 0; first < batch; first += gpu.atATime()) {
            int rows = Math.min(gpu.atATime(), batch - first);
            try (Workspace part = problem.workspace().part()) {
                Sweep some = whole.ofRows(first, rows, false, part);
                Statistics its = solve(some, end.view((long) first * end.columns(), rows, end.columns()));
                whole.see(first, some);
                forward = eachCounts() ? forward.plus(its) : its;
            }
        }
        Buffer gp = problem.workspace()
                .allocate(1, problem.theta().columns(), problem.x0().precision());
        double cost = whole.evaluate(gp);
        double[][] last = end.toMatrix();
        Buffer byX0 = end;
        Statistics backward = Statistics.NONE;
        for (int first = 0; first < batch; first += gpu.atATime()) {
            int rows = Math.min(gpu.atATime(), batch - first);
            try (Workspace part = problem.workspace().part()) {
                Sweep some = whole.ofRows(first, rows, true, part);
                Gradient its = gradient(some);
                whole.include(first, some, its, byX0, gp);
                Statistics back = its.backward().plusCostOf(its.forward());
                backward = eachCounts() ? backward.plus(back) : back;
            }
        }
        return whole.gradient(cost, last, byX0, gp, forward, backward);
    }

    /// Given steps are the same ones in all chunks.
    private boolean eachCounts() {
        return whole.problem().solver().steps() instanceof AdaptiveSteps;
    }

    private Gradient gradient(Sweep some) {
        try (Trajectories run = new Trajectories(gpu, some, code)) {
            return mode.apply(run);
        }
    }

    private Statistics solve(Sweep some, Buffer end) {
        try (Trajectories run = new Trajectories(gpu, some, code)) {
            run.seeStart();
            if (run.ownTimes) {
                run.adaptive(null, true).download(0, end);
                return run.statistics(null);
            }
            BlockCode code = BlockCode.of(run, Role.FORWARD, Keep.NOTHING);
            GivenRun steps = new GivenRun(run, code, run.scheme, 1);
            run.room.refuseTooLarge(0, "fewer samples");
            steps.upload(run.problem.x0(), 0);
            for (Block b : run.blocks(run.mostSteps(code.work()), Integer.MAX_VALUE)) {
                run.forward(b, steps, null, 0);
            }
            steps.download(0, end);
            return steps.statistics(0);
        }
    }
}
