package org.costate.gpu.driver;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;

/// Hands out memory of a device and counts its bytes. A [Part] frees all that was taken by it when it is closed, also
/// after a failure.
///
/// May be shared by threads if the driver may.
public final class DeviceHeap {
    private final Driver driver;
    private long live;
    private long peak;

    public DeviceHeap(Driver driver) {
        this.driver = driver;
    }

    /// Bytes handed out and not freed.
    public synchronized long liveBytes() {
        return live;
    }

    /// The most bytes that were live at once since [#resetPeak()].
    public synchronized long peakBytes() {
        return peak;
    }

    /// Starts a new measurement: the peak becomes what is live now.
    public synchronized void resetPeak() {
        peak = live;
    }

    /// An empty part.
    public Part part() {
        return new Part();
    }

    private synchronized void count(long bytes) {
        live += bytes;
        peak = Math.max(peak, live);
    }

    /// Memory that is freed together.
    public final class Part implements AutoCloseable {
        private final Set<DeviceMemory> all = new LinkedHashSet<>();
        private long planned;
        private long taken;

        private Part() {}

        /// So many numbers, all 0.
        public DeviceMemory numbers(long count, Precision precision) {
            return take(count * precision.bytes(), precision);
        }

        /// So many integers of 4 bytes, all 0.
        public DeviceMemory integers(long count) {
            return take(count * Integer.BYTES, null);
        }

        /// The numbers of a buffer.
        public DeviceMemory copy(Buffer from) {
            DeviceMemory memory = numbers(from.size(), from.precision());
            if (from.size() > 0) {
                driver.upload(from.memory(), memory.pointer(), 0);
            }
            return memory;
        }

        private DeviceMemory take(long bytes, Precision precision) {
            long some = Math.max(8, bytes); // no device gives nothing
            DeviceMemory memory = new DeviceMemory(this::allocate, some, precision);
            all.add(memory);
            planned += some;
            return memory;
        }

        private long allocate(long bytes) {
            long pointer = driver.allocate(bytes);
            try {
                driver.clear(pointer, 0, bytes);
            } catch (RuntimeException e) {
                driver.free(pointer);
                throw e;
            }
            taken += bytes;
            count(bytes);
            return pointer;
        }

        /// Frees one before the others.
        public void free(DeviceMemory memory) {
            if (!all.remove(memory)) {
                return;
            }
            planned -= memory.bytes();
            if (memory.isTaken()) {
                long pointer = memory.pointer();
                taken -= memory.bytes();
                count(-memory.bytes());
                driver.free(pointer);
            }
            memory.freed();
        }

        /// Bytes that were asked for and not freed, whether they were used yet or not.
        public long plannedBytes() {
            return planned;
        }

        /// Bytes of the device that it holds.
        public long takenBytes() {
            return taken;
        }

        /// Frees all of it. Closing twice does nothing.
        @Override
        public void close() {
            List.copyOf(all).reversed().forEach(this::free);
        }
    }
}
