package org.costate.gpu;

/// Indents generated code by its braces, so that it can be read.
final class Indent {
    private Indent() {}

    static String of(String source) {
        StringBuilder s = new StringBuilder();
        int depth = 0;
        boolean continues = false; // a macro, from line to line
        for (String line : source.split("\n", -1)) {
            String text = line.strip();
            boolean macro = continues || text.startsWith("#");
            continues = macro && text.endsWith("\\");
            boolean asIs = macro || text.startsWith("*") || depth == 0;
            int leading = 0;
            while (leading < text.length() && text.charAt(leading) == '}') {
                leading++;
            }
            s.append(asIs ? line : "    ".repeat(Math.max(0, depth - leading)) + text)
                    .append('\n');
            boolean comment = text.startsWith("/*") && text.endsWith("*/");
            depth += comment || macro ? 0 : braces(text);
        }
        return s.toString();
    }

    private static int braces(String text) {
        return text.chars().map(c -> c == '{' ? 1 : c == '}' ? -1 : 0).sum();
    }
}
