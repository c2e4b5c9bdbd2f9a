package org.costate.gpu.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.costate.gpu.driver.DeviceException;
import org.costate.gpu.driver.DeviceHeap;
import org.costate.gpu.driver.DeviceMemory;
import org.costate.gpu.driver.Driver;
import org.costate.gpu.driver.Products;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// cuBLAS, against a library that is answered here and multiplies.
class CublasTest {
    private static final int ROWS = 5;
    private static final int COLUMNS = 3;
    private static final int INNER = 4;

    /// Where matrices begin, and what stands between their rows.
    private static final int OFFSET = 2;

    private static final int GAP = 3;

    @TempDir
    private Path folder;

    private static double element(double[] all, int stride, boolean transposed, int i, int j) {
        return all[OFFSET + (transposed ? j * stride + i : i * stride + j)];
    }

    private static DeviceMemory memory(DeviceHeap.Part part, double[] values, Precision precision) {
        try (Workspace workspace = new Workspace()) {
            Buffer buffer = workspace.allocate(1, values.length, precision);
            buffer.copyFrom(values);
            return part.copy(buffer);
        }
    }

    private static double[] random(int count) {
        return new SplittableRandom(count).ints(count, -8, 8).asDoubleStream().toArray();
    }

    /// All integers, so that the result is exact.
    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void productsAreThoseOfMatricesThatLieRowByRow(boolean transposedA, boolean transposedB) {
        try (World world = new World(folder);
                FakeCublas cublas = new FakeCublas(world.cuda, 12)) {
            world.libraries.put("libcublas.so.12", cublas);
            for (Precision precision : Precision.values()) {
                try (CudaDriver driver = world.open();
                        DeviceHeap.Part part = new DeviceHeap(driver).part()) {
                    int strideA = (transposedA ? ROWS : INNER) + GAP;
                    int strideB = (transposedB ? INNER : COLUMNS) + GAP;
                    double[] a = random(OFFSET + strideA * (transposedA ? INNER : ROWS));
                    double[] b = random(OFFSET + strideB * (transposedB ? COLUMNS : INNER));
                    double[] c = random(OFFSET + ROWS * COLUMNS);
                    DeviceMemory there = memory(part, c, precision);
                    Products.Factor left =
                            new Products.Factor(memory(part, a, precision), OFFSET, strideA, transposedA);
                    Products.Factor right =
                            new Products.Factor(memory(part, b, precision), OFFSET, strideB, transposedB);
                    for (boolean adds : new boolean[] {false, true}) {
                        driver.products().product(precision, ROWS, COLUMNS, INNER, left, right, adds, there, OFFSET);
                        for (int i = 0; i < ROWS; i++) {
                            for (int j = 0; j < COLUMNS; j++) {
                                double sum = 0;
                                for (int k = 0; k < INNER; k++) {
                                    sum += element(a, strideA, transposedA, i, k)
                                            * element(b, strideB, transposedB, k, j);
                                }
                                int at = OFFSET + i * COLUMNS + j;
                                c[at] = adds ? c[at] + sum : sum;
                            }
                        }
                        assertArrayEquals(c, numbers(driver, there, c.length), precision + ", adds: " + adds);
                    }
                }
            }
            assertEquals(0, cublas.live);
            assertEquals(List.of(), cublas.faults);
            world.checkClean();
        }
    }

    private static double[] numbers(Driver driver, DeviceMemory from, int count) {
        try (Workspace workspace = new Workspace()) {
            Buffer buffer = workspace.allocate(1, count, from.precision());
            driver.download(from.pointer(), 0, buffer.memory());
            return buffer.toArray();
        }
    }

    @Test
    void itIsOpenedOnceAndSetToTheSameBits() {
        try (World world = new World(folder);
                FakeCublas cublas = new FakeCublas(world.cuda, 12)) {
            world.libraries.put("libcublas.so.12", cublas);
            try (CudaDriver driver = world.open()) {
                assertEquals(List.of(), cublas.calls, "not before it is asked for");
                assertNotNull(driver.products());
                assertNotNull(driver.products());
            }
            assertEquals(
                    List.of(
                            "cublasGetProperty",
                            "cublasCreate_v2",
                            "cublasSetStream_v2",
                            "cublasSetWorkspace_v2",
                            "cublasSetMathMode",
                            "cublasSetAtomicsMode",
                            "cublasDestroy_v2"),
                    cublas.calls);
            world.checkClean();
        }
    }

    @Test
    void withoutItThereAreNoProductsOfALibrary() {
        try (World world = new World(folder);
                CudaDriver driver = world.open()) {
            assertNull(driver.products());
        }
        for (String absent : List.of("cublasSetWorkspace_v2", "newer", "unwanted")) {
            try (World world = new World(folder);
                    FakeCublas cublas = new FakeCublas(world.cuda, absent.equals("newer") ? 13 : 12)) {
                cublas.absent.add(absent);
                world.libraries.put("libcublas.so.12", cublas);
                if (absent.equals("unwanted")) {
                    world.environment.put("COSTATE_CUBLAS", "none");
                }
                try (CudaDriver driver = world.open()) {
                    assertNull(driver.products(), absent);
                }
                world.checkClean();
            }
        }
    }

    /// All but that which tells the version.
    static Set<String> functions() {
        Set<String> all = new TreeSet<>(Cublas.TYPES.keySet());
        all.remove("cublasGetProperty");
        return all;
    }

    @ParameterizedTest
    @MethodSource("functions")
    void whatFailsIsNamedAndTheRestGivenBack(String function) {
        try (World world = new World(folder);
                FakeCublas cublas = new FakeCublas(world.cuda, 12)) {
            world.libraries.put("libcublas.so.12", cublas);
            cublas.failing.put(function, 15);
            String message =
                    assertThrows(DeviceException.class, () -> multiply(world)).getMessage();
            assertTrue(
                    message.startsWith(function + ": got CUBLAS_STATUS_NOT_SUPPORTED (15), expected success; install"),
                    message);
            assertTrue(message.contains("COSTATE_CUBLAS"), message);
            assertEquals(function.equals("cublasDestroy_v2") ? 1 : 0, cublas.live);
            world.checkClean();
        }
    }

    private static void multiply(World world) {
        try (CudaDriver driver = world.open();
                DeviceHeap.Part part = new DeviceHeap(driver).part()) {
            for (Precision precision : Precision.values()) {
                DeviceMemory all = part.numbers(4, precision);
                Products.Factor factor = new Products.Factor(all, 0, 2, false);
                driver.products().product(precision, 2, 2, 2, factor, factor, false, part.numbers(4, precision), 0);
            }
        }
    }
}
