package org.costate.gpu.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.costate.gpu.driver.DeviceException;
import org.costate.gpu.driver.DeviceMemory;
import org.costate.gpu.driver.Driver;
import org.costate.gpu.driver.Facts;
import org.costate.gpu.driver.Products;
import org.costate.memory.Precision;

/// A device by CUDA: its primary context, one stream.
final class CudaDriver implements Driver, AutoCloseable {
    private static final int MAX_THREADS_OF_FUNCTION = 0;

    /// What NVIDIA advises for cuBLAS on Hopper.
    private static final long WORKSPACE_BYTES = 32 << 20;

    /// Repetitions for which it does not pay to record launches.
    private static final int FEW = 4;

    private final CudaApi api;
    private final Nvrtc nvrtc;
    private final CompileCache cache;
    private final Facts facts;
    private final int device;
    private final String architecture;
    private final long context;
    private final long stream;
    private final Supplier<Cublas> finder;
    private boolean looked;
    private Cublas products;
    private long workspace;
    private String lastLaunch;
    private boolean closed;

    /// Opens a device.
    ///
    /// @param capability 75 for compute capability 7.5
    /// @param products what multiplies matrices; gives null where there is nothing
    CudaDriver(
            CudaApi api,
            Nvrtc nvrtc,
            Supplier<Cublas> products,
            CompileCache cache,
            Facts facts,
            int device,
            int capability) {
        this.api = api;
        this.nvrtc = nvrtc;
        finder = products;
        this.cache = cache;
        this.facts = facts;
        this.device = device;
        architecture = nvrtc.architecture(capability);
        context = api.retainContext(device);
        long made = 0;
        try {
            api.enter(context);
            made = api.stream();
        } finally {
            if (made == 0) {
                api.releaseContext(device);
            }
        }
        stream = made;
    }

    /// The context belongs to a thread, and any thread may call.
    private CudaApi entered() {
        if (closed) {
            throw new IllegalStateException("device: got " + facts.name() + ", which was closed, expected an open one");
        }
        api.enter(context);
        return api;
    }

    @Override
    public Facts facts() {
        return facts;
    }

    @Override
    public long allocate(long bytes) {
        return entered().allocate(bytes);
    }

    @Override
    public void free(long memory) {
        entered().free(memory);
    }

    @Override
    public void upload(MemorySegment from, long memory, long at) {
        entered().upload(memory + at, from);
    }

    @Override
    public void download(long memory, long at, MemorySegment to) {
        CudaApi now = entered();
        afterLaunch(() -> now.download(to, memory + at));
    }

    @Override
    public void clear(long memory, long at, long bytes) {
        entered().clear(memory + at, bytes);
    }

    @Override
    public void copy(long from, long fromByte, long to, long toByte, long bytes) {
        entered().copy(to + toByte, from + fromByte, bytes);
    }

    @Override
    public void finish() {
        CudaApi now = entered();
        afterLaunch(() -> now.finish(stream));
    }

    /// Records the launches as a graph and launches that, which costs one call each time; where it is not recorded, the
    /// launches themselves.
    @Override
    public void repeat(int times, Runnable launches) {
        CudaGraphs graphs = entered().graphs();
        long graph = times < FEW ? 0 : graphs.record(stream, launches);
        if (graph == 0) {
            Driver.super.repeat(times, launches);
            return;
        }
        try {
            for (int i = 0; i < times; i++) {
                graphs.launch(graph, stream);
            }
        } finally {
            graphs.free(graph);
        }
    }

    @Override
    public long freeBytes() {
        return entered().freeBytes();
    }

    /// A launch that fails is reported by a later call, which is not to blame.
    private void afterLaunch(Runnable call) {
        try {
            call.run();
        } catch (DeviceException e) {
            throw lastLaunch == null
                    ? e
                    : new DeviceException(e.getMessage() + "; the last launch before was of " + lastLaunch, e);
        }
    }

