package org.costate.plot;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.Point2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.AxesChartStyler;

/// Draws a [Figure] once.
final class Painter {
    private static final int OUTER = 12;
    private static final int MARKER = 8;
    private static final int BETWEEN_X_TICKS = 90;
    private static final int BETWEEN_Y_TICKS = 46;

    private final Figure figure;
    private final Graphics2D g;
    private final int width;
    private final int height;
    private final Text text;
    private Scale x;
    private Scale y;
    private boolean wholeX;
    private Rectangle2D plot;

    Painter(Figure figure, Graphics2D g, int width, int height) {
        this.figure = figure;
        this.g = g;
        this.width = width;
        this.height = height;
        this.text = new Text(g);
    }

    void paint() {
        g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        g.setRenderingHint(RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);
        g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        g.setColor(House.PAPER);
        g.fill(new Rectangle2D.Double(0, 0, width, height));

        List<XYSeries> series = figure.getSeriesCollection().stream()
                .filter(XYSeries::isEnabled)
                .toList();
        List<XYSeries> named = series.stream().filter(XYSeries::isShowInLegend).toList();
        scales(series);
        boolean atEnds = named.stream().allMatch(this::endsAtRight) && named.size() <= EndLabels.MOST;

        double top = heading(OUTER);
        if (!atEnds) {
            top = new Key(text, width - 2 * OUTER).paint(g, OUTER, top + 4, named, figure) + 2;
        }
        top += text.height(House.AXIS_TITLE) + 14;
        double bottom = height - OUTER - text.height(House.AXIS_TITLE) - 6 - text.height(House.TICKS) - 7;
        List<Scale.Tick> yTicks = y.ticks((int) Math.max(2, (bottom - top) / BETWEEN_Y_TICKS), false);
        double left = OUTER + widest(yTicks) + 8;
        EndLabels labels = new EndLabels(text, atEnds ? named : List.of());
        double right = width - (labels.isEmpty() ? OUTER + 8 : OUTER + labels.width());
        plot = new Rectangle2D.Double(left, top, Math.max(40, right - left), Math.max(40, bottom - top));
        if (figure.hasSameUnit() && !x.logarithmic() && !y.logarithmic()) {
            sameUnit();
            yTicks = y.ticks((int) Math.max(2, plot.getHeight() / BETWEEN_Y_TICKS), false);
        }

        xTicks();
        yTicks(yTicks);
        axes();
        Shape clip = g.getClip();
        g.clip(new Rectangle2D.Double(left - 6, top - 6, plot.getWidth() + 12, plot.getHeight() + 12));
        series.forEach(this::line);
        series.forEach(this::marks);
        g.setClip(clip);
        labels.place(plot, s -> {
            int last = lastShown(s);
            return at(s.getXData()[last], s.getYData()[last]);
        });
        labels.paint(g, plot);
    }

    private double heading(double top) {
        double y0 = top;
        for (String line : text.wrap(figure.getTitle(), House.TITLE, width - 2 * OUTER)) {
            text.left(line, House.TITLE, House.INK, OUTER, y0);
            y0 += text.height(House.TITLE) + 3;
        }
        for (String note : figure.notes()) {
            for (String line : text.wrap(note, House.NOTE, width - 2 * OUTER)) {
                text.left(line, House.NOTE, House.SOFT_INK, OUTER, y0);
                y0 += text.height(House.NOTE) + 3;
            }
        }
        return y0 + 4;
    }

    private void scales(List<XYSeries> series) {
        AxesChartStyler styler = figure.getStyler();
        List<double[]> xs = new ArrayList<>();
        List<double[]> ys = new ArrayList<>();
        for (XYSeries s : series) {
            xs.add(s.getXData());
            ys.add(s.getYData());
        }
        x = scale("x", xs, styler.isXAxisLogarithmic(), 0.02, styler.getXAxisMin(), styler.getXAxisMax());
        y = scale("y", ys, styler.isYAxisLogarithmic(), 0.05, styler.getYAxisMin(), styler.getYAxisMax());
        // Counts and years have no halves.
        wholeX = xs.stream().flatMapToDouble(DoubleStream::of).allMatch(v -> v == Math.rint(v));
    }

