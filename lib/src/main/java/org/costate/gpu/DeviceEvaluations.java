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
    private static final int LANES = 64;

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
    private final boolean wideTime;
    private final DeviceMemory theta;
    private final DeviceMemory x;
    private final DeviceMemory a;
    private final DeviceMemory k;
    private final DeviceMemory gx;
    private final DeviceMemory gp;
    private final DeviceMemory gt;
    private final Buffer hostGradient;
    private final Buffer hostTime;
    private final Driver.Code built;
    private final Map<Pass, List<Launch>> passes = new EnumMap<>(Pass.class);

    DeviceEvaluations(Gpu device, FieldCode code, Workspace workspace, int batch, Precision precision, Buffer theta) {
        this.device = device;
        this.code = code;
        this.batch = batch;
        this.precision = precision;
        wideTime = device.facts().float64();
        memory = device.heap().part();
        workspace.attach(memory::close);
        hostGradient = workspace.allocate(1, theta.columns(), precision);
        hostTime = workspace.allocate(1, 1, precision);
        try (Workspace part = workspace.part()) {
            this.theta = memory.copy(code.parameters(theta, part));
        }
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
    ///
    /// @param hasTime is its third argument the time?
    private record Launch(Driver.Kernel kernel, long groups, boolean hasTime, List<Object> arguments) {
        void run(Object time) {
            if (hasTime) {
                arguments.set(2, time);
            }
            kernel.launch(groups, LANES, arguments.toArray());
        }
    }

    private List<Launch> launches(Pass pass) {
        Map<String, DeviceMemory> arrays = new HashMap<>(Map.of("x", x, "a", a, "k", k, "gx", gx, "gp", gp, "gt", gt));
        List<Launch> launches = new ArrayList<>();
        for (NodeKernel each : kernels(code, pass)) {
            CodeNode node = each.node();
            long size = node.size() * (node.ofSample() ? (long) batch : 1);
            DeviceMemory out = arrays.computeIfAbsent(node.name(), name -> memory.numbers(size, precision));
            List<Object> arguments = new ArrayList<>(List.of(out, theta, 0.0, batch));
            each.arrays().forEach(name -> arguments.add(arrays.get(name)));
            if (!node.sum()) {
                arguments.add(node.offset());
                launches.add(new Launch(built.kernel(each.name()), groups(size), true, arguments));
                continue;
            }
            int chunks = (int) Math.max(1, Math.min(Math.ceilDiv(batch, CHUNK), MOST_PARTS / node.size()));
            int chunk = Math.ceilDiv(batch, chunks);
            DeviceMemory parts = memory.numbers((long) chunks * node.size(), precision);
            arguments.set(0, parts);
            arguments.addAll(List.of(chunk, chunks));
            launches.add(new Launch(
                    built.kernel(each.name() + "_part"), groups((long) chunks * node.size()), true, arguments));
            launches.add(new Launch(
                    built.kernel(each.name()), groups(node.size()), false, List.of(out, parts, chunks, node.offset())));
        }
        return launches;
    }

    private static long groups(long items) {
        return Math.ceilDiv(items, LANES);
    }

    private void run(Pass pass, double t, Buffer states) {
        device.driver().upload(states.memory(), x.pointer(), 0);
        for (Launch launch : passes.computeIfAbsent(pass, this::launches)) {
            launch.run(wideTime ? (Object) t : (Object) (float) t);
        }
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
