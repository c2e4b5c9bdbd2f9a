package org.costate.workbook;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/// What the Java compiler says of the post's program, written in Java. It is compiled among what its enclosing scope
/// gives it, and never run; nothing is written to the disk.
final class PostProgram {
    /// In `grad` stand the names that the argument lists of `torch.autograd.grad` have.
    @SuppressWarnings("InlineFormatString") // a program of its own
    private static final String SCOPE = """
            class Post {
                boolean timeWanted;
                double[] parameters;
                double[] func(double t, double[] x) { return x; }
                double[] minus(double[] a) { return a; }
                Grad grad() { return new Grad(); }
                static class Grad {
                    Grad outputs(double[] values) { return this; }
                    Grad inputs(double[]... wanted) { return this; }
                    Grad gradOutputs(double[] cotangent) { return this; }
                    double[][] run() { return new double[2][]; }
                }
            %s
            }
            """;

    private PostProgram() {}

    /// The errors in the order in which the compiler finds them, each in one line; none if it compiles.
    static List<String> errors(String method) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        if (compiler == null) {
            throw new IllegalStateException(
                    "compiler: got a Java runtime without one, expected a JDK, which the notebooks need anyhow");
        }
        DiagnosticCollector<JavaFileObject> said = new DiagnosticCollector<>();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(said, Locale.ROOT, null)) {
            compiler.getTask(null, new Nowhere(files), said, List.of("-proc:none"), null, List.of(new Text(method)))
                    .call();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return said.getDiagnostics().stream()
                .filter(d -> d.getKind() == Diagnostic.Kind.ERROR)
                .map(d -> oneLine(d.getMessage(Locale.ROOT)))
                .toList();
    }

    /// The message, with the symbol that it is about.
    private static String oneLine(String message) {
        List<String> lines = message.lines().map(String::strip).toList();
        return lines.getFirst()
                + lines.stream()
                        .filter(l -> l.startsWith("symbol:"))
                        .map(l -> ": " + l.substring("symbol:".length()).strip())
                        .findFirst()
                        .orElse("");
    }

    private static final class Text extends SimpleJavaFileObject {
        private final String text;

        Text(String method) {
            super(URI.create("string:///Post.java"), Kind.SOURCE);
            text = SCOPE.formatted(method);
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }

    /// Takes the class files and drops them.
    private static final class Nowhere extends ForwardingJavaFileManager<StandardJavaFileManager> {
        Nowhere(StandardJavaFileManager files) {
            super(files);
        }

        @Override
        public JavaFileObject getJavaFileForOutput(
                JavaFileManager.Location location, String name, JavaFileObject.Kind kind, FileObject sibling) {
            return new SimpleJavaFileObject(URI.create("mem:///" + name.replace('.', '/') + kind.extension), kind) {
                @Override
                public OutputStream openOutputStream() {
                    return new ByteArrayOutputStream();
                }
            };
        }
    }
}
