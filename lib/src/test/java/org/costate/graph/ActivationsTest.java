package org.costate.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Functions with kinks at their kinks, smooth ones far out, and means: what differences do not show.
class ActivationsTest {
    private static final Expr X = new Expr(new Leaf.Input("x", new Shape(Shape.BATCH, 1)));
    private static final Expr ONE = new Expr(new Leaf.Input("g", new Shape(Shape.BATCH, 1)));

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Result(double[] y, double[] reverse, double[] forward) {}

    /// y = f(x) at each of the points, and dy/dx by both products.
    private static Result at(Precision precision, UnaryOperator<Expr> f, double... points) {
        Interner interner = new Interner();
        Expr x = interner.intern(X);
        Expr one = interner.intern(ONE);
        Expr y = interner.intern(f.apply(x));
        Expr reverse = interner.intern(Derivative.vjp(y, one, List.of(x)).getFirst());
        Expr forward = interner.intern(Derivative.jvp(y, Map.of(x, one)));
        Workspace workspace = new Workspace();
        IdentityHashMap<Expr, Buffer> places = new IdentityHashMap<>();
        for (Expr leaf : List.of(x, one)) {
            places.put(leaf, workspace.allocate(points.length, 1, precision));
        }
        places.get(x).copyFrom(points);
        places.get(one).fill(1);
        Places all = new Places(places, workspace, points.length, precision);
        new Program(all, List.of(), false).compute(List.of(y, reverse, forward)).run();
        return new Result(
                all.of(y).toArray(), all.of(reverse).toArray(), all.of(forward).toArray());
    }

