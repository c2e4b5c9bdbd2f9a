package org.costate.plot;

import java.awt.Graphics2D;
import java.awt.font.TextLayout;
import java.awt.geom.Line2D;
import java.awt.geom.Point2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.XYSeries;

/// Names beside single points, each where it covers least of the other names, the points and the edge.
/// XChart has none.
final class PointLabels {
    private static final double GAP = 9;
    private static final double HALF_POINT = 6;

    /// Where a name may lie, seen from its point: left or right, then up or down; the first is best.
    private static final double[][] PLACES = {
        {1, 0}, {-1, 0}, {1, -0.8}, {1, 0.8}, {-1, -0.8}, {-1, 0.8}, {0, -1}, {0, 1}, {1, -1.6}, {1, 1.6}, {-1, 1.6}
    };

    private record Label(XYSeries series, TextLayout text, Point2D at, Rectangle2D box) {}

    private final List<Label> labels = new ArrayList<>();

    /// Finds a place for each, in order.
    ///
    /// @param points where each series' point is drawn
    /// @param edge that names should not cross
    PointLabels(Map<XYSeries, Point2D> points, Rectangle2D edge) {
        points.forEach((series, at) -> {
            TextLayout text = House.lines(series.getLabel(), House.LABELS, edge.getWidth())
                    .getFirst();
            Rectangle2D best = null;
            double least = Double.POSITIVE_INFINITY;
            for (double[] place : PLACES) {
                Rectangle2D box = box(at, place, text);
                double covered = box.getWidth() * box.getHeight() - overlap(box, edge);
                for (Label other : labels) {
                    covered += overlap(box, other.box);
                }
                for (Point2D point : points.values()) {
                    covered += overlap(box, around(point));
                }
                if (covered < least - 1) {
                    least = covered;
                    best = box;
                }
            }
            labels.add(new Label(series, text, at, best));
        });
    }

    private static Rectangle2D box(Point2D at, double[] place, TextLayout text) {
        double width = text.getAdvance();
        double height = House.LABELS.getSize2D() + 3;
        double x = at.getX() + (place[0] > 0 ? GAP : place[0] < 0 ? -GAP - width : -width / 2);
        double y = at.getY() - height / 2 + place[1] * (place[0] == 0 ? height / 2 + GAP : height);
        return new Rectangle2D.Double(x, y, width, height);
    }

    private static Rectangle2D around(Point2D point) {
        return new Rectangle2D.Double(
                point.getX() - HALF_POINT, point.getY() - HALF_POINT, 2 * HALF_POINT, 2 * HALF_POINT);
    }

    private static double overlap(Rectangle2D a, Rectangle2D b) {
        Rectangle2D both = a.createIntersection(b);
        return both.isEmpty() ? 0 : both.getWidth() * both.getHeight();
    }

    /// Where each name lies, in order.
    List<Rectangle2D> boxes() {
        return labels.stream().map(Label::box).toList();
    }

    void paint(Graphics2D g) {
        for (Label label : labels) {
            g.setColor(House.PAPER); // no line through the letters
            g.fill(label.box);
            if (Math.abs(label.box.getCenterY() - label.at.getY()) > 1.2 * label.box.getHeight()) {
                boolean right = label.box.getCenterX() > label.at.getX();
                g.setColor(label.series.getLineColor());
                g.setStroke(House.HAIRLINE);
                g.draw(new Line2D.Double(
                        label.at.getX(),
                        label.at.getY(),
                        right ? label.box.getMinX() - 2 : label.box.getMaxX() + 2,
                        label.box.getCenterY()));
            }
            g.setColor(House.forText(label.series.getLineColor()));
            float base = (float) (label.box.getCenterY() + 0.36 * House.LABELS.getSize2D());
            label.text.draw(g, (float) label.box.getX(), base);
        }
    }
}
