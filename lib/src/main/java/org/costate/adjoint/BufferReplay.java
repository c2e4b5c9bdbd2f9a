package org.costate.adjoint;

import org.costate.memory.Buffer;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Integrator;
import org.costate.ode.Part;
import org.costate.ode.Scheme;
import org.costate.ode.Stepper;

/// Takes a step of the way forward again, from its slots, and keeps the states of its evaluations, and either the
/// activations of each, or one set of activations, which is computed anew when an evaluation is shown.
///
/// Memory: the state of each evaluation of one step, and the tape of each, or one tape.
final class BufferReplay implements Replay, BufferTransposed.Evaluations {
    private final Problem problem;
    private final BoundDynamics field;
    private final Stepper stepper;
    private final double last;
    private final Buffer[] y;
    /// One for each evaluation, or the same.
    private final Buffer[] tape;
    private final boolean oneTape;
    private final double[] at;
    private final Buffer startY;
    private final Buffer startTape;
    private final Buffer scratch;
    private final Stepper.Evaluator again = this::remember;
    private final Stepper.Evaluator anew = this::beginning;
    private Buffer[] from;
    /// Slots of its own; null where the caller keeps them.
    private Buffer[] slots;

    private Buffer[] next;
    private Buffer plainTape;
    private double startAt;
    private long evaluations;

    /// @param oneTape are activations computed anew, where the field has any?
    BufferReplay(Problem problem, BoundDynamics field, boolean oneTape) {
        this.oneTape = oneTape && field.tapeLength() > 0;
        this.problem = problem;
        this.field = field;
        last = problem.t1();
        Scheme scheme = problem.solver().scheme();
        Buffer x0 = problem.x0();
        stepper = new Stepper(scheme, problem.jumps(), problem.workspace(), x0.rows(), x0.columns(), x0.precision());
        y = new Buffer[scheme.evaluations()];
        at = new double[y.length];
        tape = new Buffer[y.length];
        for (int i = 0; i < y.length; i++) {
            y[i] = problem.state();
            tape[i] = oneTape && i > 0 ? tape[0] : problem.workspace().allocate(1, field.tapeLength(), x0.precision());
        }
        boolean keepsSlope = scheme.slots() > scheme.states();
        startY = keepsSlope ? problem.state() : null;
        startTape = oneTape
                ? tape[0]
                : keepsSlope ? problem.workspace().allocate(1, field.tapeLength(), x0.precision()) : null;
        scratch = keepsSlope || this.oneTape ? problem.state() : null;
    }

    /// With slots of its own.
    static BufferReplay own(Problem problem, BoundDynamics field) {
        BufferReplay replay = new BufferReplay(problem, field, false);
        int count = problem.solver().scheme().slots();
        replay.slots = problem.states(count);
        replay.next = problem.states(count);
        replay.plainTape =
                problem.workspace().allocate(1, field.tapeLength(), problem.x0().precision());
        return replay;
    }

    @Override
    public Integrator forward(double[] stops) {
        return problem.integrator((number, part, t, state, k) -> field.eval(part, t, state, k, plainTape), stops);
    }

    @Override
    public Transposed transposed(Buffer gp) {
        return new BufferTransposed(problem, field, gp, this);
    }

    @Override
    public void load(Buffer[] other) {
        SlotHistory.copy(other, slots);
    }

    @Override
    public void save(Buffer[] to) {
        SlotHistory.copy(slots, to);
    }

    @Override
    public void advance(double t, double end) {
        step(t, end, slots, next);
        Buffer[] swap = slots;
        slots = next;
        next = swap;
    }

    @Override
    public void retake(double t, double end) {
        step(t, end, slots, next);
    }

    @Override
    public void restart(double t) {
        restart(t, slots);
    }

    @Override
    public void start(double t) {
        start(t, slots[0]);
    }

    /// next = the step from (t, slots) to `end`, as on the way forward, to the last bit.
    void step(double t, double end, Buffer[] slots, Buffer[] next) {
        from = slots;
        stepper.step(again, t, end, end - t, slots, next);
    }

    private void remember(int number, Part part, double t, Buffer state, Buffer k) {
        y[number].copyFrom(state);
        at[number] = t;
        field.eval(part, t, y[number], k, tape[number]);
        evaluations++;
    }

    /// Slots of a solve that begins again at slot 0, where the field jumps.
    void restart(double t, Buffer[] slots) {
        stepper.start(anew, t, last, slots[0], slots);
    }

    private void beginning(int number, Part part, double t, Buffer state, Buffer k) {
        startY.copyFrom(state);
        field.eval(part, t, startY, k, startTape);
        evaluations++;
    }

    /// The evaluation at the start of a solve from x.
    void start(double t, Buffer x) {
        if (startY != null) {
            startY.copyFrom(x);
            startAt = stepper.startTime(t, last);
            if (!oneTape) {
                compute(Part.ALL, startAt, startY, startTape);
            }
        }
    }

    private void compute(Part part, double t, Buffer state, Buffer activations) {
        field.eval(part, t, state, scratch, activations);
        evaluations++;
    }

    @Override
    public void show(int i, Buffer state, Buffer activations) {
        boolean start = i == Stepper.START;
        Buffer its = start ? startY : y[i];
        if (oneTape) {
            Scheme scheme = problem.solver().scheme();
            compute(start ? Part.ALL : scheme.part(i), start ? startAt : at[i], its, tape[0]);
        }
        state.moveTo(its, 0);
        activations.moveTo(start ? startTape : tape[i], 0);
    }

    @Override
    public Buffer evaluation(int i) {
        return stepper.evaluation(i);
    }

    @Override
    public Buffer slot(int l) {
        return from[l];
    }

    @Override
    public long evaluations() {
        return evaluations;
    }
}
