package org.costate.gpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.costate.adjoint.Problem;
import org.costate.adjoint.Sweep;
import org.costate.gpu.driver.DeviceHeap;
import org.costate.gpu.driver.DeviceMemory;
import org.costate.gpu.driver.Driver;
import org.costate.gpu.driver.Prelude;
import org.costate.graph.FieldCode;
import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.ode.AdaptiveSteps;
import org.costate.ode.Norm;
import org.costate.ode.Outcome;
import org.costate.ode.Scheme;
import org.costate.ode.Statistics;

/// One problem on a device: its arrays there, and launches of the kernels that take and transpose steps. Frees all of
/// its memory there when it is closed.
final class Trajectories implements AutoCloseable {
    /// Multiplications of a launch, about: half a second of a slow device.
    private static final long LAUNCH_WORK = 5_000_000_000L;

    /// Nodes of a segment that are kept on the device; of longer ones, those of each launch are brought there.
    private static final int MOST_NODES = 1 << 16;

    final Gpu gpu;
    final Driver driver;
    final Sweep sweep;
    final Problem problem;
    final FieldCode code;
    final Scheme scheme;
    final int batch;
    final int d;
    final int parameters;
    final Precision precision;
    final DeviceHeap.Part memory;
    final Room room;
    final StepsKernels kernels;
    final DeviceMemory theta;
    final DeviceMemory none;
    /// Does every sample choose its own steps?
    final boolean ownTimes;

    private final Precision time;
    private Statistics statistics;
    private final Driver.Code common;
    private final Buffer hostTotal;
    private final DeviceMemory total;
    private final DeviceMemory added;
    private final IdentityHashMap<Segment, DeviceMemory> ofSegments = new IdentityHashMap<>();
    /// The times of a launch's nodes.
    private DeviceMemory nodes;

    Trajectories(Gpu gpu, Sweep sweep, FieldCode code) {
        this.gpu = gpu;
        this.sweep = sweep;
        this.code = code;
        driver = gpu.driver();
        problem = sweep.problem();
        scheme = problem.solver().scheme();
        batch = problem.x0().rows();
        d = problem.x0().columns();
        parameters = problem.theta().columns();
        precision = problem.x0().precision();
        time = gpu.facts().float64() ? Precision.FLOAT64 : Precision.FLOAT32;
        ownTimes = problem.solver().steps() instanceof AdaptiveSteps;
        memory = gpu.heap().part();
        hostTotal = problem.workspace().allocate(1, parameters, precision);
        theta = memory.copy(code.parameters(problem.theta(), problem.workspace()));
        none = memory.numbers(1, precision);
        nodes = memory.numbers(1, time);
        total = memory.numbers(parameters, precision);
        room = new Room(this);
        kernels = new StepsKernels(this);
        added = states(1);
        common = gpu.sources().of(Prelude.of(precision, gpu.facts(), false) + Prelude.text("common.c"));
    }

    /// Bytes of one state of the whole batch.
    long stateBytes() {
        return (long) batch * d * precision.bytes();
    }

    /// Memory for so many states of the whole batch, 0.
    DeviceMemory states(long count) {
        return memory.numbers(count * batch * d, precision);
    }

    StepsKernel kernel(String file, StepsKernel.Role role, StepsKernel.Keep keep, Scheme of) {
        return kernel(file, role, keep, of, Norm.RMS);
    }

    /// @param norm of the error, where samples choose their own steps
    StepsKernel kernel(String file, StepsKernel.Role role, StepsKernel.Keep keep, Scheme of, Norm norm) {
        StepsKernel kernel = StepsKernel.of(
                file,
                role,
                keep,
                new StepsKernel.Wanted(
                        code, of, !sweep.integrands().isEmpty(), precision, gpu.facts(), batch, ownTimes, norm));
        if (kernel != null) {
            kernels.ask(kernel);
        }
        return kernel;
    }

    /// How errors are measured, where steps are adaptive.
    Norm norm() {
        return problem.solver().steps() instanceof AdaptiveSteps a ? a.norm() : Norm.RMS;
    }

    /// A time as the kernels take it.
    Object time(double t) {
        return time == Precision.FLOAT64 ? (Object) t : (Object) (float) t;
    }

