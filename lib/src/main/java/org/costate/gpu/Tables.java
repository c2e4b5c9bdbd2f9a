package org.costate.gpu;

import org.costate.ode.Interpolant;
import org.costate.ode.Part;
import org.costate.ode.Scheme;

/// The weights of a scheme as constants of a kernel.
final class Tables {
    private Tables() {}

    /// NODE, ARGUMENT, NEXT, and the counts.
    ///
    /// @param prefix of all names
    /// @param dense whose own evaluations follow those of the step; null for none
    static String of(Scheme scheme, String prefix, Interpolant dense) {
        int slots = scheme.slots();
        int n = scheme.evaluations();
        int all = n + (dense == null ? 0 : dense.evaluations());
        StringBuilder s = new StringBuilder("/* " + scheme.name() + " */\n");
        define(s, prefix + "SLOTS", slots);
        define(s, prefix + "STATES", scheme.states());
        define(s, prefix + "EVALUATIONS", n);
        define(s, prefix + "SLOPES", all);
        double[][] arguments = new double[all][];
        double[] nodes = new double[all];
        for (int i = 0; i < all; i++) {
            arguments[i] = i < n ? scheme.argument(i) : new double[slots + i];
            nodes[i] = i < n ? scheme.c(i) : dense.c(i - n);
            for (int j = 0; i >= n && j < slots + i; j++) {
                arguments[i][j] = dense.argument(i - n, j);
            }
        }
        double[][] next = new double[slots][];
        for (int l = 0; l < slots; l++) {
            next[l] = scheme.next(l);
        }
        s.append("CONSTANT TIME ")
                .append(prefix)
                .append("NODE[] = ")
                .append(row(nodes, nodes.length))
                .append(";\n");
        table(s, prefix + "ARGUMENT", arguments, slots + all);
        table(s, prefix + "NEXT", next, slots + n);
        return s.toString();
    }

    /// ERROR, the weights of the estimates.
    static String errors(Scheme scheme) {
        StringBuilder s = new StringBuilder();
        define(s, "ERRORS", scheme.errors().length);
        table(s, "ERROR", scheme.errors(), scheme.slots() + scheme.evaluations());
        return s.toString();
    }

    /// POWER, the polynomials of an interpolant.
    static String powers(Interpolant dense) {
        int degree = dense.degree();
        double[][] powers = new double[dense.sources()][degree + 1];
        for (int j = 0; j < powers.length; j++) {
            for (int p = 0; p <= degree; p++) {
                powers[j][p] = dense.power(j, p);
            }
        }
        StringBuilder s = new StringBuilder();
        define(s, "DEGREE", degree);
        table(s, "POWER", powers, degree + 1);
        return s.toString();
    }

    /// TAKES(i, e): does evaluation i give, or take, the component of number e?
    ///
    /// @param prefix of the names
    /// @param dimension numbers of a state, a running cost counted
    /// @param running has it one?
    /// @param more evaluations behind those of the step, which give all components
    static String takes(Scheme scheme, String prefix, int dimension, boolean running, int more) {
        if (!scheme.partitioned()) {
            return "#define " + prefix + "TAKES(i, e) 1\n";
        }
        int d = running ? dimension - 1 : dimension;
        StringBuilder s = new StringBuilder("CONSTANT int " + prefix + "TAKEN[] = {");
        for (int i = 0; i < scheme.evaluations(); i++) {
            Part part = scheme.part(i);
            int of = switch (part) {
                case ALL -> 7;
                case POSITION -> 1;
                case MOMENTUM -> 2;
                case RUNNING_COST -> 4;
            };
            s.append(i == 0 ? "" : ", ").append(of);
        }
        s.append(", 7".repeat(more));
        s.append("}; /* 1 positions, 2 momenta, 4 the running cost */\n");
        s.append("#define ")
                .append(prefix)
                .append("TAKES(i, e) ((i) < 0 || (")
                .append(prefix)
                .append("TAKEN[(i)] >> ((e) % D < ")
                .append(d / 2);
        return s.append(" ? 0 : (e) % D < ")
                .append(d)
                .append(" ? 1 : 2) & 1))\n")
                .toString();
    }

    static void define(StringBuilder s, String name, long value) {
        s.append("#define ").append(name).append(' ').append(value).append('\n');
    }

    private static void table(StringBuilder s, String name, double[][] rows, int columns) {
        if (rows.length == 0) {
            return;
        }
        s.append("CONSTANT TIME ")
                .append(name)
                .append("[][")
                .append(Math.max(1, columns))
                .append("] = {\n");
        for (double[] row : rows) {
            s.append("    ").append(row(row, Math.max(1, columns))).append(",\n");
        }
        s.append("};\n");
    }

    private static String row(double[] values, int length) {
        StringBuilder s = new StringBuilder("{");
        for (int i = 0; i < length; i++) {
            double v = i < values.length ? values[i] : 0;
            s.append(i == 0 ? "" : ", ").append(v == 0 ? "0" : Double.toString(v));
        }
        return s.append('}').toString();
    }
}
