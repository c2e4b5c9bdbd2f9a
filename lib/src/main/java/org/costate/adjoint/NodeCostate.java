package org.costate.adjoint;

import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Part;
import org.costate.ode.Scheme;

/// The costate at a node between two steps: what comes back to the state there if all slots move with it, as they
/// would if the solve began there. With z_l for what comes back to the states and σ_l to the slopes,
///
/// ```
/// a = Σ z_l + (∂f/∂x)ᵀ Σ σ_l
/// ```
///
/// Cost: nothing where the method carries the solution alone, else an evaluation and a vector–Jacobian product if it
/// carries slopes.
final class NodeCostate {
    private final Kernels kernels = Kernels.best();
    private final BoundDynamics field;
    private final int states;
    private final int slots;
    private final Buffer sum;
    private final Buffer slopes;
    private final Buffer through;
    private final Buffer tape;
    private long products;

    NodeCostate(Problem problem, BoundDynamics field) {
        this.field = field;
        Scheme scheme = problem.solver().scheme();
        states = scheme.states();
        slots = scheme.slots();
        sum = problem.state();
        boolean some = slots > states;
        slopes = some ? problem.state() : null;
        through = some ? problem.state() : null;
        tape = some
                ? problem.workspace()
                        .allocate(1, field.tapeLength(), problem.x0().precision())
                : null;
    }

    /// The costate at this node, without what an observation there adds. Valid until the next call.
    ///
    Buffer before(double t, BufferTransposed back) {
        sum.copyFrom(back.comesBack(0));
        for (int l = 1; l < states; l++) {
            kernels.add(1, back.comesBack(l), sum);
        }
        if (slots > states) {
            slopes.copyFrom(back.comesBack(states));
            for (int l = states + 1; l < slots; l++) {
                kernels.add(1, back.comesBack(l), slopes);
            }
            Buffer x = back.slot(0);
            field.eval(Part.ALL, t, x, through, tape);
            field.vjp(Part.ALL, t, x, tape, slopes, through, null);
            kernels.add(1, through, sum);
            products++;
        }
        return sum;
    }

    /// Evaluations, and as many vector–Jacobian products.
    long products() {
        return products;
    }
}