    /// Memory of times.
    DeviceMemory times(long count) {
        return memory.numbers(count, time);
    }

    /// The nodes of a launch, on the device.
    DeviceMemory nodes(Block b) {
        if (b.grid() != null) {
            return b.grid().times();
        }
        Segment s = b.segment();
        if (s.to() - s.from() < MOST_NODES) {
            return ofSegments.computeIfAbsent(s, whole -> {
                double[] all = s.times(s.from(), s.to());
                DeviceMemory there = times(all.length);
                upload(all, there);
                return there;
            });
        }
        double[] times = s.times(b.from(), b.to());
        if (nodes.bytes() < (long) times.length * time.bytes()) {
            memory.free(nodes);
            nodes = times(times.length);
        }
        upload(times, nodes);
        return nodes;
    }

    /// Where among them the block begins.
    int offset(Block b) {
        if (b.grid() != null) {
            return b.from();
        }
        Segment s = b.segment();
        return s.to() - s.from() < MOST_NODES ? b.from() - s.from() : 0;
    }

    /// Where a step of a sample begins and ends.
    ///
    /// @param node the node that it begins at
    double[] times(Block b, int row, int node) {
        return b.segment() != null
                ? b.segment().times(node, node + 1)
                : numbers(b.grid().times(), (long) row * b.grid().stride() + node, 2);
    }

    /// The start of every sample's times.
    void uploadStarts(double first, DeviceMemory to, int stride) {
        try (var part = problem.workspace().part()) {
            Buffer host = part.allocate(batch, stride, time);
            for (int row = 0; row < batch; row++) {
                host.set(row, 0, first);
            }
            driver.upload(host.memory(), to.pointer(), 0);
        }
    }

    /// Integers, on the device.
    DeviceMemory integers(int[] values) {
        DeviceMemory there = memory.integers(values.length);
        try (var part = problem.workspace().part()) {
            MemorySegment host =
                    part.allocate(1, values.length, Precision.FLOAT32).memory();
            MemorySegment.copy(values, 0, host, ValueLayout.JAVA_INT_UNALIGNED, 0, values.length);
            driver.upload(host, there.pointer(), 0);
        }
        return there;
    }

    /// The way has come this far.
    void told(double t, double h, boolean forward) {
        if (forward) {
            sweep.forward(t, h);
        } else {
            sweep.backward(t, h);
        }
    }

    /// The steps of the way forward; where samples choose their own, they do so now.
    ///
    /// @param most steps in a block
    /// @param every node numbers that are multiples of it end a block, too
    List<Block> blocks(int most, int every) {
        if (!ownTimes) {
            List<Segment> segments = Segment.of(problem.solver(), precision, problem.t0(), problem.t1(), sweep.times());
            long allowed = problem.solver().maxSteps();
            if (!segments.isEmpty() && segments.getLast().to() > allowed) {
                double[] last = segments.getFirst().times((int) allowed - 1, (int) allowed);
                Outcome.stepLimit(last[1], last[1] - last[0], allowed, null).orThrow();
            }
            return Block.of(segments, most, every);
        }
        List<AdaptiveRun.Grid> grids = new ArrayList<>();
        adaptive(grids, true);
        return Block.ofGrids(grids, most, every);
    }

    /// The way forward of samples that choose their own steps; what the cost looks at is seen.
    ///
    /// @param grids where the steps go; null if they are not kept
    /// @param throwing does the failure of a sample end it?
    AdaptiveRun adaptive(List<AdaptiveRun.Grid> grids, boolean throwing) {
        StepsKernel kernel = kernel("adaptive", StepsKernel.Role.FORWARD, StepsKernel.Keep.NOTHING, scheme, norm());
        AdaptiveRun run = new AdaptiveRun(this, kernel, problem.solver(), problem.t0(), problem.t1(), 1);
        room.refuseTooLarge(0, "fewer samples");
        run.upload(problem.x0(), 0);
        double[] seen = sweep.times();
        for (Segment.Stop stop : Segment.stops(problem.solver(), problem.t0(), problem.t1(), seen)) {
            AdaptiveRun.Grid grid = run.advance(stop.time(), grids != null, stop.observation(), null);
            if (grids != null) {
                grids.add(grid);
            }
            if (stop.observation() >= 0) {
                run.download(0, sweep.state(stop.observation()));
            }
        }
        if (throwing) {
            run.orThrow();
        }
        statistics = run.statistics(false);
        return run;
    }

