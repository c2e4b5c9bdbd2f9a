package org.costate;

import org.costate.memory.Buffer;
import org.costate.memory.History;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;

/// States of a solve and their times: counted by the workspace of the call until they are given to the solution.
/// Samples that are solved one after the other follow each other in one; [States] are those of one of them.
final class Trajectory {
    private final Workspace workspace;
    private final Buffer state;
    private final Buffer time = Buffer.movable(1, 1, Precision.FLOAT64);
    private History states;
    private History times;

    /// @param batch of how many samples one state is
    Trajectory(Workspace workspace, int batch, int dimension, Precision precision) {
        this.workspace = workspace;
        state = Buffer.movable(batch, dimension, precision);
        reserve(0);
    }

    /// Room for so many states, known beforehand, before the first is added.
    void reserve(long expected) {
        times = new History(workspace, 1, expected, Precision.FLOAT64);
        states = new History(workspace, (int) state.size(), expected, state.precision());
    }

    void add(double t, Buffer x) {
        states.truncate(times.count()); // a state without its time is none
        states.append(state);
        state.copyFrom(x);
        times.append(time);
        time.set(0, t);
    }

    long size() {
        return times.count();
    }

    /// All from number `first` on, of all samples.
    States from(long first) {
        return new States(this, first, 1, (int) (size() - first), 0, state.rows());
    }

    /// Ends the count of its bytes: it lives as long as somebody reads it.
    void give() {
        states.give();
        times.give();
    }

    int dimension() {
        return state.columns();
    }

    double time(long k) {
        Buffer view = Buffer.movable(1, 1, Precision.FLOAT64);
        times.moveTo(k, 0, view);
        return view.get(0);
    }

    /// A view of as many rows of a state, for one thread, to be shown by [#show].
    Buffer view(int rows) {
        return Buffer.movable(rows, dimension(), state.precision());
    }

    /// Lets `view` show rows of state number `k`, from `row` on.
    void show(long k, int row, Buffer view) {
        states.moveTo(k, row * dimension(), view);
    }
}
