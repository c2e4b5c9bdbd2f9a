package org.costate.kernel;

import io.github.spencerpark.jupyter.kernel.ReplacementOptions;
import io.github.spencerpark.jupyter.kernel.display.DisplayData;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;
import jdk.jshell.SourceCodeAnalysis.Documentation;
import jdk.jshell.SourceCodeAnalysis.Suggestion;

/// Completion (Tab) and documentation (Shift-Tab).
///
/// JShell looks at one snippet, Jupyter sends the cell. So the snippet at the cursor is asked about, together with
/// the statements before it in the cell, whose variables may not exist yet.
final class Assistant {
    private static final Set<String> OF_EVERYTHING =
            Set.of("class", "equals(", "getClass()", "hashCode()", "notify()", "notifyAll()", "toString()", "wait(");

    private final SourceCodeAnalysis analysis;

    Assistant(JShell shell, Settings settings) {
        analysis = shell.sourceCodeAnalysis();
        settings.sources().ifPresent(jar -> Docs.addSources(analysis, jar));
    }

    /// What can stand at the cursor, what fits the expected type first; null for nothing.
    ReplacementOptions complete(String code, int at) {
        Context context = context(code.substring(0, at));
        for (String text : context.texts()) {
            int[] anchor = new int[1];
            List<String> options = analysis.completionSuggestions(text, text.length(), anchor).stream()
                    .sorted(Comparator.comparingInt(Assistant::rank))
                    .map(suggestion -> name(suggestion.continuation()))
                    .distinct()
                    .toList();
            if (!options.isEmpty()) {
                return new ReplacementOptions(options, at - (text.length() - anchor[0]), at);
            }
        }
        return null;
    }

    /// Without parentheses, as front ends know the names that stand in the notebook already; else each were there
    /// twice.
    private static String name(String continuation) {
        return continuation.replaceFirst("\\(\\)?$", "");
    }

    /// What every object or class has comes last: it is seldom what one looks for.
    private static int rank(Suggestion suggestion) {
        return OF_EVERYTHING.contains(suggestion.continuation()) ? 2 : suggestion.matchesType() ? 0 : 1;
    }

    /// Signature and documentation of the name at the cursor, or of the call whose arguments it is among; null for
    /// nothing.
    DisplayData inspect(String code, int at) {
        int end = Math.min(at, code.length());
        while (end < code.length() && Character.isJavaIdentifierPart(code.charAt(end))) {
            end++;
        }
        int paren = end;
        while (paren < code.length() && Character.isWhitespace(code.charAt(paren))) {
            paren++;
        }
        if (paren < code.length() && code.charAt(paren) == '(') {
            end = paren + 1;
        }
        for (String text : context(code.substring(0, end)).texts()) {
            List<Documentation> found = analysis.documentation(text, text.length(), true);
            if (found != null && !found.isEmpty()) {
                return Docs.show(found);
            }
        }
        return null;
    }

    /// The snippet that the text ends with, and the statements before it.
    private record Context(String before, String last) {
        List<String> texts() {
            return before.isEmpty() ? List.of(last) : List.of(before + last, last);
        }
    }

    private Context context(String text) {
        List<String> before = new ArrayList<>();
        String rest = text;
        CompletionInfo info = analysis.analyzeCompletion(rest);
        while (info.completeness().isComplete() && !info.remaining().isBlank()) {
            if (isStatement(info.source())) {
                before.add(info.source());
            }
            rest = info.remaining();
            info = analysis.analyzeCompletion(rest);
        }
        return new Context(String.join("", before), rest);
    }

    /// Imports, methods and classes cannot stand in the method that JShell wraps statements in.
    private boolean isStatement(String source) {
        return analysis.sourceToSnippets(source).stream()
                .map(Snippet::kind)
                .allMatch(kind ->
                        kind == Snippet.Kind.VAR || kind == Snippet.Kind.EXPRESSION || kind == Snippet.Kind.STATEMENT);
    }
}
