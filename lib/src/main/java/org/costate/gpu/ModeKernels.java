package org.costate.gpu;

import java.util.ArrayList;
import java.util.List;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Backprop;
import org.costate.adjoint.Backsolve;
import org.costate.adjoint.Checkpointed;
import org.costate.adjoint.Interpolating;
import org.costate.adjoint.Reversible;
import org.costate.gpu.StepsKernel.Keep;
import org.costate.gpu.StepsKernel.Role;
import org.costate.gpu.driver.Facts;
import org.costate.graph.FieldCode;
import org.costate.memory.Precision;
import org.costate.ode.AdaptiveSteps;
import org.costate.ode.Dynamics;
import org.costate.ode.Interpolant;
import org.costate.ode.Norm;
import org.costate.ode.Scheme;
import org.costate.ode.Solver;

/// Which kernels the gradient modes run.
final class ModeKernels {
    /// Samples that a device is shown for.
    private static final int MANY = 1 << 20;

    private ModeKernels() {}

    /// The sources for a large batch, one after the other.
    static String source(Facts facts, Dynamics dynamics, Solver solver, Adjoint mode, Precision precision) {
        FieldCode code = FieldCode.of(dynamics);
        List<StepsKernel> kernels = new ArrayList<>();
        boolean own = solver.steps() instanceof AdaptiveSteps;
        StepsKernel.Wanted wanted =
                new StepsKernel.Wanted(code, solver.scheme(), false, precision, facts, MANY, own, Norm.RMS);
        if (own) {
            kernels.add(StepsKernel.of("adaptive", Role.FORWARD, Keep.NOTHING, wanted));
        }
        String back = own ? "adaptive" : "steps";
        switch (mode) {
            case Backprop _, Checkpointed _ -> {
                kernels.add(StepsKernel.of("steps", Role.FORWARD, Keep.ARGUMENTS, wanted));
                kernels.add(StepsKernel.of("transpose", Role.TRANSPOSE, Keep.NOTHING, wanted));
            }
            case Reversible _ -> {
                kernels.add(StepsKernel.of("steps", Role.FORWARD, Keep.NOTHING, wanted));
                kernels.add(StepsKernel.of("undo", Role.UNDO, Keep.NOTHING, wanted));
            }
            case Backsolve _ -> {
                if (!own) {
                    kernels.add(StepsKernel.of("steps", Role.FORWARD, Keep.NOTHING, wanted));
                }
                kernels.add(StepsKernel.of(back, Role.BACKSOLVE, Keep.NOTHING, wanted));
            }
            case Interpolating _ -> {
                kernels.add(StepsKernel.of("steps", Role.FORWARD, Keep.DENSE, wanted));
                kernels.add(StepsKernel.of(back, Role.ALONG, Keep.NOTHING, wanted));
            }
            default -> throw new IllegalArgumentException("adjoint: got " + mode + ", expected one for devices");
        }
        if (kernels.contains(null)) {
            return DeviceField.source(code, precision, facts) + "\n"
                    + sequence(facts, code, solver.scheme(), mode, precision);
        }
        StringBuilder all = new StringBuilder();
        while (!kernels.isEmpty()) {
            List<StepsKernel> together = Program.together(kernels.getFirst(), kernels);
            all.append(Program.of(together)).append('\n');
            kernels.removeAll(together);
        }
        return all.toString();
    }

    /// What is launched between the evaluations of a large net.
    private static String sequence(Facts facts, FieldCode code, Scheme scheme, Adjoint mode, Precision precision) {
        Interpolant dense = mode instanceof Interpolating ? Interpolant.of(scheme) : null;
        String there = StepSequence.source(code, Role.FORWARD, scheme, dense, false, precision, facts);
        Role role = switch (mode) {
            case Backsolve _ -> Role.BACKSOLVE;
            case Interpolating _ -> Role.ALONG;
            case Reversible _ -> Role.UNDO;
            default -> null; // the same kernels
        };
        if (role == null) {
            return there;
        }
        Scheme back = role == Role.UNDO ? scheme.inverse() : scheme;
        return there + "\n" + StepSequence.source(code, role, back, null, false, precision, facts);
    }
}
