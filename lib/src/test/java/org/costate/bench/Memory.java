package org.costate.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.costate.adjoint.Gradient;

/// W7, the memory of one gradient of W1: `Memory data.json "costate Backsolve" 10000` prints a line of JSON.
///
/// | number | what it is |
/// |---|---|
/// | workspace_bytes | off the heap, the most at once: [Gradient#peakBytes()] |
/// | heap_bytes | on the heap, the most at once: what lives after collections during the call, less that before |
/// | live_mib | both together |
/// | allocated_bytes | on the heap by all threads during a call, dead or alive |
/// | growth_mib | of the resident memory, as the peers' is measured: Linux only |
/// | seconds | of a call |
public final class Memory {
    private static final int WARM = 3;
    private static final double MIB = 1 << 20;

    private Memory() {}

    /// Prints the numbers.
    ///
    /// @param arguments the file of W1's arrays, the implementation, the number of steps
    public static void main(String[] arguments) throws Exception {
        Map<?, ?> data = (Map<?, ?>) Json.parse(Files.readString(Path.of(arguments[0])));
        int steps = Integer.parseInt(arguments[2]);
        Implementation called = ((Net) Workload.of("W1", data)).withSteps(steps).make(arguments[1]);
        System.out.println(Json.text(measure(called)));
    }

    static Map<String, Object> measure(Implementation called) throws IOException, InterruptedException {
        for (int i = 0; i < WARM; i++) {
            called.call();
        }
        Gradient g = called.gradient();
        long heap = heap(called);
        Map<String, Object> m = new LinkedHashMap<>();
        m.put("workspace_bytes", g.peakBytes());
        m.put("heap_bytes", heap);
        m.put("live_mib", (g.peakBytes() + heap) / MIB);
        m.put("allocated_bytes", allocated(called));
        Path status = Path.of("/proc/self/status");
        if (Files.exists(status)) {
            System.gc();
            Files.writeString(Path.of("/proc/self/clear_refs"), "5"); // the peak becomes what is resident now
            long before = kib(status, "VmRSS:");
            called.call();
            m.put("growth_mib", (kib(status, "VmHWM:") - before) / 1024.0);
        }
        long begin = System.nanoTime();
        called.call();
        m.put("seconds", (System.nanoTime() - begin) * 1e-9);
        return m;
    }

    /// Another thread collects and looks while the call runs.
    private static long heap(Implementation called) throws InterruptedException {
        long before = live();
        long[] most = new long[1];
        Thread observer = Thread.ofPlatform().start(() -> {
            while (!Thread.currentThread().isInterrupted()) {
                most[0] = Math.max(most[0], live());
            }
        });
        called.call();
        observer.interrupt();
        observer.join();
        return Math.max(0, most[0] - before);
    }

    private static long live() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static long allocated(Implementation called) {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getTotalThreadAllocatedBytes();
        called.call();
        return threads.getTotalThreadAllocatedBytes() - before;
    }

    private static long kib(Path status, String key) throws IOException {
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith(key))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
