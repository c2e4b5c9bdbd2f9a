package org.costate.ode;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// NumPy's format of an array, or of a record of named arrays: a header in words, then the numbers. float64 and
/// float32, little-endian, in C order.
///
/// Source: NumPy Enhancement Proposal 1, https://numpy.org/neps/nep-0001-npy-format.html.
final class NumpyFormat {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int ALIGNMENT = 64;
    private static final String NUMBER = "'([<|]?[fi][48])'";
    private static final String SHAPE = "\\(([\\d, ]*)\\)";
    private static final Pattern FIELD =
            Pattern.compile("\\('((?:[^'\\\\]++|\\\\.)*+)', " + NUMBER + "(?:, " + SHAPE + ")?\\)(?:, )?");
    private static final Pattern HEADER = Pattern.compile("\\{'descr': (?:" + NUMBER
            + "|\\[(.*)\\]), 'fortran_order': (True|False), 'shape': " + SHAPE + ",? ?\\}\\s*");

    private final String where;
    private final ByteBuffer bytes;
    private final String type;
    private final String shape;
    private final List<Field> fields = new ArrayList<>();

    /// A named array of a record.
    ///
    /// @param shape as "2,3" or "5,", "" for a single number
    record Field(String name, String type, String shape) {}

    /// @param where says which array this is, for messages
    /// @throws IllegalArgumentException if it is in another format
    NumpyFormat(String where, byte[] file) {
        this.where = where;
        bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        need(10);
        if (!isOne(file) || file[6] > 3) {
            throw new IllegalArgumentException(
                    where
                            + "in an unknown format, expected NumPy's up to version 3; save it by Parameters.save or numpy.save");
        }
        bytes.position(8);
        boolean brief = file[6] == 1;
        need(brief ? 2 : 4);
        int length = brief ? bytes.getShort() & 0xffff : bytes.getInt();
        need(length);
        Charset charset = file[6] == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1;
        String text = new String(file, bytes.position(), length, charset);
        bytes.position(bytes.position() + length);
        Matcher header = HEADER.matcher(text);
        if (!header.matches() || header.group(3).equals("True")) {
            throw form(text);
        }
        type = header.group(1);
        shape = header.group(4).replace(" ", "");
        if (type == null) {
            String list = header.group(2);
            Matcher field = FIELD.matcher(list);
            for (int at = 0; at < list.length(); at = field.end()) {
                if (!field.region(at, list.length()).lookingAt()) {
                    throw form(text);
                }
                String sides = field.group(3) == null ? "" : field.group(3).replace(" ", "");
                fields.add(new Field(unquoted(field.group(1)), field.group(2), sides));
            }
        }
        boolean floats = type == null ? fields.stream().allMatch(f -> isFloat(f.type)) : isFloat(type);
        if (!floats) {
            throw form(text);
        }
    }

    private static boolean isFloat(String type) {
        return type.contains("f");
    }

    private IllegalArgumentException form(String text) {
        return new IllegalArgumentException(where + "with the header " + text.strip()
                + ", expected little-endian float64 or float32 in C order; save numpy.ascontiguousarray(a, '<f8')");
    }

    private void need(int more) {
        if (more < 0 || bytes.remaining() < more) {
            throw new IllegalArgumentException(
                    where + "cut short, expected as many bytes as its header says; save it again");
        }
    }

    /// Does a file begin like one?
    static boolean isOne(byte[] file) {
        boolean same = file.length >= MAGIC.length;
        for (int i = 0; same && i < MAGIC.length; i++) {
            same = file[i] == MAGIC[i];
        }
        return same;
    }

    /// The named arrays in order; none where it is a single array.
    List<Field> fields() {
        return fields;
    }

    boolean isRecord() {
        return type == null;
    }

    /// How many axes the array, or the array of records, has.
    String shape() {
        return shape;
    }

    /// The numbers of the array.
    double[] array(int rows, int columns) {
        double[] values = next(type, shape, rows, columns);
        end();
        return values;
    }

    /// The numbers of the next named array.
    double[] next(Field field, int rows, int columns) {
        return next(field.type, field.shape, rows, columns);
    }

    private double[] next(String numbers, String sides, int rows, int columns) {
        boolean vector = (rows == 1 && sides.equals(columns + ",")) || ((long) rows * columns == 1 && sides.isEmpty());
        if (!sides.equals(rows + "," + columns) && !vector) {
            throw new IllegalArgumentException(where + "of shape (" + sides + "), expected (" + rows + "," + columns
                    + "); load it with the layout of the field that it was saved for");
        }
        boolean wide = numbers.endsWith("8");
        double[] values = new double[Math.multiplyExact(rows, columns)];
        need(Math.multiplyExact(values.length, wide ? Double.BYTES : Float.BYTES));
        for (int i = 0; i < values.length; i++) {
            values[i] = wide ? bytes.getDouble() : bytes.getFloat();
        }
        return values;
    }

    /// @throws IllegalArgumentException if numbers are left
    void end() {
        if (bytes.hasRemaining()) {
            throw new IllegalArgumentException(where + "with " + bytes.remaining()
                    + " bytes too many, expected as many as its header says; save it again");
        }
    }

    /// An array as a file.
    static byte[] write(int rows, int columns, double[] values) {
        return write("'<f8'", "(" + rows + ", " + columns + ")", values);
    }

    /// Named arrays as one record.
    ///
    /// @param values of all of them, one after the other
    static byte[] write(List<ParameterLayout.Entry> fields, double[] values) {
        StringBuilder types = new StringBuilder();
        for (ParameterLayout.Entry e : fields) {
            types.append(types.isEmpty() ? "[" : ", ");
            types.append("('" + quoted(e.name()) + "', '<f8', (" + e.rows() + ", " + e.columns() + "))");
        }
        return write(types + "]", "()", values);
    }

    private static byte[] write(String type, String shape, double[] values) {
        String header = "{'descr': " + type + ", 'fortran_order': False, 'shape': " + shape + ", }";
        byte[] latin = header.getBytes(StandardCharsets.ISO_8859_1);
        boolean plain = new String(latin, StandardCharsets.ISO_8859_1).equals(header);
        byte[] text = plain ? latin : header.getBytes(StandardCharsets.UTF_8);
        int version = plain ? text.length < 0xffff - ALIGNMENT ? 1 : 2 : 3; // the length has two bytes, then four
        int before = MAGIC.length + 2 + (version == 1 ? Short.BYTES : Integer.BYTES);
        int length = (before + text.length + ALIGNMENT) / ALIGNMENT * ALIGNMENT - before;
        ByteBuffer to = ByteBuffer.allocate(before + length + Math.multiplyExact(values.length, Double.BYTES));
        to.order(ByteOrder.LITTLE_ENDIAN).put(MAGIC).put((byte) version).put((byte) 0);
        if (version == 1) {
            to.putShort((short) length);
        } else {
            to.putInt(length);
        }
        to.put(text).put((" ".repeat(length - text.length - 1) + "\n").getBytes(StandardCharsets.ISO_8859_1));
        for (double v : values) {
            to.putDouble(v);
        }
        return to.array();
    }

    /// As Python writes it between quotes.
    private static String quoted(String name) {
        return name.replace("\\", "\\\\").replace("'", "\\'");
    }

    private static String unquoted(String name) {
        return name.replaceAll("\\\\(.)", "$1");
    }
}
