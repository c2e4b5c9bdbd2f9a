package org.costate.plot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import org.junit.jupiter.api.Test;

class HouseTest {
    private static final int COLOURS = 7;

    /// What linear red, green and blue become for eyes without one kind of cone: Machado, Oliveira and Fernandes, "A
    /// Physiologically-based Model for Simulation of Color Vision Deficiency", IEEE TVCG 15 (2009), severity 1.
    private static final double[][][] EYES = {
        {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
        {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
        {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
        {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}},
    };

    @Test
    void everyEyeTellsTheColoursApart() {
        double least = Double.POSITIVE_INFINITY;
        for (double[][] eye : EYES) {
            for (int i = 0; i < COLOURS; i++) {
                for (int j = 0; j < i; j++) {
                    double[] a = lab(House.colour(i), eye);
                    double[] b = lab(House.colour(j), eye);
                    double distance =
                            Math.sqrt(Math.pow(a[0] - b[0], 2) + Math.pow(a[1] - b[1], 2) + Math.pow(a[2] - b[2], 2));
                    least = Math.min(least, distance);
                }
            }
        }
        // 2.3 is just noticeable, side by side
        assertTrue(least > 10, "two colours are only " + least + " apart");
    }

    @Test
    void colourAndStrokeTogetherTellTwiceAsManyLines() {
        for (int i = 0; i < 2 * COLOURS; i++) {
            for (int j = 0; j < i; j++) {
                assertTrue(!House.colour(i).equals(House.colour(j))
                        || !House.stroke(i).equals(House.stroke(j)));
            }
        }
        assertEquals(House.colour(0), House.colour(COLOURS));
        assertNotEquals(House.colour(0), House.colour(1));
    }

    @Test
    void textIsReadOnWhite() {
        for (int i = 0; i < COLOURS; i++) {
            assertTrue(contrast(House.forText(House.colour(i))) >= 4.5, "colour " + i);
        }
        assertTrue(contrast(House.SOFT_INK) >= 4.5);
        assertTrue(contrast(House.INK) >= 7);
        assertEquals(House.colour(0), House.forText(House.colour(0)), "dark enough as it is");
    }

    /// With white: WCAG 2.2.
    private static double contrast(Color c) {
        double[] l = linear(c);
        return 1.05 / (0.2126 * l[0] + 0.7152 * l[1] + 0.0722 * l[2] + 0.05);
    }

    private static double[] linear(Color c) {
        double[] rgb = {c.getRed() / 255.0, c.getGreen() / 255.0, c.getBlue() / 255.0};
        for (int k = 0; k < 3; k++) {
            rgb[k] = rgb[k] <= 0.04045 ? rgb[k] / 12.92 : Math.pow((rgb[k] + 0.055) / 1.055, 2.4);
        }
        return rgb;
    }

    /// CIELAB under D65.
    private static double[] lab(Color c, double[][] eye) {
        double[] rgb = times(eye, linear(c));
        double[][] toXyz = {
            {0.4124564, 0.3575761, 0.1804375}, {0.2126729, 0.7151522, 0.0721750}, {0.0193339, 0.1191920, 0.9503041}
        };
        double[] xyz = times(toXyz, rgb);
        double fx = f(xyz[0] / 0.95047);
        double fy = f(xyz[1]);
        double fz = f(xyz[2] / 1.08883);
        return new double[] {116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)};
    }

    private static double f(double t) {
        return t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116.0;
    }

    private static double[] times(double[][] m, double[] v) {
        double[] r = new double[3];
        for (int i = 0; i < 3; i++) {
            r[i] = Math.clamp(m[i][0] * v[0] + m[i][1] * v[1] + m[i][2] * v[2], 0, 1);
        }
        return r;
    }
}
