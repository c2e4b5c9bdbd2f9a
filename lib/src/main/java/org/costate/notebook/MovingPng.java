package org.costate.notebook;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32;

/// Pictures as one animated PNG, which plays once and stays at its last picture. A program that knows no animation
/// shows the last picture alone: to it the rest are chunks that it may skip. (A GIF shows its first one there, needs
/// more bytes, and the repository browsers that draw notebooks know no output of that kind.)
///
/// Source: W3C, *Portable Network Graphics (PNG) Specification (Third Edition)*, 2025, section 11.3.2.
final class MovingPng {
    private static final int SIGNATURE = 8;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private int sequence;

    private MovingPng() {}

    /// @param pngs of one size and with the same palette
    /// @param milliseconds for each picture, < 65536
    static byte[] of(List<byte[]> pngs, int milliseconds) {
        return new MovingPng().join(pngs, (short) milliseconds);
    }

    private byte[] join(List<byte[]> pngs, short milliseconds) {
        byte[] still = pngs.getLast();
        out.write(still, 0, SIGNATURE);
        ByteBuffer chunks = ByteBuffer.wrap(still, SIGNATURE, still.length - SIGNATURE);
        byte[] size = new byte[2 * Integer.BYTES];
        while (chunks.hasRemaining()) {
            byte[] data = new byte[chunks.getInt()];
            String type = type(chunks);
            chunks.get(data).getInt();
            if (type.equals("IEND")) {
                pngs.forEach(png -> frame(png, size, milliseconds));
            }
            write(type, data);
            if (type.equals("IHDR")) {
                System.arraycopy(data, 0, size, 0, size.length);
                write("acTL", ints(pngs.size(), 1)); // so many pictures, played once
            }
        }
        return out.toByteArray();
    }

    private void frame(byte[] png, byte[] size, short milliseconds) {
        ByteBuffer control =
                ByteBuffer.allocate(26).putInt(sequence++).put(size).putInt(0).putInt(0);
        write("fcTL", control.putShort(milliseconds).putShort((short) 1000).array()); // then two zeros: drawn over
        ByteBuffer chunks = ByteBuffer.wrap(png, SIGNATURE, png.length - SIGNATURE);
        while (chunks.hasRemaining()) {
            byte[] data = new byte[chunks.getInt()];
            String type = type(chunks);
            chunks.get(data).getInt();
            if (type.equals("IDAT")) {
                write(
                        "fdAT",
                        ByteBuffer.allocate(Integer.BYTES + data.length)
                                .putInt(sequence++)
                                .put(data)
                                .array());
            }
        }
    }

    private static String type(ByteBuffer chunks) {
        byte[] letters = new byte[4];
        chunks.get(letters);
        return new String(letters, StandardCharsets.ISO_8859_1);
    }

    private static byte[] ints(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Integer.BYTES);
        for (int v : values) {
            bytes.putInt(v);
        }
        return bytes.array();
    }

    private void write(String type, byte[] data) {
        byte[] letters = type.getBytes(StandardCharsets.ISO_8859_1);
        CRC32 crc = new CRC32();
        crc.update(letters);
        crc.update(data);
        out.writeBytes(ints(data.length));
        out.writeBytes(letters);
        out.writeBytes(data);
        out.writeBytes(ints((int) crc.getValue()));
    }
}
