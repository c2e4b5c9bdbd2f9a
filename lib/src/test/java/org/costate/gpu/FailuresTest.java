package org.costate.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.costate.Ode;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Backprop;
import org.costate.adjoint.Backsolve;
import org.costate.adjoint.Checkpointed;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Forward;
import org.costate.adjoint.Gauss;
import org.costate.adjoint.Interpolating;
import org.costate.adjoint.ProgressListener;
import org.costate.adjoint.Recompute;
import org.costate.adjoint.Reversible;
import org.costate.adjoint.Symplectic;
import org.costate.gpu.driver.DeviceException;
import org.costate.gpu.driver.Prelude;
import org.costate.graph.Expr;
import org.costate.graph.Trace;
import org.costate.memory.Precision;
import org.costate.ode.Coupling;
import org.costate.ode.Dopri5;
import org.costate.ode.Dynamics;
import org.costate.ode.Euler;
import org.costate.ode.Outcome;
import org.costate.ode.Outcome.Kind;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Parameters;
import org.costate.ode.ReversibleHeun;
import org.costate.ode.Rk4;
import org.costate.ode.SolveException;
import org.costate.ode.Solver;
import org.costate.ode.Tsit5;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What goes wrong on a device is told as it is here, with time, step size and sample; memory there is freed.
class FailuresTest {
    private static final Parameters NONE = new Parameters(ParameterLayout.EMPTY);

    /// Component 1 blows up at t = 1 / x.
    private static final Dynamics SQUARE = Trace.dynamics(
            2, (t, x, p) -> Expr.concat(x.column(0).negate(), x.column(1).pow(2)));

    private static final double[][] STARTS = {{1, 0.1}, {1, -1}, {2, 1}};

    /// Has no derivative at 0, where it stays.
    private static final Dynamics ROOT = Trace.dynamics(1, (t, x, p) -> x.sqrt());

    private static final double[][] ZERO_IN_THE_MIDDLE = {{1}, {0}, {2}};

    @AfterEach
    void clearTheFlag() {
        Thread.interrupted();
    }

    private static Outcome failure(Ode ode, double[][] x0) {
        Cost cost = Cost.sumOfSquares(new double[x0.length][x0[0].length]);
        return assertThrows(SolveException.class, () -> ode.gradient(x0, NONE, cost), ode::toString)
                .outcome();
    }

    /// Both fail alike.
    private static void alike(Kind kind, Ode ode, double[][] x0, double close) {
        Outcome here = failure(ode, x0);
        Outcome there = failure(ode.on(Devices.pocl()), x0);
        String what = ode + "\nhere:  " + here.message() + "\nthere: " + there.message();
        assertEquals(kind, here.kind(), what);
        assertEquals(kind, there.kind(), what);
        assertEquals(here.time(), there.time(), close * Math.abs(here.time()), what);
        assertEquals(here.stepSize(), there.stepSize(), close * Math.max(1e-3, Math.abs(here.stepSize())), what);
        assertEquals(here.offender() == null, there.offender() == null, what);
        if (here.offender() != null) {
            assertEquals(here.offender().row(), there.offender().row(), what);
            assertEquals(here.offender().column(), there.offender().column(), what);
            assertEquals(here.offender().quantity(), there.offender().quantity(), what);
        }
        assertEquals(0, Devices.pocl().liveBytes(), what);
    }

    private static List<Adjoint> modes(Solver solver) {
        List<Adjoint> modes = new ArrayList<>(
                List.of(Backprop.defaults(), Checkpointed.states(2), Backsolve.defaults(), Interpolating.defaults()));
        if (solver.scheme().reversible()) {
            modes.add(Reversible.defaults());
        }
        return modes;
    }

    @Test
    void aStateThatIsNotFinite() {
        for (Solver solver : List.of(Rk4.steps(400), ReversibleHeun.steps(400))) {
            for (Adjoint mode : modes(solver)) {
                Ode ode = Ode.of(SQUARE).span(0, 4).solver(solver).adjoint(mode);
                boolean wide = solver.scheme().reversible();
                alike(Kind.NON_FINITE, wide ? ode : ode.precision(Precision.FLOAT32), STARTS, 0);
            }
        }
    }

    @Test
    void stepsThatBecomeTooShort() {
        Solver solver = Tsit5.tolerance(1e-6, 1e-6).perSample();
        for (Adjoint mode : modes(solver)) {
            Ode ode = Ode.of(SQUARE).span(0, 4).solver(solver).adjoint(mode);
            alike(Kind.STEP_UNDERFLOW, ode, STARTS, 1e-9);
        }
    }

    @Test
    void tooManySteps() {
        for (Adjoint mode : modes(Rk4.steps(1))) {
            Ode fixed = Ode.of(SQUARE)
                    .span(0, 0.5)
                    .solver(Rk4.steps(100).maxSteps(7))
                    .adjoint(mode);
            alike(Kind.STEP_LIMIT, fixed, STARTS, 0);
            Ode adaptive = Ode.of(SQUARE)
                    .span(0, 0.5)
                    .solver(Dopri5.tolerance(1e-9, 1e-9).perSample().maxSteps(7))
                    .adjoint(mode);
            alike(Kind.STEP_LIMIT, adaptive, STARTS, 1e-6);
        }
    }

