package org.costate.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import jdk.jshell.DeclarationSnippet;
import jdk.jshell.Diag;
import jdk.jshell.EvalException;
import jdk.jshell.JShell;
import jdk.jshell.JShellException;
import jdk.jshell.Snippet;
import jdk.jshell.UnresolvedReferenceException;

/// What a learner reads when a cell fails: the message first, then the own line, then the way through the library.
///
/// The frames of the kernel, of JShell's wrappers and of reflection are left out.
final class ErrorReport {
    private static final int MAX_FRAMES = 6;
    private static final int MAX_LIBRARY = 3;
    private static final int MAX_CAUSES = 8;
    /// Bold without a colour: red is hard to read on the red that front ends put behind errors.
    private static final String BOLD = "\u001B[1m";
    private static final String PLAIN = "\u001B[0m";

    private ErrorReport() {}

    /// An exception that a cell's code threw.
    static CellException of(JShellException exception, Origins origins) {
        List<String> lines = new ArrayList<>();
        lines.add(bold(heading(exception)));
        frames(exception, origins, lines, MAX_FRAMES);
        Throwable cause = exception.getCause();
        for (int depth = 0; cause instanceof JShellException known && depth < MAX_CAUSES; depth++) {
            lines.add(bold("Caused by: " + heading(known)));
            frames(known, origins, lines, 2);
            cause = known.getCause();
        }
        return new CellException(name(exception), message(exception), lines);
    }

    /// The cell was interrupted; `exception` is what its code ended with, null if it ended by itself or not at all.
    static CellException interrupted(JShellException exception, Origins origins, boolean stillRunning) {
        List<String> lines = new ArrayList<>();
        lines.add(bold("Interrupted: the cell was stopped."));
        if (exception != null) {
            frames(exception, origins, lines, 2);
        }
        lines.add(
                stillRunning
                        ? "What it called does not react to interrupts and goes on in the background until it"
                                + " returns; restart the kernel to end it now."
                        : "Variables keep the values that they had; further cells can be run.");
        return new CellException("Interrupted", "the cell was stopped", lines);
    }

    /// A snippet that the compiler refused.
    static CellException compile(JShell shell, Snippet snippet, Origins origins) {
        List<Diag> errors = shell.diagnostics(snippet).filter(Diag::isError).toList();
        if (errors.isEmpty() && snippet instanceof DeclarationSnippet declaration) {
            return unresolved(shell, declaration, origins);
        }
        Optional<Origins.Place> start = origins.of(snippet.id());
        Origins.Cell cell = start.map(Origins.Place::cell).orElse(new Origins.Cell(0, snippet.source()));
        int from = start.map(Origins.Place::offset).orElse(0);
        List<String> lines = new ArrayList<>();
        String first = null;
        for (Diag error : errors) {
            List<String> message = error.getMessage(Locale.ENGLISH).lines().toList();
            int at = from + (int) Math.max(0, error.getPosition());
            String heading = "Compile error in line " + cell.line(at) + ": " + message.getFirst();
            if (first == null) {
                first = "line " + cell.line(at) + ": " + summary(message);
            }
            lines.add(bold(heading));
            int begin = from + (int) Math.max(0, error.getStartPosition());
            int end = from + (int) Math.max(0, error.getEndPosition());
            caret(cell, at, begin, end, lines);
            message.stream()
                    .skip(1)
                    .filter(line -> !line.strip().startsWith("location:"))
                    .map(String::stripTrailing)
                    .forEach(lines::add);
        }
        String message = first == null ? "the snippet was refused: " + snippet.source() : first;
        return new CellException("CompileError", message, lines.isEmpty() ? List.of(bold(message)) : lines);
    }

    /// A declaration that refers to what is not defined.
    static CellException unresolved(JShell shell, DeclarationSnippet snippet, Origins origins) {
        List<String> missing = shell.unresolvedDependencies(snippet).toList();
        String what = missing.isEmpty() ? "something that is not defined" : String.join(", ", missing);
        List<String> lines = new ArrayList<>();
        Optional<Origins.Place> start = origins.of(snippet.id());
        String where = start.map(place -> "line " + place.line() + ": ").orElse("");
        String message = where + snippet.name() + " uses " + what + ", which is not defined";
        lines.add(bold("Compile error in " + message));
        start.ifPresent(place -> usage(place, missing, lines));
        return new CellException("CompileError", message, lines);
    }

    /// Source that ends too early.
    static CellException incomplete(Origins.Cell cell, int at) {
        int begin = at;
        while (begin < cell.code().length()
                && Character.isWhitespace(cell.code().charAt(begin))) {
            begin++;
        }
        String message = "line " + cell.line(begin) + ": this statement does not end: a closing bracket, brace or"
                + " quotation mark is missing";
        List<String> lines = new ArrayList<>();
        lines.add(bold("Compile error in " + message));
        lines.add("    " + cell.text(cell.line(begin)));
        return new CellException("CompileError", message, lines);
    }

    /// The start-up script failed.
    static CellException startUp(List<String> problems) {
        List<String> lines = new ArrayList<>();
        String message = "the kernel's start-up script failed: run environment/start again, which builds what it needs";
        lines.add(bold(message));
        problems.forEach(problem -> lines.add("    " + problem));
        return new CellException("StartUpError", message, lines);
    }

    /// A defect of the kernel itself; everything is shown.
    static CellException ofKernel(Throwable t) {
        List<String> lines = new ArrayList<>();
        lines.add(bold("The kernel failed, not your code: " + t));
        for (StackTraceElement frame : t.getStackTrace()) {
            lines.add("    " + frame);
        }
        return new CellException(t.getClass().getName(), String.valueOf(t.getMessage()), lines);
    }

