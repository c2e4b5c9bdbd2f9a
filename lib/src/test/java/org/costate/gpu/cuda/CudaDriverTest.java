package org.costate.gpu.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.costate.gpu.driver.DeviceException;
import org.costate.gpu.driver.DeviceHeap;
import org.costate.gpu.driver.DeviceMemory;
import org.costate.gpu.driver.Driver;
import org.costate.gpu.driver.Facts;
import org.costate.memory.Precision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// The driver layer against a driver that is answered here.
class CudaDriverTest {
    @TempDir
    private Path folder;

    /// Everything that is done with a device, once.
    private static void useAll(World world) {
        List<Cuda.Found> found = world.devices();
        try (CudaDriver driver = (CudaDriver) found.getFirst().open();
                Arena arena = Arena.ofConfined()) {
            driver.freeBytes();
            try (DeviceHeap.Part part = new DeviceHeap(driver).part()) {
                DeviceMemory x = part.numbers(4, Precision.FLOAT64);
                DeviceMemory y = part.integers(8);
                driver.upload(arena.allocate(16), x.pointer(), 16);
                driver.copy(x.pointer(), 0, y.pointer(), 8, 16);
                try (Driver.Code code = driver.build("source")) {
                    code.kernel("steps").launch(7, 32, x, y, 5);
                    driver.finish();
                    driver.download(y.pointer(), 8, arena.allocate(16));
                }
            }
        }
    }

    @Test
    void callsAreInOrderAndNothingIsLeft() {
        try (World world = new World(folder)) {
            useAll(world);
            List<String> calls = new ArrayList<>(world.cuda.calls);
            calls.removeIf(c -> c.equals("cuDeviceGetAttribute"));
            // the context is set before each call that needs one
            calls.removeIf(c -> c.equals("cuCtxSetCurrent"));
            assertEquals(
                    List.of(
                            "cuInit",
                            "cuDriverGetVersion",
                            "cuDeviceGetCount",
                            "cuDeviceGet",
                            "cuDeviceGetName",
                            "cuDeviceTotalMem_v2",
                            "cuDevicePrimaryCtxRetain",
                            "cuStreamCreate",
                            "cuMemGetInfo_v2",
                            "cuMemAlloc_v2",
                            "cuMemsetD8_v2",
                            "cuMemcpyHtoD_v2",
                            "cuMemAlloc_v2",
                            "cuMemsetD8_v2",
                            "cuMemcpyDtoD_v2",
                            "cuModuleLoadData",
                            "cuModuleGetFunction",
                            "cuFuncGetAttribute",
                            "cuLaunchKernel",
                            "cuStreamSynchronize",
                            "cuMemcpyDtoH_v2",
                            "cuModuleUnload",
                            "cuMemFree_v2",
                            "cuMemFree_v2",
                            "cuStreamDestroy_v2",
                            "cuDevicePrimaryCtxRelease_v2"),
                    calls);
            assertEquals(List.of("steps 7 x 32"), world.cuda.launches);
            world.checkClean();
        }
    }

    @Test
    void factsAreTheDevices() {
        try (World world = new World(folder)) {
            world.cuda.devices = 2;
            List<Cuda.Found> found = world.devices();
            assertEquals(2, found.size());
            assertEquals(
                    new Facts("Pretender 41", "CUDA", "9.0", "CUDA 12.9", 1 << 30, 48 * 1024, 1024, 3, true, false),
                    found.get(1).facts());
            world.checkClean();
        }
    }

    @Test
    void argumentsLieInMemoryAsTheKernelReadsThem() {
        try (World world = new World(folder);
                CudaDriver driver = world.open();
                DeviceHeap.Part part = new DeviceHeap(driver).part()) {
            DeviceMemory x = part.numbers(4, Precision.FLOAT32);
            List<Object> read = new ArrayList<>();
            world.cuda.launcher = (image, kernel, groups, lanes, arguments) -> {
                read.add(argument(arguments, 0, 8).get(JAVA_LONG, 0));
                read.add(argument(arguments, 1, 4).get(JAVA_INT, 0));
                read.add(argument(arguments, 2, 8).get(JAVA_LONG, 0));
                read.add(argument(arguments, 3, 4).get(JAVA_FLOAT, 0));
                read.add(argument(arguments, 4, 8).get(JAVA_DOUBLE, 0));
                for (int i = 0; i < 5; i++) {
                    assertEquals(0, argument(arguments, i, 8).address() % (i % 2 == 0 ? 8 : 4), "alignment of " + i);
                }
                return 0;
            };
            Driver.Kernel kernel = driver.build("source").kernel("steps");
            kernel.launch(1, 64, x, -7, -8L, 1.5f, 2.5);
            assertEquals(List.of(x.pointer(), -7, -8L, 1.5f, 2.5), read);
            assertEquals(List.of(), world.cuda.faults);
            Throwable e = assertThrows(IllegalArgumentException.class, () -> kernel.launch(1, 64, 1, "x"));
            assertEquals(
                    "argument 1: got x, expected memory of the device or a number; the host's memory is not the"
                            + " device's",
                    e.getMessage());
        }
    }

