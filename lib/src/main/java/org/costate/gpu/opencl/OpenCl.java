package org.costate.gpu.opencl;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.costate.gpu.driver.DeviceException;
import org.costate.gpu.driver.Driver;
import org.costate.gpu.driver.Facts;
import org.costate.gpu.driver.Signals;
import org.lwjgl.PointerBuffer;
import org.lwjgl.opencl.CL;
import org.lwjgl.opencl.CL10;
import org.lwjgl.opencl.CLCapabilities;
import org.lwjgl.system.Configuration;
import org.lwjgl.system.MemoryStack;

/// Devices by OpenCL, through LWJGL's bindings.
public final class OpenCl {
    private OpenCl() {}

    /// A device that was found, not opened yet.
    public record Found(Facts facts, long platform, long device) {
        /// Opens it: a context and a queue.
        public Driver open() {
            return new OpenClDriver(this);
        }
    }

    private static boolean loaded;

    /// Every device of every platform.
    ///
    /// @throws DeviceException if there is none, with the reason and the remedy
    public static synchronized List<Found> devices() {
        return Signals.kept(OpenCl::find);
    }

    private static List<Found> find() {
        load();
        List<Found> all = new ArrayList<>();
        List<String> tooOld = new ArrayList<>();
        try (MemoryStack stack = MemoryStack.stackPush()) {
            IntBuffer count = stack.mallocInt(1);
            int code = CL10.clGetPlatformIDs(null, count);
            if (code != CL10.CL_SUCCESS || count.get(0) == 0) {
                throw new DeviceException("clGetPlatformIDs found no OpenCL driver (" + code
                        + "); install that of your device, or pocl-opencl-icd for the CPU");
            }
            PointerBuffer platforms = stack.mallocPointer(count.get(0));
            Errors.check("clGetPlatformIDs", CL10.clGetPlatformIDs(platforms, (IntBuffer) null));
            for (int i = 0; i < platforms.capacity(); i++) {
                add(platforms.get(i), all, tooOld);
            }
        }
        if (all.isEmpty() && !tooOld.isEmpty()) {
            throw new DeviceException("the OpenCL of " + String.join(", ", tooOld)
                    + " is older than the 1.2 that is needed;" + " install a newer driver");
        }
        if (all.isEmpty()) {
            throw new DeviceException("clGetDeviceIDs found no device in any OpenCL driver; if it is PoCL, let the"
                    + " environment variable POCL_CACHE_DIR name a folder that can be written to");
        }
        return all;
    }

    private static void load() {
        if (loaded) {
            return;
        }
        try {
            Configuration.OPENCL_EXPLICIT_INIT.set(true);
            String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
            if (os.contains("linux")) { // without the -dev package there is no other name
                CL.create(Configuration.OPENCL_LIBRARY_NAME.get("libOpenCL.so.1"));
            } else {
                CL.create();
            }
            loaded = true;
        } catch (UnsatisfiedLinkError e) {
            if (firstLine(e).contains("lwjgl")) {
                throw e; // its own natives are missing
            }
            throw new DeviceException(
                    "no OpenCL loader (" + firstLine(e) + "); install it, on Debian and Ubuntu by"
                            + " apt-get install ocl-icd-libopencl1",
                    e);
        }
    }

    private static String firstLine(Throwable e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    private static void add(long platform, List<Found> all, List<String> tooOld) {
        try (MemoryStack stack = MemoryStack.stackPush()) {
            IntBuffer count = stack.mallocInt(1);
            int code = CL10.clGetDeviceIDs(platform, CL10.CL_DEVICE_TYPE_ALL, null, count);
            if (code != CL10.CL_SUCCESS || count.get(0) == 0) {
                return;
            }
            CLCapabilities known = CL.createPlatformCapabilities(platform); // throws where there is no device
            PointerBuffer devices = stack.mallocPointer(count.get(0));
            Errors.check("clGetDeviceIDs", CL10.clGetDeviceIDs(platform, CL10.CL_DEVICE_TYPE_ALL, devices, (IntBuffer)
                    null));
            for (int i = 0; i < devices.capacity(); i++) {
                long device = devices.get(i);
                if (known.OpenCL12) {
                    all.add(new Found(facts(device), platform, device));
                } else {
                    tooOld.add(text(device, CL10.CL_DEVICE_NAME));
                }
            }
        }
    }

    private static Facts facts(long device) {
        String extensions = text(device, CL10.CL_DEVICE_EXTENSIONS);
        String version = text(device, CL10.CL_DEVICE_VERSION);
        long type = number(device, CL10.CL_DEVICE_TYPE);
        return new Facts(
                text(device, CL10.CL_DEVICE_NAME),
                "OpenCL",
                version.replaceFirst("^OpenCL (\\S+).*$", "$1"),
                text(device, CL10.CL_DRIVER_VERSION),
                number(device, CL10.CL_DEVICE_GLOBAL_MEM_SIZE),
                (int) Math.min(Integer.MAX_VALUE, number(device, CL10.CL_DEVICE_LOCAL_MEM_SIZE)),
                (int) number(device, CL10.CL_DEVICE_MAX_WORK_GROUP_SIZE),
                (int) number(device, CL10.CL_DEVICE_MAX_COMPUTE_UNITS),
                extensions.contains("cl_khr_fp64"),
                (type & CL10.CL_DEVICE_TYPE_CPU) != 0 && (type & CL10.CL_DEVICE_TYPE_GPU) == 0);
    }

    private static String text(long device, int what) {
        ByteBuffer bytes = info(device, what);
        return StandardCharsets.UTF_8.decode(bytes).toString().replace("\0", "").strip();
    }

    private static long number(long device, int what) {
        ByteBuffer bytes = info(device, what);
        return bytes.remaining() >= Long.BYTES ? bytes.getLong(0) : bytes.getInt(0);
    }

    private static ByteBuffer info(long device, int what) {
        try (MemoryStack stack = MemoryStack.stackPush()) {
            PointerBuffer size = stack.mallocPointer(1);
            Errors.check("clGetDeviceInfo", CL10.clGetDeviceInfo(device, what, (ByteBuffer) null, size));
            ByteBuffer bytes = ByteBuffer.allocateDirect((int) size.get(0)).order(ByteOrder.nativeOrder());
            Errors.check("clGetDeviceInfo", CL10.clGetDeviceInfo(device, what, bytes, null));
            return bytes;
        }
    }
}
