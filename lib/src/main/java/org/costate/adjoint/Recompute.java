package org.costate.adjoint;

import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Euler;
import org.costate.ode.FixedSteps;
import org.costate.ode.Integrator;
import org.costate.ode.Jumps;
import org.costate.ode.Part;
import org.costate.ode.Solver;

/// Euler steps undone by Euler steps, x_k ≈ x_{k+1} − h f(t_{k+1}, x_{k+1}), and transposed at what that finds:
/// for lessons.
///
/// Not exact: the states that it finds are wrong by O(h), and so is the gradient; the state itself comes back as
/// x0 (1 − (θh)²)ᴺ for ẋ = θx. Memory O(1). Never to be used for work: take Checkpointed.
public final class Recompute implements Adjoint {
    private static final Recompute DEFAULTS = new Recompute();

    private Recompute() {}

    public static Recompute defaults() {
        return DEFAULTS;
    }

    @Override
    public void check(Solver solver) {
        if (!solver.scheme().equals(Euler.TABLEAU.scheme()) || !(solver.steps() instanceof FixedSteps)) {
            throw new IllegalArgumentException("adjoint: got Recompute with " + solver
                    + ", expected Euler steps of equal size, which it undoes; take Euler.steps(n), or a gradient mode that goes with any solver: Checkpointed, Backprop,"
                    + " Backsolve");
        }
    }

    @Override
    public Gradient gradient(Problem problem) {
        return Discrete.gradient(problem, Guessed::new);
    }

    @Override
    public String toString() {
        return "Recompute";
    }

    private static final class Guessed extends BufferTrail implements BufferTransposed.Evaluations {
        private final Jumps jumps;
        private final Buffer x;
        private final Buffer slope;
        private final Buffer tape;
        private final Kernels kernels = Kernels.best();
        private long evaluations;
        private final Drift drift;

        Guessed(Problem problem, BoundDynamics field) {
            super(problem, field);
            jumps = problem.jumps();
            drift = new Drift(problem);
            x = problem.state();
            slope = problem.state();
            tape = problem.workspace()
                    .allocate(1, field.tapeLength(), problem.x0().precision());
        }

        @Override
        void evaluate(int number, Part part, double t, Buffer y, Buffer k) {
            field.eval(part, t, y, k, tape);
        }

        @Override
        public void accepted(Integrator run) {
            drift.accepted(run);
        }

        @Override
        public void turn(Integrator run) {
            x.copyFrom(run.state());
        }

        @Override
        public void back(int k, double t, double end) {
            field.eval(Part.ALL, jumps.inside(end, t, end), x, slope, tape);
            kernels.add(t - end, slope, x);
            problem.refuseLost(end, t - end, x);
            field.eval(Part.ALL, jumps.inside(t, t, end), x, slope, tape);
            evaluations += 2;
        }

        @Override
        public void backAtStart(int k, double t) {
            if (k == 0) {
                drift.found(x, problem.x0());
            }
        }

        @Override
        BufferTransposed.Evaluations found() {
            return this;
        }

        @Override
        public void show(int i, Buffer y, Buffer activations) {
            y.moveTo(x, 0);
            activations.moveTo(tape, 0);
        }

        @Override
        public Buffer evaluation(int i) {
            return slope;
        }

        @Override
        public Buffer slot(int l) {
            return x;
        }

        @Override
        public long evaluations() {
            return evaluations;
        }

        @Override
        public Drift drift() {
            return drift;
        }
    }
}
