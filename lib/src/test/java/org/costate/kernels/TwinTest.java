package org.costate.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The float32 loops are the float64 loops with other names: one text to read and to mend.
class TwinTest {
    private static final Path FOLDER = Path.of("src/main/java/org/costate/kernels");
    private static final Pattern NAME = Pattern.compile(
            "(Narrow|Spread|Layers|Loops|Products|Sums|Activations|Elementary|Constants|LANES|float)(64|32)");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Loops",
                "Narrow",
                "Spread",
                "FirstLayers",
                "Layers",
                "Products",
                "Sums",
                "Activations",
                "Elementary"
            })
    void theFloat32FileIsTheFloat64FileRenamed(String name) throws Exception {
        String wide = Files.readString(FOLDER.resolve(name + "64.java"));
        String narrow = Files.readString(FOLDER.resolve(name + "32.java"));
        String derived =
                NAME.matcher(wide).replaceAll(m -> m.group(1) + (m.group(2).equals("64") ? "32" : "64"));
        derived = derived.replace("Double", "Float").replace("JAVA_DOUBLE", "JAVA_FLOAT");
        if (name.startsWith("First")) { // it computes without vectors
            derived = derived.replace("double", "float");
        }
        // The formatter may break lines elsewhere where a name is shorter.
        assertEquals(derived.replaceAll("\\s+", ""), narrow.replaceAll("\\s+", ""));
    }
}
