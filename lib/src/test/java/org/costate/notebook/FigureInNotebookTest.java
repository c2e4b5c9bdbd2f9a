package org.costate.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import javax.imageio.ImageIO;
import org.costate.plot.Figure;
import org.costate.plot.Figures;
import org.costate.plot.Tables;
import org.junit.jupiter.api.Test;

/// What becomes of the plot package's figures and tables in a notebook.
class FigureInNotebookTest {
    private static byte[] png(Figure figure) {
        String base64 = Renderers.render(figure).getFirst().data().get(Bundle.PNG);
        assertNotNull(base64);
        return Base64.getDecoder().decode(base64);
    }

    /// Ten swinging curves: more ink than any lesson has.
    private static Figure ten() {
        Figure figure = Figures.lines("Ten pendulums", "t (s)", "angle (rad)");
        for (int i = 0; i < 10; i++) {
            double rate = 2 + 0.2 * i;
            figure.function("length %.1f m".formatted(1 + 0.1 * i), t -> Math.exp(-0.2 * t) * Math.cos(rate * t), 0, 6);
        }
        return figure;
    }

    @Test
    void tenCurvesFitInto60Kilobytes() {
        int bytes = png(ten()).length;
        assertTrue(bytes <= 60_000, bytes + " bytes");
    }

    @Test
    void theyAreDrawnAtTwiceTheirSizeWithoutTransparency() throws IOException {
        var image = ImageIO.read(new ByteArrayInputStream(png(ten())));
        assertEquals(1280, image.getWidth());
        assertEquals(800, image.getHeight());
        assertTrue(!image.getColorModel().hasAlpha());
    }

    @Test
    void theDescriptionTellsAllThatThePictureDoes() {
        Figure figure = Figures.logLog("Memory of one gradient", "steps", "bytes")
                .note("Batch of 20, float64.")
                .measured("Backprop", new double[] {10, 1000}, new double[] {5e4, 5e6})
                .guide("1 MB", new double[] {10, 1000}, new double[] {1e6, 1e6});
        String text = Renderers.render(figure).getLast().text();
        for (String part : List.of(
                "Figure: Memory of one gradient. Batch of 20, float64. Horizontal",
                "Horizontal: steps, logarithmic, from 10 to 1000",
                "Vertical: bytes, logarithmic, from 50000 to 5000000",
                "Backprop (slope\u00a01.00): 2 points, first 50000, last 5000000",
                "1 MB: 2 points",
                "Data digest ")) {
            assertTrue(text.contains(part), part + " is not in: " + text);
        }
    }

    @Test
    void tablesHaveTheirCaption() {
        Bundle shown = Renderers.render(
                        Tables.columns("Memory").add("steps", 10, 20).table())
                .getFirst();
        assertTrue(
                shown.data().get(Bundle.HTML).contains("<caption"), shown.data().get(Bundle.HTML));
        assertTrue(shown.text().startsWith("Memory: 2 rows, 1 column"), shown.text());
    }
}
