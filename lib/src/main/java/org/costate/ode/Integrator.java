package org.costate.ode;

import java.util.Arrays;
import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.memory.History;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;

/// Takes one step after another, in either direction, and says how it ended. Never throws for a solve that goes
/// wrong.
///
/// ```java
/// Integrator run = new Integrator(evaluator, Dopri5.tolerance(1e-6, 1e-9), 0, 1, stops, x0, workspace);
/// while (run.step()) { … run.time(), run.state() … }
/// run.outcome().orThrow();
/// ```
///
/// Memory: two sets of slots and the stepper's buffers, whatever the number of steps; a step allocates nothing.
public final class Integrator {
    private static final double STRETCH = 1 + 1e-9;

    /// A step of fewer units in the last place of the time is not known to a digit.
    private static final double ULPS = 10;

    private final Kernels kernels = Kernels.best();
    private final Stepper.Evaluator field;
    private final Solver solver;
    private final Scheme scheme;
    private final double t1;
    private final double direction;
    private final double[] stops;
    private final Jumps jumps;
    private final Nodes nodes;
    private final AdaptiveSteps adaptive;
    private final Controller controller;
    private final Workspace workspace;
    private final Stepper stepper;
    private Buffer[] now;
    private Buffer[] next;
    private final Buffer error;
    private final Buffer second;
    private final Buffer scale;

    private History times;
    private final Buffer time = Buffer.movable(1, 1, Precision.FLOAT64);
    private double t;
    private double lastH;
    private double trying;
    private double proposed;
    private int nextStop;
    private boolean restart;
    private long accepted;
    private long rejected;
    private long evaluations;
    private double smallest = Double.POSITIVE_INFINITY;
    private double largest;
    private Offender.Naming naming = Offender.Naming.STATES;
    private Outcome outcome;

    /// A solve that has not taken a step yet; it has evaluated f where the method keeps a slope, or where the first
    /// step is to be chosen. If that is interrupted, [#outcome()] says so at once.
    ///
    /// @param stops times besides the solver's own where a step must end, in any order; those outside of the
    ///     span are not reached
    /// @param x0 Not modified.
    public Integrator(
            VectorField field, Solver solver, double t0, double t1, double[] stops, Buffer x0, Workspace workspace) {
        this((number, part, time, y, k) -> field.eval(part, time, y, k), solver, t0, t1, stops, x0, workspace);
    }

    /// The same for a caller who wants to know which evaluation of the step is asked for.
    public Integrator(
            Stepper.Evaluator field,
            Solver solver,
            double t0,
            double t1,
            double[] stops,
            Buffer x0,
            Workspace workspace) {
        this.field = field;
        this.solver = solver;
        this.scheme = solver.scheme();
        this.t1 = t1;
        this.workspace = workspace;
        direction = t1 >= t0 ? 1 : -1;
        t = t0;
        jumps = new Jumps(solver.jumps());
        this.stops = sorted(t0, stops, solver.forced(), solver.jumps());
        adaptive = solver.steps() instanceof AdaptiveSteps a ? a : null;
        nodes = adaptive == null ? new Nodes(solver.steps(), t0, t1, this.stops) : null;
        controller = adaptive == null ? null : new Controller(adaptive, scheme.errorOrder());
        Precision precision = x0.precision();
        stepper = new Stepper(scheme, jumps, workspace, x0.rows(), x0.columns(), precision);
        now = new Buffer[scheme.slots()];
        next = new Buffer[scheme.slots()];
        for (int l = 0; l < now.length; l++) {
            now[l] = workspace.allocate(x0.rows(), x0.columns(), precision);
            next[l] = workspace.allocate(x0.rows(), x0.columns(), precision);
        }
        boolean two = scheme.errors().length > 1;
        error = adaptive == null ? null : workspace.allocate(x0.rows(), x0.columns(), precision);
        second = adaptive == null || !two ? null : workspace.allocate(x0.rows(), x0.columns(), precision);
        scale = adaptive == null ? null : workspace.allocate(x0.rows(), x0.columns(), Precision.FLOAT64);
        try {
            begin(x0);
            if (adaptive != null && t != t1) {
                proposed = adaptive.first() > 0 ? adaptive.first() : firstStep();
            }
        } catch (Interruption e) {
            outcome = Outcome.interrupted(t, 0);
        }
    }

