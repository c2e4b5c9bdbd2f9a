package org.costate.gpu;

import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Backprop;
import org.costate.adjoint.Backsolve;
import org.costate.adjoint.Checkpointed;
import org.costate.adjoint.Device;
import org.costate.adjoint.Gradient;
import org.costate.adjoint.Interpolating;
import org.costate.adjoint.Problem;
import org.costate.adjoint.Reversible;
import org.costate.adjoint.Sweep;
import org.costate.graph.FieldCode;
import org.costate.ode.AdaptiveSteps;
import org.costate.ode.Norm;
import org.costate.ode.Solver;

/// A gradient mode run on a device: whole trajectories there, or evaluations there and steps here, where each step must
/// be seen or its error be measured here.
record OnDevice(Gpu device, Adjoint mode) implements Adjoint {
    @Override
    public Gradient gradient(Problem problem) {
        if (!problem.seesSteps() && measures(problem)) {
            Sweep sweep = new Sweep(problem);
            FieldCode code = FieldCode.of(sweep.field(), sweep.integrands());
            if (code != null) {
                return gradient(sweep, code);
            }
        }
        return problem.of(device.dynamics(problem.dynamics())).solve(mode);
    }

    private Gradient gradient(Sweep sweep, FieldCode code) {
        if (device.atATime() < sweep.problem().x0().rows()) {
            return new Chunks(device, sweep, code, this::trajectories).gradient();
        }
        try (Trajectories run = new Trajectories(device, sweep, code)) {
            return trajectories(run);
        }
    }

    /// A solve; null if it must be done by evaluations.
    static Device.Solved solve(Gpu device, Problem problem, boolean everyStep) {
        boolean measured = !(problem.solver().steps() instanceof AdaptiveSteps a)
                || a.norm() instanceof Norm.Rms
                || a.norm().equals(Norm.MAX);
        Sweep sweep = new Sweep(problem);
        FieldCode code = FieldCode.of(problem.dynamics());
        if (code == null || !measured) {
            return null;
        }
        try (Trajectories run = new Trajectories(device, sweep, code)) {
            return SolveRun.solve(run, everyStep);
        }
    }

    /// Do kernels know how to measure the error that chooses the steps?
    private boolean measures(Problem problem) {
        if (!(problem.solver().steps() instanceof AdaptiveSteps a)) {
            return true;
        }
        boolean back = mode instanceof Backsolve || mode instanceof Interpolating;
        return a.norm().equals(Norm.RMS)
                || (!back && (a.norm() instanceof Norm.Rms || a.norm().equals(Norm.MAX)));
    }

    private Gradient trajectories(Trajectories run) {
        return switch (mode) {
            case Backprop _, Checkpointed _ -> DiscreteRun.gradient(run, mode);
            case Reversible r -> ReversibleRun.gradient(run, r);
            case Backsolve _, Interpolating _ -> ContinuousRun.gradient(run, mode);
            default -> throw new IllegalStateException(mode + " is for no device, and was not refused");
        };
    }

    @Override
    public boolean takesAll() {
        return true;
    }

    @Override
    public void check(Solver solver) {
        mode.check(solver);
    }

    @Override
    public String toString() {
        return mode + " on " + device.facts().name();
    }
}
