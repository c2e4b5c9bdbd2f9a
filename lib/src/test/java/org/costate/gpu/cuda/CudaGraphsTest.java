package org.costate.gpu.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.costate.gpu.driver.DeviceException;
import org.costate.gpu.driver.Driver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Launches that are recorded once and repeated, against a driver that is answered here.
class CudaGraphsTest {
    private static final int TIMES = 5;

    @TempDir
    private Path folder;

    /// Two launches, repeated.
    ///
    /// @param told the arguments that they had when they ran
    /// @return how often the launches were asked for
    private static int repeat(World world, Driver driver, int times, List<Integer> told) {
        world.cuda.launcher = (image, kernel, groups, lanes, arguments) -> {
            told.add(Answering.sized(arguments.getAtIndex(ADDRESS, 0), 4).get(JAVA_INT, 0));
            return 0;
        };
        int[] asked = new int[1];
        try (Driver.Code code = driver.build("source")) {
            Driver.Kernel kernel = code.kernel("steps");
            driver.repeat(times, () -> {
                asked[0]++;
                kernel.launch(1, 32, 7);
                kernel.launch(2, 32, 8);
            });
            driver.finish();
        }
        return asked[0];
    }

    private static List<Integer> expected(int times) {
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            all.addAll(List.of(7, 8));
        }
        return all;
    }

    @Test
    void launchesAreRecordedOnceAndRepeated() {
        try (World world = new World(folder);
                CudaDriver driver = world.open()) {
            List<Integer> told = new ArrayList<>();
            assertEquals(1, repeat(world, driver, TIMES, told));
            assertEquals(expected(TIMES), told);
            List<String> calls = new ArrayList<>(world.cuda.calls);
            calls.removeIf(c -> !c.startsWith("cuGraph") && !c.contains("Capture") && !c.equals("cuLaunchKernel"));
            List<String> order = new ArrayList<>(List.of(
                    "cuStreamBeginCapture_v2",
                    "cuLaunchKernel",
                    "cuLaunchKernel",
                    "cuStreamEndCapture",
                    "cuGraphInstantiateWithFlags",
                    "cuGraphDestroy"));
            for (int i = 0; i < TIMES; i++) {
                order.add("cuGraphLaunch");
            }
            order.add("cuGraphExecDestroy");
            assertEquals(order, calls);
            assertEquals(List.of("context", "stream"), world.cuda.live());
            assertEquals(List.of(), world.cuda.faults);
        }
    }

    @Test
    void aFewAreNotRecorded() {
        try (World world = new World(folder);
                CudaDriver driver = world.open()) {
            List<Integer> told = new ArrayList<>();
            assertEquals(3, repeat(world, driver, 3, told));
            assertEquals(expected(3), told);
            assertTrue(world.cuda.calls.stream().noneMatch(c -> c.contains("Capture")));
        }
    }

    /// Recording is refused, or what was recorded: the launches are done one by one.
    @ParameterizedTest
    @CsvSource({"cuStreamBeginCapture_v2, 0", "cuGraphInstantiateWithFlags, 1"})
    void whatIsNotRecordedIsLaunchedAllTheSame(String function, int more) {
        try (World world = new World(folder);
                CudaDriver driver = world.open()) {
            world.cuda.failing.put(function, 801);
            List<Integer> told = new ArrayList<>();
            assertEquals(TIMES + more, repeat(world, driver, TIMES, told));
            assertEquals(expected(TIMES), told);
            assertEquals(List.of("context", "stream"), world.cuda.live());
        }
    }

    static Set<String> functions() {
        return CudaGraphs.TYPES.keySet();
    }

    @ParameterizedTest
    @MethodSource("functions")
    void anOlderDriverRecordsNothing(String function) {
        try (World world = new World(folder)) {
            world.cuda.absent.add(function);
            try (CudaDriver driver = world.open()) {
                List<Integer> told = new ArrayList<>();
                assertEquals(TIMES, repeat(world, driver, TIMES, told));
                assertEquals(expected(TIMES), told);
                assertTrue(world.cuda.calls.stream().noneMatch(c -> c.contains("Capture")));
            }
        }
    }

    /// A copy in between is not allowed, and spoils what is recorded.
    @Test
    void whatSpoilsARecordIsTold() {
        try (World world = new World(folder);
                CudaDriver driver = world.open();
                Driver.Code code = driver.build("source")) {
            long memory = driver.allocate(8);
            Driver.Kernel kernel = code.kernel("steps");
            int[] asked = new int[1];
            driver.repeat(TIMES, () -> {
                asked[0]++;
                kernel.launch(1, 32, 7);
                driver.clear(memory, 0, 8);
            });
            assertEquals(TIMES + 1, asked[0]);
            assertEquals(TIMES, world.cuda.launches.size());
            driver.free(memory);
            assertEquals(
                    List.of("context", "module", "stream"),
                    world.cuda.live().stream().sorted().toList());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cuGraphLaunch", "cuGraphExecDestroy", "cuGraphDestroy"})
    void whatFailsIsNamedAndTheRestGivenBack(String function) {
        try (World world = new World(folder);
                CudaDriver driver = world.open()) {
            world.cuda.failing.put(function, 719);
            String message = assertThrows(DeviceException.class, () -> repeat(world, driver, TIMES, new ArrayList<>()))
                    .getMessage();
            assertTrue(
                    message.startsWith(
                            function + ": got CUDA_ERROR_LAUNCH_FAILED (719, what it means), expected success;"),
                    message);
            List<String> left = new ArrayList<>(world.cuda.live());
            left.removeAll(List.of("context", "stream"));
            switch (function) { // what cannot be given back then
                case "cuGraphDestroy" -> assertEquals(List.of("graph"), left);
                case "cuGraphExecDestroy" -> assertEquals(List.of("executable graph"), left);
                default -> assertEquals(List.of(), left);
            }
        }
    }

    @Test
    void aKernelThatIsRefusedIsNamed() {
        try (World world = new World(folder);
                CudaDriver driver = world.open()) {
            world.cuda.failing.put("cuLaunchKernel", 701);
            String message = assertThrows(DeviceException.class, () -> repeat(world, driver, TIMES, new ArrayList<>()))
                    .getMessage();
            assertTrue(message.startsWith("cuLaunchKernel steps: got CUDA error (701"), message);
            assertEquals(List.of("context", "stream"), world.cuda.live());
        }
    }
}
