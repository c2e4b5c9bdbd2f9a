package org.costate.ode;

import org.costate.memory.Buffer;

/// How a solve ended: where, and what to do if it ended badly.
///
/// @param kind what happened
/// @param time the last time that was reached in good order
/// @param stepSize the step that was taken or tried last, signed
/// @param message one or two sentences with the numbers and the advice
public record Outcome(Kind kind, double time, double stepSize, String message) {
    private static final int EXCERPT = 4;

    /// The ways to end.
    public enum Kind {
        /// The end of the span was reached.
        SUCCESS,
        /// The state stopped being finite: the step was too large for the field, or the solution itself blows up.
        NON_FINITE,
        /// Adaptive steps became so short that time stood still.
        STEP_UNDERFLOW,
        /// More steps than the solver may take.
        STEP_LIMIT,
        /// The thread was interrupted. Its interrupt flag is still set.
        INTERRUPTED
    }

    public boolean succeeded() {
        return kind == Kind.SUCCESS;
    }

    static Outcome success(double t1, double h) {
        return new Outcome(Kind.SUCCESS, t1, h, "reached t = " + t1);
    }

    /// @param before the last good state
    /// @param after what the step made of it
    static Outcome nonFinite(double t, double h, Buffer before, Buffer after) {
        return new Outcome(
                Kind.NON_FINITE,
                t,
                h,
                "the state is not finite after the step from t = " + t + " of size " + h + offender(after)
                        + "; before it the state was " + excerpt(before)
                        + ". Take smaller steps; if the same time comes again, the solution itself blows up there, or"
                        + " the field is not defined");
    }

    static Outcome stepUnderflow(double t, double h, Buffer before, Buffer after) {
        return new Outcome(
                Kind.STEP_UNDERFLOW,
                t,
                h,
                "the error stays too large however short the step: at t = " + t + " it would be below " + h
                        + offender(after) + "; the state there is " + excerpt(before)
                        + ". The field jumps or blows up there, or the tolerance is below its rounding: name a jump by"
                        + " .jumpAt(t), end the span earlier, or loosen the tolerance; a stiff field needs an implicit"
                        + " method");
    }

    static Outcome stepLimit(double t, double h, long most) {
        return new Outcome(
                Kind.STEP_LIMIT,
                t,
                h,
                "more than " + most + " steps, at t = " + t + " with step size " + h
                        + ". Allow more by .maxSteps(n), or loosen the tolerance; very short steps all the way mean a"
                        + " stiff field");
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

    /// The first number that is not finite, by sample and component.
    private static String offender(Buffer x) {
        for (int r = 0; r < x.rows(); r++) {
            for (int c = 0; c < x.columns(); c++) {
                if (!Double.isFinite(x.get(r, c))) {
                    return " (component " + c + (x.rows() > 1 ? " of sample " + r : "") + " is " + x.get(r, c) + ")";
                }
            }
        }
        return "";
    }

    private static String excerpt(Buffer x) {
        StringBuilder s = new StringBuilder("(");
        for (int i = 0; i < Math.min(EXCERPT, x.size()); i++) {
            s.append(i == 0 ? "" : ", ").append((float) x.get(i));
        }
        return s.append(x.size() > EXCERPT ? ", ...)" : ")").toString();
    }
}
