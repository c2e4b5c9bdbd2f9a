package org.costate.adjoint;

import static org.costate.Close.assertClose;
import static org.costate.Close.flat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.costate.Ode;
import org.costate.graph.Trace;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.Coupling;
import org.costate.ode.Dopri5;
import org.costate.ode.Dynamics;
import org.costate.ode.Euler;
import org.costate.ode.Outcome;
import org.costate.ode.Parameters;
import org.costate.ode.Rk4;
import org.costate.ode.SolveException;
import org.costate.ode.Solver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Batches that are cut into lanes give what they give as a whole. Where the costate is kept, they are not cut.
class LanesTest {
    private static final int BATCH = 37;
    private static final Dynamics NET = Trace.dynamics(
            2,
            (t, x, p) -> x.matmul(p.matrix("A", 2, 24))
                    .plus(p.row("b", 24).times(t.cos()))
                    .tanh()
                    .matmul(p.matrix("B", 24, 2)));

    record Case(Adjoint mode, Solver solver) {}

    static Stream<Case> cases() {
        List<Solver> solvers = List.of(
                Rk4.steps(7),
                Dopri5.steps(6),
                Rk4.steps(8).jumpAt(0.5),
                Dopri5.steps(8).jumpAt(0.5),
                Rk4.grid(0, 0.1, 0.3, 0.7, 1));
        return Stream.of(
                        solvers.stream()
                                .flatMap(s -> Stream.of(
                                        new Case(Backprop.defaults(), s),
                                        new Case(Checkpointed.states(2), s),
                                        new Case(Symplectic.defaults(), s))),
                        Stream.of(
                                new Case(Reversible.defaults(), Coupling.of(Rk4.steps(7))),
                                new Case(Reversible.anchored(2), Coupling.of(Dopri5.steps(7))),
                                new Case(Recompute.defaults(), Euler.steps(9))))
                .flatMap(s -> s);
    }

    private static double[][] random(SplittableRandom random) {
        double[][] x = new double[BATCH][];
        for (int i = 0; i < BATCH; i++) {
            x[i] = random.doubles(2, -1, 1).toArray();
        }
        return x;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void giveWhatTheWholeGives(Case c) {
        SplittableRandom random = new SplittableRandom(3);
        Parameters theta = NET.initialParameters(4);
        double[][] x0 = random(random);
        Cost cost = Cost.sumOfSquaresAt(0.3, random(random))
                .plus(Cost.sumOfSquaresAt(0, random(random)))
                .plus(Cost.parameterPenalty(0.1))
                .plus(Cost.meanOfSquares(random(random)));
        Ode landing = Ode.of(NET).span(0, 1).solver(c.solver).adjoint(c.mode);
        assertEquals(4, lanes(x0, c.solver, Wishes.NONE), "the batch is cut");
        assertEquals(1, lanes(x0, c.solver, Wishes.NONE.withCostate()), "the batch is whole");
        for (Ode ode : new Ode[] {landing, landing.interpolateObservations()}) {
            Gradient whole = ode.keepCostate().gradient(x0, theta, cost);
            Gradient cut = ode.gradient(x0, theta, cost);
            assertEquals(whole.cost(), cut.cost(), 1e-14 * whole.cost());
            assertClose(flat(whole.end()), flat(cut.end()), 1e-14, "end");
            assertClose(flat(whole.x0()), flat(cut.x0()), 1e-13, "by x0");
            assertClose(whole.parameters().toArray(), cut.parameters().toArray(), 1e-13, "by theta");
            assertEquals(whole.forward(), cut.forward());
            assertEquals(whole.backward().steps(), cut.backward().steps());
            assertEquals(whole.drift().isPresent(), cut.drift().isPresent());
            whole.drift().ifPresent(d -> assertEquals(d, cut.drift().getAsDouble(), 1e-13));
        }
    }

    private static int lanes(double[][] x0, Solver solver, Wishes wishes) {
        try (Workspace w = Workspace.scoped()) {
            var state = w.allocate(BATCH, 2, Precision.FLOAT64);
            state.copyFrom(x0);
            var theta = w.allocate(1, NET.layout().size(), Precision.FLOAT64);
            return Lane.count(new Problem(NET, solver, 0, 1, state, theta, Cost.sumOfSquares(x0), wishes, w));
        }
    }

    /// Sample 30 leaves the numbers before sample 3 does, and is in another lane.
    @Test
    void tellTheEarliestFailure() {
        Dynamics wild = Trace.dynamics(
                2, (t, x, p) -> x.pow(3).plus(x.matmul(p.matrix("A", 2, 24)).matmul(p.matrix("B", 24, 2))));
        double[][] x0 = random(new SplittableRandom(5));
        x0[3][1] = 2;
        x0[30][0] = 1e40;
        Ode ode = Ode.of(wild).span(0, 1).solver(Rk4.steps(50)).adjoint(Backprop.defaults());
        Parameters zero = new Parameters(wild.layout());
        Outcome whole = failure(ode.keepCostate(), x0, zero);
        Outcome cut = failure(ode, x0, zero);
        assertEquals(Outcome.Kind.NON_FINITE, cut.kind());
        assertEquals(whole.time(), cut.time());
        assertEquals(whole.offender(), cut.offender());
        assertEquals(30, cut.offender().row());
    }

    private static Outcome failure(Ode ode, double[][] x0, Parameters theta) {
        return assertThrows(SolveException.class, () -> ode.gradient(x0, theta, Cost.meanOfSquares(x0)))
                .outcome();
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS) // as a whole it would take minutes
    void heedAnInterruptOfTheCaller() {
        Ode ode = Ode.of(NET).span(0, 1).solver(Rk4.steps(10_000_000)).adjoint(Checkpointed.defaults());
        double[][] x0 = random(new SplittableRandom(6));
        Thread caller = Thread.currentThread();
        Thread.startVirtualThread(() -> {
            try {
                Thread.sleep(200);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            caller.interrupt();
        });
        Outcome o = failure(ode, x0, NET.initialParameters(1));
        assertTrue(Thread.interrupted(), "the flag stays set");
        assertEquals(Outcome.Kind.INTERRUPTED, o.kind());
    }
}
