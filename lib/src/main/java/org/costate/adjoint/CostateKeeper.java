package org.costate.adjoint;

import java.util.Arrays;
import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.memory.History;
import org.costate.memory.Precision;

/// Keeps and tells the costate on the way back, as far as it is wanted.
final class CostateKeeper {
    private final Problem problem;
    private final Wishes wishes;
    private final Buffer like;
    private final History times;
    private final History values;
    private final Buffer time = Buffer.movable(1, 1, Precision.FLOAT64);
    private final Buffer value;
    private final Buffer other;

    private CostateKeeper(Problem problem) {
        this.problem = problem;
        wishes = problem.wishes();
        like = problem.x0();
        double[] at = wishes.costateTimes();
        int expected = at == null ? 0 : at.length;
        value = Buffer.movable(like.rows(), like.columns(), like.precision());
        other = problem.state();
        times = new History(problem.workspace(), 1, expected, Precision.FLOAT64);
        values = new History(problem.workspace(), (int) like.size(), expected, like.precision());
    }

    /// One for this problem, or null if nothing is wanted.
    ///
    /// @throws IllegalArgumentException if it is wanted outside of the span
    static CostateKeeper of(Problem problem) {
        if (!problem.wishes().costate()) {
            return null;
        }
        double low = Math.min(problem.t0(), problem.t1());
        double high = Math.max(problem.t0(), problem.t1());
        for (double t : problem.costateTimes()) {
            if (t < low || t > high) {
                throw new IllegalArgumentException("costate times: got " + t + ", expected times of the span, "
                        + problem.t0() + " to " + problem.t1() + "; make it longer, or leave the time away");
            }
        }
        return new CostateKeeper(problem);
    }

    /// Is it wanted here?
    boolean wants(double t) {
        return wishes.costateListener() != null || keeps(t);
    }

    private boolean keeps(double t) {
        double[] at = wishes.costateTimes();
        return wishes.keepsCostate() && (at == null || Arrays.binarySearch(at, t) >= 0);
    }

    /// Both sides of a node.
    ///
    /// @param jump what an observation there adds; null if there is none
    void add(double t, Buffer a, Buffer jump) {
        add(t, a);
        if (jump != null) {
            other.copyFrom(a);
            Kernels.best().add(1, jump, other);
            add(t, other);
        }
    }

    /// The costate at a time, from t1 to t0.
    void add(double t, Buffer a) {
        problem.refuseNonFinite(t, problem.progress().stepSize(), a, null);
        if (wishes.costateListener() != null) {
            wishes.costateListener().at(problem.progress().row(), t, a);
        }
        if (keeps(t)) {
            times.append(time);
            time.set(0, t);
            values.append(value);
            value.copyFrom(a);
        }
    }

    /// What was kept, or null if it was only told.
    Costate kept() {
        if (!wishes.keepsCostate()) {
            return null;
        }
        times.give();
        values.give();
        return Costate.of(like, times, values);
    }
}
