package org.costate.gpu;

import org.costate.gpu.driver.DeviceMemory;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.ode.Offender;
import org.costate.ode.Outcome;
import org.costate.ode.Scheme;
import org.costate.ode.Statistics;

/// Given steps of one system on a device, block by block.
final class GivenRun extends SystemRun {
    private final BlockCode code;
    private final DeviceMemory sums;
    private final Failures failures;
    private int good;
    private long evaluations;
    private long steps;
    private double smallest = Double.POSITIVE_INFINITY;
    private double largest;

    /// @param parts states of the system
    GivenRun(Trajectories run, BlockCode code, Scheme scheme, int parts) {
        super(run, scheme, parts);
        this.code = code;
        run.room.expect(code);
        sums = code.role() == StepsKernel.Role.FORWARD
                ? run.none
                : run.room.ofGroups(code.together(), code.sums(), 2L * scheme.slots() * run.parameters);
        failures = new Failures(run, code, scheme.slots() * parts * run.d);
    }

    /// A copy of the slots.
    DeviceMemory copyOfSlots() {
        DeviceMemory to = run.states((long) scheme.slots() * parts);
        run.driver.copy(slots().pointer(), 0, to.pointer(), 0, slotsBytes());
        return to;
    }

    void load(DeviceMemory from) {
        run.driver.copy(from.pointer(), 0, slots().pointer(), 0, slotsBytes());
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
        Failures.Failure failure = failures.first(false);
        good = failure == null ? b.steps() : failure.step() - 1;
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
        code.run(
                b,
                new BlockCode.Arrays(slots(), sums, failures.failed(), failures.wrong()),
                new BlockCode.Kept(kept, keepFrom, null, dense));
        boolean begun = b.begins() && scheme.slots() > scheme.states();
        evaluations += (long) b.steps() * code.slopes() + (begun ? 1 : 0);
        steps += b.steps();
        for (int k = b.from(); b.segment() != null && k < b.to(); k++) {
            double h = Math.abs(
                    b.segment().nodes().time(k + 1) - b.segment().nodes().time(k));
            smallest = Math.min(smallest, h);
            largest = Math.max(largest, h);
        }
    }

    private void refuse(Block b, Failures.Failure failure) {
        double[] nodes = run.times(b, failure.row(), b.from() + failure.step() - 1);
        double t = nodes[0];
        double h = nodes[1] - t;
        boolean costate = code.role() == StepsKernel.Role.ALONG
                || (code.role() == StepsKernel.Role.BACKSOLVE && failure.at() / run.d % parts == 1);
        Offender offender = (costate ? run.sweep.costates() : run.sweep.states())
                .of(failure.row(), failure.at() % run.d, failure.value());
        if (code.role() == StepsKernel.Role.FORWARD) {
            Buffer row = run.problem.workspace().allocate(1, run.d, Precision.FLOAT64);
            row.copyFrom(run.numbers(slots(), (long) failure.row() * run.d, run.d));
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

    @Override
    void addSums(Buffer to) {
        run.addSums(sums, code.sums(), 2 * scheme.slots() * run.parameters, to);
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

    @Override
    Statistics statisticsOfBack() {
        return statistics(evaluations);
    }

    /// What it cost.
    ///
    /// @param vjps vector–Jacobian products
    Statistics statistics(long vjps) {
        return new Statistics(steps, 0, evaluations, vjps, smallest(), largest);
    }
}
