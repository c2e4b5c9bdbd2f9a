package org.costate.gpu.cuda;

import java.lang.foreign.SymbolLookup;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.costate.gpu.ptx.PtxMachine;

/// An NVIDIA device that is none: the driver is answered here, NVRTC is the real one, and the PTX that it makes is
/// interpreted.
public final class InterpretedDevice implements AutoCloseable {
    private final FakeCuda cuda = new FakeCuda();
    private final FakeCublas cublas = new FakeCublas(cuda, 12);
    private final PtxMachine machine = new PtxMachine(cuda::at);
    private final Cuda.Places places;

    /// @param cache a folder
    public InterpretedDevice(Path cache) {
        this(cache, false);
    }

    /// @param products has it a library that multiplies matrices?
    public InterpretedDevice(Path cache, boolean products) {
        RealNvrtc.get();
        Function<String, SymbolLookup> load = name -> switch (name) {
            case "libcuda.so.1" -> cuda;
            case "libcublas.so.12" -> {
                if (!products) {
                    throw new IllegalArgumentException(name);
                }
                yield cublas;
            }
            default -> Nvrtc.load(name);
        };
        places = new Cuda.Places(List.of("libcuda.so.1"), load, RealNvrtc.search(), new CompileCache(cache));
        cuda.capability = 81; // which NVRTC does not know, so that it makes PTX
        cuda.version = 99_000;
        cuda.kernels = null;
        cuda.argumentCount = (image, kernel) -> {
            String text = new String(image, StandardCharsets.UTF_8);
            int from = text.indexOf(".entry " + kernel + "(");
            return text.substring(from, text.indexOf(")", from)).split("\\.param").length - 1;
        };
        cuda.launcher = (image, kernel, groups, lanes, arguments) -> {
            machine.launch(new String(image, StandardCharsets.UTF_8), kernel, groups, lanes, arguments);
            return 0;
        };
    }

    public Cuda.Found found() {
        return Cuda.devices(places).getFirst();
    }

    /// Kernels that ran, with the number of their blocks.
    public Map<String, Integer> blocks() {
        return machine.blocks();
    }

    /// How often recorded launches were launched.
    public long graphLaunches() {
        return cuda.calls.stream().filter("cuGraphLaunch"::equals).count();
    }

    /// How many products the library computed.
    public int products() {
        return cublas.products;
    }

    /// Memory that was not freed, but for the library's own.
    public List<String> liveMemory() {
        List<String> live = new ArrayList<>(
                cuda.live().stream().filter(s -> s.endsWith("bytes")).toList());
        live.remove(FakeCublas.WORKSPACE);
        return live;
    }

    /// What a kernel or the driver's user did that they must not.
    public List<Throwable> faults() {
        List<Throwable> all = new ArrayList<>(cuda.faults);
        all.addAll(cublas.faults);
        return all;
    }

    @Override
    public void close() {
        cublas.close();
        cuda.close();
    }
}
