package org.costate.adjoint;

import org.costate.memory.Buffer;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Jumps;
import org.costate.ode.Part;
import org.costate.ode.Scheme;
import org.costate.ode.Stepper;

/// Takes a step of the way forward again, from its slots, and keeps the states and activations of its
/// evaluations.
///
/// Memory: the state and the tape of each evaluation of one step.
final class Replay implements Transposed.Evaluations {
    private final BoundDynamics field;
    private final Stepper stepper;
    private final double last;
    private final Buffer[] y;
    private final Buffer[] tape;
    private final Buffer startY;
    private final Buffer startTape;
    private final Buffer scratch;
    private final Stepper.Evaluator again = this::evaluate;
    private final Stepper.Evaluator anew = this::beginning;
    private Buffer[] from;
    private long evaluations;

    Replay(Problem problem, BoundDynamics field) {
        this.field = field;
        last = problem.t1();
        Scheme scheme = problem.solver().scheme();
        Buffer x0 = problem.x0();
        stepper = stepper(problem);
        y = new Buffer[scheme.evaluations()];
        tape = new Buffer[y.length];
        for (int i = 0; i < y.length; i++) {
            y[i] = problem.state();
            tape[i] = problem.workspace().allocate(1, field.tapeLength(), x0.precision());
        }
        boolean keepsSlope = scheme.slots() > scheme.states();
        startY = keepsSlope ? problem.state() : null;
        startTape = keepsSlope ? problem.workspace().allocate(1, field.tapeLength(), x0.precision()) : null;
        scratch = keepsSlope ? problem.state() : null;
    }

    /// A stepper for steps of the way forward.
    static Stepper stepper(Problem problem) {
        Buffer x0 = problem.x0();
        return new Stepper(
                problem.solver().scheme(),
                new Jumps(problem.solver().jumps()),
                problem.workspace(),
                x0.rows(),
                x0.columns(),
                x0.precision());
    }

    /// next = the step from (t, slots) to `end`, as on the way forward, to the last bit.
    void step(double t, double end, Buffer[] slots, Buffer[] next) {
        from = slots;
        stepper.step(again, t, end, end - t, slots, next);
    }

    private void evaluate(int number, Part part, double t, Buffer at, Buffer k) {
        y[number].copyFrom(at);
        field.eval(part, t, y[number], k, tape[number]);
        evaluations++;
    }

    /// Slots of a solve that begins again at slot 0, where the field jumps.
    void restart(double t, Buffer[] slots) {
        stepper.start(anew, t, last, slots[0], slots);
    }

    private void beginning(int number, Part part, double t, Buffer at, Buffer k) {
        startY.copyFrom(at);
        field.eval(part, t, startY, k, startTape);
        evaluations++;
    }

    /// The evaluation at the start of a solve from x.
    void start(double t, Buffer x) {
        if (startY != null) {
            startY.copyFrom(x);
            field.eval(Part.ALL, startTime(t), startY, scratch, startTape);
            evaluations++;
        }
    }

    private double startTime(double t) {
        return stepper.startTime(t, last);
    }

    @Override
    public void show(int i, Buffer state, Buffer activations) {
        state.moveTo(i == Stepper.START ? startY : y[i], 0);
        activations.moveTo(i == Stepper.START ? startTape : tape[i], 0);
    }

    @Override
    public Buffer evaluation(int i) {
        return stepper.evaluation(i);
    }

    @Override
    public Buffer slot(int l) {
        return from[l];
    }

    long evaluations() {
        return evaluations;
    }
}
