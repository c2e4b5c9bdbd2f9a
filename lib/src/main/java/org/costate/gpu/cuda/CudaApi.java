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
import java.util.Map;
import java.util.Set;
import org.costate.gpu.driver.DeviceException;

/// The functions of NVIDIA's driver that are used. A result other than 0 is a [DeviceException].
///
/// Handles and addresses of the device are 64-bit numbers. May be used by several threads.
final class CudaApi {
    /// The oldest driver that has all of them: CUDA 11.0.
    static final String OLDEST = "450";

    private static final int NAME_BYTES = 256;

    static final Map<String, FunctionDescriptor> TYPES = Map.ofEntries(
            type("cuInit", JAVA_INT),
            type("cuDriverGetVersion", ADDRESS),
            type("cuDeviceGetCount", ADDRESS),
            type("cuDeviceGet", ADDRESS, JAVA_INT),
            type("cuDeviceGetName", ADDRESS, JAVA_INT, JAVA_INT),
            type("cuDeviceTotalMem_v2", ADDRESS, JAVA_INT),
            type("cuDeviceGetAttribute", ADDRESS, JAVA_INT, JAVA_INT),
            type("cuDevicePrimaryCtxRetain", ADDRESS, JAVA_INT),
            type("cuDevicePrimaryCtxRelease_v2", JAVA_INT),
            type("cuCtxSetCurrent", JAVA_LONG),
            type("cuMemGetInfo_v2", ADDRESS, ADDRESS),
            type("cuMemAlloc_v2", ADDRESS, JAVA_LONG),
            type("cuMemFree_v2", JAVA_LONG),
            type("cuMemcpyHtoD_v2", JAVA_LONG, ADDRESS, JAVA_LONG),
            type("cuMemcpyDtoH_v2", ADDRESS, JAVA_LONG, JAVA_LONG),
            type("cuMemcpyDtoD_v2", JAVA_LONG, JAVA_LONG, JAVA_LONG),
            type("cuMemsetD8_v2", JAVA_LONG, JAVA_BYTE, JAVA_LONG),
            type("cuModuleLoadData", ADDRESS, ADDRESS),
            type("cuModuleUnload", JAVA_LONG),
            type("cuModuleGetFunction", ADDRESS, JAVA_LONG, ADDRESS),
            type("cuFuncGetAttribute", ADDRESS, JAVA_INT, JAVA_LONG),
            type(
                    "cuLaunchKernel",
                    JAVA_LONG,
                    JAVA_INT,
                    JAVA_INT,
                    JAVA_INT,
                    JAVA_INT,
                    JAVA_INT,
                    JAVA_INT,
                    JAVA_INT,
                    JAVA_LONG,
                    ADDRESS,
                    ADDRESS),
            type("cuStreamCreate", ADDRESS, JAVA_INT),
            type("cuStreamDestroy_v2", JAVA_LONG),
            type("cuStreamSynchronize", JAVA_LONG),
            type("cuGetErrorName", JAVA_INT, ADDRESS),
            type("cuGetErrorString", JAVA_INT, ADDRESS));

    private final Functions functions;
    private final CudaGraphs graphs;

    CudaApi(SymbolLookup driver) {
        functions = new Functions(driver, TYPES);
        graphs = new CudaGraphs(driver, this);
    }

    /// Launches that are recorded.
    CudaGraphs graphs() {
        return graphs;
    }

    private static Map.Entry<String, FunctionDescriptor> type(String name, MemoryLayout... arguments) {
        return Map.entry(name, FunctionDescriptor.of(JAVA_INT, arguments));
    }

    /// The functions that this driver lacks.
    Set<String> missing() {
        return functions.missing();
    }

    void init() {
        check("cuInit", (int) call("cuInit", 0), "");
    }

    /// 1000 × major + 10 × minor of the newest CUDA that the driver knows.
    int version() {
        return number("cuDriverGetVersion", "");
    }

    int deviceCount() {
        return number("cuDeviceGetCount", "");
    }

    int device(int ordinal) {
        return number("cuDeviceGet", " " + ordinal, ordinal);
    }

