package org.costate.gpu.opencl;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.costate.gpu.driver.BuildLog;
import org.costate.gpu.driver.DeviceMemory;
import org.costate.gpu.driver.Driver;
import org.costate.gpu.driver.Facts;
import org.costate.gpu.driver.Signals;
import org.lwjgl.PointerBuffer;
import org.lwjgl.opencl.CL10;
import org.lwjgl.opencl.CL12;
import org.lwjgl.system.MemoryStack;

/// A device by OpenCL: one context, one queue in order.
final class OpenClDriver implements Driver {
    private static final MemorySegment ZEROS = Arena.global().allocate(1 << 16);

    private final OpenCl.Found found;
    /// A checker of uninitialised memory, which knows only what clEnqueueWriteBuffer writes to a whole buffer.
    private final boolean isOclgrind;

    private final long context;
    private final long queue;

    OpenClDriver(OpenCl.Found found) {
        this.found = found;
        isOclgrind = found.facts().name().contains("Oclgrind");
        try (MemoryStack stack = MemoryStack.stackPush()) {
            IntBuffer code = stack.mallocInt(1);
            PointerBuffer properties = stack.mallocPointer(3);
            properties
                    .put(CL10.CL_CONTEXT_PLATFORM)
                    .put(found.platform())
                    .put(0)
                    .flip();
            context = CL10.clCreateContext(properties, found.device(), null, 0, code);
            Errors.check("clCreateContext", code.get(0));
            queue = CL10.clCreateCommandQueue(context, found.device(), 0, code);
            Errors.check("clCreateCommandQueue", code.get(0));
        }
    }

    @Override
    public Facts facts() {
        return found.facts();
    }

    @Override
    public long allocate(long bytes) {
        try (MemoryStack stack = MemoryStack.stackPush()) {
            IntBuffer code = stack.mallocInt(1);
            long memory = CL10.clCreateBuffer(context, CL10.CL_MEM_READ_WRITE, bytes, code);
            Errors.check("clCreateBuffer of " + bytes + " bytes", code.get(0));
            return memory;
        }
    }

    @Override
    public void free(long memory) {
        Errors.check("clReleaseMemObject", CL10.clReleaseMemObject(memory));
    }

