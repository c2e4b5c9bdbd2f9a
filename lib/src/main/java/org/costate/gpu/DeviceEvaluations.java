package org.costate.gpu;

import java.util.Map;
import org.costate.gpu.driver.DeviceHeap;
import org.costate.gpu.driver.DeviceMemory;
import org.costate.gpu.driver.Driver;
import org.costate.graph.FieldCode;
import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Part;

/// The evaluations of a [DeviceField] for one batch, with states and slopes brought there and back.
final class DeviceEvaluations implements BoundDynamics {
    private final Gpu device;
    private final FieldCode code;
    private final DeviceHeap.Part memory;
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
    private final NodeLaunches nodes;

    DeviceEvaluations(Gpu device, FieldCode code, Workspace workspace, int batch, Precision precision, Buffer theta) {
        this.device = device;
        this.code = code;
        Precision time = device.facts().float64() ? Precision.FLOAT64 : Precision.FLOAT32;
        memory = device.heap().part();
        workspace.attach(memory::close);
        hostGradient = workspace.allocate(1, theta.columns(), precision);
        hostTime = workspace.allocate(1, 1, precision);
        hostNow = workspace.allocate(1, 1, time);
        DeviceMemory parameters;
        try (Workspace part = workspace.part()) {
            parameters = memory.copy(code.parameters(theta, part));
        }
        now = memory.numbers(1, time);
        x = memory.numbers((long) batch * code.dimension(), precision);
        a = memory.numbers((long) batch * code.outputs(), precision);
        k = memory.numbers((long) batch * code.outputs(), precision);
        gx = memory.numbers((long) batch * code.dimension(), precision);
        gp = memory.numbers(theta.columns(), precision);
        gt = memory.numbers(1, precision);
        var arrays = Map.of("x", x, "a", a, "k", k, "gx", gx, "gp", gp, "gt", gt);
        nodes = new NodeLaunches(device, code, batch, precision, memory, arrays, parameters, now);
    }

    private void run(NodeLaunches.Pass pass, double t, Buffer states) {
        device.driver().upload(states.memory(), x.pointer(), 0);
        hostNow.set(0, t);
        device.driver().upload(hostNow.memory(), now.pointer(), 0);
        nodes.run(pass, 0, 0);
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
        run(NodeLaunches.Pass.SLOPE, t, states);
        device.driver().download(k.pointer(), 0, slopes.memory());
    }

    @Override
    public void vjp(Part part, double t, Buffer states, Buffer tape, Buffer back, Buffer toState, Buffer toTheta) {
        Driver driver = device.driver();
        driver.upload(back.memory(), a.pointer(), 0);
        if (toTheta != null) {
            driver.clear(gp.pointer(), 0, gp.bytes());
        }
        run(toTheta == null ? NodeLaunches.Pass.STATE_VJP : NodeLaunches.Pass.VJP, t, states);
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
        run(NodeLaunches.Pass.TIME_VJP, t, states);
        driver.download(gt.pointer(), 0, hostTime.memory());
        return hostTime.get(0);
    }
}
