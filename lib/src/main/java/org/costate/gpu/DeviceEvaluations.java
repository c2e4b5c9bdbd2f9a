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
import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Part;

/// The evaluations of a [DeviceField] for one batch: its arrays on the device, and the launches.
final class DeviceEvaluations implements BoundDynamics {
    /// Samples of which one work-item adds up the terms of a sum.
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
    private final DeviceHeap.Part memory;
    private final int batch;
    private final Precision precision;
    private final DeviceMemory theta;
    private final DeviceMemory now;
    private final DeviceMemory x;
    private final DeviceMemory a;
    private final DeviceMemory k;
    private final DeviceMemory gx;
    private final DeviceMemory gp;
    private final DeviceMemory gt;
    private final Buffer hostGradient;
    private final Buffer hostTime;
    private final Buffer hostNow;
    private final Driver.Code built;
    private final Map<Pass, List<Launch>> passes = new EnumMap<>(Pass.class);

    DeviceEvaluations(Gpu device, FieldCode code, Workspace workspace, int batch, Precision precision, Buffer theta) {
        this.device = device;
        this.code = code;
        this.batch = batch;
        this.precision = precision;
        Precision time = device.facts().float64() ? Precision.FLOAT64 : Precision.FLOAT32;
        memory = device.heap().part();
        workspace.attach(memory::close);
        hostGradient = workspace.allocate(1, theta.columns(), precision);
        hostTime = workspace.allocate(1, 1, precision);
        hostNow = workspace.allocate(1, 1, time);
        try (Workspace part = workspace.part()) {
            this.theta = memory.copy(code.parameters(theta, part));
        }
        now = memory.numbers(1, time);
        x = memory.numbers((long) batch * code.dimension(), precision);
        a = memory.numbers((long) batch * code.outputs(), precision);
        k = memory.numbers((long) batch * code.outputs(), precision);
        gx = memory.numbers((long) batch * code.dimension(), precision);
        gp = memory.numbers(theta.columns(), precision);
        gt = memory.numbers(1, precision);
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

    /// A kernel with its arguments.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Launch(Driver.Kernel kernel, long groups, int lanes, Object[] arguments) {
        void run() {
            kernel.launch(groups, lanes, arguments);
        }
    }

    private List<Launch> launches(Pass pass) {
        Map<String, DeviceMemory> arrays = new HashMap<>(Map.of("x", x, "a", a, "k", k, "gx", gx, "gp", gp, "gt", gt));
        List<Launch> launches = new ArrayList<>();
        for (NodeKernel each : kernels(code, pass)) {
            CodeNode node = each.node();
            long size = node.size() * (node.ofSample() ? (long) batch : 1);
            DeviceMemory out = arrays.computeIfAbsent(node.name(), name -> memory.numbers(size, precision));
            List<Object> arguments = new ArrayList<>(List.of(out, theta, now, batch));
            each.arrays().forEach(name -> arguments.add(arrays.get(name)));
            int lanes = each.tiled() && device.facts().isProcessor() ? 1 : NodeKernel.LANES;
            if (!node.sum()) {
                arguments.add((long) node.offset());
                launches.add(new Launch(built.kernel(each.name()), each.groups(batch, 1), lanes, arguments.toArray()));
                continue;
            }
            int chunks = (int) Math.max(1, Math.min(Math.ceilDiv(batch, CHUNK), MOST_PARTS / node.size()));
            int chunk = Math.ceilDiv(batch, chunks);
            DeviceMemory parts = memory.numbers((long) chunks * node.size(), precision);
            arguments.set(0, parts);
            arguments.addAll(List.of(chunk, chunks));
            launches.add(new Launch(
                    built.kernel(each.name() + "_part"), each.groups(batch, chunks), lanes, arguments.toArray()));
            Object[] sum = {out, parts, chunks, (long) node.offset()};
            long groups = Math.ceilDiv(node.size(), NodeKernel.LANES);
            launches.add(new Launch(built.kernel(each.name()), groups, NodeKernel.LANES, sum));
        }
        return launches;
    }

    private void run(Pass pass, double t, Buffer states) {
        device.driver().upload(states.memory(), x.pointer(), 0);
        hostNow.set(0, t);
        device.driver().upload(hostNow.memory(), now.pointer(), 0);
        passes.computeIfAbsent(pass, this::launches).forEach(Launch::run);
    }

    @Override
    public int tapeLength() {
        return 0;
    }

    @Override
    public void eval(double t, Buffer states, Buffer slopes) {
        eval(Part.ALL, t, states, slopes, null);
    }

    @Override
    public void eval(Part part, double t, Buffer states, Buffer slopes) {
        eval(part, t, states, slopes, null);
    }

    @Override
    public void eval(Part part, double t, Buffer states, Buffer slopes, Buffer tape) {
        run(Pass.SLOPE, t, states);
        device.driver().download(k.pointer(), 0, slopes.memory());
    }

    @Override
    public void vjp(Part part, double t, Buffer states, Buffer tape, Buffer back, Buffer toState, Buffer toTheta) {
        Driver driver = device.driver();
        driver.upload(back.memory(), a.pointer(), 0);
        if (toTheta != null) {
            driver.clear(gp.pointer(), 0, gp.bytes());
        }
        run(toTheta == null ? Pass.STATE_VJP : Pass.VJP, t, states);
        driver.download(gx.pointer(), 0, toState.memory());
        if (toTheta != null && hostGradient.size() > 0) {
            driver.download(gp.pointer(), 0, hostGradient.memory());
            Kernels.best().add(1, hostGradient, toTheta);
        }
    }

    @Override
    public void jvp(Part part, double t, Buffer states, Buffer tape, Buffer dx, Buffer dp, Buffer dk) {
        throw new UnsupportedOperationException("Jacobian-vector products are not computed on a device");
    }

    @Override
    public double timeVjp(Part part, double t, Buffer states, Buffer tape, Buffer back) {
        if (!code.dependsOnTime()) {
            return 0;
        }
        Driver driver = device.driver();
        driver.upload(back.memory(), a.pointer(), 0);
        driver.clear(gt.pointer(), 0, gt.bytes());
        run(Pass.TIME_VJP, t, states);
        driver.download(gt.pointer(), 0, hostTime.memory());
        return hostTime.get(0);
    }
}
