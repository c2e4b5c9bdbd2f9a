package org.costate.adjoint;

import org.costate.Reference;
import org.costate.graph.Trace;
import org.costate.ode.Dynamics;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Parameters;

/// Fields with known answers: those of `reference.json`.
final class Fields {
    private Fields() {}

    /// f = θ x.
    static final Dynamics LINEAR = Trace.dynamics(1, (t, x, p) -> x.times(p.scalar("theta")));

    /// The same by hand.
    static final Dynamics LINEAR_BY_HAND = Dynamics.of(
            1, ParameterLayout.scalars("theta"), (t, x, p, dx) -> dx[0] = p[0] * x[0], (t, x, p, a, gx, gp) -> {
                gx[0] += a[0] * p[0];
                gp[0] += a[0] * x[0];
            });

    /// f = tanh(W x + b); θ is W row-major, then b.
    static final Dynamics TANH2 = Trace.dynamics(
            2,
            (t, x, p) -> x.matmul(p.matrix("W", 2, 2).transpose())
                    .plus(p.row("b", 2))
                    .tanh());

    /// The same by hand.
    static final Dynamics TANH2_BY_HAND = Dynamics.of(
            2,
            TANH2.layout(),
            (t, x, p, dx) -> {
                for (int i = 0; i < 2; i++) {
                    dx[i] = Math.tanh(p[2 * i] * x[0] + p[2 * i + 1] * x[1] + p[4 + i]);
                }
            },
            (t, x, p, a, gx, gp) -> {
                for (int i = 0; i < 2; i++) {
                    double y = Math.tanh(p[2 * i] * x[0] + p[2 * i + 1] * x[1] + p[4 + i]);
                    double u = a[i] * (1 - y * y);
                    for (int j = 0; j < 2; j++) {
                        gx[j] += u * p[2 * i + j];
                        gp[2 * i + j] += u * x[j];
                    }
                    gp[4 + i] += u;
                }
            });

    /// f = W2 tanh(W1 x + c t + b1) + b2; θ is W1, c, b1, W2, b2.
    static final Dynamics MLP = Trace.dynamics(2, (t, x, p) -> {
        var u = x.matmul(p.matrix("W1", 3, 2).transpose())
                .plus(p.row("c", 3).times(t))
                .plus(p.row("b1", 3));
        return u.tanh().matmul(p.matrix("W2", 2, 3).transpose()).plus(p.row("b2", 2));
    });

    static Parameters linear() {
        return Parameters.of(LINEAR.layout(), Reference.number("scalar_linear/inputs/theta"));
    }

    static Parameters tanh2() {
        return new Parameters(TANH2.layout())
                .set("W", Reference.numbers("tanh2/inputs/W"))
                .set("b", Reference.numbers("tanh2/inputs/b"));
    }

    static Parameters mlp() {
        Parameters theta = new Parameters(MLP.layout());
        for (String name : new String[] {"W1", "c", "b1", "W2", "b2"}) {
            theta.set(name, Reference.numbers("mlp/inputs/" + name));
        }
        return theta;
    }
}
