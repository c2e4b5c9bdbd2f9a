package org.costate.ode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.SplittableRandom;
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

    @Test
    void whatDoesNotFitIsNamed(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("theta.npz");
        new Parameters(LAYOUT).save(file);
        assertTrue(message(LAYOUT.with("c", 1, 1, Initializer.ZEROS), file).contains("has no array c"));
        assertTrue(message(ParameterLayout.EMPTY.with("W", 2, 2, Initializer.ZEROS), file)
                .contains("[b]"));
        ParameterLayout other =
                ParameterLayout.EMPTY.with("W", 2, 3, Initializer.ZEROS).with("b", 1, 2, Initializer.ZEROS);
        assertTrue(message(other, file).contains("shape (2,2), expected (2,3)"));
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
