package org.costate;

import static java.lang.Math.cos;
import static java.lang.Math.exp;
import static java.lang.Math.sin;
import static java.lang.Math.sqrt;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.costate.ode.Dopri5;
import org.costate.ode.Dopri8;
import org.costate.ode.Dynamics;
import org.costate.ode.Solver;
import org.costate.ode.Tsit5;
import org.hipparchus.ode.ODEState;
import org.hipparchus.ode.OrdinaryDifferentialEquation;
import org.hipparchus.ode.nonstiff.DormandPrince853Integrator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The 25 problems of Hull, Enright, Fellen, Sedgwick, "Comparing numerical methods for ordinary differential
/// equations", SIAM J. Numer. Anal. 9 (1972), from t = 0 to 20: against another implementation, and against closed
/// forms where there are some.
class DetestTest {
    private static final double END = 20;

    /// @param known y(20), NaN where it is not known
    /// @param amplification of local errors on the way, a factor on the tolerances
    @SuppressWarnings("ArrayRecordComponent") // read only
    record Problem(String name, Dynamics.PlainField field, double[] y0, double[] known, double amplification) {
        Problem(String name, Dynamics.PlainField field, double[] y0, double... known) {
            this(name, field, y0, known, 1);
        }

        Problem amplified(double factor) {
            return new Problem(name, field, y0, known, factor);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /// What a solver is held to.
    record Case(Solver solver, double tolerance) {}

    private static final Case[] CASES = {
        new Case(Dopri5.tolerance(1e-11, 1e-12), 1e-10),
        new Case(Tsit5.tolerance(1e-11, 1e-12), 1e-10),
        new Case(Dopri8.tolerance(1e-12, 1e-13), 1e-11)
    };

    static Stream<Problem> problems() {
        return Stream.of(scalars(), small(), moderate(), orbits(), higher()).flatMap(s -> s);
    }

    private static double[] y(double... values) {
        return values;
    }

    private static Stream<Problem> scalars() {
        return Stream.of(
                new Problem("A1", (t, y, dy) -> dy[0] = -y[0], y(1), exp(-20)),
                new Problem("A2", (t, y, dy) -> dy[0] = -y[0] * y[0] * y[0] / 2, y(1), 1 / sqrt(21)),
                new Problem("A3", (t, y, dy) -> dy[0] = y[0] * cos(t), y(1), exp(sin(20))),
                new Problem("A4", (t, y, dy) -> dy[0] = y[0] / 4 * (1 - y[0] / 20), y(1), 20 / (1 + 19 * exp(-5))),
                new Problem("A5", (t, y, dy) -> dy[0] = (y[0] - t) / (y[0] + t), y(4), -0.7887826688959).amplified(10));
    }

    private static Stream<Problem> small() {
        Dynamics.PlainField b1 = (t, y, dy) -> {
            dy[0] = 2 * (y[0] - y[0] * y[1]);
            dy[1] = -(y[1] - y[0] * y[1]);
        };
        Dynamics.PlainField b2 = (t, y, dy) -> {
            dy[0] = -y[0] + y[1];
            dy[1] = y[0] - 2 * y[1] + y[2];
            dy[2] = y[1] - y[2];
        };
        Dynamics.PlainField b3 = (t, y, dy) -> {
            dy[0] = -y[0];
            dy[1] = y[0] - y[1] * y[1];
            dy[2] = y[1] * y[1];
        };
        Dynamics.PlainField b4 = (t, y, dy) -> {
            double r = Math.hypot(y[0], y[1]);
            dy[0] = -y[1] - y[0] * y[2] / r;
            dy[1] = y[0] - y[1] * y[2] / r;
            dy[2] = y[0] / r;
        };
        Dynamics.PlainField b5 = (t, y, dy) -> {
            dy[0] = y[1] * y[2];
            dy[1] = -y[0] * y[2];
            dy[2] = -0.51 * y[0] * y[1];
        };
        return Stream.of(
                new Problem("B1", b1, y(1, 3), 0.6761876008576, 0.1860816099640).amplified(10),
                new Problem("B2", b2, y(2, 0, 1), 1.0000000010306, 1, 0.9999999989694),
                new Problem("B3", b3, y(1, 0, 0), 2.0611536e-9, 0.0525722802205, 0.9474277177184),
                new Problem("B4", b4, y(3, 0, 0), 0.9826950927985, 2.1984470816912, 0.9129452507281).amplified(3),
                new Problem("B5", b5, y(0, 1, 1), -0.9396570798729, -0.3421177754001, 0.7414126596200));
    }

    private static Stream<Problem> moderate() {
        double e = exp(-END);
        double[] poisson = new double[10];
        double[] yule = new double[10];
        poisson[0] = e;
        poisson[9] = 1;
        yule[9] = Math.pow(1 - e, 9);
        for (int i = 0; i < 9; i++) {
            poisson[i] = i == 0 ? e : poisson[i - 1] * END / i;
            poisson[9] -= poisson[i];
            yule[i] = e * Math.pow(1 - e, i);
        }
        return Stream.of(
                new Problem("C1", chain(i -> 1), first(10), poisson),
                new Problem("C2", chain(i -> i + 1), first(10), yule),
                new Problem("C3", DetestTest::diffusion, first(10), diffused(10)),
                new Problem("C4", DetestTest::diffusion, first(51), diffused(51)),
                new Problem("C5", DetestTest::planets, planetsAtStart(), unknown(30)));
    }

    private static double[] first(int n) {
        double[] y = new double[n];
        y[0] = 1;
        return y;
    }

    private static double[] unknown(int n) {
        double[] y = new double[n];
        Arrays.fill(y, Double.NaN);
        return y;
    }

    /// Decay from each to the next, and nothing from the last.
    private static Dynamics.PlainField chain(DoubleUnaryOperator rate) {
        return (t, y, dy) -> {
            for (int i = 0; i < y.length; i++) {
                double in = i == 0 ? 0 : rate.applyAsDouble(i - 1) * y[i - 1];
                dy[i] = in - (i == y.length - 1 ? 0 : rate.applyAsDouble(i) * y[i]);
            }
        };
    }

    /// −2 on the whole diagonal, 1 beside it.
    private static void diffusion(double t, double[] y, double[] dy) {
        int n = y.length;
        for (int i = 0; i < n; i++) {
            dy[i] = (i > 0 ? y[i - 1] : 0) - 2 * y[i] + (i < n - 1 ? y[i + 1] : 0);
        }
    }

    /// By the eigenvectors sin(j k π / (n + 1)).
    private static double[] diffused(int n) {
        double unit = Math.PI / (n + 1);
        return IntStream.rangeClosed(1, n)
                .mapToDouble(j -> IntStream.rangeClosed(1, n)
                        .mapToDouble(k ->
                                2.0 / (n + 1) * sin(j * k * unit) * sin(k * unit) * exp(END * (2 * cos(k * unit) - 2)))
                        .sum())
                .toArray();
    }

    private static final double SUN = 1.00000597682;
    private static final double[] MASS = {
        0.000954786104043, 0.000285583733151, 0.0000437273164546, 0.0000517759138449, 0.00000277777777778
    };

    /// Five outer planets: positions, then velocities, three numbers each.
    private static double[] planetsAtStart() {
        return y(
                3.42947415189,
                3.35386959711,
                1.35494901715,
                6.64145542550,
                5.97156957878,
                2.18231499728,
                11.2630437207,
                14.6952576794,
                6.27960525067,
                -30.1552268759,
                1.65699966404,
                1.43785752721,
                -21.1238353380,
                28.4465098142,
                15.3882659679,
                -0.557160570446,
                0.505696783289,
                0.230578543901,
                -0.415570776342,
                0.365682722812,
                0.169143213293,
                -0.325325669158,
                0.189706021964,
                0.0877265322780,
                -0.0240476254170,
                -0.287659532608,
                -0.117219543175,
                -0.176860753121,
                -0.216393453025,
                -0.0148647893090);
    }

    private static void planets(double t, double[] y, double[] dy) {
        for (int j = 0; j < 5; j++) {
            double r3 = cube(y[3 * j], y[3 * j + 1], y[3 * j + 2]);
            for (int i = 0; i < 3; i++) {
                double a = -(SUN + MASS[j]) * y[3 * j + i] / r3;
                for (int k = 0; k < 5; k++) {
                    if (k != j) {
                        double d3 = cube(y[3 * j] - y[3 * k], y[3 * j + 1] - y[3 * k + 1], y[3 * j + 2] - y[3 * k + 2]);
                        double s3 = cube(y[3 * k], y[3 * k + 1], y[3 * k + 2]);
                        a += MASS[k] * ((y[3 * k + i] - y[3 * j + i]) / d3 - y[3 * k + i] / s3);
                    }
                }
                dy[3 * j + i] = y[15 + 3 * j + i];
                dy[15 + 3 * j + i] = 2.95912208286 * a;
            }
        }
    }

    private static double cube(double x, double y, double z) {
        double square = x * x + y * y + z * z;
        return square * sqrt(square);
    }

    private static Stream<Problem> orbits() {
        return IntStream.rangeClosed(1, 5).mapToObj(k -> {
            double e = 0.2 * k - 0.1;
            return new Problem("D" + k, DetestTest::kepler, y(1 - e, 0, 0, sqrt((1 + e) / (1 - e))), orbit(e))
                    .amplified(50) /* errors of the phase grow with time */;
        });
    }

    private static void kepler(double t, double[] y, double[] dy) {
        double r3 = cube(y[0], y[1], 0);
        dy[0] = y[2];
        dy[1] = y[3];
        dy[2] = -y[0] / r3;
        dy[3] = -y[1] / r3;
    }

    /// By the eccentric anomaly u, u − e sin u = t.
    private static double[] orbit(double e) {
        double low = END - 1;
        double high = END + 1;
        for (int i = 0; i < 100; i++) {
            double u = (low + high) / 2;
            if (u - e * sin(u) < END) {
                low = u;
            } else {
                high = u;
            }
        }
        double b = sqrt(1 - e * e);
        double rate = 1 / (1 - e * cos(low));
        return y(cos(low) - e, b * sin(low), -sin(low) * rate, b * cos(low) * rate);
    }

    private static Stream<Problem> higher() {
        double s = sqrt(2 / (Math.PI * 21));
        return Stream.of(
                second(
                        "E1",
                        (t, y, v) -> -(v / (t + 1) + (1 - 0.25 / ((t + 1) * (t + 1))) * y),
                        0.671396707141803,
                        0.0954005144474744,
                        s * sin(21),
                        s * (cos(21) - sin(21) / 42)),
                second("E2", (t, y, v) -> (1 - y * y) * v - y, 2, 0, 2.008149762175, -0.042508875273),
                second(
                        "E3",
                        (t, y, v) -> y * y * y / 6 - y + 2 * sin(2.78535 * t),
                        0,
                        0,
                        -0.100417885864,
                        0.241140013210),
                second("E4", (t, y, v) -> 0.032 - 0.4 * v * v, 30, 0, 33.9509144464656, 0.276782265967287),
                second("E5", (t, y, v) -> sqrt(1 + v * v) / (25 - t), 0, 0, 14.1179739054267, 2.4));
    }

    private interface Acceleration {
        double of(double t, double y, double v);
    }

    private static Problem second(String name, Acceleration a, double y, double v, double yEnd, double vEnd) {
        return new Problem(
                name,
                (t, z, dz) -> {
                    dz[0] = z[1];
                    dz[1] = a.of(t, z[0], z[1]);
                },
                y(y, v),
                yEnd,
                vEnd);
    }

    /// Another implementation of the eighth-order method.
    private static double[] hipparchus(Problem p) {
        OrdinaryDifferentialEquation equation = new OrdinaryDifferentialEquation() {
            @Override
            public int getDimension() {
                return p.y0.length;
            }

            @Override
            public double[] computeDerivatives(double t, double[] y) {
                double[] dy = new double[y.length];
                p.field.eval(t, y, dy);
                return dy;
            }
        };
        return new DormandPrince853Integrator(1e-12, END, 1e-14, 1e-13)
                .integrate(equation, new ODEState(0, p.y0), END)
                .getPrimaryState();
    }

    private static void compare(Problem p, double[] expected, double[] got, double tolerance, String what) {
        assertEquals(expected.length, got.length);
        for (int i = 0; i < got.length; i++) {
            if (!Double.isNaN(expected[i])) {
                double allowed = tolerance * p.amplification * (1 + Math.abs(expected[i]));
                assertEquals(expected[i], got[i], allowed, p + ", " + what + ", component " + i);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("problems")
    void agreesWithHipparchusAndClosedForms(Problem p) {
        double[] other = hipparchus(p);
        compare(p, p.known, other, 1e-11, "Hipparchus against what is known");
        for (Case c : CASES) {
            Solution s = Ode.of(Dynamics.of(p.y0.length, p.field))
                    .span(0, END)
                    .solver(c.solver)
                    .observe(END)
                    .solve(p.y0);
            assertTrue(s.outcome().succeeded(), () -> p + ": " + s.outcome());
            compare(p, other, s.end()[0], c.tolerance, c.solver + " against Hipparchus");
            compare(p, p.known, s.end()[0], c.tolerance, c.solver + " against what is known");
        }
    }

    @Test
    void thereAreTwentyFive() {
        assertEquals(25, problems().map(Problem::name).distinct().count());
    }

    /// What does not change along a solution of B1, B3 and B5.
    @Test
    void invariantsHold() {
        for (Problem p : small().toList()) {
            double[] y = Ode.of(Dynamics.of(p.y0.length, p.field))
                    .span(0, END)
                    .solver(Dopri8.tolerance(1e-12, 1e-13))
                    .solve(p.y0)
                    .end()[0];
            switch (p.name) {
                case "B1" -> assertEquals(4.80277542266378, y[0] - Math.log(y[0]) + 2 * (y[1] - Math.log(y[1])), 1e-10);
                case "B3" -> assertEquals(1, y[0] + y[1] + y[2], 1e-12);
                case "B5" -> {
                    assertEquals(1, y[0] * y[0] + y[1] * y[1], 1e-11);
                    assertEquals(1, 0.51 * y[0] * y[0] + y[2] * y[2], 1e-11);
                }
                default -> {}
            }
        }
    }
}
