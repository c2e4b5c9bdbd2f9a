package org.costate.gpu.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.costate.gpu.driver.BuildLog;
import org.costate.gpu.driver.DeviceException;
import org.costate.gpu.driver.Signals;

/// NVRTC, NVIDIA's compiler as a library. It needs neither a device nor a driver.
///
/// May be used by several threads.
public final class Nvrtc {
    /// How to get it.
    static final String REMEDY = "install it by pip install nvidia-cuda-nvrtc-cu12 or with the CUDA toolkit, or let the"
            + " environment variable COSTATE_NVRTC name the file of libnvrtc";

    private static final int COMPILATION = 6;

    private static final List<String> RESULTS = List.of(
            "NVRTC_SUCCESS",
            "NVRTC_ERROR_OUT_OF_MEMORY",
            "NVRTC_ERROR_PROGRAM_CREATION_FAILURE",
            "NVRTC_ERROR_INVALID_INPUT",
            "NVRTC_ERROR_INVALID_PROGRAM",
            "NVRTC_ERROR_INVALID_OPTION",
            "NVRTC_ERROR_COMPILATION",
            "NVRTC_ERROR_BUILTIN_OPERATION_FAILURE",
            "NVRTC_ERROR_NO_NAME_EXPRESSIONS_AFTER_COMPILATION",
            "NVRTC_ERROR_NO_LOWERED_NAMES_BEFORE_COMPILATION",
            "NVRTC_ERROR_NAME_EXPRESSION_NOT_VALID",
            "NVRTC_ERROR_INTERNAL_ERROR");

    static final Map<String, FunctionDescriptor> TYPES = Map.ofEntries(
            type("nvrtcVersion", ADDRESS, ADDRESS),
            type("nvrtcGetNumSupportedArchs", ADDRESS),
            type("nvrtcGetSupportedArchs", ADDRESS),
            type("nvrtcCreateProgram", ADDRESS, ADDRESS, ADDRESS, JAVA_INT, ADDRESS, ADDRESS),
            type("nvrtcDestroyProgram", ADDRESS),
            type("nvrtcCompileProgram", JAVA_LONG, JAVA_INT, ADDRESS),
            type("nvrtcGetProgramLogSize", JAVA_LONG, ADDRESS),
            type("nvrtcGetProgramLog", JAVA_LONG, ADDRESS),
            type("nvrtcGetPTXSize", JAVA_LONG, ADDRESS),
            type("nvrtcGetPTX", JAVA_LONG, ADDRESS),
            type("nvrtcGetCUBINSize", JAVA_LONG, ADDRESS),
            type("nvrtcGetCUBIN", JAVA_LONG, ADDRESS));

    private final Functions functions;
    private final int major;
    private final int minor;
    private final int[] architectures;

    /// A compiled source.
    public static final class Compiled {
        private final byte[] image;
        private final String log;

        private Compiled(byte[] image, String log) {
            this.image = image;
            this.log = log;
        }

        /// A cubin, or PTX that ends with 0.
        public byte[] image() {
            return image.clone();
        }

        /// What the compiler said.
        public String log() {
            return log;
        }

        /// What its kernels take; known of a cubin alone.
        public List<KernelUse> use() {
            return KernelUse.parse(log);
        }

        /// The text of PTX.
        public String text() {
            return new String(image, StandardCharsets.UTF_8).replace("\0", "");
        }
    }

    private static Map.Entry<String, FunctionDescriptor> type(String name, MemoryLayout... arguments) {
        return Map.entry(name, FunctionDescriptor.of(JAVA_INT, arguments));
    }

    /// NVRTC out of a library.
    ///
    /// @throws DeviceException if it lacks a function
    public Nvrtc(SymbolLookup library) {
        functions = new Functions(library, TYPES);
        if (!functions.missing().isEmpty()) {
            throw new DeviceException(
                    "NVRTC has no " + functions.missing().iterator().next() + ", it is older than 11.2; " + REMEDY);
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment two = arena.allocate(JAVA_INT, 2);
            check("nvrtcVersion", two, two.asSlice(JAVA_INT.byteSize()));
            major = two.getAtIndex(JAVA_INT, 0);
            minor = two.getAtIndex(JAVA_INT, 1);
            check("nvrtcGetNumSupportedArchs", two);
            MemorySegment all = arena.allocate(JAVA_INT, two.get(JAVA_INT, 0));
            check("nvrtcGetSupportedArchs", all);
            architectures = all.toArray(JAVA_INT);
        }
    }

    /// The first that loads and is not newer than the driver.
    ///
    /// @param cuda the newest major version of CUDA that the driver knows
    /// @param load the symbols of a name or file; throws if it does not load
    /// @throws DeviceException if there is none
    static Nvrtc find(NvrtcSearch search, int cuda, Function<String, SymbolLookup> load) {
        if (search.named() != null) {
            return named(search.named(), cuda, load);
        }
        List<Nvrtc> tooNew = new ArrayList<>();
        DeviceException refused = null;
        for (String candidate : search.candidates()) {
            try {
                Nvrtc found = new Nvrtc(load.apply(candidate));
                if (found.major <= cuda) {
                    return found;
                }
                tooNew.add(found);
            } catch (DeviceException e) {
                refused = e;
            } catch (IllegalArgumentException e) {
                // not there: the next one
            }
        }
        if (!tooNew.isEmpty()) {
            throw tooNew.getLast().tooNew(cuda);
        }
        throw refused != null ? refused : new DeviceException("NVRTC, NVIDIA's compiler, was not found; " + REMEDY);
    }

