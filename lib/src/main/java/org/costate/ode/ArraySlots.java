package org.costate.ode;

import org.costate.memory.Buffer;
import org.costate.memory.Few;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;

/// Slots of a small system, in plain arrays. Whoever wants to see them gets a copy in buffers.
///
/// Memory: the stepper's arrays, two for the error, and a buffer for each number of the step that was asked for.
final class ArraySlots implements Slots {
    private final ArrayStepper.Evaluator field;
    private final ArrayStepper stepper;
    private final AdaptiveSteps adaptive;
    /// Of the last attempt; before one, the slope at the start.
    private double[] error;
    private final double[] slope;
    private final double[] scale;
    private final Workspace workspace;
    private final int rows;
    private final Shown now;
    private final Shown other;
    private final Shown evaluations;
    private final Buffer[] checked;

    /// Copies for whoever wants to see them, made when they are first asked for.
    private final class Shown {
        private final Buffer[] copies;

        Shown(int count) {
            copies = new Buffer[count];
        }

        Buffer show(int l, double[] from) {
            if (copies[l] == null) {
                copies[l] = buffer(from.length);
            }
            copies[l].copyFrom(from);
            return copies[l];
        }

        void release() {
            for (Buffer b : copies) {
                if (b != null) {
                    workspace.release(b);
                }
            }
        }
    }

    /// @param adaptive null where steps are given
    ArraySlots(
            ArrayStepper.Evaluator field,
            Scheme scheme,
            Jumps jumps,
            AdaptiveSteps adaptive,
            Buffer x0,
            Workspace workspace) {
        this.field = field;
        this.adaptive = adaptive;
        this.workspace = workspace;
        rows = x0.rows();
        int size = (int) x0.size();
        stepper = new ArrayStepper(scheme, jumps, adaptive != null, workspace, size);
        slope = adaptive == null ? null : workspace.array(size);
        error = slope;
        scale = adaptive == null ? null : workspace.array(size);
        boolean own = adaptive != null && !(adaptive.norm() instanceof Norm.Rms);
        now = new Shown(scheme.slots());
        other = new Shown(scheme.slots());
        evaluations = new Shown(scheme.evaluations());
        checked = own ? new Buffer[] {buffer(size), buffer(size)} : null;
        x0.copyTo(stepper.now(0));
    }

    private Buffer buffer(int size) {
        return workspace.allocate(rows, size / rows, Precision.FLOAT64);
    }

    @Override
    public Jumps jumps() {
        return stepper.jumps();
    }

    @Override
    public void begin(double t, double end) {
        stepper.start(field, t, end);
    }

    @Override
    public void attempt(double t, double end, double h) {
        stepper.step(field, t, end, h);
    }

    @Override
    public boolean finite() {
        for (int l = 0; l < now.copies.length; l++) {
            if (!Few.finite(stepper.other(l))) {
                return false;
            }
        }
        return true;
    }

    @Override
    public double error(int which, double h) {
        error = stepper.error(which);
        scale(stepper.now(0), stepper.other(0));
        return norm(error);
    }

    private double norm(double[] x) {
        if (checked == null) {
            return ((Norm.Rms) adaptive.norm()).of(x, scale);
        }
        checked[0].copyFrom(x);
        checked[1].copyFrom(scale);
        return adaptive.norm().of(checked[0], checked[1]);
    }

    private void scale(double[] x, double[] after) {
        double relative = adaptive.relative();
        double absolute = adaptive.absolute();
        for (int i = 0; i < scale.length; i++) {
            scale[i] = absolute + relative * Math.max(Math.abs(x[i]), Math.abs(after[i]));
        }
    }

    @Override
    public void accept() {
        stepper.accept();
    }

    @Override
    public double startNorm() {
        scale(stepper.now(0), stepper.now(0));
        return norm(stepper.now(0));
    }

    @Override
    public double startSlope(double t) {
        field.evaluate(Stepper.PROBE, t, stepper.now(0), slope);
        return norm(slope);
    }

    @Override
    public double startChange(double t, double h) {
        double[] x = stepper.now(0);
        double[] moved = stepper.other(0);
        double[] change = new double[moved.length];
        for (int i = 0; i < moved.length; i++) {
            moved[i] = x[i] + h * slope[i];
        }
        field.evaluate(Stepper.PROBE, t, moved, change);
        for (int i = 0; i < moved.length; i++) {
            change[i] -= slope[i];
        }
        return norm(change);
    }

    @Override
    public Buffer[] now() {
        for (int l = 0; l < now.copies.length; l++) {
            now.show(l, stepper.now(l));
        }
        return now.copies;
    }

    @Override
    public Buffer state() {
        return now.show(0, stepper.now(0));
    }

    @Override
    public Buffer[] other() {
        for (int l = 0; l < other.copies.length; l++) {
            other.show(l, stepper.other(l));
        }
        return other.copies;
    }

    @Override
    public Buffer evaluation(int i) {
        return evaluations.show(i, stepper.evaluation(i));
    }

    @Override
    public Offender worst(Offender.Naming naming) {
        Buffer e = buffer(error.length);
        Buffer s = buffer(error.length);
        e.copyFrom(error);
        s.copyFrom(scale);
        Offender worst = Offender.worst(state(), e, s, naming);
        workspace.release(e);
        workspace.release(s);
        return worst;
    }

    @Override
    public void release() {
        stepper.release(workspace);
        if (adaptive != null) {
            workspace.release(slope);
            workspace.release(scale);
        }
        now.release();
        other.release();
        evaluations.release();
        for (int i = 0; checked != null && i < checked.length; i++) {
            workspace.release(checked[i]);
        }
    }
}
