package org.costate.gpu.driver;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.function.Supplier;

/// The JVM's signal handlers, which must outlive a compiler that runs in this process.
///
/// LLVM, by which PoCL and others compile, puts handlers of its own in their place when it is loaded or writes its
/// first file, and each of them serves once. But Java meets SIGSEGV in its daily work, wherever compiled code finds a
/// null or stops for the collector: of two threads that do so at a time, the second finds no handler, and the process
/// ends without a word. LLVM does so only once; what is set right after it stays right.
///
/// PoCL's handler of SIGFPE, for kernels that divide an integer by 0, goes with it; ours divide by constants.
public final class Signals {
    private static final int LAST = 31;

    /// More than a `struct sigaction` has; its handler comes first.
    private static final long BYTES = 256;

    /// Null where there is none, as on Windows.
    private static final MethodHandle SIGACTION = find();

    private Signals() {}

    @SuppressWarnings("restricted") // calling a native library is what this is for
    private static MethodHandle find() {
        Linker linker = Linker.nativeLinker();
        FunctionDescriptor type = FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
        return linker.defaultLookup()
                .find("sigaction")
                .map(symbol -> linker.downcallHandle(symbol, type))
                .orElse(null);
    }

    /// Does something, after which all handlers are those of before. One at a time.
    public static <T> T kept(Supplier<T> action) {
        if (SIGACTION == null) {
            return action.get();
        }
        synchronized (Signals.class) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment[] before = handlers(arena);
                try {
                    return action.get();
                } finally {
                    MemorySegment[] now = handlers(arena);
                    for (int n = 1; n <= LAST; n++) {
                        if (now[n].get(JAVA_LONG, 0) != before[n].get(JAVA_LONG, 0)) {
                            sigaction(n, before[n], MemorySegment.NULL);
                        }
                    }
                }
            }
        }
    }

    private static MemorySegment[] handlers(Arena arena) {
        MemorySegment[] all = new MemorySegment[LAST + 1];
        for (int n = 1; n <= LAST; n++) {
            all[n] = arena.allocate(BYTES, Long.BYTES);
            sigaction(n, MemorySegment.NULL, all[n]);
        }
        return all;
    }

    private static void sigaction(int signal, MemorySegment to, MemorySegment from) {
        try {
            int _ = (int) SIGACTION.invokeExact(signal, to, from); // of a signal that has no handler it fails
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("sigaction", e); // a native function throws nothing
        }
    }

    /// The address of a signal's handler; 0 where there is none.
    public static long handler(int signal) {
        if (SIGACTION == null) {
            return 0;
        }
        try (Arena arena = Arena.ofConfined()) {
            return handlers(arena)[signal].get(JAVA_LONG, 0);
        }
    }
}