    /// All times strictly inside of the span and at its end, in the order of the solve, each once.
    private double[] sorted(double t0, double[]... times) {
        return Arrays.stream(times)
                .flatMapToDouble(Arrays::stream)
                .filter(s -> (s - t0) * direction > 0 && (t1 - s) * direction > 0)
                .map(s -> s * direction)
                .sorted()
                .distinct()
                .map(s -> s * direction)
                .toArray();
    }

    /// Slots for a solve that begins, or begins again, at x.
    private void begin(Buffer x) {
        stepper.start(field, t, t1, x, now);
        evaluations += scheme.slots() > scheme.states() ? 1 : 0;
    }

    private double firstStep() {
        Buffer x = now[0];
        controller.scale(x, x, scale);
        Buffer f0 = error;
        Buffer moved = next[0];
        Buffer f1 = workspace.allocate(x.rows(), x.columns(), x.precision());
        field.evaluate(Stepper.PROBE, Part.ALL, jumps.inside(t, t, t1), x, f0);
        double d0 = adaptive.norm().of(x, scale);
        double d1 = adaptive.norm().of(f0, scale);
        double guess = Controller.firstGuess(d0, d1);
        guess = Math.min(guess > 0 && guess < Double.MAX_VALUE ? guess : 1e-6, Math.abs(t1 - t));
        kernels.combine(new double[] {1, direction * guess}, new Buffer[] {x, f0}, 2, moved);
        field.evaluate(Stepper.PROBE, Part.ALL, t + direction * guess, moved, f1);
        kernels.combine(new double[] {1 / guess, -1 / guess}, new Buffer[] {f1, f0}, 2, moved);
        double d2 = adaptive.norm().of(moved, scale);
        workspace.release(f1);
        evaluations += 2;
        double h = Controller.first(guess, d1, d2, scheme.errorOrder());
        return Double.isFinite(h) && h > 0 ? h : guess;
    }

    /// Takes one accepted step.
    ///
    /// @return false if there was none to take: the end is reached, or the solve went wrong; [#outcome()] says
    ///     which
    public boolean step() {
        if (outcome == null && t == t1) {
            outcome = Outcome.success(t1, lastH);
        }
        try {
            if (outcome == null && restart) { // not before: until now the slots before the jump can be seen
                begin(now[0]);
                restart = false;
            }
            boolean taken = false;
            while (outcome == null && !taken) {
                Interruption.check();
                if (accepted + rejected >= solver.maxSteps()) {
                    outcome = Outcome.stepLimit(t, lastH, solver.maxSteps(), worst());
                } else {
                    taken = adaptive == null ? fixedStep() : adaptiveStep();
                }
            }
            return taken;
        } catch (Interruption e) {
            outcome = Outcome.interrupted(t, lastH);
            return false;
        }
    }

    /// Where the error of the last attempt was largest; null before one, and where steps are given.
    private Offender worst() {
        return adaptive == null || accepted + rejected == 0 ? null : Offender.worst(now[0], error, scale, naming);
    }

    /// Says what the numbers of the state are, for failures to name.
    public Integrator naming(Offender.Naming names) {
        naming = names;
        return this;
    }

    private boolean fixedStep() {
        double end = nodes.time((int) accepted + 1);
        double h = end - t;
        attempt(end, h);
        if (!finite()) {
            outcome = Outcome.nonFinite(t, h, now[0], Offender.notFinite(naming, next));
            return false;
        }
        accept(end, h);
        return true;
    }

    /// Tries one step: accepts it, or makes the next one shorter, or gives up.
    private boolean adaptiveStep() {
        double goal = nextStop < stops.length ? stops[nextStop] : t1;
        double size = Math.min(adaptive.max(), Math.max(adaptive.min(), proposed));
        boolean reaches = Math.abs(goal - t) <= size * STRETCH;
        double end = reaches ? goal : t + direction * size;
        double h = end - t; // as on the way back, which knows the times alone
        if (end == t || (!reaches && Math.abs(h) < shortest())) {
            outcome = Outcome.stepUnderflow(t, h, now[0], worst());
            return false;
        }
        attempt(end, h);
        double e = error(h);
        boolean finite = finite();
        if (finite && (e <= 1 || size <= adaptive.min())) {
            double factor = controller.factor(e, true);
            // A step cut short by a stop says little about the next one's size.
            proposed = reaches ? Math.max(proposed, Math.abs(h) * factor) : Math.abs(h) * factor;
            accept(end, h);
            return true;
        }
        rejected++;
        lastH = h;
        if (size <= adaptive.min() || Double.isNaN(proposed)) {
            outcome = Outcome.nonFinite(t, h, now[0], Offender.notFinite(naming, next));
            return false;
        }
        proposed = Math.abs(h) * (Double.isFinite(e) ? controller.factor(e, false) : 0.1);
        if (proposed < shortest()) {
            outcome = finite
                    ? Outcome.stepUnderflow(t, h, now[0], worst())
                    : Outcome.nonFinite(t, h, now[0], Offender.notFinite(naming, next));
        }
        return false;
    }

