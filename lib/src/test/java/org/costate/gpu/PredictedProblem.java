package org.costate.gpu;

import java.util.List;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Backprop;
import org.costate.adjoint.Backsolve;
import org.costate.adjoint.Interpolating;
import org.costate.adjoint.Reversible;
import org.costate.bench.Net;
import org.costate.memory.Precision;
import org.costate.ode.Coupling;
import org.costate.ode.Dopri5;
import org.costate.ode.Dynamics;
import org.costate.ode.Kutta38;
import org.costate.ode.Solver;

/// A workload of `environment/bench` that [Prediction] is made for, with steps of RK4's 3/8 rule, or of each sample's
/// own.
///
/// @param steps 0: the samples' own
record PredictedProblem(String name, int batch, int dimension, int hidden, Precision precision, int steps) {
    static final List<PredictedProblem> ALL = List.of(
            new PredictedProblem("W1", 20, 2, 50, Precision.FLOAT64, 100),
            new PredictedProblem("W2", 20, 2, 50, Precision.FLOAT64, 0),
            new PredictedProblem("W3", 256, 64, 256, Precision.FLOAT32, 20),
            new PredictedProblem("W4", 1024, 256, 1024, Precision.FLOAT32, 5),
            new PredictedProblem("many", 100_000, 2, 50, Precision.FLOAT64, 100));

    static final List<Adjoint> MODES =
            List.of(Backprop.defaults(), Reversible.defaults(), Backsolve.defaults(), Interpolating.defaults());

    boolean ownSteps() {
        return steps == 0;
    }

    Dynamics field() {
        return Net.field(dimension, hidden);
    }

    Solver solver(Adjoint mode) {
        Solver rule = ownSteps() ? Dopri5.tolerance(1e-7, 1e-9).perSample() : Kutta38.steps(steps);
        return mode instanceof Reversible ? Coupling.of(rule) : rule;
    }

    /// The kernels of a mode: role, what is kept, and source; the way forward, then the way back.
    List<String> kernels(Adjoint mode) {
        String choosing = "FORWARD NOTHING adaptive";
        return switch (mode) {
            case Backsolve _ ->
                ownSteps()
                        ? List.of(choosing, "BACKSOLVE NOTHING adaptive")
                        : List.of("FORWARD NOTHING steps", "BACKSOLVE NOTHING steps");
            case Interpolating _ ->
                ownSteps()
                        ? List.of(choosing, "FORWARD DENSE steps", "ALONG NOTHING adaptive")
                        : List.of("FORWARD DENSE steps", "ALONG NOTHING steps");
            default -> {
                boolean undoes = mode instanceof Reversible;
                String there = undoes ? "FORWARD NOTHING steps" : "FORWARD ARGUMENTS steps";
                String back = undoes ? "UNDO NOTHING undo" : "TRANSPOSE NOTHING transpose";
                yield ownSteps() ? List.of(choosing, there, back) : List.of(there, back);
            }
        };
    }

    /// Steps that a kernel takes.
    OwnSteps steps(String kernel) {
        return ownSteps() ? OwnSteps.W2.get(kernel) : new OwnSteps((long) batch * steps, steps);
    }
}
