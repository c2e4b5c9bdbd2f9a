package org.costate.adjoint;

import org.costate.memory.Buffer;
import org.costate.memory.History;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;

/// The costate a(t) = ∂C/∂x(t) along the solution, where it was kept: how the cost changes with the state at time t,
/// if the solve went on from there. The Lagrange multiplier of the textbooks is λ = −a.
///
/// In the exact modes it is the exact derivative of the discrete solve by the state at a node, for methods that carry
/// nothing but the solution from step to step, and its slope; for those that carry a second state, or a slope that is
/// not that of the solution, it is the derivative by all of these moving together, which is exact at t0 and of the
/// method's order elsewhere.
///
/// Times are in the order of the solve, from t0 to t1. At an observation time inside of the span the costate jumps,
/// and both sides are there, that of t0 first; at t1 the one before, ∂F/∂x(t1), at t0 the last one, ∂C/∂x0, too.
/// Where an exact mode interpolates observations, both sides are there if a step was asked to end at that time by
/// `keepCostate(t)`; else the jump lies between two nodes.
///
/// Memory: batch · dimension numbers and a time for each, counted in [Gradient#peakBytes()].
public final class Costate {
    private final int rows;
    private final int columns;
    private final int shown;
    private final Precision precision;
    private final History times;
    private final History values;

    /// @param times, values records in the order of the way back
    Costate(int rows, int columns, int shown, Precision precision, History times, History values) {
        this.rows = rows;
        this.columns = columns;
        this.shown = shown;
        this.precision = precision;
        this.times = times;
        this.values = values;
    }

    /// Those of samples that were solved one by one, at the same times, as one.
    static Costate ofSamples(Costate[] each, Workspace workspace) {
        Costate first = each[0];
        int columns = first.columns;
        History all = new History(workspace, each.length * columns, first.size(), first.precision);
        Buffer batch = Buffer.movable(each.length, columns, first.precision);
        Buffer row = Buffer.movable(1, columns, first.precision);
        Buffer one = Buffer.movable(1, columns, first.precision);
        for (int k = 0; k < first.size(); k++) {
            all.append(batch);
            for (int r = 0; r < each.length; r++) {
                row.moveTo(batch, (long) r * columns);
                each[r].values.moveTo(k, 0, one);
                row.copyFrom(one);
            }
        }
        all.give();
        return new Costate(each.length, columns, first.shown, first.precision, first.times, all);
    }

    /// The same without the last component of the state.
    Costate withoutLastComponent() {
        return new Costate(rows, columns, shown - 1, precision, times, values);
    }

    /// How many there are.
    public int size() {
        return (int) times.count();
    }

    public int batch() {
        return rows;
    }

    public int dimension() {
        return shown;
    }

    private long record(int k) {
        if (k < 0 || k >= size()) {
            throw new IndexOutOfBoundsException("k: got number " + k + ", expected one below " + size()
                    + "; they count from 0, and size() says how many there are");
        }
        return size() - 1L - k;
    }

    /// The time of number `k`, from 0.
    public double time(int k) {
        Buffer time = Buffer.movable(1, 1, Precision.FLOAT64);
        times.moveTo(record(k), 0, time);
        return time.get(0);
    }

    /// All times. A copy.
    public double[] times() {
        double[] all = new double[size()];
        for (int k = 0; k < all.length; k++) {
            all[k] = time(k);
        }
        return all;
    }

    /// a at time number `k`, `[batch][dimension]`. A copy.
    public double[][] value(int k) {
        Buffer a = Buffer.movable(rows, columns, precision);
        values.moveTo(record(k), 0, a);
        double[][] copy = new double[rows][shown];
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < shown; c++) {
                copy[r][c] = a.get(r, c);
            }
        }
        return copy;
    }

    /// Component `j` of sample `row` at all times. A copy.
    public double[] component(int row, int j) {
        if (row < 0 || row >= rows || j < 0 || j >= shown) {
            throw new IndexOutOfBoundsException("row, j: got sample " + row + ", component " + j
                    + ", expected them below " + rows + " and " + shown + "; both count from 0");
        }
        Buffer a = Buffer.movable(rows, columns, precision);
        double[] series = new double[size()];
        for (int k = 0; k < series.length; k++) {
            values.moveTo(record(k), 0, a);
            series[k] = a.get(row, j);
        }
        return series;
    }

    /// Bytes that are kept.
    public long bytes() {
        return size() * (8L + (long) rows * columns * precision.bytes());
    }

    @Override
    public String toString() {
        String span = size() == 0 ? "" : ", t = " + time(0) + " to " + time(size() - 1);
        return "Costate[" + size() + " of " + rows + " x " + shown + span + ", " + bytes() + " bytes]";
    }
}
