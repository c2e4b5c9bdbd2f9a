package org.costate.ode;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/// Parameters in a file that NumPy reads, and back: `.npz`, one float64 array for each name, `[rows, columns]`, and
/// `costate_format`, the version of this form.
///
/// ```python
/// weights = numpy.load("theta.npz")["W1"]
/// ```
///
/// Source: NumPy Enhancement Proposal 1, https://numpy.org/neps/nep-0001-npy-format.html.
final class ParameterFile {
    private static final String VERSION_NAME = "costate_format";
    private static final int VERSION = 1;
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    private static final int ALIGNMENT = 64;
    private static final Pattern HEADER = Pattern.compile(
            "\\{'descr': '([<|]?[fi][48])', 'fortran_order': (True|False), 'shape': \\(([\\d, ]*)\\),? ?\\}\\s*");

    private ParameterFile() {}

    /// Writes beside the target and moves, so that what was there before is never half overwritten.
    static void save(Parameters p, Path file) throws IOException {
        Path scratch = file.resolveSibling(file.getFileName() + ".new");
        try (ZipOutputStream zip = new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(scratch)))) {
            write(zip, VERSION_NAME, 1, 1, new double[] {VERSION});
            for (ParameterLayout.Entry e : p.layout().entries()) {
                double[] values =
                        p.flat().view(e.offset(), e.rows(), e.columns()).toArray();
                write(zip, e.name(), e.rows(), e.columns(), values);
            }
        }
        Files.move(scratch, file, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void write(ZipOutputStream zip, String name, int rows, int columns, double[] values)
            throws IOException {
        String header = "{'descr': '<f8', 'fortran_order': False, 'shape': (" + rows + ", " + columns + "), }";
        int before = MAGIC.length + 2;
        int length = (before + header.length() + ALIGNMENT) / ALIGNMENT * ALIGNMENT - before;
        ByteBuffer bytes = ByteBuffer.allocate(before + length + values.length * Double.BYTES);
        bytes.order(ByteOrder.LITTLE_ENDIAN).put(MAGIC).putShort((short) length);
        bytes.put((header + " ".repeat(length - header.length() - 1) + "\n").getBytes(StandardCharsets.ISO_8859_1));
        for (double v : values) {
            bytes.putDouble(v);
        }
        ZipEntry entry = new ZipEntry(name + ".npy");
        entry.setTime(0); // the same parameters give the same bytes
        zip.putNextEntry(entry);
        zip.write(bytes.array());
        zip.closeEntry();
    }

    /// @throws IllegalArgumentException if the file is of another form, or its names or shapes are not the layout's
    static Parameters load(ParameterLayout layout, Path file) throws IOException {
        Map<String, ByteBuffer> arrays = new HashMap<>();
        try (ZipFile zip = new ZipFile(file.toFile())) {
            for (ZipEntry entry : zip.stream().toList()) {
                try (InputStream in = zip.getInputStream(entry)) {
                    arrays.put(entry.getName().replaceFirst("\\.npy$", ""), ByteBuffer.wrap(in.readAllBytes()));
                }
            }
        }
        ByteBuffer version = arrays.remove(VERSION_NAME);
        if (version != null && read(file, VERSION_NAME, version, 1, 1)[0] > VERSION) {
            throw new IllegalArgumentException("file: got " + file + ", written by a newer Costate, expected version "
                    + VERSION + " or older; load it with the Costate that wrote it");
        }
        Parameters p = new Parameters(layout);
        for (ParameterLayout.Entry e : layout.entries()) {
            ByteBuffer bytes = arrays.remove(e.name());
            if (bytes == null) {
                throw new IllegalArgumentException("file: got " + file + ", which has no array " + e.name()
                        + ", expected " + layout + "; load it with the layout of the field that it was saved for");
            }
            p.set(e.name(), read(file, e.name(), bytes, e.rows(), e.columns()));
        }
        if (!arrays.isEmpty()) {
            throw new IllegalArgumentException("file: got " + file + " with " + arrays.keySet()
                    + " besides, expected " + layout
                    + "; load it with the layout of the field that it was saved for");
        }
        return p;
    }

    private static IllegalArgumentException cutShort(String where) {
        return new IllegalArgumentException(
                where + "cut short, expected as many bytes as its header says; save it again");
    }

    private static double[] read(Path file, String name, ByteBuffer bytes, int rows, int columns) {
        String where = "file: got array " + name + " of " + file + " ";
        bytes.order(ByteOrder.LITTLE_ENDIAN);
        byte[] magic = new byte[6];
        if (bytes.remaining() < 10) {
            throw cutShort(where);
        }
        bytes.get(magic);
        int major = bytes.get();
        bytes.get();
        if (magic[0] != MAGIC[0] || magic[1] != 'N' || major > 3) {
            throw new IllegalArgumentException(
                    where
                            + "in an unknown format, expected NumPy's up to version 3; save it by Parameters.save or numpy.savez");
        }
        int length = major == 1 ? bytes.getShort() & 0xffff : bytes.remaining() < 4 ? -1 : bytes.getInt();
        if (length < 0 || length > bytes.remaining()) {
            throw cutShort(where);
        }
        byte[] text = new byte[length];
        bytes.get(text);
        Matcher header = HEADER.matcher(new String(text, StandardCharsets.ISO_8859_1));
        if (!header.matches()
                || !header.group(1).contains("f")
                || header.group(2).equals("True")) {
            throw new IllegalArgumentException(
                    where + "with the header " + new String(text, StandardCharsets.ISO_8859_1)
                            + ", expected little-endian float64 or float32 in C order; save numpy.ascontiguousarray(a, '<f8')");
        }
        String shape = header.group(3).replace(" ", "");
        boolean vector = (rows == 1 && shape.equals(columns + ",")) || (rows * columns == 1 && shape.isEmpty());
        if (!shape.equals(rows + "," + columns) && !vector) {
            throw new IllegalArgumentException(where + "of shape (" + shape + "), expected (" + rows + "," + columns
                    + "); load it with the layout of the field that it was saved for");
        }
        boolean wide = header.group(1).endsWith("8");
        double[] values = new double[rows * columns];
        if (bytes.remaining() != values.length * (wide ? Double.BYTES : Float.BYTES)) {
            throw cutShort(where);
        }
        for (int i = 0; i < values.length; i++) {
            values[i] = wide ? bytes.getDouble() : bytes.getFloat();
        }
        return values;
    }
}
