package org.costate.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The kernels under Oclgrind, which looks for data races, uninitialised memory and wrong calls, with the work-items of
/// a group interleaved. In a process of its own, since a process keeps the drivers that it found first.
class OclgrindTest {
    private static final Path LIBRARY = Path.of("/usr/lib/oclgrind/liboclgrind-rt-icd.so");
    private static final String REMEDY = LIBRARY + " is missing; install it by `apt-get install oclgrind`";
    private static final Pattern REPORT = Pattern.compile("(?i)race|uninitiali[sz]ed|invalid|out of bounds|divergence");

    @TempDir
    Path folder;

    private List<String> run(String... arguments) throws IOException, InterruptedException {
        if (!Files.exists(LIBRARY) && "true".equals(System.getenv("CI"))) {
            fail(REMEDY);
        }
        assumeTrue(Files.exists(LIBRARY), REMEDY);
        Files.writeString(folder.resolve("oclgrind.icd"), LIBRARY + "\n");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                OclgrindRun.class.getName()));
        command.addAll(List.of(arguments));
        Path said = folder.resolve("said.txt");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile());
        builder.environment()
                .putAll(Map.of(
                        "OCL_ICD_VENDORS", folder.toString(),
                        "OCLGRIND_DATA_RACES", "1",
                        "OCLGRIND_UNINITIALIZED", "1",
                        "OCLGRIND_CHECK_API", "1",
                        "OCLGRIND_BUILD_OPTIONS", "-cl-opt-disable"));
        Process process = builder.start();
        try {
            assertEquals(0, process.waitFor(), () -> text(said));
        } finally {
            process.destroy();
        }
        return text(said).lines().toList();
    }

    private static String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static List<String> reports(List<String> said) {
        return said.stream().filter(line -> REPORT.matcher(line).find()).toList();
    }

    @Test
    void noKernelHasARaceOrReadsWhatWasNotWritten() throws IOException, InterruptedException {
        List<String> said = run();
        assertEquals(List.of(), reports(said), () -> String.join("\n", said));
        String last = said.getLast();
        assertTrue(last.startsWith(OclgrindRun.DONE), () -> String.join("\n", said));
        System.out.println("Oclgrind, no report; " + last);
    }

    @Test
    void aMissingBarrierIsReported() throws IOException, InterruptedException {
        List<String> said = run(OclgrindRun.WITHOUT_BARRIER);
        assertTrue(
                reports(said).stream()
                        .anyMatch(line -> line.toLowerCase(Locale.ROOT).contains("race")),
                () -> "no race reported: " + String.join("\n", said));
    }
}
