package org.costate.gpu.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.costate.gpu.driver.DeviceException;
import org.costate.gpu.driver.DeviceMemory;
import org.costate.gpu.driver.Products;
import org.costate.memory.Precision;

/// cuBLAS, NVIDIA's matrix products, where it is present. Without it the kernels of our own multiply.
///
/// The same bits on every run on the same device: no atomic sums, one stream, a workspace of its own; float32 is
/// float32, not TF32.
final class Cublas implements Products {
    private static final int MAJOR_VERSION = 0;
    private static final int PEDANTIC_MATH = 2;
    private static final int NO_ATOMICS = 0;

    private static final List<String> LINUX =
            List.of("libcublas.so.13", "libcublas.so.12", "libcublas.so.11", "libcublas.so");
    private static final List<String> WINDOWS = List.of("cublas64_13.dll", "cublas64_12.dll", "cublas64_11.dll");

    private static final Map<Integer, String> STATUS = Map.of(
            1, "CUBLAS_STATUS_NOT_INITIALIZED",
            3, "CUBLAS_STATUS_ALLOC_FAILED",
            7, "CUBLAS_STATUS_INVALID_VALUE",
            8, "CUBLAS_STATUS_ARCH_MISMATCH",
            13, "CUBLAS_STATUS_EXECUTION_FAILED",
            14, "CUBLAS_STATUS_INTERNAL_ERROR",
            15, "CUBLAS_STATUS_NOT_SUPPORTED");

    static final Map<String, FunctionDescriptor> TYPES = Map.ofEntries(
            type("cublasGetProperty", JAVA_INT, ADDRESS),
            type("cublasCreate_v2", ADDRESS),
            type("cublasDestroy_v2", JAVA_LONG),
            type("cublasSetStream_v2", JAVA_LONG, JAVA_LONG),
            type("cublasSetWorkspace_v2", JAVA_LONG, JAVA_LONG, JAVA_LONG),
            type("cublasSetMathMode", JAVA_LONG, JAVA_INT),
            type("cublasSetAtomicsMode", JAVA_LONG, JAVA_INT),
            gemm("cublasDgemm_v2"),
            gemm("cublasSgemm_v2"));

    private final Functions functions;
    private long handle;

    private Cublas(Functions functions) {
        this.functions = functions;
    }

    private static Map.Entry<String, FunctionDescriptor> type(String name, MemoryLayout... arguments) {
        return Map.entry(name, FunctionDescriptor.of(JAVA_INT, arguments));
    }

    private static Map.Entry<String, FunctionDescriptor> gemm(String name) {
        return type(
                name, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT,
                JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
    }

    /// The first that loads, has all functions, and is not newer than the driver; null if there is none, which is no
    /// failure.
    ///
    /// @param cuda the newest major version of CUDA that the driver knows
    /// @param load the symbols of a name or file; throws if it does not load
    static Cublas find(NvrtcSearch search, int cuda, Function<String, SymbolLookup> load) {
        String named = search.environment().getOrDefault("COSTATE_CUBLAS", "");
        List<String> candidates = named.equals("none")
                ? List.of()
                : !named.isBlank()
                        ? List.of(named)
                        : search.candidates(
                                search.windows() ? WINDOWS : LINUX,
                                search.windows() ? "cublas64_[0-9]*.dll" : "libcublas.so{,.[0-9]*}",
                                "cublas");
        for (String candidate : candidates) {
            try {
                Functions functions = new Functions(load.apply(candidate), TYPES);
                if (functions.missing().isEmpty() && major(functions) <= cuda) {
                    return new Cublas(functions);
                }
            } catch (IllegalArgumentException e) {
                // not there: the next one
            }
        }
        return null;
    }

    private static int major(Functions functions) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(JAVA_INT);
            int code = (int) functions.call("cublasGetProperty", MAJOR_VERSION, result);
            return code == 0 ? result.get(JAVA_INT, 0) : Integer.MAX_VALUE;
        }
    }

    /// Makes it ready for a stream of the context that this thread has.
    ///
    /// @param workspace memory of the device that it may write to
    void open(long stream, long workspace, long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(JAVA_LONG);
            check("cublasCreate_v2", result);
            handle = result.get(JAVA_LONG, 0);
        }
        check("cublasSetStream_v2", handle, stream);
        check("cublasSetWorkspace_v2", handle, workspace, bytes); // after the stream, which takes another
        check("cublasSetMathMode", handle, PEDANTIC_MATH);
        check("cublasSetAtomicsMode", handle, NO_ATOMICS);
    }

    /// Gives it back. Closing twice does nothing.
    void close() {
        if (handle != 0) {
            long last = handle;
            handle = 0;
            check("cublasDestroy_v2", last);
        }
    }

    /// To cuBLAS a matrix that lies row by row is a transposed one: Cᵀ = Bᵀ Aᵀ.
    @Override
    public void product(
            Precision precision,
            int rows,
            int columns,
            int inner,
            Factor a,
            Factor b,
            boolean adds,
            DeviceMemory c,
            long at) {
        boolean wide = precision == Precision.FLOAT64;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment one = wide ? arena.allocateFrom(JAVA_DOUBLE, 1) : arena.allocateFrom(JAVA_FLOAT, 1);
            double before = adds ? 1 : 0;
            MemorySegment beta =
                    wide ? arena.allocateFrom(JAVA_DOUBLE, before) : arena.allocateFrom(JAVA_FLOAT, (float) before);
            check(
                    wide ? "cublasDgemm_v2" : "cublasSgemm_v2",
                    handle,
                    b.transposed() ? 1 : 0,
                    a.transposed() ? 1 : 0,
                    columns,
                    rows,
                    inner,
                    one,
                    b.memory().pointer() + b.offset() * precision.bytes(),
                    b.stride(),
                    a.memory().pointer() + a.offset() * precision.bytes(),
                    a.stride(),
                    beta,
                    c.pointer() + at * precision.bytes(),
                    columns);
        }
    }

    private void check(String name, Object... arguments) {
        int code = (int) functions.call(name, arguments);
        if (code != 0) {
            throw new DeviceException(name + ": got " + STATUS.getOrDefault(code, "cuBLAS status") + " (" + code
                    + "), expected success; install a cuBLAS that fits this driver, or let the environment variable"
                    + " COSTATE_CUBLAS be none, so that kernels of Costate multiply");
        }
    }
}
