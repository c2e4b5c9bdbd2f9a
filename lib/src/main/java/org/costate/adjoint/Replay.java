package org.costate.adjoint;

import org.costate.memory.Buffer;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Integrator;

/// Takes steps of the way forward again, from kept slots, to the last bit: on buffers, or on plain arrays for small
/// systems.
interface Replay {
    static Replay of(Problem problem, BoundDynamics field) {
        return problem.onArrays(field) == null
                ? BufferReplay.own(problem, field)
                : new ArrayReplay(problem, problem.onArrays(field));
    }

    /// The way forward itself.
    Integrator forward(double[] stops);

    /// What transposes the step that was taken last by [#retake].
    Transposed transposed(Buffer gp);

    /// Begins at these slots.
    void load(Buffer[] slots);

    /// Copies the present slots.
    void save(Buffer[] to);

    /// From the present to the next step.
    void advance(double t, double end);

    /// Takes the step from the present slots, which stay, and keeps what its transpose needs.
    void retake(double t, double end);

    /// Slots of a solve that begins again at the present state, where the field jumps.
    void restart(double t);

    /// The evaluation at the start of a solve from the present state.
    void start(double t);

    long evaluations();
}
