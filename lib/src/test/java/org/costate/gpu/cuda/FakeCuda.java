package org.costate.gpu.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.ToIntBiFunction;

/// A driver with one device, whose memory is the host's. It watches what a driver must be given: a context before all
/// else, memory of its own within its bounds, each thing freed once.
final class FakeCuda extends Answering {
    private static final Map<Integer, String> NAMES = Map.of(
            1, "CUDA_ERROR_INVALID_VALUE",
            2, "CUDA_ERROR_OUT_OF_MEMORY",
            100, "CUDA_ERROR_NO_DEVICE",
            201, "CUDA_ERROR_INVALID_CONTEXT",
            400, "CUDA_ERROR_INVALID_HANDLE",
            500, "CUDA_ERROR_NOT_FOUND",
            700, "CUDA_ERROR_ILLEGAL_ADDRESS",
            702, "CUDA_ERROR_LAUNCH_TIMEOUT",
            719, "CUDA_ERROR_LAUNCH_FAILED");

    private static final long CONTEXT = 0xC0;
    private static final long STREAM = 0x57;

    /// Runs a launch.
    interface Launcher {
        /// Does what the kernel does; the result is that of the launch.
        ///
        /// @param image of the module
        /// @param arguments pointers to them
        int launch(byte[] image, String kernel, int groups, int lanes, MemorySegment arguments) throws Exception;
    }

    private record Block(Arena arena, MemorySegment memory) {}

    private record Entry(long module, String name) {}

    private final Map<Integer, MemorySegment> texts = new HashMap<>();
    private final NavigableMap<Long, Block> blocks = new TreeMap<>();
    private final Map<Long, byte[]> modules = new HashMap<>();
    private final Map<Long, Entry> functions = new HashMap<>();
    private final Map<Long, Long> current = new HashMap<>();
    private int retained;
    private int streams;
    private long next = 1000;

    int version = 12_090;
    int devices = 1;
    int capability = 90;
    long memoryBytes = 1L << 30;
    int mostThreads = 1024;
    Launcher launcher = (image, kernel, groups, lanes, arguments) -> 0;

    private final FakeGraphs graphs = new FakeGraphs();

    /// How many arguments a kernel of a module has, which a driver knows.
    ToIntBiFunction<byte[], String> argumentCount = (image, kernel) -> 1;

    /// What was launched: name, blocks, threads.
    final List<String> launches = new ArrayList<>();

    /// Kernels that every module has; null for all.
    List<String> kernels = List.of("steps");

    FakeCuda() {
        super(all());
        NAMES.forEach((code, name) -> texts.put(code, constant(name)));
        texts.put(-1, constant("what it means"));
    }

    private static Map<String, FunctionDescriptor> all() {
        Map<String, FunctionDescriptor> all = new HashMap<>(CudaApi.TYPES);
        all.putAll(CudaGraphs.TYPES);
        return all;
    }

    /// What was not given back.
    List<String> live() {
        List<String> live = new ArrayList<>();
        blocks.values().forEach(b -> live.add(b.memory.byteSize() + " bytes"));
        modules.keySet().forEach(m -> live.add("module"));
        live.addAll(retained > 0 ? List.of("context") : List.of());
        live.addAll(streams > 0 ? List.of("stream") : List.of());
        live.addAll(graphs.live());
        return live;
    }

    /// Memory of the device from an address on; null if it is not all of one block.
    MemorySegment at(long address, long bytes) {
        var block = blocks.floorEntry(address);
        long from = block == null ? 0 : address - block.getKey();
        return block == null || from + bytes > block.getValue().memory.byteSize()
                ? null
                : block.getValue().memory.asSlice(from, bytes);
    }

