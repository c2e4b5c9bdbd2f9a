package org.costate.plot;

import java.awt.Graphics2D;
import java.awt.geom.Line2D;
import java.awt.geom.Point2D;
import java.util.List;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;

/// Names of lines in rows above the plot, each behind a sample: for lines that do not end at the right.
final class Key {
    private static final double SAMPLE = 24;
    private static final double BETWEEN = 22;

    private final Text text;
    private final double most;

    Key(Text text, double most) {
        this.text = text;
        this.most = most;
    }

    /// Returns where the rows end.
    double paint(Graphics2D g, double left, double top, List<XYSeries> series, Figure figure) {
        double rowHeight = text.height(House.LABELS) + 6;
        double x = left;
        double y = top;
        for (XYSeries s : series) {
            double width = SAMPLE + 6 + text.width(s.getLabel(), House.LABELS);
            if (x > left && x + width > left + most) {
                x = left;
                y += rowHeight;
            }
            sample(g, s, x, y + text.height(House.LABELS) / 2, figure.isOrbit(s));
            text.left(s.getLabel(), House.LABELS, House.forText(s.getLineColor()), x + SAMPLE + 6, y);
            x += width + BETWEEN;
        }
        return y + rowHeight;
    }

    private static void sample(Graphics2D g, XYSeries s, double x, double y, boolean orbit) {
        g.setColor(s.getLineColor());
        if (s.getXYSeriesRenderStyle().orElse(XYSeriesRenderStyle.Line) != XYSeriesRenderStyle.Scatter) {
            g.setStroke(s.getLineStyle());
            g.draw(new Line2D.Double(x, y, x + SAMPLE, y));
        }
        if (House.isMarked(s)) {
            s.getMarker().paint(g, x + SAMPLE / 2, y, 8);
        }
        if (orbit) {
            Painter.start(g, new Point2D.Double(x + 5, y), s);
        }
    }
}
