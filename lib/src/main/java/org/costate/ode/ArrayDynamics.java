package org.costate.ode;

import java.util.Arrays;
import org.costate.memory.Arguments;
import org.costate.memory.Buffer;
import org.costate.memory.Few;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;

/// A field given as lambdas on plain arrays, called once for each sample.
record ArrayDynamics(int dimension, int outputs, ParameterLayout layout, ArrayField field, ArrayVjp vjp)
        implements Dynamics {
    ArrayDynamics {
        Arguments.given("layout", layout, "ParameterLayout.EMPTY has no parameters");
        Arguments.given("field", field, "give a lambda (t, x, p, dx) -> ...");
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
        return new Bound(theta, batch);
    }

    /// Samples up to which plain arrays all the way are faster than buffers.
    private static final int FEW = 16;

    private final class Bound implements BoundDynamics {
        private final double[] p = new double[layout.size()];
        private final double[] x = new double[dimension];
        private final double[] dx = new double[outputs];
        private final double[] a = new double[outputs];
        private final double[] gx = new double[dimension];
        private final double[] gp = new double[layout.size()];
        private final double[] sum = new double[layout.size()];

        private final ArrayBound arrays;

        Bound(Buffer theta, int batch) {
            read(theta, 0, p);
            arrays = outputs != dimension || batch > FEW ? null : batch == 1 ? new One() : new Some();
        }

        @Override
        public ArrayBound onArrays() {
            return arrays;
        }

        /// One sample: its numbers are what the lambdas want.
        private final class One implements ArrayBound {
            @Override
            public void eval(double t, double[] states, double[] slopes) {
                Few.zero(slopes);
                field.eval(t, states, p, slopes);
            }

            @Override
            public void vjp(double t, double[] states, double[] cotangents, double[] gradX, double[] gradP) {
                Few.zero(gradX);
                Few.zero(gp); // the lambda may set or add
                checked().eval(t, states, p, cotangents, gradX, gp);
                Few.add(gp, gradP);
            }
        }

        /// Some samples, one after the other.
        private final class Some implements ArrayBound {
            @Override
            public void eval(double t, double[] states, double[] slopes) {
                for (int at = 0; at < states.length; at += dimension) {
                    Interruption.check();
                    System.arraycopy(states, at, x, 0, dimension);
                    Arrays.fill(dx, 0);
                    field.eval(t, x, p, dx);
                    System.arraycopy(dx, 0, slopes, at, dimension);
                }
            }

            @Override
            public void vjp(double t, double[] states, double[] cotangents, double[] gradX, double[] gradP) {
                for (int at = 0; at < states.length; at += dimension) {
                    Interruption.check();
                    System.arraycopy(states, at, x, 0, dimension);
                    System.arraycopy(cotangents, at, a, 0, dimension);
                    Arrays.fill(gx, 0);
                    Arrays.fill(gp, 0);
                    checked().eval(t, x, p, a, gx, gp);
                    System.arraycopy(gx, 0, gradX, at, dimension);
                    for (int i = 0; i < gp.length; i++) {
                        gradP[i] += gp[i];
                    }
                }
            }
        }

        private ArrayVjp checked() {
            if (vjp == null) {
                throw new UnsupportedOperationException("this field has no vector-Jacobian product");
            }
            return vjp;
        }

        @Override
        public int tapeLength() {
            return 0;
        }

        @Override
        public void eval(double t, Buffer states, Buffer slopes) {
            for (int row = 0; row < states.rows(); row++) {
                Interruption.check();
                read(states, row, x);
                Arrays.fill(dx, 0);
                field.eval(t, x, p, dx);
                write(dx, slopes, row);
            }
        }

        @Override
        public void eval(Part part, double t, Buffer states, Buffer slopes, Buffer tape) {
            eval(part, t, states, slopes);
        }

        @Override
        public void vjp(
                Part part, double t, Buffer states, Buffer tape, Buffer cotangents, Buffer gradX, Buffer gradP) {
            checked();
            Arrays.fill(sum, 0);
            for (int row = 0; row < states.rows(); row++) {
                Interruption.check();
                read(states, row, x);
                read(cotangents, row, a);
                Arrays.fill(gx, 0);
                Arrays.fill(gp, 0); // the lambda may set or add
                vjp.eval(t, x, p, a, gx, gp);
                write(gx, gradX, row);
                for (int i = 0; i < gp.length; i++) {
                    sum[i] += gp[i];
                }
            }
            for (int i = 0; gradP != null && i < sum.length; i++) {
                gradP.set(i, gradP.get(i) + sum[i]);
            }
        }

        /// Row by row of the Jacobian, by the vector–Jacobian product: as many of those as the state has
        /// numbers.
        @Override
        public void jvp(Part part, double t, Buffer states, Buffer tape, Buffer moves, Buffer movesP, Buffer to) {
            checked();
            for (int row = 0; row < states.rows(); row++) {
                Interruption.check();
                read(states, row, x);
                for (int i = 0; i < outputs; i++) {
                    Interruption.check();
                    Arrays.fill(a, 0);
                    Arrays.fill(gx, 0);
                    Arrays.fill(gp, 0);
                    a[i] = 1;
                    vjp.eval(t, x, p, a, gx, gp);
                    double move = 0;
                    for (int j = 0; j < gx.length; j++) {
                        move += gx[j] * moves.get(row, j);
                    }
                    for (int j = 0; j < gp.length; j++) {
                        move += gp[j] * movesP.get(j);
                    }
                    to.set(row, i, move);
                }
            }
        }

        @Override
        public double timeVjp(Part part, double t, Buffer states, Buffer tape, Buffer cotangents) {
            return TimeDifference.of(
                    (later, earlier) -> along(later, states, cotangents) - along(earlier, states, cotangents),
                    t,
                    Precision.FLOAT64.unitRoundoff());
        }

        /// aᵀ f.
        private double along(double t, Buffer states, Buffer cotangents) {
            double sum = 0;
            for (int row = 0; row < states.rows(); row++) {
                Interruption.check();
                read(states, row, x);
                read(cotangents, row, a);
                Arrays.fill(dx, 0);
                field.eval(t, x, p, dx);
                for (int i = 0; i < dx.length; i++) {
                    sum += a[i] * dx[i];
                }
            }
            return sum;
        }

        private static void read(Buffer from, int row, double[] to) {
            for (int i = 0; i < to.length; i++) {
                to[i] = from.get((long) row * to.length + i);
            }
        }

        private static void write(double[] from, Buffer to, int row) {
            for (int i = 0; i < from.length; i++) {
                to.set((long) row * from.length + i, from[i]);
            }
        }
    }
}
