package org.costate.graph;

import java.util.function.Supplier;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.ArrayBound;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Part;

/// A small field on few samples: code for one sample after another. What is rarely asked for comes from the kernels.
final class FewSamples implements BoundDynamics {
    private final BoundDynamics fast;
    private final Supplier<BoundDynamics> make;
    private final Workspace workspace;
    private final Buffer slope;
    private BoundDynamics general;
    private Buffer tape;

    FewSamples(BoundDynamics fast, Supplier<BoundDynamics> make, Buffer slope, Workspace workspace) {
        this.fast = fast;
        this.make = make;
        this.workspace = workspace;
        this.slope = slope;
    }

    @Override
    public ArrayBound onArrays() {
        return fast.onArrays();
    }

    private BoundDynamics general(Part part, double at, Buffer states) {
        if (general == null) {
            general = make.get();
            tape = workspace.allocate(1, general.tapeLength(), Precision.FLOAT64);
        }
        general.eval(part, at, states, slope, tape);
        return general;
    }

    @Override
    public int tapeLength() {
        return 0;
    }

    @Override
    public void eval(double at, Buffer states, Buffer slopes) {
        fast.eval(at, states, slopes);
    }

    @Override
    public void eval(Part part, double at, Buffer states, Buffer slopes, Buffer none) {
        TracedDynamics.whole(part);
        fast.eval(at, states, slopes);
    }

    @Override
    public void vjp(Part part, double at, Buffer states, Buffer none, Buffer a, Buffer gx, Buffer gp) {
        TracedDynamics.whole(part);
        fast.vjp(part, at, states, none, a, gx, gp);
    }

    @Override
    public void jvp(Part part, double at, Buffer states, Buffer none, Buffer dx, Buffer dp, Buffer dk) {
        general(part, at, states).jvp(part, at, states, tape, dx, dp, dk);
    }

    @Override
    public double timeVjp(Part part, double at, Buffer states, Buffer none, Buffer a) {
        return general(part, at, states).timeVjp(part, at, states, tape, a);
    }
}
