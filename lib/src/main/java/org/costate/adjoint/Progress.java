package org.costate.adjoint;

import org.costate.adjoint.ProgressListener.Phase;

/// How far a gradient has come: tells the listener, and knows it when the gradient fails.
final class Progress {
    private final double t0;
    private final double t1;
    private final ProgressListener listener;
    private final Progress whole;
    private final int row;
    private double time;
    private double stepSize;

    Progress(double t0, double t1, ProgressListener listener) {
        this(t0, t1, listener, null, 0);
    }

    private Progress(double t0, double t1, ProgressListener listener, Progress whole, int row) {
        this.t0 = t0;
        this.t1 = t1;
        this.listener = listener;
        this.whole = whole;
        this.row = row;
        time = t0;
    }

    /// That of some samples of all, which are solved one after the other.
    ///
    /// @param again is their way forward taken for a second time?
    Progress ofSamples(int row, int count, int rows, boolean again) {
        return new Progress(
                t0,
                t1,
                (phase, t, done) -> {
                    if (phase == Phase.BACKWARD || !again) {
                        listener.at(phase, t, (row + count * done) / rows);
                    }
                },
                this,
                this.row + row);
    }

    /// That of some samples of many, which are solved at the same time.
    ///
    /// @param tells do these stand for all of them?
    Progress ofRows(int first, boolean tells) {
        return new Progress(t0, t1, tells ? listener : ProgressListener.NONE, tells ? this : null, first);
    }

    /// The number of the first sample.
    int row() {
        return row;
    }

    /// A step of the way forward ends at t.
    ///
    /// @param h its size, signed
    void forward(double t, double h) {
        tell(Phase.FORWARD, t, h);
    }

    /// A step of the way back ends at t.
    void backward(double t, double h) {
        tell(Phase.BACKWARD, t, h);
    }

    private void tell(Phase phase, double t, double h) {
        for (Progress p = this; p != null; p = p.whole) {
            p.time = t;
            p.stepSize = h;
        }
        double part = t1 == t0 ? 1 : (t - t0) / (t1 - t0);
        listener.at(phase, t, phase == Phase.FORWARD ? part : 1 - part);
    }

    /// The end of the last step.
    double time() {
        return time;
    }

    double stepSize() {
        return stepSize;
    }
}
