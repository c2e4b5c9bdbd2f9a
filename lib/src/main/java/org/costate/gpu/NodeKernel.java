package org.costate.gpu;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.costate.graph.CodeNode;

/// One [CodeNode] as a kernel over the whole batch: a work-item a number. A sum over the samples is two: of some
/// samples
/// each, then of these sums in order, so that its bits are the same every time.
///
/// @param name of the kernel; that of the first of a sum ends with `_part`
/// @param arrays what it reads besides parameters, in the order of its arguments
record NodeKernel(CodeNode node, String name, List<String> arrays, String source) {
    static NodeKernel of(CodeNode node, String prefix, int number, Map<String, Integer> places) {
        String name = prefix + "_" + number;
        List<String> arrays = new ArrayList<>();
        StringBuilder parameters = new StringBuilder();
        StringBuilder begin = new StringBuilder();
        for (String read : node.reads()) {
            if (read.equals("t")) {
                begin.append("    const REAL t[1] = {(REAL) time};\n");
            } else if (places.containsKey(read)) {
                begin.append("    GLOBAL const REAL *").append(read).append(" = theta + ");
                begin.append(places.get(read)).append(";\n");
            } else if (!read.equals("batch")) {
                arrays.add(read);
                parameters.append(", GLOBAL const REAL *").append(read);
            }
        }
        String head = "KERNEL void %s(GLOBAL %s *out, GLOBAL const REAL *theta, TIME time, int batch%s%s) {\n";
        String comment = "\n/* " + node.name() + (node.adds() ? " += " : " = ") + node.formula() + " */\n";
        String item = "    long e = ITEM;\n";
        String place = (node.rows() > 1 ? "int r = (int) (i / " + node.columns() + ");" : "")
                + (node.columns() > 1 ? " int c = (int) (i % " + node.columns() + ");" : "");
        StringBuilder s = new StringBuilder(comment);
        if (node.sum()) {
            s.append(head.formatted(name + "_part", "REAL", parameters, ", int chunk, int chunks"));
            s.append(begin).append(item);
            s.append("    if (e >= (long) chunks * ").append(node.size()).append(") return;\n");
            s.append("    long i = e % ").append(node.size()).append(";\n    ").append(place);
            s.append("\n    int from = (int) (e / ").append(node.size()).append(") * chunk;\n");
            s.append("    int end = from + chunk < batch ? from + chunk : batch;\n    REAL sum = 0;\n");
            s.append("    for (int s = from; s < end; s++) {\n");
            s.append(node.statements())
                    .append("    sum += ")
                    .append(node.value())
                    .append(";\n    }\n");
            s.append("    out[e] = sum;\n}\n");
            s.append("KERNEL void ").append(name);
            s.append("(GLOBAL REAL *out, GLOBAL const REAL *parts, int chunks, int offset) {\n")
                    .append(item);
            s.append("    if (e >= ").append(node.size()).append(") return;\n    TIME sum = 0;\n");
            s.append("    for (int n = 0; n < chunks; n++) sum += parts[(long) n * ")
                    .append(node.size());
            s.append(" + e];\n    out[offset + e] ")
                    .append(node.adds() ? "+=" : "=")
                    .append(" (REAL) sum;\n}\n");
        } else {
            s.append(head.formatted(name, "REAL", parameters, ", int offset"))
                    .append(begin)
                    .append(item);
            String count = node.ofSample() ? "(long) batch * " + node.size() : "" + node.size();
            s.append("    if (e >= ").append(count).append(") return;\n");
            if (node.ofSample()) {
                s.append("    int s = (int) (e / ").append(node.size()).append(");\n");
            }
            s.append("    long i = e % ")
                    .append(node.size())
                    .append(";\n    ")
                    .append(place)
                    .append('\n');
            s.append(node.statements()).append("    out[offset + e] ").append(node.adds() ? "+=" : "=");
            s.append(' ').append(node.value()).append(";\n}\n");
        }
        return new NodeKernel(node, name, arrays, s.toString());
    }
}
