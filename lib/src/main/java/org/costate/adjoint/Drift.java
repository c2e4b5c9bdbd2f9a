package org.costate.adjoint;

import java.util.ArrayList;
import java.util.List;
import org.costate.memory.Buffer;
import org.costate.memory.Workspace;
import org.costate.ode.AdaptiveSteps;
import org.costate.ode.Integrator;
import org.costate.ode.Interruption;

/// How far states that are found again on the way back miss those of the way forward, and whether that is too far.
///
/// A miss is small if it is a small part of what the sample's own numbers are there, whatever those of other samples
/// are, or below the absolute tolerance of the solve. What a running cost has come to is no part of the state.
final class Drift {
    /// So many steps tell, besides a state itself, how large a sample's numbers are there: they may go through 0.
    private static final int NEAR = 4;

    private final int rows;
    private final int columns;
    private final double absolute;
    private final Workspace workspace;
    /// How large each sample is near the states that are to be found again, in the order of the way forward.
    private final List<double[]> marks = new ArrayList<>();

    private int since;
    private double miss;
    private double share;

    Drift(Problem problem) {
        Buffer x0 = problem.x0();
        rows = x0.rows();
        columns = x0.columns() - (Running.isCost(problem.dynamics(), x0.columns() - 1) ? 1 : 0);
        absolute = problem.solver().steps() instanceof AdaptiveSteps a ? a.absolute() : 0;
        workspace = problem.workspace();
    }

    /// The way forward has begun, or has taken a step. Its start is to be found again.
    void accepted(Integrator run) {
        var _ = accepted(run.state());
    }

    /// The same of a way forward that is taken elsewhere.
    ///
    /// @return must it be told of more steps?
    boolean accepted(Buffer state) {
        if (marks.isEmpty()) {
            mark(state);
        } else if (since < NEAR) {
            widen(marks.getLast(), state);
            since++;
        }
        return since < NEAR;
    }

    /// This state of the way forward is to be found again, too.
    void mark(Buffer x) {
        double[] sizes = workspace.array(rows);
        widen(sizes, x);
        marks.add(sizes);
        since = 0;
    }

    private void widen(double[] sizes, Buffer x) {
        for (int row = 0; row < rows; row++) {
            sizes[row] = Math.max(sizes[row], size(x, row));
        }
    }

    private double size(Buffer x, int row) {
        Interruption.checkNowAndThen(row);
        double most = 0;
        for (int i = 0; i < columns; i++) {
            most = Math.max(most, Math.abs(x.get(row, i)));
        }
        return most;
    }

    /// The last of the marked states that was not found yet is found.
    void found(Buffer x, Buffer there) {
        double[] sizes = marks.removeLast();
        for (int row = 0; row < rows; row++) {
            compare(x, there, row, sizes[row]);
        }
        workspace.release(sizes);
    }

    /// A state is found, after one that is a step from it.
    void found(Buffer x, Buffer there, Buffer beside) {
        for (int row = 0; row < rows; row++) {
            compare(x, there, row, Math.max(size(there, row), size(beside, row)));
        }
    }

    private void compare(Buffer x, Buffer there, int row, double size) {
        double off = 0;
        for (int i = 0; i < columns; i++) {
            off = Math.max(off, Math.abs(x.get(row, i) - there.get(row, i))); // NaN stays
        }
        miss = Math.max(miss, off);
        share = Math.max(share, off == 0 ? 0 : off / (Gradient.DRIFT_LIMIT * size + absolute));
    }

    /// Takes over what another one found where that is worse.
    void include(Drift other) {
        miss = Math.max(miss, other.miss);
        share = Math.max(share, other.share);
    }

    /// max |x̃ − x| of all states that were compared.
    double miss() {
        return miss;
    }

    /// Is it too far in no sample?
    boolean isSmall() {
        return share <= 1;
    }
}
