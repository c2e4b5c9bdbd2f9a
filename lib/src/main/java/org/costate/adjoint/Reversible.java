package org.costate.adjoint;

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
/// Cost: three evaluations more (two where the field leaves no activations), and one vector–Jacobian product, for
/// each evaluation of the solve. Memory: O(1) in fixed steps, with the activations of a single evaluation; 8 bytes a
/// step
/// for the accepted times of adaptive ones.
///
/// Exact until the rounding of the undone steps has grown. *Anchors*, states of the way forward that are kept every
/// K steps, start it afresh; at each of them, and at t0, what was found is compared with what was there
/// ([Gradient#drift()]). A coupling with λ < 1 multiplies rounding by 1/λ at each step that is undone, whatever the
/// field; there anchors are kept without being asked for, so that no rounding grows by more than 1000: every 6904
/// steps for λ = 0.999, the slots of a step for each. When not to use it: on contracting fields, where rounding
/// grows like e to the contraction, unless anchors are near enough.
///
/// Source: S. McCallum, J. Foster, 2024, doi:10.48550/arXiv.2410.11648; J. Zhuang et al., ICLR 2021,
/// doi:10.48550/arXiv.2102.04668.
public final class Reversible implements Adjoint {
    private static final Reversible DEFAULTS = new Reversible(0);

    /// By how much a method by itself may multiply rounding between two anchors.
    private static final double GROWTH = 1000;

    private final int every;

    private Reversible(int every) {
        this.every = every;
    }

    /// With anchors only where the method itself makes rounding grow.
    public static Reversible defaults() {
        return DEFAULTS;
    }

    /// With an anchor every so many steps: for fields that contract.
    ///
    /// @throws IllegalArgumentException if it is below 1
    public static Reversible anchored(int everySteps) {
        if (everySteps < 1) {
            throw new IllegalArgumentException("everySteps: got " + everySteps + ", expected at least 1; without"
                    + " anchors write Reversible.defaults()");
        }
        return new Reversible(everySteps);
    }

    /// Steps from anchor to anchor; the largest number for none.
    public int between(Scheme scheme) {
        if (every > 0) {
            return every;
        }
        double growth = Math.log(scheme.undoneGrowth());
        return growth > 0
                ? (int) Math.max(1, Math.min(Integer.MAX_VALUE, Math.log(GROWTH) / growth))
                : Integer.MAX_VALUE;
    }

    @Override
    public void check(Solver solver) {
        if (!solver.scheme().reversible()) {
            throw new IllegalArgumentException(
                    "adjoint: got Reversible with " + solver.scheme().name()
                            + ", expected a method whose steps can be undone; take ReversibleHeun, AsynchronousLeapfrog or Coupling.of("
                            + "...) as the solver, or the gradient mode Checkpointed, or Backprop");
        }
    }

    @Override
    public Gradient gradient(Problem problem) {
        return Discrete.gradient(
                problem,
                (part, field) ->
                        new Undone(part, field, between(problem.solver().scheme())));
    }

    @Override
    public String toString() {
        return every == 0 ? "Reversible" : "Reversible, anchored every " + every + " steps";
    }

    /// The slots after the step that comes next on the way back.
    private static final class Undone extends BufferTrail {
        private final BufferReplay replay;
        private final Stepper inverse;
        private final Jumps jumps;
        private final Buffer scratch;
        private Buffer[] slots;
        private Buffer[] before;
        private final Buffer[] again;
        private final int between;
        private final SlotHistory anchors;
        private final Stepper.Evaluator undo = this::undo;
        private int accepted = -1;
        private long undoing;
        private final Drift drift;

        Undone(Problem problem, BoundDynamics field, int between) {
            super(problem, field);
            this.between = between;
            drift = new Drift(problem);
            replay = new BufferReplay(problem, field, true);
            jumps = problem.jumps();
            Scheme inverted = problem.solver().scheme().inverse();
            Buffer x0 = problem.x0();
            inverse = new Stepper(inverted, jumps, problem.workspace(), x0.rows(), x0.columns(), x0.precision());
            scratch = problem.workspace().allocate(1, field.tapeLength(), x0.precision());
            slots = problem.states(inverted.slots());
            before = problem.states(inverted.slots());
            again = problem.states(inverted.slots());
            long steps = problem.fixedSteps();
            anchors = new SlotHistory(problem, steps / between);
        }

        /// Is something kept at node `k`? From a jump on the next step begins afresh: nothing leads back there.
        private boolean isAnchor(int k, double t) {
            return k > 0 && (k % between == 0 || jumps.at(t));
        }

        @Override
        void evaluate(int number, Part part, double t, Buffer y, Buffer k) {
            field.eval(part, t, y, k, scratch);
        }

        @Override
        public void accepted(Integrator run) {
            accepted++;
            drift.accepted(run);
            if (isAnchor(accepted, run.time())) {
                anchors.append(run.slots());
            }
        }

        @Override
        public void turn(Integrator run) {
            SlotHistory.copy(run.slots(), slots);
        }

        @Override
        public void back(int k, double t, double end) {
            if (isAnchor(k + 1, end)) {
                Buffer[] anchor = anchors.show(anchors.count() - 1);
                drift.found(slots[0], anchor[0], before[0]);
                SlotHistory.copy(anchor, slots);
                anchors.truncate(anchors.count() - 1);
            }
            inverse.step(undo, end, t, t - end, slots, before);
            problem.refuseLost(end, t - end, before[0]);
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
                drift.found(slots[0], problem.x0());
            }
        }

        @Override
        BufferTransposed.Evaluations found() {
            return replay;
        }

        @Override
        public long evaluations() {
            return undoing + replay.evaluations();
        }

        @Override
        public Drift drift() {
            return drift;
        }
    }
}
