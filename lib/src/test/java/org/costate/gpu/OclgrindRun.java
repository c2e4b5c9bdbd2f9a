package org.costate.gpu;

import static org.costate.Close.assertClose;
import static org.costate.Close.flat;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.costate.Ode;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Backprop;
import org.costate.adjoint.Backsolve;
import org.costate.adjoint.Checkpointed;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Gradient;
import org.costate.adjoint.Interpolating;
import org.costate.adjoint.Reversible;
import org.costate.graph.Trace;
import org.costate.memory.Precision;
import org.costate.ode.AsynchronousLeapfrog;
import org.costate.ode.Bosh3;
import org.costate.ode.Dynamics;
import org.costate.ode.Heun;
import org.costate.ode.Parameters;
import org.costate.ode.ReversibleHeun;
import org.costate.ode.Solver;
import org.costate.ode.StormerVerlet;

/// Every shape of a kernel once, as small as it can be, with several work-items in a group: the program that
/// [OclgrindTest] runs under a checker.
final class OclgrindRun {
    /// What the last line of a good run begins with.
    static final String DONE = "all as on the processor: ";

    /// Asks for a source without the barrier before the slope.
    static final String WITHOUT_BARRIER = "without-barrier";

    /// Wide enough for a group of work-items.
    private static final Dynamics NET = Trace.dynamics(
            2,
            (t, x, p) -> x.matmul(p.matrix("W1", 2, 43))
                    .plus(p.row("b", 43).times(t))
                    .tanh()
                    .matmul(p.matrix("W2", 43, 2)));

    /// With products of tiles, of which there are two in a row.
    private static final Dynamics DEEP = Trace.dynamics(
            2,
            (t, x, p) -> x.matmul(p.matrix("W1", 2, 9))
                    .tanh()
                    .matmul(p.matrix("W2", 9, 33))
                    .plus(p.row("b", 33).times(t))
                    .tanh()
                    .matmul(p.matrix("W3", 33, 2)));

    /// So small that a work-item takes a sample.
    private static final Dynamics SMALL = Trace.dynamics(
            2,
            (t, x, p) -> x.times(p.row("k", 2)).negate().plus(x.column(0).sin().times(t)));

    private static final Dynamics MIXING = Trace.dynamics(
            2,
            (t, x, p) -> x.matmul(p.matrix("W1", 2, 43))
                    .tanh()
                    .matmul(p.matrix("W2", 43, 2))
                    .plus(x.sumRows().times(0.1)));

    private static final Dynamics OSCILLATOR = Trace.partitioned(
            1,
            (t, p, theta) -> p.times(theta.scalar("a")),
            (t, q, theta) -> q.sin().times(theta.scalar("b")).negate().plus(t.cos()));

    private final Gpu device;
    private int cases;

    private OclgrindRun(Gpu device) {
        this.device = device;
    }

    public static void main(String[] arguments) {
        Gpu device = Gpu.all().stream()
                .filter(d -> d.facts().name().contains("Oclgrind"))
                .findFirst()
                .orElseThrow();
        if (Arrays.asList(arguments).contains(WITHOUT_BARRIER)) {
            Sources.altered = source -> source.replaceAll("BARRIER;\\s*(?=/\\* k = )", "");
            new OclgrindRun(device).broken();
            return;
        }
        OclgrindRun run = new OclgrindRun(device);
        run.all();
        System.out.println(DONE + run.cases + " cases");
    }

    private void broken() {
        gradient(Ode.of(NET).span(0, 0.5).solver(Heun.steps(1)).on(device), NET, cost(2));
    }

