package org.costate;

import org.costate.memory.Buffer;

/// Some states of a [Trajectory], of some of its samples.
///
/// @param first the number of the first state
/// @param stride from one to the next
/// @param size how many
/// @param row the first sample
/// @param rows how many samples
record States(Trajectory of, long first, long stride, int size, int row, int rows) {
    double[] times() {
        double[] all = new double[size];
        for (int k = 0; k < size; k++) {
            all[k] = of.time(number(k));
        }
        return all;
    }

    /// State number `k`: a view, for one thread.
    Buffer state(int k) {
        Buffer view = of.view(rows);
        of.show(number(k), row, view);
        return view;
    }

    /// Component `j` of one sample at all times.
    double[] component(int sample, int j) {
        double[] series = new double[size];
        Buffer view = of.view(1);
        for (int k = 0; k < size; k++) {
            of.show(number(k), row + sample, view);
            series[k] = view.get(j);
        }
        return series;
    }

    private long number(int k) {
        return first + k * stride;
    }

    /// Those of one sample.
    States sample(int sample) {
        return new States(of, first, stride, size, row + sample, 1);
    }

    /// The first so many.
    States first(int count) {
        return new States(of, first, stride, count, row, rows);
    }

    /// The first and the last; the first alone if there are no others, or the last is not `reached`.
    States ends(boolean reached) {
        return new States(of, first, Math.max(1, size - 1), Math.min(size, reached ? 2 : 1), row, rows);
    }
}
