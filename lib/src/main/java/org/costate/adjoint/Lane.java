package org.costate.adjoint;

import java.util.function.BiFunction;
import org.costate.kernels.Kernels;
import org.costate.kernels.Team;
import org.costate.memory.Buffer;
import org.costate.ode.AdaptiveSteps;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Integrator;
import org.costate.ode.Jumps;
import org.costate.ode.Outcome;
import org.costate.ode.Statistics;

/// Some samples of a batch on their way forward and back, in [Discrete]: all of them, or a part that one thread takes.
final class Lane {
    /// Work of an evaluation of a lane that is worth a thread, in multiplications; below, threads cost more than they
    /// do.
    private static final long LEAST = 1_000;

    /// Work of an evaluation from which on there are as many lanes as processors, of so many rows at least: more would
    /// turn and pack the same weights more often.
    private static final long LARGE = 1_000_000;

    private static final int LARGE_ROWS = 64;

    /// Work of an evaluation of a lane, at most: some ten milliseconds, so that an interrupt is heeded.
    private static final long MOST_WORK = 400_000_000;

    private static final int MOST = 8;

    private final Problem problem;
    private final int firstRow;
    private final BoundDynamics field;
    private final Trail trail;
    private final Observations seen;
    private final Integrator run;
    private final TimeGradient times;
    private final CostateKeeper costate;
    private final NodeCostate node;
    /// Null where steps end at all observations.
    private final Interpolated inside;
    private int passed;
    private int slopes;
    private Transposed back;
    private Buffer gp;

    /// @param caller whose interrupt is heeded
    Lane(
            Problem problem,
            int firstRow,
            Observations seen,
            Thread caller,
            BiFunction<Problem, BoundDynamics, Trail> mode) {
        this.problem = problem;
        this.firstRow = firstRow;
        this.seen = seen;
        field = problem.bind(caller);
        trail = mode.apply(problem, field);
        run = trail.forward(seen.stops()).remember().naming(problem.states());
        inside = Interpolated.of(problem, seen, run, (number, part, t, y, k) -> field.eval(part, t, y, k));
        times = problem.times() ? new TimeGradient(problem, seen.times()) : null;
        costate = CostateKeeper.of(problem);
        node = costate == null ? null : new NodeCostate(problem, field);
    }

    /// Into how many lanes to cut a batch: by its size, and by the processors there are, not by the threads that are
    /// set.
    static int count(Problem problem) {
        int batch = problem.x0().rows();
        long work = problem.dynamics().separableWork() * batch;
        boolean together = problem.solver().steps() instanceof AdaptiveSteps
                || problem.times()
                || problem.wishes().costate();
        if (together) {
            return 1;
        } else if (work < LARGE) {
            return Math.clamp(Math.min(batch / 8, work / LEAST), 1, MOST);
        }
        int lanes = Math.clamp(batch / LARGE_ROWS, 1, Team.PROCESSORS);
        return work / lanes > MOST_WORK ? 1 : lanes;
    }

    /// The first row of lane `i`.
    static int begin(int i, int count, int batch) {
        return (int) ((long) batch * i / count);
    }

    void forward() {
        trail.accepted(run);
        if (seen.isAt(passed, problem.t0())) {
            seen.seeRows(passed++, firstRow, problem.x0());
        }
        while (run.step()) {
            problem.progress().forward(run.time(), run.stepSize());
            trail.accepted(run);
            if (inside != null) {
                passed = inside.step(passed, firstRow);
            }
            if (seen.isAt(passed, run.time())) {
                seen.seeRows(passed++, firstRow, run.state());
            }
        }
    }

    /// How many observations it has come by.
    int passed() {
        return passed;
    }

    Outcome outcome() {
        return run.outcome();
    }

    /// The way forward is done with.
    ///
    /// @param end a row for each sample of the batch: x(T) is copied there
    void turn(double[][] end) {
        double[][] mine = run.state().toMatrix();
        System.arraycopy(mine, 0, end, firstRow, mine.length);
        trail.turn(run);
        run.release();
    }

    /// The way back is made ready.
    ///
    /// @param sum where ∂C/∂θ is added to; null for a buffer of its own
    void transpose(Buffer sum) {
        gp = sum == null ? problem.parameters() : sum;
        back = trail.transposed(gp);
    }

    void reverse() {
        Jumps jumps = problem.jumps();
        int before = seen.count() - 1; // the last observation that no step has come by
        add(problem.t1());
        if (costate != null) {
            costate.add(problem.t1(), back.costate());
        }
        for (int k = (int) run.statistics().steps() - 1; k >= 0; k--) {
            double t = run.node(k);
            double end = run.node(k + 1);
            trail.back(k, t, end);
            if (inside != null) {
                before = addInside(before, t, end);
            }
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
            if (costate != null && costate.wants(t)) {
                costate.add(t, begins ? back.costate() : node.before(t, (BufferTransposed) back), seen.gradientAt(t));
            }
            if (inside == null || t == problem.t0()) {
                add(t);
            }
            if (times != null) {
                double byH = back.takeGradientOfH();
                times.add(end, byH);
                times.add(t, back.takeGradientOfT() - byH);
            }
        }
        if (times != null && problem.t0() == problem.t1()) { // no step, of which it would come back
            Buffer slope = problem.state();
            field.eval(problem.t1(), problem.x0(), slope);
            slopes++;
            times.addPoint(Kernels.best().dot(back.costate(), slope));
        }
        back.finish();
    }

    /// What comes back from observations inside of a step, or where it ends, from number `last` on.
    ///
    /// @return the last one before them
    private int addInside(int last, double t, double end) {
        int j = last;
        while (j >= 0 && seen.time(j) != t && (seen.time(j) > t) == (end > t)) {
            if (seen.time(j) != problem.t1()) {
                double byTime = back.add(t, end, seen.time(j), rowsOf(seen.state(j)));
                if (times != null) {
                    times.addTime(seen.time(j), byTime);
                }
            }
            j--;
        }
        return j;
    }

    /// What comes back from an observation at t.
    private void add(double t) {
        Buffer jump = seen.gradientAt(t);
        if (jump != null) {
            back.add(rowsOf(jump));
        }
    }

    /// The rows of these samples.
    Buffer rowsOf(Buffer all) {
        int rows = problem.x0().rows();
        return rows == all.rows() ? all : all.view((long) firstRow * all.columns(), rows, all.columns());
    }

    Buffer costate() {
        return back.costate();
    }

    Buffer gradient() {
        return gp;
    }

    TimeGradient times() {
        return times;
    }

    Costate keptCostate() {
        return costate == null ? null : costate.kept();
    }

    Drift drift() {
        return trail.drift();
    }

    Statistics statistics() {
        return run.statistics().plusEvaluations(inside == null ? 0 : inside.evaluations());
    }

    long evaluations() {
        return trail.evaluations() + back.evaluations() + slopes + (node == null ? 0 : node.products());
    }

    long vjps() {
        return back.vjps() + (node == null ? 0 : node.products());
    }
}
