package org.costate.ode;

import org.costate.memory.Buffer;

/// The slots of a solve before and after the step that is tried, and how it is taken: on buffers ([BufferSlots]), or
/// on plain arrays for small systems ([ArraySlots]). When and how far to step is the [Integrator]'s business.
interface Slots {
    /// Where the field jumps.
    Jumps jumps();

    /// Fills the slots for a solve that begins, or begins again, at the present state.
    ///
    /// @param end where the solve goes, to know the side of a jump
    void begin(double t, double end);

    /// Tries the step from t to `end`.
    ///
    /// @param h end − t
    void attempt(double t, double end, double h);

    /// Are all numbers of the attempt finite?
    boolean finite();

    /// The norm of the attempt's error, estimate number `which`, against what is allowed.
    double error(int which, double h);

    /// The attempt becomes the present.
    void accept();

    /// ‖x‖ at the start, against what is allowed there.
    double startNorm();

    /// ‖f‖ at the start.
    ///
    /// @param t where to evaluate
    double startSlope(double t);

    /// ‖f(t, x + h f) − f‖, after [#startSlope].
    double startChange(double t, double h);

    /// The slots now, the solution first. Valid until the next step; not to be modified.
    Buffer[] now();

    /// The present solution alone.
    Buffer state();

    /// The other slots: of the attempt; after it was accepted, those before.
    Buffer[] other();

    /// kᵢ of the attempt.
    Buffer evaluation(int i);

    /// Where the error of the last attempt was largest.
    Offender worst(Offender.Naming naming);

    /// Gives the memory back.
    void release();
}
