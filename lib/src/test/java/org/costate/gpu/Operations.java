package org.costate.gpu;

import static org.costate.Close.assertClose;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.costate.Ode;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Gradient;
import org.costate.gpu.StepsKernel.Keep;
import org.costate.gpu.StepsKernel.Role;
import org.costate.graph.FieldCode;
import org.costate.graph.OpSamples;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Dynamics;
import org.costate.ode.Euler;
import org.costate.ode.Heun;
import org.costate.ode.Norm;
import org.costate.ode.Parameters;
import org.costate.ode.Part;
import org.costate.ode.Solver;

/// Every operation on a device, forward and back, as kernels of one operation each and within those of whole
/// trajectories, against the processor. Many share a field, since a source takes long to compile; if it fails, each is
/// tried alone for its name.
final class Operations {
    private static final long SEED = 4711;
    private static final int TOGETHER = 42;
    private static final int[] BATCHES = {1, 3, 64};

    private Operations() {}

    /// Names of the samples of each field.
    static List<List<String>> fields() {
        List<List<String>> all = new ArrayList<>();
        List<String> names = OpSamples.names(false);
        for (int from = 0; from < names.size(); from += TOGETHER) {
            all.add(names.subList(from, Math.min(from + TOGETHER, names.size())));
        }
        all.add(OpSamples.names(true));
        return all;
    }

    /// Slopes and products by kernels of one operation each.
    static void evaluations(Gpu device, List<String> names) {
        eachAloneIfNotAll(names, some -> evaluates(device, some));
    }

    /// Gradients by kernels of whole trajectories.
    static void trajectories(Gpu device, List<String> names) {
        eachAloneIfNotAll(names, some -> steps(device, some));
    }

    private static void eachAloneIfNotAll(List<String> names, Consumer<List<String>> check) {
        try {
            check.accept(names);
        } catch (AssertionError | RuntimeException e) {
            List<String> wrong = new ArrayList<>();
            for (String name : names) {
                try {
                    check.accept(List.of(name));
                } catch (AssertionError | RuntimeException alone) {
                    wrong.add(name + ": " + alone.getMessage());
                }
            }
            throw new AssertionError(wrong.isEmpty() ? "only together: " + names : String.join("\n", wrong), e);
        }
    }

    private static double[] random(long seed, long count, double low, double high) {
        return new SplittableRandom(seed).doubles(count, low, high).toArray();
    }

    /// Operands between 0.3 and 0.9, where every operation is defined.
    private static Parameters parameters(Dynamics field) {
        return Parameters.of(field.layout(), random(SEED, field.layout().size(), 0.3, 0.9));
    }

    /// Slope, what comes back to state and parameters, what comes back to the state alone, and to the time.
    private static double[][] numbers(Dynamics field, List<String> names, int batch, Precision precision) {
        try (Workspace workspace = Workspace.scoped()) {
            Buffer theta = workspace.allocate(1, field.layout().size(), precision);
            theta.copyFrom(parameters(field).toArray());
            BoundDynamics f = field.bind(workspace, batch, precision, theta);
            Buffer x = workspace.allocate(batch, 8, precision);
            x.copyFrom(random(SEED + 2, x.size(), 0.3, 0.9));
            Buffer a = workspace.allocate(batch, 8, precision);
            a.copyFrom(random(SEED + 3, a.size(), 0.3, 0.9));
            Buffer k = workspace.allocate(batch, 8, precision);
            Buffer tape = f.tapeLength() == 0 ? null : workspace.allocate(1, f.tapeLength(), precision);
            Buffer gx = workspace.allocate(batch, 8, precision);
            Buffer only = workspace.allocate(batch, 8, precision);
            Buffer gp = workspace.allocate(1, theta.columns(), precision);
            f.eval(Part.ALL, 0.7, x, k, tape);
            f.vjp(Part.ALL, 0.7, x, tape, a, gx, gp);
            if (mixes(names)) { // the same expressions, so that once is enough
                f.vjp(Part.ALL, 0.7, x, tape, a, only, null);
            }
            double gt = f.timeVjp(Part.ALL, 0.7, x, tape, a);
            return new double[][] {k.toArray(), gx.toArray(), gp.toArray(), only.toArray(), {gt}};
        }
    }

    private static boolean mixes(List<String> names) {
        return OpSamples.names(true).contains(names.getFirst());
    }

    private static void evaluates(Gpu device, List<String> names) {
        Dynamics field = OpSamples.field(names);
        String[] what = {"slope", "by x", "by theta", "by x alone", "by t"};
        for (Precision precision : Answers.precisions(device)) {
            for (int batch : BATCHES) {
                double[][] here = numbers(field, names, batch, precision);
                double[][] there = numbers(DeviceField.of(device, field), names, batch, precision);
                for (int i = 0; i < here.length; i++) {
                    String said = precision + ", batch " + batch + ", " + what[i];
                    assertClose(here[i], there[i], Answers.close(precision), said);
                }
                givenBack(device);
            }
        }
    }

    private static void steps(Gpu device, List<String> names) {
        Dynamics field = OpSamples.field(names);
        Solver solver = mixes(names) ? Euler.steps(3) : Heun.steps(2);
        for (Precision precision : Answers.precisions(device)) {
            for (int batch : BATCHES) {
                fits(device, field, solver, precision, batch);
                double[][] x0 = new double[batch][];
                for (int row = 0; row < batch; row++) {
                    x0[row] = random(SEED + row, 8, 0.3, 0.9);
                }
                Ode ode = Ode.of(field).span(0.6, 0.62).solver(solver).precision(precision);
                Cost cost = Cost.sumOfSquares(new double[batch][8]);
                Gradient here = ode.gradient(x0, parameters(field), cost);
                Gradient there = ode.on(device).gradient(x0, parameters(field), cost);
                String said = precision + ", batch " + batch;
                Answers.same(
                        Answers.arrays(here, false, false),
                        Answers.arrays(there, false, false),
                        Answers.close(precision),
                        said);
                givenBack(device);
            }
        }
    }

    /// What does not fit a group would be evaluated kernel by kernel, and not tested here.
    private static void fits(Gpu device, Dynamics field, Solver solver, Precision precision, int batch) {
        FieldCode code = FieldCode.of(field);
        var wanted =
                new StepsKernel.Wanted(code, solver.scheme(), false, precision, device.facts(), batch, false, Norm.RMS);
        if (StepsKernel.of("transpose", Role.TRANSPOSE, Keep.NOTHING, wanted) == null) {
            throw new AssertionError(precision + ", batch " + batch + ": a sample does not fit a group");
        }
    }

    private static void givenBack(Gpu device) {
        if (device.liveBytes() != 0) {
            throw new AssertionError(device.liveBytes() + " bytes of the device are not freed");
        }
    }
}
