package org.costate.gpu;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.costate.graph.CodeNode;
import org.costate.graph.MatrixProduct;

/// One [CodeNode] as a kernel over the whole batch: a work-item a number, or, of matrix products, a group a tile of
/// numbers. A sum over the samples is two: of some samples each, then of these sums in order, so that its bits are the
/// same every time.
///
/// @param name of the kernel; that of the first of a sum ends with `_part`
/// @param arrays what it reads besides parameters, in the order of its arguments
/// @param tiled are its products computed tile by tile?
record NodeKernel(CodeNode node, String name, List<String> arrays, boolean tiled, String source) {
    /// Rows and columns of a tile.
    static final int TILE = 32;

    /// Work-items of a group, unless the device is a processor.
    static final int LANES = 64;

    /// Sides of a product that are worth tiles.
    private static final int LONG = 8;

    private static final int MOST_PRODUCTS = 2;

    /// The same kernel, which is written elsewhere by this name.
    NodeKernel writtenAs(String other) {
        return new NodeKernel(node, other, arrays, tiled, "");
    }

    /// @param library do products come from a library? Then the kernel is what is done with them, read from arrays
    static NodeKernel of(CodeNode node, String prefix, int number, Map<String, Integer> places, boolean library) {
        String name = prefix + "_" + number;
        List<String> arrays = new ArrayList<>();
        StringBuilder parameters = new StringBuilder();
        StringBuilder begin = new StringBuilder();
        for (String read : node.reads()) {
            if (read.equals("t")) {
                begin.append("const REAL t[1] = {(REAL) now[0]};\n");
            } else if (places.containsKey(read)) {
                begin.append("GLOBAL const REAL *").append(read).append(" = theta + ");
                begin.append(places.get(read)).append(";\n");
            } else if (!read.equals("batch")) {
                arrays.add(read);
                parameters.append(", GLOBAL const REAL *").append(read);
            }
        }
        boolean tiled = isTiled(node);
        boolean rest = tiled && library;
        if (rest && isProduct(node)) {
            return new NodeKernel(node, name, arrays, true, "");
        }
        for (int n = 0; rest && n < node.products().size(); n++) {
            parameters.append(", GLOBAL const REAL *products").append(n);
        }
        StringBuilder s = new StringBuilder();
        s.append("\n/* ").append(node.name()).append(node.adds() ? " += " : " = ");
        s.append(node.formula()).append(" */\n");
        s.append("KERNEL void ").append(name).append(node.sum() ? "_part" : "");
        s.append("(GLOBAL REAL *out, GLOBAL const REAL *theta, GLOBAL const TIME *now, int batch");
        s.append(parameters).append(node.sum() ? ", int chunk, int chunks) {\n" : ", long offset) {\n");
        s.append(begin);
        s.append(rest || (!tiled && !node.sum()) ? each(node, rest) : tiled ? tiles(node) : part(node));
        s.append("}\n");
        if (node.sum()) {
            s.append("KERNEL void ").append(name);
            s.append("(GLOBAL REAL *out, GLOBAL const REAL *parts, int chunks, long offset) {\nlong e = ITEM;\n");
            s.append("if (e >= ").append(node.size()).append(") return;\nTIME sum = 0;\n");
            s.append("for (int n = 0; n < chunks; n++) sum += parts[(long) n * ")
                    .append(node.size());
            s.append(" + e];\nout[offset + e] ").append(assign(node)).append("(REAL) sum;\n}\n");
        }
        return new NodeKernel(node, name, arrays, tiled, Indent.of(s.toString()));
    }

    /// Are its products computed tile by tile?
    static boolean isTiled(CodeNode node) {
        int count = node.products().size();
        return count > 0
                && count <= MOST_PRODUCTS
                && node.columns() >= LONG
                && (node.ofSample() || node.rows() >= LONG)
                && node.products().stream().allMatch(p -> p.inner() == 0 || p.inner() >= LONG);
    }

    private static String assign(CodeNode node) {
        return node.adds() ? "+= " : "= ";
    }

    /// The row and column of number `i`.
    private static String place(CodeNode node) {
        return (node.rows() > 1 ? "int r = (int) (i / " + node.columns() + ");\n" : "")
                + (node.columns() > 1 ? "int c = (int) (i % " + node.columns() + ");\n" : "");
    }

    /// Is it nothing but a product?
    static boolean isProduct(CodeNode node) {
        return node.products().size() == 1 && "product0".equals(node.rest().value());
    }

    private static String each(CodeNode node, boolean rest) {
        int size = node.size();
        StringBuilder s = new StringBuilder("long e = ITEM;\n");
        s.append("if (e >= ").append(node.ofSample() ? "(long) batch * " : "").append(size);
        s.append(") return;\n");
        if (node.ofSample()) {
            s.append("int s = (int) (e / ").append(size).append(");\n");
        }
        s.append("long i = e % ").append(size).append(";\n").append(place(node));
        for (int n = 0; rest && n < node.products().size(); n++) {
            s.append("REAL product").append(n).append(" = products").append(n).append("[e];\n");
        }
        s.append(rest ? node.rest().statements() : node.statements());
        s.append("out[offset + e] ").append(assign(node));
        return s.append(rest ? node.rest().value() : node.value()).append(";\n").toString();
    }

