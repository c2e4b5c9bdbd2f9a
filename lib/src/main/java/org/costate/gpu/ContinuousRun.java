package org.costate.gpu;

import java.util.ArrayList;
import java.util.Arrays;
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
import org.costate.ode.Norm;
import org.costate.ode.Scheme;
import org.costate.ode.Solver;
import org.costate.ode.Statistics;

/// The adjoint ODE on a device: (x, a, g) back, `Backsolve`, or (a, g) back along the kept solution, `Interpolating`.
final class ContinuousRun {
    private final Trajectories run;
    private final Problem problem;
    private final Scheme scheme;
    private final boolean solves;
    private final boolean resets;
    private final Back back;
    /// The part of the system that is the costate.
    private final int part;

    private final Buffer host;
    private Statistics forward;

    /// The way back from one observation to the one before.
    private interface Way {
        void go(double from, double to, GivenRun.Dense dense);
    }

    /// @param system what goes back
    private record Back(SystemRun system, Way way) {}

    private ContinuousRun(Trajectories run, Adjoint mode, Back back) {
        this.run = run;
        this.back = back;
        solves = mode instanceof Backsolve;
        resets = mode instanceof Backsolve b && b.resets();
        problem = run.problem;
        scheme = run.scheme;
        part = solves ? 1 : 0;
        host = problem.workspace().allocate(run.batch, run.d, run.precision);
    }

    /// The gradient.
    static Gradient gradient(Trajectories run, Adjoint mode) {
        Role role = mode instanceof Backsolve ? Role.BACKSOLVE : Role.ALONG;
        Back back = run.ownTimes ? adaptive(run, role, mode) : given(run, role);
        return new ContinuousRun(run, mode, back).gradient();
    }

    /// Back by steps as long as those of the way forward.
    private static Back given(Trajectories run, Role role) {
        Problem problem = run.problem;
        BlockCode code = BlockCode.of(run, role, Keep.NOTHING);
        int most = run.mostSteps(code.work());
        GivenRun steps = new GivenRun(run, code, run.scheme, role == Role.BACKSOLVE ? 2 : 1);
        return new Back(steps, (from, to, dense) -> {
            Solver part = problem.solver().between(problem.t0(), problem.t1(), from, to);
            for (Block b :
                    Block.of(Segment.of(part, run.precision, from, to, new double[0]), most, Integer.MAX_VALUE)) {
                steps.step(b, null, 0, dense);
                run.sweep.backward(b.end(), b.lastStep());
            }
        });
    }

    /// Back by steps of the samples' own.
    private static Back adaptive(Trajectories run, Role role, Adjoint mode) {
        Problem problem = run.problem;
        boolean solves = mode instanceof Backsolve;
        Solver solver = mode instanceof Backsolve b ? b.backward(problem.solver()) : problem.solver();
        boolean seminorm = mode instanceof Backsolve b && b.hasSeminorm();
        Norm norm = seminorm ? Norm.rms(0, 2L * run.d) : Norm.RMS;
        StepsKernel kernel = run.kernel("adaptive", role, Keep.NOTHING, run.scheme, norm);
        AdaptiveRun steps = new AdaptiveRun(run, kernel, solver, problem.t1(), problem.t0(), solves ? 2 : 1);
        return new Back(steps, (from, to, dense) -> {
            steps.begin(from, to);
            for (Segment.Stop stop : Segment.stops(solver, from, to, new double[0])) {
                steps.advance(stop.time(), false, -1, dense);
            }
            steps.orThrow();
        });
    }

