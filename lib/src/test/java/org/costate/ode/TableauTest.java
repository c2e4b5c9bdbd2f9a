package org.costate.ode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TableauTest {
    static java.util.stream.Stream<Tableau> tableaus()
            throws ReflectiveOperationException, java.net.URISyntaxException {
        return SolverContractTest.methods()
                .map(m -> m.steps().apply(1).scheme().tableau())
                .filter(java.util.Objects::nonNull);
    }

    static java.util.stream.Stream<Tableau> estimating()
            throws ReflectiveOperationException, java.net.URISyntaxException {
        return tableaus().filter(t -> t.errors().length > 0);
    }

    static java.util.stream.Stream<Tableau> dense() throws ReflectiveOperationException, java.net.URISyntaxException {
        return tableaus().filter(t -> t.dense() != null);
    }

    private static double[][] rows(Tableau t) {
        return IntStream.range(0, t.stages()).mapToObj(t::a).toArray(double[][]::new);
    }

    @ParameterizedTest
    @MethodSource("tableaus")
    void hasExactlyItsOrder(Tableau t) {
        assertNull(OrderConditions.firstBroken(rows(t), t.b(), t.order()));
        assertNotNull(OrderConditions.firstBroken(rows(t), t.b(), t.order() + 1), "is of higher order than it says");
        assertTrue(t.citation().length() > 10);
    }

    @ParameterizedTest
    @MethodSource("tableaus")
    void noCoefficientCanBeWrong(Tableau t) {
        double[] c = IntStream.range(0, t.stages()).mapToDouble(t::c).toArray();
        for (int i = 0; i < t.stages(); i++) {
            double[] b = t.b();
            b[i] += 1e-9;
            assertThrows(IllegalArgumentException.class, () -> new Tableau("x", t.order(), c, rows(t), b, ""));
            for (int j = 0; j < i; j++) {
                double[][] a = rows(t);
                a[i][j] += 1e-9;
                assertThrows(IllegalArgumentException.class, () -> new Tableau("x", t.order(), c, a, t.b(), ""));
            }
        }
    }

    private static Tableau plain(Tableau t) {
        double[] c = IntStream.range(0, t.stages()).mapToDouble(t::c).toArray();
        return new Tableau("x", t.order(), c, rows(t), t.b(), "");
    }

    /// The same method with these error estimates in place of its own.
    private static Tableau withErrors(Tableau t, double[][] errors) {
        if (errors.length == 2) {
            return plain(t).withErrors(t.errorOrder(), new int[] {5, 3}, errors);
        }
        double[] bHat = t.b();
        for (int i = 0; i < bHat.length; i++) {
            bHat[i] -= errors[0][i];
        }
        return plain(t).withError(t.errorOrder(), bHat);
    }

    /// Also where the sum is right: two weights are moved against each other.
    @ParameterizedTest
    @MethodSource("estimating")
    void noWeightOfAnErrorEstimateCanBeWrong(Tableau t) {
        assertArrayEquals(t.errors(), withErrors(t, t.errors()).errors());
        int seen = 0;
        for (int k = 0; k < t.errors().length; k++) {
            for (int i = 0; i < t.stages(); i++) {
                double[][] one = t.errors();
                one[k][i] += 1e-9;
                assertThrows(IllegalArgumentException.class, () -> withErrors(t, one));
                for (int j = 0; j < i && t.errorOrder() > 1; j++) {
                    if (t.c(i) != t.c(j)) {
                        double[][] two = t.errors();
                        two[k][i] += 1e-9;
                        two[k][j] -= 1e-9;
                        assertThrows(IllegalArgumentException.class, () -> withErrors(t, two));
                        seen++;
                    }
                }
            }
        }
        assertTrue(seen > 0 || t.errorOrder() == 1, "an embedded Euler step knows the sum alone");
    }

    private static double[][] powers(DenseWeights d, int stages) {
        double[][] powers = new double[stages + d.extraStages()][d.degree()];
        for (int i = 0; i < powers.length; i++) {
            for (int p = 0; p < d.degree(); p++) {
                powers[i][p] = d.weight(i, p);
            }
        }
        return powers;
    }

    private static double[][] extra(DenseWeights d) {
        return IntStream.range(0, d.extraStages())
                .mapToObj(i -> d.extraA(i).clone())
                .toArray(double[][]::new);
    }

    /// Also where the polynomial ends at the right weight: two of its coefficients are moved against each other.
    @ParameterizedTest
    @MethodSource("dense")
    void noWeightOfAnInterpolantCanBeWrong(Tableau t) {
        DenseWeights d = t.dense();
        double[] c = IntStream.range(0, d.extraStages()).mapToDouble(d::extraC).toArray();
        Tableau plain = plain(t);
        assertNotNull(plain.withDense(new DenseWeights(d.order(), c, extra(d), powers(d, t.stages()))));
        for (int i = 0; i < t.stages() + d.extraStages(); i++) {
            for (int p = 0; p < d.degree(); p++) {
                double[][] one = powers(d, t.stages());
                one[i][p] += 1e-9;
                assertThrows(
                        IllegalArgumentException.class,
                        () -> plain.withDense(new DenseWeights(d.order(), c, extra(d), one)));
                double[][] two = powers(d, t.stages());
                two[i][p] += 1e-9;
                two[i][(p + 1) % d.degree()] -= 1e-9;
                assertThrows(
                        IllegalArgumentException.class,
                        () -> plain.withDense(new DenseWeights(d.order(), c, extra(d), two)));
            }
        }
        for (int i = 0; i < d.extraStages(); i++) {
            for (int j = 0; j < d.extraA(i).length; j++) {
                double[][] a = extra(d);
                a[i][j] += 1e-9;
                assertThrows(
                        IllegalArgumentException.class,
                        () -> plain.withDense(new DenseWeights(d.order(), c, a, powers(d, t.stages()))));
            }
        }
    }

    /// A scheme that is no Runge–Kutta method: its estimate must vanish where the solution is a line.
    @Test
    void errorEstimatesOfSchemesAreChecked() {
        for (double[] wrong : new double[][] {{0, 0, -0.5, 0.4}, {0.1, 0, -0.5, 0.5}, {0, -0.5, 0.5}}) {
            Scheme.Builder builder = new Scheme.Builder("mine", 2, 2, 1)
                    .evaluate(1, 2, -1, 1)
                    .next(1, 0, 0.5, 0.5)
                    .next(2, -1, 1, 0)
                    .next(0, 0, 0, 1)
                    .error(1, wrong);
            assertTrue(assertThrows(IllegalArgumentException.class, builder::build)
                    .getMessage()
                    .contains("an error estimate of order 1"));
        }
    }

    /// Torchdiffeq's Gauss–Legendre tableau once had a wrong node; an explicit one of that kind is caught here.
    @Test
    void wrongNodesAreNamed() {
        IllegalArgumentException e = assertThrows(
                IllegalArgumentException.class,
                () -> new Tableau(
                        "mine", 2, new double[] {0, 0.25}, new double[][] {{}, {0.5}}, new double[] {0, 1}, ""));
        assertEquals(
                "tableau mine: got row 1 of A with the sum 0.5, expected c[1] = 0.25; compare the coefficients with their"
                        + " source",
                e.getMessage());
        assertTrue(assertThrows(
                        IllegalArgumentException.class,
                        () -> new Tableau(
                                "mine", 3, new double[] {0, 0.5}, new double[][] {{}, {0.5}}, new double[] {0, 1}, ""))
                .getMessage()
                .contains("order 3"));
        assertThrows(
                IllegalArgumentException.class,
                () -> new Tableau("implicit", 1, new double[] {1}, new double[][] {{1}}, new double[] {1}, ""));
    }

    private static Tableau mine(String name, double b0) {
        return new Tableau(name, 1, new double[] {0, 1}, new double[][] {{}, {1}}, new double[] {b0, 1 - b0}, "");
    }

    /// A name alone says nothing: each coefficient counts, those of the error and of the interpolant too.
    @Test
    void equalityIsOfNameAndCoefficients() {
        Tableau one = mine("mine", 0.3);
        for (Tableau other : new Tableau[] {
            mine("mine", 0.4),
            mine("yours", 0.3),
            one.withError(1, 1, 0),
            one.withDense(DenseWeights.of(1, new double[][] {{0.3}, {0.7}}))
        }) {
            assertNotEquals(one, other);
            assertNotEquals(one.scheme(), other.scheme());
        }
        assertNotEquals(one.withError(1, 1, 0), one.withError(1, 0, 1));
        assertNotEquals(
                Coupling.of(Rk4.steps(3), 0.9).scheme(),
                Coupling.of(Rk4.steps(3), 0.8).scheme());
        for (Tableau t : new Tableau[] {one, Rk4.TABLEAU, Dopri5.TABLEAU}) {
            assertEquals(t.scheme(), t.scheme());
            assertEquals(t.scheme().hashCode(), t.scheme().hashCode());
        }
        assertEquals(one.withError(1, 1, 0), mine("mine", 0.3).withError(1, 1, 0));
        assertEquals(
                one.withError(1, 1, 0).hashCode(),
                mine("mine", 0.3).withError(1, 1, 0).hashCode());
        assertEquals(Coupling.of(Rk4.steps(3)), Coupling.of(Rk4.steps(3)));
    }

    /// The number of rooted trees of each size is known: 1, 1, 2, 4, 9, 20, 48, 115, 286, 719.
    @Test
    void countsTheTreesRight() {
        int[] known = {1, 1, 2, 4, 9, 20, 48, 115};
        for (int n = 1; n <= known.length; n++) {
            assertEquals(known[n - 1], OrderConditions.countOfSize(n), "trees with " + n + " nodes");
        }
    }

    @Test
    void arraysAreCopied() {
        double[] b = Rk4.TABLEAU.b();
        b[0] = 7;
        assertEquals(1.0 / 6, Rk4.TABLEAU.b()[0]);
        assertEquals("RK4 (order 4, 4 stages)", Rk4.TABLEAU.toString());
    }
}
