package org.costate.adjoint;

import org.costate.memory.ArrayHistory;
import org.costate.memory.Buffer;
import org.costate.memory.Few;
import org.costate.memory.History;
import org.costate.memory.Workspace;
import org.costate.ode.ArrayBound;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Integrator;
import org.costate.ode.Part;
import org.costate.ode.Scheme;
import org.costate.ode.Stepper;

/// Backpropagation through the solver: the exact gradient of the discrete solve, by storing every evaluation.
///
/// Each accepted step is transposed, from the last to the first, on the states and activations that the way
/// forward left ([Transposed]).
///
/// Cost: one solve and one vector–Jacobian product for each of its evaluations; nothing is computed twice.
/// Memory: for each of N·stages evaluations its state and its activations, O(N). Not for long solves of large
/// nets. Where derivatives by times are wanted, or the costate of a method that carries slopes from step to step, or
/// where observations are interpolated, the states of all steps are kept instead, and each step is taken again.
///
/// Source: W. W. Hager, Numer. Math. 87, 2000, doi:10.1007/s002110000178; J. M. Sanz-Serna, SIAM Review 58, 2016,
/// doi:10.1137/151002769.
public final class Backprop implements Adjoint {
    private static final Backprop DEFAULTS = new Backprop();

    private Backprop() {}

    public static Backprop defaults() {
        return DEFAULTS;
    }

    @Override
    public Gradient gradient(Problem problem) {
        Scheme scheme = problem.solver().scheme();
        boolean slopes = scheme.slots() > scheme.states();
        return problem.times()
                        || problem.interpolates()
                        || (slopes && problem.wishes().costate())
                ? EveryStep.gradient(problem, false)
                : Discrete.gradient(problem, Backprop::trail);
    }

    private static Trail trail(Problem problem, BoundDynamics field) {
        ArrayBound arrays = problem.onArrays(field);
        return arrays == null ? new Stored(problem, field) : new StoredOnArrays(problem, arrays);
    }

    @Override
    public String toString() {
        return "Backprop";
    }

    /// Every evaluation, one record each.
    private static final class Stored extends BufferTrail implements BufferTransposed.Evaluations {
        private final int perStep;
        private final int atStart;
        private final int size;
        private final Buffer state;
        private final Buffer tape;
        private final History records;
        private long accepted;
        /// The first record of the step that is being transposed.
        private long first;

        Stored(Problem problem, BoundDynamics field) {
            super(problem, field);
            Buffer x0 = problem.x0();
            size = (int) x0.size();
            state = Buffer.movable(x0.rows(), x0.columns(), x0.precision());
            tape = Buffer.movable(1, field.tapeLength(), x0.precision());
            Scheme scheme = problem.solver().scheme();
            perStep = scheme.evaluations();
            atStart = scheme.slots() > scheme.states() ? 1 : 0;
            long steps = problem.fixedSteps();
            long expected = steps == 0 ? 0 : steps * perStep + atStart;
            records = new History(problem.workspace(), size + field.tapeLength(), expected, x0.precision());
        }

        @Override
        void evaluate(int number, Part part, double t, Buffer y, Buffer k) {
            if (number == 0) {
                records.truncate(accepted); // those of a rejected step
            }
            long record = records.append(state);
            records.moveTo(record, size, tape);
            state.copyFrom(y);
            field.eval(part, t, state, k, tape);
            if (number == Stepper.PROBE) {
                records.truncate(record);
            } else if (number == Stepper.START) {
                accepted = records.count();
            }
        }

        @Override
        public void accepted(Integrator run) {
            accepted = records.count();
            first = accepted;
        }

        @Override
        public void back(int k, double t, double end) {
            first -= perStep;
        }

        @Override
        public void backAtStart(int k, double t) {
            first -= atStart;
        }

        @Override
        public Buffer evaluation(int i) {
            throw new UnsupportedOperationException("slopes are not stored");
        }

        @Override
        public Buffer slot(int l) {
            throw new UnsupportedOperationException("slots are not stored");
        }

        @Override
        BufferTransposed.Evaluations found() {
            return this;
        }

        @Override
        public void show(int number, Buffer y, Buffer activations) {
            long record = number == Stepper.START ? first : first + number;
            records.moveTo(record, 0, y);
            records.moveTo(record, size, activations);
        }
    }

    /// The same on plain arrays: the states of the evaluations of each step in one record.
    private static final class StoredOnArrays extends ArrayTrail {
        private final ArrayHistory records;
        /// States where the solve begins, or begins again.
        private final ArrayHistory starts;
        private final double[] step;
        private final double[] start;
        private final double[] state;
        private boolean begun;

        StoredOnArrays(Problem problem, ArrayBound field) {
            super(problem, field);
            Workspace workspace = problem.workspace();
            int size = (int) problem.x0().size();
            step = workspace.array(problem.solver().scheme().evaluations() * size);
            state = workspace.array(size);
            start = workspace.array(size);
            records = new ArrayHistory(workspace, step.length, problem.fixedSteps());
            starts = new ArrayHistory(workspace, size, 1);
        }

        @Override
        void evaluate(int number, double t, double[] y, double[] k) {
            field.eval(t, y, k);
            if (number >= 0) {
                Few.copy(y, 0, step, number * y.length, y.length);
            } else if (number == Stepper.START) {
                starts.append(y);
            }
        }

        @Override
        public void accepted(Integrator run) {
            if (begun) {
                records.append(step);
            }
            begun = true;
        }

        @Override
        public void back(int k, double t, double end) {
            records.read(k, step);
        }

        @Override
        public void backAtStart(int k, double t) {
            if (starts.count() > 0) {
                starts.read(starts.count() - 1, start);
                starts.truncate(starts.count() - 1);
            }
        }

        @Override
        double[] state(int i) {
            if (i == Stepper.START) {
                return start;
            }
            Few.copy(step, i * state.length, state, 0, state.length);
            return state;
        }
    }
}
