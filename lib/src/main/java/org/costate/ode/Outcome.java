package org.costate.ode;

/// How a solve ended: where, and what to do if it ended badly.
///
/// @param kind what happened
/// @param time the last time that was reached in good order
/// @param stepSize the step that was taken or tried last, signed
/// @param message one or two sentences with the numbers and the advice
public record Outcome(Kind kind, double time, double stepSize, String message) {
    /// The ways to end.
    public enum Kind {
        /// The end of the span was reached.
        SUCCESS,
        /// The state stopped being finite: the step was too large for the field, or the solution itself blows up.
        NON_FINITE,
        /// The thread was interrupted. Its interrupt flag is still set.
        INTERRUPTED
    }

    public boolean succeeded() {
        return kind == Kind.SUCCESS;
    }

    static Outcome success(double t1, double h) {
        return new Outcome(Kind.SUCCESS, t1, h, "reached t = " + t1);
    }

    static Outcome nonFinite(double t, double h, String state) {
        return new Outcome(
                Kind.NON_FINITE,
                t,
                h,
                "the state is not finite after the step from t = " + t + " of size " + h
                        + "; before it the state was " + state
                        + ". Take smaller steps; if the same time comes again, the"
                        + " solution itself blows up there");
    }

    /// The thread was asked to stop.
    public static Outcome interrupted(double t, double h) {
        return new Outcome(
                Kind.INTERRUPTED, t, h, "interrupted at t = " + t + "; what was computed until then is kept");
    }

    /// Does nothing after a success.
    ///
    /// @throws SolveException if this is not a success
    public void orThrow() {
        if (!succeeded()) {
            throw new SolveException(this);
        }
    }
}
