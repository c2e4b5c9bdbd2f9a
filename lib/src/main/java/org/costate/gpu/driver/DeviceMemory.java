package org.costate.gpu.driver;

import java.util.function.LongUnaryOperator;
import org.costate.memory.Precision;

/// Memory of a device: `numbers` of one kind, from a [DeviceHeap]. It is taken when it is used first, so that what a
/// call needs can be added up before.
public final class DeviceMemory {
    private final LongUnaryOperator taking;
    private final long bytes;
    private final Precision precision;
    private long pointer;
    private boolean taken;
    private boolean freed;

    /// @param taking takes so many bytes of the device
    DeviceMemory(LongUnaryOperator taking, long bytes, Precision precision) {
        this.taking = taking;
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
        if (!taken) {
            pointer = taking.applyAsLong(bytes);
            taken = true;
        }
        return pointer;
    }

    /// Was it used?
    boolean isTaken() {
        return taken;
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