    private static Scale scale(
            String axis, List<double[]> data, boolean logarithmic, double margin, Double min, Double max) {
        double least = Double.POSITIVE_INFINITY;
        double greatest = Double.NEGATIVE_INFINITY;
        for (double[] values : data) {
            for (double v : values) {
                if (Double.isFinite(v)) {
                    least = Math.min(least, v);
                    greatest = Math.max(greatest, v);
                }
            }
        }
        if (least > greatest) { // no number at all
            least = logarithmic ? 0.1 : 0;
            greatest = 1;
        }
        Scale around = Scale.around(least, greatest, logarithmic, margin);
        double from = min == null ? around.min() : min;
        double to = max == null ? around.max() : max;
        if (!(from < to) || (logarithmic && from <= 0)) {
            throw new IllegalArgumentException(axis + " axis: got the limits " + from + " and " + to
                    + ", expected the smaller first" + (logarithmic ? " and both positive" : "")
                    + "; the styler's set" + axis.toUpperCase(Locale.ROOT) + "AxisMin and Max set them");
        }
        return new Scale(from, to, logarithmic);
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

    /// One unit as many pixels in both directions, by showing more of one axis.
    private void sameUnit() {
        double unitX = plot.getWidth() / (x.max() - x.min());
        double unitY = plot.getHeight() / (y.max() - y.min());
        if (unitX > unitY) {
            x = x.stretched(unitX / unitY);
        } else {
            y = y.stretched(unitY / unitX);
        }
    }

    private double widest(List<Scale.Tick> ticks) {
        return ticks.stream()
                .mapToDouble(t -> text.width(t.label(), House.TICKS))
                .max()
                .orElse(0);
    }

    private Point2D at(double dataX, double dataY) {
        return new Point2D.Double(
                plot.getX() + x.fraction(dataX) * plot.getWidth(),
                plot.getMaxY() - y.fraction(dataY) * plot.getHeight());
    }

    private void xTicks() {
        int wanted = (int) Math.max(2, plot.getWidth() / BETWEEN_X_TICKS);
        List<Scale.Tick> ticks = x.ticks(wanted, wholeX);
        while (wanted > 2 && widest(ticks) + 16 > plot.getWidth() / Math.max(1, labelled(ticks))) {
            ticks = x.ticks(--wanted, wholeX);
        }
        for (Scale.Tick tick : ticks) {
            double px = plot.getX() + x.fraction(tick.value()) * plot.getWidth();
            stroke(tick.minor() ? House.AXIS : tick.value() == 0 ? House.ZERO : House.GRID);
            g.draw(new Line2D.Double(px, tick.minor() ? plot.getMaxY() - 4 : plot.getY(), px, plot.getMaxY()));
            text.centred(tick.label(), House.TICKS, House.SOFT_INK, px, plot.getMaxY() + 7);
        }
    }

    private void yTicks(List<Scale.Tick> ticks) {
        for (Scale.Tick tick : ticks) {
            double py = plot.getMaxY() - y.fraction(tick.value()) * plot.getHeight();
            if (!tick.minor() || py < plot.getMaxY() - 1) {
                stroke(tick.minor() ? House.AXIS : tick.value() == 0 ? House.ZERO : House.GRID);
                g.draw(new Line2D.Double(plot.getX(), py, tick.minor() ? plot.getX() + 4 : plot.getMaxX(), py));
            }
            text.right(tick.label(), House.TICKS, House.SOFT_INK, plot.getX() - 8, py - text.height(House.TICKS) / 2);
        }
    }

    private void axes() {
        stroke(House.AXIS);
        g.draw(new Line2D.Double(plot.getX(), plot.getMaxY(), plot.getMaxX(), plot.getMaxY()));
        g.draw(new Line2D.Double(plot.getX(), plot.getY(), plot.getX(), plot.getMaxY()));
        double lowest = height - OUTER - text.height(House.AXIS_TITLE);
        text.centred(figure.getXAxisTitle(), House.AXIS_TITLE, House.INK, plot.getCenterX(), lowest);
        double above = plot.getY() - 10 - text.height(House.AXIS_TITLE);
        text.left(figure.getYAxisTitle(), House.AXIS_TITLE, House.INK, OUTER, above);
    }

    private static int labelled(List<Scale.Tick> ticks) {
        return (int) ticks.stream().filter(t -> !t.minor()).count();
    }

    private void stroke(Color colour) {
        g.setStroke(House.HAIRLINE);
        g.setColor(colour);
    }

    private void line(XYSeries s) {
        if (s.getXYSeriesRenderStyle().orElse(XYSeriesRenderStyle.Line) == XYSeriesRenderStyle.Scatter) {
            return;
        }
        Path2D path = new Path2D.Double();
        boolean pen = false;
        Point2D previous = null;
        for (int i = 0; i < s.getXData().length; i++) {
            if (!Double.isFinite(s.getXData()[i]) || !Double.isFinite(s.getYData()[i])) {
                pen = false;
                continue;
            }
            Point2D p = at(s.getXData()[i], s.getYData()[i]);
            if (!pen) {
                path.moveTo(p.getX(), p.getY());
            } else if (i < s.getXData().length - 1 && previous.distanceSq(p) < 0.1) {
                continue; // nothing to see: 10⁵ points cost no more than those that can be told apart
            } else {
                path.lineTo(p.getX(), p.getY());
            }
            pen = true;
            previous = p;
        }
        g.setColor(s.getLineColor());
        g.setStroke(s.getLineStyle());
        g.draw(path);
    }

    private void marks(XYSeries s) {
        boolean marked = House.isMarked(s);
        for (int i = 0; marked && i < s.getXData().length; i++) {
            if (Double.isFinite(s.getXData()[i]) && Double.isFinite(s.getYData()[i])) {
                Point2D p = at(s.getXData()[i], s.getYData()[i]);
                g.setColor(House.PAPER);
                g.fill(disc(p, MARKER + 3));
                g.setColor(s.getMarkerColor());
                s.getMarker().paint(g, p.getX(), p.getY(), MARKER);
            }
        }
        int last = lastShown(s);
        if (figure.isOrbit(s) && last >= 0) {
            arrow(s, last);
            start(g, at(s.getXData()[0], s.getYData()[0]), s);
        }
    }

    /// The circle that marks where an orbit starts.
    static void start(Graphics2D g, Point2D p, XYSeries s) {
        double diameter = 4.5 * s.getLineStyle().getLineWidth();
        g.setColor(House.PAPER);
        g.fill(disc(p, diameter));
        g.setColor(s.getLineColor());
        g.setStroke(s.getLineStyle());
        g.draw(disc(p, diameter));
    }

    /// A head at the end, pointing where the last few pixels of the line go.
    private void arrow(XYSeries s, int last) {
        Point2D tip = at(s.getXData()[last], s.getYData()[last]);
        Point2D from = tip;
        for (int i = last; i >= 0 && from.distance(tip) < 6; i--) {
            from = at(s.getXData()[i], s.getYData()[i]);
        }
        double length = from.distance(tip);
        if (!(length > 0)) {
            return;
        }
        double ux = (tip.getX() - from.getX()) / length;
        double uy = (tip.getY() - from.getY()) / length;
        Path2D head = new Path2D.Double();
        double w = s.getLineStyle().getLineWidth();
        head.moveTo(tip.getX() + 1.4 * w * ux, tip.getY() + 1.4 * w * uy);
        head.lineTo(tip.getX() - w * (4 * ux + 2.2 * uy), tip.getY() - w * (4 * uy - 2.2 * ux));
        head.lineTo(tip.getX() - w * (4 * ux - 2.2 * uy), tip.getY() - w * (4 * uy + 2.2 * ux));
        head.closePath();
        g.setColor(s.getLineColor());
        g.fill(head);
    }

    private static Ellipse2D disc(Point2D centre, double diameter) {
        return new Ellipse2D.Double(centre.getX() - diameter / 2, centre.getY() - diameter / 2, diameter, diameter);
    }
}