    /// What the way forward cost.
    Statistics statistics(Statistics ofGivenSteps) {
        return ownTimes ? statistics : ofGivenSteps;
    }

    /// Brings times to the device.
    void upload(double[] times, DeviceMemory to) {
        try (var part = problem.workspace().part()) {
            Buffer host = part.allocate(1, times.length, time);
            host.copyFrom(times);
            driver.upload(host.memory(), to.pointer(), 0);
        }
    }

    /// Adds a state's numbers to those of an array there, from number `at` on.
    void add(Buffer from, DeviceMemory to, long at) {
        driver.upload(from.memory(), added.pointer(), 0);
        launchEach("add", from.size(), added, to, at, from.size());
    }

    /// The start is looked at, if the cost does.
    void seeStart() {
        double[] times = sweep.times();
        if (times.length > 0 && times[0] == problem.t0()) {
            sweep.state(0).copyFrom(problem.x0());
        }
    }

    /// What comes back to the start because the cost looks at it.
    void addStart(Buffer costate) {
        double[] times = sweep.times();
        if (times.length > 0 && times[0] == problem.t0()) {
            Kernels.best().add(1, sweep.state(0), costate);
        }
    }

    /// Takes the steps of a block forward; its end is looked at, if the cost does.
    ///
    /// @param kept where what is kept of them goes; null for nowhere
    /// @param keepFrom the place of the first there
    void forward(Block b, GivenRun steps, DeviceMemory kept, int keepFrom) {
        steps.step(b, kept, keepFrom, null);
        if (b.observation() >= 0) {
            steps.download(0, sweep.state(b.observation()));
        }
        sweep.forward(b.end(), b.lastStep());
    }

    /// The first steps tell how large the start is that is to be found again. They are taken here once more than later.
    void markFirstSteps(List<Block> blocks, GivenRun forward) {
        Buffer host = problem.workspace().allocate(batch, d, precision);
        boolean more = sweep.marks(problem.x0());
        DeviceMemory first = forward.copyOfSlots();
        for (int i = 0; more && i < blocks.size(); i++) {
            Block b = blocks.get(i);
            for (int k = b.from(); more && k < b.to(); k++) {
                forward.step(new Block(b.segment(), b.grid(), k, k + 1, false), null, 0, null);
                forward.download(0, host);
                more = sweep.marks(host);
            }
        }
        forward.load(first);
        memory.free(first);
        forward.forget();
    }

    /// Steps that a launch may take: fewer where they take long, since a desktop's GPU ends launches of seconds.
    int mostSteps(StepsKernel... kernels) {
        long work = 1;
        for (StepsKernel k : kernels) {
            work = Math.max(work, k.work());
        }
        return mostSteps(work);
    }

    /// The same.
    ///
    /// @param work of one sample in a step, in multiplications, roughly
    int mostSteps(long work) {
        return (int) Math.max(1, Math.min(gpu.mostSteps(), LAUNCH_WORK / Math.max(1, work * batch)));
    }

    /// The groups' sums, in order, added to a row here.
    void addSums(DeviceMemory sums, int groups, int stride, Buffer to) {
        if (parameters == 0) {
            return;
        }
        launchEach("reduce", parameters, sums, total, groups, stride, parameters);
        driver.download(total.pointer(), 0, hostTotal.memory());
        Kernels.best().add(1, hostTotal, to);
    }

    private void launchEach(String kernel, long items, Object... arguments) {
        common.kernel(kernel).launch(Math.ceilDiv(items, 64), 64, arguments);
    }

    /// Numbers of an array there.
    double[] numbers(DeviceMemory from, long at, int count) {
        try (var part = problem.workspace().part()) {
            Buffer host = part.allocate(1, count, from.precision());
            driver.download(from.pointer(), at * from.precision().bytes(), host.memory());
            return host.toArray();
        }
    }

    @Override
    public void close() {
        memory.close();
    }
}
