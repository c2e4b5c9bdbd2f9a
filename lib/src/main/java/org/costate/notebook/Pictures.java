package org.costate.notebook;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.Base64;
import java.util.List;
import org.knowm.xchart.internal.chartpart.Chart;

/// Charts and images as PNG, opaque so that they read in a dark theme, with a description in words.
///
/// The description is an output of its own below the picture, because a picture's output has no other place for it:
/// JupyterLab and the repository browsers show a PNG without alternative text whatever its metadata say. As HTML
/// (with the picture inside) the figure would have one, but repository browsers drop pictures inside HTML.
final class Pictures {
    private static final int SCALE = 2;

    private Pictures() {}

    static List<Bundle> chart(Chart<?, ?> chart) {
        int width = chart.getWidth();
        int height = chart.getHeight();
        BufferedImage canvas = new BufferedImage(SCALE * width, SCALE * height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = canvas.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, canvas.getWidth(), canvas.getHeight());
        graphics.scale(SCALE, SCALE);
        paint(chart, graphics);
        graphics.dispose();
        String description = ChartDescription.of(chart);
        String html = "<p style=\"font-size:85%;max-width:60em;margin:0\">" + Html.escape(description) + "</p>";
        return List.of(
                Bundle.png(encode(canvas), width, height, "Figure, described below"), Bundle.html(html, description));
    }

    private static void paint(Chart<?, ?> chart, Graphics2D graphics) {
        try {
            chart.paint(graphics, chart.getWidth(), chart.getHeight());
        } catch (InternalError | LinkageError e) {
            // What Java says then ("Fontconfig head is null") names neither the cause nor the cure.
            throw new IllegalStateException(
                    "no chart can be drawn, probably because there are no fonts; on Debian or Ubuntu install them with:"
                            + " apt-get install fontconfig libfreetype6 fonts-dejavu-core, then restart the kernel",
                    e);
        }
    }

    static Bundle image(BufferedImage image) {
        BufferedImage opaque = new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = opaque.createGraphics();
        graphics.drawImage(image, 0, 0, Color.WHITE, null);
        graphics.dispose();
        String size = image.getWidth() + " × " + image.getHeight();
        return Bundle.png(encode(opaque), image.getWidth(), image.getHeight(), "Image of " + size + " pixels");
    }

    private static String encode(BufferedImage image) {
        return Base64.getEncoder().encodeToString(Png.encode(image));
    }
}