    @Override
    public void upload(MemorySegment from, long memory, long at) {
        if (isOclgrind) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment all = arena.allocate(sizeOf(memory));
                download(memory, 0, all);
                all.asSlice(at, from.byteSize()).copyFrom(from);
                write(all, memory, 0);
            }
        } else {
            write(from, memory, at);
        }
    }

    private static long sizeOf(long memory) {
        try (MemoryStack stack = MemoryStack.stackPush()) {
            PointerBuffer size = stack.mallocPointer(1);
            Errors.check("clGetMemObjectInfo", CL10.clGetMemObjectInfo(memory, CL10.CL_MEM_SIZE, size, null));
            return size.get(0);
        }
    }

    private void write(MemorySegment from, long memory, long at) {
        Errors.check(
                "clEnqueueWriteBuffer",
                CL10.nclEnqueueWriteBuffer(queue, memory, CL10.CL_TRUE, at, from.byteSize(), from.address(), 0, 0, 0));
    }

    @Override
    public void download(long memory, long at, MemorySegment to) {
        Errors.check(
                "clEnqueueReadBuffer",
                CL10.nclEnqueueReadBuffer(queue, memory, CL10.CL_TRUE, at, to.byteSize(), to.address(), 0, 0, 0));
    }

    @Override
    public void clear(long memory, long at, long bytes) {
        if (bytes <= ZEROS.byteSize() || isOclgrind) {
            for (long done = 0; done < bytes; done += ZEROS.byteSize()) {
                upload(ZEROS.asSlice(0, Math.min(ZEROS.byteSize(), bytes - done)), memory, at + done);
            }
            return;
        }
        try (MemoryStack stack = MemoryStack.stackPush()) {
            ByteBuffer zero = stack.calloc(1);
            Errors.check("clEnqueueFillBuffer", CL12.clEnqueueFillBuffer(queue, memory, zero, at, bytes, null, null));
        }
    }

    @Override
    public void copy(long from, long fromByte, long to, long toByte, long bytes) {
        if (isOclgrind) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment here = arena.allocate(bytes);
                download(from, fromByte, here);
                upload(here, to, toByte);
            }
            return;
        }
        Errors.check(
                "clEnqueueCopyBuffer", CL10.clEnqueueCopyBuffer(queue, from, to, fromByte, toByte, bytes, null, null));
    }

    @Override
    public void finish() {
        Errors.check("clFinish", CL10.clFinish(queue));
    }

    @Override
    public long freeBytes() {
        return -1; // OpenCL does not tell
    }

    @Override
    public Code build(String source) {
        try (MemoryStack stack = MemoryStack.stackPush()) {
            IntBuffer code = stack.mallocInt(1);
            long program = CL10.clCreateProgramWithSource(context, source, code);
            Errors.check("clCreateProgramWithSource", code.get(0));
            int built = Signals.kept(() -> CL10.clBuildProgram(program, found.device(), "", null, 0));
            if (built != CL10.CL_SUCCESS) {
                String log = log(program);
                Errors.check("clReleaseProgram", CL10.clReleaseProgram(program));
                throw BuildLog.failure("clBuildProgram", source, log);
            }
            return new Built(program);
        }
    }

    private String log(long program) {
        try (MemoryStack stack = MemoryStack.stackPush()) {
            PointerBuffer size = stack.mallocPointer(1);
            Errors.check(
                    "clGetProgramBuildInfo",
                    CL10.clGetProgramBuildInfo(
                            program, found.device(), CL10.CL_PROGRAM_BUILD_LOG, (ByteBuffer) null, size));
            ByteBuffer bytes = ByteBuffer.allocateDirect((int) size.get(0));
            Errors.check(
                    "clGetProgramBuildInfo",
                    CL10.clGetProgramBuildInfo(program, found.device(), CL10.CL_PROGRAM_BUILD_LOG, bytes, null));
            return StandardCharsets.UTF_8.decode(bytes).toString().replace("\0", "");
        }
    }

    private final class Built implements Code {
        private final long program;
        private final Map<String, Named> kernels = new HashMap<>();

        Built(long program) {
            this.program = program;
        }

        @Override
        public Kernel kernel(String name) {
            return kernels.computeIfAbsent(name, this::make);
        }

        private Named make(String name) {
            try (MemoryStack stack = MemoryStack.stackPush()) {
                IntBuffer code = stack.mallocInt(1);
                long kernel = CL10.clCreateKernel(program, name, code);
                Errors.check("clCreateKernel " + name, code.get(0));
                return new Named(kernel, name);
            }
        }

        @Override
        public void close() {
            kernels.values().forEach(k -> Errors.check("clReleaseKernel", CL10.clReleaseKernel(k.kernel)));
            Errors.check("clReleaseProgram", CL10.clReleaseProgram(program));
        }
    }

    private final class Named implements Kernel {
        private final long kernel;
        private final String name;

        Named(long kernel, String name) {
            this.kernel = kernel;
            this.name = name;
        }

        @Override
        public void launch(long groups, int lanes, Object... arguments) {
            for (int i = 0; i < arguments.length; i++) {
                int code = switch (arguments[i]) {
                    case DeviceMemory m -> CL10.clSetKernelArg1p(kernel, i, m.pointer());
                    case Integer n -> CL10.clSetKernelArg1i(kernel, i, n);
                    case Long n -> CL10.clSetKernelArg1l(kernel, i, n);
                    case Double n -> CL10.clSetKernelArg1d(kernel, i, n);
                    case Float n -> CL10.clSetKernelArg1f(kernel, i, n);
                    default ->
                        throw new IllegalArgumentException("argument " + i + ": got " + arguments[i]
                                + ", expected memory of the device or a number; the host's memory is not the device's");
                };
                Errors.check("clSetKernelArg " + i + " of " + name, code);
            }
            try (MemoryStack stack = MemoryStack.stackPush()) {
                PointerBuffer global = stack.pointers(groups * lanes);
                PointerBuffer local = stack.pointers((long) lanes);
                Errors.check(
                        "clEnqueueNDRangeKernel " + name,
                        CL10.clEnqueueNDRangeKernel(queue, kernel, 1, null, global, local, null, null));
            }
        }
    }
}
