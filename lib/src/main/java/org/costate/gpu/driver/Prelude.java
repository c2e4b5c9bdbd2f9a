package org.costate.gpu.driver;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.costate.memory.Precision;

/// What stands before every kernel: macros that make one source OpenCL C and CUDA C, and the functions of the
/// operations
/// that C has not.
public final class Prelude {
    private Prelude() {}

    /// The text of a resource beside the kernels.
    public static String text(String name) {
        try (InputStream in = Prelude.class.getResourceAsStream("/org/costate/gpu/" + name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing in the jar of Costate; build it anew");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The prelude.
    ///
    /// @param alone is every work-item a group of its own?
    public static String of(Precision precision, Facts facts, boolean alone) {
        boolean wide = precision == Precision.FLOAT64;
        return "#define REAL " + (wide ? "double" : "float") + "\n"
                + "#define R(x) " + (wide ? "x" : "x##f") + "\n"
                + "#define FLOAT64 " + (facts.float64() ? 1 : 0) + "\n"
                + "#define ONE_LANE " + (facts.isProcessor() && !alone ? 1 : 0) + "\n"
                + "#define ALONE " + (alone ? 1 : 0) + "\n"
                + text("prelude.c");
    }
}
