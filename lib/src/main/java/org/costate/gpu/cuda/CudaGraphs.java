package org.costate.gpu.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.Map;
import org.costate.gpu.driver.DeviceException;

/// The functions of NVIDIA's driver by which launches are recorded once and launched again as one: CUDA graphs. A
/// driver older than CUDA 11.4 lacks some; then nothing is recorded.
final class CudaGraphs {
    /// Of this thread only, so that others may take memory meanwhile.
    private static final int THREAD_LOCAL = 1;

    static final Map<String, FunctionDescriptor> TYPES = Map.of(
            "cuStreamBeginCapture_v2", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT),
            "cuStreamEndCapture", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, ADDRESS),
            "cuGraphInstantiateWithFlags", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG),
            "cuGraphLaunch", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG),
            "cuGraphExecDestroy", FunctionDescriptor.of(JAVA_INT, JAVA_LONG),
            "cuGraphDestroy", FunctionDescriptor.of(JAVA_INT, JAVA_LONG));

    private final Functions functions;
    private final CudaApi api;

    CudaGraphs(SymbolLookup driver, CudaApi api) {
        functions = new Functions(driver, TYPES);
        this.api = api;
    }

    /// Records what is launched on a stream.
    ///
    /// @return the graph, ready for [#launch]; 0 where the driver cannot or will not, and nothing was launched
    long record(long stream, Runnable launches) {
        if (!functions.missing().isEmpty() || call("cuStreamBeginCapture_v2", stream, THREAD_LOCAL) != 0) {
            return 0;
        }
        boolean complete = false;
        long graph = 0;
        try {
            launches.run();
            complete = true;
        } catch (DeviceException e) {
            // launched without being recorded, it tells of itself
        } finally {
            graph = end(stream);
        }
        if (graph == 0) {
            return 0;
        }
        long ready = complete ? instantiate(graph) : 0;
        int code = call("cuGraphDestroy", graph);
        if (code != 0 && ready != 0) {
            free(ready);
        }
        check("cuGraphDestroy", code);
        return ready;
    }

    private long instantiate(long graph) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(JAVA_LONG);
            return call("cuGraphInstantiateWithFlags", result, graph, 0L) == 0 ? result.get(JAVA_LONG, 0) : 0;
        }
    }

    private long end(long stream) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment result = arena.allocate(JAVA_LONG);
            int code = call("cuStreamEndCapture", stream, result);
            return code == 0 ? result.get(JAVA_LONG, 0) : 0;
        }
    }

    void launch(long graph, long stream) {
        check("cuGraphLaunch", call("cuGraphLaunch", graph, stream));
    }

    /// Gives it back, when the launches before have ended.
    void free(long graph) {
        check("cuGraphExecDestroy", call("cuGraphExecDestroy", graph));
    }

    private int call(String name, Object... arguments) {
        return (int) functions.call(name, arguments);
    }

    private void check(String name, int code) {
        if (code != 0) {
            throw new DeviceException(
                    name + ": got " + api.meaning(code) + ", expected success; " + CudaErrors.remedy(code));
        }
    }
}
