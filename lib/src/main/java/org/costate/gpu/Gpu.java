package org.costate.gpu;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Backprop;
import org.costate.adjoint.Backsolve;
import org.costate.adjoint.Checkpointed;
import org.costate.adjoint.Device;
import org.costate.adjoint.Interpolating;
import org.costate.adjoint.Reversible;
import org.costate.gpu.cuda.Cuda;
import org.costate.gpu.driver.DeviceException;
import org.costate.gpu.driver.DeviceHeap;
import org.costate.gpu.driver.Driver;
import org.costate.gpu.driver.Facts;
import org.costate.gpu.opencl.OpenCl;
import org.costate.graph.FieldCode;
import org.costate.memory.Precision;
import org.costate.ode.AdaptiveSteps;
import org.costate.ode.Dynamics;
import org.costate.ode.Solver;

/// A GPU, or another device that OpenCL reaches: `ode.on(Gpu.first())`.
///
/// Devices are looked for when [#all()] is called first. Without one, or without a driver, nothing else of the library
/// is different; [#report()] says why there is none and what to do.
public final class Gpu implements Device {
    private static List<Gpu> found;
    private static final List<String> MISSING = new ArrayList<>();

    private final Facts facts;
    private final Supplier<Driver> opener;
    private Driver driver;
    private DeviceHeap heap;
    private Sources sources;

    Gpu(Facts facts, Supplier<Driver> opener) {
        this.facts = facts;
        this.opener = opener;
    }

    /// All devices, GPUs before processors; none if there is none.
    public static synchronized List<Gpu> all() {
        if (found == null) {
            List<Gpu> devices = new ArrayList<>();
            look("CUDA", () -> Cuda.devices().forEach(d -> devices.add(new Gpu(d.facts(), d::open))));
            Set<String> byCuda = devices.stream().map(d -> d.facts.name()).collect(Collectors.toSet());
            look(
                    "OpenCL",
                    () -> OpenCl.devices().stream()
                            .filter(d -> !byCuda.contains(d.facts().name()))
                            .forEach(d -> devices.add(new Gpu(d.facts(), d::open))));
            devices.sort((a, b) -> Boolean.compare(a.facts.isProcessor(), b.facts.isProcessor()));
            found = List.copyOf(devices);
        }
        return found;
    }

    private static void look(String api, Runnable search) {
        try {
            search.run();
        } catch (DeviceException e) {
            MISSING.add(api + ": " + e.getMessage());
        } catch (LinkageError e) {
            MISSING.add(api + ": LWJGL's bindings are not on the class path (" + e.getMessage()
                    + "); add org.lwjgl:lwjgl-opencl and the natives of org.lwjgl:lwjgl");
        }
    }

    /// The first of [#all()].
    ///
    /// @throws IllegalStateException if there is none, with the reasons and the remedies
    public static Gpu first() {
        List<Gpu> devices = all();
        if (devices.isEmpty()) {
            throw new IllegalStateException("device: got none, expected a GPU or another OpenCL device; " + report());
        }
        return devices.getFirst();
    }

    /// One line for each device, and for each way that leads to none with the reason and the remedy.
    public static String report() {
        List<String> lines = new ArrayList<>();
        all().forEach(d -> lines.add(d.toString()));
        lines.addAll(MISSING);
        return String.join("\n", lines);
    }

    /// What it is.
    public Facts facts() {
        return facts;
    }

    /// Bytes of its memory that are taken now.
    public long liveBytes() {
        return heap().liveBytes();
    }

    /// The most bytes of its memory that were taken at once since [#resetPeak()].
    public long peakBytes() {
        return heap().peakBytes();
    }

    /// Starts a new measurement.
    public void resetPeak() {
        heap().resetPeak();
    }

    synchronized Driver driver() {
        if (driver == null) {
            driver = opener.get();
            heap = new DeviceHeap(driver);
            sources = new Sources(driver);
        }
        return driver;
    }

    DeviceHeap heap() {
        driver();
        return heap;
    }

    Sources sources() {
        driver();
        return sources;
    }

    @Override
    public void check(Dynamics dynamics, Solver solver, Adjoint mode, Precision precision) {
        if (FieldCode.of(dynamics) == null) {
            throw new IllegalArgumentException("dynamics: got a field of lambdas or of another library, expected a"
                    + " traced one, since a device runs code made from its expressions; write it by"
                    + " Trace.dynamics(dimension, (t, x, p) -> ...), or leave on(...) away");
        }
        if (precision == Precision.FLOAT64 && !facts.float64()) {
            throw new IllegalArgumentException("precision: got FLOAT64 on " + facts.name()
                    + ", which has no float64, expected FLOAT32; write .precision(Precision.FLOAT32)");
        }
        if (solver != null && solver.steps() instanceof AdaptiveSteps a && !a.perSample()) {
            throw new IllegalArgumentException("solver: got " + solver + ", one step size for all samples, expected"
                    + " fixed steps or samples with steps of their own, since samples on a device do not wait for each"
                    + " other; write .perSample() behind .tolerance(...), or .steps(n)");
        }
        boolean can = mode == null
                || mode instanceof Backprop
                || mode instanceof Checkpointed
                || mode instanceof Reversible
                || mode instanceof Backsolve
                || mode instanceof Interpolating;
        if (!can) {
            throw new IllegalArgumentException(
                    "adjoint: got " + mode + " on a device, expected Backprop,"
                            + " Checkpointed, Reversible, Backsolve or Interpolating; take Checkpointed, or leave on(...) away");
        }
    }

    @Override
    public Dynamics dynamics(Dynamics field) {
        return DeviceField.of(this, field);
    }

    @Override
    public Adjoint adjoint(Adjoint mode) {
        return new OnDevice(this, mode);
    }

    @Override
    public String toString() {
        return facts.toString();
    }
}