    @Override
    int answer(String name, Object... a) throws Exception {
        return switch (name) {
            case "cuInit" -> (int) a[0] == 0 ? 0 : 1;
            case "cuDriverGetVersion" -> put(a[0], version);
            case "cuDeviceGetCount" -> put(a[0], devices);
            case "cuDeviceGet" -> (int) a[1] < devices ? put(a[0], 40 + (int) a[1]) : 101;
            case "cuDeviceGetName" -> {
                sized(a[0], (int) a[1]).setString(0, "Pretender " + a[2]);
                yield 0;
            }
            case "cuDeviceTotalMem_v2" -> put(a[0], memoryBytes);
            case "cuDeviceGetAttribute" -> attribute(a[0], (int) a[1]);
            case "cuGetErrorName" -> text(a[1], texts.get((int) a[0]));
            case "cuGetErrorString" -> text(a[1], texts.containsKey((int) a[0]) ? texts.get(-1) : null);
            case "cuDevicePrimaryCtxRetain" -> {
                retained++;
                yield put(a[0], CONTEXT);
            }
            case "cuDevicePrimaryCtxRelease_v2" -> --retained >= 0 ? 0 : 201;
            case "cuCtxSetCurrent" -> {
                current.put(Thread.currentThread().threadId(), (long) a[0]);
                yield (long) a[0] == CONTEXT && retained > 0 ? 0 : 201;
            }
            default ->
                current.getOrDefault(Thread.currentThread().threadId(), 0L) == CONTEXT ? inContext(name, a) : 201;
        };
    }

    private int inContext(String name, Object... a) throws Exception {
        if (graphs.isRecording() && (name.startsWith("cuMem") || name.equals("cuStreamSynchronize"))) {
            return graphs.spoil();
        }
        return switch (name) {
            case "cuMemGetInfo_v2" -> {
                long taken = blocks.values().stream()
                        .mapToLong(b -> b.memory.byteSize())
                        .sum();
                put(a[1], memoryBytes);
                yield put(a[0], memoryBytes - taken);
            }
            case "cuMemAlloc_v2" -> allocate(a[0], (long) a[1]);
            case "cuMemFree_v2" -> free((long) a[0]);
            case "cuMemcpyHtoD_v2" -> copy(at((long) a[0], (long) a[2]), sized(a[1], (long) a[2]));
            case "cuMemcpyDtoH_v2" -> copy(sized(a[0], (long) a[2]), at((long) a[1], (long) a[2]));
            case "cuMemcpyDtoD_v2" -> copy(at((long) a[0], (long) a[2]), at((long) a[1], (long) a[2]));
            case "cuMemsetD8_v2" -> {
                MemorySegment to = at((long) a[0], (long) a[2]);
                if (to != null) {
                    to.fill((byte) a[1]);
                }
                yield to == null ? 1 : 0;
            }
            case "cuModuleLoadData" -> {
                modules.put(next, image(a[1]));
                yield put(a[0], next++);
            }
            case "cuModuleUnload" -> modules.remove((long) a[0]) == null ? 400 : 0;
            case "cuModuleGetFunction" -> {
                String kernel = text(a[2]);
                if (!modules.containsKey((long) a[1]) || (kernels != null && !kernels.contains(kernel))) {
                    yield 500;
                }
                functions.put(next, new Entry((long) a[1], kernel));
                yield put(a[0], next++);
            }
            case "cuFuncGetAttribute" -> put(a[0], (int) a[1] == 0 ? mostThreads : 0);
            case "cuStreamCreate" -> {
                streams++;
                yield (int) a[1] == 0 ? put(a[0], STREAM) : 1;
            }
            case "cuStreamDestroy_v2" -> (long) a[0] == STREAM && --streams >= 0 ? 0 : 400;
            case "cuStreamSynchronize" -> (long) a[0] == STREAM ? 0 : 400;
            case "cuLaunchKernel" -> launch(a);
            case "cuStreamBeginCapture_v2" -> (long) a[0] == STREAM && (int) a[1] == 1 ? graphs.begin() : 1;
            case "cuStreamEndCapture" -> (long) a[0] == STREAM ? graphs.end(sized(a[1], 8)) : 400;
            case "cuGraphInstantiateWithFlags" ->
                (long) a[2] == 0 ? graphs.instantiate(sized(a[0], 8), (long) a[1]) : 1;
            case "cuGraphLaunch" -> (long) a[1] == STREAM ? graphs.launch((long) a[0]) : 400;
            case "cuGraphExecDestroy" -> graphs.free((long) a[0], true);
            case "cuGraphDestroy" -> graphs.free((long) a[0], false);
            default -> throw new IllegalStateException(name);
        };
    }

