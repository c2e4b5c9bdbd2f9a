package org.costate.ode;

import java.util.List;
import org.costate.kernels.Kernels;
import org.costate.memory.Arguments;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;

/// A field of positions and momenta, made of its two halves, so that a symplectic method pays only for the
/// half that it
/// asks for. The state is (q, p).
///
/// @param dq dq/dt as a field of p
/// @param dp dp/dt as a field of q
record PartitionedDynamics(Dynamics dq, Dynamics dp) implements Dynamics {
    /// Both halves over the parameters of both.
    static Dynamics of(Dynamics dq, Dynamics dp) {
        Arguments.given("dq", dq, "give dq/dt as a field of p");
        Arguments.given("dp", dp, "give dp/dt as a field of q");
        if (dq.dimension() != dp.dimension() || dq.outputs() != dq.dimension() || dp.outputs() != dp.dimension()) {
            throw new IllegalArgumentException("dq, dp: got fields of " + text(dq) + " and " + text(dp)
                    + ", expected as many positions as momenta: both of one dimension, with as many outputs; make dq a field of"
                    + " the momenta and dp one of the positions");
        }
        ParameterLayout both = dq.layout().plus(dp.layout());
        return new PartitionedDynamics(dq.over(both), dp.over(both));
    }

    private static String text(Dynamics half) {
        return half.dimension() + " numbers with " + half.outputs() + " outputs";
    }

    @Override
    public int dimension() {
        return 2 * dq.dimension();
    }

    @Override
    public ParameterLayout layout() {
        return dq.layout();
    }

    @Override
    public boolean hasVjp() {
        return dq.hasVjp() && dp.hasVjp();
    }

    @Override
    public boolean partitioned() {
        return true;
    }

    @Override
    public List<Dynamics> parts() {
        return List.of(dq, dp);
    }

    @Override
    public BoundDynamics bind(Workspace workspace, int batch, Precision precision, Buffer theta) {
        return new Bound(workspace, batch, precision, theta);
    }

    @Override
    public String toString() {
        return "dq/dt of x = p:\n" + dq + "dp/dt of x = q:\n" + dp;
    }

    private final class Bound implements BoundDynamics {
        private final Kernels kernels = Kernels.best();
        private final int n = dq.dimension();
        private final BoundDynamics[] halves;
        private final Buffer[] tapes;
        private final Buffer ownTape;
        private final Buffer in;
        private final Buffer out;
        private final Buffer back;

        Bound(Workspace workspace, int batch, Precision precision, Buffer theta) {
            halves = new BoundDynamics[] {
                dq.bind(workspace, batch, precision, theta), dp.bind(workspace, batch, precision, theta)
            };
            tapes = new Buffer[] {
                Buffer.movable(1, halves[0].tapeLength(), precision),
                Buffer.movable(1, halves[1].tapeLength(), precision)
            };
            ownTape = workspace.allocate(1, tapeLength(), precision);
            in = workspace.allocate(batch, n, precision);
            out = workspace.allocate(batch, n, precision);
            back = workspace.allocate(batch, n, precision);
        }

        private static boolean asks(Part part, int half) {
            return part == Part.ALL || part == (half == 0 ? Part.POSITION : Part.MOMENTUM);
        }

        /// Shows the numbers that this half depends on, and where its activations lie.
        private Buffer show(int half, Buffer x, Buffer tape) {
            tapes[half].moveTo(tape, half == 0 ? 0 : tapes[0].size());
            kernels.copyColumns(x, columnOfInput(half), in, 0, n);
            return in;
        }

        private int columnOfInput(int half) {
            return half == 0 ? n : 0;
        }

        private int columnOfOutput(int half) {
            return half == 0 ? 0 : n;
        }

        @Override
        public int tapeLength() {
            return halves[0].tapeLength() + halves[1].tapeLength();
        }

        @Override
        public void eval(double t, Buffer x, Buffer dx) {
            eval(Part.ALL, t, x, dx, ownTape);
        }

        @Override
        public void eval(Part part, double t, Buffer x, Buffer dx) {
            eval(part, t, x, dx, ownTape);
        }

        @Override
        public void eval(Part part, double t, Buffer x, Buffer dx, Buffer tape) {
            dx.fill(0);
            for (int half = 0; half < 2; half++) {
                if (asks(part, half)) {
                    halves[half].eval(Part.ALL, t, show(half, x, tape), out, tapes[half]);
                    kernels.copyColumns(out, 0, dx, columnOfOutput(half), n);
                }
            }
        }

        @Override
        public void vjp(Part part, double t, Buffer x, Buffer tape, Buffer a, Buffer gx, Buffer gp) {
            gx.fill(0);
            for (int half = 0; half < 2; half++) {
                if (asks(part, half)) {
                    kernels.copyColumns(a, columnOfOutput(half), out, 0, n);
                    halves[half].vjp(Part.ALL, t, show(half, x, tape), tapes[half], out, back, gp);
                    kernels.copyColumns(back, 0, gx, columnOfInput(half), n);
                }
            }
        }

        @Override
        public void jvp(Part part, double t, Buffer x, Buffer tape, Buffer move, Buffer moveP, Buffer dk) {
            dk.fill(0);
            for (int half = 0; half < 2; half++) {
                if (asks(part, half)) {
                    kernels.copyColumns(move, columnOfInput(half), back, 0, n);
                    halves[half].jvp(Part.ALL, t, show(half, x, tape), tapes[half], back, moveP, out);
                    kernels.copyColumns(out, 0, dk, columnOfOutput(half), n);
                }
            }
        }

        @Override
        public double timeVjp(Part part, double t, Buffer x, Buffer tape, Buffer a) {
            double sum = 0;
            for (int half = 0; half < 2; half++) {
                if (asks(part, half)) {
                    kernels.copyColumns(a, columnOfOutput(half), out, 0, n);
                    sum += halves[half].timeVjp(Part.ALL, t, show(half, x, tape), tapes[half], out);
                }
            }
            return sum;
        }
    }
}
