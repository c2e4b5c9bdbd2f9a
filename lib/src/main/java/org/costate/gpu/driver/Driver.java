package org.costate.gpu.driver;

import java.lang.foreign.MemorySegment;

/// One device by one way to it: memory, code, launches in order. Not for several threads at once.
///
/// Every call that the device refuses is a [DeviceException] that names the call.
public interface Driver {
    /// What the device is.
    Facts facts();

    /// Memory of the device, not cleared.
    ///
    /// @return what the device knows it by
    long allocate(long bytes);

    void free(long memory);

    /// Copies to the device.
    ///
    /// @param at where in the device's memory, in bytes
    void upload(MemorySegment from, long memory, long at);

    /// Waits for all launches before, and copies from the device.
    void download(long memory, long at, MemorySegment to);

    /// Sets bytes to 0.
    void clear(long memory, long at, long bytes);

    /// Copies on the device.
    void copy(long from, long fromByte, long to, long toByte, long bytes);

    /// Compiles a source, written with the macros of [Prelude].
    ///
    /// @throws DeviceException if it does not compile, with the lines that are to blame
    Code build(String source);

    /// Starts the same launches so many times, one after the other. They must take no memory, and copy nothing.
    ///
    /// @param launches may be run once, and what it launched be launched again
    default void repeat(int times, Runnable launches) {
        for (int i = 0; i < times; i++) {
            launches.run();
        }
    }

    /// A library's products of matrices; null where there is none.
    default Products products() {
        return null;
    }

    /// Waits for all launches before.
    void finish();

    /// Free memory by the driver's own count; −1 where it tells none.
    long freeBytes();

    /// Compiled code.
    interface Code extends AutoCloseable {
        /// A kernel by its name.
        Kernel kernel(String name);

        @Override
        void close();
    }

    /// A kernel.
    interface Kernel {
        /// Starts it after all launches before.
        ///
        /// @param groups how many work-groups (blocks)
        /// @param lanes work-items (threads) in each
        /// @param arguments a [DeviceMemory], Integer, Long, Float or Double for each of the kernel's
        void launch(long groups, int lanes, Object... arguments);
    }
}
