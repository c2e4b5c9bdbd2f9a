package org.costate.adjoint;

import static org.costate.Close.assertClose;
import static org.costate.Close.flat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import org.costate.Ode;
import org.costate.graph.Trace;
import org.costate.kernels.Kernels;
import org.costate.kernels.Unary;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.Coupling;
import org.costate.ode.Dopri5;
import org.costate.ode.Dynamics;
import org.costate.ode.Euler;
import org.costate.ode.Initializer;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Parameters;
import org.costate.ode.Rk4;
import org.costate.ode.Solver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// One field given in every way: its solves and gradients agree with those of the traced one.
class LambdaFieldsTest {
    /// f = tanh(x W + t b).
    private static final Dynamics TRACED = Trace.dynamics(
            2,
            (t, x, p) ->
                    x.matmul(p.matrix("W", 2, 2)).plus(p.row("b", 2).times(t)).tanh());

    private static final ParameterLayout LAYOUT =
            ParameterLayout.EMPTY.with("W", 2, 2, Initializer.GLOROT).with("b", 1, 2, Initializer.ZEROS);

    /// The lambda sets what others would add to.
    private static final Dynamics ON_ARRAYS = Dynamics.of(
            2,
            LAYOUT,
            (t, x, p, dx) -> {
                for (int j = 0; j < 2; j++) {
                    dx[j] = Math.tanh(x[0] * p[j] + x[1] * p[2 + j] + t * p[4 + j]);
                }
            },
            (t, x, p, a, gx, gp) -> {
                for (int j = 0; j < 2; j++) {
                    double y = Math.tanh(x[0] * p[j] + x[1] * p[2 + j] + t * p[4 + j]);
                    double u = a[j] * (1 - y * y);
                    for (int i = 0; i < 2; i++) {
                        gx[i] += u * p[2 * i + j];
                        gp[2 * i + j] = u * x[i];
                    }
                    gp[4 + j] = u * t;
                }
            });

    private static double slope(double t, Buffer x, Buffer p, int row, int j) {
        return Math.tanh(x.get(row, 0) * p.get(j) + x.get(row, 1) * p.get(2 + j) + t * p.get(4 + j));
    }

    private static void field(double t, Buffer x, Buffer p, Buffer dx) {
        for (int row = 0; row < x.rows(); row++) {
            for (int j = 0; j < 2; j++) {
                dx.set(row, j, slope(t, x, p, row, j));
            }
        }
    }

    /// With products of whole matrices: gx = u Wᵀ, gW = xᵀ u.
    private static void vjp(double t, Buffer x, Buffer p, Buffer a, Buffer gx, Buffer gp) {
        Buffer u = new Workspace().allocate(x.rows(), 2, x.precision());
        for (int row = 0; row < x.rows(); row++) {
            for (int j = 0; j < 2; j++) {
                double y = slope(t, x, p, row, j);
                u.set(row, j, a.get(row, j) * (1 - y * y));
                gp.set(4 + j, gp.get(4 + j) + t * u.get(row, j));
            }
        }
        Kernels.best().product(u, false, LAYOUT.view(p, "W"), true, gx);
        Kernels.best().product(x, true, u, false, LAYOUT.view(gp, "W"));
    }

    private static void jvp(double t, Buffer x, Buffer p, Buffer dx, Buffer dp, Buffer dk) {
        for (int row = 0; row < x.rows(); row++) {
            for (int j = 0; j < 2; j++) {
                double y = slope(t, x, p, row, j);
                double u = dx.get(row, 0) * p.get(j) + dx.get(row, 1) * p.get(2 + j);
                u += x.get(row, 0) * dp.get(j) + x.get(row, 1) * dp.get(2 + j) + t * dp.get(4 + j);
                dk.set(row, j, (1 - y * y) * u);
            }
        }
    }

    private static double timeVjp(double t, Buffer x, Buffer p, Buffer a) {
        double sum = 0;
        for (int row = 0; row < x.rows(); row++) {
            for (int j = 0; j < 2; j++) {
                double y = slope(t, x, p, row, j);
                sum += a.get(row, j) * (1 - y * y) * p.get(4 + j);
            }
        }
        return sum;
    }

