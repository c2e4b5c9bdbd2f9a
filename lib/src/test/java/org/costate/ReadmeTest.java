package org.costate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.StringWriter;
import java.net.URI;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The Java lines of the README compile, run, and print what the README says they print.
class ReadmeTest {
    private static final Path README = Path.of("..", "README.md");

    private static String block(String language) throws Exception {
        Matcher m =
                Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(README));
        assertTrue(m.find(), "the README has a block of " + language);
        return m.group(1);
    }

    @Test
    void theJavaLinesPrintWhatTheReadmeSays(@TempDir Path classes) throws Exception {
        String code = block("java");
        assertTrue(code.lines().count() <= 14, "about twelve lines");
        String source = "import org.costate.*; import org.costate.ode.*; import org.costate.adjoint.*;"
                + " import org.costate.graph.*;\npublic class Lines { public static void main(String[] a) {\n" + code
                + "}}";
        var file = new SimpleJavaFileObject(URI.create("string:///Lines.java"), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return source;
            }
        };
        StringWriter messages = new StringWriter();
        boolean compiled = ToolProvider.getSystemJavaCompiler()
                .getTask(
                        messages,
                        null,
                        null,
                        List.of("-d", classes.toString(), "-cp", System.getProperty("java.class.path")),
                        null,
                        List.of(file))
                .call();
        assertTrue(compiled, messages.toString());

        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream before = System.out;
        try (URLClassLoader loader =
                new URLClassLoader(new java.net.URL[] {classes.toUri().toURL()})) {
            System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
            loader.loadClass("Lines").getMethod("main", String[].class).invoke(null, (Object) new String[0]);
        } finally {
            System.setOut(before);
        }
        assertEquals(block("text"), printed.toString(StandardCharsets.UTF_8));
    }

    @Test
    void isShort() throws Exception {
        assertTrue(Files.readAllLines(README).size() < 150);
    }
}
