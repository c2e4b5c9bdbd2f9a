package org.costate;

import org.costate.memory.Buffer;
import org.costate.memory.History;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;

/// States of a solve and their times: counted by the workspace of the call until they are given to the solution.
final class Trajectory {
    private final Workspace workspace;
    private final Buffer state;
    private final Buffer time = Buffer.movable(1, 1, Precision.FLOAT64);
    private History states;
    private History times;

    Trajectory(Workspace workspace, int batch, int dimension, Precision precision) {
        this.workspace = workspace;
        state = Buffer.movable(batch, dimension, precision);
        reserve(0);
    }

    /// Room for so many states, known beforehand, before the first is added.
    void reserve(int expected) {
        times = new History(workspace, 1, expected, Precision.FLOAT64);
        states = new History(workspace, (int) state.size(), expected, state.precision());
    }

    void add(double t, Buffer x) {
        states.append(state);
        state.copyFrom(x);
        times.append(time);
        time.set(0, t);
    }

    /// The rows of one sample in state number `k`.
    void setRow(int k, int row, double[] x) {
        states.moveTo(k, 0, state);
        state.view((long) row * x.length, 1, x.length).copyFrom(x);
    }

    int size() {
        return (int) times.count();
    }

    void truncate(int count) {
        states.truncate(Math.min(count, times.count()));
        times.truncate(states.count());
    }

    /// Ends the count of its bytes: it lives as long as somebody reads it.
    void give() {
        truncate(size()); // a state without its time is none
        states.give();
        times.give();
    }

    int batch() {
        return state.rows();
    }

    int dimension() {
        return state.columns();
    }

    double[] times() {
        double[] all = new double[size()];
        Buffer view = Buffer.movable(1, 1, Precision.FLOAT64);
        for (int k = 0; k < all.length; k++) {
            times.moveTo(k, 0, view);
            all[k] = view.get(0);
        }
        return all;
    }

    /// State number `k`: a view, for one thread.
    Buffer state(int k) {
        Buffer view = Buffer.movable(state.rows(), state.columns(), state.precision());
        states.moveTo(k, 0, view);
        return view;
    }

    /// Component `j` of sample `row` at all times.
    double[] component(int row, int j) {
        Buffer view = Buffer.movable(state.rows(), state.columns(), state.precision());
        double[] series = new double[size()];
        for (int k = 0; k < series.length; k++) {
            states.moveTo(k, 0, view);
            series[k] = view.get(row, j);
        }
        return series;
    }

    /// A buffer like one state.
    Buffer like() {
        return new Workspace().allocate(state.rows(), state.columns(), state.precision());
    }
}