    private static final List<Dynamics> BY_LAMBDAS = List.of(
            ON_ARRAYS,
            Dynamics.ofBatch(2, LAYOUT, LambdaFieldsTest::field, LambdaFieldsTest::vjp),
            Dynamics.ofBatch(
                    2,
                    LAYOUT,
                    LambdaFieldsTest::field,
                    LambdaFieldsTest::vjp,
                    LambdaFieldsTest::jvp,
                    LambdaFieldsTest::timeVjp));

    private static final double[] THETA = {0.5, -0.4, 0.3, 0.8, 0.2, -0.6};
    private static final double[][] X0 = {{1, 0.5}, {-0.3, 0.7}, {0.1, -0.9}};

    private static final List<Adjoint> MODES = List.of(
            Backprop.defaults(),
            Checkpointed.states(2),
            Symplectic.defaults(),
            Reversible.defaults(),
            Forward.defaults(),
            Backsolve.defaults(),
            Interpolating.defaults(),
            Gauss.defaults(),
            Recompute.defaults());

    @ParameterizedTest
    @EnumSource
    void lambdasGiveTheGradientsOfTheTracedField(Precision precision) {
        double tolerance = precision == Precision.FLOAT64 ? 1e-12 : 2e-5;
        Cost cost = Cost.sumOfSquares(X0).plus(Cost.sumOfSquaresAt(0.8, X0));
        UnaryOperator<Solver> perSample = s -> s.adaptive(a -> a.withPerSample(true));
        for (Adjoint mode : MODES) {
            for (Solver solver : mode instanceof Recompute
                    ? new Solver[] {Euler.steps(8)}
                    : mode instanceof Reversible
                            ? new Solver[] {Coupling.of(Rk4.steps(8), 1)}
                            : new Solver[] {
                                Rk4.steps(8),
                                Dopri5.tolerance(1e-3, 1e-3),
                                perSample.apply(Dopri5.tolerance(1e-3, 1e-3))
                            }) {
                Gradient expected = ode(TRACED, solver, mode, precision).gradient(X0, theta(TRACED), cost);
                for (Dynamics f : BY_LAMBDAS) {
                    Gradient g = ode(f, solver, mode, precision).gradient(X0, theta(f), cost);
                    String what = mode + ", " + solver + ", " + f;
                    assertEquals(expected.cost(), g.cost(), tolerance, what);
                    assertClose(flat(expected.x0()), flat(g.x0()), tolerance, what + " by x0");
                    assertClose(
                            expected.parameters().toArray(), g.parameters().toArray(), tolerance, what + " by theta");
                }
            }
        }
    }

    private static Parameters theta(Dynamics f) {
        return Parameters.of(f.layout(), THETA);
    }

    private static Ode ode(Dynamics f, Solver solver, Adjoint mode, Precision precision) {
        return Ode.of(f).span(0.2, 1.4).solver(solver).adjoint(mode).precision(precision);
    }

    /// ∂f/∂t by differences of the lambda: less exact than the traced one, but not by much.
    @ParameterizedTest
    @EnumSource
    void derivativesByTimesNeedNoMoreThanTheField(Precision precision) {
        Cost cost = Cost.sumOfSquares(X0).plus(Cost.sumOfSquaresAt(0.8, X0));
        for (Adjoint mode : MODES) {
            if (mode instanceof Recompute || mode instanceof Reversible) {
                continue;
            }
            Ode ode = ode(TRACED, Rk4.steps(8), mode, precision).timeGradients();
            TimeGradient expected = ode.gradient(X0, theta(TRACED), cost).times();
            for (Dynamics f : BY_LAMBDAS) {
                TimeGradient g = ode(f, Rk4.steps(8), mode, precision)
                        .timeGradients()
                        .gradient(X0, theta(f), cost)
                        .times();
                boolean given = f.equals(BY_LAMBDAS.getLast());
                double tolerance = precision == Precision.FLOAT64 ? (given ? 1e-12 : 1e-9) : (given ? 1e-5 : 1e-4);
                assertClose(
                        new double[] {expected.t0(), expected.t1(), expected.byObservation()[0]},
                        new double[] {g.t0(), g.t1(), g.byObservation()[0]},
                        tolerance,
                        mode + ", " + precision);
            }
        }
    }

