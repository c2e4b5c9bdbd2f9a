package org.costate.plot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Graphics2D;
import java.awt.geom.Point2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.costate.Comparison;
import org.costate.Comparison.NotRun;
import org.costate.Comparison.Trial;
import org.costate.Comparison.Why;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import tech.tablesaw.api.Table;

/// A comparison of gradient modes as a table and as a chart.
class ComparisonFigureTest {
    private static Trial trial(String mode, double error, double milliseconds, long bytes, double drift) {
        return new Trial(
                mode,
                error,
                error / 3,
                milliseconds,
                milliseconds,
                milliseconds,
                9,
                bytes,
                40,
                30,
                Double.isNaN(drift) ? OptionalDouble.empty() : OptionalDouble.of(drift),
                !(drift > 0.01));
    }

    private static final Comparison COMPARISON = new Comparison(
            List.of(
                    trial("Checkpointed", 1.234e-6, 2.3456, 900, Double.NaN),
                    trial("Backprop", 1e-6, 1, 5000, Double.NaN),
                    trial("Backsolve", 1e-6, 1.5, 100, 7)),
            List.of(new NotRun("Forward", Why.NO_TIME, "it would take long")),
            1e-4,
            1e-9,
            1000);

    @Test
    void theTableHasARowAModeAndAVerdict() {
        Table table = Tables.of(COMPARISON);
        assertEquals(4, table.rowCount());
        assertEquals(
                List.of("take this", "too much memory", "not accurate", "not run: NO_TIME"),
                table.stringColumn("verdict").asList());
        assertEquals(
                List.of("Checkpointed", "Backprop", "Backsolve", "Forward"),
                table.stringColumn("mode").asList());
        assertEquals(1.2e-6, table.doubleColumn("error").get(0));
        assertEquals(4.1e-7, table.doubleColumn("from discrete").get(0));
        assertEquals(2.35, table.doubleColumn("ms").get(0));
        assertEquals(2.3, table.doubleColumn("ratio").get(0));
        assertEquals(5000, table.longColumn("bytes").get(1));
        assertEquals(40, table.longColumn("evaluations").get(1));
        assertEquals(30, table.longColumn("products").get(1));
        assertTrue(table.doubleColumn("drift").isMissing(0)
                && table.doubleColumn("ms").isMissing(3));
        assertEquals(7, table.doubleColumn("drift").get(2));
    }

    @Test
    void theFigureHasAPointAModeWhoseColourIsItsVerdict() {
        Figure figure = Figures.comparison(COMPARISON);
        List<XYSeries> series = List.copyOf(figure.getSeriesCollection());
        assertEquals(4, series.size(), "three modes and the line of what is allowed");
        assertEquals("Checkpointed 1e-06, take this", series.get(0).getLabel());
        assertEquals("Backprop 1e-06", series.get(1).getLabel());
        assertEquals("Backsolve 1e-06, not accurate", series.get(2).getLabel());
        assertEquals(House.GOOD, series.get(0).getLineColor());
        assertEquals(House.SOFT_INK, series.get(1).getLineColor());
        assertEquals(House.BAD, series.get(2).getLineColor());
        assertEquals(1.5, series.get(2).getXData()[0]);
        assertEquals(100, series.get(2).getYData()[0]);
        assertEquals(1000, series.get(3).getYData()[0]);
        assertTrue(
                figure.notes().getFirst().contains("Take Checkpointed: the fastest"),
                figure.notes().toString());
        Comparison roomy = new Comparison(COMPARISON.trials(), List.of(), 1e-4, 1e-9, 1 << 20);
        assertEquals(3, Figures.comparison(roomy).getSeriesCollection().size(), "a limit far off is left out");
        Comparison empty = new Comparison(List.of(), COMPARISON.notRun(), 1e-4, 1e-9, 1000);
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Figures.comparison(empty))
                .getMessage()
                .startsWith("c: got no mode"));
    }

    /// The names are drawn, once.
    @Test
    void namesStandBesideTheirPoints() {
        int[] first =
                draw(Figures.lines("Points", "x", "y").point("first", 1, 1).point("second", 2, 3));
        int[] other =
                draw(Figures.lines("Points", "x", "y").point("other", 1, 1).point("second", 2, 3));
        long changed = IntStream.range(0, first.length)
                .filter(i -> first[i] != other[i])
                .count();
        assertTrue(changed > 50 && changed < 800, changed + " pixels: a word, and nothing else");
        Figure figure = Figures.lines("Points", "x", "y").point("first", 1, 1);
        draw(figure);
        assertFalse(figure.getStyler().isLegendVisible(), "names are not told twice");
    }

    private static int[] draw(Figure figure) {
        BufferedImage image = new BufferedImage(640, 400, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        figure.paint(g, 640, 400);
        g.dispose();
        return image.getRGB(0, 0, 640, 400, null, 0, 640);
    }

    /// Nine points in three narrow columns: no name covers another, a point, or the edge.
    @Test
    void namesDoNotCoverEachOther() {
        Rectangle2D edge = new Rectangle2D.Double(0, 0, 500, 300);
        XYChart chart = new XYChart(640, 400);
        Map<XYSeries, Point2D> points = new LinkedHashMap<>();
        for (int i = 0; i < 9; i++) {
            XYSeries s = chart.addSeries("Mode number " + i, new double[] {i}, new double[] {i});
            points.put(s, new Point2D.Double(60 + 180 * (i % 3), 100 + 20 * (i / 3)));
        }
        List<Rectangle2D> boxes = new PointLabels(points, edge).boxes();
        for (int i = 0; i < 9; i++) {
            assertTrue(edge.contains(boxes.get(i)), "name " + i + " at " + boxes.get(i));
            for (int j = 0; j < i; j++) {
                assertFalse(boxes.get(i).intersects(boxes.get(j)), "names " + i + " and " + j);
            }
            for (Point2D point : points.values()) {
                assertFalse(boxes.get(i).contains(point), "name " + i + " over a point");
            }
        }
    }
}
