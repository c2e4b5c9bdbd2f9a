package org.costate.plot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.geom.Point2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.XYSeries;

class EndLabelsTest {
    private static final Rectangle2D PLOT = new Rectangle2D.Double(50, 40, 400, 300);

    /// Where labels of lines that end at these heights are put: middles and heights, in the order of the lines.
    private static double[][] place(double[] ends, String label) {
        Figure figure = Figures.lines("T", "x", "y");
        for (int i = 0; i < ends.length; i++) {
            figure.series(label + (char) ('a' + i), new double[] {0, 1}, new double[] {0, ends[i]});
        }
        var image = new BufferedImage(640, 400, BufferedImage.TYPE_INT_RGB);
        List<XYSeries> series = new ArrayList<>(figure.getSeriesCollection());
        EndLabels labels = new EndLabels(new Text(image.createGraphics()), series);
        labels.place(PLOT, s -> new Point2D.Double(450, s.getYData()[1]));
        return labels.boxes(series);
    }

    @Test
    void aLabelAloneStandsAtItsLine() {
        assertEquals(100, place(new double[] {100}, "")[0][0], 1e-9);
        double[][] far = place(new double[] {100, 200}, "");
        assertEquals(100, far[0][0], 1e-9);
        assertEquals(200, far[1][0], 1e-9);
    }

    @Test
    void labelsThatWouldOverlapStandAroundTheirMean() {
        double[][] boxes = place(new double[] {150, 152}, "");
        assertEquals(151, (boxes[0][0] + boxes[1][0]) / 2, 1e-9);
        assertEquals(boxes[0][1], boxes[1][0] - boxes[0][0], 1e-9);
    }

    @Test
    void labelsNeverOverlapAndKeepTheOrderOfTheLines() {
        SplittableRandom random = new SplittableRandom(11);
        for (int i = 0; i < 2000; i++) {
            double[] ends = random.doubles(random.nextInt(2, 11), 40, 340).toArray();
            String label = i % 3 == 0 ? "two lines of quite a long name: " : "";
            if (label.length() > 0 && ends.length > 7) {
                continue; // more text than the height holds
            }
            double[][] boxes = place(ends, label);
            List<Integer> order = new ArrayList<>();
            for (int k = 0; k < ends.length; k++) {
                order.add(k);
            }
            Collections.sort(order, (a, b) -> Double.compare(ends[a], ends[b]));
            for (int k = 1; k < ends.length; k++) {
                double[] upper = boxes[order.get(k - 1)];
                double[] lower = boxes[order.get(k)];
                assertTrue(
                        lower[0] - lower[1] / 2 >= upper[0] + upper[1] / 2 - 1e-9, "overlap in case " + i + " at " + k);
            }
            double[] first = boxes[order.getFirst()];
            double[] last = boxes[order.getLast()];
            assertTrue(first[0] - first[1] / 2 >= PLOT.getY() - 7 && last[0] + last[1] / 2 <= PLOT.getMaxY() + 7);
        }
    }
}
