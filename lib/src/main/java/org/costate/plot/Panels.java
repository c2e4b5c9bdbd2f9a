package org.costate.plot;

import java.awt.Graphics2D;
import java.awt.font.TextLayout;
import java.awt.geom.Rectangle2D;
import java.util.List;

/// Small figures in one picture, side by side in rows: small multiples. Give them one
/// [Figure#window(double, double, double, double)], so that the eye compares like with like.
///
/// ```java
/// show(Figures.panels("Before and after", 2, before.size(320, 300), after.size(320, 300)));
/// ```
public final class Panels {
    private final String title;
    private final int columns;
    private final List<Figure> figures;

    private Panels(String title, int columns, List<Figure> figures) {
        this.title = title;
        this.columns = columns;
        this.figures = figures;
    }

    /// Row by row; each figure keeps its own size.
    ///
    /// @throws IllegalArgumentException if there is no figure, or no column
    public static Panels of(String title, int columns, Figure... figures) {
        if (columns < 1 || figures.length == 0) {
            throw new IllegalArgumentException("columns, figures: got " + columns + " columns and " + figures.length
                    + " figures, expected at least one of both");
        }
        return new Panels(title, columns, List.of(figures));
    }

    public String title() {
        return title;
    }

    public List<Figure> figures() {
        return figures;
    }

    private List<TextLayout> heading() {
        return House.lines(title, House.TITLE, columnsWidth() - 2.0 * House.OUTER);
    }

    private int columnsWidth() {
        return Math.min(columns, figures.size())
                * figures.stream().mapToInt(Figure::getWidth).max().orElseThrow();
    }

    private int rowHeight() {
        return figures.stream().mapToInt(Figure::getHeight).max().orElseThrow();
    }

    private int top() {
        return House.OUTER + heading().size() * (House.TITLE.getSize() + 3);
    }

    /// In pixels; a notebook draws twice as many.
    public int width() {
        return columnsWidth();
    }

    /// In pixels; a notebook draws twice as many.
    public int height() {
        return top() + (figures.size() + columns - 1) / columns * rowHeight();
    }

    /// Draws them all.
    public void paint(Graphics2D g) {
        g.setColor(House.PAPER);
        g.fill(new Rectangle2D.Double(0, 0, width(), height()));
        g.setColor(House.INK);
        float base = House.OUTER;
        for (TextLayout line : heading()) {
            base += House.TITLE.getSize() + 3;
            line.draw(g, House.OUTER, base - 4);
        }
        int width = width() / Math.min(columns, figures.size());
        for (int i = 0; i < figures.size(); i++) {
            Figure figure = figures.get(i);
            Graphics2D part =
                    (Graphics2D) g.create(i % columns * width, top() + i / columns * rowHeight(), width, rowHeight());
            figure.paint(part, figure.getWidth(), figure.getHeight());
            part.dispose();
        }
    }
}
