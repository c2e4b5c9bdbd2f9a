package org.costate.plot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.geom.Point2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.costate.Ode;
import org.costate.Solution;
import org.costate.ode.Dynamics;
import org.costate.ode.Euler;
import org.costate.ode.ParameterLayout;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;

class FigureTest {
    private static final double[] TWO = {1, 2};

    private static BufferedImage draw(Figure figure) {
        BufferedImage image = new BufferedImage(figure.getWidth(), figure.getHeight(), BufferedImage.TYPE_INT_RGB);
        var g = image.createGraphics();
        figure.paint(g, figure.getWidth(), figure.getHeight());
        g.dispose();
        return image;
    }

    private static boolean has(BufferedImage image, int x, int y, Color colour) {
        return (image.getRGB(x, y) & 0xffffff) == (colour.getRGB() & 0xffffff);
    }

    /// The centres of the spots of exactly this colour, from left to right.
    private static List<Point2D> spots(BufferedImage image, Color colour) {
        List<Point2D> spots = new ArrayList<>();
        Set<Point2D> seen = new HashSet<>();
        for (int x = 0; x < image.getWidth(); x++) {
            for (int y = 0; y < image.getHeight(); y++) {
                List<Point2D> spot = new ArrayList<>();
                grow(image, colour, x, y, seen, spot);
                if (spot.size() > 10) { // else a piece of a letter
                    spots.add(new Point2D.Double(
                            spot.stream().mapToDouble(Point2D::getX).average().orElseThrow(),
                            spot.stream().mapToDouble(Point2D::getY).average().orElseThrow()));
                }
            }
        }
        return spots;
    }

    private static void grow(BufferedImage image, Color colour, int x, int y, Set<Point2D> seen, List<Point2D> spot) {
        boolean inside = x >= 0 && y >= 0 && x < image.getWidth() && y < image.getHeight();
        if (inside && has(image, x, y, colour) && seen.add(new Point2D.Double(x, y))) {
            spot.add(new Point2D.Double(x, y));
            grow(image, colour, x + 1, y, seen, spot);
            grow(image, colour, x - 1, y, seen, spot);
            grow(image, colour, x, y + 1, seen, spot);
            grow(image, colour, x, y - 1, seen, spot);
        }
    }

    private static Figure points(double[] x, double[] y) {
        return Figures.lines("", "x", "y").points("", x, y);
    }

    @Test
    void pointsAreWhereTheirNumbersAre() {
        List<Point2D> p = spots(draw(points(new double[] {0, 1, 3}, new double[] {0, 1, 3})), House.colour(0));
        assertEquals(3, p.size());
        double first = p.get(1).getX() - p.get(0).getX();
        double second = p.get(2).getX() - p.get(1).getX();
        assertEquals(2, second / first, 0.02);
        assertEquals(
                2,
                (p.get(2).getY() - p.get(1).getY())
                        / (p.get(1).getY() - p.get(0).getY()),
                0.05);
        assertTrue(p.get(0).getY() > p.get(2).getY(), "up is more");
    }

    @Test
    void powersStandEvenOnLogarithmicAxes() {
        double[] powers = {1, 10, 100};
        List<Point2D> p = spots(draw(points(powers, powers).logX().logY()), House.colour(0));
        assertEquals(
                p.get(1).getX() - p.get(0).getX(), p.get(2).getX() - p.get(1).getX(), 1);
        assertEquals(
                p.get(1).getY() - p.get(0).getY(), p.get(2).getY() - p.get(1).getY(), 1);
    }

    @Test
    void withTheSameUnitASquareIsASquare() {
        double[] x = {-1, 1};
        Figure wide = points(x, x).size(700, 300);
        List<Point2D> p = spots(draw(wide), House.colour(0));
        assertNotEquals(
                p.get(1).getX() - p.get(0).getX(), p.get(0).getY() - p.get(1).getY(), 50);
        p = spots(draw(wide.sameUnit()), House.colour(0));
        assertEquals(
                p.get(1).getX() - p.get(0).getX(), p.get(0).getY() - p.get(1).getY(), 1);
        p = spots(draw(points(x, x).size(300, 600).sameUnit()), House.colour(0));
        assertEquals(
                p.get(1).getX() - p.get(0).getX(), p.get(0).getY() - p.get(1).getY(), 1);
    }

