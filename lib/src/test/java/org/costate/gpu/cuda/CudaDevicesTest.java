package org.costate.gpu.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.costate.gpu.Gpu;
import org.costate.gpu.driver.DeviceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Why there is no device: one sentence with the reason and the remedy.
class CudaDevicesTest {
    @TempDir
    private Path folder;

    private static void says(World world, String sentence) {
        String message = assertThrows(DeviceException.class, world::devices).getMessage();
        assertEquals(sentence, message);
        assertFalse(message.contains(". "), "more than one sentence: " + message);
        world.checkClean();
    }

    @Test
    void noDriver() {
        try (World world = new World(folder)) {
            world.libraries.clear();
            says(
                    world,
                    "no NVIDIA driver (libcuda) was found; if this machine has an NVIDIA GPU, install its driver, in a"
                            + " container by nvidia-container-toolkit");
        }
    }

    @Test
    void noCudaForThisSystem() {
        try (World world = new World(folder)) {
            Cuda.Places places = world.places();
            Cuda.Places mac = new Cuda.Places(List.of(), places.load(), places.nvrtc(), places.cache());
            assertEquals(
                    "CUDA does not exist for macOS; take an OpenCL device",
                    assertThrows(DeviceException.class, () -> Cuda.devices(mac)).getMessage());
        }
    }

    @Test
    void driverTooOldForAFunction() {
        try (World world = new World(folder)) {
            world.cuda.absent.add("cuDevicePrimaryCtxRelease_v2");
            says(
                    world,
                    "cuDevicePrimaryCtxRelease_v2: this NVIDIA driver has no such function, it is too old; install"
                            + " driver 450 or newer");
        }
    }

    @Test
    void driverTooOldForNvrtc() {
        try (World world = new World(folder)) {
            world.cuda.version = 11_040;
            says(
                    world,
                    "the NVIDIA driver knows CUDA 11 and is too old for NVRTC 12.9; install driver 525 or newer, or"
                            + " NVRTC by pip install nvidia-cuda-nvrtc-cu11");
            world.environment.put("COSTATE_NVRTC", "libnvrtc.so.12");
            assertThrows(DeviceException.class, world::devices);
        }
        try (World world = new World(folder, new FakeNvrtc(13, 0, 75))) {
            says(
                    world,
                    "the NVIDIA driver knows CUDA 12 and is too old for NVRTC 13.0; install driver 580 or newer, or"
                            + " NVRTC by pip install nvidia-cuda-nvrtc-cu12");
        }
    }

    @Test
    void ofTwoNvrtcsTheOneThatTheDriverTakes() {
        try (World world = new World(folder);
                FakeNvrtc newer = new FakeNvrtc(13, 0, 75, 90)) {
            world.libraries.put("libnvrtc.so.13", newer);
            world.open().close();
            assertTrue(world.nvrtc.calls.contains("nvrtcVersion"));
            world.nvrtc.calls.clear();
            world.cuda.version = 13_000;
            world.open().close();
            assertEquals(List.of(), world.nvrtc.calls, "the newer one comes first");
        }
    }

    @Test
    void noDevice() {
        try (World world = new World(folder)) {
            world.cuda.failing.put("cuInit", 100);
            String remedy = "the driver sees no NVIDIA GPU; look at what nvidia-smi lists, and at CUDA_VISIBLE_DEVICES";
            says(world, "cuInit: got CUDA_ERROR_NO_DEVICE (100, what it means), expected success; " + remedy);
            world.cuda.failing.clear();
            world.cuda.devices = 0;
            says(world, "cuDeviceGetCount: got no device, expected an NVIDIA GPU; " + remedy);
        }
    }

    @Test
    void driverThatDoesNotStart() {
        try (World world = new World(folder)) {
            world.cuda.failing.put("cuInit", 999);
            says(
                    world,
                    "cuInit: got CUDA error (999), expected success; the driver's module may be missing; run"
                            + " nvidia-modprobe -u, or restart the machine");
        }
    }

    @Test
    void noNvrtc() {
        try (World world = new World(folder)) {
            world.libraries.remove("libnvrtc.so.12");
            says(
                    world,
                    "NVRTC, NVIDIA's compiler, was not found; install it by pip install nvidia-cuda-nvrtc-cu12 or with"
                            + " the CUDA toolkit, or let the environment variable COSTATE_NVRTC name the file of"
                            + " libnvrtc");
            world.environment.put("COSTATE_NVRTC", "/no/such");
            says(
                    world,
                    "COSTATE_NVRTC: got /no/such, which does not load (Cannot open library: /no/such), expected the"
                            + " file of libnvrtc; name it, or unset the variable");
        }
    }

    @Test
    void nvrtcTooOld() {
        try (World world = new World(folder)) {
            world.nvrtc.absent.add("nvrtcGetCUBIN");
            says(
                    world,
                    "NVRTC has no nvrtcGetCUBIN, it is older than 11.2; install it by pip install"
                            + " nvidia-cuda-nvrtc-cu12 or with the CUDA toolkit, or let the environment variable"
                            + " COSTATE_NVRTC name the file of libnvrtc");
        }
    }

    @Test
    void deviceTooOldForNvrtc() {
        try (World world = new World(folder, new FakeNvrtc(12, 9, 75, 90))) {
            world.cuda.capability = 61;
            List<Cuda.Found> found = world.devices();
            assertEquals(
                    "NVRTC 12.9 compiles for compute capability 7.5 and newer, and this device has 6.1; install an"
                            + " older NVRTC, as by pip install nvidia-cuda-nvrtc-cu12, and let COSTATE_NVRTC name its"
                            + " file",
                    assertThrows(DeviceException.class, () -> found.getFirst().open())
                            .getMessage());
            world.checkClean();
        }
    }

    /// Of the machine that this runs on, whatever it has: devices or the reason.
    @Test
    void theReportHasCuda() {
        assertTrue(Gpu.report().contains("CUDA"), Gpu.report());
        try {
            assertFalse(Cuda.devices().isEmpty());
        } catch (DeviceException e) {
            assertTrue(Gpu.report().contains("CUDA: " + e.getMessage()), Gpu.report());
        }
    }
}