    @Test
    void aCostateThatIsNotFinite() {
        for (Solver solver : List.of(Rk4.steps(7), ReversibleHeun.steps(7))) {
            for (Adjoint mode : modes(solver)) {
                Ode ode = Ode.of(ROOT).span(0, 1).solver(solver).adjoint(mode);
                alike(Kind.NON_FINITE, ode, ZERO_IN_THE_MIDDLE, 0);
            }
        }
        Solver solver = Tsit5.tolerance(1e-6, 1e-6).perSample();
        for (Adjoint mode : modes(solver)) {
            alike(Kind.NON_FINITE, Ode.of(ROOT).span(0, 1).solver(solver).adjoint(mode), ZERO_IN_THE_MIDDLE, 1e-6);
        }
    }

    /// What shrinks forward grows backward.
    @Test
    void aStateThatIsLostOnTheWayBack() {
        Dynamics stiff = Trace.dynamics(1, (t, x, p) -> x.times(-250));
        Ode ode = Ode.of(stiff).span(0, 4).solver(Rk4.steps(400)).adjoint(Backsolve.defaults());
        alike(Kind.NON_FINITE, ode, new double[][] {{1}, {2}, {3}}, 0);
    }

    /// Rounding grows where steps are undone; what is lost first depends on it.
    @Test
    void aStateThatIsLostWhereStepsAreUndone() {
        Dynamics decay = Trace.dynamics(1, (t, x, p) -> x.negate());
        Ode ode = Ode.of(decay)
                .span(0, 1)
                .solver(Coupling.of(Euler.steps(400), 0.5))
                .precision(Precision.FLOAT32)
                .adjoint(Reversible.anchored(Integer.MAX_VALUE));
        alike(Kind.NON_FINITE, ode, new double[][] {{1}}, 0.1);
    }

    @Test
    void anInterruptBetweenTwoLaunches() {
        Cost cost = Cost.sumOfSquares(STARTS).plus(Cost.sumOfSquaresAt(0.25, STARTS));
        for (boolean back : new boolean[] {false, true}) {
            ProgressListener interrupts = (phase, t, done) -> {
                if (back == (phase == ProgressListener.Phase.BACKWARD)) {
                    Thread.currentThread().interrupt();
                }
            };
            for (Solver solver :
                    List.of(Rk4.steps(20), Dopri5.tolerance(1e-6, 1e-6).perSample())) {
                for (Adjoint mode : modes(solver)) {
                    Ode ode = Ode.of(SQUARE)
                            .span(0, 0.5)
                            .solver(solver)
                            .adjoint(mode)
                            .progress(interrupts)
                            .on(Devices.pocl());
                    Outcome o = assertThrows(
                                    SolveException.class,
                                    () -> ode.gradient(STARTS, NONE, cost),
                                    () -> ode + (back ? " back" : " forward"))
                            .outcome();
                    assertEquals(Kind.INTERRUPTED, o.kind(), o.message());
                    assertTrue(Thread.interrupted(), "the flag is kept");
                    assertEquals(0, Devices.pocl().liveBytes(), ode.toString());
                }
            }
        }
    }

    private static void refused(Ode ode, String... said) {
        Gpu device = Devices.pocl();
        String message = assertThrows(IllegalArgumentException.class, () -> ode.on(device))
                .getMessage();
        for (String part : said) {
            assertTrue(message.contains(part), message);
        }
    }

    @Test
    void whatADeviceCannotDoIsRefusedWithTheAlternative() {
        Ode ode = Ode.of(SQUARE).span(0, 1).solver(Euler.steps(5));
        for (Adjoint mode :
                List.of(Symplectic.defaults(), Forward.defaults(), Gauss.defaults(), Recompute.defaults())) {
            refused(ode.adjoint(mode), "adjoint: got " + mode, "expected Backprop", "take Checkpointed");
        }
        refused(ode.solver(Dopri5.tolerance(1e-6, 1e-6)), "solver: got", ".perSample()", ".steps(n)");
        Dynamics lambda = Dynamics.of(
                1, ParameterLayout.EMPTY, (t, x, p, dx) -> dx[0] = x[0], (t, x, p, a, gx, gp) -> gx[0] = a[0]);
        refused(Ode.of(lambda), "dynamics: got a field of lambdas", "Trace.dynamics(");
        assertEquals(
                List.of(),
                Stream.of(Backprop.defaults(), Backsolve.defaults())
                        .filter(mode -> ode.adjoint(mode).on(Devices.pocl()) == null)
                        .toList());
    }

    @Test
    void aSourceThatDoesNotCompileIsShownByItsLine() {
        Gpu device = Devices.optimizing();
        String source = Prelude.of(Precision.FLOAT64, device.facts(), false)
                + "KERNEL void broken(GLOBAL REAL *x) {\n    x[0] = nowhere + 1;\n}\n";
        int line = (int) source.lines().takeWhile(l -> !l.contains("nowhere")).count() + 1;
        String message = assertThrows(
                        DeviceException.class, () -> device.sources().of(source))
                .getMessage();
        assertTrue(message.contains("line " + line + ": ") && message.contains("`x[0] = nowhere + 1;`"), message);
    }
}
