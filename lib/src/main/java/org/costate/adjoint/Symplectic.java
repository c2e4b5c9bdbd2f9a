package org.costate.adjoint;

import org.costate.memory.Buffer;
import org.costate.ode.BoundDynamics;
import org.costate.ode.FixedSteps;
import org.costate.ode.Integrator;
import org.costate.ode.Jumps;
import org.costate.ode.Part;
import org.costate.ode.Scheme;
import org.costate.ode.Stepper;

/// The exact gradient from the state of every step and the activations of one evaluation (Matsubara et al.).
///
/// On the way back each step's states are computed again, and the activations of each evaluation when it is
/// transposed: the pair of the step and its transpose is a symplectic method, so that it conserves costate times
/// variation, which is what makes the gradient exact.
///
/// Cost: two evaluations more, and one vector–Jacobian product, for each evaluation of the solve. Memory: a state
/// a step, and the activations of a single evaluation: for large nets, where those are what fills memory.
///
/// Source: T. Matsubara, Y. Miyatake, T. Yaguchi, NeurIPS 2021, doi:10.48550/arXiv.2102.09750.
public final class Symplectic implements Adjoint {
    private static final Symplectic DEFAULTS = new Symplectic();

    private Symplectic() {}

    public static Symplectic defaults() {
        return DEFAULTS;
    }

    @Override
    public Gradient gradient(Problem problem) {
        return Discrete.gradient(problem, field -> new States(problem, field));
    }

    @Override
    public String toString() {
        return "Symplectic";
    }

    private static final class States extends BufferTrail implements BufferTransposed.Evaluations {
        private final Stepper stepper;
        private final SlotHistory states;
        private final Stepper.Evaluator again = this::remember;
        private final Stepper.Evaluator anew = this::plain;
        private final Buffer[] next;
        private final Buffer[] y;
        private final double[] at;
        private final Part[] parts;
        private final Buffer startY;
        private final Buffer tape;
        private final Buffer scratch;
        private final double last;
        private final Jumps jumps;
        private Buffer[] slots;
        private double startAt;
        private long evaluations;

        States(Problem problem, BoundDynamics field) {
            super(problem, field);
            last = problem.t1();
            jumps = new Jumps(problem.solver().jumps());
            Buffer x0 = problem.x0();
            Scheme scheme = problem.solver().scheme();
            stepper = BufferReplay.stepper(problem);
            states = new SlotHistory(problem, problem.solver().steps() instanceof FixedSteps f ? f.count() + 1 : 0);
            next = problem.states(scheme.slots());
            y = problem.states(scheme.evaluations());
            at = new double[y.length];
            parts = new Part[y.length];
            startY = problem.state();
            tape = problem.workspace().allocate(1, field.tapeLength(), x0.precision());
            scratch = problem.state();
        }

        @Override
        void evaluate(int number, Part part, double t, Buffer state, Buffer k) {
            field.eval(part, t, state, k, tape);
        }

        @Override
        public void accepted(Integrator run) {
            states.append(run.slots());
        }

        @Override
        public void back(int k, double t, double end) {
            slots = states.show(k);
            if (k > 0 && jumps.at(t)) {
                stepper.start(anew, t, last, slots[0], slots);
            }
            stepper.step(again, t, end, end - t, slots, next);
        }

        private void plain(int number, Part part, double t, Buffer state, Buffer k) {
            field.eval(part, t, state, k, tape);
            evaluations++;
        }

        private void remember(int number, Part part, double t, Buffer state, Buffer k) {
            y[number].copyFrom(state);
            at[number] = t;
            parts[number] = part;
            field.eval(part, t, state, k, tape);
            evaluations++;
        }

        @Override
        public void backAtStart(int k, double t) {
            startY.copyFrom(slots[0]);
            startAt = stepper.startTime(t, last);
        }

        @Override
        BufferTransposed.Evaluations found() {
            return this;
        }

        @Override
        public void show(int i, Buffer state, Buffer activations) {
            boolean start = i == Stepper.START;
            Buffer from = start ? startY : y[i];
            field.eval(start ? Part.ALL : parts[i], start ? startAt : at[i], from, scratch, tape);
            evaluations++;
            state.moveTo(from, 0);
            activations.moveTo(tape, 0);
        }

        @Override
        public Buffer evaluation(int i) {
            return stepper.evaluation(i);
        }

        @Override
        public Buffer slot(int l) {
            return slots[l];
        }

        @Override
        public long evaluations() {
            return evaluations;
        }
    }
}
