package org.costate.plot;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.font.FontRenderContext;
import java.util.ArrayList;
import java.util.List;

/// Letters on a picture. Places are the top of a line of text; its height is that of a capital letter with some air,
/// the same for every text of a font, so that lines stand even.
final class Text {
    // Measured without the picture's scaling, so that a layout does not depend on it.
    private static final FontRenderContext MEASURE = new FontRenderContext(null, true, true);

    private final Graphics2D g;

    Text(Graphics2D g) {
        this.g = g;
    }

    double width(String text, Font font) {
        return text == null || text.isEmpty()
                ? 0
                : font.getStringBounds(text, MEASURE).getWidth();
    }

    double height(Font font) {
        return font.getSize2D();
    }

    void left(String text, Font font, Color colour, double x, double top) {
        if (text == null || text.isEmpty()) {
            return;
        }
        g.setFont(font);
        g.setColor(colour);
        g.drawString(text, (float) x, (float) (top + 0.86 * height(font)));
    }

    void right(String text, Font font, Color colour, double x, double top) {
        left(text, font, colour, x - width(text, font), top);
    }

    void centred(String text, Font font, Color colour, double x, double top) {
        left(text, font, colour, x - width(text, font) / 2, top);
    }

    /// Lines that are no wider than `most`, broken at spaces and at line breaks.
    List<String> wrap(String text, Font font, double most) {
        List<String> lines = new ArrayList<>();
        if (text == null || text.isBlank()) {
            return lines;
        }
        for (String paragraph : text.strip().split("\n", -1)) {
            String line = "";
            for (String word : paragraph.split(" ", -1)) {
                String longer = line.isEmpty() ? word : line + " " + word;
                if (!line.isEmpty() && width(longer, font) > most) {
                    lines.add(line);
                    line = word;
                } else {
                    line = longer;
                }
            }
            lines.add(line);
        }
        return lines;
    }
}
