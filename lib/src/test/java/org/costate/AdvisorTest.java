package org.costate;

import static org.costate.Close.flat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.costate.Comparison.NotRun;
import org.costate.Comparison.Trial;
import org.costate.Comparison.Why;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Backprop;
import org.costate.adjoint.Backsolve;
import org.costate.adjoint.Checkpointed;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Gradient;
import org.costate.adjoint.Reversible;
import org.costate.graph.Expr;
import org.costate.graph.Trace;
import org.costate.memory.Precision;
import org.costate.ode.Dopri5;
import org.costate.ode.Dynamics;
import org.costate.ode.Euler;
import org.costate.ode.Parameters;
import org.costate.ode.ReversibleHeun;
import org.costate.ode.Rk4;
import org.costate.ode.SolveException;
import org.junit.jupiter.api.Test;

/// Comparisons of real runs. All but the tests of the limits end by themselves long before their time is over.
class AdvisorTest {
    private static final Duration ENOUGH = Duration.ofMinutes(5);

    /// x' = θ x.
    private static final Dynamics LINEAR = Trace.dynamics(1, (t, x, p) -> x.times(p.scalar("theta")));

    private static Trial trial(Comparison c, String mode) {
        return c.trials().stream()
                .filter(t -> t.mode().startsWith(mode))
                .findFirst()
                .orElseThrow(() -> new AssertionError(mode + " did not run: " + c));
    }

    private static Set<String> modes(Comparison c, Why why) {
        return c.notRun().stream().filter(n -> n.why() == why).map(NotRun::mode).collect(Collectors.toSet());
    }

    /// Errors are those that the closed form gives: C = x0² e^{2θT}.
    @Test
    void errorsAreAgainstTheExactSolution() {
        double theta = -0.4;
        double x0 = 1.5;
        Parameters p = Parameters.of(LINEAR.layout(), theta);
        Ode ode = Ode.of(LINEAR).span(0, 2).solver(Euler.steps(20));
        Comparison c = Advisor.of(ode).time(ENOUGH).compare(new double[][] {{x0}}, p, Cost.sumOfSquares(0));
        assertEquals(Set.of("Reversible"), modes(c, Why.REFUSED));
        assertEquals(8, c.trials().size(), c.toString());
        double byX0 = 2 * x0 * Math.exp(4 * theta);
        double byTheta = 4 * x0 * x0 * Math.exp(4 * theta);
        for (Adjoint mode : List.of(Backprop.defaults(), Backsolve.defaults())) {
            Gradient g = ode.adjoint(mode).gradient(new double[] {x0}, p, Cost.sumOfSquares(0));
            double expected = Math.max(
                    Math.abs(flat(g.x0())[0] / byX0 - 1),
                    Math.abs(g.parameters().scalar("theta") / byTheta - 1));
            Trial t = trial(c, mode.toString());
            assertTrue(expected > 0.01, "Euler is coarse here");
            assertEquals(expected, t.error(), 1e-9, mode.toString());
            assertEquals(g.peakBytes(), t.bytes());
            assertEquals(g.forward().evaluations() + g.backward().evaluations(), t.evaluations());
            assertEquals(g.backward().vjps(), t.products());
            assertEquals(g.drift(), t.drift());
            assertTrue(t.runs() > 1 && t.fastest() <= t.milliseconds() && t.milliseconds() <= t.slowest());
        }
        assertEquals(10 * trial(c, "Backprop").error(), c.allowedError(), 1e-9, "what Euler itself gets wrong");
        assertTrue(c.referenceError() < 1e-9);
        for (String exact : List.of("Checkpointed", "Backprop", "Symplectic", "Forward")) {
            assertEquals(0, trial(c, exact).fromDiscrete(), 1e-14, exact);
        }
        assertTrue(trial(c, "Backsolve").fromDiscrete() > 1e-3);
    }

    /// On a smooth problem with adaptive steps every mode is accurate, in both precisions, and one of them
    /// is taken.
    @Test
    void onASmoothProblemEveryModeIsAccurate() {
        Dynamics net = Trace.dynamics(
                2,
                (t, x, p) -> x.matmul(p.matrix("W", 2, 2))
                        .plus(p.row("b", 2).times(t))
                        .tanh());
        double[][] x0 = {{0.5, -0.3}, {0.1, 0.8}};
        for (Precision precision : Precision.values()) {
            Ode ode =
                    Ode.of(net).span(0, 1).solver(Dopri5.tolerance(1e-4, 1e-4)).precision(precision);
            Comparison c = Advisor.of(ode).time(ENOUGH).compare(x0, net.initialParameters(3), Cost.sumOfSquares(x0));
            assertEquals(7, c.trials().size(), c.toString());
            assertTrue(c.trials().stream().allMatch(c::accurate), c.toString());
            Trial taken = c.recommended().orElseThrow();
            assertTrue(c.trials().stream().noneMatch(t -> 1.1 * t.milliseconds() < taken.milliseconds()));
            assertTrue(c.recommendation().startsWith("Take " + taken.mode()), c.recommendation());
        }
    }

