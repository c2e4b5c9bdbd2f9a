package org.costate.plot;

import java.util.Arrays;
import java.util.function.UnaryOperator;

/// The arrows of a field as one line with gaps.
final class Arrows {
    /// Shaft there and the two sides of the head, then a gap.
    private static final int POINTS = 6;

    private static final double LONGEST = 0.9;
    private static final double HEAD = 0.3;
    private static final double SPREAD = 0.45;

    private Arrows() {}

    /// x and y of the line through all arrows; lengths and heads are measured in spacings of the grid, so that they do
    /// not depend on the units of the axes.
    static double[][] of(
            UnaryOperator<double[]> f, double left, double right, double low, double high, int columns, int rows) {
        double dx = (right - left) / (columns - 1);
        double dy = (high - low) / (rows - 1);
        double[][] velocity = new double[columns * rows][];
        double fastest = 0;
        for (int i = 0; i < velocity.length; i++) {
            int row = i / columns;
            double[] v = f.apply(new double[] {left + i % columns * dx, low + row * dy});
            velocity[i] = new double[] {v[0] / dx, v[1] / dy};
            double speed = Math.hypot(velocity[i][0], velocity[i][1]);
            fastest = Double.isFinite(speed) ? Math.max(fastest, speed) : fastest;
        }
        double[] x = new double[POINTS * velocity.length];
        double[] y = x.clone();
        Arrays.fill(x, Double.NaN);
        Arrays.fill(y, Double.NaN);
        for (int i = 0; i < velocity.length; i++) {
            double u = velocity[i][0] * LONGEST / fastest;
            double v = velocity[i][1] * LONGEST / fastest;
            if (!Double.isFinite(u + v)) {
                continue;
            }
            int row = i / columns;
            double[] across = {0, 1, 1 - HEAD, 1, 1 - HEAD};
            double[] aside = {0, 0, SPREAD * HEAD, 0, -SPREAD * HEAD};
            for (int k = 0; k < across.length; k++) {
                x[POINTS * i + k] = left + dx * (i % columns + u * across[k] - v * aside[k]);
                y[POINTS * i + k] = low + dy * (row + v * across[k] + u * aside[k]);
            }
        }
        return new double[][] {x, y};
    }
}
