package org.costate.kernel;

import io.github.spencerpark.jupyter.kernel.ReplacementOptions;
import io.github.spencerpark.jupyter.kernel.display.DisplayData;
import java.util.List;
import jdk.jshell.JShell;
import jdk.jshell.SourceCodeAnalysis;

/// Completion (Tab) and documentation (Shift-Tab).
final class Assistant {
    private final SourceCodeAnalysis analysis;

    Assistant(JShell shell, Settings settings) {
        analysis = shell.sourceCodeAnalysis();
    }

    ReplacementOptions complete(String code, int at) {
        int[] anchor = new int[1];
        List<String> options = analysis.completionSuggestions(code, at, anchor).stream()
                .map(SourceCodeAnalysis.Suggestion::continuation)
                .distinct()
                .toList();
        return options.isEmpty() ? null : new ReplacementOptions(options, anchor[0], at);
    }

    DisplayData inspect(String code, int at) {
        return null;
    }
}
