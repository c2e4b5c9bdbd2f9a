package org.costate.gpu;

import static org.costate.Close.difference;
import static org.costate.Close.flat;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.function.UnaryOperator;
import org.costate.adjoint.Gradient;
import org.costate.gpu.driver.Driver;
import org.costate.gpu.driver.Facts;
import org.costate.memory.Precision;

/// The device that tests run on, and what they compare.
final class Devices {
    private static final String REMEDY = "no OpenCL device on the CPU, which these tests run on; install PoCL by"
            + " `apt-get install pocl-opencl-icd ocl-icd-libopencl1`. ";

    private Devices() {}

    /// The CPU by OpenCL. Without it the test is skipped, or fails where the environment variable CI is `true`.
    static Gpu pocl() {
        List<Gpu> processors =
                Gpu.all().stream().filter(d -> d.facts().isProcessor()).toList();
        if (processors.isEmpty() && "true".equals(System.getenv("CI"))) {
            throw new AssertionError(REMEDY + Gpu.report());
        }
        assumeTrue(!processors.isEmpty(), () -> REMEDY + Gpu.report());
        return processors.getFirst();
    }

    /// The same for tests of many kernels: compiled without optimization, in half of the time.
    static Gpu poclCompilingFast() {
        Sources.altered = source -> "#pragma clang optimize off\n" + source;
        return pocl();
    }

    /// From here on kernels are compiled as they are for users.
    static void compileAsUsual() {
        Sources.altered = UnaryOperator.identity();
    }

    /// A device with so little local memory that no net fits a group.
    ///
    /// @param repeats is told how often launches are repeated
    static Gpu withoutLocalMemory(Gpu whole, IntConsumer repeats) {
        Facts f = whole.facts();
        Facts little = new Facts(
                f.name(),
                f.api(),
                f.version(),
                f.driver(),
                f.memoryBytes(),
                256,
                f.mostLanes(),
                f.units(),
                f.float64(),
                f.isProcessor());
        return new Gpu(little, () -> telling(whole.driver(), repeats));
    }

    private static Driver telling(Driver driver, IntConsumer repeats) {
        return (Driver) Proxy.newProxyInstance(
                Driver.class.getClassLoader(), new Class<?>[] {Driver.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("repeat")) {
                        repeats.accept((int) arguments[0]);
                    }
                    try {
                        return method.invoke(driver, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /// How close the same given steps must come, relative to an array's largest entry.
    static double close(Precision precision) {
        return precision == Precision.FLOAT64 ? 1e-12 : 2e-5;
    }

    /// The arrays of an answer by their names.
    static Map<String, double[]> arrays(Gradient g, boolean times, boolean costate) {
        Map<String, double[]> all = new LinkedHashMap<>();
        all.put("cost", new double[] {g.cost()});
        all.put("end", flat(g.end()));
        all.put("x0", flat(g.x0()));
        all.put("theta", g.parameters().toArray());
        if (times) {
            all.put("times", new double[] {g.times().t0(), g.times().t1()});
            all.put("observation times", g.times().byObservation());
        }
        if (costate) {
            all.put("costate", flat(g.costate().value(0)));
        }
        return all;
    }

    /// Fails where two answers differ by more than a part of the largest entry.
    ///
    /// @return the largest difference
    static double same(Map<String, double[]> here, Map<String, double[]> there, double close, String what) {
        double worst = 0;
        for (String name : here.keySet()) {
            assertEquals(here.get(name).length, there.get(name).length, what + ": " + name);
            double miss = difference(here.get(name), there.get(name));
            assertTrue(miss <= close, () -> what + ": " + name + " differs by " + miss + ", more than " + close);
            worst = Math.max(worst, miss);
        }
        return worst;
    }

    /// Fails where a bit differs.
    static void sameBits(Map<String, double[]> once, Map<String, double[]> again, String what) {
        once.forEach((name, values) -> assertArrayEquals(values, again.get(name), what + ": " + name + ", once more"));
    }
}
