package org.costate.workbook;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class MatricesTest {
    private static final double[][] A = {{1, 2, 3}, {4, 5, 6}};

    @Test
    void productsAndTransposes() {
        assertArrayEquals(new double[][] {{14, 32}, {32, 77}}, Matrices.times(A, Matrices.transpose(A)));
        assertArrayEquals(A, Matrices.times(A, Matrices.identity(3)));
        String message = assertThrows(IllegalArgumentException.class, () -> Matrices.times(A, A))
                .getMessage();
        assertTrue(message.startsWith("got 3 and 2 numbers"), message);
    }

    @Test
    void linearEquations() {
        double[][] a = {{0, 2, 1}, {1, -1, 0}, {3, 0, 1}};
        assertArrayEquals(new double[] {1, -2, 3}, Matrices.solve(a, -1, 3, 6), 1e-14);
        assertArrayEquals(new double[] {3}, Matrices.solve(new double[][] {{1e-200}}, 3e-200), 1e-14);
        String message = assertThrows(
                        IllegalArgumentException.class, () -> Matrices.solve(new double[][] {{1, 2}, {2, 4}}, 1, 2))
                .getMessage();
        assertTrue(message.startsWith("a: got"), message);
    }

    @Test
    void vectors() {
        double[] x = {1, 2};
        assertArrayEquals(new double[] {7, -4}, Matrices.plus(x, 2, new double[] {3, -3}));
        assertEquals(5, Matrices.distance(x, new double[] {3, -3}));
        assertArrayEquals(new double[] {1, 2}, x, "the argument is as it was");
    }

    @Test
    void randomNumbersAreThoseOfTheirSeed() {
        double[][] made = Matrices.random(3, 4, 5, 0.1);
        assertArrayEquals(made, Matrices.random(3, 4, 5, 0.1));
        assertTrue(Matrices.distance(made[0], Matrices.random(4, 4, 5, 0.1)[0]) > 0);
        assertTrue(Matrices.distance(made[3], new double[5]) <= 0.1);
    }

    @Test
    void nudgingGivesTheGradient() {
        double[] got = Matrices.nudge(v -> v[0] * v[0] * v[1] + Math.sin(v[2]), 3, -2, 0);
        assertArrayEquals(new double[] {-12, 9, 1}, got, 1e-8);
    }
}
