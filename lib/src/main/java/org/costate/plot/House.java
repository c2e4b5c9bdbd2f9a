package org.costate.plot;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.None;

/// The house style: colours that colour-blind readers tell apart, letters that are read at half size.
final class House {
    static final int WIDTH = 640;
    static final int HEIGHT = 400;

    static final Color PAPER = Color.WHITE;
    static final Color INK = new Color(0x22, 0x22, 0x22);
    static final Color SOFT_INK = new Color(0x59, 0x59, 0x59);
    static final Color GRID = new Color(0xe6, 0xe6, 0xe6);
    static final Color ZERO = new Color(0xc4, 0xc4, 0xc4);
    static final Color AXIS = new Color(0x8c, 0x8c, 0x8c);

    /// Okabe and Ito's palette (Color Universal Design, 2008) without its yellow, which is lost on white; black last.
    private static final Color[] PALETTE = {
        new Color(0x00, 0x72, 0xb2), // blue
        new Color(0xd5, 0x5e, 0x00), // vermilion
        new Color(0x00, 0x9e, 0x73), // bluish green
        new Color(0xcc, 0x79, 0xa7), // reddish purple
        new Color(0xe6, 0x9f, 0x00), // orange
        new Color(0x56, 0xb4, 0xe9), // sky blue
        new Color(0x00, 0x00, 0x00),
    };

    /// Drawn where the family is installed; else Java takes its own sans serif.
    private static final String FAMILY = "DejaVu Sans";

    static final Font TITLE = new Font(FAMILY, Font.BOLD, 16);
    static final Font AXIS_TITLE = new Font(FAMILY, Font.PLAIN, 14);
    static final Font TICKS = new Font(FAMILY, Font.PLAIN, 13);
    static final Font LABELS = new Font(FAMILY, Font.PLAIN, 14);
    static final Font NOTE = new Font(FAMILY, Font.PLAIN, 12);

    static final BasicStroke SOLID = new BasicStroke(2.2f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
    static final BasicStroke THIN = new BasicStroke(1.3f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
    static final BasicStroke DASHED =
            new BasicStroke(2.2f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, new float[] {8, 4}, 0);
    static final BasicStroke GUIDE =
            new BasicStroke(1.4f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, new float[] {4, 4}, 0);
    static final BasicStroke HAIRLINE = new BasicStroke(1);

    private House() {}

    /// The colour of curve number `i`, from 0.
    static Color colour(int i) {
        return PALETTE[i % PALETTE.length];
    }

    /// Solid for as many curves as there are colours, then dashed.
    static BasicStroke stroke(int i) {
        return i / PALETTE.length % 2 == 0 ? SOLID : DASHED;
    }

    /// Are the points of this series shown?
    static boolean isMarked(XYSeries s) {
        return s.getMarker() != null && !(s.getMarker() instanceof None);
    }

    /// The same hue, dark enough for text on white: a contrast of 4.5 : 1 or more (WCAG 2.2, 1.4.3).
    static Color forText(Color colour) {
        Color c = colour;
        while (1.05 / (luminance(c) + 0.05) < 4.5) {
            c = new Color(c.getRed() * 19 / 20, c.getGreen() * 19 / 20, c.getBlue() * 19 / 20);
        }
        return c;
    }

    private static double luminance(Color c) {
        return 0.2126 * linear(c.getRed()) + 0.7152 * linear(c.getGreen()) + 0.0722 * linear(c.getBlue());
    }

    private static double linear(int channel) {
        double s = channel / 255.0;
        return s <= 0.04045 ? s / 12.92 : Math.pow((s + 0.055) / 1.055, 2.4);
    }
}
