package org.costate.gpu;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.function.UnaryOperator;

/// The device that tests run on, and what they compare.
final class Devices extends Answers {
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
}
