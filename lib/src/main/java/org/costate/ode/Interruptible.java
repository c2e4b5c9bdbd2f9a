package org.costate.ode;

import org.costate.memory.Buffer;

/// A field that ends with [Interruption] where the thread is interrupted, before each evaluation and each product: so
/// no loop over them, in whatever gradient mode, goes on for longer than one of these takes.
public final class Interruptible implements BoundDynamics {
    private final BoundDynamics field;
    private final ArrayBound arrays;

    public Interruptible(BoundDynamics field) {
        this.field = field;
        ArrayBound its = field.onArrays();
        arrays = its == null ? null : new Arrays(its);
    }

    @Override
    public ArrayBound onArrays() {
        return arrays;
    }

    private record Arrays(ArrayBound field) implements ArrayBound {
        @Override
        public void eval(double t, double[] x, double[] dx) {
            Interruption.check();
            field.eval(t, x, dx);
        }

        @Override
        public void vjp(double t, double[] x, double[] a, double[] gx, double[] gp) {
            Interruption.check();
            field.vjp(t, x, a, gx, gp);
        }
    }

    @Override
    public int tapeLength() {
        return field.tapeLength();
    }

    @Override
    public void eval(double t, Buffer x, Buffer dx) {
        Interruption.check();
        field.eval(t, x, dx);
    }

    @Override
    public void eval(Part part, double t, Buffer x, Buffer dx) {
        Interruption.check();
        field.eval(part, t, x, dx);
    }

    @Override
    public void eval(Part part, double t, Buffer x, Buffer dx, Buffer tape) {
        Interruption.check();
        field.eval(part, t, x, dx, tape);
    }

    @Override
    public void vjp(Part part, double t, Buffer x, Buffer tape, Buffer a, Buffer gx, Buffer gp) {
        Interruption.check();
        field.vjp(part, t, x, tape, a, gx, gp);
    }

    @Override
    public void jvp(Part part, double t, Buffer x, Buffer tape, Buffer dx, Buffer dp, Buffer dk) {
        Interruption.check();
        field.jvp(part, t, x, tape, dx, dp, dk);
    }

    @Override
    public double timeVjp(Part part, double t, Buffer x, Buffer tape, Buffer a) {
        Interruption.check();
        return field.timeVjp(part, t, x, tape, a);
    }
}