    private int launch(Object... a) throws Exception {
        Entry entry = functions.get((long) a[0]);
        boolean plain = a[2].equals(1) && a[3].equals(1) && a[5].equals(1) && a[6].equals(1) && a[7].equals(0);
        if (entry == null || !plain || (long) a[8] != STREAM || ((MemorySegment) a[10]).address() != 0) {
            return 1;
        }
        byte[] image = modules.get(entry.module);
        int groups = (int) a[1];
        int lanes = (int) a[4];
        MemorySegment arguments = sized(a[9], 8 * 64);
        if (graphs.isRecording()) { // the arguments are copied now
            MemorySegment kept = graphs.keep(arguments, argumentCount.applyAsInt(image, entry.name));
            return graphs.add(() -> launch(image, entry.name, groups, lanes, kept));
        }
        return launch(image, entry.name, groups, lanes, arguments);
    }

    /// Work of another library on the stream.
    int work(long stream, Callable<Integer> work) throws Exception {
        return stream != STREAM ? 1 : graphs.isRecording() ? graphs.add(work) : work.call();
    }

    private int launch(byte[] image, String kernel, int groups, int lanes, MemorySegment arguments) throws Exception {
        launches.add(kernel + " " + groups + " x " + lanes);
        return launcher.launch(image, kernel, groups, lanes, arguments);
    }

    private int attribute(Object to, int attribute) {
        return switch (attribute) {
            case 1 -> put(to, 1024);
            case 8 -> put(to, 48 * 1024);
            case 16 -> put(to, 3);
            case 75 -> put(to, capability / 10);
            case 76 -> put(to, capability % 10);
            default -> 1;
        };
    }

    @SuppressWarnings("MustBeClosedChecker") // free and close do
    private int allocate(Object to, long bytes) {
        long taken =
                blocks.values().stream().mapToLong(b -> b.memory.byteSize()).sum();
        if (bytes <= 0 || bytes > memoryBytes - taken) {
            return bytes <= 0 ? 1 : 2;
        }
        Arena arena = Arena.ofShared();
        MemorySegment memory = arena.allocate(bytes, 256);
        memory.fill((byte) 0x7f); // a device does not clear
        blocks.put(memory.address(), new Block(arena, memory));
        return put(to, memory.address());
    }

    private int free(long address) {
        Block block = blocks.remove(address);
        if (block == null) {
            faults.add(new IllegalStateException("freed what was not taken, or twice"));
            return 1;
        }
        block.arena.close();
        return 0;
    }

    private int copy(MemorySegment to, MemorySegment from) {
        if (to == null || from == null) {
            return 1;
        }
        to.copyFrom(from);
        return 0;
    }

    /// PTX ends with 0, and so does what the pretended compiler gives.
    private static byte[] image(Object pointer) {
        return text(pointer).getBytes(StandardCharsets.UTF_8);
    }

    private static int put(Object to, int value) {
        sized(to, 4).set(JAVA_INT, 0, value);
        return 0;
    }

    private static int put(Object to, long value) {
        sized(to, 8).set(JAVA_LONG, 0, value);
        return 0;
    }

    private static int text(Object to, MemorySegment value) {
        sized(to, 8).set(ADDRESS, 0, value == null ? MemorySegment.NULL : value);
        return value == null ? 1 : 0;
    }

    @Override
    public void close() {
        blocks.values().forEach(b -> b.arena.close());
        graphs.close();
        super.close();
    }
}
