package org.costate.plot;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.style.markers.Marker;

/// How many of many curves pass each cell of a grid.
///
/// @param columns of the grid
/// @param levels cells by their counts: 1, 2 to 3, 4 to 7, …
record Density(int columns, List<Level> levels) {
    private static final int ROWS = 120;

    /// A cell is drawn so much larger than it is: no paper shows between it and the next.
    private static final double OVERLAP = 1.3;

    /// From few to many.
    private static final Color[] SHADES = {
        new Color(0xd6, 0xe8, 0xf5), new Color(0x2a, 0x86, 0xc1), new Color(0x03, 0x0f, 0x2b)
    };

    /// Cells with about as many curves.
    ///
    /// @param name the counts in words
    /// @param cells their middles
    record Level(String name, List<double[]> cells, Color colour) {
        double[] x() {
            return cells.stream().mapToDouble(c -> c[0]).toArray();
        }

        double[] y() {
            return cells.stream().mapToDouble(c -> c[1]).toArray();
        }
    }

    static Density of(double[] x, double[][] curves, double low, double high) {
        if (!(low < high) || x.length < 2) {
            throw new IllegalArgumentException("x, low, high: got " + x.length + " numbers, and " + low + " to " + high
                    + ", expected at least 2 and the smaller end first");
        }
        int[][] counts = new int[x.length][ROWS];
        int most = 0;
        for (double[] curve : curves) {
            if (curve.length != x.length) {
                throw new IllegalArgumentException(
                        "curves: got one of " + curve.length + " numbers, expected as many as x has, " + x.length);
            }
            for (int k = 0; k < x.length; k++) {
                int row = (int) Math.floor((curve[k] - low) / (high - low) * ROWS);
                if (row >= 0 && row < ROWS && Double.isFinite(curve[k])) {
                    most = Math.max(most, ++counts[k][row]);
                }
            }
        }
        if (most == 0) {
            throw new IllegalArgumentException("curves: got none between " + low + " and " + high
                    + ", expected at least one; choose another range");
        }
        return new Density(x.length, levels(x, counts, low, (high - low) / ROWS, level(most)));
    }

    private static int level(int count) {
        return Integer.SIZE - 1 - Integer.numberOfLeadingZeros(count);
    }

    private static List<Level> levels(double[] x, int[][] counts, double low, double height, int last) {
        List<Level> found = new ArrayList<>();
        for (int l = 0; l <= last; l++) {
            List<double[]> cells = new ArrayList<>();
            for (int k = 0; k < x.length; k++) {
                for (int row = 0; row < ROWS; row++) {
                    if (counts[k][row] > 0 && level(counts[k][row]) == l) {
                        cells.add(new double[] {x[k], low + (row + 0.5) * height});
                    }
                }
            }
            if (!cells.isEmpty()) {
                int from = 1 << l;
                String name = l == 0 ? "1 curve" : from + " to " + (2 * from - 1) + " curves";
                found.add(new Level(name, cells, shade(l / (double) Math.max(1, last))));
            }
        }
        return found;
    }

    private static Color shade(double s) {
        double at = s * (SHADES.length - 1);
        int i = Math.min((int) at, SHADES.length - 2);
        Color a = SHADES[i];
        Color b = SHADES[i + 1];
        return new Color(
                mixed(a.getRed(), b.getRed(), at - i),
                mixed(a.getGreen(), b.getGreen(), at - i),
                mixed(a.getBlue(), b.getBlue(), at - i));
    }

    private static int mixed(int a, int b, double s) {
        return (int) Math.round(a + s * (b - a));
    }

    /// What XChart draws for a cell.
    Marker marker(Figure figure) {
        return new Marker() {
            @Override
            public void paint(Graphics2D g, double x, double y, int size) {
                double width = OVERLAP * 0.85 * figure.getWidth() / columns;
                double height = OVERLAP * 0.75 * figure.getHeight() / ROWS;
                g.fill(new Rectangle2D.Double(x - width / 2, y - height / 2, width, height));
            }
        };
    }
}
