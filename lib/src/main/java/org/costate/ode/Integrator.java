package org.costate.ode;

import org.costate.memory.ArrayHistory;
import org.costate.memory.Buffer;
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
    private final Slots slots;
    private final int estimates;

    private ArrayHistory times;
    private final double[] time = new double[1];
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
    /// @param field goes on plain arrays where it can
    /// @param stops times besides the solver's own where a step must end, in any order; those outside of the
    ///     span are not reached
    /// @param x0 Not modified.
    public Integrator(
            VectorField field, Solver solver, double t0, double t1, double[] stops, Buffer x0, Workspace workspace) {
        this(slots(field, solver, x0, workspace), solver, t0, t1, stops, workspace);
    }

    private static Slots slots(VectorField field, Solver solver, Buffer x0, Workspace workspace) {
        VectorField.OnArrays arrays = field.onArrays();
        return arrays != null && x0.precision() == Precision.FLOAT64
                ? slots((number, t, y, k) -> arrays.eval(t, y, k), solver, x0, workspace)
                : slots((number, part, t, y, k) -> field.eval(part, t, y, k), solver, x0, workspace);
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
        this(slots(field, solver, x0, workspace), solver, t0, t1, stops, workspace);
    }

    private static Slots slots(Stepper.Evaluator field, Solver solver, Buffer x0, Workspace workspace) {
        return new BufferSlots(
                field, solver.scheme(), new Jumps(x0.precision(), solver.jumps()), adaptive(solver), x0, workspace);
    }

    /// The same on plain arrays, for a small float64 system.
    public Integrator(
            ArrayStepper.Evaluator field,
            Solver solver,
            double t0,
            double t1,
            double[] stops,
            Buffer x0,
            Workspace workspace) {
        this(slots(field, solver, x0, workspace), solver, t0, t1, stops, workspace);
    }

    private static Slots slots(ArrayStepper.Evaluator field, Solver solver, Buffer x0, Workspace workspace) {
        return new ArraySlots(
                field, solver.scheme(), new Jumps(x0.precision(), solver.jumps()), adaptive(solver), x0, workspace);
    }

    private static AdaptiveSteps adaptive(Solver solver) {
        return solver.steps() instanceof AdaptiveSteps a ? a : null;
    }

    private Integrator(Slots slots, Solver solver, double t0, double t1, double[] stops, Workspace workspace) {
        this.slots = slots;
        estimates = solver.scheme().errors().length;
        this.solver = solver;
        this.scheme = solver.scheme();
        this.t1 = t1;
        this.workspace = workspace;
        direction = t1 >= t0 ? 1 : -1;
        t = t0;
        jumps = slots.jumps();
        this.stops = Nodes.sorted(t0, t1, stops, solver.forced(), solver.jumps());
        adaptive = adaptive(solver);
        nodes = adaptive == null ? new Nodes(solver.steps(), t0, t1, this.stops) : null;
        controller = adaptive == null ? null : new Controller(adaptive, scheme.errorOrder());
        try {
            begin();
            if (adaptive != null && t != t1) {
                proposed = adaptive.first() > 0 ? adaptive.first() : firstStep();
            }
        } catch (Interruption e) {
            outcome = Outcome.interrupted(t, 0);
        }
    }

    private void begin() {
        slots.begin(t, t1);
        evaluations += scheme.slots() > scheme.states() ? 1 : 0;
    }

    private double firstStep() {
        double d0 = slots.startNorm();
        double d1 = slots.startSlope(jumps.inside(t, t, t1));
        double guess = Controller.firstGuess(d0, d1);
        guess = Math.min(guess > 0 && guess < Double.MAX_VALUE ? guess : 1e-6, Math.abs(t1 - t));
        double d2 = slots.startChange(t + direction * guess, direction * guess) / guess;
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
                begin();
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
        return adaptive == null || accepted + rejected == 0 ? null : slots.worst(naming);
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
        if (!slots.finite()) {
            outcome = Outcome.nonFinite(t, h, slots.state(), Offender.notFinite(naming, slots.other()));
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
            outcome = Outcome.stepUnderflow(t, h, slots.state(), worst());
            return false;
        }
        attempt(end, h);
        double e = error(h);
        boolean finite = slots.finite();
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
            outcome = Outcome.nonFinite(t, h, slots.state(), Offender.notFinite(naming, slots.other()));
            return false;
        }
        proposed = Math.abs(h) * (Double.isFinite(e) ? controller.factor(e, false) : 0.1);
        if (proposed < shortest()) {
            outcome = finite
                    ? Outcome.stepUnderflow(t, h, slots.state(), worst())
                    : Outcome.nonFinite(t, h, slots.state(), Offender.notFinite(naming, slots.other()));
        }
        return false;
    }

    /// Below it rounding of the time decides how long a step is.
    private double shortest() {
        return Math.max(ULPS * Math.ulp(t), Double.MIN_NORMAL); // the latter where t is 0
    }

    private void attempt(double end, double h) {
        trying = h;
        slots.attempt(t, end, h);
        evaluations += scheme.evaluations();
    }

    private double error(double h) {
        if (estimates == 1) {
            return slots.error(0, h);
        }
        double e3 = slots.error(1, h);
        double e = slots.error(0, h);
        double both = Math.sqrt(e * e + 0.01 * e3 * e3);
        return both > 0 && both < Double.POSITIVE_INFINITY ? e * e / both : both; // NaN stays
    }

    private void accept(double end, double h) {
        slots.accept();
        t = end;
        lastH = h;
        accepted++;
        if (times != null) {
            time[0] = t;
            times.append(time);
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
            listener.accepted(k, t, slots.state());
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
        return slots.state();
    }

    /// All slots after the last good step. Valid until the next step; not to be modified.
    public Buffer[] slots() {
        return slots.now();
    }

    /// All slots before the last good step. Valid until the next step.
    Buffer[] slotsBefore() {
        return slots.other();
    }

    /// kᵢ of the last good step.
    Buffer evaluation(int i) {
        return slots.evaluation(i);
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

    Jumps jumps() {
        return jumps;
    }

    double inside(double at, double start, double end) {
        return jumps.inside(at, start, end);
    }

    /// Keeps the times of adaptive steps, 8 bytes each, for [#node]; to be called before the first step.
    public Integrator remember() {
        if (adaptive != null) {
            times = new ArrayHistory(workspace, 1, 0);
            time[0] = t;
            times.append(time);
        }
        return this;
    }

    /// How many steps there will be, those that a stop inserts counted; 0 if that is not known, as with adaptive ones.
    public int plannedSteps() {
        return nodes == null ? 0 : nodes.count();
    }

    /// The time of node `k`, from 0, the start, to the number of steps: known for every grid but an adaptive one,
    /// which must have been remembered. May be asked after [#release()].
    public double node(int k) {
        if (nodes != null) {
            return nodes.time(k);
        }
        times.read(k, time);
        return time[0];
    }

    public Statistics statistics() {
        return new Statistics(accepted, rejected, evaluations, 0, accepted == 0 ? 0 : smallest, largest);
    }

    /// Gives the buffers back. The state must not be read afterwards.
    public void release() {
        slots.release();
    }
}
