package org.costate.workbook;

import java.io.Serial;

/// Thrown by [Workbook#claim(String, double, double, double)] and its siblings when a statement of a lesson does not
/// hold. The message names the claim and the numbers.
public final class ClaimFailed extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    ClaimFailed(String id, String found) {
        super("claim " + id + " does not hold: " + found
                + ". Did you change a cell above? Then this is the finding; otherwise restart the kernel and run the"
                + " lesson from the top.");
    }
}
