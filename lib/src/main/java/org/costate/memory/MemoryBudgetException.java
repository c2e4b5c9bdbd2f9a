package org.costate.memory;

/// A workspace was asked for more than it may hand out.
public final class MemoryBudgetException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final long budget;
    private final long live;
    private final long asked;

    MemoryBudgetException(long budget, long live, long asked) {
        super("budget: got a request for " + asked + " bytes beside the " + live + " in use, expected at most " + budget
                + " in all; allow more, or ask for less");
        this.budget = budget;
        this.live = live;
        this.asked = asked;
    }

    /// Bytes that may be in use at once.
    public long budget() {
        return budget;
    }

    /// Bytes that were in use.
    public long live() {
        return live;
    }

    /// Bytes that were asked for.
    public long asked() {
        return asked;
    }
}
