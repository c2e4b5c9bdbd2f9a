package org.costate.gpu;

import org.costate.gpu.driver.Driver;
import org.costate.gpu.driver.Facts;
import org.costate.gpu.driver.Prelude;
import org.costate.graph.FieldCode;
import org.costate.memory.Precision;
import org.costate.ode.Interpolant;
import org.costate.ode.Norm;
import org.costate.ode.Scheme;

/// The source of a kernel that takes steps, `steps.c`, `adaptive.c` or `transpose.c`, with the field written into it.
///
/// @param shape how the batch is spread
/// @param slopes evaluations a step
/// @param work of one sample in a step, in multiplications, roughly
record StepsKernel(String name, Role role, String source, GroupShape shape, int slopes, long work) {
    private static final String FIRST_OF_ITS_OWN = "#define S ";

    /// What is integrated.
    enum Role {
        /// x forward.
        FORWARD,
        /// x, a and g, back.
        BACKSOLVE,
        /// a and g, back along the x that was kept.
        ALONG,
        /// What comes back to a step.
        TRANSPOSE,
        /// The same to a step that is undone first.
        UNDO
    }

    /// What is kept of each step.
    enum Keep {
        NOTHING,
        STATES,
        ARGUMENTS,
        DENSE
    }

    /// What a kernel is made for.
    ///
    /// @param norm of the error, where it takes steps of a sample's own
    record Wanted(
            FieldCode code,
            Scheme scheme,
            boolean running,
            Precision precision,
            Facts facts,
            int batch,
            boolean ownTimes,
            Norm norm) {}

    /// The kernel; null if launches for the whole batch serve better.
    static StepsKernel of(String file, Role role, Keep keep, Wanted wanted) {
        FieldCode code = wanted.code;
        if (!wanted.ownTimes && code.parametersSize() > GroupShape.MOST_PARAMETERS) {
            return null;
        }
        Scheme scheme = wanted.scheme;
        GroupCode field = new GroupCode(
                switch (role) {
                    case FORWARD, UNDO -> code.slope(wanted.ownTimes);
                    case BACKSOLVE -> code.vjp(wanted.ownTimes, true, true);
                    case ALONG, TRANSPOSE -> code.vjp(wanted.ownTimes, false, true);
                });
        GroupCode vjp = role == Role.UNDO ? new GroupCode(code.vjp(wanted.ownTimes, false, true)) : field;
        GroupCode both = role == Role.UNDO ? field.and(vjp) : field;
        boolean back = role != Role.FORWARD;
        boolean sums = role == Role.BACKSOLVE || role == Role.ALONG;
        int parts = role == Role.BACKSOLVE ? 2 : 1;
        int d = code.dimension();
        int p = code.layout().size();
        Interpolant dense = keep == Keep.DENSE ? Interpolant.of(scheme) : null;
        int slopes = scheme.evaluations() + (dense == null ? 0 : dense.evaluations());
        int slots = scheme.slots();
        long states = parts * (2L * slots + Math.max(2, slopes) + scheme.errors().length) + 2;
        if (role == Role.UNDO) {
            states += 2L * slots + Math.max(slopes, scheme.inverse().evaluations());
        }
        long ofSample = d * states + both.numbersOfSample();
        GroupShape shape = GroupShape.of(
                wanted.facts,
                wanted.precision,
                wanted.batch,
                new GroupShape.Needs(
                        code.separable(),
                        wanted.ownTimes,
                        ofSample,
                        both.numbersOfAll(),
                        code.parametersSize(),
                        both.width(),
                        !back ? 0 : sums ? 2 * slots * p : p,
                        sums && wanted.ownTimes,
                        sums && slots > 1 && !wanted.ownTimes));
        if (shape == null) {
            return null;
        }
        StringBuilder s = new StringBuilder();
        s.append(Prelude.of(wanted.precision, wanted.facts, shape.alone())).append('\n');
        Tables.define(s, "S", shape.together());
        Tables.define(s, "D", d);
        Tables.define(s, "P", p);
        Tables.define(s, "PARTS", parts);
        Tables.define(s, "WITH_G", sums ? 1 : 0);
        Tables.define(s, "ALONG", role == Role.ALONG ? 1 : 0);
        for (Keep each : Keep.values()) {
            Tables.define(s, "KEEPS_" + each, each == keep ? 1 : 0);
        }
        s.append(Tables.of(scheme, "", dense));
        s.append(Tables.takes(scheme, "", d, wanted.running, slopes - scheme.evaluations()));
        if (role == Role.UNDO) {
            s.append(Tables.of(scheme.inverse(), "UNDO_", null));
            s.append(Tables.takes(scheme.inverse(), "UNDO_", d, wanted.running, 0));
        }
        s.append(macros(role, file));
        if (file.equals("adaptive")) {
            s.append(Tables.errors(scheme));
            s.append(norm(wanted.norm, parts * d + (sums ? p : 0)));
            Tables.define(s, "MOST_LANES", shape.lanes());
        }
        if (dense != null) {
            s.append(Tables.powers(dense));
        } else if (role == Role.ALONG) {
            Tables.define(s, "DEGREE", Interpolant.of(scheme).degree());
        }
        if (file.equals("adaptive")) {
            Tables.define(s, "ERROR_ORDER", scheme.errorOrder());
        }
        String steps = Prelude.text(file + ".c").replaceFirst(" *@TRANSPOSED@\n", Prelude.text("transposed.c"));
        String text = steps.replaceFirst(" *@ARRAYS@\n", both.arrays())
                .replaceFirst(" *@PARAMETERS@\n", both.pointers() + parameters(both, code, shape))
                .replace("@FIELD@\n", field.body())
                .replace("@VJP@\n", vjp.body());
        s.append(shape.roomBytes() == 0 ? text : withGlobalRooms(text));
        return new StepsKernel(
                file, role, Indent.of(s.toString()), shape, slopes, slopes * (both.work() + slopes * (long) d * parts));
    }

