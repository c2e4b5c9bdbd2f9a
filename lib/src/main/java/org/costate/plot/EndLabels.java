package org.costate.plot;

import java.awt.Graphics2D;
import java.awt.font.TextLayout;
import java.awt.geom.Line2D;
import java.awt.geom.Point2D;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import org.knowm.xchart.XYSeries;

/// Names of lines at their right ends, moved apart where they would overlap: nobody has to match a legend's colours.
/// XChart has none.
final class EndLabels {
    private static final double MOST_WIDTH = 170;
    private static final double GAP = 8;
    private static final double LINE = House.LABELS.getSize2D() + 3;

    private final List<Label> labels = new ArrayList<>();

    private static final class Label {
        final XYSeries series;
        final List<TextLayout> lines;
        final double height;
        Point2D end;
        double middle;

        Label(XYSeries series) {
            this.series = series;
            lines = House.lines(series.getLabel(), House.LABELS, MOST_WIDTH);
            height = lines.size() * LINE + 2;
        }
    }

    EndLabels(List<XYSeries> series) {
        series.forEach(s -> labels.add(new Label(s)));
    }

    /// With the gap to the plot; 0 without labels.
    double width() {
        return labels.stream()
                .flatMap(l -> l.lines.stream())
                .mapToDouble(line -> GAP + line.getAdvance())
                .max()
                .orElse(0);
    }

    /// Puts each at its line's end, then moves neighbours that overlap apart, both by half, until none do.
    void place(Function<XYSeries, Point2D> endOf, double top, double bottom) {
        for (Label label : labels) {
            label.end = endOf.apply(label.series);
            label.middle = label.end.getY();
        }
        // Stable: labels of one height stay in the order of the series.
        labels.sort(Comparator.comparingDouble(l -> l.middle));
        double moved = 1;
        for (int round = 0; moved > 0.01 && round < 1000; round++) {
            moved = 0;
            for (int i = 0; i < labels.size(); i++) {
                Label label = labels.get(i);
                label.middle = Math.max(top + label.height / 2, Math.min(label.middle, bottom - label.height / 2));
                if (i > 0) {
                    Label upper = labels.get(i - 1);
                    double overlap = upper.middle + upper.height / 2 - (label.middle - label.height / 2);
                    upper.middle -= Math.max(0, overlap / 2);
                    label.middle += Math.max(0, overlap / 2);
                    moved = Math.max(moved, overlap);
                }
            }
        }
    }

    /// Middle and height of each label, from top to bottom.
    List<double[]> boxes() {
        return labels.stream().map(l -> new double[] {l.middle, l.height}).toList();
    }

    void paint(Graphics2D g, double right) {
        for (Label label : labels) {
            double left = right + GAP;
            g.setColor(label.series.getLineColor());
            if (Math.abs(label.middle - label.end.getY()) > 10 || left - label.end.getX() > 40) {
                g.setStroke(House.HAIRLINE);
                g.draw(new Line2D.Double(label.end.getX() + 6, label.end.getY(), left - 3, label.middle));
            }
            g.setColor(House.forText(label.series.getLineColor()));
            double base = label.middle - (label.lines.size() - 1) * LINE / 2 + 0.36 * House.LABELS.getSize2D();
            for (TextLayout line : label.lines) {
                line.draw(g, (float) left, (float) base);
                base += LINE;
            }
        }
    }
}
