package org.costate.gpu;

import java.util.Map;
import org.costate.gpu.StepsKernel.Keep;
import org.costate.gpu.StepsKernel.Role;
import org.costate.gpu.driver.DeviceMemory;
import org.costate.gpu.driver.Driver;
import org.costate.gpu.driver.Facts;
import org.costate.gpu.driver.Prelude;
import org.costate.graph.FieldCode;
import org.costate.memory.Precision;
import org.costate.ode.Interpolant;
import org.costate.ode.Scheme;

/// Given steps of a net too large for a group: a sequence of launches a step, over the whole batch, with states, stages
/// and costates on the device.
///
/// Cost: a launch a value of the field and evaluation, and some a step, so that a few samples of a small net, which
/// [StepsKernel] takes in one launch, would wait for launches most of the time.
///
/// Memory: every value that an evaluation stores, for the whole batch, and the stages of one step.
final class StepSequence implements BlockCode {
    private static final int MOST_LANES = 128;
    private static final int WARP = 32;

    private final Trajectories run;
    private final Role role;
    private final Keep keep;
    private final Scheme scheme;
    private final NodeLaunches.Pass pass;
    private final Driver.Code built;
    private final long numbers;
    private final int lanes;
    private final int parts;
    /// Has the system g, the gradient by θ?
    private final boolean sums;
    /// What is kept of steps; null for nothing of that kind.
    private final Interpolant dense;

    private final DeviceMemory counter;

    // taken when it runs first
    private NodeLaunches field;
    private DeviceMemory x;
    private DeviceMemory a;
    private DeviceMemory results;
    private DeviceMemory found;
    private DeviceMemory now;
    private DeviceMemory gp;

    /// @param keep of steps forward
    StepSequence(Trajectories run, Role role, Keep keep) {
        this.run = run;
        this.role = role;
        this.keep = keep;
        scheme = role == Role.UNDO ? run.scheme.inverse() : run.scheme;
        pass = switch (role) {
            case FORWARD, UNDO -> NodeLaunches.Pass.SLOPE;
            case BACKSOLVE -> NodeLaunches.Pass.SLOPE_VJP;
            case ALONG, TRANSPOSE -> NodeLaunches.Pass.VJP;
        };
        parts = role == Role.BACKSOLVE ? 2 : 1;
        sums = role == Role.BACKSOLVE || role == Role.ALONG;
        dense = keep == Keep.DENSE ? Interpolant.of(scheme) : null;
        Facts facts = run.gpu.facts();
        built = run.gpu
                .sources()
                .of(source(
                        run.code, role, scheme, dense, !run.sweep.integrands().isEmpty(), run.precision, facts));
        numbers = NodeLaunches.numbers(run.code, pass, run.batch, run.driver.products() != null);
        lanes = lanes(facts, scheme.slots() * parts * run.d);
        counter = run.memory.integers(1);
    }

    /// Work-items of a group that takes a sample of so many numbers.
    static int lanes(Facts facts, int numbers) {
        int width = Math.ceilDiv(Math.min(numbers, MOST_LANES), WARP) * WARP;
        return facts.isProcessor() ? 1 : Math.min(facts.mostLanes(), width);
    }

    /// The kernels between the evaluations, as they are compiled.
    ///
    /// @param dense what is kept of steps; null for nothing of that kind
    static String source(
            FieldCode code,
            Role role,
            Scheme scheme,
            Interpolant dense,
            boolean running,
            Precision precision,
            Facts facts) {
        StringBuilder s = new StringBuilder(Prelude.of(precision, facts, false)).append('\n');
        Tables.define(s, "D", code.dimension());
        Tables.define(s, "P", code.layout().size());
        Tables.define(s, "PARTS", role == Role.BACKSOLVE ? 2 : 1);
        Tables.define(s, "STATE_PARTS", role == Role.ALONG ? 0 : 1);
        Tables.define(s, "UNDOES", role == Role.UNDO ? 1 : 0);
        Tables.define(s, "MOST_LANES", MOST_LANES);
        s.append(Tables.of(scheme, "", dense));
        s.append(Tables.takes(scheme, "", code.dimension(), running, dense == null ? 0 : dense.evaluations()));
        s.append(Prelude.text("sequence.c"));
        if (dense != null) {
            s.append(Tables.powers(dense)).append(Prelude.text("record.c"));
        }
        if (role == Role.ALONG) {
            Tables.define(s, "DEGREE", Interpolant.of(scheme).degree());
            s.append(Prelude.text("along.c"));
        }
        return s.toString();
    }

    @Override
    public Role role() {
        return role;
    }

    @Override
    public int groups() {
        return run.batch;
    }

    @Override
    public int together() {
        return 1;
    }

    @Override
    public int sums() {
        return 1;
    }

    @Override
    public int slopes() {
        return scheme.evaluations() + (dense == null ? 0 : dense.evaluations());
    }

    @Override
    public long work() {
        long each = NodeLaunches.nodes(run.code, pass).stream()
                .mapToLong(n -> n.work() * n.size())
                .sum();
        return slopes() * (each + slopes() * (long) run.d);
    }

    @Override
    public long bytes() {
        long states = 2 + (long) parts * slopes() + (role == Role.TRANSPOSE ? scheme.slots() : 0);
        return (numbers + run.parameters) * run.precision.bytes() + states * run.stateBytes();
    }

