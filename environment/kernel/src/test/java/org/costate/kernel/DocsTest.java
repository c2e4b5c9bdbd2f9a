package org.costate.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class DocsTest {
    @Test
    void tagsOfJavadocBecomeWords() {
        String html = Docs.html("""
                Adds {@code a < b} as in {@link #plus} and {@linkplain java.util.List lists}.
                @param x the <em>state</em>. Not modified.
                @return a copy
                @throws IllegalStateException never
                """);
        assertEquals("""
                Adds a < b as in plus and lists.

                x the state. Not modified.

                returns a copy

                throws IllegalStateException never""", Docs.text(html).replaceAll("\n+", "\n\n"));
    }

    @Test
    void magicsOnlyWhereTheyAreMeant() {
        assertEquals("int a = b\n  % c;", Magics.expand("int a = b\n  % c;"));
        String block = "String s = \"\"\"\n%d of them\"\"\";";
        assertEquals(block, Magics.expand(block));
        assertEquals(true, Magics.expand("%classpath x.jar").startsWith("lineMagic("));
    }
}
