package org.costate.adjoint;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalDouble;
import org.costate.memory.Buffer;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Integrator;
import org.costate.ode.Jumps;
import org.costate.ode.Part;
import org.costate.ode.Scheme;
import org.costate.ode.Solver;
import org.costate.ode.Stepper;

/// The exact gradient of a reversible method without a memory of the way: each step is undone algebraically,
/// taken again, and transposed.
///
/// Cost: three evaluations and one vector–Jacobian product for each evaluation of the solve. Memory: O(1) in
/// fixed steps; 8 bytes a step for the accepted times of adaptive ones.
///
/// Exact until the rounding of the undone steps has grown: what was found at t0 is compared with x0
/// ([Gradient#drift()]). When not to use it: on contracting fields, where that rounding grows like e to the
/// contraction.
///
/// Source: S. McCallum, J. Foster, 2024, doi:10.48550/arXiv.2410.11648; J. Zhuang et al., ICLR 2021,
/// doi:10.48550/arXiv.2102.04668.
public final class Reversible implements Adjoint {
    private static final Reversible DEFAULTS = new Reversible();

    private Reversible() {}

    public static Reversible defaults() {
        return DEFAULTS;
    }

    @Override
    public void check(Solver solver) {
        if (!solver.scheme().reversible()) {
            throw new IllegalArgumentException("adjoint: Reversible needs a method whose steps can be undone, and "
                    + solver.scheme().name() + " is none. Take ReversibleHeun, AsynchronousLeapfrog or Coupling.of("
                    + "...) as the solver, or the gradient mode Checkpointed, or Backprop");
        }
    }

    @Override
    public Gradient gradient(Problem problem) {
        return Discrete.gradient(problem, field -> new Undone(problem, field));
    }

    @Override
    public String toString() {
        return "Reversible";
    }

    /// The slots after the step that comes next on the way back.
    private static final class Undone implements Discrete.Trail {
        private final Problem problem;
        private final BoundDynamics field;
        private final Replay replay;
        private final Stepper inverse;
        private final Jumps jumps;
        private final Buffer scratch;
        private Buffer[] slots;
        private Buffer[] before;
        private final Buffer[] again;
        private final Deque<Buffer[]> beforeJumps = new ArrayDeque<>();
        private long undoing;
        private double drift;

        Undone(Problem problem, BoundDynamics field) {
            this.problem = problem;
            this.field = field;
            replay = new Replay(problem, field);
            jumps = new Jumps(problem.solver().jumps());
            Scheme undo = problem.solver().scheme().inverse();
            Buffer x0 = problem.x0();
            inverse = new Stepper(undo, jumps, problem.workspace(), x0.rows(), x0.columns(), x0.precision());
            scratch = problem.workspace().allocate(1, field.tapeLength(), x0.precision());
            before = problem.states(undo.slots());
            again = problem.states(undo.slots());
        }

        @Override
        public void evaluate(int number, Part part, double t, Buffer y, Buffer k) {
            field.eval(part, t, y, k, scratch);
        }

        @Override
        public void accepted(Integrator run) {
            if (jumps.at(run.time())) { // the next step begins afresh: from there, nothing leads back
                beforeJumps.push(copy(run.slots()));
            }
        }

        private Buffer[] copy(Buffer[] from) {
            Buffer[] all = problem.states(from.length);
            for (int l = 0; l < all.length; l++) {
                all[l].copyFrom(from[l]);
            }
            return all;
        }

        @Override
        public void turn(Integrator run) {
            slots = copy(run.slots());
        }

        @Override
        public void back(int k, double t, double end) {
            if (jumps.at(end) && end != problem.t1()) {
                slots = beforeJumps.pop();
            }
            inverse.step(this::undo, end, t, t - end, slots, before);
            replay.step(t, end, before, again);
            Buffer[] swap = slots;
            slots = before;
            before = swap;
        }

        private void undo(int number, Part part, double t, Buffer y, Buffer k) {
            field.eval(part, t, y, k, scratch);
            undoing++;
        }

        @Override
        public void backAtStart(int k, double t) {
            replay.start(t, slots[0]);
            if (k == 0) {
                drift = Backsolve.drift(slots[0], problem.x0());
            }
        }

        @Override
        public Transposed.Evaluations found() {
            return replay;
        }

        @Override
        public long evaluations() {
            return undoing + replay.evaluations();
        }

        @Override
        public OptionalDouble drift() {
            return OptionalDouble.of(drift);
        }
    }
}
