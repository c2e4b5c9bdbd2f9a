package org.costate.ode;

import java.util.List;
import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;

/// A field over more parameters than it reads: its own are found by their names.
record Selection(Dynamics field, ParameterLayout layout) implements Dynamics {
    Selection {
        for (ParameterLayout.Entry e : field.layout().entries()) {
            if (!layout.contains(e.name()) || !layout.entry(e.name()).sameShape(e)) {
                throw new IllegalArgumentException("parameter " + e.name() + ": got an array of " + e.rows() + " x "
                        + e.columns() + ", expected one of " + layout + "; parameters are matched by name and shape");
            }
        }
    }

    @Override
    public int dimension() {
        return field.dimension();
    }

    @Override
    public int outputs() {
        return field.outputs();
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
    public List<Dynamics> parts() {
        return List.of(field);
    }

    @Override
    public BoundDynamics bind(Workspace workspace, int batch, Precision precision, Buffer theta) {
        return new Bound(workspace, batch, precision, theta);
    }

    @Override
    public String toString() {
        return field.toString();
    }

    private final class Bound implements BoundDynamics {
        private final Kernels kernels = Kernels.best();
        private final BoundDynamics bound;
        private final ParameterLayout.Entry[] own = field.layout().entries().toArray(ParameterLayout.Entry[]::new);
        private final long[] place = new long[own.length];
        private final Buffer back;
        private final Buffer[] from = new Buffer[own.length];
        private final Buffer[] to = new Buffer[own.length];

        Bound(Workspace workspace, int batch, Precision precision, Buffer theta) {
            Buffer values = workspace.allocate(1, field.layout().size(), precision);
            back = workspace.allocate(1, values.columns(), precision);
            for (int i = 0; i < own.length; i++) {
                place[i] = layout.entry(own[i].name()).offset();
                from[i] = Buffer.movable(1, own[i].size(), precision);
                to[i] = Buffer.movable(1, own[i].size(), precision);
            }
            select(theta, values);
            bound = field.bind(workspace, batch, precision, values);
        }

        /// Copies what the field reads out of all parameters, or out of how they move.
        private void select(Buffer all, Buffer mine) {
            for (int i = 0; i < own.length; i++) {
                from[i].moveTo(all, place[i]);
                to[i].moveTo(mine, own[i].offset());
                to[i].copyFrom(from[i]);
            }
        }

        @Override
        public int tapeLength() {
            return bound.tapeLength();
        }

        @Override
        public void eval(double t, Buffer x, Buffer dx) {
            bound.eval(t, x, dx);
        }

        @Override
        public void eval(Part part, double t, Buffer x, Buffer dx) {
            bound.eval(part, t, x, dx);
        }

        @Override
        public void eval(Part part, double t, Buffer x, Buffer dx, Buffer tape) {
            bound.eval(part, t, x, dx, tape);
        }

        @Override
        public void vjp(Part part, double t, Buffer x, Buffer tape, Buffer a, Buffer gx, Buffer gp) {
            if (gp == null) {
                bound.vjp(part, t, x, tape, a, gx, null);
                return;
            }
            back.fill(0);
            bound.vjp(part, t, x, tape, a, gx, back);
            for (int i = 0; i < own.length; i++) {
                from[i].moveTo(back, own[i].offset());
                to[i].moveTo(gp, place[i]);
                kernels.add(1, from[i], to[i]);
            }
        }

        @Override
        public void jvp(Part part, double t, Buffer x, Buffer tape, Buffer dx, Buffer dp, Buffer dk) {
            select(dp, back);
            bound.jvp(part, t, x, tape, dx, back, dk);
        }

        @Override
        public double timeVjp(Part part, double t, Buffer x, Buffer tape, Buffer a) {
            return bound.timeVjp(part, t, x, tape, a);
        }
    }
}