    /// cuBLAS, looked for when it is asked for first, since it is large.
    @Override
    public Products products() {
        CudaApi now = entered();
        if (!looked) {
            looked = true;
            Cublas found = finder.get();
            if (found != null) {
                workspace = now.allocate(WORKSPACE_BYTES);
                try {
                    found.open(stream, workspace, WORKSPACE_BYTES);
                    products = found;
                } finally {
                    if (products == null) {
                        found.close();
                        now.free(workspace);
                    }
                }
            }
        }
        return products == null ? null : this::multiply;
    }

    private void multiply(
            Precision precision,
            int rows,
            int columns,
            int inner,
            Products.Factor a,
            Products.Factor b,
            boolean adds,
            DeviceMemory c,
            long at) {
        entered();
        lastLaunch = "a product of cuBLAS";
        products.product(precision, rows, columns, inner, a, b, adds, c, at);
    }

    @Override
    public Code build(String source) {
        List<String> key = new ArrayList<>(Nvrtc.options());
        key.addAll(List.of(nvrtc.version(), architecture, source));
        byte[] image = cache.get(key, () -> nvrtc.compile(source, architecture).image());
        return new Module(entered().load(image));
    }

    /// Gives the stream and the context back. Closing twice does nothing.
    @Override
    public void close() {
        if (!closed) {
            entered();
            closed = true;
            try {
                closeProducts();
            } finally {
                try {
                    api.destroyStream(stream);
                } finally {
                    api.releaseContext(device);
                }
            }
        }
    }

    private void closeProducts() {
        if (products != null) {
            try {
                products.close();
            } finally {
                api.free(workspace);
            }
        }
    }

    private final class Module implements Code {
        private final long module;
        private final Map<String, Kernel> kernels = new HashMap<>();

        Module(long module) {
            this.module = module;
        }

        @Override
        public Kernel kernel(String name) {
            return kernels.computeIfAbsent(name, n -> {
                long function = entered().function(module, n);
                return new Function(function, n, api.functionAttribute(MAX_THREADS_OF_FUNCTION, function));
            });
        }

        @Override
        public void close() {
            entered().unload(module);
        }
    }

    private final class Function implements Kernel {
        private final long function;
        private final String name;
        private final int mostLanes;

        Function(long function, String name, int mostLanes) {
            this.function = function;
            this.name = name;
            this.mostLanes = mostLanes;
        }

        @Override
        public void launch(long groups, int lanes, Object... arguments) {
            if (lanes > mostLanes) {
                throw new DeviceException(
                        "cuLaunchKernel " + name + ": got " + lanes + " threads in a block, expected" + " at most "
                                + mostLanes + ", since this device has no registers for more; take a smaller net");
            }
            if (groups > Integer.MAX_VALUE) {
                throw new DeviceException("cuLaunchKernel " + name + ": got " + groups + " blocks, expected at most "
                        + Integer.MAX_VALUE + "; take fewer samples");
            }
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment pointers = arena.allocate(ValueLayout.ADDRESS, arguments.length);
                for (int i = 0; i < arguments.length; i++) {
                    pointers.setAtIndex(ValueLayout.ADDRESS, i, value(arena, i, arguments[i]));
                }
                lastLaunch = name;
                entered().launch(function, name, (int) groups, lanes, stream, pointers);
            }
        }

        private static MemorySegment value(Arena arena, int i, Object argument) {
            return switch (argument) {
                case DeviceMemory m -> arena.allocateFrom(ValueLayout.JAVA_LONG, m.pointer());
                case Integer n -> arena.allocateFrom(ValueLayout.JAVA_INT, n);
                case Long n -> arena.allocateFrom(ValueLayout.JAVA_LONG, n);
                case Double n -> arena.allocateFrom(ValueLayout.JAVA_DOUBLE, n);
                case Float n -> arena.allocateFrom(ValueLayout.JAVA_FLOAT, n);
                default ->
                    throw new IllegalArgumentException("argument " + i + ": got " + argument
                            + ", expected memory of the device or a number; the host's memory is not the device's");
            };
        }
    }
}
