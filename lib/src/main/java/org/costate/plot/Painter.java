package org.costate.plot;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.font.TextLayout;
import java.awt.geom.AffineTransform;
import java.awt.geom.Point2D;
import java.awt.geom.Rectangle2D;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/// Draws a [Figure] once: XChart paints axes, grid, lines, markers and legend; what it does not have is added here:
/// a title that wraps, notes, names at the ends of lines, one unit for both axes, and starts and heads of orbits.
final class Painter {
    private final Figure figure;
    private final XYStyler styler;
    private final Graphics2D g;
    private final List<XYSeries> series;
    private Axis x;
    private Axis y;

    Painter(Figure figure, Graphics2D g) {
        this.figure = figure;
        this.styler = figure.getStyler();
        this.g = g;
        series = figure.getSeriesCollection().stream()
                .filter(XYSeries::isEnabled)
                .toList();
        x = Axis.of(
                "x", all(XYSeries::getXData), styler.isXAxisLogarithmic(), styler.getXAxisMin(), styler.getXAxisMax());
        y = Axis.of(
                "y", all(XYSeries::getYData), styler.isYAxisLogarithmic(), styler.getYAxisMin(), styler.getYAxisMax());
    }

    private DoubleStream all(Function<XYSeries, double[]> data) {
        return series.stream().map(data).flatMapToDouble(DoubleStream::of);
    }

    void paint(int width, int height) {
        g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setColor(House.PAPER);
        g.fill(new Rectangle2D.Double(0, 0, width, height));
        double top = write(figure.getTitle(), House.TITLE, House.INK, House.OUTER, width);
        for (String note : figure.notes()) {
            top = write(note, House.NOTE, House.SOFT_INK, top, width);
        }

        List<XYSeries> named = series.stream()
                .filter(s -> s.isShowInLegend() && !figure.isSinglePoint(s) && !figure.isUnlabelled())
                .toList();
        boolean atEnds = named.size() <= House.COLOURS && named.stream().allMatch(this::endsAtRight);
        EndLabels labels = new EndLabels(atEnds ? named : List.of());
        int chartWidth = width - (int) Math.ceil(labels.width());
        int chartHeight = height - (int) top;
        styler.setLegendVisible(!atEnds);
        g.translate(0, top);
        asXChartSeesIt(() -> {
            chart(chartWidth, chartHeight);
            labels.place(this::end, 0, chartHeight - House.OUTER);
            labels.paint(g, chartWidth - House.OUTER);
            series.stream().filter(figure::isOrbit).forEach(this::orbit);
            singlePoints();
        });
        g.translate(0, -top);
    }

    /// Returns where the next line of text may begin.
    private double write(String text, Font font, Color colour, double top, int width) {
        double base = top;
        g.setColor(colour);
        for (TextLayout line : House.lines(text, font, width - 2 * House.OUTER)) {
            base += font.getSize2D() + 3;
            line.draw(g, House.OUTER, (float) base - 4);
        }
        return base;
    }

    /// XChart gets numbers and axes as [Axis] says, and afterwards the figure has its own back.
    private void asXChartSeesIt(Runnable painting) {
        Map<XYSeries, double[][]> data = new LinkedHashMap<>();
        series.forEach(s -> data.put(s, new double[][] {s.getXData(), s.getYData(), s.getExtraValues()}));
        Double[] limits = {styler.getXAxisMin(), styler.getXAxisMax(), styler.getYAxisMin(), styler.getYAxisMax()};
        var xText = styler.getXAxisTickLabelsFormattingFunction();
        var yText = styler.getYAxisTickLabelsFormattingFunction();
        try {
            data.forEach((s, d) ->
                    s.replaceData(x.shown(d[0], d[1]), y.shown(d[1], d[0]), d[2] == null ? null : y.shown(d[2], d[2])));
            styler.setXAxisLogarithmic(x.logarithmic() && !x.inPowers());
            styler.setYAxisLogarithmic(y.logarithmic() && !y.inPowers());
            styler.setXAxisTickLabelsFormattingFunction(xText == null ? v -> x.label(v) : xText);
            styler.setYAxisTickLabelsFormattingFunction(yText == null ? v -> y.label(v) : yText);
            painting.run();
        } finally {
            data.forEach((s, d) -> s.replaceData(d[0], d[1], d[2]));
            styler.setXAxisLogarithmic(x.logarithmic()).setYAxisLogarithmic(y.logarithmic());
            styler.setXAxisTickLabelsFormattingFunction(xText).setYAxisTickLabelsFormattingFunction(yText);
            styler.setXAxisMin(limits[0])
                    .setXAxisMax(limits[1])
                    .setYAxisMin(limits[2])
                    .setYAxisMax(limits[3]);
        }
    }