    private static String summary(List<String> message) {
        // "cannot find symbol" says nothing without the symbol, which stands in the next line.
        return message.stream()
                .map(String::strip)
                .filter(line -> !line.startsWith("location:"))
                .reduce((a, b) -> a + "; " + b)
                .orElse("");
    }

    private static void caret(Origins.Cell cell, int at, int begin, int end, List<String> lines) {
        int line = cell.line(at);
        String text = cell.text(line);
        int lineStart = cell.code()
                        .lastIndexOf('\n', Math.max(0, Math.min(at, cell.code().length()) - 1))
                + 1;
        if (at == 0 || cell.line(lineStart) != line) {
            lineStart = at == 0 ? 0 : lineStart;
        }
        boolean sameLine = cell.line(begin) == line && end > begin;
        int column = (sameLine ? begin : at) - lineStart;
        int width = sameLine && cell.line(end - 1) == line ? end - begin : 1;
        column = Math.clamp(column, 0, text.length());
        width = Math.clamp(width, 1, Math.max(1, text.length() - column));
        lines.add("    " + text);
        lines.add("    " + blank(text.substring(0, column)) + bold("^".repeat(width)));
    }

    /// As many columns of white space; tabs stay tabs, so that the caret stands below its character.
    private static String blank(String text) {
        return text.replaceAll("[^\t]", " ");
    }

    private static void usage(Origins.Place place, List<String> missing, List<String> lines) {
        String code = place.cell().code();
        for (String dependency : missing) {
            String name = dependency.replaceFirst("^\\w+ ", "").replaceFirst("\\(.*", "");
            java.util.regex.Matcher m = java.util.regex.Pattern.compile(
                            "\\b" + java.util.regex.Pattern.quote(name) + "\\b")
                    .matcher(code);
            if (m.find(place.offset())) {
                caret(place.cell(), m.start(), m.start(), m.end(), lines);
            }
        }
    }

    /// Each line of the learner, the innermost first, and under it what it had called of others.
    private static void frames(JShellException exception, Origins origins, List<String> lines, int limit) {
        List<StackTraceElement> called = new ArrayList<>();
        int shown = 0;
        int hidden = 0;
        for (StackTraceElement frame : exception.getStackTrace()) {
            Optional<Origins.Place> own = origins.of(frame);
            if (own.isPresent()) {
                String line = learner(frame, own.get());
                if (shown >= limit) {
                    hidden++;
                } else if (lines.contains(line)) {
                    shown++; // a cause has its outer calls in common with what it caused
                } else {
                    lines.add(line);
                    library(called, lines);
                    shown++;
                }
                called.clear();
            } else if (!plumbing(frame)) {
                called.add(frame);
            }
        }
        // Frames beyond the learner's outermost line are those of the kernel; without such a line they are all we have.
        if (shown == 0) {
            library(called, lines);
        }
        if (hidden > 0) {
            lines.add("      … " + hidden + " more calls");
        }
    }

    private static void library(List<StackTraceElement> frames, List<String> lines) {
        int some = Math.min(frames.size(), MAX_LIBRARY);
        for (StackTraceElement frame : frames.subList(0, some)) {
            lines.add("      in " + frame.getClassName() + "." + frame.getMethodName() + position(frame));
        }
        if (frames.size() > some) {
            lines.add("      … " + (frames.size() - some) + " more");
        }
    }

    private static String position(StackTraceElement frame) {
        return frame.getFileName() == null
                ? ""
                : " (" + frame.getFileName() + (frame.getLineNumber() > 0 ? ":" + frame.getLineNumber() : "") + ")";
    }

    private static String learner(StackTraceElement frame, Origins.Place place) {
        String method = frame.getMethodName();
        String in = method.isEmpty() || method.startsWith("lambda$") ? "" : ", in " + method;
        return "  at cell " + place.cell().number() + ", line " + place.line() + in + ":   "
                + place.cell().text(place.line()).strip();
    }

    private static boolean plumbing(StackTraceElement frame) {
        String type = frame.getClassName();
        return type.startsWith("java.lang.reflect.")
                || type.startsWith("jdk.internal.")
                || type.startsWith("java.lang.invoke.")
                || type.startsWith("org.costate.kernel.")
                || type.startsWith("REPL.")
                || type.startsWith("io.github.spencerpark.");
    }

    private static String heading(JShellException exception) {
        String simple = name(exception).replaceFirst("^.*\\.", "").replace('$', '.');
        String message = message(exception);
        return message.isEmpty() ? simple : simple + ": " + message;
    }

    private static String name(JShellException exception) {
        return switch (exception) {
            // A class that a cell declares is nested in one of JShell's.
            case EvalException e -> e.getExceptionClassName().replaceFirst("^REPL\\.\\$JShell\\$\\w+\\$", "");
            default -> "UnresolvedReference";
        };
    }

    private static String message(JShellException exception) {
        if (exception instanceof UnresolvedReferenceException e) {
            return e.getSnippet().source().lines().findFirst().orElse("").strip()
                    + " cannot run: it uses what is not defined";
        }
        return exception.getMessage() == null ? "" : exception.getMessage();
    }

    private static String bold(String text) {
        // Jupyter shows each line by itself, so a message of several lines needs it in each.
        return text.lines()
                .map(line -> BOLD + line + PLAIN)
                .reduce((a, b) -> a + "\n" + b)
                .orElse("");
    }
}
