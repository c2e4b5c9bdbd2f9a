package org.costate.notebook;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.Base64;
import java.util.List;
import java.util.function.Consumer;
import org.costate.plot.Animation;
import org.costate.plot.Panels;
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

    /// Bytes of an animation, and colours of all of its pictures together.
    private static final int FILM = 600_000;

    private static final int FILM_COLOURS = 16;

    private static final double[] FILM_SCALES = {1.5, 1};

    private static final double[] SCALES = {2, 1.5, 1};

    private static final int[] COLOURS = {64, 32, 24, 16};

    private Pictures() {}

    /// What is drawn, at its size.
    private record Drawing(int width, int height, int curves, Consumer<Graphics2D> painter) {
        static Drawing of(Chart<?, ?> chart) {
            int curves = chart.getSeriesCollection().size();
            return new Drawing(chart.getWidth(), chart.getHeight(), curves, g -> Pictures.paint(chart, g));
        }
    }

    static List<Bundle> chart(Chart<?, ?> chart) {
        return described(Drawing.of(chart), smallEnough(Drawing.of(chart)), ChartDescription.of(chart));
    }

    static List<Bundle> panels(Panels panels) {
        int curves = panels.figures().stream()
                .mapToInt(f -> f.getSeriesCollection().size())
                .sum();
        Drawing drawing = new Drawing(panels.width(), panels.height(), curves, g -> drawn(() -> panels.paint(g)));
        return described(drawing, smallEnough(drawing), ChartDescription.of(panels));
    }

    static List<Bundle> animation(Animation animation) {
        List<Drawing> drawings = animation.figures().stream().map(Drawing::of).toList();
        byte[] png = new byte[0];
        for (double scale : FILM_SCALES) {
            List<BufferedImage> images =
                    drawings.stream().map(d -> draw(d, scale)).toList();
            png = MovingPng.of(Png.encode(images, FILM_COLOURS), animation.milliseconds());
            if (png.length * BASE64 <= FILM) {
                break;
            }
        }
        return described(drawings.getLast(), png, ChartDescription.of(animation));
    }

    private static List<Bundle> described(Drawing drawing, byte[] png, String description) {
        String html = "<p style=\"font-size:85%;max-width:60em;margin:0\">" + Html.escape(description) + "</p>";
        String base64 = Base64.getEncoder().encodeToString(png);
        return List.of(
                Bundle.png(base64, drawing.width, drawing.height, "Figure, described below"),
                Bundle.html(html, description));
    }

    /// As fine as the bytes allow: many noisy curves get fewer colours, then fewer pixels.
    private static byte[] smallEnough(Drawing drawing) {
        int limit = drawing.curves <= 10 ? FEW_CURVES : MANY_CURVES;
        byte[] png = new byte[0];
        for (double scale : SCALES) {
            BufferedImage image = draw(drawing, scale);
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

    private static BufferedImage draw(Drawing drawing, double scale) {
        int width = (int) Math.ceil(scale * drawing.width);
        int height = (int) Math.ceil(scale * drawing.height);
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, width, height);
        graphics.scale(scale, scale);
        drawing.painter.accept(graphics);
        graphics.dispose();
        return image;
    }

    private static void paint(Chart<?, ?> chart, Graphics2D graphics) {
        drawn(() -> chart.paint(graphics, chart.getWidth(), chart.getHeight()));
    }

    private static void drawn(Runnable painting) {
        try {
            painting.run();
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
