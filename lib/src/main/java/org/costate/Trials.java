package org.costate;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.costate.Comparison.Why;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Checkpointed;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Forward;
import org.costate.adjoint.Gradient;
import org.costate.memory.Precision;
import org.costate.ode.AdaptiveSteps;
import org.costate.ode.Dopri8;
import org.costate.ode.Outcome;
import org.costate.ode.Parameters;
import org.costate.ode.SolveException;
import org.costate.ode.Solver;

/// The runs of one comparison, on a thread of their own.
final class Trials {
    private static final int MOST_ROUNDS = 100;
    private static final double[] REFERENCE_TOLERANCES = {1e-10, 1e-12};

    /// An array smaller than so much of the other is not measured by itself.
    private static final double NEGLIGIBLE = 1e-6;

    /// Forward mode is not begun where it would take so many times the time that is left.
    private static final double TOO_LONG = 10;

    /// A gradient's error, in tolerances, where it cannot be estimated otherwise.
    private static final double UNKNOWN = 1000;

    private final Ode ode;
    private final List<Adjoint> modes;
    private final double[][] x0;
    private final Parameters theta;
    private final Cost cost;
    private final long deadline;
    private final Duration time;
    private final long memory;
    private final double error;
    private final Map<Adjoint, Run> runs = new LinkedHashMap<>();
    private final Map<Adjoint, Comparison.NotRun> notRun = new LinkedHashMap<>();
    /// Goes with every solver, is exact, and needs little memory: tells how long a gradient takes, and what
    /// that of the discrete solve is.
    private final Adjoint baseMode;

    private Run base;
    private Gradient reference;
    private double referenceError = Double.NaN;
    private RuntimeException fault;
    private volatile boolean stopped;
    private boolean interrupted;

    /// What one mode did.
    private record Run(Ode ode, Gradient gradient, List<Double> milliseconds) {}

    Trials(
            Ode ode,
            List<Adjoint> modes,
            double[][] x0,
            Parameters theta,
            Cost cost,
            Duration time,
            long memory,
            double error) {
        this.ode = ode.alone();
        this.modes = modes;
        baseMode = modes.stream()
                .filter(Checkpointed.class::isInstance)
                .findFirst()
                .orElse(Checkpointed.defaults());
        this.x0 = x0;
        this.theta = theta;
        this.cost = cost;
        this.time = time;
        this.memory = memory;
        this.error = error;
        deadline = System.nanoTime() + time.toNanos();
    }

