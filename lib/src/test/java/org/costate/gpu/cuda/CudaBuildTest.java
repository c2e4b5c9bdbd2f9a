package org.costate.gpu.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.costate.gpu.driver.DeviceException;
import org.costate.gpu.driver.Driver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is compiled for which device, and what is kept of it.
class CudaBuildTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"90, sm_90", "75, sm_75", "86, compute_80", "120, compute_90", "61, compute_50"})
    void codeIsMadeForTheDevice(int capability, String architecture) {
        try (World world = new World(folder)) {
            world.cuda.capability = capability;
            try (CudaDriver driver = world.open();
                    Driver.Code code = driver.build("source")) {
                assertEquals(
                        List.of(Nvrtc.options().toArray()),
                        world.nvrtc.options.getFirst().subList(0, 3));
                assertEquals(
                        "--gpu-architecture=" + architecture,
                        world.nvrtc.options.getFirst().get(3));
                code.kernel("steps");
            }
            world.checkClean();
        }
    }

    @Test
    void compiledCodeIsFoundAgain() throws IOException {
        try (World world = new World(folder)) {
            for (int i = 0; i < 2; i++) {
                try (CudaDriver driver = world.open();
                        Driver.Code code = driver.build("source")) {
                    code.kernel("steps");
                }
                assertEquals(1, world.nvrtc.options.size());
            }
            List<Path> files;
            try (var all = Files.list(world.cache().resolve("nvrtc"))) {
                files = all.toList();
            }
            assertEquals(1, files.size());
            byte[] bytes = Files.readAllBytes(files.getFirst());
            Files.write(files.getFirst(), Arrays.copyOf(bytes, bytes.length - 1));
            try (CudaDriver driver = world.open()) {
                driver.build("source").close();
                assertEquals(2, world.nvrtc.options.size(), "half a file is none");
                driver.build("another").close();
                assertEquals(3, world.nvrtc.options.size());
            }
            world.checkClean();
        }
    }

    @Test
    void aCacheThatCannotBeWrittenIsNoFailure() throws IOException {
        try (World world = new World(folder)) {
            Files.writeString(world.cache(), "a file where the folder should be");
            for (int i = 1; i <= 2; i++) {
                try (CudaDriver driver = world.open()) {
                    driver.build("source").close();
                }
                assertEquals(i, world.nvrtc.options.size());
            }
            world.checkClean();
        }
    }

    @Test
    void aSourceThatDoesNotCompileShowsItsLine() {
        try (World world = new World(folder)) {
            world.nvrtc.log = "costate.cu(2): error: identifier \"q\" is undefined\n";
            try (CudaDriver driver = world.open()) {
                DeviceException e = assertThrows(DeviceException.class, () -> driver.build("int a;\n#error q\n"));
                assertTrue(
                        e.getMessage()
                                .startsWith("nvrtcCompileProgram: the generated source does not compile: line 2:"
                                        + " identifier \"q\" is undefined in `#error q`"),
                        e.getMessage());
                world.nvrtc.failing.put("nvrtcCompileProgram", 5);
                e = assertThrows(DeviceException.class, () -> driver.build("fine"));
                assertTrue(
                        e.getMessage()
                                .startsWith("nvrtcCompileProgram for sm_90: got NVRTC_ERROR_INVALID_OPTION (5), "),
                        e.getMessage());
            }
            world.checkClean();
        }
    }

    @Test
    void cacheFoldersAreThoseOfTheSystem() {
        Path home = Path.of("/home/me");
        assertEquals(Path.of("/p"), CompileCache.folder(Map.of("COSTATE_CACHE", "/c"), "/p", home, "Linux"));
        assertEquals(
                Path.of("/c"),
                CompileCache.folder(Map.of("COSTATE_CACHE", "/c", "XDG_CACHE_HOME", "/x"), null, home, "Linux"));
        assertEquals(Path.of("/x/costate"), CompileCache.folder(Map.of("XDG_CACHE_HOME", "/x"), null, home, "Linux"));
        assertEquals(home.resolve(".cache/costate"), CompileCache.folder(Map.of(), null, home, "Linux"));
        assertEquals(home.resolve("Library/Caches/costate"), CompileCache.folder(Map.of(), null, home, "Mac OS X"));
    }
}
