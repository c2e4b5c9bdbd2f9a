package org.costate.gpu;

import java.util.ArrayList;
import java.util.List;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Backsolve;
import org.costate.adjoint.Gradient;
import org.costate.adjoint.Problem;
import org.costate.gpu.StepsKernel.Keep;
import org.costate.gpu.StepsKernel.Role;
import org.costate.gpu.driver.DeviceMemory;
import org.costate.memory.Buffer;
import org.costate.ode.Interpolant;
import org.costate.ode.Scheme;
import org.costate.ode.Solver;
import org.costate.ode.Statistics;

/// The adjoint ODE by given steps on a device: (x, a, g) back, `Backsolve`, or (a, g) back along the kept solution,
/// `Interpolating`.
final class ContinuousRun {
    private final Trajectories run;
    private final Problem problem;
    private final Scheme scheme;
    private final Role role;
    private final boolean resets;
    private final GivenRun forward;
    private final GivenRun backward;
    private final List<Block> blocks;
    private final int most;
    /// The part of the system that is the costate.
    private final int part;

    private final Buffer host;

    private ContinuousRun(Trajectories run, StepsKernel steps, StepsKernel back, Role role, boolean resets) {
        this.run = run;
        this.role = role;
        this.resets = resets;
        problem = run.problem;
        scheme = run.scheme;
        part = role == Role.BACKSOLVE ? 1 : 0;
        forward = new GivenRun(run, steps, scheme, 1);
        backward = new GivenRun(run, back, scheme, part + 1);
        host = problem.workspace().allocate(run.batch, run.d, run.precision);
        most = run.mostSteps(steps, back);
        blocks = Block.of(
                Segment.of(problem.solver(), problem.t0(), problem.t1(), run.sweep.times()), most, Integer.MAX_VALUE);
    }

    /// The gradient; null if not even one sample fits a group.
    static Gradient gradient(Trajectories run, Adjoint mode) {
        boolean solves = mode instanceof Backsolve;
        Role role = solves ? Role.BACKSOLVE : Role.ALONG;
        StepsKernel steps = run.kernel("steps", Role.FORWARD, solves ? Keep.NOTHING : Keep.DENSE, run.scheme, false);
        StepsKernel back = run.kernel("steps", role, Keep.NOTHING, run.scheme, false);
        boolean resets = mode instanceof Backsolve b && b.resets();
        return steps == null || back == null ? null : new ContinuousRun(run, steps, back, role, resets).gradient();
    }

    private Gradient gradient() {
        forward.upload(problem.x0(), 0);
        run.seeStart();
        boolean solves = role == Role.BACKSOLVE;
        if (solves) {
            run.markFirstSteps(blocks, forward);
        }
        int count = blocks.isEmpty() ? 0 : blocks.getLast().to();
        DeviceMemory records = solves
                ? null
                : run.states((long) count * (Interpolant.of(scheme).degree() + 1));
        for (Block b : blocks) {
            forward.step(b, records, b.from(), null);
            if (run.see(b, forward) && resets) {
                run.sweep.mark(run.sweep.state(b.observation()));
            }
            run.sweep.forward(b.end(), b.lastStep());
        }
        forward.download(0, host);
        double[][] end = host.toMatrix();
        List<Buffer> states = new ArrayList<>();
        for (int j = 0; resets && j < run.sweep.times().length; j++) {
            Buffer copy = problem.workspace().allocate(run.batch, run.d, run.precision);
            copy.copyFrom(run.sweep.state(j));
            states.add(copy);
        }
        if (solves) {
            backward.upload(host, 0);
        }
        GivenRun.Dense dense = solves || count == 0 ? null : dense(records, count);
        Buffer gp = problem.workspace().allocate(1, run.parameters, run.precision);
        double cost = run.sweep.evaluate(gp);
        back(dense, states);
        if (solves) {
            backward.download(0, host);
            run.sweep.found(host, problem.x0());
        }
        backward.addSums(gp);
        backward.download(part, host);
        return run.sweep.gradient(
                cost,
                end,
                host,
                gp,
                new Statistics(forward.steps(), 0, forward.evaluations(), 0, forward.smallest(), forward.largest()),
                new Statistics(
                        backward.steps(),
                        0,
                        backward.evaluations(),
                        backward.evaluations(),
                        backward.smallest(),
                        backward.largest()));
    }

    private GivenRun.Dense dense(DeviceMemory records, int count) {
        Segment whole = blocks.getFirst().segment();
        DeviceMemory nodes = run.times(count + 1L);
        run.upload(whole.times(0, count), nodes);
        return new GivenRun.Dense(nodes, records, count);
    }

    /// From observation to observation; at each the costate jumps.
    private void back(GivenRun.Dense dense, List<Buffer> states) {
        double[] at = run.sweep.times();
        double t = problem.t1();
        for (int j = at.length; j >= 0; j--) {
            double to = j > 0 ? at[j - 1] : problem.t0();
            if (t != to) {
                Solver part = problem.solver().between(problem.t0(), problem.t1(), t, to);
                for (Block b : Block.of(Segment.of(part, t, to, new double[0]), most, Integer.MAX_VALUE)) {
                    backward.step(b, null, 0, dense);
                    run.sweep.backward(b.end(), b.lastStep());
                }
            }
            t = to;
            if (j > 0) {
                run.add(run.sweep.state(j - 1), backward.slots(), part * (long) run.batch * run.d);
                if (resets && t != problem.t0()) {
                    backward.download(0, host);
                    run.sweep.found(host, states.get(j - 1));
                    backward.upload(states.get(j - 1), 0);
                }
            }
        }
    }
}
