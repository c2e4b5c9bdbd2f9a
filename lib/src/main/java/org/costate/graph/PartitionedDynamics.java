package org.costate.graph;

import java.util.EnumMap;
import java.util.Map;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.BoundDynamics;
import org.costate.ode.Dynamics;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Part;

/// A traced field of positions and momenta: the whole slope, and each half of it beside zeros, so that a symplectic
/// method pays only for the half that it asks for.
final class PartitionedDynamics implements Dynamics {
    private final Map<Part, TracedDynamics> parts;

    PartitionedDynamics(Map<Part, TracedDynamics> parts) {
        this.parts = new EnumMap<>(parts);
    }

    private TracedDynamics whole() {
        return parts.get(Part.ALL);
    }

    @Override
    public int dimension() {
        return whole().dimension();
    }

    @Override
    public ParameterLayout layout() {
        return whole().layout();
    }

    @Override
    public boolean hasVjp() {
        return true;
    }

    @Override
    public boolean partitioned() {
        return true;
    }

    @Override
    public BoundDynamics bind(Workspace workspace, int batch, Precision precision, Buffer theta) {
        Map<Part, BoundDynamics> bound = new EnumMap<>(Part.class);
        parts.forEach((part, field) -> bound.put(part, field.bind(workspace, batch, precision, theta)));
        return new Bound(bound, precision);
    }

    @Override
    public String toString() {
        return whole().toString();
    }

    private static final class Bound implements BoundDynamics {
        private final Map<Part, BoundDynamics> parts;
        private final Map<Part, Buffer> fronts = new EnumMap<>(Part.class);
        private int length;

        Bound(Map<Part, BoundDynamics> parts, Precision precision) {
            this.parts = parts;
            parts.forEach((part, field) -> {
                length = Math.max(length, field.tapeLength());
                fronts.put(part, Buffer.movable(1, field.tapeLength(), precision));
            });
        }

        private BoundDynamics of(Part part) {
            return parts.get(part);
        }

        /// The front of a tape that has room for every part.
        private Buffer front(Part part, Buffer tape) {
            Buffer front = fronts.get(part);
            front.moveTo(tape, 0);
            return front;
        }

        @Override
        public int tapeLength() {
            return length;
        }

        @Override
        public void eval(double t, Buffer x, Buffer dx) {
            of(Part.ALL).eval(t, x, dx);
        }

        @Override
        public void eval(Part part, double t, Buffer x, Buffer dx) {
            of(part).eval(t, x, dx);
        }

        @Override
        public void eval(Part part, double t, Buffer x, Buffer dx, Buffer tape) {
            of(part).eval(Part.ALL, t, x, dx, front(part, tape));
        }

        @Override
        public void vjp(Part part, double t, Buffer x, Buffer tape, Buffer a, Buffer gx, Buffer gp) {
            of(part).vjp(Part.ALL, t, x, front(part, tape), a, gx, gp);
        }

        @Override
        public void jvp(Part part, double t, Buffer x, Buffer tape, Buffer dx, Buffer dp, Buffer dk) {
            of(part).jvp(Part.ALL, t, x, front(part, tape), dx, dp, dk);
        }

        @Override
        public double timeVjp(Part part, double t, Buffer x, Buffer tape, Buffer a) {
            return of(part).timeVjp(Part.ALL, t, x, front(part, tape), a);
        }
    }
}
