package org.costate.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.costate.plot.Figure;
import org.costate.plot.Figures;
import org.junit.jupiter.api.Test;

class MovingPngTest {
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Chunk(String type, byte[] data) {
        int sequence() {
            return ByteBuffer.wrap(data).getInt();
        }
    }

    private static List<Chunk> chunks(byte[] png) {
        List<Chunk> found = new ArrayList<>();
        ByteBuffer bytes = ByteBuffer.wrap(png, 8, png.length - 8);
        while (bytes.hasRemaining()) {
            byte[] data = new byte[bytes.getInt()];
            byte[] type = new byte[4];
            bytes.get(type).get(data);
            CRC32 crc = new CRC32();
            crc.update(type);
            crc.update(data);
            assertEquals((int) crc.getValue(), bytes.getInt());
            found.add(new Chunk(new String(type, StandardCharsets.ISO_8859_1), data));
        }
        return found;
    }

    private static BufferedImage square(Color colour) {
        BufferedImage image = new BufferedImage(40, 30, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = image.createGraphics();
        g.setColor(colour);
        g.fillRect(5, 5, 20, 20);
        g.dispose();
        return image;
    }

    @Test
    void itIsAPngOfItsLastPictureAndHasAllInOrder() throws IOException {
        List<byte[]> pngs = Png.encode(List.of(square(Color.RED), square(Color.GREEN), square(Color.BLUE)), 16);
        byte[] moving = MovingPng.of(pngs, 250);
        assertEquals(
                Color.BLUE.getRGB(),
                ImageIO.read(new ByteArrayInputStream(moving)).getRGB(10, 10));
        List<Chunk> all = chunks(moving);
        List<String> types = all.stream().map(Chunk::type).toList();
        assertEquals(
                List.of("IHDR", "acTL", "PLTE", "IDAT", "fcTL", "fdAT", "fcTL", "fdAT", "fcTL", "fdAT", "IEND"), types);
        List<Integer> sequence = all.stream()
                .filter(c -> c.type.startsWith("f"))
                .map(Chunk::sequence)
                .toList();
        assertEquals(List.of(0, 1, 2, 3, 4, 5), sequence);
        ByteBuffer control = ByteBuffer.wrap(all.get(4).data);
        assertEquals(26, control.remaining());
        assertEquals(40, control.getInt(4));
        assertEquals(30, control.getInt(8));
        assertEquals(250, control.getShort(20));
        assertEquals(1000, control.getShort(22));
        assertEquals(3, ByteBuffer.wrap(all.get(1).data).getInt());
    }

    @Test
    void inANotebookItIsAPictureWithWordsBelow() throws IOException {
        List<Figure> figures = new ArrayList<>();
        for (int i = 1; i <= 3; i++) {
            double rate = i;
            figures.add(Figures.lines("step " + i, "t", "x").function("x", t -> Math.sin(rate * t), 0, 6));
        }
        List<Bundle> shown = Renderers.render(Figures.animation(100, figures));
        byte[] png = Base64.getDecoder().decode(shown.getFirst().data().get(Bundle.PNG));
        assertEquals(3, chunks(png).stream().filter(c -> c.type.equals("fcTL")).count());
        String words = shown.getLast().text();
        assertTrue(words.startsWith("Animation of 3 pictures, played once, from “step 1” to “step 3”. Hor"), words);
        assertTrue(words.matches(".*x: 200 points, .* Data digest [0-9a-f]{8}\\."), words);
        figures.set(0, Figures.lines("step 1", "t", "x").function("x", Math::cos, 0, 6));
        String other =
                Renderers.render(Figures.animation(100, figures)).getLast().text();
        assertEquals(words.replaceAll("\\w+\\.$", ""), other.replaceAll("\\w+\\.$", ""));
        assertTrue(!words.equals(other), "the digest is of all pictures");
    }

    @Test
    void panelsAreOnePicture() throws IOException {
        Figure left =
                Figures.lines("before", "t", "x").function("x", t -> t, 0, 1).size(320, 240);
        Figure right =
                Figures.lines("after", "t", "x").function("x", t -> 1 - t, 0, 1).size(320, 240);
        List<Bundle> shown = Renderers.render(Figures.panels("Two", 2, left, right));
        byte[] png = Base64.getDecoder().decode(shown.getFirst().data().get(Bundle.PNG));
        assertEquals(1280, ImageIO.read(new ByteArrayInputStream(png)).getWidth());
        String words = shown.getLast().text();
        assertTrue(words.startsWith("Figure of 2 panels: Two. Panel: before. Horizontal: t, from 0 to 1. "), words);
        assertTrue(words.contains(" Panel: after. "), words);
    }
}
