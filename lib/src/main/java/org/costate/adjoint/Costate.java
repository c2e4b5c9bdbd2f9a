package org.costate.adjoint;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.costate.memory.Buffer;
import org.costate.memory.History;
import org.costate.memory.Precision;

/// The costate a(t) = ∂C/∂x(t) along the solution, where it was kept: how the cost changes with the state at time t,
/// if the solve went on from there. The Lagrange multiplier of the textbooks is λ = −a.
///
/// In the exact modes it is the exact derivative of the discrete solve by the state at a node, for methods that
/// carry nothing but the solution from step to step, and its slope; for those that carry a second state, or a
/// slope that is not that of the solution, it is the derivative by all of these moving together, which is exact
/// at t0 and of the method's order elsewhere.
///
/// Times are in the order of the solve, from t0 to t1. At an observation time inside of the span the costate jumps,
/// and both sides are there, that of t0 first; at t1 the one before, ∂F/∂x(t1), at t0 the last one, ∂C/∂x0, too.
/// Where an exact mode interpolates observations, both sides are there if a step was asked to end at that time by
/// `keepCostate(t)`; else the jump lies between two nodes.
///
/// Where samples have steps of their own, each has its own times: [#sample]. What is asked of all of them is then
/// at the times that they have in common: those that were asked for, else t0 and t1.
///
/// Memory: batch · dimension numbers and a time for each, counted in [Gradient#peakBytes()]; where samples have
/// steps of their own, dimension numbers and a time for each of a sample's.
public final class Costate {
    private final Records records;
    /// One of all samples, or one of each.
    private final Range[] ranges;
    /// Have all ranges the same times?
    private final boolean common;
    private final int shown;

    private Costate(Records records, Range[] ranges, boolean common, int shown) {
        this.records = records;
        this.ranges = ranges;
        this.common = common;
        this.shown = shown;
    }

    /// Times, and costates in the order of the way back.
    ///
    /// @param columns of a costate, with that of the running cost if there is one
    private record Records(History times, History values, int columns, Precision precision) {
        double time(long record) {
            Buffer time = Buffer.movable(1, 1, Precision.FLOAT64);
            times.moveTo(record, 0, time);
            return time.get(0);
        }

        Buffer view(int rows) {
            return Buffer.movable(rows, columns, precision);
        }

        void show(long record, int row, Buffer view) {
            values.moveTo(record, row * columns, view);
        }
    }

    /// Some records, the last one first, of some samples.
    private record Range(long first, long stride, int size, int row, int rows) {
        long record(int k) {
            if (k < 0 || k >= size) {
                throw new IndexOutOfBoundsException("k: got number " + k + ", expected one below " + size
                        + "; they count from 0, and size() says how many there are");
            }
            return first + (size - 1L - k) * stride;
        }

        Range sample(int i) {
            return new Range(first, stride, size, row + i, 1);
        }

        Range ends() {
            return new Range(first, Math.max(1, size - 1), Math.min(size, 2), row, rows);
        }
    }

    /// That of samples that stepped together.
    ///
    /// @param like their states
    /// @param times, values in the order of the way back
    static Costate of(Buffer like, History times, History values) {
        Range all = new Range(0, 1, (int) times.count(), 0, like.rows());
        return new Costate(
                new Records(times, values, like.columns(), like.precision()), new Range[] {all}, true, like.columns());
    }

    /// Puts the costates of samples together that were solved one by one, each behind the one before.
    static final class Samples {
        private final Records records;
        private final List<Range> ranges = new ArrayList<>();
        private final boolean common;
        private final Buffer time = Buffer.movable(1, 1, Precision.FLOAT64);
        private final Buffer value;

        Samples(Problem problem) {
            Buffer x0 = problem.x0();
            records = new Records(
                    new History(problem.workspace(), 1, 0, Precision.FLOAT64),
                    new History(problem.workspace(), x0.columns(), 0, x0.precision()),
                    x0.columns(),
                    x0.precision());
            common = problem.wishes().costateTimes() != null;
            value = records.view(1);
        }

        /// Copies that of the next sample.
        void add(Costate one) {
            long first = records.times.count();
            Buffer its = records.view(1);
            for (int k = one.size() - 1; k >= 0; k--) {
                long record = one.ranges[0].record(k);
                records.times.append(time);
                time.set(0, one.records.time(record));
                records.values.append(value);
                one.records.show(record, 0, its);
                value.copyFrom(its);
            }
            ranges.add(new Range(first, 1, one.size(), 0, 1));
        }

        Costate whole() {
            records.times.give();
            records.values.give();
            return new Costate(records, ranges.toArray(Range[]::new), common, records.columns);
        }
    }

    /// The same without the last component of the state.
    Costate withoutLastComponent() {
        return new Costate(records, ranges, common, shown - 1);
    }

    /// Range number `i` as far as its times are those of all.
    private Range shared(int i) {
        return common ? ranges[i] : ranges[i].ends();
    }

    /// That of sample number `sample` alone, a batch of one, at all of its times.
    ///
    /// @throws IndexOutOfBoundsException if there is no such sample
    public Costate sample(int sample) {
        if (sample < 0 || sample >= batch()) {
            throw new IndexOutOfBoundsException(
                    "sample: got " + sample + ", expected one below " + batch() + "; they count from 0");
        }
        int rows = ranges[0].rows;
        return new Costate(records, new Range[] {ranges[sample / rows].sample(sample % rows)}, true, shown);
    }

    /// How many there are.
    public int size() {
        return shared(0).size;
    }

    public int batch() {
        return ranges.length * ranges[0].rows;
    }

    public int dimension() {
        return shown;
    }

    /// The time of number `k`, from 0.
    public double time(int k) {
        return records.time(shared(0).record(k));
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
        double[][] copy = new double[batch()][shown];
        Buffer a = records.view(1);
        for (int r = 0; r < copy.length; r++) {
            show(r, k, a);
            for (int c = 0; c < shown; c++) {
                copy[r][c] = a.get(c);
            }
        }
        return copy;
    }

    /// Component `j` of sample `row` at all times. A copy.
    public double[] component(int row, int j) {
        if (row < 0 || row >= batch() || j < 0 || j >= shown) {
            throw new IndexOutOfBoundsException("row, j: got sample " + row + ", component " + j
                    + ", expected them below " + batch() + " and " + shown + "; both count from 0");
        }
        Buffer a = records.view(1);
        double[] series = new double[size()];
        for (int k = 0; k < series.length; k++) {
            show(row, k, a);
            series[k] = a.get(j);
        }
        return series;
    }

    private void show(int sample, int k, Buffer view) {
        Range range = shared(sample / ranges[0].rows);
        records.show(range.record(k), range.row + sample % range.rows, view);
    }

    /// Bytes that are kept.
    public long bytes() {
        return Arrays.stream(ranges)
                .mapToLong(range -> range.size * (8L + (long) range.rows * records.columns * records.precision.bytes()))
                .sum();
    }

    @Override
    public String toString() {
        String span = size() == 0 ? "" : ", t = " + time(0) + " to " + time(size() - 1);
        return "Costate[" + size() + " of " + batch() + " x " + shown + span + ", " + bytes() + " bytes]";
    }
}
