package org.costate.plot;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Line2D;
import java.awt.geom.Point2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import org.knowm.xchart.XYSeries;

/// Names of lines at their right ends, moved apart where they would overlap.
final class EndLabels {
    /// Of more lines the names stand in a key.
    static final int MOST = 10;

    private static final double MOST_WIDTH = 170;
    private static final double GAP = 8;

    private static final double SAMPLE = 22;

    private final Text text;
    private final List<Label> labels = new ArrayList<>();

    /// Where two lines have one colour, a piece of the line stands before its name.
    private final double sample;

    private static final class Label {
        final XYSeries series;
        final List<String> lines;
        Point2D end;
        double middle;

        Label(XYSeries series, List<String> lines) {
            this.series = series;
            this.lines = lines;
        }
    }

    EndLabels(Text text, List<XYSeries> series) {
        this.text = text;
        for (XYSeries s : series) {
            labels.add(new Label(s, text.wrap(s.getLabel(), House.LABELS, MOST_WIDTH)));
        }
        boolean distinct =
                series.stream().map(XYSeries::getLineColor).distinct().count() == series.size();
        sample = distinct ? 0 : SAMPLE + 5;
    }

    boolean isEmpty() {
        return labels.isEmpty();
    }

    /// With the gap to the plot.
    double width() {
        return GAP
                + sample
                + labels.stream()
                        .flatMap(l -> l.lines.stream())
                        .mapToDouble(line -> text.width(line, House.LABELS))
                        .max()
                        .orElse(0);
    }

    private double lineHeight() {
        return text.height(House.LABELS) + 3;
    }

    private double height(Label label) {
        return label.lines.size() * lineHeight() + 2;
    }

    /// Chooses where they stand.
    void place(Rectangle2D plot, Function<XYSeries, Point2D> endOf) {
        for (Label label : labels) {
            label.end = endOf.apply(label.series);
            label.middle = Math.clamp(label.end.getY(), plot.getY(), plot.getMaxY());
        }
        // Stable: labels of one height stay in the order of the series.
        labels.sort(Comparator.comparingDouble(l -> l.middle));
        spread(plot.getY() - 6, plot.getMaxY() + 6);
    }

    /// Middle and height of each series' label.
    double[][] boxes(List<XYSeries> series) {
        double[][] boxes = new double[labels.size()][];
        for (Label label : labels) {
            boxes[series.indexOf(label.series)] = new double[] {label.middle, height(label)};
        }
        return boxes;
    }

    void paint(Graphics2D g, Rectangle2D plot) {
        for (Label label : labels) {
            Color colour = House.forText(label.series.getLineColor());
            double left = plot.getMaxX() + GAP;
            if (Math.abs(label.middle - label.end.getY()) > 10 || left - label.end.getX() > 40) {
                g.setStroke(House.HAIRLINE);
                g.setColor(label.series.getLineColor());
                g.draw(new Line2D.Double(label.end.getX() + 6, label.end.getY(), left - 3, label.middle));
            }
            if (sample > 0) {
                g.setStroke(label.series.getLineStyle());
                g.setColor(label.series.getLineColor());
                g.draw(new Line2D.Double(left, label.middle, left + SAMPLE, label.middle));
            }
            double top = label.middle - label.lines.size() * lineHeight() / 2 + 1.5;
            for (String line : label.lines) {
                text.left(line, House.LABELS, colour, left + sample, top);
                top += lineHeight();
            }
        }
    }

    /// Groups of labels that touch are centred on the mean of their ends, then groups that touch now are joined.
    private void spread(double top, double bottom) {
        List<List<Label>> groups = new ArrayList<>();
        for (Label label : labels) {
            groups.add(new ArrayList<>(List.of(label)));
            while (groups.size() > 1 && overlap(groups.get(groups.size() - 2), groups.getLast())) {
                groups.get(groups.size() - 2).addAll(groups.removeLast());
            }
            place(groups.getLast(), top, bottom);
            while (groups.size() > 1 && overlap(groups.get(groups.size() - 2), groups.getLast())) {
                List<Label> lower = groups.removeLast();
                groups.getLast().addAll(lower);
                place(groups.getLast(), top, bottom);
            }
        }
    }

    private boolean overlap(List<Label> upper, List<Label> lower) {
        Label last = upper.getLast();
        Label first = lower.getFirst();
        return last.middle + height(last) / 2 > first.middle - height(first) / 2;
    }

    private void place(List<Label> group, double top, double bottom) {
        double total = group.stream().mapToDouble(this::height).sum();
        double centre = group.stream().mapToDouble(l -> l.end.getY()).average().orElse(0);
        double at = Math.max(top, Math.min(centre - total / 2, bottom - total));
        for (Label label : group) {
            label.middle = at + height(label) / 2;
            at += height(label);
        }
    }
}