    /// The kernel with the arrays of its groups in global memory.
    private static String withGlobalRooms(String text) {
        String[][] changes = {
            {
                "(\n    GLOBAL const REAL *theta,",
                "(\n    GLOBAL TIME *rooms, /* the groups' arrays */\n    GLOBAL const REAL *theta,"
            },
            {"LOCAL struct {", "struct Room {"},
            {"} room;", "};\nGLOBAL struct Room *own = (GLOBAL struct Room *) rooms + GROUP;"},
            {"room.", "own->"},
            {"LOCAL_POINTER", "GLOBAL"}
        };
        String changed = text;
        for (String[] change : changes) {
            if (!changed.contains(change[0])) {
                throw new IllegalStateException("the kernel's source has no \"" + change[0] + "\"");
            }
            changed = changed.replace(change[0], change[1]);
        }
        return changed;
    }

    /// How an error is measured.
    ///
    /// @param count numbers of the system
    private static String norm(Norm norm, int count) {
        StringBuilder s = new StringBuilder();
        long from = norm instanceof Norm.Rms r ? Math.min(r.from(), count) : 0;
        long to = norm instanceof Norm.Rms r ? Math.min(r.to(), count) : count;
        Tables.define(s, "NORM_FROM", from);
        Tables.define(s, "NORM_TO", to);
        s.append(
                norm instanceof Norm.Rms
                        ? "#define JOIN(a, b) ((a) + (b))\n#define TERM(r) ((r) * (r))\n#define NORM(s) sqrt((s) / "
                                + Math.max(1, to - from) + ")\n"
                        : "#define JOIN(a, b) larger_time(a, b)\n#define TERM(r) fabs(r)\n#define NORM(s) (s)\n");
        return s.toString();
    }

    private static String ofSystem(String name, String state, String g) {
        return "#define " + name + " ((e) < PARTS * D ? (TIME) " + state + " : (TIME) " + g + ")\n";
    }

    private static String adaptive(boolean sums) {
        String at = "[(e) - PARTS * D]";
        return ofSystem("START_VALUE(e)", "z[e]", sums ? "g" + at : "0")
                + ofSystem("START_SLOPE(e)", "ks[e]", sums ? "gnext" + at : "0")
                + ofSystem("START_SLOPE_MOVED(e)", "ks[PARTS * D + (e)]", sums ? "gerror" + at : "0")
                + ofSystem(
                        "ERROR_OF(q, e)",
                        "errs[(q) * PARTS * D + (e)]",
                        sums ? "gerror[(q) * P + (e) - PARTS * D]" : "0")
                + "#define SCALE_OF(e) (absolute + relative * larger_time(fabs(START_VALUE(e)), fabs(NEXT_VALUE(e))))\n"
                + ofSystem("NEXT_VALUE(e)", "znext[e]", sums ? "gnext" + at : "0")
                + "#define TIME_TINY (FLOAT64 ? 2.2250738585072014e-308 : 1.17549435e-38f)\n";
    }

