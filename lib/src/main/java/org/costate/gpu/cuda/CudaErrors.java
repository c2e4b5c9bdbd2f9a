package org.costate.gpu.cuda;

import java.util.Map;

/// What helps where the driver refuses.
final class CudaErrors {
    static final int OUT_OF_MEMORY = 2;
    static final int NO_DEVICE = 100;

    private static final String OURS = "this is a fault of Costate: send it with the source, which on(device).source()"
            + " gives; the device is lost to this JVM, start another";

    private static final String OLD = "the NVIDIA driver is older than NVRTC; update the driver, or let COSTATE_NVRTC"
            + " name an older libnvrtc";

    private static final String IMAGE = "compiled code that this device does not take; delete the cache folder"
            + " (COSTATE_CACHE), and let COSTATE_NVRTC name a newer libnvrtc";

    private static final Map<Integer, String> REMEDY = Map.ofEntries(
            Map.entry(1, "an argument that the driver does not take; this is a fault of Costate"),
            Map.entry(OUT_OF_MEMORY, "out of device memory; take fewer samples, or gpu.samplesAtATime(most)"),
            Map.entry(3, "the driver was not initialised; this is a fault of Costate"),
            Map.entry(4, "the driver shuts down; do not use a device while the JVM ends"),
            Map.entry(
                    34,
                    "this is the toolkit's stub of libcuda; take its folder out of LD_LIBRARY_PATH and install"
                            + " the NVIDIA driver"),
            Map.entry(46, "another program holds the device; end it, or allow sharing by nvidia-smi -c DEFAULT"),
            Map.entry(
                    NO_DEVICE,
                    "the driver sees no NVIDIA GPU; look at what nvidia-smi lists, and at" + " CUDA_VISIBLE_DEVICES"),
            Map.entry(101, "no such device; look at what nvidia-smi lists, and at CUDA_VISIBLE_DEVICES"),
            Map.entry(200, IMAGE),
            Map.entry(209, IMAGE),
            Map.entry(214, "an uncorrectable memory error of the device; restart it, by nvidia-smi -r or the machine"),
            Map.entry(218, IMAGE),
            Map.entry(222, OLD),
            Map.entry(223, OLD),
            Map.entry(
                    304,
                    "the operating system refused; is the device passed to this container, and may this user"
                            + " open /dev/nvidia*?"),
            Map.entry(700, "a kernel left its memory; " + OURS),
            Map.entry(701, "too few registers or too little shared memory for a block; take a smaller net"),
            Map.entry(
                    702,
                    "the system's watchdog ended a launch that took too long, as it does where the GPU also draws"
                            + " the screen; take fewer samples or a smaller net, or another GPU, and start a new JVM"),
            Map.entry(715, "a kernel did what the device does not know; " + OURS),
            Map.entry(716, "a kernel reached for a misaligned address; " + OURS),
            Map.entry(717, "a kernel mixed its kinds of memory; " + OURS),
            Map.entry(718, "a kernel jumped out of its code; " + OURS),
            Map.entry(719, "a kernel failed; " + OURS),
            Map.entry(802, "the system is not ready; is the fabric manager running?"),
            Map.entry(803, "the driver's library and its kernel module differ; restart the machine"),
            Map.entry(804, "the compatibility library for newer CUDA does not take this device; update the driver"),
            Map.entry(999, "the driver's module may be missing; run nvidia-modprobe -u, or restart the machine"));

    private CudaErrors() {}

    static String remedy(int code) {
        return REMEDY.getOrDefault(code, "see CUresult in cuda.h");
    }
}
