package org.costate.kernel;

import java.util.List;

/// A failed cell as Jupyter wants it: a name (the class of the learner's exception), a message, the lines to print.
final class CellException extends Exception {
    private static final long serialVersionUID = 1;

    private final String name;
    private final transient List<String> lines;

    CellException(String name, String message, List<String> lines) {
        super(message, null, false, false);
        this.name = name;
        this.lines = List.copyOf(lines);
    }

    String name() {
        return name;
    }

    List<String> lines() {
        return lines;
    }
}
