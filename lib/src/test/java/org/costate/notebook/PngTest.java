package org.costate.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class PngTest {
    private static BufferedImage decode(byte[] png) throws IOException {
        return ImageIO.read(new ByteArrayInputStream(png));
    }

    @Test
    void fewColoursAreKeptExactly() throws IOException {
        int[] colours = {0xffffff, 0x0072b2, 0xd55e00, 0x000000, 0x123456};
        BufferedImage image = new BufferedImage(37, 23, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 23; y++) {
            for (int x = 0; x < 37; x++) {
                image.setRGB(x, y, colours[(x / 5 + y) % colours.length]);
            }
        }
        BufferedImage back = decode(Png.encode(image, 8));
        assertEquals(37, back.getWidth());
        assertEquals(23, back.getHeight());
        assertEquals(false, back.getColorModel().hasAlpha());
        IndexColorModel palette = assertInstanceOf(IndexColorModel.class, back.getColorModel());
        assertEquals(4, palette.getPixelSize(), "two pixels in a byte");
        for (int y = 0; y < 23; y++) {
            for (int x = 0; x < 37; x++) {
                assertEquals(image.getRGB(x, y), back.getRGB(x, y), "pixel " + x + ", " + y);
            }
        }
    }

    @Test
    void manyColoursComeOutNearlyRightAndARareOneSurvives() throws IOException {
        BufferedImage image = new BufferedImage(200, 200, BufferedImage.TYPE_INT_RGB);
        Random random = new Random(3);
        for (int y = 0; y < 200; y++) {
            for (int x = 0; x < 200; x++) {
                int grey = random.nextInt(256);
                image.setRGB(x, y, grey << 16 | grey << 8 | grey);
            }
        }
        for (int x = 90; x < 96; x++) {
            image.setRGB(x, 100, 0xff0000); // six red points among 40 000 grey ones
        }
        BufferedImage back = decode(Png.encode(image, 20));
        assertEquals(0xffff0000, back.getRGB(92, 100));
        double sum = 0;
        for (int y = 0; y < 200; y++) {
            for (int x = 0; x < 200; x++) {
                sum += Math.abs((image.getRGB(x, y) & 255) - (back.getRGB(x, y) & 255));
            }
        }
        assertTrue(sum / 40_000 < 5, "mean error " + sum / 40_000 + " of 255");
    }
}
