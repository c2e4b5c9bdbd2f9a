package org.costate.adjoint;

import java.util.function.IntConsumer;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Dynamics;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Part;

/// A field that counts what is asked of it.
final class Counting implements Dynamics {
    private final Dynamics field;
    private final IntConsumer called;
    int evaluations;
    int products;
    int byTime;

    Counting(Dynamics field) {
        this(field, n -> {});
    }

    /// @param called told of the number of every call, from 1, before it is answered
    Counting(Dynamics field, IntConsumer called) {
        this.field = field;
        this.called = called;
    }

    int calls() {
        return evaluations + products + byTime;
    }

    @Override
    public int dimension() {
        return field.dimension();
    }

    @Override
    public ParameterLayout layout() {
        return field.layout();
    }

    @Override
    public boolean hasVjp() {
        return field.hasVjp();
    }

    @Override
    public boolean partitioned() {
        return field.partitioned();
    }

    @Override
    public BoundDynamics bind(Workspace workspace, int batch, Precision precision, Buffer theta) {
        BoundDynamics bound = field.bind(workspace, batch, precision, theta);
        return new BoundDynamics() {
            private void evaluated() {
                evaluations++;
                called.accept(calls());
            }

            private void multiplied() {
                products++;
                called.accept(calls());
            }

            @Override
            public int tapeLength() {
                return bound.tapeLength();
            }

            @Override
            public void eval(double t, Buffer x, Buffer dx) {
                evaluated();
                bound.eval(t, x, dx);
            }

            @Override
            public void eval(Part part, double t, Buffer x, Buffer dx) {
                evaluated();
                bound.eval(part, t, x, dx);
            }

            @Override
            public void eval(Part part, double t, Buffer x, Buffer dx, Buffer tape) {
                evaluated();
                bound.eval(part, t, x, dx, tape);
            }

            @Override
            public void vjp(Part part, double t, Buffer x, Buffer tape, Buffer a, Buffer gx, Buffer gp) {
                multiplied();
                bound.vjp(part, t, x, tape, a, gx, gp);
            }

            @Override
            public void jvp(Part part, double t, Buffer x, Buffer tape, Buffer dx, Buffer dp, Buffer dk) {
                multiplied();
                bound.jvp(part, t, x, tape, dx, dp, dk);
            }

            @Override
            public double timeVjp(Part part, double t, Buffer x, Buffer tape, Buffer a) {
                byTime++;
                called.accept(calls());
                return bound.timeVjp(part, t, x, tape, a);
            }
        };
    }
}
