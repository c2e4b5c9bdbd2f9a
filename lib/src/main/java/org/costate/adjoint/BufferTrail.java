package org.costate.adjoint;

import org.costate.memory.Buffer;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Integrator;
import org.costate.ode.Part;

/// A trail on buffers.
abstract class BufferTrail implements Trail {
    final Problem problem;
    final BoundDynamics field;

    BufferTrail(Problem problem, BoundDynamics field) {
        this.problem = problem;
        this.field = field;
    }

    /// k = f(t, y) on the way forward.
    abstract void evaluate(int number, Part part, double t, Buffer y, Buffer k);

    /// Where the evaluations that were made ready lie.
    abstract BufferTransposed.Evaluations found();

    @Override
    public Integrator forward(double[] stops) {
        return problem.integrator(this::evaluate, stops);
    }

    @Override
    public Transposed transposed(Buffer gp) {
        return new BufferTransposed(problem, field, gp, found());
    }
}