    private static String part(CodeNode node) {
        int size = node.size();
        StringBuilder s = new StringBuilder("long e = ITEM;\n");
        s.append("if (e >= (long) chunks * ").append(size).append(") return;\n");
        s.append("long i = e % ").append(size).append(";\n").append(place(node));
        s.append("int from = (int) (e / ").append(size).append(") * chunk;\n");
        s.append("int end = from + chunk < batch ? from + chunk : batch;\nREAL sum = 0;\n");
        s.append("for (int s = from; s < end; s++) {\n").append(node.statements());
        return s.append("sum += ")
                .append(node.value())
                .append(";\n}\nout[e] = sum;\n")
                .toString();
    }

    private static String tiles(CodeNode node) {
        int across = Math.ceilDiv(node.columns(), TILE);
        String row = node.ofSample() ? "s" : "r";
        String rows = node.ofSample() ? "batch" : "" + node.rows();
        StringBuilder s =
                new StringBuilder("LOCAL REAL room[").append(node.products().size());
        s.append(" * ROOM];\nLOCAL_POINTER REAL *left = room;\nLOCAL_POINTER REAL *right = room + DEPTH * LINE;\n");
        if (node.sum()) {
            int all = Math.ceilDiv(node.rows(), TILE) * across;
            s.append("int part = GROUP / ").append(all).append(";\n");
            s.append("int from = part * chunk;\nint end = from + chunk < batch ? from + chunk : batch;\n");
            s.append("int first = GROUP % ").append(all);
        } else {
            s.append("int first = GROUP");
        }
        s.append(" / ").append(across).append(" * TILE;\n");
        s.append("int start = GROUP % ").append(across).append(" * TILE;\n");
        for (int n = 0; n < node.products().size(); n++) {
            MatrixProduct p = node.products().get(n);
            String end = node.sum() ? "end" : "" + p.inner();
            s.append("REAL sums").append(n).append("[SUMS];\n");
            s.append("UNROLL for (int e = 0; e < SUMS; e++) sums").append(n).append("[e] = 0;\n");
            s.append("for (int at = ").append(node.sum() ? "from" : "0");
            s.append("; at < ").append(end).append("; at += DEPTH) {\n");
            s.append(load("left", p.left(), row, "first", rows, "k", "at", end));
            s.append(load("right", p.right(), "k", "at", end, "c", "start", "" + node.columns()));
            s.append("BARRIER;\nadd_product(left, right, sums").append(n).append(");\nBARRIER;\n}\n");
        }
        for (int n = 0; n < node.products().size(); n++) {
            s.append("gather(sums").append(n).append(", room + ").append(n).append(" * ROOM);\n");
        }
        s.append("BARRIER;\nEACH(e, TILE * TILE) {\n");
        s.append("int ").append(row).append(" = first + e / TILE;\nint c = start + e % TILE;\n");
        s.append("if (")
                .append(row)
                .append(" < ")
                .append(rows)
                .append(" && c < ")
                .append(node.columns());
        s.append(") {\n");
        for (int n = 0; n < node.products().size(); n++) {
            s.append("REAL product").append(n).append(" = room[").append(n).append(" * ROOM + e];\n");
        }
        String index = "(long) " + row + " * " + node.columns() + " + c] ";
        if (node.sum()) {
            s.append("out[(long) part * ")
                    .append(node.size())
                    .append(" + ")
                    .append(index)
                    .append("= product0;\n");
        } else {
            s.append(node.rest().statements())
                    .append("out[offset + ")
                    .append(index)
                    .append(assign(node));
            s.append(node.rest().value()).append(";\n");
        }
        return s.append("}\n}\n").toString();
    }

    /// Brings a tile's numbers to local memory, those that lie side by side at the same time; 0 where there are none.
    private static String load(
            String tile,
            MatrixProduct.Factor f,
            String i,
            String iFrom,
            String iEnd,
            String j,
            String jFrom,
            String jEnd) {
        boolean left = tile.equals("left");
        String outer = left ? "TILE" : "DEPTH";
        String inner = left ? "DEPTH" : "TILE";
        String of = f.transposed() ? " / " + outer : " % " + inner;
        String mine = f.transposed() ? " % " + outer : " / " + inner;
        StringBuilder s = new StringBuilder("EACH(e, TILE * DEPTH) {\n");
        s.append("int ")
                .append(i)
                .append(" = ")
                .append(iFrom)
                .append(" + e")
                .append(mine)
                .append(";\n");
        s.append("int ")
                .append(j)
                .append(" = ")
                .append(jFrom)
                .append(" + e")
                .append(of)
                .append(";\n");
        String k = left
                ? "(" + j + " - " + jFrom + ") * LINE + " + i + " - " + iFrom
                : "(" + i + " - " + iFrom + ") * LINE + " + j + " - " + jFrom;
        s.append(tile)
                .append('[')
                .append(k)
                .append("] = ")
                .append(i)
                .append(" < ")
                .append(iEnd);
        s.append(" && ").append(j).append(" < ").append(jEnd).append(" ? ").append(f.at(i, j));
        return s.append(" : 0;\n}\n").toString();
    }

    /// Rows of its products.
    int rows(int batch) {
        return rows(node, batch);
    }

    static int rows(CodeNode node, int batch) {
        return node.ofSample() ? batch : node.rows();
    }

    /// Groups of a launch, a work-item a number.
    long groups(int batch) {
        return Math.ceilDiv((long) rows(batch) * node.columns(), LANES);
    }

    /// Groups of a launch.
    ///
    /// @param chunks of samples, where it is a sum over them
    long groups(int batch, int chunks) {
        if (tiled) {
            long rows = node.ofSample() ? batch : node.rows();
            return Math.ceilDiv(rows, TILE) * Math.ceilDiv(node.columns(), TILE) * chunks;
        }
        return Math.ceilDiv((node.ofSample() ? (long) batch : 1L) * node.size() * chunks, LANES);
    }
}
