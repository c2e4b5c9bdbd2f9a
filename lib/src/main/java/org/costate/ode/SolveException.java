package org.costate.ode;

/// A result was asked of a solve that did not succeed.
public final class SolveException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Outcome outcome;

    public SolveException(Outcome outcome) {
        super(outcome.kind() + ": " + outcome.message());
        this.outcome = outcome;
    }

    /// What happened, where, and what to do.
    public Outcome outcome() {
        return outcome;
    }
}