    private static void exactly(
            Precision precision, UnaryOperator<Expr> f, double[] points, double[] values, double[] slopes) {
        Result got = at(precision, f, points);
        double tiny = 8 * precision.unitRoundoff();
        assertArrayEquals(values, got.y, tiny, "values");
        assertArrayEquals(slopes, got.reverse, tiny, "slopes, reverse");
        assertArrayEquals(slopes, got.forward, tiny, "slopes, forward");
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void kinksHaveTheDerivativeThatIsPromised(Precision p) {
        double[] x = {-2, -0.0, 0, 3};
        exactly(p, Expr::relu, x, new double[] {0, 0, 0, 3}, new double[] {0, 0, 0, 1});
        exactly(p, Expr::abs, x, new double[] {2, 0, 0, 3}, new double[] {-1, 0, 0, 1});
        exactly(p, e -> e.leakyRelu(0.25), x, new double[] {-0.5, 0, 0, 3}, new double[] {0.25, 0.25, 0.25, 1});
        exactly(p, e -> e.leakyRelu(0), x, new double[] {0, 0, 0, 3}, new double[] {0, 0, 0, 1});
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void tiesAreSplit(Precision p) {
        double[] x = {-2, 1, 3};
        exactly(p, e -> e.max(1), x, new double[] {1, 1, 3}, new double[] {0, 0.5, 1});
        exactly(p, e -> e.min(1), x, new double[] {-2, 1, 1}, new double[] {1, 0.5, 0});
        exactly(p, e -> Expr.constant(1).max(e), x, new double[] {1, 1, 3}, new double[] {0, 0.5, 1});
        exactly(p, e -> Expr.constant(1).min(e), x, new double[] {-2, 1, 1}, new double[] {1, 0.5, 0});
        // Both sides move, one by 1 and one by −1: at the tie half of each.
        exactly(p, e -> e.max(e.negate()), new double[] {-2, 0, 3}, new double[] {2, 0, 3}, new double[] {-1, 0, 1});
        exactly(p, e -> e.min(e.times(3)), new double[] {-2, 0, 3}, new double[] {-6, 0, 3}, new double[] {3, 2, 1});
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void farOutNothingOverflows(Precision p) {
        double[] x = {-1000, -40, 40, 1000};
        double[] step = {0, 0, 1, 1};
        double[] ramp = {0, 0, 40, 1000};
        exactly(p, Expr::sigmoid, x, step, new double[4]);
        exactly(p, Expr::softplus, x, ramp, step);
        exactly(p, Expr::silu, x, ramp, step);
        exactly(p, Expr::gelu, x, ramp, step);
    }

    private static void relatively(
            Precision p, double units, UnaryOperator<Expr> f, double[] x, double[] values, double[] slopes) {
        Result got = at(p, f, x);
        for (int i = 0; i < x.length; i++) {
            double unit = units * p.unitRoundoff();
            assertEquals(values[i], got.y[i], unit * Math.abs(values[i]), "value at " + x[i]);
            assertEquals(slopes[i], got.reverse[i], unit * Math.abs(slopes[i]), "slope at " + x[i]);
            assertEquals(slopes[i], got.forward[i], unit * Math.abs(slopes[i]), "slope forward at " + x[i]);
        }
    }

    /// Expected: computed with 60 digits.
    @ParameterizedTest
    @EnumSource(Precision.class)
    void leftTailsAreRelativelyAccurate(Precision p) {
        double[] x = {-12, -8.125, -5.75, -5.625, -3, -1, -0.6875, -0.5, -0.125, 0.5, 1};
        relatively(
                p,
                16,
                Expr::sigmoid,
                x,
                new double[] {
                    6.144174602214718E-06,
                    0.000295957113513077,
                    0.0031726828424851897,
                    0.00359360258142009,
                    0.04742587317756678,
                    0.2689414213699951,
                    0.334589441253186,
                    0.37754066879814546,
                    0.46879062662624377,
                    0.6224593312018546,
                    0.7310585786300049
                },
                new double[] {
                    6.1441368513331755E-06,
                    0.000295869522900038,
                    0.0031626169260661895,
                    0.003580688601906901,
                    0.04517665973091213,
                    0.19661193324148185,
                    0.2226393470550668,
                    0.2350037122015945,
                    0.24902597501361748,
                    0.2350037122015945,
                    0.19661193324148185
                });
        relatively(
                p,
                16,
                Expr::softplus,
                x,
                new double[] {
                    6.144193477732806E-06,
                    0.00029600091746253665,
                    0.003177726471409927,
                    0.003600075082226328,
                    0.04858735157374206,
                    0.3132616875182228,
                    0.4073510472537265,
                    0.4740769841801067,
                    0.6325990353171691,
                    0.9740769841801067,
                    1.3132616875182228
                },
                new double[] {
                    6.144174602214718E-06,
                    0.000295957113513077,
                    0.0031726828424851897,
                    0.00359360258142009,
                    0.04742587317756678,
                    0.2689414213699951,
                    0.334589441253186,
                    0.37754066879814546,
                    0.46879062662624377,
                    0.6224593312018546,
                    0.7310585786300049
                });
        relatively(
                p,
                64,
                Expr::silu,
                x,
                new double[] {
                    -7.373009522657661E-05,
                    -0.0024046515472937505,
                    -0.01824292634428984,
                    -0.020214014520488006,
                    -0.14227761953270035,
                    -0.2689414213699951,
                    -0.23003024086156537,
                    -0.18877033439907273,
                    -0.05859882832828047,
                    0.3112296656009273,
                    0.7310585786300049
                },
                new double[] {
                    -6.758546761378339E-05,
                    -0.0021079827600497315,
                    -0.0150123644823954,
                    -0.016547770804306226,
                    -0.08810410601516962,
                    0.07232948812851327,
                    0.18152489015282758,
                    0.2600388126973482,
                    0.4376623797495416,
                    0.7399611873026518,
                    0.9276705118714867
                });
        relatively(
                p,
                64,
                Expr::gelu,
                x,
                new double[] {
                    -2.1317785344932147E-32,
                    -1.817409802360835E-15,
                    -2.5657491609934268E-08,
                    -5.217411788190462E-08,
                    -0.0040496940948902835,
                    -0.15865525393145705,
                    -0.16904514713642976,
                    -0.15426876936299344,
                    -0.056282721896235885,
                    0.34573123063700656,
                    0.8413447460685429
                },
                new double[] {
                    -2.5578956616748956E-31,
                    -1.4760140856316027E-14,
                    -1.4729431175140635E-07,
                    -2.9296893785995387E-07,
                    -0.011945647204183927,
                    -0.0833154705876863,
                    0.029339544774478553,
                    0.13250487534383715,
                    0.4007820643017934,
                    0.8674951246561629,
                    1.0833154705876864
                });
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void meansDivideByTheNumberThatIsThere(Precision p) {
        double[] x = {1, 2, 6};
        double third = 1 / 3.0;
        for (UnaryOperator<Expr> f : List.<UnaryOperator<Expr>>of(Expr::meanRows, Expr::mean)) {
            exactly(
                    p,
                    e -> e.times(f.apply(e)), // y = x m, dy = m dx + x dm; back: m + (sum of x) / 3
                    x,
                    new double[] {3, 6, 18},
                    new double[] {6, 6, 6},
                    new double[] {4, 5, 9});
        }
        exactly(p, e -> e.times(Expr.concat(e, e).meanColumns()), x, new double[] {1, 4, 36}, new double[] {2, 4, 12});
        exactly(
                p,
                e -> e.times(e.sum().times(third)),
                x,
                new double[] {3, 6, 18},
                new double[] {6, 6, 6},
                new double[] {4, 5, 9});
    }

    private static void exactly(
            Precision p, UnaryOperator<Expr> f, double[] x, double[] values, double[] reverse, double[] forward) {
        Result got = at(p, f, x);
        double tiny = 64 * p.unitRoundoff();
        assertArrayEquals(values, got.y, tiny, "values");
        assertArrayEquals(reverse, got.reverse, tiny, "reverse");
        // All three samples move by 1 and so does their mean.
        assertArrayEquals(forward, got.forward, tiny, "forward");
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void aSlopeThatIsNoNumberIsRefused(Precision p) {
        var e = assertThrows(IllegalArgumentException.class, () -> at(p, x -> x.leakyRelu(Double.NaN), 1));
        assertTrue(e.getMessage().contains("slope: got NaN"), e.getMessage());
    }
}
