package org.costate.gpu;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.costate.gpu.driver.DeviceHeap;
import org.costate.gpu.driver.DeviceMemory;
import org.costate.gpu.driver.Driver;
import org.costate.graph.CodeNode;
import org.costate.graph.FieldCode;
import org.costate.memory.Precision;

/// The evaluations of a field for one batch: the values' arrays on the device, and the launches that compute them.
///
/// Memory: every value that an evaluation stores, and the sums of parts of the batch, for each pass that was prepared.
final class NodeLaunches {
    /// Samples of which one work-item, or one group, adds up the terms of a sum.
    private static final int CHUNK = 64;

    /// Numbers that the sums of all chunks may take.
    private static final long MOST_PARTS = 1 << 22;

    /// What is computed in one go.
    enum Pass {
        SLOPE,
        VJP,
        STATE_VJP,
        TIME_VJP
    }

    private final Gpu device;
    private final FieldCode code;
    private final int batch;
    private final Precision precision;
    private final DeviceHeap.Part memory;
    private final Map<String, DeviceMemory> given;
    private final DeviceMemory theta;
    private final DeviceMemory now;
    private final Driver.Code built;
    private final Map<Pass, List<Launch>> passes = new EnumMap<>(Pass.class);

    /// @param given `x` and `a`, and what results are added or written to
    /// @param theta the parameters, and what depends on them alone
    /// @param now the time
    NodeLaunches(
            Gpu device,
            FieldCode code,
            int batch,
            Precision precision,
            DeviceHeap.Part memory,
            Map<String, DeviceMemory> given,
            DeviceMemory theta,
            DeviceMemory now) {
        this.device = device;
        this.code = code;
        this.batch = batch;
        this.precision = precision;
        this.memory = memory;
        this.given = given;
        this.theta = theta;
        this.now = now;
        built = device.sources().of(DeviceField.source(code, precision, device.facts()));
    }

    static List<NodeKernel> kernels(FieldCode code, Pass pass) {
        List<CodeNode> nodes = switch (pass) {
            case SLOPE -> code.slope(false);
            case VJP -> code.vjp(false, false, true);
            case STATE_VJP -> code.vjp(false, false, false);
            case TIME_VJP -> code.timeVjp(false);
        };
        List<NodeKernel> kernels = new ArrayList<>();
        for (CodeNode node : nodes) {
            kernels.add(NodeKernel.of(node, pass.name().toLowerCase(Locale.ROOT), kernels.size(), code.places()));
        }
        return kernels;
    }

    /// Numbers that a pass stores, its results not counted.
    static long numbers(FieldCode code, Pass pass, int batch) {
        long numbers = 0;
        for (NodeKernel each : kernels(code, pass)) {
            CodeNode node = each.node();
            boolean result = List.of("k", "gx", "gp", "gt").contains(node.name());
            numbers += result ? 0 : node.size() * (node.ofSample() ? (long) batch : 1);
            numbers += node.sum() ? (long) chunks(node, batch) * node.size() : 0;
        }
        return numbers;
    }

    private static int chunks(CodeNode node, int batch) {
        return (int) Math.max(1, Math.min(Math.ceilDiv(batch, CHUNK), MOST_PARTS / node.size()));
    }

    /// A kernel with its arguments.
    ///
    /// @param offset of its value in the array that it goes to; −1 if none is an argument
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Launch(
            Driver.Kernel kernel, long groups, int lanes, long offset, boolean moves, Object[] arguments) {
        void run(long at) {
            if (moves) {
                arguments[arguments.length - 1] = offset + at;
            }
            kernel.launch(groups, lanes, arguments);
        }
    }

    /// Takes the memory of a pass, unless that was done.
    void prepare(Pass pass) {
        passes.computeIfAbsent(pass, this::launches);
    }

    /// Computes a pass.
    ///
    /// @param at where in their arrays `k` and `gx` begin
    void run(Pass pass, long at) {
        prepare(pass);
        passes.get(pass).forEach(launch -> launch.run(at));
    }

    private List<Launch> launches(Pass pass) {
        Map<String, DeviceMemory> arrays = new HashMap<>(given);
        List<Launch> launches = new ArrayList<>();
        for (NodeKernel each : kernels(code, pass)) {
            CodeNode node = each.node();
            long size = node.size() * (node.ofSample() ? (long) batch : 1);
            DeviceMemory out = arrays.computeIfAbsent(node.name(), name -> memory.numbers(size, precision));
            List<Object> arguments = new ArrayList<>(List.of(out, theta, now, batch));
            each.arrays().forEach(name -> arguments.add(arrays.get(name)));
            int lanes = each.tiled() && device.facts().isProcessor() ? 1 : NodeKernel.LANES;
            Driver.Kernel last = built.kernel(each.name());
            long offset = node.offset();
            boolean moves = node.name().equals("k") || node.name().equals("gx");
            if (!node.sum()) {
                arguments.add(offset);
                launches.add(new Launch(last, each.groups(batch, 1), lanes, offset, moves, arguments.toArray()));
                continue;
            }
            int chunks = chunks(node, batch);
            DeviceMemory parts = memory.numbers((long) chunks * node.size(), precision);
            arguments.set(0, parts);
            arguments.addAll(List.of(Math.ceilDiv(batch, chunks), chunks));
            Driver.Kernel first = built.kernel(each.name() + "_part");
            launches.add(new Launch(first, each.groups(batch, chunks), lanes, 0, false, arguments.toArray()));
            Object[] sum = {out, parts, chunks, offset};
            long groups = Math.ceilDiv(node.size(), NodeKernel.LANES);
            launches.add(new Launch(last, groups, NodeKernel.LANES, offset, moves, sum));
        }
        return launches;
    }
}
