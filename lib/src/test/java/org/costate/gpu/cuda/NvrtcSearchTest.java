package org.costate.gpu.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Where NVRTC is looked for, and in which order.
class NvrtcSearchTest {
    @TempDir
    private Path root;

    private void files(String... names) {
        for (String name : names) {
            try {
                Files.createDirectories(root.resolve(name).getParent());
                Files.writeString(root.resolve(name), "");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private List<String> paths(String... names) {
        return Stream.of(names).map(n -> root.resolve(n).toString()).toList();
    }

    @Test
    void theLoaderThenTheToolkitThenWheels() {
        files(
                "usr/local/cuda-12.4/lib64/libnvrtc.so.12",
                "usr/local/cuda-12.4/lib64/libnvrtc.so.12.4.99",
                "usr/local/cuda-12.4/lib64/libnvrtc-builtins.so.12.4",
                "usr/local/cuda-12.10/lib64/libnvrtc.so.12",
                "usr/local/cuda-12.10/lib64/libnvrtc.alt.so.12",
                "opt/cuda/lib64/libnvrtc.so",
                "env/lib/python3.9/site-packages/nvidia/cuda_nvrtc/lib/libnvrtc.so.12",
                "env/lib/python3.13/site-packages/nvidia/cuda_nvrtc/lib/libnvrtc.so.12",
                "env/lib/python3.13/site-packages/nvidia/cu13/lib/libnvrtc.so.13",
                "home/.local/lib/python3.12/site-packages/nvidia/cuda_nvrtc/lib/libnvrtc.so.12",
                "usr/lib/python3/dist-packages/nvidia/cuda_nvrtc/lib/libnvrtc.so.12",
                "usr/local/lib/python3.12/dist-packages/nvidia/cuda_nvrtc/lib/libnvrtc.so.12");
        NvrtcSearch search = new NvrtcSearch(
                Map.of(
                        "VIRTUAL_ENV",
                        root.resolve("env").toString(),
                        "CUDA_HOME",
                        root.resolve("opt/cuda").toString(),
                        "CUDA_PATH",
                        ""),
                root,
                root.resolve("home"),
                false);
        List<String> found = search.candidates();
        assertEquals(
                List.of("libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2", "libnvrtc.so"), found.subList(0, 4));
        assertEquals(
                paths(
                        "opt/cuda/lib64/libnvrtc.so",
                        "usr/local/cuda-12.10/lib64/libnvrtc.so.12",
                        "usr/local/cuda-12.4/lib64/libnvrtc.so.12.4.99",
                        "usr/local/cuda-12.4/lib64/libnvrtc.so.12",
                        "env/lib/python3.13/site-packages/nvidia/cu13/lib/libnvrtc.so.13",
                        "env/lib/python3.13/site-packages/nvidia/cuda_nvrtc/lib/libnvrtc.so.12",
                        "env/lib/python3.9/site-packages/nvidia/cuda_nvrtc/lib/libnvrtc.so.12",
                        "home/.local/lib/python3.12/site-packages/nvidia/cuda_nvrtc/lib/libnvrtc.so.12",
                        "usr/local/lib/python3.12/dist-packages/nvidia/cuda_nvrtc/lib/libnvrtc.so.12",
                        "usr/lib/python3/dist-packages/nvidia/cuda_nvrtc/lib/libnvrtc.so.12"),
                found.subList(4, found.size()));
        assertNull(search.named());
    }

    @Test
    void namesOfWindows() {
        files(
                "toolkit/bin/nvrtc64_120_0.dll",
                "toolkit/bin/nvrtc64_120_0.alt.dll",
                "toolkit/bin/nvrtc-builtins64_129.dll",
                "env/Lib/site-packages/nvidia/cuda_nvrtc/bin/nvrtc64_120_0.dll");
        NvrtcSearch search = new NvrtcSearch(
                Map.of(
                        "CUDA_PATH",
                        root.resolve("toolkit").toString(),
                        "VIRTUAL_ENV",
                        root.resolve("env").toString(),
                        "COSTATE_NVRTC",
                        "C:/nvrtc.dll"),
                root,
                root,
                true);
        List<String> found = search.candidates();
        assertEquals(
                paths("toolkit/bin/nvrtc64_120_0.dll", "env/Lib/site-packages/nvidia/cuda_nvrtc/bin/nvrtc64_120_0.dll"),
                found.subList(3, found.size()));
        assertEquals("C:/nvrtc.dll", search.named());
    }

    @Test
    void aMachineWithNothing() {
        assertEquals(
                4, new NvrtcSearch(Map.of(), root, root, false).candidates().size());
    }

    @Test
    void theHomeIsThatOfTheUserNotOfTheJvm() {
        assertEquals(Path.of("/home/me"), NvrtcSearch.home(Map.of("HOME", "/home/me"), "/elsewhere"));
        assertEquals(Path.of("/elsewhere"), NvrtcSearch.home(Map.of("HOME", " "), "/elsewhere"));
        assertEquals(Path.of("/elsewhere"), NvrtcSearch.home(Map.of(), "/elsewhere"));
    }
}
