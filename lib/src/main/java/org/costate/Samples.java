package org.costate;

import java.util.List;
import org.costate.ode.Outcome;

/// Samples with steps of their own, as a whole.
final class Samples {
    private Samples() {}

    /// How the first of them that went wrong did, and how many others did not; the first's success if none did.
    static Outcome outcome(List<Outcome> each) {
        long good = each.stream().filter(Outcome::succeeded).count();
        Outcome first = each.stream().filter(o -> !o.succeeded()).findFirst().orElse(each.getFirst());
        return first.succeeded()
                ? first
                : new Outcome(
                        first.kind(),
                        first.time(),
                        first.stepSize(),
                        first.offender(),
                        first.message() + ". " + good + " of " + each.size()
                                + " samples reached the end: sample(row) has each with its outcome");
    }
}
