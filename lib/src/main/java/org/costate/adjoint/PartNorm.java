package org.costate.adjoint;

import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.ode.AdaptiveSteps;
import org.costate.ode.Norm;
import org.costate.ode.Solver;

/// The error of a row that begins with states, and goes on with other numbers: the largest of what the caller's norm,
/// which knows of states alone, says of each state, and of the RMS of the others.
///
/// Source: torchdiffeq's norm of the adjoint system.
final class PartNorm implements Norm {
    private final Norm ofState;
    private final Buffer error;
    private final Buffer scale;
    private final int states;
    /// Of what is no state; null where it does not count.
    private final Norm rest;

    private PartNorm(Problem problem, Norm ofState, int states, boolean seminorm) {
        Buffer x0 = problem.x0();
        this.ofState = ofState;
        this.states = states;
        rest = seminorm ? null : Norm.rms(states * x0.size(), Long.MAX_VALUE);
        error = Buffer.movable(x0.rows(), x0.columns(), x0.precision());
        scale = Buffer.movable(x0.rows(), x0.columns(), Precision.FLOAT64);
    }

    /// The way back with such a norm.
    ///
    /// @param states how many there are: the state and the costate, or one of them
    /// @param seminorm do they alone choose the steps?
    static Solver solver(Problem problem, Solver solver, int states, boolean seminorm) {
        if (!(solver.steps() instanceof AdaptiveSteps a)) {
            return solver;
        }
        Norm whole = seminorm ? Norm.rms(0, states * problem.x0().size()) : Norm.RMS;
        Norm norm = a.norm().equals(Norm.RMS) ? whole : new PartNorm(problem, a.norm(), states, seminorm);
        return solver.adaptive(s -> s.withNorm(norm));
    }

    @Override
    public double of(Buffer errors, Buffer scales) {
        double most = 0;
        for (int i = 0; i < states; i++) {
            error.moveTo(errors, i * error.size());
            scale.moveTo(scales, i * error.size());
            most = Math.max(most, ofState.of(error, scale)); // NaN stays
        }
        return rest == null ? most : Math.max(most, rest.of(errors, scales));
    }
}
