package org.costate.plot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.util.Collections;
import org.junit.jupiter.api.Test;

/// Many curves as shades.
class DensityTest {
    private static final double[] X = {0, 1};

    private static double[][] curves(double[] high, int many, double[] low) {
        double[][] all = Collections.nCopies(many, high).toArray(new double[many + 1][]);
        all[many] = low;
        return all;
    }

    @Test
    void cellsAreCountedAndGroupedByPowersOfTwo() {
        Density d = Density.of(X, curves(new double[] {0.5, 0.5}, 5, new double[] {-0.5, 0.5}), -1, 1);
        assertEquals(2, d.levels().size());
        Density.Level few = d.levels().get(0);
        Density.Level many = d.levels().get(1);
        assertEquals("1 curve", few.name());
        assertArrayEquals(new double[] {0}, few.x(), 0);
        assertEquals(-0.5, few.y()[0], 1.0 / 120 + 1e-12, "in the middle of its cell");
        assertEquals("4 to 7 curves", many.name(), "five at 0, six at 1");
        assertArrayEquals(X, many.x(), 0);
        assertTrue(many.colour().getRed() < few.colour().getRed(), "darker");
    }

    @Test
    void whatIsOutsideOrNotANumberIsNotCounted() {
        Density d = Density.of(X, new double[][] {{Double.NaN, 0}, {7, -7}, {1, Double.POSITIVE_INFINITY}}, -1, 1);
        assertEquals(1, d.levels().size());
        assertArrayEquals(new double[] {1}, d.levels().getFirst().x(), 0);
    }

    @Test
    void eachCellIsPaintedWhereItIs() {
        double[] x = new double[60];
        double[][] flat = {new double[60]};
        for (int k = 0; k < 60; k++) {
            x[k] = k;
        }
        Figure figure = Figures.lines("flat", "t", "x").density(x, flat, -1, 1);
        BufferedImage image = new BufferedImage(House.WIDTH, House.HEIGHT, BufferedImage.TYPE_INT_RGB);
        figure.paint(image.createGraphics(), House.WIDTH, House.HEIGHT);
        int light = Density.of(x, flat, -1, 1).levels().getFirst().colour().getRGB();
        int painted = 0;
        for (int column = 0; column < House.WIDTH; column++) {
            boolean any = false;
            for (int row = 0; row < House.HEIGHT; row++) {
                any |= image.getRGB(column, row) == light;
            }
            painted += any ? 1 : 0;
        }
        assertTrue(painted > 400, "a line without gaps from left to right: " + painted + " columns");
    }

    @Test
    void whatCannotBeDrawnIsRefused() {
        Figure figure = Figures.lines("none", "t", "x");
        double[][] one = {{0, 0}};
        assertThrows(IllegalArgumentException.class, () -> figure.density(X, one, 1, -1));
        assertThrows(IllegalArgumentException.class, () -> figure.density(X, one, 5, 6));
        assertThrows(IllegalArgumentException.class, () -> figure.density(new double[] {0}, one, -1, 1));
        assertThrows(IllegalArgumentException.class, () -> figure.density(X, new double[][] {{0}}, -1, 1));
    }
}
