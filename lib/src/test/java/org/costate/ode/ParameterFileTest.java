package org.costate.ode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParameterFileTest {
    private static final ParameterLayout LAYOUT =
            ParameterLayout.EMPTY.with("W", 2, 2, Initializer.GLOROT).with("b", 1, 2, Initializer.ZEROS);

    /// `numpy.savez(f, W=numpy.array([[1.5, -2], [3, 4e-300]]), b=numpy.array([0.25, -8], dtype=numpy.float32))` of
    /// NumPy 2.
    private static final String BY_NUMPY = """
            UEsDBC0AAAAAAAAAIQCs2mJE//////////8FABQAVy5ucHkBABAAoAAAAAAAAACgAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2Ny\
            JzogJzxmOCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgyLCAyKSwgfSAgICAgICAgICAgICAgICAgICAg\
            ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAAAAAAA+D8AAAAAAAAAwAAAAAAAAAhAWfP4wh9uxQFQ\
            SwMELQAAAAAAAAAhAJxQdED//////////wUAFABiLm5weQEAEACIAAAAAAAAAIgAAAAAAAAAk05VTVBZAQB2AHsnZGVzY3In\
            OiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAg\
            ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAIA+AAAAwVBLAQItAy0AAAAAAAAAIQCs2mJEoAAAAKAA\
            AAAFAAAAAAAAAAAAAACAAQAAAABXLm5weVBLAQItAy0AAAAAAAAAIQCcUHRAiAAAAIgAAAAFAAAAAAAAAAAAAACAAdcAAABi\
            Lm5weVBLBQYAAAAAAgACAGYAAACWAQAAAAA=""";

    @Test
    void comesBackToTheLastBit(@TempDir Path folder) throws IOException {
        Parameters p = new Parameters(LAYOUT);
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < LAYOUT.size(); i++) {
            p.flat().set(i, Double.longBitsToDouble(random.nextLong() & 0x7fdfffffffffffffL));
        }
        Path file = folder.resolve("theta.npz");
        p.save(file);
        byte[] first = Files.readAllBytes(file);
        assertArrayEquals(p.toArray(), Parameters.load(LAYOUT, file).toArray());
        p.save(file);
        assertArrayEquals(first, Files.readAllBytes(file), "the same parameters, the same bytes");
        try (var left = Files.list(folder)) {
            assertEquals(1, left.count(), "no scratch file is left");
        }
    }

    @Test
    void readsWhatNumpyWrote(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("numpy.npz");
        Files.write(file, Base64.getDecoder().decode(BY_NUMPY));
        assertArrayEquals(
                new double[] {1.5, -2, 3, 4e-300, 0.25, -8},
                Parameters.load(LAYOUT, file).toArray());
    }

    /// What `numpy.save` of NumPy 2 makes of a record of `costate_format` = 1, W and b as float64, each of two axes.
    private static final String RECORD = """
            k05VTVBZAQC2AHsnZGVzY3InOiBbKCdjb3N0YXRlX2Zvcm1hdCcsICc8ZjgnLCAoMSwgMSkpLCAoJ1cnLCAnPGY4JywgKDIs\
            IDIpKSwgKCdiJywgJzxmOCcsICgxLCAyKSldLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoKSwgfSAgICAg\
            ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAAAAAAA8D8AAAAAAAD4PwAAAAAAAADA\
            AAAAAAAACEBZ8/jCH27FAQAAAAAAANA/AAAAAAAAIMA=""";

    /// Of the dtype `[("b", "<f4", 2), ("W", "<f8", (2, 2))]` and the shape (1,).
    private static final String OTHER_RECORD = """
            k05VTVBZAQB2AHsnZGVzY3InOiBbKCdiJywgJzxmNCcsICgyLCkpLCAoJ1cnLCAnPGY4JywgKDIsIDIpKV0sICdmb3J0cmFu\
            X29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgxLCksIH0gICAgICAgICAgICAgICAgICAgICAgIAoAAIA+AAAAwQAAAAAAAPg/\
            AAAAAAAAAMAAAAAAAAAIQFnz+MIfbsUB""";

    /// Of the flat view, six numbers.
    private static final String FLAT = """
            k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDYsKSwgfSAgICAg\
            ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAD4PwAAAAAAAADA\
            AAAAAAAACEBZ8/jCH27FAQAAAAAAANA/AAAAAAAAIMA=""";

    private static final double[] VALUES = {1.5, -2, 3, 4e-300, 0.25, -8};

    @Test
    void npyIsWhatNumpyWrites(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("theta.npy");
        Parameters.of(LAYOUT, VALUES).save(file);
        assertArrayEquals(Base64.getDecoder().decode(RECORD), Files.readAllBytes(file));
        for (String by : new String[] {RECORD, OTHER_RECORD, FLAT}) {
            Files.write(file, Base64.getDecoder().decode(by));
            assertArrayEquals(VALUES, Parameters.load(LAYOUT, file).toArray());
        }
    }

    /// The length of a header has two bytes in version 1, and a name any letters.
    @Test
    void npyTakesManyNamesAndAnyLetters(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("theta.npy");
        for (String name : new String[] {"W", "it's \\ \"one\", (1)]", "θ"}) {
            ParameterLayout many = ParameterLayout.scalars(IntStream.range(0, 400)
                    .mapToObj(i -> name.repeat(200 / name.length()) + i)
                    .toArray(String[]::new));
            Parameters p = many.initial(1);
            p.flat().set(399, 7);
            p.save(file);
            assertArrayEquals(p.toArray(), Parameters.load(many, file).toArray(), name);
        }
    }

    @Test
    void aFileOfANewerFormIsRefused(@TempDir Path folder) throws IOException {
        Path npy = folder.resolve("theta.npy");
        Path npz = folder.resolve("theta.npz");
        byte[] two = ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putDouble(2)
                .array();
        byte[] record = Base64.getDecoder().decode(RECORD);
        System.arraycopy(two, 0, record, record.length - 7 * 8, 8);
        Files.write(npy, record);
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(npz))) {
            zip.putNextEntry(new ZipEntry("costate_format.npy"));
            zip.write(NumpyFormat.write(1, 1, new double[] {2}));
            zip.putNextEntry(new ZipEntry("of another kind"));
        }
        for (Path file : new Path[] {npy, npz}) {
            String message = message(LAYOUT, file);
            assertTrue(
                    message.startsWith("file: got " + file + " with costate_format 2.0, expected 1 at most"), message);
            assertTrue(message.contains("as new as the one that wrote it"), message);
        }
        ParameterLayout taken = LAYOUT.with("costate_format", 1, 1, Initializer.ZEROS);
        assertThrows(IllegalArgumentException.class, () -> new Parameters(taken).save(npy));
    }

    /// Saves there, and loads what is not in it.
    private static void arraysThatDoNotFitAreNamed(Path file) throws IOException {
        new Parameters(LAYOUT).save(file);
        assertTrue(message(LAYOUT.with("c", 1, 1, Initializer.ZEROS), file).contains("has no array c"));
        assertTrue(message(ParameterLayout.EMPTY.with("W", 2, 2, Initializer.ZEROS), file)
                .contains("[b]"));
        ParameterLayout other =
                ParameterLayout.EMPTY.with("W", 2, 3, Initializer.ZEROS).with("b", 1, 2, Initializer.ZEROS);
        assertTrue(message(other, file).contains("shape (2,2), expected (2,3)"));
    }

    @Test
    void whatDoesNotFitInANpyIsNamed(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("theta.npy");
        arraysThatDoNotFitAreNamed(file);
        byte[] bytes = Files.readAllBytes(file);
        for (int length : new int[] {8, 11, 100, bytes.length - 1}) {
            Files.write(file, Arrays.copyOf(bytes, length));
            assertTrue(message(LAYOUT, file).contains("cut short, expected"), length + " bytes");
        }
        Files.write(file, Arrays.copyOf(bytes, bytes.length + 8));
        assertTrue(message(LAYOUT, file).contains("with 8 bytes too many"));
        Files.write(
                file,
                new String(bytes, StandardCharsets.ISO_8859_1)
                        .replace("<f8", ">f8")
                        .getBytes(StandardCharsets.ISO_8859_1));
        assertTrue(message(LAYOUT, file).contains("expected little-endian float64 or float32"));
        Files.write(file, Base64.getDecoder().decode(FLAT));
        assertTrue(message(LAYOUT.with("c", 1, 1, Initializer.ZEROS), file).contains("shape (6,), expected (1,7)"));
    }

    @Test
    void whatDoesNotFitIsNamed(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("theta.npz");
        arraysThatDoNotFitAreNamed(file);
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
        assertThrows(IOException.class, () -> Parameters.load(LAYOUT, file));
        assertThrows(IOException.class, () -> Parameters.load(LAYOUT, folder.resolve("absent.npz")));
    }

    private static String message(ParameterLayout layout, Path file) {
        return assertThrows(IllegalArgumentException.class, () -> Parameters.load(layout, file))
                .getMessage();
    }
}