    @Test
    void limitsOfTheStylerCount() {
        Figure figure = points(TWO, TWO);
        figure.getStyler().setXAxisMin(0.0).setXAxisMax(4.0);
        List<Point2D> p = spots(draw(figure), House.colour(0));
        double unit = p.get(1).getX() - p.get(0).getX();
        assertEquals(
                p.get(0).getX() - unit,
                spots(draw(points(new double[] {0, 4}, TWO)), House.colour(0))
                        .get(0)
                        .getX(),
                0.02 * 4 * unit + 2);
        figure.getStyler().setXAxisMin(5.0);
        var e = assertThrows(IllegalArgumentException.class, () -> draw(figure));
        assertTrue(e.getMessage().startsWith("x axis: got the limits 5.0 and 4.0"), e.getMessage());
    }

    @Test
    void aPictureIsOpaqueWhateverWasThere() {
        Figure figure = Figures.lines("T", "x", "y").series("a", TWO, TWO);
        BufferedImage image = new BufferedImage(640, 400, BufferedImage.TYPE_INT_ARGB);
        figure.paint(image.createGraphics(), 640, 400);
        for (int x = 0; x < 640; x++) {
            for (int y = 0; y < 400; y++) {
                assertEquals(255, image.getRGB(x, y) >>> 24);
            }
        }
        assertTrue(has(image, 0, 0, Color.WHITE) && has(image, 639, 399, Color.WHITE));
    }

    @Test
    void drawingTwiceIsTheSame() {
        Figure figure = Figures.timeSeries("T", spiral(50));
        BufferedImage first = draw(figure);
        BufferedImage second = draw(figure);
        assertArrayEquals(first.getRGB(0, 0, 640, 400, null, 0, 640), second.getRGB(0, 0, 640, 400, null, 0, 640));
    }

    @Test
    void whatIsNotFiniteLeavesAGap() {
        double[] x = {0, 1, 2, 3, 4, 5};
        double[] whole = {1, 1, 1, 1, 1, 1};
        int full = coloured(draw(Figures.lines("", "x", "y").series("", x, whole)));
        for (double hole : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
            double[] y = {1, 1, hole, 1, 1, 1};
            int rest = coloured(draw(Figures.lines("", "x", "y").series("", x, y)));
            assertEquals(0.6, (double) rest / full, 0.03);
        }
        double[] none = {Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN};
        assertEquals(0, coloured(draw(Figures.lines("", "x", "y").series("", x, none))));
    }

    private static int coloured(BufferedImage image) {
        int n = 0;
        for (int x = 0; x < image.getWidth(); x++) {
            for (int y = 0; y < image.getHeight(); y++) {
                n += has(image, x, y, House.colour(0)) ? 1 : 0;
            }
        }
        return n;
    }

    @Test
    void arraysAreCopied() {
        double[] y = {1, 2};
        Figure figure = Figures.lines("T", "x", "y").series("a", TWO, y);
        y[0] = 100;
        assertEquals(1, figure.getSeries("a").getYData()[0]);
    }

    @Test
    void seriesOfOneColourBelongTogether() {
        Figure figure = Figures.lines("T", "x", "y")
                .points("hares", TWO, TWO)
                .series("", TWO, TWO)
                .points("lynx", TWO, TWO)
                .series("", TWO, TWO);
        List<Color> colours = figure.getSeriesCollection().stream()
                .map(XYSeries::getLineColor)
                .toList();
        assertEquals(List.of(House.colour(0), House.colour(0), House.colour(1), House.colour(1)), colours);
        assertEquals(
                List.of(true, false, true, false),
                figure.getSeriesCollection().stream()
                        .map(XYSeries::isShowInLegend)
                        .toList());
    }

    @Test
    void functionsAreDrawnBetweenTheirEnds() {
        XYSeries s = Figures.lines("T", "x", "y")
                .function("square", x -> x * x, -1, 3)
                .getSeries("square");
        assertEquals(-1, s.getXData()[0]);
        assertEquals(3, s.getXData()[s.getXData().length - 1], 1e-15);
        assertEquals(9, s.getYData()[s.getYData().length - 1], 1e-14);
        XYSeries log =
                Figures.logLog("T", "x", "y").function("same", x -> x, 1, 100).getSeries("same");
        double[] x = log.getXData();
        assertEquals(x[1] / x[0], x[150] / x[149], 1e-12, "evenly by factors on a logarithmic axis");
        assertThrows(
                IllegalArgumentException.class, () -> Figures.lines("", "", "").function("f", v -> v, 1, 1));
    }

    private static String measured(double[] x, double[] y) {
        Figure figure = Figures.logLog("T", "x", "y").measured("m", x, y);
        return figure.getSeriesCollection().iterator().next().getName();
    }

