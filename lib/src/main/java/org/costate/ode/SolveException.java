package org.costate.ode;

/// A result was asked of a solve that did not succeed.
public final class SolveException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Outcome outcome;

    public SolveException(Outcome outcome) {
        this(outcome, null);
    }

    public SolveException(Outcome outcome, Throwable cause) {
        super(outcome.kind() + ": " + outcome.message(), cause);
        this.outcome = outcome;
    }

    /// What happened, where, and what to do.
    public Outcome outcome() {
        return outcome;
    }
}
