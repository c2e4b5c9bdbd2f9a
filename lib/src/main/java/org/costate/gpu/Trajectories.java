package org.costate.gpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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
import org.costate.ode.Offender;
import org.costate.ode.Scheme;

/// One problem on a device: its arrays there, and launches of the kernels that take and transpose steps. Frees all of
/// its memory there when it is closed.
final class Trajectories implements AutoCloseable {
    /// Multiplications of a launch, about: half a second of a slow device.
    private static final long LAUNCH_WORK = 5_000_000_000L;

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
    final DeviceMemory theta;
    final DeviceMemory none;
    private final Precision time;
    private final Driver.Code common;
    private final Buffer hostTotal;
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
        memory = gpu.heap().part();
        hostTotal = problem.workspace().allocate(1, parameters, precision);
        theta = memory.copy(code.parameters(problem.theta(), problem.workspace()));
        none = memory.numbers(1, precision);
        nodes = memory.numbers(1, time);
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

    StepsKernel kernel(String file, StepsKernel.Role role, StepsKernel.Keep keep, Scheme of, boolean ownTimes) {
        return StepsKernel.of(
                file,
                role,
                keep,
                new StepsKernel.Wanted(
                        code, of, !sweep.integrands().isEmpty(), precision, gpu.facts(), batch, ownTimes));
    }

    Driver.Kernel compiled(StepsKernel kernel) {
        return gpu.sources().of(kernel.source()).kernel(kernel.name());
    }

    /// A time as the kernels take it.
    Object time(double t) {
        return time == Precision.FLOAT64 ? (Object) t : (Object) (float) t;
    }

    /// The clamp of evaluations: a neighbour in float64 may be no other number in float32.
    Object low(Segment s) {
        return time == Precision.FLOAT64 || Double.isInfinite(s.low())
                ? time(s.low())
                : (Object) Math.nextUp((float) Math.min(s.start(), s.end()));
    }

    Object high(Segment s) {
        return time == Precision.FLOAT64 || Double.isInfinite(s.high())
                ? time(s.high())
                : (Object) Math.nextDown((float) Math.max(s.start(), s.end()));
    }

    /// Memory of times.
    DeviceMemory times(long count) {
        return memory.numbers(count, time);
    }

    /// The nodes of a launch, on the device.
    DeviceMemory nodes(Segment s, int first, int last) {
        int count = last - first + 1;
        if (nodes.bytes() < (long) count * time.bytes()) {
            memory.free(nodes);
            nodes = times(count);
        }
        try (var part = problem.workspace().part()) {
            Buffer host = part.allocate(1, count, time);
            for (int i = 0; i < count; i++) {
                host.set(i, s.nodes().time(first + i));
            }
            driver.upload(host.memory(), nodes.pointer(), 0);
        }
        return nodes;
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
        DeviceMemory there = memory.copy(from);
        launchEach("add", from.size(), there, to, at, from.size());
        memory.free(there);
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

    /// The end of a block is looked at, if the cost does.
    boolean see(Block b, GivenRun forward) {
        if (b.observation() < 0) {
            return false;
        }
        forward.download(0, sweep.state(b.observation()));
        return true;
    }

    /// The first steps tell how large the start is that is to be found again. They are taken here once more than later.
    void markFirstSteps(List<Block> blocks, GivenRun forward) {
        Buffer host = problem.workspace().allocate(batch, d, precision);
        boolean more = sweep.marks(problem.x0());
        DeviceMemory first = forward.copyOfSlots();
        for (int i = 0; more && i < blocks.size(); i++) {
            Block b = blocks.get(i);
            for (int k = b.from(); more && k < b.to(); k++) {
                forward.step(new Block(b.segment(), k, k + 1), null, 0, null);
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
            work = Math.max(work, k.work() * batch);
        }
        return (int) Math.max(1, Math.min(gpu.mostSteps(), LAUNCH_WORK / work));
    }

    /// The groups' sums, in order, added to a row here.
    void addSums(DeviceMemory sums, int groups, int stride, Buffer to) {
        if (parameters == 0) {
            return;
        }
        DeviceMemory total = memory.numbers(parameters, precision);
        launchEach("reduce", parameters, sums, total, groups, stride, parameters);
        driver.download(total.pointer(), 0, hostTotal.memory());
        memory.free(total);
        Kernels.best().add(1, hostTotal, to);
    }

    private void launchEach(String kernel, long items, Object... arguments) {
        common.kernel(kernel).launch(Math.ceilDiv(items, 64), 64, arguments);
    }

    /// Which group failed first, if one did.
    ///
    /// @param latest is the largest step number the first?
    /// @return the step, from 1 on, the sample, and the group; null if none did
    int[] failure(DeviceMemory failed, int groups, boolean latest) {
        int[] all = new int[2 * groups];
        try (var part = problem.workspace().part()) {
            MemorySegment host =
                    part.allocate(1, Math.max(1, groups), Precision.FLOAT64).memory();
            driver.download(failed.pointer(), 0, host);
            for (int i = 0; i < all.length; i++) {
                all[i] = host.getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, i);
            }
        }
        int worst = -1;
        for (int g = 0; g < groups; g++) {
            if (all[2 * g] > 0 && (worst < 0 || (latest ? all[2 * g] > all[2 * worst] : all[2 * g] < all[2 * worst]))) {
                worst = g;
            }
        }
        return worst < 0 ? null : new int[] {all[2 * worst], all[2 * worst + 1], worst};
    }

    /// The first number of a failed sample that is not finite.
    Offender offender(DeviceMemory wrong, int group, int length, int row, Offender.Naming naming) {
        double[] values = numbers(wrong, (long) group * length, length);
        int at = 0;
        while (at < length - 1 && Double.isFinite(values[at])) {
            at++;
        }
        return naming.of(row, at % d, values[at]);
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
