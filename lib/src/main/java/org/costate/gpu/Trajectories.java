package org.costate.gpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
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
import org.costate.ode.Outcome;
import org.costate.ode.Scheme;

/// One problem on a device: its arrays there, and launches of the kernels that take and transpose steps. Frees all of
/// its memory there when it is closed.
final class Trajectories implements AutoCloseable {
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

    /// Adds a state's numbers to a part of an array there.
    void add(Buffer from, DeviceMemory to) {
        DeviceMemory there = memory.copy(from);
        launchEach("add", from.size(), there, to, from.size());
        memory.free(there);
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

    /// Ends a solve whose state is not finite any more.
    void refuse(int[] failure, Segment s, int first, DeviceMemory slots, DeviceMemory wrong, int parts) {
        if (failure == null) {
            return;
        }
        int node = first + failure[0] - 1;
        double t = s.nodes().time(node);
        double h = s.nodes().time(node + 1) - t;
        double[] before = numbers(slots, (long) failure[1] * d, d);
        Buffer row = problem.workspace().allocate(1, d, Precision.FLOAT64);
        row.copyFrom(Arrays.copyOf(before, d));
        Offender offender = offender(wrong, failure[2], scheme.slots() * parts * d, failure[1], sweep.states());
        Outcome.nonFinite(t, h, row, offender).orThrow();
    }

    /// The last good states from the device.
    void download(DeviceMemory from, Buffer to) {
        driver.download(from.pointer(), 0, to.memory());
    }

    @Override
    public void close() {
        memory.close();
    }
}