    /// x' = −k (x − cos t): its state cannot be found again backwards.
    @Test
    void onAStiffRelaxationBacksolveIsNotTaken() {
        Dynamics relaxation = Trace.dynamics(
                1, (t, x, p) -> x.minus(t.cos()).times(p.scalar("k")).negate());
        Ode ode = Ode.of(relaxation).span(0, 2).solver(Rk4.steps(200));
        Comparison c = Advisor.of(ode)
                .time(ENOUGH)
                .compare(new double[][] {{2}}, Parameters.of(relaxation.layout(), 50), Cost.sumOfSquares(0));
        Trial backsolve = trial(c, "Backsolve");
        assertTrue(backsolve.drift().getAsDouble() > 1e6 && !backsolve.trusted());
        assertFalse(c.accurate(backsolve));
        assertNotEquals("Backsolve", c.recommended().orElseThrow().mode());
        assertTrue(c.accurate(trial(c, "Backprop")) && c.accurate(trial(c, "Checkpointed")));
        assertTrue(c.recommendation().contains("Not accurate: Backsolve (its state misses x0 by"), c.recommendation());
    }

    /// An orbit of 6000 steps: what keeps them all does not fit, what keeps none does.
    @Test
    void onALongOrbitMemoryDecides() {
        Dynamics oscillator = Trace.dynamics(
                2,
                (t, x, p) -> Expr.concat(
                        x.column(1), x.column(0).times(p.scalar("k")).negate()));
        Ode ode = Ode.of(oscillator).span(0, 60).solver(ReversibleHeun.steps(6000));
        Comparison c = Advisor.of(ode)
                .time(ENOUGH)
                .memory(64 << 10)
                .modes(Backprop.defaults(), Reversible.defaults(), Backsolve.defaults())
                .compare(
                        new double[][] {{1, 0.3}},
                        Parameters.of(oscillator.layout(), 1.3),
                        Cost.sumOfSquares(0.2, 0.1));
        assertEquals(3, c.trials().size(), c.toString());
        assertTrue(c.trials().stream().allMatch(c::accurate), c.toString());
        assertFalse(c.fits(trial(c, "Backprop")));
        assertTrue(c.fits(trial(c, "Reversible")) && c.fits(trial(c, "Backsolve")));
        assertNotEquals("Backprop", c.recommended().orElseThrow().mode());
        assertTrue(c.recommendation().contains("More memory than allowed: Backprop ("), c.recommendation());
    }

    /// A mode whose way back blows up is told of, with how it ended, and the others go on.
    @Test
    void aModeThatFailsIsToldOf() {
        Dynamics cubic =
                Trace.dynamics(1, (t, x, p) -> x.pow(3).times(p.scalar("k")).negate());
        Ode ode = Ode.of(cubic).span(0, 4).solver(Dopri5.tolerance(1e-2, 1e-2));
        Comparison c = Advisor.of(ode)
                .time(ENOUGH)
                .compare(new double[][] {{30}}, Parameters.of(cubic.layout(), 5), Cost.sumOfSquares(0));
        assertEquals(Set.of("Backsolve"), modes(c, Why.FAILED), c.toString());
        assertTrue(c.recommendation().contains("Backsolve: not run, the solve ended with"), c.recommendation());
        assertTrue(c.trials().size() > 3);
    }

    /// Where the exact solution cannot be had, errors are those against the discrete solve, and the text
    /// says so.
    @Test
    void withoutAReferenceTheDiscreteSolveIsOne() {
        Dynamics fast =
                Trace.dynamics(1, (t, x, p) -> t.times(1e9).cos().times(1e9).plus(x.times(p.scalar("theta"))));
        Ode ode = Ode.of(fast).span(0, 1).solver(Euler.steps(5));
        Comparison c = Advisor.of(ode)
                .time(Duration.ofSeconds(2))
                .compare(new double[][] {{1}}, Parameters.of(fast.layout(), 0.5), Cost.sumOfSquares(0));
        assertTrue(Double.isNaN(c.referenceError()));
        assertEquals(0, trial(c, "Checkpointed").error());
        assertTrue(trial(c, "Backprop").error() < 1e-12, "the end of the reference is not that of the others");
        assertTrue(c.recommendation().contains("There was no reference in time"), c.recommendation());
    }

