package org.costate.adjoint;

import org.costate.memory.Buffer;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Integrator;
import org.costate.ode.Jumps;
import org.costate.ode.Part;

/// A trail that keeps the slots of every step: nothing but the step to be transposed is taken again. For what needs
/// the states of the steps besides their evaluations.
///
/// Memory: the slots of every step; and of one step the states of its evaluations, and the activations of each, or of
/// one.
final class EveryStep extends BufferTrail {
    private final BufferReplay replay;
    private final Jumps jumps;
    private final SlotHistory kept;
    private final Buffer[] next;
    private final Buffer scratch;
    private Buffer[] slots;

    private EveryStep(Problem problem, BoundDynamics field, boolean oneTape) {
        super(problem, field);
        replay = new BufferReplay(problem, field, oneTape);
        jumps = problem.jumps();
        int steps = problem.fixedSteps();
        kept = new SlotHistory(problem, steps == 0 ? 0 : steps + 1);
        next = problem.states(problem.solver().scheme().slots());
        scratch =
                problem.workspace().allocate(1, field.tapeLength(), problem.x0().precision());
    }

    /// @param oneTape are the activations of each evaluation computed anew when it is transposed?
    static Gradient gradient(Problem problem, boolean oneTape) {
        return Discrete.gradient(problem, (part, field) -> new EveryStep(part, field, oneTape));
    }

    @Override
    void evaluate(int number, Part part, double t, Buffer y, Buffer k) {
        field.eval(part, t, y, k, scratch);
    }

    @Override
    public void accepted(Integrator run) {
        kept.append(run.slots());
    }

    @Override
    public void back(int k, double t, double end) {
        slots = kept.show(k);
        if (k > 0 && jumps.at(t)) {
            replay.restart(t, slots);
        }
        replay.step(t, end, slots, next);
    }

    @Override
    public void backAtStart(int k, double t) {
        replay.start(t, slots[0]);
    }

    @Override
    BufferTransposed.Evaluations found() {
        return replay;
    }

    @Override
    public long evaluations() {
        return replay.evaluations();
    }
}
