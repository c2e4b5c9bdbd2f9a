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
    /// Bytes of a PNG of up to ten curves, and of any other.
    private static final int FEW_CURVES = 60_000;

    private static final int MANY_CURVES = 150_000;

    /// The same picture in the notebook's base64 is so much longer; better if that, too, stays below.
    private static final double BASE64 = 4 / 3.0;

    private static final double[] SCALES = {2, 1.5, 1};

    private static final int[] COLOURS = {64, 32, 24, 16};

    private Pictures() {}

    static List<Bundle> chart(Chart<?, ?> chart) {
        String description = ChartDescription.of(chart);
        String html = "<p style=\"font-size:85%;max-width:60em;margin:0\">" + Html.escape(description) + "</p>";
        String base64 = Base64.getEncoder().encodeToString(smallEnough(chart));
        return List.of(
                Bundle.png(base64, chart.getWidth(), chart.getHeight(), "Figure, described below"),
                Bundle.html(html, description));
    }

    /// As fine as the bytes allow: many noisy curves get fewer colours, then fewer pixels.
    private static byte[] smallEnough(Chart<?, ?> chart) {
        int limit = chart.getSeriesCollection().size() <= 10 ? FEW_CURVES : MANY_CURVES;
        byte[] png = new byte[0];
        for (double scale : SCALES) {
            BufferedImage image = draw(chart, scale);
            for (int colours : COLOURS) {
                png = Png.encode(image, colours);
                if (png.length * BASE64 <= limit) {
                    return png;
                }
            }
            if (png.length <= limit) {
                return png;
            }
        }
        return png;
    }

    private static BufferedImage draw(Chart<?, ?> chart, double scale) {
        int width = (int) Math.ceil(scale * chart.getWidth());
        int height = (int) Math.ceil(scale * chart.getHeight());
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, width, height);
        graphics.scale(scale, scale);
        paint(chart, graphics);
        graphics.dispose();
        return image;
    }

    private static void paint(Chart<?, ?> chart, Graphics2D graphics) {
        try {
            chart.paint(graphics, chart.getWidth(), chart.getHeight());
        } catch (RuntimeException | Error e) {
            if (!fromFonts(e)) {
                throw e;
            }
            // What Java says then ("No physical fonts found", "Fontconfig head is null") does not tell the cure.
            throw new IllegalStateException(
                    "no chart can be drawn because Java finds no fonts; on Debian or Ubuntu install them with:"
                            + " apt-get install fontconfig libfreetype6 fonts-dejavu-core, then restart the kernel",
                    e);
        }
    }

    private static boolean fromFonts(Throwable e) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            StackTraceElement[] frames = t.getStackTrace();
            if (frames.length > 0 && frames[0].getClassName().matches("sun\\.(font|awt)\\..*")) {
                return true;
            }
        }
        // A class of Java's own that could not be initialised at the first attempt.
        return e instanceof LinkageError && String.valueOf(e.getMessage()).contains("sun.");
    }

    static Bundle image(BufferedImage image) {
        BufferedImage opaque = new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = opaque.createGraphics();
        graphics.drawImage(image, 0, 0, Color.WHITE, null);
        graphics.dispose();
        String size = image.getWidth() + " × " + image.getHeight();
        String base64 = Base64.getEncoder().encodeToString(Png.encode(opaque, 256));
        return Bundle.png(base64, image.getWidth(), image.getHeight(), "Image of " + size + " pixels");
    }
}
