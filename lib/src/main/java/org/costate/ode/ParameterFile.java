package org.costate.ode;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/// Parameters in a file that NumPy reads, and back: float64 arrays by name, `[rows, columns]`, and before them
/// `costate_format`, the version of this form. As `.npz`, a file for each array in an archive; or as `.npy`, one record
/// of all arrays, whose numbers are the flat view.
///
/// ```python
/// weights = numpy.load("theta.npz")["W1"]
/// weights = numpy.load("theta.npy")["W1"]
/// ```
final class ParameterFile {
    private static final String VERSION_NAME = "costate_format";
    private static final int VERSION = 1;

    private ParameterFile() {}

    /// Writes beside the target and moves, so that what was there before is never half overwritten.
    static void save(Parameters p, Path file) throws IOException {
        if (p.layout().contains(VERSION_NAME)) {
            throw new IllegalArgumentException("parameter name: got " + VERSION_NAME
                    + ", expected another to save it by; the file keeps its version under this one");
        }
        Path scratch = file.resolveSibling(file.getFileName() + ".new");
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(scratch))) {
            if (file.toString().endsWith(".npy")) {
                out.write(record(p));
            } else {
                archive(p, out);
            }
        }
        Files.move(scratch, file, StandardCopyOption.REPLACE_EXISTING);
    }

    private static byte[] record(Parameters p) {
        List<ParameterLayout.Entry> fields = new ArrayList<>(p.layout().entries());
        fields.addFirst(new ParameterLayout.Entry(VERSION_NAME, 1, 1, Initializer.ZEROS, 0));
        double[] values = new double[1 + p.layout().size()];
        values[0] = VERSION;
        System.arraycopy(p.toArray(), 0, values, 1, p.layout().size());
        return NumpyFormat.write(fields, values);
    }

    private static void archive(Parameters p, OutputStream out) throws IOException {
        ZipOutputStream zip = new ZipOutputStream(out);
        write(zip, VERSION_NAME, NumpyFormat.write(1, 1, new double[] {VERSION}));
        for (ParameterLayout.Entry e : p.layout().entries()) {
            double[] values = p.flat().view(e.offset(), e.rows(), e.columns()).toArray();
            write(zip, e.name(), NumpyFormat.write(e.rows(), e.columns(), values));
        }
        zip.finish();
    }

    private static void write(ZipOutputStream zip, String name, byte[] array) throws IOException {
        ZipEntry entry = new ZipEntry(name + ".npy");
        entry.setTime(0); // the same parameters give the same bytes
        zip.putNextEntry(entry);
        zip.write(array);
        zip.closeEntry();
    }

    /// @throws IllegalArgumentException if the file is of another form, or its names or shapes are not the layout's
    static Parameters load(ParameterLayout layout, Path file) throws IOException {
        byte[] start;
        try (InputStream in = Files.newInputStream(file)) {
            start = in.readNBytes(16);
        }
        if (NumpyFormat.isOne(start)) {
            NumpyFormat array = new NumpyFormat("file: got " + file + " ", Files.readAllBytes(file));
            return array.isRecord() ? ofRecord(layout, file, array) : ofFlat(layout, array);
        }
        return ofArchive(layout, file);
    }

    /// Whoever wrote it knew the order of the flat view.
    private static Parameters ofFlat(ParameterLayout layout, NumpyFormat array) {
        return Parameters.of(layout, array.array(1, layout.size()));
    }

    private static Parameters ofRecord(ParameterLayout layout, Path file, NumpyFormat record) {
        if (!record.shape().isEmpty() && !record.shape().equals("1,")) {
            throw new IllegalArgumentException("file: got " + file + " with records of shape (" + record.shape()
                    + "), expected a single one; save one of them");
        }
        Parameters p = new Parameters(layout);
        List<NumpyFormat.Field> fields = new ArrayList<>(record.fields());
        if (!fields.isEmpty() && fields.getFirst().name().equals(VERSION_NAME)) {
            checkVersion(file, record.next(fields.removeFirst(), 1, 1)[0]);
        }
        checkNames(
                layout,
                file,
                new ArrayList<>(fields.stream().map(NumpyFormat.Field::name).toList()));
        for (NumpyFormat.Field f : fields) {
            ParameterLayout.Entry e = layout.entry(f.name());
            p.set(e.name(), record.next(f, e.rows(), e.columns()));
        }
        record.end();
        return p;
    }

    private static Parameters ofArchive(ParameterLayout layout, Path file) throws IOException {
        Map<String, byte[]> arrays = new LinkedHashMap<>();
        try (ZipFile zip = new ZipFile(file.toFile())) {
            for (ZipEntry entry : zip.stream().toList()) {
                try (InputStream in = zip.getInputStream(entry)) {
                    arrays.put(entry.getName().replaceFirst("\\.npy$", ""), in.readAllBytes());
                }
            }
        }
        byte[] version = arrays.remove(VERSION_NAME);
        if (version != null) {
            checkVersion(file, read(file, VERSION_NAME, version, 1, 1)[0]);
        }
        checkNames(layout, file, new ArrayList<>(arrays.keySet()));
        Parameters p = new Parameters(layout);
        for (ParameterLayout.Entry e : layout.entries()) {
            p.set(e.name(), read(file, e.name(), arrays.get(e.name()), e.rows(), e.columns()));
        }
        return p;
    }

    private static double[] read(Path file, String name, byte[] array, int rows, int columns) {
        NumpyFormat one = new NumpyFormat("file: got array " + name + " of " + file + " ", array);
        if (one.isRecord()) {
            throw new IllegalArgumentException("file: got array " + name + " of " + file
                    + " as a record, expected numbers; save it by numpy.savez(file, " + name + "=a)");
        }
        return one.array(rows, columns);
    }

    private static void checkVersion(Path file, double version) {
        if (!(version <= VERSION)) {
            throw new IllegalArgumentException("file: got " + file + " with " + VERSION_NAME + " " + (float) version
                    + ", expected " + VERSION + " at most, which is what this Costate knows; load it with a Costate as"
                    + " new as the one that wrote it, or take its arrays by NumPy and write them with savez");
        }
    }

    private static void checkNames(ParameterLayout layout, Path file, List<String> names) {
        for (ParameterLayout.Entry e : layout.entries()) {
            if (!names.remove(e.name())) {
                throw new IllegalArgumentException("file: got " + file + ", which has no array " + e.name()
                        + ", expected " + layout + "; load it with the layout of the field that it was saved for");
            }
        }
        if (!names.isEmpty()) {
            throw new IllegalArgumentException("file: got " + file + " with " + names + " besides, expected " + layout
                    + "; load it with the layout of the field that it was saved for");
        }
    }
}
