package org.costate.gpu.ptx;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads the text of PTX as NVRTC writes it.
final class PtxParser {
    private static final Pattern ARRAY = Pattern.compile(
            "\\.(const|global|shared|local)\\s+(?:\\.align\\s+(\\d+)\\s+)?\\.([a-z])(\\d+)\\s+([\\w$]+)(?:\\[(\\d+)])?"
                    + "(?:\\s*=\\s*(?:\\{(.*)}|(\\S+)))?");
    private static final Pattern HEAD = Pattern.compile("\\.(?:entry|func)\\s*(\\(.*?\\))?\\s*([\\w$]+)\\s*\\(?");
    private static final Pattern PARAMETER =
            Pattern.compile("\\.param\\s+(?:\\.align\\s+\\d+\\s+)?\\.[a-z](\\d+)\\s+([\\w$]+)(?:\\[(\\d+)])?");
    private static final Pattern GUARD = Pattern.compile("@(!?)(%\\w+)\\s+(.*)", Pattern.DOTALL);
    private static final Pattern LABEL = Pattern.compile("(\\$[\\w$]+):");

    private final PtxModule module = new PtxModule();
    private PtxFunction function;
    private final StringBuilder pending = new StringBuilder();
    private final List<String> bodies = new ArrayList<>();

    private PtxParser() {}

    static PtxModule parse(String text) {
        PtxParser parser = new PtxParser();
        for (String line : text.split("\n", -1)) {
            int comment = line.indexOf("//");
            String bare = (comment < 0 ? line : line.substring(0, comment)).stripTrailing();
            if (!bare.isBlank()) {
                parser.line(bare);
            }
        }
        return parser.module;
    }

    private void line(String line) {
        if (function == null) {
            outside(line);
        } else if (line.equals("}")) {
            end();
        } else {
            inside(line.strip());
        }
    }

    private void outside(String line) {
        if (line.startsWith(".version") || line.startsWith(".target") || line.startsWith(".address_size")) {
            return;
        }
        if (line.equals("{")) {
            head(pending.toString());
            pending.setLength(0);
            return;
        }
        pending.append(line).append('\n');
        if (line.endsWith(";")) {
            Matcher m = ARRAY.matcher(pending);
            if (!pending.toString().contains(".func") && m.find()) {
                moduleArray(m);
            }
            pending.setLength(0);
        }
    }

    private void head(String text) {
        Matcher m = HEAD.matcher(text);
        if (!m.find()) {
            throw new PtxFault("no head of a function: " + text);
        }
        function = new PtxFunction(m.group(2));
        Matcher p = PARAMETER.matcher(text.substring(m.end()));
        while (p.find()) {
            function.parameter(p.group(2), size(p.group(1), p.group(3)));
        }
        if (m.group(1) != null) {
            p = PARAMETER.matcher(m.group(1));
            while (p.find()) {
                function.space(p.group(2), size(p.group(1), p.group(3)));
            }
        }
        bodies.clear();
    }

    private static int size(String bits, String count) {
        return Integer.parseInt(bits) / 8 * (count == null ? 1 : Integer.parseInt(count));
    }

    private void moduleArray(Matcher m) {
        int width = Integer.parseInt(m.group(4)) / 8;
        byte[] bytes = new byte[size(m.group(4), m.group(6))];
        String values = m.group(7) != null ? m.group(7) : m.group(8);
        int i = 0;
        for (String value : values == null ? new String[0] : values.split(",", -1)) {
            long v = PtxOperands.number(value.strip().replace(";", ""));
            for (int b = 0; b < width; b++) {
                bytes[i * width + b] = (byte) (v >> (8 * b));
            }
            i++;
        }
        switch (m.group(1)) {
            case "const" -> module.constant(m.group(5), bytes);
            case "global" -> module.global(m.group(5), bytes);
            default -> throw new PtxFault("an array outside of a function: " + m.group());
        }
    }

    private void inside(String line) {
        if (pending.isEmpty()) {
            Matcher label = LABEL.matcher(line);
            if (line.equals("{") || line.equals("}") || line.startsWith(".reg") || line.startsWith(".pragma")) {
                return; // registers are known by their names
            }
            if (label.matches()) {
                function.labels.put(label.group(1), bodies.size());
                return;
            }
        }
        pending.append(line).append(' ');
        if (!line.endsWith(";")) {
            return;
        }
        String statement = pending.substring(0, pending.lastIndexOf(";")).strip();
        pending.setLength(0);
        if (statement.startsWith(".param")) {
            Matcher p = PARAMETER.matcher(statement);
            if (p.find()) {
                function.space(p.group(2), size(p.group(1), p.group(3)));
            }
        } else if (statement.startsWith(".local") || statement.startsWith(".shared")) {
            array(statement);
        } else {
            bodies.add(statement);
        }
    }

    private void array(String statement) {
        Matcher m = ARRAY.matcher(statement);
        if (!m.find()) {
            throw new PtxFault("no array: " + statement);
        }
        int bytes = size(m.group(4), m.group(6));
        boolean local = m.group(1).equals("local");
        int at = ((local ? function.localBytes : function.sharedBytes) + 15) / 16 * 16;
        function.arrays.put(m.group(5), (long) at);
        if (local) {
            function.localBytes = at + bytes;
        } else {
            function.sharedBytes = at + bytes;
        }
    }

    /// Labels are known now.
    private void end() {
        PtxOperands operands = new PtxOperands(module, function);
        for (String body : bodies) {
            Matcher g = GUARD.matcher(body);
            boolean guarded = g.matches();
            String text = guarded ? g.group(3) : body;
            function.code.add(new PtxFunction.Instruction(
                    guarded ? function.place(g.group(2)) : -1,
                    !guarded || g.group(1).isEmpty(),
                    PtxDecoder.decode(operands, text),
                    body));
        }
        module.functions.put(function.name, function);
        function = null;
    }
}
