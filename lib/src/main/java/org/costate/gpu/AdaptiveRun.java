package org.costate.gpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.costate.gpu.driver.DeviceMemory;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.ode.AdaptiveSteps;
import org.costate.ode.Jumps;
import org.costate.ode.Offender;
import org.costate.ode.Outcome;
import org.costate.ode.Solver;
import org.costate.ode.Statistics;

/// Steps of each sample's own size on a device, from stop to stop.
final class AdaptiveRun extends SystemRun {
    /// Attempts of a launch at first, while nobody knows how long they take.
    private static final int FIRST_TRIES = 64;

    private static final int TIMES = 8;
    private static final int INTEGERS = 8;

    /// The ends of accepted steps between two stops, the start before them.
    ///
    /// @param times `[batch][stride]` on the device
    /// @param counts steps of each sample, on the device
    /// @param most steps of a sample
    /// @param steps of each
    /// @param observation which one is at its end; −1 for none
    @SuppressWarnings("ArrayRecordComponent") // never compared, never changed
    record Grid(
            DeviceMemory times,
            int stride,
            DeviceMemory counts,
            int most,
            int[] steps,
            double from,
            double to,
            double low,
            double high,
            boolean begins,
            int observation) {}

    private final StepsKernel kernel;
    private final Solver solver;
    private final AdaptiveSteps steps;
    private final Jumps jumps;
    private final double start;
    private final double end;
    private final DeviceMemory sums;
    private final DeviceMemory controls;
    private final MemorySegment host;
    private final boolean wide;
    private final double[] beta;
    private boolean fresh = true;
    private boolean chooses;
    private double now;

    /// @param solver with the tolerances of this direction
    AdaptiveRun(Trajectories run, StepsKernel kernel, Solver solver, double from, double to, int parts) {
        super(run, solver.scheme(), parts);
        this.kernel = kernel;
        this.solver = solver;
        start = from;
        end = to;
        steps = (AdaptiveSteps) solver.steps();
        jumps = new Jumps(run.precision, solver.jumps());
        int own = 2 * scheme.slots() + scheme.errors().length;
        sums = kernel.role() == StepsKernel.Role.FORWARD
                ? run.none
                : run.memory.numbers((long) run.batch * own * run.parameters, run.precision);
        wide = run.gpu.facts().float64();
        controls = run.memory.integers((long) run.batch * controlBytes() / Integer.BYTES);
        host = run.problem
                .workspace()
                .allocate(run.batch, controlBytes() / Integer.BYTES, Precision.FLOAT32)
                .memory();
        double k = scheme.errorOrder() + 1.0;
        double p = steps.proportional();
        double d = steps.derivative();
        beta = new double[] {(p + steps.integral() + d) / k, -(p + 2 * d) / k, d / k};
        begin(from, to);
    }

    private int controlBytes() {
        return TIMES * (wide ? Double.BYTES : Float.BYTES) + INTEGERS * Integer.BYTES;
    }

    /// A solve begins at this time: its first step is chosen, and what was before is forgotten but the counts.
    void begin(double from, double to) {
        now = from;
        for (int row = 0; row < run.batch; row++) {
            set(row, 0, from);
            set(row, 2, steps.first());
            set(row, 3, 1);
            set(row, 4, 1);
            if (integer(row, 0) == 0) {
                set(row, 5, Double.MAX_VALUE);
                setInteger(row, 6, -1);
            }
            setInteger(row, 5, 0);
        }
        fresh = true;
        chooses = steps.first() == 0 && from != to;
    }