    Comparison run() {
        Thread worker = new Thread(this::work, "costate-advisor");
        worker.setDaemon(true);
        worker.start();
        try {
            worker.join(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
        } catch (InterruptedException e) {
            interrupted = true;
        }
        stopped = true;
        worker.interrupt();
        joinAnyway(worker);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (fault != null) {
            throw fault;
        }
        return comparison();
    }

    /// Its loops look at the flag at every step.
    private void joinAnyway(Thread worker) {
        while (worker.isAlive()) {
            try {
                worker.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
    }

    private double secondsLeft() {
        return (deadline - System.nanoTime()) / 1e9;
    }

    private boolean over() {
        return stopped || secondsLeft() <= 0;
    }

    private void work() {
        try {
            base = timed(ode.adjoint(baseMode));
            if (base.milliseconds.getFirst() < 500 * secondsLeft()) {
                base = timed(base.ode); // the first run loads classes and is interpreted
            }
            seekReference();
            for (Adjoint mode : modes) {
                first(mode);
            }
            for (int round = 1; round < MOST_ROUNDS && !over(); round++) {
                for (Run run : runs.values()) {
                    if (!over()) {
                        run.milliseconds.add(timed(run.ode).milliseconds.getFirst());
                    }
                }
            }
        } catch (SolveException e) {
            if (!isInterrupt(e)) {
                fault = e;
            }
        } catch (RuntimeException e) {
            fault = e;
        }
    }

    private static boolean isInterrupt(SolveException e) {
        return e.outcome().kind() == Outcome.Kind.INTERRUPTED;
    }

    /// The gradient, or, after a share of the time that is left, the end of its solve by an interrupt.
    private Run timedWithin(double share, Ode with) {
        Thread worker = Thread.currentThread();
        Thread alarm = Thread.ofVirtual().start(() -> {
            try {
                Thread.sleep(Duration.ofNanos((long) (share * 1e9 * Math.max(0, secondsLeft()))));
                worker.interrupt();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // not needed any more
            }
        });
        try {
            return timed(with);
        } finally {
            alarm.interrupt();
            while (alarm.isAlive()) {
                Thread.onSpinWait();
            }
            boolean _ = Thread.interrupted(); // the alarm's; one that ends everything is known by `stopped`
        }
    }

    private Run timed(Ode with) {
        long start = System.nanoTime();
        Gradient g = with.gradient(x0, theta, cost);
        return new Run(with, g, new ArrayList<>(List.of((System.nanoTime() - start) / 1e6)));
    }

    private void first(Adjoint mode) {
        if (over() && !mode.equals(baseMode)) {
            return;
        }
        Ode with;
        try {
            with = ode.adjoint(mode);
        } catch (IllegalArgumentException e) {
            skip(mode, Why.REFUSED, e.getMessage());
            return;
        }
        int directions = x0[0].length + theta.layout().size();
        double guess = directions * base.milliseconds.getFirst() / 2000;
        if (mode instanceof Forward && guess > TOO_LONG * secondsLeft()) {
            skip(mode, Why.NO_TIME, directions + " directions would take about " + Math.round(guess) + " s");
            return;
        }
        double before = secondsLeft();
        try {
            runs.put(mode, mode.equals(baseMode) ? base : timedWithin(0.5, with));
        } catch (SolveException e) {
            if (!isInterrupt(e)) {
                skip(mode, Why.FAILED, "the solve ended with " + e.getMessage());
            } else if (!over()) {
                skip(mode, Why.NO_TIME, "it was not done after " + (float) (before - secondsLeft()) + " s");
            }
        } catch (OutOfMemoryError e) {
            skip(mode, Why.NO_MEMORY, "it needs more memory than this JVM may take: " + e.getMessage());
        }
    }

    private void skip(Adjoint mode, Why why, String reason) {
        notRun.put(mode, new Comparison.NotRun(mode.toString(), why, reason));
    }

    /// The same problem, solved as exactly as can be in a third of the time that is left. The second
    /// solution tells how good the first was, and is better.
    private void seekReference() {
        double scale = largest(flat(x0));
        Solver own = ode.solver();
        for (double tolerance : REFERENCE_TOLERANCES) {
            Solver tight = Dopri8.tolerance(tolerance, tolerance * (scale == 0 ? 1 : scale))
                    .jumpAt(own.jumps())
                    .stopAt(own.forced());
            Ode exact = ode.precision(Precision.FLOAT64).solver(tight).adjoint(Checkpointed.defaults());
            try {
                Gradient g = timedWithin(1.0 / 3, exact).gradient;
                referenceError = reference == null ? UNKNOWN * tolerance : difference(g, reference);
                reference = g;
            } catch (SolveException e) {
                return; // no reference, or the first one
            }
        }
    }

    /// max |a − b| / max |b|, of ∂C/∂x0 or of ∂C/∂θ, whichever is larger.
    private static double difference(Gradient a, Gradient b) {
        double[] states = flat(b.x0());
        double[] parameters = b.parameters().toArray();
        double negligible = NEGLIGIBLE * Math.max(largest(states), largest(parameters));
        return Math.max( // NaN stays
                difference(flat(a.x0()), states, negligible),
                difference(a.parameters().toArray(), parameters, negligible));
    }

    private static double largest(double[] values) {
        return Arrays.stream(values).map(Math::abs).max().orElse(0);
    }

    private static double[] flat(double[][] rows) {
        return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
    }

    private static double difference(double[] a, double[] b, double negligible) {
        double worst = 0;
        for (int i = 0; i < a.length; i++) {
            worst = Math.max(worst, Math.abs(a[i] - b[i]));
        }
        double scale = Math.max(largest(b), negligible);
        return scale == 0 ? worst : worst / scale;
    }

    private Comparison comparison() {
        List<Comparison.Trial> trials = new ArrayList<>();
        runs.forEach((mode, run) -> trials.add(trial(mode, run)));
        Why why = interrupted ? Why.INTERRUPTED : Why.NO_TIME;
        String late = interrupted
                ? "the comparison was interrupted before"
                : "the " + time.toMillis() / 1000.0 + " s were over";
        for (Adjoint mode : modes) {
            if (!runs.containsKey(mode) && !notRun.containsKey(mode)) {
                skip(mode, why, late);
            }
        }
        return new Comparison(trials, List.copyOf(notRun.values()), allowed(), referenceError, memory);
    }

    private double allowed() {
        if (!Double.isNaN(error)) {
            return error;
        }
        double tolerance = ode.solver().steps() instanceof AdaptiveSteps a ? a.relative() : 0;
        double rounding = 100 * ode.precision().unitRoundoff();
        double own = reference == null ? 0 : Math.max(difference(base.gradient, reference), referenceError);
        return Math.max(Math.max(tolerance, rounding), 10 * own);
    }

    private Comparison.Trial trial(Adjoint mode, Run run) {
        Gradient g = run.gradient;
        List<Double> all = run.milliseconds;
        List<Double> warm = new ArrayList<>(all.subList(all.size() / 2, all.size()));
        warm.sort(Comparator.naturalOrder());
        double fromDiscrete = difference(g, base.gradient);
        return new Comparison.Trial(
                mode.toString(),
                reference == null ? fromDiscrete : difference(g, reference),
                fromDiscrete,
                warm.get(warm.size() / 2),
                warm.getFirst(),
                warm.getLast(),
                all.size(),
                g.peakBytes(),
                g.forward().evaluations() + g.backward().evaluations(),
                g.forward().vjps() + g.backward().vjps(),
                g.drift(),
                g.trusted());
    }
}
