package org.costate.adjoint;

import java.util.Arrays;
import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Combination;
import org.costate.ode.Jumps;
import org.costate.ode.Part;
import org.costate.ode.Scheme;
import org.costate.ode.Stepper;

/// A transposed step on buffers.
final class BufferTransposed implements Transposed {
    /// Where an evaluation's state and tape lie.
    interface Evaluations {
        /// Lets `y` and `tape` show those of evaluation `i` of the step.
        void show(int i, Buffer y, Buffer tape);

        /// kᵢ of the step: asked for only where derivatives by times are, or states inside of it.
        Buffer evaluation(int i);

        /// Slot `l` before the step: asked for only where derivatives by times are, or states inside of it.
        Buffer slot(int l);
    }

    private final Kernels kernels = Kernels.best();
    private final BoundDynamics field;
    private final Evaluations evaluations;
    private final Scheme scheme;
    private final Jumps jumps;
    private final Combination[] toEvaluation;
    private final Combination[] toSlot;
    private final Buffer y;
    private final Buffer tape;
    private final Buffer kappa;
    private final Buffer[] eta;
    private final Buffer gp;
    private Buffer[] after;
    private Buffer[] before;
    private final Combination[] evaluationByH;
    private final Combination[] slotByH;
    private final Buffer byH;
    /// Null where steps end at all observations.
    private final InterpolantTransposed inside;
    private long vjps;
    private double gradientOfT;
    private double gradientOfH;

    /// Nothing comes back yet.
    ///
    /// @param gp ∂C/∂θ. Added to.
    BufferTransposed(Problem problem, BoundDynamics field, Buffer gp, Evaluations evaluations) {
        this.field = field;
        this.evaluations = evaluations;
        this.gp = gp;
        scheme = problem.solver().scheme();
        jumps = problem.jumps();
        int n = scheme.evaluations();
        int slots = scheme.slots();
        y = Buffer.movable(
                problem.x0().rows(), problem.x0().columns(), problem.x0().precision());
        tape = Buffer.movable(1, field.tapeLength(), problem.x0().precision());
        kappa = problem.state();
        eta = new Buffer[n];
        toEvaluation = new Combination[n];
        for (int i = 0; i < n; i++) {
            eta[i] = problem.state();
            toEvaluation[i] = Combination.column(scheme, slots + i);
        }
        toSlot = new Combination[slots];
        boolean times = problem.times();
        evaluationByH =
                times ? Arrays.stream(toEvaluation).map(Combination::byStepSize).toArray(Combination[]::new) : null;
        byH = times ? problem.state() : null;
        after = new Buffer[slots];
        before = new Buffer[slots];
        for (int m = 0; m < slots; m++) {
            after[m] = problem.state();
            before[m] = problem.state();
            toSlot[m] = Combination.column(scheme, m);
        }
        slotByH = times ? Arrays.stream(toSlot).map(Combination::byStepSize).toArray(Combination[]::new) : null;
        inside = problem.interpolates() ? new InterpolantTransposed(problem, field, gp, evaluations, n) : null;
    }

    @Override
    public void add(Buffer gradient) {
        if (gradient != null) {
            kernels.add(1, gradient, after[0]);
        }
    }

    @Override
    public double add(double t, double end, double time, Buffer gradient) {
        return inside.add(t, end, time, gradient);
    }

    @Override
    public void step(double t, double end) {
        double h = end - t;
        if (inside != null) {
            inside.transpose();
        }
        for (int i = eta.length - 1; i >= 0; i--) {
            toEvaluation[i].sum(kernels, h, after, eta, kappa);
            if (inside != null) {
                inside.addTo(toSlot.length + i, kappa);
            }
            evaluations.show(i, y, tape);
            double at = jumps.inside(t + scheme.c(i) * h, t, end);
            field.vjp(scheme.part(i), at, y, tape, kappa, eta[i], gp);
            if (byH != null) {
                double byTime = field.timeVjp(scheme.part(i), at, y, tape, kappa);
                gradientOfT += byTime;
                gradientOfH += scheme.c(i) * byTime;
                timesOf(evaluationByH[i], evaluations.evaluation(i));
            }
        }
        vjps += eta.length;
        for (int m = 0; byH != null && m < toSlot.length; m++) {
            timesOf(slotByH[m], evaluations.slot(m));
        }
        for (int m = 0; m < toSlot.length; m++) {
            toSlot[m].sum(kernels, h, after, eta, before[m]);
            if (inside != null) {
                inside.addTo(m, before[m]);
            }
        }
        if (inside != null) {
            inside.done();
        }
        Buffer[] swap = after;
        after = before;
        before = swap;
    }

    /// Adds how the step size moves what this source is used in.
    private void timesOf(Combination users, Buffer source) {
        if (!users.isEmpty()) {
            users.sum(kernels, 1, after, eta, byH);
            gradientOfH += kernels.dot(byH, source);
        }
    }

    @Override
    public double takeGradientOfT() {
        double g = gradientOfT + (inside == null ? 0 : inside.takeGradientOfT());
        gradientOfT = 0;
        return g;
    }

    @Override
    public double takeGradientOfH() {
        double g = gradientOfH + (inside == null ? 0 : inside.takeGradientOfH());
        gradientOfH = 0;
        return g;
    }

    @Override
    public void start(double t, double end) {
        for (int l = 1; l < scheme.states(); l++) {
            kernels.add(1, after[l], after[0]);
            after[l].fill(0);
        }
        if (scheme.slots() > scheme.states()) {
            kappa.copyFrom(after[scheme.states()]);
            for (int l = scheme.states(); l < scheme.slots(); l++) {
                if (l > scheme.states()) {
                    kernels.add(1, after[l], kappa);
                }
                after[l].fill(0);
            }
            evaluations.show(Stepper.START, y, tape);
            field.vjp(Part.ALL, jumps.inside(t, t, end), y, tape, kappa, before[0], gp);
            if (byH != null) {
                gradientOfT += field.timeVjp(Part.ALL, jumps.inside(t, t, end), y, tape, kappa);
            }
            vjps++;
            kernels.add(1, before[0], after[0]);
        }
    }

    @Override
    public boolean finite() {
        return kernels.finite(after[0]) && kernels.finite(gp);
    }

    @Override
    public Buffer costate() {
        return after[0];
    }

    @Override
    public void finish() {}

    /// Slot `l` before the step that was transposed last.
    Buffer slot(int l) {
        return evaluations.slot(l);
    }

    /// What comes back to slot `l` at the present time.
    Buffer comesBack(int l) {
        return after[l];
    }

    @Override
    public long vjps() {
        return vjps + (inside == null ? 0 : inside.vjps());
    }

    @Override
    public long evaluations() {
        return inside == null ? 0 : inside.evaluations();
    }
}
