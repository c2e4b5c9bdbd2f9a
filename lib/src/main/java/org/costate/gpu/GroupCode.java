package org.costate.gpu;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.costate.graph.CodeNode;

/// [CodeNode]s as code for a group of work-items: each value is a loop over its numbers, with a barrier where one of
/// the
/// group must wait for what others computed.
record GroupCode(List<CodeNode> nodes) {
    /// Arrays that are not the values' own: what the code is for.
    private static final Set<String> RESULTS = Set.of("k", "gx", "gp", "gt");

    /// This code and another one, of other names.
    GroupCode and(GroupCode other) {
        List<CodeNode> all = new ArrayList<>(nodes);
        all.addAll(other.nodes);
        return new GroupCode(all);
    }

    /// Numbers of the arrays, for each sample.
    int numbersOfSample() {
        return count(true);
    }

    /// Numbers of the arrays that all samples share.
    int numbersOfAll() {
        return count(false);
    }

    private int count(boolean ofSample) {
        return stored().stream()
                .filter(n -> n.ofSample() == ofSample)
                .mapToInt(CodeNode::size)
                .sum();
    }

    /// The most numbers of one value of a sample.
    int width() {
        return nodes.stream()
                .filter(CodeNode::ofSample)
                .mapToInt(CodeNode::size)
                .max()
                .orElse(1);
    }

    /// Multiplications for one sample, roughly.
    long work() {
        return nodes.stream().mapToLong(n -> n.work() * n.size()).sum();
    }

    /// Declarations of the arrays, as members of the group's room.
    String arrays() {
        StringBuilder s = new StringBuilder();
        for (CodeNode n : stored()) {
            s.append("REAL ").append(n.name()).append('[').append(n.ofSample() ? "S * " : "");
            s.append(n.size()).append("];\n");
        }
        return s.toString();
    }

    /// Pointers to them.
    String pointers() {
        StringBuilder s = new StringBuilder();
        for (CodeNode n : stored()) {
            s.append("LOCAL_POINTER REAL *")
                    .append(n.name())
                    .append(" = room.")
                    .append(n.name())
                    .append(";\n");
        }
        return s.toString();
    }

    private List<CodeNode> stored() {
        return nodes.stream().filter(n -> !RESULTS.contains(n.name())).toList();
    }

    /// The code. It reads `x`, `a`, `t`, the parameters, and the number `n` of samples.
    String body() {
        StringBuilder s = new StringBuilder();
        Set<String> written = new HashSet<>();
        for (CodeNode n : nodes) {
            if (n.reads().stream().anyMatch(written::contains)) {
                s.append("BARRIER;\n");
                written.clear();
            }
            written.add(n.name());
            s.append("/* ")
                    .append(n.name())
                    .append(n.adds() ? " += " : " = ")
                    .append(n.formula())
                    .append(" */\n");
            s.append("EACH(e, ")
                    .append(n.ofSample() ? "n * " : "")
                    .append(n.size())
                    .append(") {\n");
            if (n.ofSample()) {
                s.append("int s = e")
                        .append(n.size() > 1 ? " / " + n.size() : "")
                        .append(";\n");
            }
            if (n.rows() > 1) {
                s.append("int r = e % ")
                        .append(n.size())
                        .append(" / ")
                        .append(n.columns())
                        .append(";\n");
            }
            if (n.columns() > 1) {
                s.append("int c = e % ").append(n.columns()).append(";\n");
            }
            String value = n.value();
            if (n.sum()) {
                s.append("REAL total = 0;\nfor (int s = 0; s < n; s++) {\n").append(n.statements());
                s.append("total += ").append(value).append(";\n}\n");
                value = "total";
            } else {
                s.append(n.statements());
            }
            if (n.adds()) {
                s.append("ADD(")
                        .append(n.offset())
                        .append(" + e, ")
                        .append(value)
                        .append(");\n}\n");
            } else {
                s.append(n.name()).append("[e] = ").append(value).append(";\n}\n");
            }
        }
        return s.toString();
    }

    /// Which arrays of parameters the code reads.
    Set<String> parameters(Map<String, Integer> places) {
        Set<String> read = new HashSet<>();
        nodes.forEach(n -> read.addAll(n.reads()));
        read.retainAll(places.keySet());
        return read;
    }
}
