package org.costate.gpu;

import java.util.Arrays;
import org.costate.gpu.driver.DeviceMemory;
import org.costate.gpu.driver.Driver;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.ode.Offender;
import org.costate.ode.Outcome;
import org.costate.ode.Scheme;
import org.costate.ode.Statistics;

/// Given steps of one system on a device, block by block.
final class GivenRun {
    private final Trajectories run;
    private final StepsKernel kernel;
    private final Scheme scheme;
    private final Driver.Kernel compiled;
    private final int parts;
    private final DeviceMemory slots;
    private final DeviceMemory sums;
    private final DeviceMemory failed;
    private final DeviceMemory wrong;
    private int good;
    private long evaluations;
    private long steps;
    private double smallest = Double.POSITIVE_INFINITY;
    private double largest;

    /// @param parts states of the system
    GivenRun(Trajectories run, StepsKernel kernel, Scheme scheme, int parts) {
        this.run = run;
        this.kernel = kernel;
        this.scheme = scheme;
        this.parts = parts;
        compiled = run.compiled(kernel);
        slots = run.states((long) scheme.slots() * parts);
        sums = kernel.role() == StepsKernel.Role.FORWARD
                ? run.none
                : run.room.ofGroups(kernel, 2L * scheme.slots() * run.parameters);
        failed = run.memory.integers(2L * kernel.shape().groups());
        wrong = run.room.ofGroups(kernel, (long) scheme.slots() * parts * run.d);
    }

    /// What is carried from step to step: `[slots][parts][batch][d]`.
    DeviceMemory slots() {
        return slots;
    }

    /// Bytes of all slots.
    long slotsBytes() {
        return run.stateBytes() * parts * scheme.slots();
    }

    /// A copy of the slots.
    DeviceMemory copyOfSlots() {
        DeviceMemory to = run.states((long) scheme.slots() * parts);
        run.driver.copy(slots.pointer(), 0, to.pointer(), 0, slotsBytes());
        return to;
    }

    void load(DeviceMemory from) {
        run.driver.copy(from.pointer(), 0, slots.pointer(), 0, slotsBytes());
    }

    /// Part `part` of the solution, to here.
    void download(int part, Buffer to) {
        run.driver.download(slots.pointer(), part * run.stateBytes(), to.memory());
    }

    /// Part `part` of the solution, from here.
    void upload(Buffer from, int part) {
        run.driver.upload(from.memory(), slots.pointer(), part * run.stateBytes());
    }

    /// All state slots become the first: a solve begins here.
    void begin() {
        long bytes = run.stateBytes() * parts;
        for (int l = 1; l < scheme.states(); l++) {
            run.driver.copy(slots.pointer(), 0, slots.pointer(), l * bytes, bytes);
        }
    }

    /// What the steps along a kept solution read.
    ///
    /// @param nodes its times, one more than steps; `[batch][stride]` where samples have steps of their own
    /// @param stride 0 where they have not
    /// @param counts how many steps each has then
    record Dense(DeviceMemory nodes, DeviceMemory records, int steps, int stride, DeviceMemory counts) {}

    /// Takes the steps of a block.
    ///
    /// @param kept where what is kept of them goes; null for nowhere
    /// @param keepFrom the place of the first there
    /// @param dense null unless they go along a kept solution
    void step(Block b, DeviceMemory kept, int keepFrom, Dense dense) {
        launch(b, kept, keepFrom, dense);
        int[] failure = run.failure(failed, kernel.shape().groups(), false);
        good = failure == null ? b.steps() : failure[0] - 1;
        if (failure != null) {
            steps += good - b.steps();
            refuse(b, failure);
        }
    }

    /// Takes the steps of a block that were good before, and does not wait for them.
    void again(Block b, DeviceMemory kept) {
        launch(b, kept, 0, null);
    }

    private void launch(Block b, DeviceMemory kept, int keepFrom, Dense dense) {
        if (b.begins()) {
            begin();
        }
        kernel.launch(
                compiled,
                run.theta,
                slots,
                sums,
                run.nodes(b),
                b.grid() == null ? run.none : b.grid().counts(),
                kept == null ? run.none : kept,
                dense == null ? run.none : dense.nodes,
                dense == null ? run.none : dense.records,
                failed,
                wrong,
                run.batch,
                kernel.shape().samples(),
                b.steps(),
                b.grid() == null ? 0 : b.grid().stride(),
                run.offset(b),
                b.begins() ? 1 : 0,
                kept == null ? -1 : keepFrom,
                dense == null ? 0 : dense.stride,
                dense == null ? 0 : dense.steps,
                run.low(b),
                run.high(b));
        boolean begun = b.begins() && scheme.slots() > scheme.states();
        evaluations += (long) b.steps() * kernel.slopes() + (begun ? 1 : 0);
        steps += b.steps();
        for (int k = b.from(); b.segment() != null && k < b.to(); k++) {
            double h = Math.abs(
                    b.segment().nodes().time(k + 1) - b.segment().nodes().time(k));
            smallest = Math.min(smallest, h);
            largest = Math.max(largest, h);
        }
    }

    private void refuse(Block b, int[] failure) {
        double[] nodes = run.times(b, failure[1], b.from() + failure[0] - 1);
        double t = nodes[0];
        double h = nodes[1] - t;
        int length = scheme.slots() * parts * run.d;
        double[] values = run.numbers(wrong, (long) failure[2] * length, length);
        int at = 0;
        while (at < length - 1 && Double.isFinite(values[at])) {
            at++;
        }
        boolean costate = kernel.role() == StepsKernel.Role.ALONG
                || (kernel.role() == StepsKernel.Role.BACKSOLVE && at / run.d % parts == 1);
        Offender offender =
                (costate ? run.sweep.costates() : run.sweep.states()).of(failure[1], at % run.d, values[at]);
        if (kernel.role() == StepsKernel.Role.FORWARD) {
            double[] before = run.numbers(slots, (long) failure[1] * run.d, run.d);
            Buffer row = run.problem.workspace().allocate(1, run.d, Precision.FLOAT64);
            row.copyFrom(Arrays.copyOf(before, run.d));
            Outcome.nonFinite(t, h, row, offender).orThrow();
        }
        Outcome o = costate
                ? Outcome.nonFiniteDerivative(t, h, "the costate", offender)
                : Outcome.lost(Outcome.Kind.NON_FINITE, t, h, offender);
        o.orThrow();
    }

    /// How many steps of the last block were good for all samples.
    int good() {
        return good;
    }

    /// Adds g, the groups' sums in order, to a row here.
    void addSums(Buffer to) {
        run.addSums(sums, kernel.shape().groups(), 2 * scheme.slots() * run.parameters, to);
    }

    /// Counts from here on.
    void forget() {
        evaluations = 0;
        steps = 0;
    }

    long evaluations() {
        return evaluations;
    }

    long steps() {
        return steps;
    }

    double smallest() {
        return steps == 0 ? 0 : smallest;
    }

    double largest() {
        return largest;
    }

    /// What it cost.
    ///
    /// @param vjps vector–Jacobian products
    Statistics statistics(long vjps) {
        return new Statistics(steps, 0, evaluations, vjps, smallest(), largest);
    }
}
