package org.costate.bench;

import org.costate.Ode;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Gradient;
import org.costate.memory.Buffer;
import org.costate.ode.Parameters;

/// One way to do one workload, ready to be called.
///
/// @param cost null: solve, without a gradient
record Implementation(Ode ode, Buffer x0, Parameters theta, Cost cost) {
    Gradient gradient() {
        return ode.gradient(x0, theta, cost);
    }

    void call() {
        if (cost == null) {
            ode.solve(x0, theta);
        } else {
            gradient();
        }
    }
}
