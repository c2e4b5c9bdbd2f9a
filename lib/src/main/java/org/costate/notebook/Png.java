package org.costate.notebook;

import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/// PNG with a palette: a quarter to a sixth of the bytes of a true-colour picture, and for drawings no visible
/// difference. (The picture is part of a notebook that is kept under version control.)
///
/// ImageIO writes it; the JDK has no way to choose a palette for it but the GIF writer's, which needs twice the bytes
/// and loses the exact white. Ours: the most frequent colour first, then always the one that is frequent and far from
/// all that are taken; 16 colours are enough for ten curves, and two pixels then share a byte. Cost: 0.1 s for a
/// million pixels.
final class Png {
    /// Colours are counted by their leading bits: 5 of each channel.
    private static final int BINS = 1 << 15;

    private Png() {}

    /// @param colours the most that the palette may have, ≤ 256
    static byte[] encode(BufferedImage image, int colours) {
        return encode(List.of(image), colours).getFirst();
    }

    /// Several, all with one palette.
    static List<byte[]> encode(List<BufferedImage> images, int colours) {
        List<int[]> pixels = images.stream().map(Png::pixels).toList();
        int[] binColour = new int[BINS];
        int[] palette = palette(pixels, binColour, colours);
        boolean few = palette.length <= 16; // two pixels in a byte
        IndexColorModel model =
                new IndexColorModel(few ? 4 : 8, palette.length, palette, 0, false, -1, DataBuffer.TYPE_BYTE);
        int[] indexOfBin = new int[BINS];
        for (int b = 0; b < BINS; b++) {
            indexOfBin[b] = binColour[b] < 0 ? 0 : index(model, binColour[b]);
        }
        int type = few ? BufferedImage.TYPE_BYTE_BINARY : BufferedImage.TYPE_BYTE_INDEXED;
        List<byte[]> written = new ArrayList<>();
        for (int i = 0; i < images.size(); i++) {
            int[] colour = pixels.get(i);
            Arrays.setAll(colour, p -> indexOfBin[bin(colour[p])]);
            int width = images.get(i).getWidth();
            int height = images.get(i).getHeight();
            BufferedImage indexed = new BufferedImage(width, height, type, model);
            indexed.getRaster().setPixels(0, 0, width, height, colour);
            written.add(write(indexed));
        }
        return written;
    }

    private static int[] pixels(BufferedImage image) {
        return image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    }

    /// The nearest in the palette.
    private static int index(IndexColorModel model, int rgb) {
        return ((byte[]) model.getDataElements(0xff000000 | rgb, null))[0] & 255;
    }

    private static byte[] write(BufferedImage image) {
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
        try (var out = new MemoryCacheImageOutputStream(png)) {
            ImageWriteParam smallest = writer.getDefaultWriteParam();
            smallest.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            smallest.setCompressionQuality(0);
            writer.setOutput(out);
            writer.write(null, new IIOImage(image, null, null), smallest);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // nothing is written but memory
        } finally {
            writer.dispose();
        }
        return png.toByteArray();
    }

    private static int bin(int rgb) {
        return (rgb >> 9 & 0x7c00) | (rgb >> 6 & 0x3e0) | (rgb >> 3 & 0x1f);
    }

    /// The colours of the palette; `binColour` gets each bin's most typical colour, or -1 if no pixel is in it.
    private static int[] palette(List<int[]> images, int[] binColour, int colours) {
        int[] count = new int[BINS];
        int[] votes = new int[BINS];
        Arrays.fill(binColour, -1);
        for (int[] pixels : images) {
            for (int pixel : pixels) {
                int b = bin(pixel);
                count[b]++;
                // Majority vote: a flat area keeps its exact colour.
                int rgb = pixel & 0xffffff;
                if (votes[b] == 0) {
                    binColour[b] = rgb;
                }
                votes[b] += binColour[b] == rgb ? 1 : -1;
            }
        }
        int[] used = IntStream.range(0, BINS).filter(b -> count[b] > 0).toArray();
        int[] palette = new int[Math.min(colours, used.length)];
        double[] far = new double[used.length];
        Arrays.fill(far, 1);
        for (int taken = 0; taken < palette.length; taken++) {
            int best = 0;
            for (int u = 1; u < used.length; u++) {
                if (far[u] * far[u] * count[used[u]] > far[best] * far[best] * count[used[best]]) {
                    best = u;
                }
            }
            palette[taken] = binColour[used[best]];
            for (int u = 0; u < used.length; u++) {
                double distance = distance(binColour[used[u]], palette[taken]);
                far[u] = taken == 0 ? distance : Math.min(far[u], distance);
            }
        }
        return palette;
    }

    private static double distance(int a, int b) {
        int red = (a >> 16 & 255) - (b >> 16 & 255);
        int green = (a >> 8 & 255) - (b >> 8 & 255);
        int blue = (a & 255) - (b & 255);
        return red * red + green * green + blue * blue;
    }
}
