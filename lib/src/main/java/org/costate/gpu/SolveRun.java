package org.costate.gpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.costate.adjoint.Device;
import org.costate.adjoint.Problem;
import org.costate.gpu.StepsKernel.Keep;
import org.costate.gpu.StepsKernel.Role;
import org.costate.gpu.driver.DeviceMemory;
import org.costate.memory.Buffer;
import org.costate.ode.Interruption;
import org.costate.ode.Outcome;
import org.costate.ode.SolveException;
import org.costate.ode.Statistics;

/// A solve on a device: its states after every step, or at the times that the problem's cost looks at.
final class SolveRun {
    /// Bytes of states that one launch keeps, at most, unless a single step has more.
    private static final long BLOCK_BYTES = 1L << 26;

    private final Trajectories run;
    private final Problem problem;
    private final boolean everyStep;
    private final List<Double> times = new ArrayList<>();
    private final List<Buffer> states = new ArrayList<>();

    private SolveRun(Trajectories run, boolean everyStep) {
        this.run = run;
        this.everyStep = everyStep;
        problem = run.problem;
    }

    /// The solve.
    static Device.Solved solve(Trajectories run, boolean everyStep) {
        BlockCode steps = BlockCode.of(run, Role.FORWARD, everyStep ? Keep.STATES : Keep.NOTHING);
        SolveRun solve = new SolveRun(run, everyStep);
        return run.ownTimes ? solve.each(steps) : solve.together(steps);
    }

    private Buffer state() {
        return problem.workspace().allocate(run.batch, run.d, run.precision);
    }

    private void keep(double t, Buffer x) {
        times.add(t);
        states.add(x);
    }

    private void keepStart() {
        double[] looked = run.sweep.times();
        if (everyStep || (looked.length > 0 && looked[0] == problem.t0())) {
            Buffer copy = state();
            copy.copyFrom(problem.x0());
            keep(problem.t0(), copy);
        }
    }

    private int mostSteps(long work) {
        return (int) Math.max(1, Math.min(run.mostSteps(work), BLOCK_BYTES / run.stateBytes()));
    }

    private Device.Solved together(BlockCode kernel) {
        GivenRun steps = new GivenRun(run, kernel, run.scheme, 1);
        List<Block> blocks = run.blocks(mostSteps(kernel.work()), Integer.MAX_VALUE);
        long most = blocks.stream().mapToLong(Block::steps).max().orElse(0);
        run.room.refuseTooLarge(everyStep ? most * run.stateBytes() : 0, "fewer samples");
        steps.upload(problem.x0(), 0);
        keepStart();
        Outcome outcome = null;
        double t = problem.t0();
        double h = 0;
        try {
            for (Block b : blocks) {
                take(steps, b);
                t = b.end();
                h = b.lastStep();
                run.sweep.forward(t, h);
            }
        } catch (SolveException e) {
            outcome = e.outcome();
        } catch (Interruption e) {
            outcome = Outcome.interrupted(t, h);
        }
        outcome = outcome == null ? Outcome.success(problem.t1(), h) : outcome;
        Buffer end = state();
        steps.download(0, end);
        return new Together(times, states, outcome, steps.statistics(0), end.toMatrix());
    }