    private static String macros(Role role, String file) {
        boolean sums = role == Role.BACKSOLVE || role == Role.ALONG;
        if (!file.equals("adaptive")) {
            return macros(role);
        }
        String added = "#define ADD(index, value) { REAL added = value;"
                + " if (i == -2) gnext[index] += added;"
                + " if (i == -1) gerror[index] += added;"
                + " for (int l = 0; l < SLOTS; l++) {"
                + " TIME w = i < 0 ? 0 : NEXT[l][SLOTS + i];"
                + " if (i == -3 && l >= STATES) g[l * P + index] += added;"
                + " if (w != 0) gnext[l * P + index] += (REAL) (l < STATES ? h * w : w) * added; }"
                + " for (int q = 0; q < ERRORS; q++) {"
                + " TIME w = i < 0 ? 0 : ERROR[q][SLOTS + i];"
                + " if (w != 0) gerror[q * P + index] += (REAL) (h * w) * added; } }\n";
        return macros(role).replaceFirst("#define ADD.*\n", "") + (sums ? added : "") + adaptive(sums);
    }

    private static String macros(Role role) {
        String mask = "(TAKES(j, e) ? ks[(j) * PARTS * S * D + (e)] : 0)\n";
        String plain = "ks[(j) * PARTS * S * D + (e)]\n";
        String added = "#define ADD(index, value) { REAL added = value; for (int l = 0; l < SLOTS; l++) {"
                + " TIME w = i < 0 ? 0 : NEXT[l][SLOTS + i];"
                + " if (i < 0 && l >= STATES) g[l * P + index] += added;"
                + " if (w != 0) gnext[l * P + index] += (REAL) (l < STATES ? h * w : w) * added; } }\n";
        return switch (role) {
            case FORWARD -> "#define SLOPE(j, e) " + mask + "#define STATE(i, e, sum) x[e] = sum;\n";
            case BACKSOLVE ->
                "#define SLOPE(j, e) ((e) >= S * D || TAKES(j, e) ? ks[(j) * PARTS * S * D + (e)] : 0)\n"
                        + "#define STATE(i, e, sum) if (e < S * D) x[e] = sum; "
                        + "else a[e - S * D] = TAKES(i, e) ? -sum : 0;\n" + added;
            case ALONG ->
                "#define SLOPE(j, e) " + plain + "#define STATE(i, e, sum) a[e] = TAKES(i, e) ? -sum : 0;\n" + added;
            case TRANSPOSE, UNDO -> "#define ADD(index, value) gp[index] += value\n";
        };
    }

    private static String parameters(GroupCode field, FieldCode code, GroupShape shape) {
        StringBuilder s = new StringBuilder();
        boolean local = shape.localParameters() && code.parametersSize() > 0;
        if (local) {
            int size = code.parametersSize();
            s.append("LOCAL REAL parameters[").append(size).append("];\n");
            s.append("EACH(e, ").append(size).append(") parameters[e] = theta[e];\n");
        }
        field.parameters(code.places()).stream().sorted().forEach(name -> {
            s.append(local ? "LOCAL_POINTER" : "GLOBAL").append(" const REAL *").append(name);
            s.append(local ? " = parameters + " : " = theta + ");
            s.append(code.places().get(name)).append(";\n");
        });
        return s.toString();
    }

    /// What its source shares with other kernels.
    String prelude() {
        return source.substring(0, source.indexOf(FIRST_OF_ITS_OWN));
    }

    /// The rest of its source.
    String body() {
        return source.substring(source.indexOf(FIRST_OF_ITS_OWN));
    }

    /// Launches it.
    ///
    /// @param arguments first the groups' arrays, where they are in global memory
    void launch(Driver.Kernel kernel, Object... arguments) {
        if (shape.alone()) {
            kernel.launch(Math.ceilDiv(shape.groups(), 64), 64, arguments);
        } else {
            kernel.launch(shape.groups(), shape.lanes(), arguments);
        }
    }
}