    String name(int device) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocate(NAME_BYTES);
            check("cuDeviceGetName", (int) call("cuDeviceGetName", text, NAME_BYTES - 1, device), "");
            return text.getString(0).strip();
        }
    }

    long memoryBytes(int device) {
        return handle("cuDeviceTotalMem_v2", "", device);
    }

    int attribute(int attribute, int device) {
        return number("cuDeviceGetAttribute", " " + attribute, attribute, device);
    }

    long retainContext(int device) {
        return handle("cuDevicePrimaryCtxRetain", "", device);
    }

    void releaseContext(int device) {
        check("cuDevicePrimaryCtxRelease_v2", (int) call("cuDevicePrimaryCtxRelease_v2", device), "");
    }

    /// Makes it the context of this thread.
    void enter(long context) {
        check("cuCtxSetCurrent", (int) call("cuCtxSetCurrent", context), "");
    }

    long freeBytes() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment free = arena.allocate(JAVA_LONG);
            check("cuMemGetInfo_v2", (int) call("cuMemGetInfo_v2", free, arena.allocate(JAVA_LONG)), "");
            return free.get(JAVA_LONG, 0);
        }
    }

    long allocate(long bytes) {
        return handle("cuMemAlloc_v2", " of " + bytes + " bytes", bytes);
    }

    void free(long memory) {
        check("cuMemFree_v2", (int) call("cuMemFree_v2", memory), "");
    }

    void upload(long to, MemorySegment from) {
        int code = (int) call("cuMemcpyHtoD_v2", to, from, from.byteSize());
        check("cuMemcpyHtoD_v2", code, " of " + from.byteSize() + " bytes");
    }

    void download(MemorySegment to, long from) {
        int code = (int) call("cuMemcpyDtoH_v2", to, from, to.byteSize());
        check("cuMemcpyDtoH_v2", code, " of " + to.byteSize() + " bytes");
    }

    void copy(long to, long from, long bytes) {
        check("cuMemcpyDtoD_v2", (int) call("cuMemcpyDtoD_v2", to, from, bytes), " of " + bytes + " bytes");
    }

    void clear(long memory, long bytes) {
        check("cuMemsetD8_v2", (int) call("cuMemsetD8_v2", memory, (byte) 0, bytes), " of " + bytes + " bytes");
    }

    /// A module of a cubin, or of PTX that ends with 0.
    long load(byte[] image) {
        try (Arena arena = Arena.ofConfined()) {
            return handle("cuModuleLoadData", "", arena.allocateFrom(JAVA_BYTE, image));
        }
    }

    void unload(long module) {
        check("cuModuleUnload", (int) call("cuModuleUnload", module), "");
    }

    long function(long module, String name) {
        try (Arena arena = Arena.ofConfined()) {
            return handle("cuModuleGetFunction", " " + name, module, arena.allocateFrom(name));
        }
    }

    int functionAttribute(int attribute, long function) {
        return number("cuFuncGetAttribute", " " + attribute, attribute, function);
    }

    /// Starts a kernel.
    ///
    /// @param name of it, for a message
    /// @param arguments pointers to its arguments
    void launch(long function, String name, int groups, int lanes, long stream, MemorySegment arguments) {
        int code = (int)
                call("cuLaunchKernel", function, groups, 1, 1, lanes, 1, 1, 0, stream, arguments, MemorySegment.NULL);
        check("cuLaunchKernel", code, " " + name);
    }

    /// A stream that work without a stream waits for, and that waits for such work: copies are in order with launches.
    long stream() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(JAVA_LONG);
            check("cuStreamCreate", (int) call("cuStreamCreate", result, 0), "");
            return result.get(JAVA_LONG, 0);
        }
    }

    void destroyStream(long stream) {
        check("cuStreamDestroy_v2", (int) call("cuStreamDestroy_v2", stream), "");
    }

    void finish(long stream) {
        check("cuStreamSynchronize", (int) call("cuStreamSynchronize", stream), "");
    }

    private int number(String name, String of, Object... arguments) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(JAVA_INT);
            check(name, (int) call(name, first(result, arguments)), of);
            return result.get(JAVA_INT, 0);
        }
    }

    private long handle(String name, String of, Object... arguments) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(JAVA_LONG);
            check(name, (int) call(name, first(result, arguments)), of);
            return result.get(JAVA_LONG, 0);
        }
    }

    private static Object[] first(MemorySegment result, Object... arguments) {
        Object[] all = new Object[arguments.length + 1];
        all[0] = result;
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return all;
    }

    private Object call(String name, Object... arguments) {
        if (functions.missing().contains(name)) {
            throw tooOld(name);
        }
        return functions.call(name, arguments);
    }

    static DeviceException tooOld(String name) {
        return new DeviceException(name + ": this NVIDIA driver has no such function, it is too old; install driver "
                + OLDEST + " or newer");
    }

    private void check(String name, int code, String of) {
        if (code != 0) {
            throw new DeviceException(
                    name + of + ": got " + meaning(code) + ", expected success; " + CudaErrors.remedy(code));
        }
    }

    /// `CUDA_ERROR_OUT_OF_MEMORY (2, out of memory)`
    String meaning(int code) {
        String name = text("cuGetErrorName", code);
        String description = text("cuGetErrorString", code);
        return (name.isEmpty() ? "CUDA error" : name) + " (" + code + (description.isEmpty() ? "" : ", " + description)
                + ")";
    }

    @SuppressWarnings("restricted") // a text of the driver's
    private String text(String name, int code) {
        if (functions.missing().contains(name)) {
            return "";
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(ADDRESS);
            int unknown = (int) call(name, code, result);
            MemorySegment text = result.get(ADDRESS, 0);
            return unknown != 0 || text.address() == 0
                    ? ""
                    : text.reinterpret(NAME_BYTES).getString(0);
        }
    }
}