    private static MemorySegment argument(MemorySegment arguments, int i, long bytes) {
        return Answering.sized(arguments.getAtIndex(ADDRESS, i), bytes);
    }

    @Test
    void copiesReachWhereTheyShould() {
        try (World world = new World(folder);
                CudaDriver driver = world.open();
                Arena arena = Arena.ofConfined()) {
            long x = driver.allocate(40);
            long y = driver.allocate(40);
            driver.clear(x, 0, 40);
            driver.clear(y, 0, 40);
            driver.upload(arena.allocateFrom(JAVA_DOUBLE, 1, 2, 3), x, 8);
            driver.copy(x, 8, y, 24, 16);
            driver.clear(x, 16, 8);
            MemorySegment both = arena.allocate(JAVA_DOUBLE, 5);
            driver.download(x, 0, both);
            assertArrayEquals(new double[] {0, 1, 0, 3, 0}, both.toArray(JAVA_DOUBLE));
            driver.download(y, 0, both);
            assertArrayEquals(new double[] {0, 0, 0, 1, 2}, both.toArray(JAVA_DOUBLE));
            driver.download(y, 24, both.asSlice(0, 8));
            assertEquals(1, both.get(JAVA_DOUBLE, 0));
            assertEquals((1 << 30) - 80, driver.freeBytes());
            String beyond = assertThrows(DeviceException.class, () -> driver.clear(x, 16, 32))
                    .getMessage();
            assertTrue(beyond.startsWith("cuMemsetD8_v2 of 32 bytes: got CUDA_ERROR_INVALID_VALUE (1,"), beyond);
            driver.free(x);
            driver.free(y);
            assertEquals(List.of(), world.cuda.faults);
            assertThrows(DeviceException.class, () -> driver.free(y));
            assertEquals(1, world.cuda.faults.size(), "the second free is seen");
        }
    }

    /// All functions but those that tell what an error is.
    static Set<String> functions() {
        Set<String> all = new TreeSet<>(CudaApi.TYPES.keySet());
        all.removeIf(name -> name.startsWith("cuGetError"));
        return all;
    }

