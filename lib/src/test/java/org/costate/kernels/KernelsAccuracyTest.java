package org.costate.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// How many units in the last place the functions of one number are good to.
class KernelsAccuracyTest {
    private static final long SEED = 20250101;

    private final Workspace workspace = new Workspace();
    private final SplittableRandom random = new SplittableRandom(SEED);

    @Test
    void tanhIsGoodToAFewUnitsInTheLastPlace() {
        Kernels vector = new VectorKernels();
        for (Precision p : Precision.values()) {
            int n = 20_000;
            Buffer x = workspace.allocate(1, n, p);
            Buffer y = workspace.allocate(1, n, p);
            for (int i = 0; i < n; i++) {
                double size = Math.exp(random.nextDouble(-20, 3.5));
                x.set(i, random.nextBoolean() ? size : -size);
            }
            vector.unary(Unary.TANH, x, y);
            double worst = 0;
            for (int i = 0; i < n; i++) {
                double exact = Math.tanh(x.get(i));
                double ulp = p == Precision.FLOAT64 ? Math.ulp(exact) : Math.ulp((float) exact);
                worst = Math.max(worst, Math.abs(y.get(i) - exact) / ulp);
            }
            assertTrue(worst < 4, p + ": " + worst + " units in the last place, seed " + SEED);
        }
    }

    /// Element by element relative to its own size, where [KernelsContractTest#unary] compares with the largest.
    @ParameterizedTest
    @MethodSource("org.costate.kernels.KernelsContractTest#cases")
    void tailsAreGoodToAFewUnitsInTheLastPlace(KernelsContractTest.Case c) {
        int n = 4_000;
        Buffer x = workspace.allocate(1, n, c.precision());
        Buffer y = workspace.allocate(1, n, c.precision());
        double[] special = {0, -0.0, 0.67448975, -0.67448975, 5.656854249492381, 40, -40, 1000, -1000, 1e30, -1e30};
        for (int i = 0; i < n; i++) {
            double size = Math.exp(random.nextDouble(-20, 3.6));
            x.set(i, i < special.length ? special[i] : random.nextBoolean() ? size : -size);
        }
        // Below, numbers lose digits to underflow, and vector units may flush them to 0.
        double smallest = c.precision() == Precision.FLOAT64 ? 1e-300 : 1e-36;
        for (Unary f : new Unary[] {
            Unary.ABS,
            Unary.SIGN,
            Unary.RELU,
            Unary.STEP,
            Unary.SIGMOID,
            Unary.SOFTPLUS,
            Unary.NORMAL_CDF,
            Unary.NORMAL_DENSITY
        }) {
            c.kernels().unary(f, x, y);
            for (int i = 0; i < n; i++) {
                double exact = f.apply(x.get(i));
                double tolerance = Math.max(16 * c.precision().unitRoundoff() * Math.abs(exact), smallest);
                assertEquals(exact, y.get(i), tolerance, f + " of " + x.get(i) + ", seed " + SEED);
            }
        }
    }

    /// Expected: computed with 60 digits.
    @Test
    void theReferenceIsGoodToAFewUnitsInTheLastPlace() {
        double[][] cdf = {
            {-37, 5.725571222524577E-300},
            {-20.3, 6.429244467698346E-92},
            {-8.125, 2.2368120644441053E-16},
            {-5.7, 5.990371401063528E-09},
            {-5.6, 1.071759025831093E-08},
            {-3, 0.0013498980316300946},
            {-1, 0.15865525393145705},
            {-0.7, 0.24196365222307303},
            {-0.6, 0.2742531177500736},
            {-0.1, 0.460172162722971},
            {0, 0.5},
            {0.1, 0.539827837277029},
            {0.6, 0.7257468822499265},
            {0.7, 0.758036347776927},
            {1, 0.8413447460685429},
            {3, 0.9986501019683699},
            {5, 0.9999997133484281},
            {6, 0.9999999990134123}
        };
        double[][] density = {
            {-37.123, 2.2211495229679596E-300},
            {-20.3, 1.308288554681529E-90},
            {-10, 7.694598626706419E-23},
            {-2.7, 0.01042093481442259},
            {0, 0.3989422804014327},
            {0.3, 0.3813878154605241},
            {1, 0.24197072451914334},
            {30.77, 1.0172883669878945E-206}
        };
        for (double[] row : cdf) {
            assertEquals(row[1], Unary.NORMAL_CDF.apply(row[0]), 4 * Math.ulp(row[1]), "cdf of " + row[0]);
        }
        for (double[] row : density) {
            assertEquals(row[1], Unary.NORMAL_DENSITY.apply(row[0]), 4 * Math.ulp(row[1]), "density of " + row[0]);
        }
        assertEquals(Math.exp(-700), Unary.SIGMOID.apply(-700), 4 * Math.ulp(Math.exp(-700)));
        assertEquals(Math.exp(-700), Unary.SOFTPLUS.apply(-700), 4 * Math.ulp(Math.exp(-700)));
    }
}