    @Test
    void slopesAreSaid() {
        double[] n = {10, 100, 1000};
        assertEquals("m (slope\u00a0−4.00)", measured(n, new double[] {3, 3e-4, 3e-8}));
        assertEquals("m (slope\u00a00.00)", measured(n, new double[] {7, 7, 7}));
        assertEquals("m (slope\u00a02.00)", measured(new double[] {10, 1000}, new double[] {1, 1e4}), "of two, both");
        Figure linear = Figures.lines("T", "x", "y").measured("RK4", n, n);
        assertEquals("RK4", linear.getSeriesCollection().iterator().next().getName());
    }

    @Test
    void theSlopeIsThatOfTheRightHalf() {
        double[] steps = {10, 30, 100, 300, 1000, 3000, 10_000};
        double[] affine =
                java.util.Arrays.stream(steps).map(n -> 150_000 + 17_400 * n).toArray();
        assertEquals(0.92, Figures.slope(steps, affine), 0.01, "of all");
        assertEquals("m (slope\u00a01.00)", measured(steps, affine));
        double[] bent = java.util.Arrays.stream(steps).map(n -> 1 / n + n / 1e7).toArray();
        assertEquals("m", measured(steps, bent), "no power law there");
        double[] gap = {1, Double.NaN, 4, 5, 1, 3, Double.NaN};
        assertEquals("m", measured(steps, gap));
        double[] gapAtTheLeft = {Double.NaN, 1, 1, 1, 1, 3, 10};
        assertEquals("m (slope\u00a01.00)", measured(steps, gapAtTheLeft));
    }

    @Test
    void slopeIsTheExponentOfAPowerLaw() {
        double[] x = {1, 2, 5, 40};
        double[] y = java.util.Arrays.stream(x).map(v -> 7 * Math.pow(v, -2.5)).toArray();
        assertEquals(-2.5, Figures.slope(x, y), 1e-13);
        assertThrows(IllegalArgumentException.class, () -> Figures.slope(x, TWO));
        assertThrows(IllegalArgumentException.class, () -> Figures.slope(new double[] {1, 1}, TWO));
        assertThrows(IllegalArgumentException.class, () -> Figures.slope(TWO, new double[] {0, 1}));
    }

    @Test
    void aSolutionIsDrawnOverTimeAndInItsPlane() {
        Solution s = spiral(30);
        Figure time = Figures.timeSeries("T", s, "prey", "predators");
        assertArrayEquals(s.times(), time.getSeries("prey").getXData());
        assertArrayEquals(s.component(0, 1), time.getSeries("predators").getYData());
        assertEquals(
                List.of("x₁", "x₂"),
                Figures.timeSeries("T", s).getSeriesCollection().stream()
                        .map(XYSeries::getName)
                        .toList());

        Figure plane = Figures.phase("T", "prey", "predators").orbit("spiral", s);
        assertArrayEquals(s.component(0, 0), plane.getSeries("spiral").getXData());
        assertArrayEquals(s.component(0, 1), plane.getSeries("spiral").getYData());
        assertTrue(plane.isOrbit(plane.getSeries("spiral")));
        var e = assertThrows(IllegalArgumentException.class, () -> plane.orbit("no", s, 0, 2));
        assertTrue(e.getMessage().contains("expected them below 2"), e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> Figures.timeSeries("T", s, "one"));
    }

    @Test
    void theStartOfAnOrbitIsAnOpenCircle() {
        Solution s = spiral(30);
        Figure plane = Figures.phase("", "x", "y").orbit("", s);
        Figure line = Figures.phase("", "x", "y").series("", s.component(0, 0), s.component(0, 1));
        List<Point2D> start = spots(draw(points(s.component(0, 0), s.component(0, 1))), House.colour(0));
        assertFalse(start.isEmpty());
        // where the line begins, its colour gives way to paper inside the ring
        Point2D ring = locate(draw(plane), draw(line));
        assertTrue(has(draw(plane), (int) ring.getX(), (int) ring.getY(), Color.WHITE));
        assertTrue(has(draw(line), (int) ring.getX(), (int) ring.getY(), House.colour(0)));
    }

    /// A pixel that is white in one picture and of the line's colour in the other.
    private static Point2D locate(BufferedImage ringed, BufferedImage plain) {
        for (int x = 0; x < plain.getWidth(); x++) {
            for (int y = 0; y < plain.getHeight(); y++) {
                if (has(ringed, x, y, Color.WHITE) && has(plain, x, y, House.colour(0))) {
                    return new Point2D.Double(x, y);
                }
            }
        }
        throw new AssertionError("no ring at the start");
    }

