package org.costate.gpu.opencl;

import java.util.Map;
import org.costate.gpu.driver.DeviceException;
import org.lwjgl.opencl.CL10;

/// What the numbers mean that OpenCL answers with.
final class Errors {
    private static final Map<Integer, String> MEANING = Map.of(
            CL10.CL_DEVICE_NOT_AVAILABLE, "the device is not available; does another program hold it?",
            CL10.CL_MEM_OBJECT_ALLOCATION_FAILURE,
                    "out of device memory; take fewer samples, or gpu.samplesAtATime(most)",
            CL10.CL_OUT_OF_RESOURCES, "out of resources; take fewer samples, or a smaller net",
            CL10.CL_OUT_OF_HOST_MEMORY, "out of host memory",
            CL10.CL_INVALID_BUFFER_SIZE, "more in one piece than the device gives; take fewer samples",
            CL10.CL_INVALID_WORK_GROUP_SIZE, "more work-items in a group than this kernel can have here",
            CL10.CL_INVALID_KERNEL_ARGS, "a missing kernel argument",
            CL10.CL_BUILD_PROGRAM_FAILURE, "the source does not compile",
            CL10.CL_COMPILER_NOT_AVAILABLE, "the driver has no compiler");

    private Errors() {}

    static void check(String call, int code) {
        if (code != CL10.CL_SUCCESS) {
            throw failure(call, code);
        }
    }

    static DeviceException failure(String call, int code) {
        return new DeviceException(call + ": got OpenCL error " + code + ", " + MEANING.getOrDefault(code, "see cl.h")
                + ", expected success");
    }
}
