package org.costate.gpu;

import static org.costate.Close.assertClose;
import static org.costate.Close.flat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.costate.Ode;
import org.costate.adjoint.Backsolve;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Gradient;
import org.costate.gpu.cuda.InterpretedDevice;
import org.costate.gpu.driver.DeviceHeap;
import org.costate.gpu.driver.DeviceMemory;
import org.costate.gpu.driver.Driver;
import org.costate.graph.FieldCode;
import org.costate.graph.Trace;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.Dynamics;
import org.costate.ode.Norm;
import org.costate.ode.Parameters;
import org.costate.ode.Rk4;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The kernel that integrates x, a and g back, as NVRTC compiles it, run without a device.
class PtxBacksolveTest {
    private static final long SEED = 20;
    private static final int STEPS = 5;

    @TempDir
    private Path folder;

    private static Dynamics net(int d, int hidden) {
        return Trace.dynamics(
                d,
                (t, x, p) -> x.matmul(p.matrix("W1", d, hidden))
                        .plus(p.row("b1", hidden).times(t))
                        .tanh()
                        .matmul(p.matrix("W2", hidden, d)));
    }

    private static double[][] numbers(int rows, int columns, double of) {
        return IntStream.range(0, rows)
                .mapToObj(r -> IntStream.range(0, columns)
                        .mapToDouble(c -> Math.sin(of + r * columns + c))
                        .toArray())
                .toArray(double[][]::new);
    }

    private static DeviceMemory upload(Driver driver, DeviceHeap.Part part, double... values) {
        DeviceMemory to = part.numbers(values.length, Precision.FLOAT64);
        try (Arena arena = Arena.ofConfined()) {
            driver.upload(arena.allocateFrom(ValueLayout.JAVA_DOUBLE, values), to.pointer(), 0);
        }
        return to;
    }

    private static double[] download(Driver driver, DeviceMemory from, int count) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment to = arena.allocate(ValueLayout.JAVA_DOUBLE, count);
            driver.download(from.pointer(), 0, to);
            return to.toArray(ValueLayout.JAVA_DOUBLE);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 3, true", "2, 7, 9, false"})
    void theGradientIsTheProcessors(int d, int hidden, int batch, boolean alone) {
        Dynamics field = net(d, hidden);
        Parameters theta = field.initialParameters(SEED);
        double[][] target = numbers(batch, d, 0.5);
        Gradient here = Ode.of(field)
                .span(0, 1)
                .solver(Rk4.steps(STEPS))
                .adjoint(Backsolve.defaults())
                .gradient(numbers(batch, d, 2), theta, Cost.sumOfSquares(target));
        double[] end = flat(here.end());
        double[] costate = flat(target);
        Arrays.setAll(costate, i -> 2 * (end[i] - costate[i]));
        try (InterpretedDevice device = new InterpretedDevice(folder);
                Workspace workspace = new Workspace()) {
            Driver driver = device.found().open();
            StepsKernel kernel = StepsKernel.of(
                    "steps",
                    StepsKernel.Role.BACKSOLVE,
                    StepsKernel.Keep.NOTHING,
                    new StepsKernel.Wanted(
                            FieldCode.of(field),
                            Rk4.steps(STEPS).scheme(),
                            false,
                            Precision.FLOAT64,
                            driver.facts(),
                            batch,
                            false,
                            Norm.RMS));
            assertEquals(alone, kernel.shape().alone());
            int p = theta.toArray().length;
            int groups = kernel.shape().groups();
            try (DeviceHeap.Part part = new DeviceHeap(driver).part()) {
                double[] both =
                        Stream.of(end, costate).flatMapToDouble(Arrays::stream).toArray();
                DeviceMemory slots = upload(driver, part, both);
                DeviceMemory sums = part.numbers(2L * groups * p, Precision.FLOAT64);
                DeviceMemory none = part.numbers(1, Precision.FLOAT64);
                DeviceMemory failed = part.integers(2L * groups);
                var flatTheta = workspace.allocate(1, p, Precision.FLOAT64);
                flatTheta.copyFrom(theta.toArray());
                DeviceMemory nodes = upload(
                        driver,
                        part,
                        IntStream.rangeClosed(0, STEPS)
                                .mapToDouble(i -> 1 - i / (double) STEPS)
                                .toArray());
                kernel.launch(
                        driver.build(kernel.source()).kernel(kernel.name()),
                        part.copy(FieldCode.of(field).parameters(flatTheta, workspace)),
                        slots,
                        sums,
                        nodes,
                        none,
                        none,
                        none,
                        none,
                        failed,
                        part.numbers(2L * groups * d, Precision.FLOAT64),
                        batch,
                        kernel.shape().samples(),
                        STEPS,
                        0,
                        0,
                        1,
                        -1,
                        0,
                        0,
                        Double.NEGATIVE_INFINITY,
                        Double.POSITIVE_INFINITY);
                driver.finish();
                double[] back = download(driver, slots, both.length);
                assertClose(flat(here.x0()), Arrays.copyOfRange(back, batch * d, 2 * batch * d), 1e-12, "costate at 0");
                double[] all = download(driver, sums, 2 * groups * p);
                double[] g = new double[p];
                for (int i = 0; i < groups; i++) {
                    for (int j = 0; j < p; j++) {
                        g[j] += all[2 * i * p + j];
                    }
                }
                assertClose(here.parameters().toArray(), g, 1e-12, "g");
            }
            assertEquals(List.of(), device.faults());
            assertEquals(List.of(), device.liveMemory());
        }
    }
}
