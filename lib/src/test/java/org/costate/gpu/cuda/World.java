package org.costate.gpu.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// A machine with an NVIDIA driver and NVRTC that are pretended.
final class World implements AutoCloseable {
    final FakeCuda cuda = new FakeCuda();
    final FakeNvrtc nvrtc;

    /// What loads, by name.
    final Map<String, SymbolLookup> libraries = new HashMap<>();

    final Map<String, String> environment = new HashMap<>();
    private final Path folder;

    /// @param folder for the cache, and in place of `/`
    World(Path folder) {
        this(folder, new FakeNvrtc(12, 9, 50, 75, 80, 90));
    }

    World(Path folder, FakeNvrtc nvrtc) {
        this.folder = folder;
        this.nvrtc = nvrtc;
        libraries.put("libcuda.so.1", cuda);
        libraries.put("libnvrtc.so.12", nvrtc);
    }

    Path cache() {
        return folder.resolve("cache");
    }

    NvrtcSearch search() {
        return new NvrtcSearch(environment, folder, folder.resolve("home"), false);
    }

    Cuda.Places places() {
        Function<String, SymbolLookup> load = name -> {
            SymbolLookup found = libraries.get(name);
            if (found == null) {
                throw new IllegalArgumentException("Cannot open library: " + name);
            }
            return found;
        };
        return new Cuda.Places(List.of("libcuda.so.1"), load, search(), new CompileCache(cache()));
    }

    List<Cuda.Found> devices() {
        return Cuda.devices(places());
    }

    CudaDriver open() {
        return (CudaDriver) devices().getFirst().open();
    }

    /// Nothing was left, and nothing was given back twice.
    void checkClean() {
        assertEquals(List.of(), cuda.live(), "not given back");
        assertEquals(0, nvrtc.live(), "programs not destroyed");
        assertEquals(List.of(), cuda.faults);
        assertEquals(List.of(), nvrtc.faults);
    }

    @Override
    public void close() {
        cuda.close();
        nvrtc.close();
    }
}
