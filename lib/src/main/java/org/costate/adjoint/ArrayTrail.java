package org.costate.adjoint;

import org.costate.memory.Buffer;
import org.costate.ode.ArrayBound;
import org.costate.ode.Integrator;

/// A trail on plain arrays.
abstract class ArrayTrail implements Trail {
    final Problem problem;
    final ArrayBound field;

    ArrayTrail(Problem problem, ArrayBound field) {
        this.problem = problem;
        this.field = field;
    }

    /// k = f(t, y) on the way forward.
    abstract void evaluate(int number, double t, double[] y, double[] k);

    /// The state of evaluation `i` of the step that was made ready. Valid until the next call.
    abstract double[] state(int i);

    @Override
    public Integrator forward(double[] stops) {
        return problem.integrator(this::evaluate, stops);
    }

    @Override
    public Transposed transposed(Buffer gp) {
        return new ArrayTransposed(problem, field, gp, this::state);
    }
}