    private static Solution spiral(int steps) {
        Dynamics f = Dynamics.of(
                2,
                ParameterLayout.EMPTY,
                (t, x, p, dx) -> {
                    dx[0] = -0.1 * x[0] - x[1];
                    dx[1] = x[0] - 0.1 * x[1];
                },
                (t, x, p, a, gx, gp) -> {});
        return Ode.of(f).span(0, 4).solver(Euler.steps(steps)).solve(1, 0);
    }

    @Test
    void badSeriesAreRefusedByName() {
        Figure figure = Figures.lines("T", "x", "y").series("a", TWO, TWO);
        refused(() -> figure.series("a", TWO, TWO), "label: got \"a\" a second time");
        refused(() -> figure.series("b", TWO, new double[3]), "series \"b\": got 2 x and 3 y");
        refused(() -> figure.series("c", new double[0], new double[0]), "series \"c\": got 0 x and 0 y");
        refused(() -> figure.size(10, 10), "width, height: got 10 x 10");
        Figure zero = Figures.lines("T", "x", "y").series("error", TWO, new double[] {1, 0});
        refused(zero::logY, "series \"error\": y[1] is 0.0");
        refused(
                () -> Figures.logLog("T", "x", "y").series("error", new double[] {-1, 1}, TWO),
                "series \"error\": x[0] is -1.0");
    }

    private static void refused(org.junit.jupiter.api.function.Executable call, String beginning) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.startsWith(beginning), message);
    }

    @Test
    void paintingChangesNothing() {
        double[] x = {0, 1e-9, 3e-9, Double.POSITIVE_INFINITY};
        double[] y = {1e-9, 1, 1e9, 1};
        Figure figure = Figures.lines("T", "x", "y").series("a", x, y).logY();
        draw(figure);
        assertArrayEquals(x, figure.getSeries("a").getXData());
        assertArrayEquals(y, figure.getSeries("a").getYData());
        var styler = figure.getStyler();
        assertTrue(styler.isYAxisLogarithmic() && !styler.isXAxisLogarithmic());
        assertNull(styler.getXAxisMin());
        assertNull(styler.getYAxisMax());
        assertNull(styler.getXAxisTickLabelsFormattingFunction());
        var image = new BufferedImage(900, 300, BufferedImage.TYPE_INT_RGB);
        figure.paint(image.createGraphics(), 900, 300);
        assertEquals(640, figure.getWidth());
        assertEquals(400, figure.getHeight());
    }

    @Test
    void nothingIsCutOffAtTheEdge() {
        String sentence = "A title so long that it would never fit into one line of a figure of this size";
        Figure figure = Figures.logLog(sentence, "x", "y")
                .note(sentence + ", and neither would the note below it")
                .measured("a curve with a long name", new double[] {1e-3, 1e9}, new double[] {1e-12, 1})
                .guide("also one with a long name", new double[] {1e-3, 1e9}, new double[] {1e-11, 1});
        assertEdgeIsWhite(draw(figure));
        assertEdgeIsWhite(draw(figure.orbit("and an orbit", growing())));
    }

    /// Stays in the first quadrant, for logarithmic axes.
    private static Solution growing() {
        Dynamics f = Dynamics.of(
                2,
                ParameterLayout.EMPTY,
                (t, x, p, dx) -> {
                    dx[0] = x[0];
                    dx[1] = x[1];
                },
                (t, x, p, a, gx, gp) -> {});
        return Ode.of(f).span(0, 1).solver(Euler.steps(9)).solve(1, 2);
    }

    private static void assertEdgeIsWhite(BufferedImage image) {
        int right = image.getWidth() - 1;
        int bottom = image.getHeight() - 1;
        for (int x = 0; x <= right; x++) {
            assertTrue(has(image, x, 0, Color.WHITE) && has(image, x, bottom, Color.WHITE), "ink at x = " + x);
        }
        for (int y = 0; y <= bottom; y++) {
            assertTrue(has(image, 0, y, Color.WHITE) && has(image, right, y, Color.WHITE), "ink at y = " + y);
        }
    }

    @Test
    void xchartsOwnCallsWork() {
        Figure figure = Figures.lines("T", "x", "y").points("a", TWO, TWO);
        figure.addSeries("by XChart", TWO, new double[] {1.5, 1.5}).setMarker(SeriesMarkers.SQUARE);
        assertTrue(
                spots(BitmapEncoder.getBufferedImage(figure), House.colour(1)).size() > 0);
        figure.getSeries("a").setMarkerColor(Color.MAGENTA);
        assertTrue(spots(BitmapEncoder.getBufferedImage(figure), Color.MAGENTA).size() > 0);
    }
}
