package org.costate.kernel;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import jdk.jshell.Snippet;

/// Which line of which cell a snippet came from.
final class Origins {
    /// A cell as the learner sees it: its number in the margin and its text.
    record Cell(int number, String code) {
        /// The line of this offset, from 1.
        int line(int offset) {
            return 1
                    + (int) code.substring(0, Math.clamp(offset, 0, code.length()))
                            .chars()
                            .filter(c -> c == '\n')
                            .count();
        }

        /// The text of a line, counted from 1.
        String text(int line) {
            String[] lines = code.split("\n", -1);
            return line >= 1 && line <= lines.length ? lines[line - 1].stripTrailing() : "";
        }
    }

    /// A place in a cell.
    record Place(Cell cell, int offset) {
        int line() {
            return cell.line(offset);
        }
    }

    private final Map<String, Place> bySnippet = new HashMap<>();

    void add(Snippet snippet, Cell cell, int from) {
        int found = cell.code().indexOf(snippet.source(), from);
        bySnippet.put(snippet.id(), new Place(cell, found < 0 ? from : found));
    }

    /// Where this snippet starts.
    Optional<Place> of(String snippetId) {
        return Optional.ofNullable(bySnippet.get(snippetId));
    }

    /// The place of a frame in a learner's code, where JShell writes `#id` as the file; nothing for other frames.
    Optional<Place> of(StackTraceElement frame) {
        String file = frame.getFileName();
        if (file == null || !file.startsWith("#")) {
            return Optional.empty();
        }
        return of(file.substring(1)).map(start -> {
            int line = start.line() + Math.max(0, frame.getLineNumber() - 1);
            return new Place(start.cell(), offsetOf(start.cell(), line));
        });
    }

    private static int offsetOf(Cell cell, int line) {
        int offset = 0;
        for (int l = 1; l < line; l++) {
            int next = cell.code().indexOf('\n', offset);
            if (next < 0) {
                return offset;
            }
            offset = next + 1;
        }
        return offset;
    }
}