    private void prepare(Arrays arrays) {
        if (field != null) {
            return;
        }
        x = run.states(1);
        a = run.states(1);
        results = run.states((long) parts * slopes());
        found = role == Role.TRANSPOSE ? run.states(scheme.slots()) : arrays.wrong();
        now = run.times(1);
        gp = sums ? run.memory.numbers(run.parameters, run.precision) : arrays.sums();
        var given = Map.of("x", x, "a", a, "k", results, "gx", results, "gp", gp);
        NodeLaunches made =
                new NodeLaunches(run.gpu, run.code, run.batch, run.precision, run.memory, given, run.theta, now);
        made.prepare(pass);
        field = made;
    }

    @Override
    public void run(Block b, Arrays arrays, Kept kept) {
        if (role == Role.TRANSPOSE) {
            run.driver.repeat(b.steps(), backwards(b, arrays, kept));
            toStart(b, arrays, kept);
            return;
        }
        prepare(arrays);
        Steps steps = new Steps(b, arrays, kept, 1);
        count(0, 0);
        if (b.begins() && sums && scheme.slots() > 1) {
            built.kernel("begin_sums").launch(parameterGroups(), NodeKernel.LANES, arrays.sums());
        }
        if (b.begins() && scheme.slots() > scheme.states()) {
            steps.evaluate(-1);
            each("begin", arrays.slots(), results, run.batch);
        }
        run.driver.repeat(b.steps(), steps::take);
    }

    /// What takes a step of a block, or transposes or undoes it, and goes to the one before: from the last to the
    /// first.
    Runnable backwards(Block b, Arrays arrays, Kept kept) {
        prepare(arrays);
        Steps steps = new Steps(b, arrays, kept, -1);
        count(b.steps() - 1, 0);
        return role == Role.TRANSPOSE ? steps::back : steps::take;
    }

    /// What comes back to the start from where the solve begins, if the block begins there.
    void toStart(Block b, Arrays arrays, Kept kept) {
        if (!b.begins()) {
            return;
        }
        Steps steps = new Steps(b, arrays, kept, -1);
        if (scheme.slots() > scheme.states()) {
            steps.costate(-1);
            field.run(pass, 0, 0);
        }
        steps.previous();
    }

    /// Copies all slots: by a kernel, since only kernels are recorded.
    void copy(DeviceMemory slots, DeviceMemory to) {
        each("copy", slots, to, run.batch);
    }

    private void each(String kernel, Object... arguments) {
        long groups = Math.ceilDiv((long) parts * run.batch * run.d, NodeKernel.LANES);
        built.kernel(kernel).launch(groups, NodeKernel.LANES, arguments);
    }

    private long parameterGroups() {
        return Math.max(1, Math.ceilDiv(run.parameters, NodeKernel.LANES));
    }

    /// Sets the counter, or moves it where `start` is below 0.
    private void count(int start, int by) {
        built.kernel("count").launch(1, 1, counter, start, by);
    }

    /// The launches for the steps of one block.
    private final class Steps {
        private final Arrays arrays;
        private final DeviceMemory kept;
        private final int from;
        private final DeviceMemory start;
        /// The solution that steps go along.
        private final GivenRun.Dense way;

        private final DeviceMemory nodes;
        private final int offset;
        private final Object low;
        private final Object high;
        private final int by;

        /// @param by to the next step, or to the one before
        Steps(Block b, Arrays arrays, Kept kept, int by) {
            this.arrays = arrays;
            this.kept = kept.memory() == null ? run.none : kept.memory();
            from = kept.memory() == null ? -1 : kept.from();
            start = kept.start() == null ? run.none : kept.start();
            way = kept.dense();
            nodes = run.nodes(b);
            offset = run.offset(b);
            low = run.time(b.low());
            high = run.time(b.high());
            this.by = by;
        }

        void take() {
            for (int i = 0; i < slopes(); i++) {
                evaluate(i);
            }
            if (dense != null) {
                each("record", arrays.slots(), results, nodes, counter, kept, run.batch, offset, from);
            }
            int keeps = keep == Keep.STATES ? from : -1;
            built.kernel("next")
                    .launch(
                            run.batch,
                            lanes,
                            arrays.slots(),
                            results,
                            found,
                            nodes,
                            counter,
                            arrays.failed(),
                            kept,
                            run.batch,
                            offset,
                            keeps);
            count(-1, by);
        }

        void evaluate(int i) {
            int keeps = keep == Keep.ARGUMENTS ? from : -1;
            each(
                    "argument",
                    arrays.slots(),
                    results,
                    x,
                    a,
                    now,
                    nodes,
                    counter,
                    kept,
                    run.batch,
                    offset,
                    i,
                    keeps,
                    low,
                    high);
            long all = (long) run.batch * run.d;
            long k = parts * all * Math.max(0, i);
            if (role == Role.ALONG) {
                each("along", x, now, way.nodes(), way.records(), run.batch, way.steps());
            }
            field.run(pass, k, k + (parts - 1) * all);
            if (sums) {
                built.kernel("add_to_sums")
                        .launch(parameterGroups(), NodeKernel.LANES, arrays.sums(), gp, nodes, counter, offset, i);
            }
        }

        void back() {
            for (int i = scheme.evaluations() - 1; i >= 0; i--) {
                costate(i);
                field.run(pass, 0, i * (long) run.batch * run.d);
            }
            previous();
            count(-1, by);
        }

        void costate(int i) {
            each(
                    "costate",
                    arrays.slots(),
                    results,
                    a,
                    x,
                    now,
                    nodes,
                    counter,
                    kept,
                    start,
                    run.batch,
                    offset,
                    i,
                    low,
                    high);
        }

        void previous() {
            built.kernel("previous")
                    .launch(
                            run.batch,
                            lanes,
                            arrays.slots(),
                            results,
                            found,
                            nodes,
                            counter,
                            arrays.failed(),
                            arrays.wrong(),
                            run.batch,
                            offset);
        }
    }
}
