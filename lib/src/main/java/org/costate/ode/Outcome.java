package org.costate.ode;

import org.costate.memory.Buffer;
import org.costate.memory.MemoryBudgetException;

/// How a solve ended: where, and what to do if it ended badly.
///
/// @param kind what happened
/// @param time the last time that was reached in good order
/// @param stepSize the step that was taken or tried last, signed
/// @param offender the number that is to blame; null where it is none's fault
/// @param message one or two sentences with the numbers and the advice
public record Outcome(Kind kind, double time, double stepSize, Offender offender, String message) {
    private static final int EXCERPT = 4;

    /// The ways to end.
    public enum Kind {
        /// The end of the span was reached.
        SUCCESS,
        /// A number stopped being finite: the step was too large for the field, or the solution itself blows up.
        NON_FINITE,
        /// Adaptive steps became so short that time stood still.
        STEP_UNDERFLOW,
        /// More steps than the solver may take.
        STEP_LIMIT,
        /// The thread was interrupted. Its interrupt flag is still set.
        INTERRUPTED,
        /// More memory than the caller allowed.
        MEMORY_BUDGET
    }

    public boolean succeeded() {
        return kind == Kind.SUCCESS;
    }

    /// The end was reached.
    public static Outcome success(double t1, double h) {
        return new Outcome(Kind.SUCCESS, t1, h, null, "reached t = " + t1);
    }

    /// The state is not finite.
    ///
    /// @param before the last good state
    public static Outcome nonFinite(double t, double h, Buffer before, Offender offender) {
        return new Outcome(
                Kind.NON_FINITE,
                t,
                h,
                offender,
                "the state is not finite after the step from t = " + t + " of size " + h + in(offender)
                        + "; before it the state was " + excerpt(before)
                        + ". Take smaller steps; if the same time comes again, the solution itself blows up there, or"
                        + " the field is not defined");
    }

    /// No step is short enough.
    public static Outcome stepUnderflow(double t, double h, Buffer before, Offender offender) {
        String worst = offender == null ? "" : ", most of all in " + offender.place();
        return new Outcome(
                Kind.STEP_UNDERFLOW,
                t,
                h,
                offender,
                "the error stays too large however short the step: at t = " + t + " it would be below " + h + worst
                        + "; the state there is " + excerpt(before)
                        + ". The field jumps or blows up there, or the tolerance is below its rounding: name a jump by"
                        + " .jumpAt(t), end the span earlier, or loosen the tolerance; a stiff field needs an implicit"
                        + " method");
    }

    /// More steps than allowed.
    public static Outcome stepLimit(double t, double h, long most, Offender offender) {
        String worst = offender == null ? "" : ", where the error was largest in " + offender.place();
        return new Outcome(
                Kind.STEP_LIMIT,
                t,
                h,
                offender,
                "more than " + most + " steps, at t = " + t + " with step size " + h + worst
                        + ". Allow more by .maxSteps(n), or loosen the tolerance; very short steps all the way mean a"
                        + " stiff field");
    }

    /// The thread was asked to stop.
    public static Outcome interrupted(double t, double h) {
        return new Outcome(
                Kind.INTERRUPTED,
                t,
                h,
                null,
                "interrupted at t = " + t + " with step size " + h + "; what was computed until then is kept. To go on,"
                        + " clear the flag by Thread.interrupted() and begin again from there");
    }

    /// More memory than was allowed.
    ///
    /// @param advice what would fit
    public static Outcome memoryBudget(double t, double h, MemoryBudgetException e, String advice) {
        return new Outcome(
                Kind.MEMORY_BUDGET,
                t,
                h,
                null,
                "at t = " + t + " with step size " + h + ", " + e.asked() + " bytes more than the " + e.live()
                        + " in use would exceed the budget of " + e.budget() + ". " + advice);
    }

    /// A derivative is not finite, on the way back or, in forward mode, on the way there.
    ///
    /// @param t where the step of size `h` began
    /// @param what it belongs to, for the message
    public static Outcome nonFiniteDerivative(double t, double h, String what, Offender offender) {
        return new Outcome(
                Kind.NON_FINITE,
                t,
                h,
                offender,
                what + " is not finite after the step from t = " + t + " of size " + h + in(offender)
                        + ", while the state is. A derivative is not defined there, such as that of a square root at 0,"
                        + " or products of many steps have left the range of numbers: look at the vector-Jacobian"
                        + " product of the field and at the gradient of the cost there, shorten the span, or take"
                        + " FLOAT64");
    }

    /// The state that a mode finds again on the way back is none any more.
    ///
    /// @param kind how that showed
    /// @param t where the step of size `h` began
    public static Outcome lost(Kind kind, double t, double h, Offender offender) {
        return new Outcome(
                kind,
                t,
                h,
                offender,
                "the state that is found again on the way back is lost after the step from t = " + t + " of size " + h
                        + in(offender)
                        + ". Where a field contracts, errors grow backwards: take a gradient mode that keeps states,"
                        + " such as Checkpointed or Backprop, smaller steps, or anchors, Reversible.anchored(steps)");
    }

    /// Does nothing after a success.
    ///
    /// @throws SolveException if this is not a success
    public void orThrow() {
        if (!succeeded()) {
            throw new SolveException(this);
        }
    }

    private static String in(Offender offender) {
        return offender == null ? "" : " (" + offender + ")";
    }

    private static String excerpt(Buffer x) {
        StringBuilder s = new StringBuilder("(");
        for (int i = 0; i < Math.min(EXCERPT, x.size()); i++) {
            s.append(i == 0 ? "" : ", ").append((float) x.get(i));
        }
        return s.append(x.size() > EXCERPT ? ", ...)" : ")").toString();
    }
}
