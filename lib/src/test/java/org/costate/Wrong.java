package org.costate;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

/// A call that must be refused.
///
/// @param message parts of it, in their order: the argument, what was got, what was expected, the remedy
record Wrong(Runnable call, List<String> message) {
    static Wrong wrong(Runnable call, String argument, String got, String expected, String remedy) {
        return new Wrong(call, List.of(argument + ": got ", got, ", expected ", expected, remedy));
    }

    void check() {
        check(IllegalArgumentException.class);
    }

    void check(Class<? extends RuntimeException> type) {
        String said = assertThrows(type, call::run, toString()).getMessage();
        assertTrue(said.startsWith(message.getFirst()), said);
        int from = 0;
        for (String part : message) {
            int at = said.indexOf(part, from);
            assertTrue(at >= 0, "\"" + part + "\" in its place in: " + said);
            from = at + part.length();
        }
    }

    @Override
    public String toString() {
        return message.getFirst() + ": " + message.get(1);
    }
}