    private void chart(int width, int height) {
        axes(width, height);
        // The plot's size is known only now; that of the numbers beside it may change with the axes, thus twice.
        for (int i = 0; i < 2 && figure.hasSameUnit() && !x.logarithmic() && !y.logarithmic(); i++) {
            Point2D low = at(x.shown(x.min()), y.shown(y.min()));
            Point2D high = at(x.shown(x.max()), y.shown(y.max()));
            double unitX = (high.getX() - low.getX()) / (x.max() - x.min());
            double unitY = (low.getY() - high.getY()) / (y.max() - y.min());
            x = x.stretched(Math.max(1, unitX / unitY));
            y = y.stretched(Math.max(1, unitY / unitX));
            axes(width, height);
        }
    }

    private void axes(int width, int height) {
        // Counts and years have no halves.
        boolean whole = all(XYSeries::getXData).filter(Double::isFinite).allMatch(v -> v == Math.rint(v));
        styler.setXAxisMin(x.shown(x.min())).setXAxisMax(x.shown(x.max()));
        styler.setYAxisMin(y.shown(y.min())).setYAxisMax(y.shown(y.max()));
        styler.setXAxisTickMarkSpacingHint(x.spacing(90, width, whole || x.inPowers()))
                .setYAxisTickMarkSpacingHint(y.spacing(60, height, y.inPowers()));
        figure.chart(g, width, height);
        // XChart says where a point is only on axes longer than this.
        styler.setXAxisTickMarkSpacingHint(1);
    }

    private boolean endsAtRight(XYSeries s) {
        int last = lastShown(s);
        return last >= 0 && !figure.isOrbit(s) && x.fraction(s.getXData()[last]) > 0.85;
    }

    private static int lastShown(XYSeries s) {
        int last = s.getXData().length - 1;
        while (last >= 0 && !(Double.isFinite(s.getXData()[last]) && Double.isFinite(s.getYData()[last]))) {
            last--;
        }
        return last;
    }

    /// Where XChart has drawn what it sees.
    private Point2D at(double shownX, double shownY) {
        return new Point2D.Double(figure.getScreenXFromChart(shownX), figure.getScreenYFromChart(shownY));
    }

    private Point2D end(XYSeries s) {
        int last = lastShown(s);
        return at(s.getXData()[last], s.getYData()[last]);
    }

    private void singlePoints() {
        Map<XYSeries, Point2D> points = new LinkedHashMap<>();
        series.stream().filter(figure::isSinglePoint).forEach(s -> points.put(s, end(s)));
        Point2D low = at(x.shown(x.min()), y.shown(y.min()));
        Point2D high = at(x.shown(x.max()), y.shown(y.max()));
        Rectangle2D edge =
                new Rectangle2D.Double(low.getX(), high.getY(), high.getX() - low.getX(), low.getY() - high.getY());
        new PointLabels(points, edge).paint(g);
    }

    /// A circle where it starts and a head where it ends, pointing where the last few pixels of the line go.
    private void orbit(XYSeries s) {
        int last = lastShown(s);
        if (last < 0) {
            return;
        }
        Point2D tip = end(s);
        Point2D from = tip;
        for (int i = last; i >= 0 && from.distance(tip) < 6; i--) {
            from = at(s.getXData()[i], s.getYData()[i]);
        }
        float width = s.getLineStyle().getLineWidth();
        int size = Math.round(5 * width);
        AffineTransform upright = g.getTransform();
        g.setColor(s.getLineColor());
        g.rotate(Math.atan2(tip.getX() - from.getX(), from.getY() - tip.getY()), tip.getX(), tip.getY());
        SeriesMarkers.TRIANGLE_UP.paint(g, tip.getX(), tip.getY(), size);
        g.setTransform(upright);
        Point2D start = at(s.getXData()[0], s.getYData()[0]);
        SeriesMarkers.CIRCLE.paint(g, start.getX(), start.getY(), size);
        g.setColor(House.PAPER);
        SeriesMarkers.CIRCLE.paint(g, start.getX(), start.getY(), Math.round(size - 2 * width));
    }
}
