package org.costate.plot;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.font.FontRenderContext;
import java.awt.font.LineBreakMeasurer;
import java.awt.font.TextAttribute;
import java.awt.font.TextLayout;
import java.text.AttributedString;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/// The house style: colours that colour-blind readers tell apart, letters that are read at half size.
final class House {
    static final int WIDTH = 640;
    static final int HEIGHT = 400;
    static final int OUTER = 12;

    static final Color PAPER = Color.WHITE;
    static final Color INK = new Color(0x22, 0x22, 0x22);
    static final Color SOFT_INK = new Color(0x59, 0x59, 0x59);
    static final Color GRID = new Color(0xe6, 0xe6, 0xe6);
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

    static final int COLOURS = PALETTE.length;

    /// Vermilion and bluish green differ for every eye.
    static final Color BAD = PALETTE[1];

    static final Color GOOD = PALETTE[2];

    /// Drawn where the family is installed; else Java takes its own sans serif.
    private static final String FAMILY = "DejaVu Sans";

    static final Font TITLE = new Font(FAMILY, Font.BOLD, 16);
    static final Font AXIS_TITLE = new Font(FAMILY, Font.PLAIN, 14);
    static final Font TICKS = new Font(FAMILY, Font.PLAIN, 13);
    static final Font LABELS = new Font(FAMILY, Font.PLAIN, 14);
    static final Font NOTE = new Font(FAMILY, Font.PLAIN, 12);

    static final BasicStroke SOLID = new BasicStroke(2.2f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
    static final BasicStroke THIN = new BasicStroke(1.3f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
    static final BasicStroke GUIDE =
            new BasicStroke(1.4f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, new float[] {4, 4}, 0);
    static final BasicStroke HAIRLINE = new BasicStroke(1);

    private House() {}

    /// The colour of curve number `i`, from 0.
    static Color colour(int i) {
        return PALETTE[i % PALETTE.length];
    }

    /// Thick for as many curves as there are colours, then thin. (XChart begins dashes anew at each point: those of a
    /// curve through many points run together.)
    static BasicStroke stroke(int i) {
        return i / PALETTE.length % 2 == 0 ? SOLID : THIN;
    }

    static void style(AxesChartStyler styler) {
        styler.setAxisTitleFont(AXIS_TITLE)
                .setAxisTickLabelsFont(TICKS)
                .setAxisTickLabelsColor(SOFT_INK)
                .setAxisTickMarksColor(AXIS)
                .setAxisTickMarksStroke(HAIRLINE)
                .setAxisTickMarkLength(4)
                .setYAxisLabelAlignment(AxesChartStyler.TextAlignment.Right)
                .setPlotGridLinesColor(GRID)
                .setPlotGridLinesStroke(HAIRLINE)
                .setPlotMargin(0)
                .setXAxisLogarithmicDecadeOnly(false)
                .setYAxisLogarithmicDecadeOnly(false);
        styler.setChartTitleVisible(false)
                .setChartBackgroundColor(PAPER)
                .setChartFontColor(INK)
                .setChartPadding(OUTER)
                .setPlotBackgroundColor(PAPER)
                .setPlotBorderVisible(false)
                .setPlotContentSize(0.94)
                .setLegendPosition(Styler.LegendPosition.OutsideE)
                .setLegendFont(LABELS)
                .setLegendBackgroundColor(PAPER)
                .setLegendBorderColor(PAPER)
                .setMarkerSize(8)
                .setSeriesColors(PALETTE.clone())
                .setSeriesLines(new BasicStroke[] {SOLID, THIN})
                .setSeriesMarkers(new Marker[] {SeriesMarkers.NONE});
    }

    /// Lines of text that are no wider than `most`, broken at spaces and at line breaks.
    static List<TextLayout> lines(String text, Font font, double most) {
        // Measured without the picture's scaling, so that a layout does not depend on it.
        FontRenderContext measure = new FontRenderContext(null, true, true);
        List<TextLayout> lines = new ArrayList<>();
        text.lines().filter(line -> !line.isBlank()).forEach(line -> {
            var styled = new AttributedString(line, Map.of(TextAttribute.FONT, font)).getIterator();
            LineBreakMeasurer measurer = new LineBreakMeasurer(styled, measure);
            while (measurer.getPosition() < line.length()) {
                lines.add(measurer.nextLayout((float) most));
            }
        });
        return lines;
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