    @Test
    void anErrorThatIsAllowedCounts() {
        Ode ode = Ode.of(LINEAR).span(0, 2).solver(Euler.steps(20));
        Parameters p = Parameters.of(LINEAR.layout(), -0.4);
        Advisor advisor = Advisor.of(ode).time(ENOUGH).modes(Backprop.defaults());
        Comparison loose = advisor.error(0.5).compare(new double[][] {{1.5}}, p, Cost.sumOfSquares(0));
        assertEquals(0.5, loose.allowedError());
        assertTrue(loose.accurate(loose.trials().getFirst()));
        Comparison strict = advisor.error(1e-6).compare(new double[][] {{1.5}}, p, Cost.sumOfSquares(0));
        assertFalse(strict.accurate(strict.trials().getFirst()));
        assertTrue(strict.recommendation().contains("not accurate either"), strict.recommendation());
    }

    /// The time ends what is running; what did not run is listed.
    @Test
    void whatIsNotRunInTimeIsListed() {
        Ode ode = Ode.of(LINEAR).span(0, 1).solver(Rk4.steps(1_000_000_000).maxSteps(Long.MAX_VALUE));
        Comparison c = Advisor.of(ode)
                .time(Duration.ofMillis(300))
                .compare(new double[][] {{1}}, Parameters.of(LINEAR.layout(), 0.5), Cost.sumOfSquares(0));
        assertEquals(List.of(), c.trials());
        assertEquals(9, c.notRun().size());
        assertTrue(c.notRun().stream()
                .allMatch(n -> n.why() == Why.NO_TIME && n.reason().equals("the 0.3 s were over")));
        assertFalse(Thread.currentThread().isInterrupted());
    }

    /// An interrupt gives what is there.
    @Test
    void anInterruptEndsItWithWhatIsThere() throws InterruptedException {
        CountDownLatch late = new CountDownLatch(1);
        Dynamics slowing = Trace.dynamics(1, (t, x, p) -> x.times(p.scalar("theta")));
        // The second mode's cost waits for the interrupt; the first one has run then.
        Cost cost = Cost.terminal((x, gradient) -> {
            gradient.fill(1);
            return x.get(0);
        });
        Adjoint waiting = problem -> {
            late.countDown();
            while (!Thread.currentThread().isInterrupted()) {
                Thread.onSpinWait();
            }
            return Backprop.defaults().gradient(problem);
        };
        AtomicReference<Comparison> found = new AtomicReference<>();
        AtomicReference<Boolean> flag = new AtomicReference<>();
        Thread caller = new Thread(() -> {
            found.set(Advisor.of(Ode.of(slowing).span(0, 1).solver(Rk4.steps(5)))
                    .time(ENOUGH)
                    .modes(Checkpointed.defaults(), waiting, Backsolve.defaults())
                    .compare(new double[][] {{1}}, Parameters.of(LINEAR.layout(), 0.5), cost));
            flag.set(Thread.currentThread().isInterrupted());
        });
        caller.start();
        late.await();
        caller.interrupt();
        caller.join();
        assertEquals(1, found.get().trials().size());
        assertEquals("Checkpointed", found.get().trials().getFirst().mode());
        assertEquals(2, modes(found.get(), Why.INTERRUPTED).size());
        assertTrue(flag.get(), "the flag is left set");
    }

    @Test
    void faultsAreThrownNotListed() {
        Ode ode = Ode.of(LINEAR).span(0, 1).solver(Rk4.steps(5));
        Parameters p = Parameters.of(LINEAR.layout(), 1);
        assertTrue(message(() -> Advisor.compare(ode, new double[] {1, 2}, p, Cost.sumOfSquares(0)))
                .startsWith("x0: got"));
        assertTrue(message(() -> Advisor.compare(ode, new double[] {1}, Cost.sumOfSquares(0)))
                .startsWith("theta: got"));
        assertTrue(message(() -> Advisor.compare(ode, new double[] {1}, p, Cost.sumOfSquares(0, 0)))
                .startsWith("target: got"));
        assertTrue(message(() -> Advisor.of(ode).time(Duration.ZERO)).startsWith("most: got PT0S"));
        assertTrue(message(() -> Advisor.of(ode).memory(0)).startsWith("bytes: got 0"));
        assertTrue(message(() -> Advisor.of(ode).error(-1)).startsWith("most: got -1"));
        assertTrue(message(() -> Advisor.of(ode).modes()).startsWith("some: got no modes"));
        Dynamics square = Trace.dynamics(1, (t, x, theta) -> x.pow(2));
        Ode blowing = Ode.of(square).span(0, 4).solver(Rk4.steps(100));
        assertThrows(
                SolveException.class,
                () -> Advisor.compare(blowing, new double[] {1}, Cost.sumOfSquares(0)),
                "the solve");
    }

    private static String message(Runnable faulty) {
        return assertThrows(IllegalArgumentException.class, faulty::run).getMessage();
    }
}
