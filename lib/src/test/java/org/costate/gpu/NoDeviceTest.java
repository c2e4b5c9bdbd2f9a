package org.costate.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.costate.Ode;
import org.costate.adjoint.Cost;
import org.costate.graph.Trace;
import org.costate.ode.Dynamics;
import org.costate.ode.Rk4;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Without a device each way to one says why it leads to none and what to do, and all else works. In processes of their
/// own, since a process looks for devices once.
class NoDeviceTest {
    private static final String ELSE = "on the processor: ";

    @TempDir
    Path folder;

    /// What is reported, and a gradient on the processor.
    public static void main(String[] arguments) {
        System.out.println(Gpu.report());
        try {
            System.out.println("first: " + Gpu.first());
        } catch (IllegalStateException e) {
            System.out.println("refused: " + e.getMessage().lines().findFirst().orElse(""));
        }
        Dynamics field = Trace.dynamics(1, (t, x, p) -> x.times(p.scalar("k")));
        double cost = Ode.of(field)
                .span(0, 1)
                .solver(Rk4.steps(9))
                .gradient(new double[][] {{1}}, field.initialParameters(1), Cost.sumOfSquares(new double[1][1]))
                .cost();
        System.out.println(ELSE + cost);
    }

    private static List<String> run(Map<String, String> environment, String without, String... options)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                        .filter(entry -> without == null || !entry.contains(without))
                        .collect(Collectors.joining(File.pathSeparator))));
        command.addAll(List.of(options));
        command.add(NoDeviceTest.class.getName());
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        List<String> said;
        try (var out = process.inputReader(StandardCharsets.UTF_8)) {
            said = out.lines().toList();
        }
        assertEquals(0, process.waitFor(), () -> String.join("\n", said));
        assertTrue(said.getLast().startsWith(ELSE), () -> String.join("\n", said));
        return said;
    }

    private static void says(List<String> said, String sentence) {
        assertTrue(said.stream().anyMatch(line -> line.contains(sentence)), () -> String.join("\n", said));
        assertTrue(said.stream().anyMatch(line -> line.startsWith("refused: device: got none")), said::toString);
    }

    @Test
    void noDriver() throws IOException, InterruptedException {
        says(
                run(Map.of("OCL_ICD_VENDORS", folder.toString()), null),
                "install that of your device, or pocl-opencl-icd for the CPU");
    }

    @Test
    void noLoader() throws IOException, InterruptedException {
        says(
                run(Map.of(), null, "-Dorg.lwjgl.opencl.libname=" + folder.resolve("libNone.so")),
                "apt-get install ocl-icd-libopencl1");
    }

    @Test
    void noBindings() throws IOException, InterruptedException {
        says(run(Map.of(), "lwjgl"), "add org.lwjgl:lwjgl-opencl and the natives of org.lwjgl:lwjgl");
    }

    @Test
    void noNatives() throws IOException, InterruptedException {
        says(run(Map.of(), "natives"), "add org.lwjgl:lwjgl-opencl and the natives of org.lwjgl:lwjgl");
    }

    @Test
    void aCacheFolderThatCannotBeWritten() throws IOException, InterruptedException {
        var _ = Devices.pocl(); // else another sentence
        says(run(Map.of("POCL_CACHE_DIR", "/proc/none"), null), "POCL_CACHE_DIR name a folder that can be written to");
    }
}