    private Gradient gradient() {
        run.seeStart();
        if (solves) {
            run.sweep.marks(problem.x0());
        }
        GivenRun.Dense dense = null;
        if (run.ownTimes && solves) {
            AdaptiveRun steps = run.adaptive(null, true);
            steps.download(0, host);
            forward = run.statistics(null);
        } else {
            Keep keep = solves ? Keep.NOTHING : Keep.DENSE;
            BlockCode code = BlockCode.of(run, Role.FORWARD, keep);
            List<Block> blocks = run.blocks(run.mostSteps(code.work()), Integer.MAX_VALUE);
            GivenRun steps = new GivenRun(run, code, scheme, 1);
            dense = along(blocks, steps);
            steps.download(0, host);
            forward = run.statistics(steps.statistics(0));
        }
        double[][] end = host.toMatrix();
        List<Buffer> states = new ArrayList<>();
        for (int j = 0; resets && j < run.sweep.times().length; j++) {
            Buffer copy = problem.workspace().allocate(run.batch, run.d, run.precision);
            copy.copyFrom(run.sweep.state(j));
            states.add(copy);
            if (run.sweep.times()[j] != problem.t0()) {
                run.sweep.mark(copy);
            }
        }
        if (solves) {
            back.system.upload(host, 0);
        }
        Buffer gp = problem.workspace().allocate(1, run.parameters, run.precision);
        double cost = run.sweep.evaluate(gp);
        back(dense, states);
        if (solves) {
            back.system.download(0, host);
            run.sweep.found(host, problem.x0());
        }
        back.system.addSums(gp);
        back.system.download(part, host);
        return run.sweep.gradient(cost, end, host, gp, forward, back.system.statisticsOfBack());
    }

    /// Takes the steps forward.
    ///
    /// @return the solution between them, where it is kept; else null
    private GivenRun.Dense along(List<Block> blocks, GivenRun steps) {
        steps.upload(problem.x0(), 0);
        if (solves) {
            run.markFirstSteps(blocks, steps);
        }
        int[] places = new int[blocks.size()];
        int count = 0;
        for (int i = 0; i < places.length; i++) {
            places[i] = count;
            count += blocks.get(i).steps();
        }
        int degree = Interpolant.of(scheme).degree();
        long ends = (run.ownTimes ? run.batch : 1L) * (count + 2) * Double.BYTES;
        run.room.refuseTooLarge(
                solves ? 0 : (long) count * (degree + 1) * run.stateBytes() + ends,
                solves ? "fewer samples" : "Checkpointed or Backsolve");
        DeviceMemory records = solves ? null : run.states((long) count * (degree + 1));
        for (int i = 0; i < places.length; i++) {
            Block b = blocks.get(i);
            run.forward(b, steps, records, places[i]);
        }
        return solves || count == 0 ? null : dense(blocks, records, count);
    }

    /// The kept solution with the ends of its steps.
    ///
    /// @param count of all steps; of steps of the samples' own, those of a sample that has fewer have no length
    private GivenRun.Dense dense(List<Block> blocks, DeviceMemory records, int count) {
        if (!run.ownTimes) {
            DeviceMemory there = run.times(count + 1L);
            run.upload(blocks.getFirst().segment().times(0, count), there);
            return new GivenRun.Dense(there, records, count, 0, run.none);
        }
        int stride = count + 1;
        double[] all = new double[run.batch * stride];
        int at = 0;
        for (Block b : blocks) {
            AdaptiveRun.Grid g = b.grid();
            double[] its = run.numbers(g.times(), 0, run.batch * g.stride());
            for (int row = 0; row < run.batch; row++) {
                for (int k = b.from(); k <= b.to(); k++) {
                    all[row * stride + at + k - b.from()] = k <= g.steps()[row] ? its[row * g.stride() + k] : g.to();
                }
            }
            at += b.steps();
        }
        int[] counts = new int[run.batch];
        Arrays.fill(counts, count);
        DeviceMemory there = run.times(all.length);
        run.upload(all, there);
        return new GivenRun.Dense(there, records, count, stride, run.integers(counts));
    }

    /// From observation to observation; at each the costate jumps.
    private void back(GivenRun.Dense dense, List<Buffer> states) {
        double[] at = run.sweep.times();
        double t = problem.t1();
        for (int j = at.length; j >= 0; j--) {
            double to = j > 0 ? at[j - 1] : problem.t0();
            if (t != to) {
                back.way.go(t, to, dense);
            }
            t = to;
            if (j > 0) {
                run.add(run.sweep.state(j - 1), back.system.slots(), part * (long) run.batch * run.d);
                if (resets && t != problem.t0()) {
                    back.system.download(0, host);
                    run.sweep.found(host, states.get(j - 1));
                    back.system.upload(states.get(j - 1), 0);
                }
            }
        }
    }
}
