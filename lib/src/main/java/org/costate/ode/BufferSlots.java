package org.costate.ode;

import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;

/// Slots of any size, in buffers.
///
/// Memory: two sets of slots, the stepper's buffers, and three for the error.
final class BufferSlots implements Slots {
    private final Kernels kernels = Kernels.best();
    private final Stepper.Evaluator field;
    private final Workspace workspace;
    private final Stepper stepper;
    private final AdaptiveSteps adaptive;
    private Buffer[] now;
    private Buffer[] next;
    private final Buffer error;
    private final Buffer scale;

    /// @param adaptive null where steps are given
    BufferSlots(
            Stepper.Evaluator field,
            Scheme scheme,
            Jumps jumps,
            AdaptiveSteps adaptive,
            Buffer x0,
            Workspace workspace) {
        this.field = field;
        this.workspace = workspace;
        this.adaptive = adaptive;
        Precision precision = x0.precision();
        stepper = new Stepper(scheme, jumps, workspace, x0.rows(), x0.columns(), precision);
        now = new Buffer[scheme.slots()];
        next = new Buffer[scheme.slots()];
        for (int l = 0; l < now.length; l++) {
            now[l] = workspace.allocate(x0.rows(), x0.columns(), precision);
            next[l] = workspace.allocate(x0.rows(), x0.columns(), precision);
        }
        now[0].copyFrom(x0);
        error = adaptive == null ? null : workspace.allocate(x0.rows(), x0.columns(), precision);
        scale = adaptive == null ? null : workspace.allocate(x0.rows(), x0.columns(), Precision.FLOAT64);
    }

    @Override
    public Jumps jumps() {
        return stepper.jumps();
    }

    @Override
    public void begin(double t, double end) {
        stepper.start(field, t, end, now[0], now);
    }

    @Override
    public void attempt(double t, double end, double h) {
        stepper.step(field, t, end, h, now, next);
    }

    @Override
    public boolean finite() {
        for (Buffer slot : next) {
            if (!kernels.finite(slot)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public double error(int which, double h) {
        stepper.error(which, h, now, error);
        scale(now[0], next[0]);
        return adaptive.norm().of(error, scale);
    }

    /// scale = absolute + relative max(|x|, |x⁺|).
    private void scale(Buffer x, Buffer after) {
        double relative = adaptive.relative();
        double absolute = adaptive.absolute();
        for (long i = 0, n = x.size(); i < n; i++) {
            Interruption.checkNowAndThen(i);
            scale.set(i, absolute + relative * Math.max(Math.abs(x.get(i)), Math.abs(after.get(i))));
        }
    }

    @Override
    public void accept() {
        Buffer[] swap = now;
        now = next;
        next = swap;
    }

    @Override
    public double startNorm() {
        scale(now[0], now[0]);
        return adaptive.norm().of(now[0], scale);
    }

    @Override
    public double startSlope(double t) {
        field.evaluate(Stepper.PROBE, Part.ALL, t, now[0], error);
        return adaptive.norm().of(error, scale);
    }

    @Override
    public double startChange(double t, double h) {
        Buffer moved = next[0];
        Buffer slope = workspace.allocate(moved.rows(), moved.columns(), moved.precision());
        kernels.combine(new double[] {1, h}, new Buffer[] {now[0], error}, 2, moved);
        field.evaluate(Stepper.PROBE, Part.ALL, t, moved, slope);
        kernels.combine(new double[] {1, -1}, new Buffer[] {slope, error}, 2, moved);
        workspace.release(slope);
        return adaptive.norm().of(moved, scale);
    }

    @Override
    public Buffer[] now() {
        return now;
    }

    @Override
    public Buffer state() {
        return now[0];
    }

    @Override
    public Buffer[] other() {
        return next;
    }

    @Override
    public Buffer evaluation(int i) {
        return stepper.evaluation(i);
    }

    @Override
    public Offender worst(Offender.Naming naming) {
        return Offender.worst(now[0], error, scale, naming);
    }

    @Override
    public void release() {
        for (Buffer[] slots : new Buffer[][] {now, next}) {
            for (Buffer slot : slots) {
                workspace.release(slot);
            }
        }
        if (adaptive != null) {
            workspace.release(error);
            workspace.release(scale);
        }
        stepper.release();
    }
}
