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
import org.costate.adjoint.Problem;
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
///
/// Cost: small and medium nets take a launch for many steps. Nets whose sample does not fit a work-group's local memory
/// take some launches a step, and the device's memory for every value of an evaluation, of all samples; where samples
/// choose their own steps, work-groups keep a sample each in the device's memory. A few samples of a small net are
/// sooner done without a device.
public final class Gpu implements Device {
    private static List<Gpu> found;
    private static final List<String> MISSING = new ArrayList<>();

    /// What is made when a device is used first; its views share it.
    private static final class Opened {
        private final Supplier<Driver> opener;
        private Driver driver;
        private DeviceHeap heap;
        private Sources sources;

        Opened(Supplier<Driver> opener) {
            this.opener = opener;
        }

        synchronized Opened open() {
            if (driver == null) {
                driver = opener.get();
                heap = new DeviceHeap(driver);
                sources = new Sources(driver);
            }
            return this;
        }
    }

    private static final int MOST_STEPS = 1 << 16;

    private final Facts facts;
    private final Opened opened;
    private final long budget;
    private final int mostSteps;
    private final int atATime;

    Gpu(Facts facts, Supplier<Driver> opener) {
        this(facts, new Opened(opener), Long.MAX_VALUE, MOST_STEPS, Integer.MAX_VALUE);
    }

    private Gpu(Facts facts, Opened opened, long budget, int mostSteps, int atATime) {
        this.facts = facts;
        this.opened = opened;
        this.budget = budget;
        this.mostSteps = mostSteps;
        this.atATime = atATime;
    }

    /// A device that is not here, for reading the code that it would get: `ode.on(Gpu.absent(facts)).source()`.
    /// Whatever would run on it throws.
    public static Gpu absent(Facts facts) {
        return new Gpu(facts, () -> {
            throw new IllegalStateException("device: got " + facts + ", which is not here, expected one of Gpu.all();"
                    + " of this one there is the source only");
        });
    }

    /// The same device, of whose memory a call may take so many bytes.
    ///
    /// @throws IllegalArgumentException if it is not above 0
    public Gpu memoryBudget(long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException(
                    "bytes: got " + bytes + ", expected a budget above 0; leave memoryBudget(...) away for none");
        }
        return new Gpu(facts, opened, bytes, mostSteps, atATime);
    }

    /// The same device, launched for so many steps at most: for one that also draws the screen, whose driver ends
    /// launches of seconds. Without it, a launch takes about half a second of a slow device.
    ///
    /// @throws IllegalArgumentException if it is below 1
    public Gpu stepsALaunch(int most) {
        if (most < 1) {
            throw new IllegalArgumentException(
                    "most: got " + most + ", expected at least 1; leave stepsALaunch(...) away for as many as usual");
        }
        return new Gpu(facts, opened, budget, most, atATime);
    }

    /// The same device, that holds so many samples of a gradient at most at once: for batches that do not fit. The
    /// gradient is that of the whole batch: the trajectories' bits are the same, sums over the batch are rounded
    /// otherwise.
    ///
    /// Cost: each sample is solved once more, since what comes back to it is known only when the cost saw all.
    ///
    /// @throws IllegalArgumentException if it is below 1; and by [org.costate.Ode#on], if the field adds over the
    ///     batch
    public Gpu samplesAtATime(int most) {
        if (most < 1) {
            throw new IllegalArgumentException(
                    "most: got " + most + ", expected at least 1; leave samplesAtATime(...) away for all at once");
        }
        return new Gpu(facts, opened, budget, mostSteps, most);
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
        lines.addAll(missing());
        return String.join("\n", lines);
    }

    /// Why a way leads to no device, and what to do.
    public static List<String> missing() {
        var _ = all();
        return List.copyOf(MISSING);
    }

    /// What it is.
    public Facts facts() {
        return facts;
    }

    /// Bytes of its memory that calls have taken now. What the driver keeps for itself is not among them: code, and of
    /// cuBLAS, once a call has used it, a workspace of 32 MiB and what it loads.
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

    /// The most steps that one launch takes.
    int mostSteps() {
        return mostSteps;
    }

    /// Bytes that a call may take: of the budget, of what the driver says is free, and of what there is.
    ///
    /// @param taken those that it took already
    long room(long taken) {
        long free = driver().freeBytes();
        return Math.min(budget, taken + (free < 0 ? facts.memoryBytes() - liveBytes() : free));
    }

    /// The most samples of a gradient that are on the device at once.
    int atATime() {
        return atATime;
    }

    Driver driver() {
        return opened.open().driver;
    }

    DeviceHeap heap() {
        return opened.open().heap;
    }

    Sources sources() {
        return opened.open().sources;
    }

    @Override
    public void check(Dynamics dynamics, Solver solver, Adjoint mode, Precision precision) {
        FieldCode code = FieldCode.of(dynamics);
        if (code == null) {
            throw new IllegalArgumentException("dynamics: got a field of lambdas or of another library, expected a"
                    + " traced one, since a device runs code made from its expressions; write it by"
                    + " Trace.dynamics(dimension, (t, x, p) -> ...), or leave on(...) away");
        }
        refuseMixing(code);
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

    /// Are all samples wanted at once by a device that has only some?
    void refuseMixing(FieldCode code) {
        if (atATime < Integer.MAX_VALUE && !code.separable()) {
            throw new IllegalArgumentException("device: got one with " + atATime + " samples at a time and a field that"
                    + " adds over the batch, expected one whose samples do not know of each other; leave"
                    + " samplesAtATime(...) away");
        }
    }

    @Override
    public Dynamics dynamics(Dynamics field) {
        return DeviceField.of(this, field);
    }

    @Override
    public String source(Dynamics dynamics, Solver solver, Adjoint mode, Precision precision) {
        return ModeKernels.source(facts, dynamics, solver, mode, precision);
    }

    @Override
    public Solved solve(Problem problem, boolean everyStep) {
        return OnDevice.solve(this, problem, everyStep);
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