    private void all() {
        List<Adjoint> modes =
                List.of(Backprop.defaults(), Checkpointed.states(1), Backsolve.defaults(), Interpolating.defaults());
        for (Dynamics field : List.of(NET, SMALL)) {
            for (Adjoint mode : modes) {
                check(field, Heun.steps(2), mode, Precision.FLOAT64);
                check(field, Bosh3.tolerance(0.1, 0.1).perSample(), mode, Precision.FLOAT64);
            }
            check(field, ReversibleHeun.steps(2), Reversible.anchored(2), Precision.FLOAT64);
            check(field, AsynchronousLeapfrog.steps(3), Backsolve.defaults(), Precision.FLOAT64);
            check(field, Heun.steps(2), Backprop.defaults(), Precision.FLOAT32);
            evaluations(field);
            states(field, Heun.steps(2));
        }
        check(MIXING, Heun.steps(2), Backprop.defaults(), Precision.FLOAT64);
        check(MIXING, Heun.steps(2), Backsolve.defaults(), Precision.FLOAT64);
        evaluations(MIXING);
        evaluations(DEEP);
        sequence(NET, Heun.steps(2), Backprop.defaults());
        sequence(NET, AsynchronousLeapfrog.steps(2), Checkpointed.states(1));
        sequence(NET, AsynchronousLeapfrog.steps(2), Backsolve.defaults());
        sequence(NET, ReversibleHeun.steps(2), Reversible.defaults());
        sequence(NET, Heun.steps(2), Interpolating.defaults());
        for (Adjoint mode : List.of(Backprop.defaults(), Backsolve.defaults(), Interpolating.defaults())) {
            rooms(Bosh3.tolerance(0.1, 0.1), mode);
        }
        rooms(ReversibleHeun.tolerance(0.1, 0.1), Reversible.defaults());
        check(OSCILLATOR, StormerVerlet.steps(3), Backprop.defaults(), Precision.FLOAT64);
    }

    /// A sample more than a group of the net takes at a time.
    private static final double[][] X0 = {{0.5, -0.3}, {0.7, 0.2}, {-0.4, 0.6}};

    private static Cost cost(int dimension) {
        return Cost.sumOfSquares(new double[X0.length][dimension])
                .plus(Cost.sumOfSquaresAt(0.25, new double[X0.length][dimension]))
                .plus(Cost.running(Trace.cost(dimension, (t, x, p) -> x.pow(2).sumColumns())));
    }

    private static Gradient gradient(Ode ode, Dynamics field, Cost cost) {
        return ode.gradient(X0, theta(field), cost);
    }

    private static Parameters theta(Dynamics field) {
        double[] theta = new SplittableRandom(1)
                .doubles(field.layout().size(), -0.5, 0.5)
                .toArray();
        return Parameters.of(field.layout(), theta);
    }

    /// A solve that keeps each state.
    private void states(Dynamics field, Solver solver) {
        Ode ode = Ode.of(field).span(0, 0.5).solver(solver);
        double[] here = flat(ode.solve(X0, theta(field)).state(2));
        double[] there = flat(ode.on(device).solve(X0, theta(field)).state(2));
        assertClose(here, there, 1e-12, ode.toString());
        cases++;
    }

    private void check(Dynamics field, Solver solver, Adjoint mode, Precision precision) {
        Ode ode = Ode.of(field).span(0, 0.5).solver(solver).adjoint(mode).precision(precision);
        boolean free = solver.stepsPerSample();
        compare(ode, field, free ? 1 : Devices.close(precision), false);
    }

    /// Steps taken here: derivatives by times are asked for.
    private void evaluations(Dynamics field) {
        compare(Ode.of(field).span(0, 0.5).solver(Heun.steps(1)).timeGradients(), field, 1e-12, true);
    }

    /// A sequence of launches a step.
    private void sequence(Dynamics field, Solver solver, Adjoint mode) {
        Gpu little = Devices.withoutLocalMemory(device, times -> {});
        compare(Ode.of(field).span(0, 0.5).solver(solver).adjoint(mode), little, field, 1e-12, false);
    }

    /// Arrays of groups in global memory.
    private void rooms(Solver solver, Adjoint mode) {
        Gpu little = Devices.withoutLocalMemory(device, times -> {});
        compare(Ode.of(NET).span(0, 0.5).solver(solver.perSample()).adjoint(mode), little, NET, 1, false);
    }

    private void compare(Ode ode, Dynamics field, double close, boolean times) {
        compare(ode, device, field, close, times);
    }

    private void compare(Ode ode, Gpu gpu, Dynamics field, double close, boolean times) {
        System.out.println(ode + ", " + field.dimension());
        Gradient here = gradient(ode, field, cost(field.dimension()));
        Gradient there = gradient(ode.on(gpu), field, cost(field.dimension()));
        Devices.same(Devices.arrays(here, times, false), Devices.arrays(there, times, false), close, ode.toString());
        if (gpu.liveBytes() != 0) {
            throw new AssertionError(ode + ": " + gpu.liveBytes() + " bytes of the device are not freed");
        }
        cases++;
    }
}