    /// Takes the steps of a block and keeps what is wanted, also of one that fails.
    private void take(GivenRun steps, Block b) {
        DeviceMemory kept = everyStep ? run.states(b.steps()) : null;
        try {
            steps.step(b, kept, 0, null);
        } finally {
            for (int k = 0; everyStep && k < steps.good(); k++) {
                Buffer x = state();
                run.driver.download(kept.pointer(), k * run.stateBytes(), x.memory());
                keep(b.segment().nodes().time(b.from() + k + 1), x);
            }
            if (everyStep) {
                run.memory.free(kept);
            }
        }
        if (!everyStep && b.observation() >= 0) {
            Buffer x = state();
            steps.download(0, x);
            keep(b.end(), x);
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Together(List<Double> times, List<Buffer> states, Outcome how, Statistics cost, double[][] last)
            implements Device.Solved {
        @Override
        public int size(int i) {
            return times.size();
        }

        @Override
        public double time(int i, int k) {
            return times.get(k);
        }

        @Override
        public Buffer state(int i, int k) {
            return states.get(k);
        }

        @Override
        public Outcome outcome(int i) {
            return how;
        }

        @Override
        public Statistics statistics(int i) {
            return cost;
        }

        @Override
        public double[][] end(int i) {
            return last;
        }
    }

    private Device.Solved each(BlockCode kernel) {
        List<AdaptiveRun.Grid> grids = everyStep ? new ArrayList<>() : null;
        AdaptiveRun steps = run.adaptive(grids, false);
        keepStart();
        List<double[]> ends = new ArrayList<>();
        if (everyStep) {
            replay(kernel, grids, ends);
        } else {
            for (int j = states.size(); j < run.sweep.times().length; j++) {
                keep(run.sweep.times()[j], run.sweep.state(j));
            }
        }
        int[][] places = new int[run.batch][];
        Arrays.setAll(
                places,
                row -> IntStream.range(0, states.size())
                        .filter(n -> everyStep
                                ? n == 0 || !Double.isNaN(ends.get(n - 1)[row])
                                : steps.passed(row, times.get(n)))
                        .toArray());
        Buffer end = state();
        steps.download(0, end);
        List<Outcome> outcomes = new ArrayList<>();
        for (int row = 0; row < run.batch; row++) {
            Outcome how = steps.outcome(row);
            outcomes.add(how == null ? Outcome.success(problem.t1(), steps.lastStep(row)) : how);
        }
        return new Each(times, states, ends, places, outcomes, steps, end);
    }

    /// Takes the accepted steps once more and keeps the states.
    ///
    /// @param ends of each step, of each sample; NaN where it has fewer
    private void replay(BlockCode kernel, List<AdaptiveRun.Grid> grids, List<double[]> ends) {
        GivenRun again = new GivenRun(run, kernel, run.scheme, 1);
        again.upload(problem.x0(), 0);
        for (Block b : Block.ofGrids(grids, mostSteps(kernel.work()), Integer.MAX_VALUE)) {
            DeviceMemory kept = run.states(b.steps());
            again.step(b, kept, 0, null);
            AdaptiveRun.Grid g = b.grid();
            double[] nodes = run.numbers(g.times(), 0, run.batch * g.stride());
            for (int k = 0; k < b.steps(); k++) {
                Buffer x = state();
                run.driver.download(kept.pointer(), k * run.stateBytes(), x.memory());
                double[] at = new double[run.batch];
                int node = b.from() + k + 1;
                Arrays.setAll(at, row -> node <= g.steps()[row] ? nodes[row * g.stride() + node] : Double.NaN);
                keep(Double.NaN, x);
                ends.add(at);
            }
            run.memory.free(kept);
        }
    }

    /// @param ends of every step, of each sample; none where only some states are kept
    /// @param places which states are those of a sample
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Each(
            List<Double> times,
            List<Buffer> states,
            List<double[]> ends,
            int[][] places,
            List<Outcome> how,
            AdaptiveRun steps,
            Buffer last)
            implements Device.Solved {
        @Override
        public int size(int i) {
            return places[i].length;
        }

        @Override
        public double time(int i, int k) {
            int n = places[i][k];
            return ends.isEmpty() || n == 0 ? times.get(n) : ends.get(n - 1)[i];
        }

        @Override
        public Buffer state(int i, int k) {
            int d = last.columns();
            return states.get(places[i][k]).view((long) i * d, 1, d);
        }

        @Override
        public Outcome outcome(int i) {
            return how.get(i);
        }

        @Override
        public Statistics statistics(int i) {
            return steps.statistics(i);
        }

        @Override
        public double[][] end(int i) {
            int d = last.columns();
            return last.view((long) i * d, 1, d).toMatrix();
        }
    }
}
