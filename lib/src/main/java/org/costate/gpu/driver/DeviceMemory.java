package org.costate.gpu.driver;

import org.costate.memory.Precision;

/// Memory of a device: `numbers` of one kind, from a [DeviceHeap].
public final class DeviceMemory {
    private final long pointer;
    private final long bytes;
    private final Precision precision;
    private boolean freed;

    DeviceMemory(long pointer, long bytes, Precision precision) {
        this.pointer = pointer;
        this.bytes = bytes;
        this.precision = precision;
    }

    /// What the device knows it by.
    ///
    /// @throws IllegalStateException if it was freed
    public long pointer() {
        if (freed) {
            throw new IllegalStateException("memory: got " + bytes + " bytes of a device that were freed, expected live"
                    + " ones; use them before the call that took them ends");
        }
        return pointer;
    }

    public long bytes() {
        return bytes;
    }

    /// Of its numbers; null where they are integers.
    public Precision precision() {
        return precision;
    }

    void freed() {
        freed = true;
    }
}
