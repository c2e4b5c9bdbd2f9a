package org.costate.gpu;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Backprop;
import org.costate.adjoint.Backsolve;
import org.costate.adjoint.Checkpointed;
import org.costate.adjoint.Interpolating;
import org.costate.adjoint.Reversible;
import org.costate.gpu.driver.Driver;
import org.costate.gpu.driver.Facts;
import org.costate.graph.Trace;
import org.costate.ode.Dynamics;
import org.costate.ode.SolveException;
import org.costate.ode.Solver;

/// The device that tests run on, and what they compare.
final class Devices extends Answers {
    private static final String REMEDY = "no OpenCL device on the CPU, which these tests run on; install PoCL by"
            + " `apt-get install pocl-opencl-icd ocl-icd-libopencl1`. ";

    private static final List<Adjoint> MODES = List.of(
            Backprop.defaults(),
            Checkpointed.states(3),
            Reversible.anchored(4),
            Backsolve.defaults(),
            Interpolating.defaults());

    /// Each component blows up at t = 1 / x.
    static final Dynamics SQUARE = Trace.dynamics(8, (t, x, p) -> x.pow(2));

    private static final Pattern WOULD_FIT = Pattern.compile("(\\d+) would fit at a time");

    private Devices() {}

    /// States of eight components, 0.1 each; of each state number 5 is another.
    static double[][] starts(double... others) {
        double[][] starts = new double[others.length][8];
        for (int i = 0; i < others.length; i++) {
            Arrays.fill(starts[i], 0.1);
            starts[i][5] = others[i];
        }
        return starts;
    }

    /// How many samples a refusal says would fit.
    static int wouldFit(SolveException refusal) {
        Matcher told = WOULD_FIT.matcher(refusal.getMessage());
        assertTrue(told.find(), refusal.getMessage());
        return Integer.parseInt(told.group(1));
    }

    /// One of each gradient mode that goes with a solver.
    static List<Adjoint> modes(Solver solver) {
        return MODES.stream()
                .filter(mode -> !(mode instanceof Reversible) || solver.scheme().reversible())
                .toList();
    }

    /// The CPU by OpenCL, its kernels compiled without optimization, in half of the time. Without it the test is
    /// skipped, or fails where the environment variable CI is `true`.
    static Gpu pocl() {
        List<Gpu> processors =
                Gpu.all().stream().filter(d -> d.facts().isProcessor()).toList();
        if (processors.isEmpty() && "true".equals(System.getenv("CI"))) {
            throw new AssertionError(REMEDY + Gpu.report());
        }
        assumeTrue(!processors.isEmpty(), () -> REMEDY + Gpu.report());
        Sources.altered = source -> "#pragma clang optimize off\n" + source;
        return processors.getFirst();
    }

    /// The same, its kernels compiled as they are for users.
    static Gpu optimizing() {
        Gpu device = pocl();
        Sources.altered = UnaryOperator.identity();
        return device;
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
}