    private double get(int row, int field) {
        long at = (long) row * controlBytes();
        return wide
                ? host.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, at + 8L * field)
                : host.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at + 4L * field);
    }

    private void set(int row, int field, double value) {
        long at = (long) row * controlBytes();
        if (wide) {
            host.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, at + 8L * field, value);
        } else {
            host.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at + 4L * field, (float) value);
        }
    }

    private long integerAt(int row, int field) {
        return (long) row * controlBytes() + TIMES * (wide ? 8L : 4L) + 4L * field;
    }

    private int integer(int row, int field) {
        return host.get(ValueLayout.JAVA_INT_UNALIGNED, integerAt(row, field));
    }

    private void setInteger(int row, int field, int value) {
        host.set(ValueLayout.JAVA_INT_UNALIGNED, integerAt(row, field), value);
    }

    /// Takes steps until all samples that have not failed are at `to`.
    ///
    /// @param keeps are the ends of the steps to be kept?
    /// @param observation which one is there; −1 for none
    /// @param dense what the way back goes along; null for none
    /// @return the steps; null if they are not kept
    Grid advance(double to, boolean keeps, int observation, GivenRun.Dense dense) {
        double first = now;
        if (fresh) {
            begin();
        }
        double low = jumps.low(first, to);
        double high = jumps.high(first, to);
        boolean begins = fresh;
        int capacity = keeps ? 64 : 0;
        DeviceMemory times = keeps ? endsOfSteps(capacity + 1) : run.none;
        for (int row = 0; row < run.batch; row++) {
            setInteger(row, 4, keeps ? 1 : 0);
        }
        if (keeps) {
            run.uploadStarts(first, times, capacity + 1);
        }
        run.driver.upload(host, controls.pointer(), 0);
        int tries = Math.max(1, Math.min(FIRST_TRIES, run.mostSteps(kernel)));
        boolean going = first != to;
        while (going) {
            launch(times, keeps ? capacity + 1 : 0, tries, to, low, high, dense);
            fresh = false;
            chooses = false;
            run.driver.download(controls.pointer(), 0, host);
            going = false;
            boolean full = false;
            for (int row = 0; row < run.batch; row++) {
                boolean open = integer(row, 3) == 0 && get(row, 0) != get(to);
                going |= open;
                full |= open && keeps && integer(row, 4) > capacity;
            }
            run.told(get(0, 0), get(0, 1), kernel.role() == StepsKernel.Role.FORWARD);
            if (full) {
                times = grown(times, capacity + 1, 2 * capacity + 1);
                capacity *= 2;
            }
        }
        now = to;
        fresh = jumps.at(to);
        if (!keeps) {
            return null;
        }
        int[] counts = new int[run.batch];
        Arrays.setAll(counts, row -> integer(row, 4) - 1);
        int most = Arrays.stream(counts).max().orElse(0);
        DeviceMemory there = run.integers(counts);
        return new Grid(times, capacity + 1, there, most, counts, first, to, low, high, begins, observation);
    }

    /// A time as the device has it.
    private double get(double t) {
        return wide ? t : (float) t;
    }

    private void launch(
            DeviceMemory times, int capacity, int tries, double to, double low, double high, GivenRun.Dense dense) {
        run.kernels.launch(
                kernel,
                run.theta,
                slots(),
                sums,
                controls,
                times,
                dense == null ? run.none : dense.nodes(),
                dense == null ? run.none : dense.counts(),
                dense == null ? run.none : dense.records(),
                run.batch,
                kernel.shape().samples(),
                tries,
                capacity,
                fresh ? 1 : 0,
                chooses ? 1 : 0,
                (int) Math.min(Integer.MAX_VALUE, solver.maxSteps()),
                dense == null ? 0 : dense.stride(),
                run.time(to),
                run.time(low),
                run.time(high),
                run.time(steps.relative()),
                run.time(steps.absolute()),
                run.time(steps.first()),
                run.time(steps.min()),
                run.time(steps.max()),
                run.time(beta[0]),
                run.time(beta[1]),
                run.time(beta[2]),
                run.time(end));
    }

    private DeviceMemory endsOfSteps(int stride) {
        DeviceMemory there = run.times((long) run.batch * stride);
        run.room.refuseTooLarge(0, "Backsolve, which keeps no steps");
        return there;
    }

    private DeviceMemory grown(DeviceMemory times, int stride, int newStride) {
        DeviceMemory larger = endsOfSteps(newStride);
        int bytes = times.precision().bytes();
        for (int row = 0; row < run.batch; row++) {
            run.driver.copy(
                    times.pointer(),
                    (long) row * stride * bytes,
                    larger.pointer(),
                    (long) row * newStride * bytes,
                    (long) stride * bytes);
        }
        run.memory.free(times);
        return larger;
    }

    /// How sample `row` ended.
    Outcome outcome(int row) {
        double t = get(row, 0);
        double h = get(row, 1);
        int how = integer(row, 3);
        if (how == 0) {
            return null;
        }
        int at = integer(row, 6);
        int part = at < 0 ? -1 : at / run.d % parts;
        boolean costate = part == parts - 1 && kernel.role() != StepsKernel.Role.FORWARD;
        Offender offender =
                at < 0 ? null : (costate ? run.sweep.costates() : run.sweep.states()).of(row, at % run.d, get(row, 7));
        Buffer before = run.problem.workspace().allocate(1, run.d, Precision.FLOAT64);
        before.copyFrom(run.numbers(slots(), (long) row * run.d, run.d));
        if (how == 1 && kernel.role() != StepsKernel.Role.FORWARD) {
            return offender != null && !costate
                    ? Outcome.lost(Outcome.Kind.NON_FINITE, t, h, offender)
                    : Outcome.nonFiniteDerivative(t, h, costate ? "the costate" : "the gradient", offender);
        }
        return switch (how) {
            case 1 -> Outcome.nonFinite(t, h, before, offender);
            case 2 -> Outcome.stepUnderflow(t, h, before, offender);
            default -> Outcome.stepLimit(t, h, solver.maxSteps(), offender);
        };
    }

    /// Has sample `row` come to this time, or beyond?
    boolean passed(int row, double t) {
        double sign = end >= start ? 1 : -1;
        return (get(row, 0) - get(t)) * sign >= 0;
    }

    /// The last step of sample `row`.
    double lastStep(int row) {
        return get(row, 1);
    }

    /// Of sample `row` alone.
    Statistics statistics(int row) {
        int accepted = integer(row, 0);
        return new Statistics(
                accepted, integer(row, 1), integer(row, 2), 0, accepted == 0 ? 0 : get(row, 5), get(row, 6));
    }

    /// Ends the call if a sample failed: with the first that did.
    void orThrow() {
        for (int row = 0; row < run.batch; row++) {
            if (integer(row, 3) != 0) {
                outcome(row).orThrow();
            }
        }
    }

    @Override
    void addSums(Buffer to) {
        run.addSums(sums, run.batch, (2 * scheme.slots() + scheme.errors().length) * run.parameters, to);
    }

    @Override
    Statistics statisticsOfBack() {
        return statistics(true);
    }

    /// Of all samples together.
    Statistics statistics(boolean products) {
        long accepted = 0;
        long rejected = 0;
        long evaluations = 0;
        double smallest = Double.POSITIVE_INFINITY;
        double largest = 0;
        for (int row = 0; row < run.batch; row++) {
            accepted += integer(row, 0);
            rejected += integer(row, 1);
            evaluations += integer(row, 2);
            smallest = Math.min(smallest, get(row, 5));
            largest = Math.max(largest, get(row, 6));
        }
        return new Statistics(
                accepted, rejected, evaluations, products ? evaluations : 0, accepted == 0 ? 0 : smallest, largest);
    }
}