    @ParameterizedTest
    @MethodSource("functions")
    void anyFunctionThatFailsIsNamedAndLeavesNothing(String function) {
        try (World world = new World(folder)) {
            world.cuda.failing.put(function, 719);
            String message =
                    assertThrows(DeviceException.class, () -> useAll(world)).getMessage();
            assertTrue(message.startsWith(function), message);
            assertTrue(
                    message.contains(": got CUDA_ERROR_LAUNCH_FAILED (719, what it means), expected success; a kernel"
                            + " failed; this is a fault of Costate"),
                    message);
            assertEquals(List.of(), world.cuda.faults);
            assertEquals(0, world.nvrtc.live());
            List<String> left = world.cuda.live();
            switch (function) { // what cannot be given back then
                case "cuMemFree_v2" -> assertEquals(List.of("32 bytes", "32 bytes"), left);
                case "cuModuleUnload" -> assertEquals(List.of("module"), left);
                case "cuStreamDestroy_v2" -> assertEquals(List.of("stream"), left);
                case "cuDevicePrimaryCtxRelease_v2" -> assertEquals(List.of("context"), left);
                default -> assertEquals(List.of(), left);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("functions")
    void aFunctionThatIsMissingMeansAnOldDriver(String function) {
        try (World world = new World(folder)) {
            world.cuda.absent.add(function);
            assertEquals(
                    function + ": this NVIDIA driver has no such function, it is too old; install driver 450 or newer",
                    assertThrows(DeviceException.class, world::devices).getMessage());
            assertEquals(List.of(), world.cuda.calls);
        }
    }

    @Test
    void missingFunctionsAreNoFailureBeforeTheyAreCalled() {
        CudaApi api = new CudaApi(name -> Optional.empty());
        assertEquals(CudaApi.TYPES.keySet(), api.missing());
        assertThrows(DeviceException.class, api::init);
        assertEquals("CUDA error (2)", api.meaning(2));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1|an argument that the driver does not take; this is a fault of Costate",
                "2|out of device memory; take fewer samples, or gpu.samplesAtATime(most)",
                "34|this is the toolkit's stub of libcuda",
                "46|another program holds the device",
                "100|the driver sees no NVIDIA GPU; look at what nvidia-smi lists",
                "209|compiled code that this device does not take; delete the cache folder",
                "222|the NVIDIA driver is older than NVRTC; update the driver",
                "304|the operating system refused",
                "700|a kernel left its memory; this is a fault of Costate",
                "701|too few registers or too little shared memory",
                "702|the system's watchdog ended a launch that took too long",
                "719|a kernel failed; this is a fault of Costate",
                "803|the driver's library and its kernel module differ; restart the machine",
                "999|the driver's module may be missing; run nvidia-modprobe -u",
                "12345|see CUresult in cuda.h"
            })
    void errorsSayWhatHelps(int code, String remedy) {
        try (World world = new World(folder);
                CudaDriver driver = world.open()) {
            world.cuda.failing.put("cuMemAlloc_v2", code);
            String message = assertThrows(DeviceException.class, () -> driver.allocate(80))
                    .getMessage();
            assertTrue(message.startsWith("cuMemAlloc_v2 of 80 bytes: got CUDA"), message);
            assertTrue(message.contains("(" + code), message);
            assertTrue(message.contains("expected success; " + remedy), message);
        }
    }

    @Test
    void memoryThatIsNotThereIsSaid() {
        try (World world = new World(folder);
                CudaDriver driver = world.open()) {
            DeviceHeap.Part part = new DeviceHeap(driver).part();
            var _ = part.numbers(1 << 26, Precision.FLOAT64).pointer();
            DeviceMemory large = part.numbers(1 << 27, Precision.FLOAT64);
            String message = assertThrows(DeviceException.class, large::pointer).getMessage();
            assertEquals(
                    "cuMemAlloc_v2 of 1073741824 bytes: got CUDA_ERROR_OUT_OF_MEMORY (2, what it means), expected"
                            + " success; out of device memory; take fewer samples, or gpu.samplesAtATime(most)",
                    message);
            part.close();
            part.close();
            assertEquals(List.of("context", "stream"), world.cuda.live());
            assertEquals(List.of(), world.cuda.faults);
        }
    }

    @Test
    void whatALaunchDidIsToldByTheCallAfterIt() {
        try (World world = new World(folder);
                CudaDriver driver = world.open()) {
            driver.build("source").kernel("steps").launch(1, 32);
            world.cuda.failing.put("cuStreamSynchronize", 700);
            String message = assertThrows(DeviceException.class, driver::finish).getMessage();
            assertTrue(message.contains("CUDA_ERROR_ILLEGAL_ADDRESS (700"), message);
            assertTrue(message.endsWith("; the last launch before was of steps"), message);
        }
    }

    @Test
    void anyThreadMayCall() throws InterruptedException {
        try (World world = new World(folder);
                CudaDriver driver = world.open()) {
            List<Throwable> failures = new ArrayList<>();
            Thread other = Thread.ofPlatform().start(() -> {
                try {
                    driver.free(driver.allocate(8));
                } catch (DeviceException e) {
                    failures.add(e);
                }
            });
            other.join();
            assertEquals(List.of(), failures);
            assertEquals(List.of(), world.cuda.faults);
        }
    }

    @Test
    void tooManyThreadsForAKernelAreRefusedBeforeTheLaunch() {
        try (World world = new World(folder);
                CudaDriver driver = world.open()) {
            world.cuda.mostThreads = 96;
            Driver.Kernel kernel = driver.build("source").kernel("steps");
            String message = assertThrows(DeviceException.class, () -> kernel.launch(1, 128))
                    .getMessage();
            assertTrue(message.startsWith("cuLaunchKernel steps: got 128 threads in a block, expected at most 96"));
            assertThrows(DeviceException.class, () -> kernel.launch(1L << 31, 32));
            assertEquals(List.of(), world.cuda.launches);
            message = assertThrows(
                            DeviceException.class, () -> driver.build("source").kernel("other"))
                    .getMessage();
            assertTrue(message.startsWith("cuModuleGetFunction other: got CUDA_ERROR_NOT_FOUND (500,"), message);
        }
    }

    @Test
    void aClosedDeviceIsNotUsed() {
        try (World world = new World(folder)) {
            CudaDriver driver = world.open();
            driver.close();
            driver.close();
            assertThrows(IllegalStateException.class, () -> driver.allocate(8));
            world.checkClean();
        }
    }
}
