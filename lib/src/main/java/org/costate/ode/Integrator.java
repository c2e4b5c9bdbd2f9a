package org.costate.ode;

import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.memory.Workspace;

/// The loop: step, look at the result, tell the listener.
///
/// Memory: two states and the method's stages, whatever the number of steps.
public final class Integrator {
    private static final int EXCERPT = 4;

    private Integrator() {}

    /// Integrates from t0 to t1, in either direction. Never throws for a solve that goes wrong; the outcome says so.
    ///
    /// @param x the state at t0; afterwards the last good state: after a success, the state at t1. Modified.
    /// @param listener told of every accepted step, with states that are finite
    public static Outcome integrate(
            VectorField field,
            Solver solver,
            double t0,
            double t1,
            Buffer x,
            Workspace workspace,
            StepListener listener) {
        RungeKutta method = new RungeKutta(solver.tableau(), workspace, x.rows(), x.columns(), x.precision());
        Buffer spare = workspace.allocate(x.rows(), x.columns(), x.precision());
        try {
            return loop(field, method, solver.steps(), t0, t1, x, spare, listener);
        } finally {
            workspace.release(spare);
            method.release();
        }
    }

    private static Outcome loop(
            VectorField field,
            RungeKutta method,
            FixedSteps steps,
            double t0,
            double t1,
            Buffer x,
            Buffer spare,
            StepListener listener) {
        Kernels kernels = Kernels.best();
        Buffer now = x;
        Buffer next = spare;
        Outcome outcome = null;
        double h = 0;
        for (int k = 0; k < steps.count() && outcome == null; k++) {
            double t = steps.time(t0, t1, k);
            double end = steps.time(t0, t1, k + 1);
            h = (t1 - t0) / steps.count();
            if (Thread.currentThread().isInterrupted()) {
                outcome = Outcome.interrupted(t, h);
                break;
            }
            method.step(field, t, h, now, next);
            if (!kernels.finite(next)) {
                outcome = Outcome.nonFinite(t, h, excerpt(now));
                break;
            }
            listener.accepted(k, end, next);
            Buffer swap = now;
            now = next;
            next = swap;
        }
        if (now != x) {
            x.copyFrom(now);
        }
        return outcome == null ? Outcome.success(t1, h) : outcome;
    }

    private static String excerpt(Buffer x) {
        StringBuilder s = new StringBuilder("(");
        for (int i = 0; i < Math.min(EXCERPT, x.size()); i++) {
            s.append(i == 0 ? "" : ", ").append((float) x.get(i));
        }
        return s.append(x.size() > EXCERPT ? ", ...)" : ")").toString();
    }
}
