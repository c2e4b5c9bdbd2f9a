package org.costate.gpu;

import static org.costate.Close.assertClose;
import static org.costate.Close.flat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.costate.Draws;
import org.costate.Ode;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Backprop;
import org.costate.adjoint.Backsolve;
import org.costate.adjoint.Checkpointed;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Gradient;
import org.costate.adjoint.Interpolating;
import org.costate.adjoint.Reversible;
import org.costate.gpu.cuda.Cuda;
import org.costate.gpu.cuda.InterpretedDevice;
import org.costate.gpu.driver.DeviceException;
import org.costate.gpu.driver.Driver;
import org.costate.graph.Trace;
import org.costate.ode.Dopri5;
import org.costate.ode.Dynamics;
import org.costate.ode.Parameters;
import org.costate.ode.ReversibleHeun;
import org.costate.ode.Rk4;
import org.costate.ode.Solver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The kernels as NVRTC compiles them, run without a device: gradients are those of the processor.
class PtxTest {
    private static final long SEED = 20;
    private static final double CLOSE = 1e-12;

    /// A work-item takes a sample.
    private static final Dynamics SMALL = Trace.dynamics(
            2,
            (t, x, p) ->
                    x.matmul(p.matrix("W", 2, 2)).plus(p.row("b", 2).times(t)).sin());

    /// A group takes samples.
    private static final Dynamics NET = Trace.dynamics(
            3,
            (t, x, p) -> x.pow(3)
                    .matmul(p.matrix("W1", 3, 22))
                    .plus(p.row("b1", 22).times(t))
                    .tanh()
                    .matmul(p.matrix("W2", 22, 3))
                    .plus(x.column(0).times(p.row("b2", 3))));

    /// With a product of tiles, of which there are two in a row.
    private static final Dynamics DEEP = Trace.dynamics(
            2,
            (t, x, p) -> x.matmul(p.matrix("W1", 2, 9))
                    .tanh()
                    .matmul(p.matrix("W2", 9, 33))
                    .plus(p.row("b", 33).times(t))
                    .tanh()
                    .matmul(p.matrix("W3", 33, 2)));

    /// With two products in one value, there and back.
    private static final Dynamics SKIP = Trace.dynamics(8, (t, x, p) -> {
        var h = x.matmul(p.matrix("W1", 8, 11)).tanh();
        return h.matmul(p.matrix("W2", 11, 8))
                .plus(x.matmul(p.matrix("W3", 8, 8)).times(t))
                .sin();
    });

    @TempDir
    private Path folder;

    private static double[][] random(long seed, int rows, int columns) {
        return Draws.uniform(seed, rows, columns, 0.6);
    }

    private record Case(Dynamics field, int batch, Solver solver, Adjoint mode) {
        Ode ode() {
            return Ode.of(field).span(0, 1).solver(solver).adjoint(mode);
        }

        Gradient gradient(Ode ode) {
            int d = field.dimension();
            Cost cost = Cost.sumOfSquares(random(3, batch, d)).plus(Cost.sumOfSquaresAt(0.5, random(4, batch, d)));
            return ode.gradient(random(2, batch, d), field.initialParameters(SEED), cost);
        }

        /// The largest difference to the processor's, relative to the largest entry.
        void check(Gpu gpu) {
            check(ode(), gpu);
        }

        void check(Ode ode, Gpu gpu) {
            Gradient here = gradient(ode);
            Gradient there = gradient(ode.on(gpu));
            assertEquals(here.cost(), there.cost(), CLOSE * Math.abs(here.cost()), this + " cost");
            assertClose(flat(here.x0()), flat(there.x0()), CLOSE, this + " x0");
            Parameters p = there.parameters();
            assertClose(here.parameters().toArray(), p.toArray(), CLOSE, this + " theta");
        }
    }

    private static Gpu gpu(InterpretedDevice device, UnaryOperator<String> change) {
        Cuda.Found found = device.found();
        return new Gpu(found.facts(), () -> changed(found.open(), change));
    }

