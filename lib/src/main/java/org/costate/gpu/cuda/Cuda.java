package org.costate.gpu.cuda;

import java.lang.foreign.SymbolLookup;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Supplier;
import org.costate.gpu.driver.DeviceException;
import org.costate.gpu.driver.Driver;
import org.costate.gpu.driver.Facts;

/// NVIDIA devices.
public final class Cuda {
    private static final String NO_DRIVER = "no NVIDIA driver (libcuda) was found; if this machine has an NVIDIA GPU,"
            + " install its driver, in a container by nvidia-container-toolkit";

    private static final int MAX_THREADS_PER_BLOCK = 1;
    private static final int SHARED_MEMORY_PER_BLOCK = 8;
    private static final int MULTIPROCESSORS = 16;
    private static final int CAPABILITY_MAJOR = 75;
    private static final int CAPABILITY_MINOR = 76;

    private Cuda() {}

    /// A device that was found, not opened yet.
    public record Found(Facts facts, Supplier<Driver> opener) {
        /// Opens it: its primary context, a stream, NVRTC.
        public Driver open() {
            return opener.get();
        }
    }

    /// Where things are looked for.
    ///
    /// @param driverNames of libcuda, in the order of trying
    /// @param load the symbols of a library's name or file; throws an IllegalArgumentException if it does not load
    record Places(
            List<String> driverNames, Function<String, SymbolLookup> load, NvrtcSearch nvrtc, CompileCache cache) {
        static Places here() {
            String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
            List<String> names = os.contains("windows")
                    ? List.of("nvcuda.dll")
                    : List.of("libcuda.so.1", "libcuda.so", "/usr/lib/wsl/lib/libcuda.so.1");
            return new Places(
                    os.contains("mac") ? List.of() : names, Nvrtc::load, NvrtcSearch.here(), CompileCache.here());
        }
    }

    /// Every device that the driver shows.
    ///
    /// @throws DeviceException if there is none, or no NVRTC for it, with the reason and the remedy
    public static List<Found> devices() {
        if (!Cuda.class.getModule().isNativeAccessEnabled()) {
            throw new DeviceException("native access is off; start the JVM with --enable-native-access=ALL-UNNAMED");
        }
        return devices(Places.here());
    }

    static List<Found> devices(Places places) {
        CudaApi api = driver(places);
        api.init();
        int version = api.version();
        int count = api.deviceCount();
        if (count == 0) {
            throw new DeviceException("cuDeviceGetCount: got no device, expected an NVIDIA GPU; "
                    + CudaErrors.remedy(CudaErrors.NO_DEVICE));
        }
        Nvrtc nvrtc = Nvrtc.find(places.nvrtc(), version / 1000, places.load());
        List<Found> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int device = api.device(i);
            int capability = 10 * api.attribute(CAPABILITY_MAJOR, device) + api.attribute(CAPABILITY_MINOR, device);
            Facts facts = facts(api, device, capability, version);
            Supplier<Cublas> products = () -> Cublas.find(places.nvrtc(), version / 1000, places.load());
            all.add(new Found(
                    facts, () -> new CudaDriver(api, nvrtc, products, places.cache(), facts, device, capability)));
        }
        return all;
    }

    private static CudaApi driver(Places places) {
        if (places.driverNames().isEmpty()) {
            throw new DeviceException("CUDA does not exist for macOS; take an OpenCL device");
        }
        for (String name : places.driverNames()) {
            try {
                CudaApi api = new CudaApi(places.load().apply(name));
                if (!api.missing().isEmpty()) {
                    throw CudaApi.tooOld(api.missing().iterator().next());
                }
                return api;
            } catch (IllegalArgumentException e) {
                // not there: the next name
            }
        }
        throw new DeviceException(NO_DRIVER);
    }

    private static Facts facts(CudaApi api, int device, int capability, int version) {
        return new Facts(
                api.name(device),
                "CUDA",
                Nvrtc.dotted(capability),
                "CUDA " + version / 1000 + "." + version % 1000 / 10,
                api.memoryBytes(device),
                api.attribute(SHARED_MEMORY_PER_BLOCK, device),
                api.attribute(MAX_THREADS_PER_BLOCK, device),
                api.attribute(MULTIPROCESSORS, device),
                true,
                false);
    }
}
