package org.costate.ode;

import org.costate.kernels.Kernels;
import org.costate.memory.Arguments;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;

/// A field given as lambdas on buffers, called once for the whole batch.
record BatchDynamics(
        int dimension,
        int outputs,
        ParameterLayout layout,
        BatchField field,
        BatchVjp vjp,
        BatchJvp jvp,
        BatchTimeVjp timeVjp)
        implements Dynamics {
    BatchDynamics {
        Arguments.given("layout", layout, "ParameterLayout.EMPTY has no parameters");
        Arguments.given("field", field, "give a lambda (t, x, p, dx) -> ... on buffers");
        if (dimension < 1) {
            throw new IllegalArgumentException(
                    "dimension: got " + dimension + ", expected at least 1; it is how many numbers one sample has");
        }
    }

    @Override
    public boolean hasVjp() {
        return vjp != null;
    }

    @Override
    public BoundDynamics bind(Workspace workspace, int batch, Precision precision, Buffer theta) {
        return new Bound(workspace, batch, precision, theta);
    }

    private final class Bound implements BoundDynamics {
        private final Kernels kernels = Kernels.best();
        private final Workspace workspace;
        private final int batch;
        private final Precision precision;
        private final Buffer theta;
        private final Buffer back;
        private Rows rows;
        private Buffer later;
        private Buffer earlier;

        Bound(Workspace workspace, int batch, Precision precision, Buffer theta) {
            this.workspace = workspace;
            this.batch = batch;
            this.precision = precision;
            this.theta = theta;
            back = workspace.allocate(1, layout.size(), precision);
        }

        @Override
        public int tapeLength() {
            return 0;
        }

        @Override
        public void eval(double t, Buffer x, Buffer dx) {
            dx.fill(0);
            field.eval(t, x, theta, dx);
        }

        @Override
        public void eval(Part part, double t, Buffer x, Buffer dx, Buffer tape) {
            eval(part, t, x, dx);
        }

        @Override
        public void vjp(Part part, double t, Buffer x, Buffer tape, Buffer a, Buffer gx, Buffer gp) {
            pull(t, x, a, gx);
            if (gp != null) {
                kernels.add(1, back, gp);
            }
        }

        private void pull(double t, Buffer x, Buffer a, Buffer gx) {
            if (vjp == null) {
                throw new UnsupportedOperationException("this field has no vector-Jacobian product");
            }
            gx.fill(0);
            back.fill(0);
            vjp.eval(t, x, theta, a, gx, back);
        }

        @Override
        public void jvp(Part part, double t, Buffer x, Buffer tape, Buffer dx, Buffer dp, Buffer dk) {
            if (jvp != null) {
                dk.fill(0);
                jvp.eval(t, x, theta, dx, dp, dk);
                return;
            }
            if (rows == null) {
                rows = new Rows(workspace, precision);
            }
            rows.jvp(this, t, x, dx, dp, dk);
        }

        /// By differences where no lambda gives it.
        @Override
        public double timeVjp(Part part, double t, Buffer x, Buffer tape, Buffer a) {
            if (timeVjp != null) {
                return timeVjp.eval(t, x, theta, a);
            }
            if (later == null) {
                later = workspace.allocate(batch, outputs, precision);
                earlier = workspace.allocate(batch, outputs, precision);
            }
            return TimeDifference.of(
                    (now, before) -> {
                        eval(now, x, later);
                        eval(before, x, earlier);
                        kernels.add(-1, earlier, later);
                        return kernels.dot(a, later);
                    },
                    t,
                    precision.unitRoundoff());
        }
    }

    /// Jacobian–vector products where no lambda gives them: sample by sample, row by row of the Jacobian.
    private final class Rows {
        private final Kernels kernels = Kernels.best();
        private final Buffer x;
        private final Buffer dx;
        private final Buffer unit;
        private final Buffer gx;

        Rows(Workspace workspace, Precision precision) {
            x = Buffer.movable(1, dimension, precision);
            dx = Buffer.movable(1, dimension, precision);
            unit = workspace.allocate(1, outputs, precision);
            gx = workspace.allocate(1, dimension, precision);
        }

        void jvp(Bound field, double t, Buffer states, Buffer moves, Buffer movesP, Buffer to) {
            for (int row = 0; row < states.rows(); row++) {
                x.moveTo(states, (long) row * dimension);
                dx.moveTo(moves, (long) row * dimension);
                for (int i = 0; i < outputs; i++) {
                    Interruption.check();
                    unit.set(i, 1);
                    field.pull(t, x, unit, gx);
                    unit.set(i, 0);
                    to.set(row, i, kernels.dot(gx, dx) + kernels.dot(field.back, movesP));
                }
            }
        }
    }
}