    /// The driver with another source than it is given.
    private static Driver changed(Driver driver, UnaryOperator<String> change) {
        return (Driver) Proxy.newProxyInstance(
                Driver.class.getClassLoader(), new Class<?>[] {Driver.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("build")) {
                        return driver.build(change.apply((String) arguments[0]));
                    }
                    try {
                        return method.invoke(driver, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void gradientsAreThoseOfTheProcessor() {
        try (InterpretedDevice device = new InterpretedDevice(folder)) {
            Gpu gpu = gpu(device, source -> source);
            for (Case each : List.of(
                    new Case(SMALL, 70, Rk4.steps(4), Backprop.defaults()),
                    new Case(SMALL, 3, ReversibleHeun.steps(4), Checkpointed.states(2)),
                    new Case(NET, 1, Rk4.steps(4), Backprop.defaults()),
                    new Case(NET, 14, Dopri5.steps(4), Backprop.defaults()),
                    new Case(NET, 14, ReversibleHeun.steps(4), Checkpointed.states(3)),
                    new Case(NET, 5, Rk4.steps(4), Backsolve.defaults()),
                    new Case(NET, 9, ReversibleHeun.steps(4), Reversible.defaults()),
                    new Case(NET, 9, Dopri5.steps(4), Interpolating.defaults()),
                    new Case(NET, 3, Dopri5.tolerance(1e-3, 1e-3).perSample(), Backprop.defaults()),
                    new Case(SMALL, 3, Dopri5.tolerance(1e-3, 1e-3).perSample(), Backprop.defaults()),
                    new Case(NET, 3, Dopri5.tolerance(1e-3, 1e-3).perSample(), Backsolve.defaults()))) {
                each.check(gpu);
                assertEquals(List.of(), device.faults(), each.toString());
                assertEquals(List.of(), device.liveMemory(), each.toString());
            }
            Set<String> kernels = device.blocks().keySet().stream()
                    .map(name -> name.replaceFirst("_\\d+$", "")) // its number in a program
                    .collect(Collectors.toSet());
            assertTrue(
                    kernels.containsAll(Set.of("steps", "transpose", "undo", "adaptive", "reduce", "add")),
                    device.blocks().toString());
        }
    }

    /// Each evaluation by itself, since derivatives by times are asked for: a kernel a value, products tile by tile.
    @Test
    void evaluationsAreThoseOfTheProcessor() {
        try (InterpretedDevice device = new InterpretedDevice(folder)) {
            Case deep = new Case(DEEP, 18, Rk4.steps(1), Backprop.defaults());
            deep.check(deep.ode().timeGradients(), gpu(device, source -> source));
            assertEquals(List.of(), device.faults());
            assertEquals(List.of(), device.liveMemory());
        }
    }

    /// A sequence of launches a step, recorded once and launched for each.
    ///
    /// @param library do products come from a library?
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void sequencesOfLaunchesAreThoseOfTheProcessor(boolean library) {
        try (InterpretedDevice device = new InterpretedDevice(folder, library)) {
            Gpu gpu = Devices.withoutLocalMemory(gpu(device, source -> source), times -> {});
            for (Case each : List.of(
                    new Case(DEEP, 5, Rk4.steps(8), Backprop.defaults()),
                    new Case(SKIP, 9, Rk4.steps(4), Backprop.defaults()),
                    new Case(DEEP, 3, ReversibleHeun.steps(8), Checkpointed.states(40)),
                    new Case(DEEP, 2, ReversibleHeun.steps(6), Reversible.defaults()),
                    new Case(SKIP, 3, Rk4.steps(4), Interpolating.defaults()))) {
                each.check(gpu);
                assertTrue(device.graphLaunches() > 0, each.toString());
                assertEquals(library, device.products() > 0, each.toString());
                assertEquals(List.of(), device.faults(), each.toString());
                assertEquals(List.of(), device.liveMemory(), each.toString());
            }
        }
    }

    private static final List<Case> OWN_STEPS = List.of(
            new Case(NET, 3, Dopri5.tolerance(1e-3, 1e-3).perSample(), Backprop.defaults()),
            new Case(NET, 2, Dopri5.tolerance(1e-3, 1e-3).perSample(), Backsolve.defaults()));

    /// Where local memory has no room for a sample, and samples choose their own steps.
    @Test
    void groupsWithArraysInGlobalMemoryComputeTheSame() {
        try (InterpretedDevice device = new InterpretedDevice(folder)) {
            Gpu gpu = Devices.withoutLocalMemory(gpu(device, source -> source), times -> {});
            for (Case each : OWN_STEPS) {
                assertTrue(each.ode().on(gpu).source().contains("GLOBAL TIME *rooms,"), each.toString());
                each.check(gpu);
                assertEquals(List.of(), device.faults(), each.toString());
                assertEquals(List.of(), device.liveMemory(), each.toString());
            }
        }
    }

    @Test
    void aMissingBarrierOfArraysInGlobalMemoryIsSeen() {
        try (InterpretedDevice device = new InterpretedDevice(folder)) {
            UnaryOperator<String> change =
                    source -> source.contains("void adaptive(") ? without(source, "adaptive") : source;
            Gpu gpu = Devices.withoutLocalMemory(gpu(device, change), times -> {});
            assertThrows(DeviceException.class, () -> OWN_STEPS.getFirst().check(gpu));
            String fault = device.faults().getFirst().getMessage();
            assertTrue(fault.startsWith("race of thread "), fault);
        }
    }

    /// The test sees what it is for.
    @Test
    void aMissingBarrierIsSeen() {
        for (String file : List.of("steps", "transpose")) {
            try (InterpretedDevice device = new InterpretedDevice(folder)) {
                Gpu gpu = gpu(device, source -> source.contains("void " + file + "(") ? without(source, file) : source);
                Case net = new Case(NET, 14, Rk4.steps(4), Backprop.defaults());
                String message = assertThrows(DeviceException.class, () -> net.check(gpu))
                        .getMessage();
                assertTrue(message.startsWith("cuLaunchKernel " + file), message);
                String fault = device.faults().getFirst().getMessage();
                assertTrue(fault.startsWith("race of thread ") && fault.contains("shared byte"), fault);
                assertEquals(List.of(), device.liveMemory());
            }
        }
    }

    /// Without the barrier behind which the field reads the arguments that the group's work-items computed.
    private static String without(String source, String kernel) {
        int use = source.indexOf("= tanh(", source.indexOf("void " + kernel + "("));
        int barrier = source.lastIndexOf("BARRIER;", use);
        return source.substring(0, barrier) + source.substring(barrier + "BARRIER".length());
    }
}