    private static Nvrtc named(String file, int cuda, Function<String, SymbolLookup> load) {
        Nvrtc found;
        try {
            found = new Nvrtc(load.apply(file));
        } catch (IllegalArgumentException e) {
            throw new DeviceException(
                    "COSTATE_NVRTC: got " + file + ", which does not load (" + e.getMessage()
                            + "), expected the file of libnvrtc; name it, or unset the variable",
                    e);
        }
        if (found.major > cuda) {
            throw found.tooNew(cuda);
        }
        return found;
    }

    private DeviceException tooNew(int cuda) {
        String driver = switch (major) {
            case 12 -> "525";
            case 13 -> "580";
            default -> "for CUDA " + major;
        };
        return new DeviceException("the NVIDIA driver knows CUDA " + cuda + " and is too old for NVRTC " + version()
                + "; install driver " + driver + " or newer, or NVRTC by pip install nvidia-cuda-nvrtc-cu" + cuda);
    }

    /// Loads a library by its name or file.
    ///
    /// @throws IllegalArgumentException if it does not load
    @SuppressWarnings("restricted") // loading a native library is what this is for
    static SymbolLookup load(String name) {
        return name.contains("/") || name.contains("\\")
                ? SymbolLookup.libraryLookup(Path.of(name), Arena.global())
                : SymbolLookup.libraryLookup(name, Arena.global());
    }

    /// `12.9`
    public String version() {
        return major + "." + minor;
    }

    /// What it compiles for: 75 for compute capability 7.5.
    public int[] architectures() {
        return architectures.clone();
    }

    /// `sm_90` for a device of 9.0 if NVRTC knows it; else `compute_…`, of the newest that it knows and that the device
    /// can take.
    ///
    /// @throws DeviceException if the device is too old
    String architecture(int capability) {
        int best = -1;
        int oldest = Integer.MAX_VALUE;
        for (int known : architectures) {
            if (known == capability) {
                return "sm_" + known;
            }
            oldest = Math.min(oldest, known);
            best = known < capability ? Math.max(best, known) : best;
        }
        if (best < 0) {
            throw new DeviceException("NVRTC " + version() + " compiles for compute capability " + dotted(oldest)
                    + " and newer, and this device has " + dotted(capability) + "; install an older NVRTC, as by"
                    + " pip install nvidia-cuda-nvrtc-cu12, and let COSTATE_NVRTC name its file");
        }
        return "compute_" + best;
    }

    static String dotted(int capability) {
        return capability / 10 + "." + capability % 10;
    }

    /// Compiles.
    ///
    /// @param architecture `sm_90` for a cubin, `compute_90` for PTX
    /// @throws DeviceException if it does not compile, with the lines that are to blame
    public Compiled compile(String source, String architecture) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment program = arena.allocate(ADDRESS);
            MemorySegment none = MemorySegment.NULL;
            check(
                    "nvrtcCreateProgram",
                    program,
                    arena.allocateFrom(source),
                    arena.allocateFrom("costate.cu"),
                    0,
                    none,
                    none);
            try {
                return compile(program.get(JAVA_LONG, 0), source, architecture);
            } finally {
                check("nvrtcDestroyProgram", program);
            }
        }
    }

    /// The options but the architecture.
    static List<String> options() {
        return List.of("--fmad=true", "--device-as-default-execution-space", "--ptxas-options=-v");
    }

    private Compiled compile(long program, String source, String architecture) {
        try (Arena arena = Arena.ofConfined()) {
            List<String> options = new ArrayList<>(options());
            options.add("--gpu-architecture=" + architecture);
            MemorySegment pointers = arena.allocate(ADDRESS, options.size());
            for (int i = 0; i < options.size(); i++) {
                pointers.setAtIndex(ADDRESS, i, arena.allocateFrom(options.get(i)));
            }
            int code = Signals.kept(
                    () -> (Integer) functions.call("nvrtcCompileProgram", program, options.size(), pointers));
            String log = new String(bytes("nvrtcGetProgramLog", program), StandardCharsets.UTF_8).replace("\0", "");
            if (code == COMPILATION) {
                throw BuildLog.failure("nvrtcCompileProgram", source, log);
            }
            if (code != 0) {
                throw failure("nvrtcCompileProgram for " + architecture, code, log.strip());
            }
            String of = architecture.startsWith("sm_") ? "nvrtcGetCUBIN" : "nvrtcGetPTX";
            return new Compiled(bytes(of, program), log);
        }
    }

    private byte[] bytes(String name, long program) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment size = arena.allocate(JAVA_LONG);
            check(name + "Size", program, size);
            MemorySegment bytes = arena.allocate(Math.max(1, size.get(JAVA_LONG, 0)));
            check(name, program, bytes);
            return bytes.asSlice(0, size.get(JAVA_LONG, 0)).toArray(JAVA_BYTE);
        }
    }

    private void check(String name, Object... arguments) {
        int code = (int) functions.call(name, arguments);
        if (code != 0) {
            throw failure(name, code, "");
        }
    }

    private static DeviceException failure(String call, int code, String log) {
        String name = code > 0 && code < RESULTS.size() ? RESULTS.get(code) : "NVRTC error";
        return new DeviceException(call + ": got " + name + " (" + code + ")" + (log.isEmpty() ? "" : ", " + log)
                + ", expected success; install NVRTC afresh (pip install --force-reinstall nvidia-cuda-nvrtc-cu12),"
                + " or let COSTATE_NVRTC name another");
    }
}
