package org.costate.gpu;

import java.util.List;
import org.costate.gpu.driver.Facts;
import org.costate.gpu.driver.Prelude;
import org.costate.graph.FieldCode;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Dynamics;
import org.costate.ode.ParameterLayout;

/// A traced field that is evaluated on a device, kernel by kernel, while the steps are taken here: for what must see
/// each step.
///
/// Cost: an evaluation carries the states there and the slopes back. Memory there: every value that an evaluation
/// stores, for the whole batch; what an evaluation computed is computed again for its vector–Jacobian product.
final class DeviceField implements Dynamics {
    private final Gpu device;
    private final Dynamics field;
    private final FieldCode code;

    private DeviceField(Gpu device, Dynamics field, FieldCode code) {
        this.device = device;
        this.field = field;
        this.code = code;
    }

    /// @param field traced, or made of such
    static Dynamics of(Gpu device, Dynamics field) {
        List<Dynamics> parts = field.parts();
        return switch (parts.size()) {
            case 1 -> of(device, parts.getFirst()).over(field.layout());
            case 2 -> Dynamics.partitioned(of(device, parts.get(0)), of(device, parts.get(1)));
            default -> new DeviceField(device, field, FieldCode.of(field));
        };
    }

    @Override
    public int dimension() {
        return field.dimension();
    }

    @Override
    public int outputs() {
        return field.outputs();
    }

    @Override
    public ParameterLayout layout() {
        return field.layout();
    }

    @Override
    public boolean hasVjp() {
        return true;
    }

    @Override
    public BoundDynamics bind(Workspace workspace, int batch, Precision precision, Buffer theta) {
        return new DeviceEvaluations(device, code, workspace, batch, precision, theta);
    }

    /// The kernels as they are compiled.
    static String source(FieldCode code, Precision precision, Facts facts) {
        return source(code, precision, facts, false);
    }

    /// The same.
    ///
    /// @param library do products come from a library?
    static String source(FieldCode code, Precision precision, Facts facts, boolean library) {
        StringBuilder s = new StringBuilder(Prelude.of(precision, facts, false) + Prelude.text("product.c"));
        NodeLaunches.kernels(code, library).values().forEach(pass -> pass.forEach(k -> s.append(k.source())));
        return s.toString();
    }

    @Override
    public String toString() {
        return field.toString();
    }
}