    /// x' = −k x + cos 3t before a jump of the field, + 1 + t² after it. On either side it has the
    /// derivatives of a field that goes on smoothly, also by an end of the span that is the jump.
    @Test
    void derivativesByTimesDoNotMixTheSidesOfAJump() {
        DoubleUnaryOperator before = t -> Math.cos(3 * t);
        DoubleUnaryOperator after = t -> 1 + t * t;
        DoubleUnaryOperator jumping = t -> (t < 0.5 ? before : after).applyAsDouble(t);
        for (int side = 0; side < 2; side++) {
            for (Adjoint mode : List.of(Backprop.defaults(), Checkpointed.states(2), Symplectic.defaults())) {
                double t0 = 0.5 * side;
                TimeGradient smooth = byTimes(onArrays(side == 0 ? before : after), mode, t0);
                for (Dynamics f : List.of(onArrays(jumping), onBuffers(jumping))) {
                    TimeGradient g = byTimes(f, mode, t0);
                    assertEquals(smooth.t0(), g.t0(), 1e-8, mode + " by t0, side " + side);
                    assertEquals(smooth.t1(), g.t1(), 1e-8, mode + " by t1, side " + side);
                }
            }
        }
    }

    private static Dynamics onArrays(DoubleUnaryOperator force) {
        return Dynamics.of(
                1,
                ParameterLayout.scalars("k"),
                (t, x, p, dx) -> dx[0] = force.applyAsDouble(t) - p[0] * x[0],
                (t, x, p, a, gx, gp) -> {
                    gx[0] = -p[0] * a[0];
                    gp[0] = -x[0] * a[0];
                });
    }

    private static Dynamics onBuffers(DoubleUnaryOperator force) {
        return Dynamics.ofBatch(
                1,
                ParameterLayout.scalars("k"),
                (t, x, p, dx) -> dx.set(0, force.applyAsDouble(t) - p.get(0) * x.get(0)),
                (t, x, p, a, gx, gp) -> {
                    gx.set(0, -p.get(0) * a.get(0));
                    gp.set(0, -x.get(0) * a.get(0));
                });
    }

    private static TimeGradient byTimes(Dynamics f, Adjoint mode, double t0) {
        return Ode.of(f)
                .span(t0, t0 + 0.5)
                .solver(Rk4.steps(7).jumpAt(0.5))
                .adjoint(mode)
                .timeGradients()
                .gradient(new double[] {0.7}, Parameters.of(f.layout(), 0.8), Cost.sumOfSquares(0.2))
                .times();
    }

    @Test
    void lambdasOnBuffersAllocateNothingInTheLoop() {
        Dynamics f = Dynamics.ofBatch(
                2,
                ParameterLayout.EMPTY,
                (t, x, p, dx) -> Kernels.best().unary(Unary.SIN, x, dx),
                (t, x, p, a, gx, gp) -> {
                    for (int i = 0; i < x.size(); i++) {
                        gx.set(i, a.get(i) * Math.cos(x.get(i)));
                    }
                });
        Parameters none = new Parameters(ParameterLayout.EMPTY);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Ode ode = Ode.of(f).span(0, 1).adjoint(Backsolve.defaults());
        double each = Double.POSITIVE_INFINITY;
        for (int round = 0; round < 60 && each >= 1; round++) { // until the loops are compiled
            long[] bytes = new long[2];
            for (int i = 0; i < 2; i++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                ode.solver(Rk4.steps(1000 + 4000 * i)).gradient(X0, none, Cost.sumOfSquares(X0));
                bytes[i] = threads.getCurrentThreadAllocatedBytes() - before;
            }
            each = (bytes[1] - bytes[0]) / 4000.0;
        }
        assertTrue(each < 1, each + " bytes a step");
    }
}
