package org.costate.workbook;

import java.io.Serial;

/// Thrown by [Workbook#todo()], the placeholder in an exercise's starter. A check catches it and says "not attempted".
public final class NotAttempted extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    NotAttempted() {
        super("todo() stands where your answer belongs. Replace it, then run the cell again.");
    }
}
