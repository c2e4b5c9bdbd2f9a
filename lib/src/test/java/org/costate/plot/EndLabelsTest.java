package org.costate.plot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.geom.Point2D;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class EndLabelsTest {
    private static final double TOP = 20;
    private static final double BOTTOM = 350;

    /// Where labels of lines that end at these heights are put: middles and heights, from top to bottom.
    private static List<double[]> place(double[] ends, String label) {
        Figure figure = Figures.lines("T", "x", "y");
        for (int i = 0; i < ends.length; i++) {
            figure.series(label + (char) ('a' + i), new double[] {0, 1}, new double[] {0, ends[i]});
        }
        EndLabels labels = new EndLabels(new ArrayList<>(figure.getSeriesCollection()));
        labels.place(s -> new Point2D.Double(450, s.getYData()[1]), TOP, BOTTOM);
        return labels.boxes();
    }

    @Test
    void aLabelAloneStandsAtItsLine() {
        assertEquals(100, place(new double[] {100}, "").get(0)[0]);
        List<double[]> far = place(new double[] {200, 100}, "");
        assertEquals(100, far.get(0)[0]);
        assertEquals(200, far.get(1)[0]);
    }

    @Test
    void labelsThatWouldOverlapStandAroundTheirMean() {
        List<double[]> boxes = place(new double[] {150, 152}, "");
        assertEquals(151, (boxes.get(0)[0] + boxes.get(1)[0]) / 2, 0.1);
        assertEquals(boxes.get(0)[1], boxes.get(1)[0] - boxes.get(0)[0], 0.1);
    }

    @Test
    void labelsNeverOverlapNorLeaveThePicture() {
        SplittableRandom random = new SplittableRandom(11);
        for (int i = 0; i < 2000; i++) {
            double[] ends = random.doubles(random.nextInt(1, 8), TOP, BOTTOM).toArray();
            List<double[]> boxes = place(ends, i % 3 == 0 ? "two lines of quite a long name: " : "");
            double free = TOP;
            for (double[] box : boxes) {
                assertTrue(box[0] - box[1] / 2 >= free - 0.5, "overlap in case " + i);
                free = box[0] + box[1] / 2;
            }
            assertTrue(free <= BOTTOM + 0.5, "below the picture in case " + i);
        }
    }

    @Test
    void longNamesAreBroken() {
        List<double[]> boxes = place(new double[] {100, 300}, "a name that has no room in one line: ");
        assertTrue(boxes.get(0)[1] > 1.8 * place(new double[] {100, 300}, "").get(0)[1]);
    }
}
