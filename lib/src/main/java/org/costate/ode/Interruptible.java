package org.costate.ode;

import org.costate.memory.Buffer;

/// A field that ends with [Interruption] where the thread is interrupted, before each evaluation and each product: so
/// no loop over them, in whatever gradient mode, goes on for longer than one of these takes.
public final class Interruptible implements BoundDynamics {
    private final BoundDynamics field;
    private final ArrayBound arrays;
    private final Thread caller;

    /// Heeds an interrupt of whatever thread evaluates.
    public Interruptible(BoundDynamics field) {
        this(field, null);
    }

    /// Heeds an interrupt of one thread, also where others evaluate on its behalf.
    public Interruptible(BoundDynamics field, Thread caller) {
        this.field = field;
        this.caller = caller;
        ArrayBound its = field.onArrays();
        arrays = its == null ? null : new OnArrays(its);
    }

    @Override
    public ArrayBound onArrays() {
        return arrays;
    }

    private final class OnArrays implements ArrayBound {
        private final ArrayBound its;

        OnArrays(ArrayBound its) {
            this.its = its;
        }

        @Override
        public void eval(double t, double[] x, double[] dx) {
            heed();
            its.eval(t, x, dx);
        }

        @Override
        public void vjp(double t, double[] x, double[] a, double[] gx, double[] gp) {
            heed();
            its.vjp(t, x, a, gx, gp);
        }
    }

    private void heed() {
        Interruption.check(caller == null ? Thread.currentThread() : caller);
    }

    @Override
    public int tapeLength() {
        return field.tapeLength();
    }

    @Override
    public void eval(double t, Buffer x, Buffer dx) {
        heed();
        field.eval(t, x, dx);
    }

    @Override
    public void eval(Part part, double t, Buffer x, Buffer dx) {
        heed();
        field.eval(part, t, x, dx);
    }

    @Override
    public void eval(Part part, double t, Buffer x, Buffer dx, Buffer tape) {
        heed();
        field.eval(part, t, x, dx, tape);
    }

    @Override
    public void vjp(Part part, double t, Buffer x, Buffer tape, Buffer a, Buffer gx, Buffer gp) {
        heed();
        field.vjp(part, t, x, tape, a, gx, gp);
    }

    @Override
    public void jvp(Part part, double t, Buffer x, Buffer tape, Buffer dx, Buffer dp, Buffer dk) {
        heed();
        field.jvp(part, t, x, tape, dx, dp, dk);
    }

    @Override
    public double timeVjp(Part part, double t, Buffer x, Buffer tape, Buffer a) {
        heed();
        return field.timeVjp(part, t, x, tape, a);
    }
}
