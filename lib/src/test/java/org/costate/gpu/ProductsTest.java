package org.costate.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.costate.Draws;
import org.costate.Ode;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Backprop;
import org.costate.adjoint.Backsolve;
import org.costate.adjoint.Cost;
import org.costate.adjoint.Gradient;
import org.costate.graph.Trace;
import org.costate.memory.Precision;
import org.costate.ode.Dynamics;
import org.costate.ode.Rk4;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Products that are computed tile by tile: sides that are no multiple of a tile, two in one value, views as factors.
class ProductsTest {
    private static final long SEED = 7;

    /// Two tiles of hidden units, the second not full.
    private static final Dynamics NET = Trace.dynamics(
            9,
            (t, x, p) -> x.matmul(p.matrix("W1", 9, 41))
                    .plus(p.row("b1", 41).times(t))
                    .tanh()
                    .matmul(p.matrix("W2", 41, 9))
                    .plus(p.row("b2", 9)));

    /// Two products in one value, there and back; as many inputs as a tile is deep.
    private static final Dynamics SKIP = Trace.dynamics(16, (t, x, p) -> {
        var h = x.matmul(p.matrix("W1", 16, 70)).softplus();
        return h.matmul(p.matrix("W2", 70, 16))
                .plus(x.matmul(p.matrix("W3", 16, 16)))
                .sin();
    });

    /// Parts of a state, and matrices used both ways.
    private static final Dynamics VIEWS = Trace.dynamics(20, (t, x, p) -> {
        var w = p.matrix("W", 10, 33);
        var h = x.columns(3, 10).matmul(w).plus(x.columns(10, 10).matmul(w)).sigmoid();
        return h.matmul(w.transpose()).matmul(p.matrix("V", 10, 20));
    });

    /// A matrix that depends on the time, made by a product.
    private static final Dynamics MOVED = Trace.dynamics(8, (t, x, p) -> {
        var w = p.matrix("A", 8, 12).times(t).plus(1).sin().matmul(p.matrix("B", 12, 8));
        return x.matmul(w).tanh();
    });

    private static final Map<String, Dynamics> FIELDS =
            Map.of("net", NET, "skip", SKIP, "views", VIEWS, "moved", MOVED);

    private static double[][] random(long seed, int rows, int columns) {
        return Draws.uniform(seed, rows, columns, 0.8);
    }

    private static Gradient gradient(Ode ode, Dynamics field, int batch) {
        int d = field.dimension();
        Cost cost = Cost.sumOfSquares(random(3, batch, d)).plus(Cost.sumOfSquaresAt(0.5, random(4, batch, d)));
        return ode.gradient(random(2, batch, d), field.initialParameters(SEED), cost);
    }

    /// The times' derivatives are asked for, so that each evaluation is one by itself.
    @ParameterizedTest
    @ValueSource(ints = {1, 71})
    void evaluationsAreThoseOfTheProcessor(int batch) {
        FIELDS.forEach((name, field) -> {
            for (Precision precision : Precision.values()) {
                for (Adjoint mode : new Adjoint[] {Backprop.defaults(), Backsolve.defaults()}) {
                    Ode ode = Ode.of(field)
                            .span(0, 1)
                            .solver(Rk4.steps(2))
                            .precision(precision)
                            .adjoint(mode)
                            .timeGradients();
                    String what = name + ", " + mode + ", " + precision + ", " + batch + " samples";
                    Gpu gpu = Devices.pocl();
                    Map<String, double[]> there = Devices.arrays(gradient(ode.on(gpu), field, batch), false, false);
                    Map<String, double[]> here = Devices.arrays(gradient(ode, field, batch), false, false);
                    Devices.same(here, there, Devices.close(precision), what);
                    Devices.sameBits(there, Devices.arrays(gradient(ode.on(gpu), field, batch), false, false), what);
                    assertEquals(0, gpu.liveBytes(), what);
                }
            }
        });
    }
}