    /// Below it rounding of the time decides how long a step is.
    private double shortest() {
        return Math.max(ULPS * Math.ulp(t), Double.MIN_NORMAL); // the latter where t is 0
    }

    private void attempt(double end, double h) {
        trying = h;
        stepper.step(field, t, end, h, now, next);
        evaluations += scheme.evaluations();
    }

    private boolean finite() {
        for (Buffer slot : next) {
            if (!kernels.finite(slot)) {
                return false;
            }
        }
        return true;
    }

    private double error(double h) {
        stepper.error(0, h, now, error);
        controller.scale(now[0], next[0], scale);
        double e = adaptive.norm().of(error, scale);
        if (second != null) { // e₅² / √(e₅² + 0.01 e₃²)
            stepper.error(1, h, now, second);
            double e3 = adaptive.norm().of(second, scale);
            double both = Math.sqrt(e * e + 0.01 * e3 * e3);
            e = both > 0 && both < Double.POSITIVE_INFINITY ? e * e / both : both; // NaN stays
        }
        return e;
    }

    private void accept(double end, double h) {
        Buffer[] swap = now;
        now = next;
        next = swap;
        t = end;
        lastH = h;
        accepted++;
        if (times != null) {
            times.append(time);
            time.set(0, t);
        }
        smallest = Math.min(smallest, Math.abs(h));
        largest = Math.max(largest, Math.abs(h));
        if (nextStop < stops.length && t == stops[nextStop]) {
            nextStop++;
        }
        restart = jumps.at(t);
    }

    /// Steps to the end.
    ///
    /// @param listener told of every accepted step
    public Outcome run(StepListener listener) {
        for (int k = 0; step(); k++) {
            listener.accepted(k, t, now[0]);
        }
        return outcome;
    }

    /// How it ended; null while it goes on.
    public Outcome outcome() {
        return outcome;
    }

    /// The size of the step that is being tried, signed: for the evaluator.
    public double trying() {
        return trying;
    }

    /// The time of [#state()].
    public double time() {
        return t;
    }

    /// The size of the last step, signed.
    public double stepSize() {
        return lastH;
    }

    /// The state after the last good step. Valid until the next step; not to be modified.
    public Buffer state() {
        return now[0];
    }

    /// All slots after the last good step. Valid until the next step; not to be modified.
    public Buffer[] slots() {
        return now;
    }

    /// All slots before the last good step. Valid until the next step.
    Buffer[] slotsBefore() {
        return next;
    }

    Stepper stepper() {
        return stepper;
    }

    Scheme scheme() {
        return scheme;
    }

    /// 1 or −1.
    double direction() {
        return direction;
    }

    /// Does the next step begin afresh, because the field jumps here?
    boolean restarts() {
        return restart;
    }

    double inside(double at, double start, double end) {
        return jumps.inside(at, start, end);
    }

    /// Keeps the times of adaptive steps, 8 bytes each, for [#node]; to be called before the first step.
    public Integrator remember() {
        if (adaptive != null) {
            times = new History(workspace, 1, 0, Precision.FLOAT64);
            times.append(time);
            time.set(0, t);
        }
        return this;
    }

    /// The time of node `k`, from 0, the start, to the number of steps: known for every grid but an adaptive one,
    /// which must have been remembered. May be asked after [#release()].
    public double node(int k) {
        if (nodes != null) {
            return nodes.time(k);
        }
        times.moveTo(k, 0, time);
        return time.get(0);
    }

    public Statistics statistics() {
        return new Statistics(accepted, rejected, evaluations, 0, accepted == 0 ? 0 : smallest, largest);
    }

    /// Gives the buffers back. The state must not be read afterwards.
    public void release() {
        for (Buffer[] slots : new Buffer[][] {now, next}) {
            for (Buffer slot : slots) {
                workspace.release(slot);
            }
        }
        for (Buffer b : new Buffer[] {error, second, scale}) {
            if (b != null) {
                workspace.release(b);
            }
        }
        stepper.release();
    }
}
