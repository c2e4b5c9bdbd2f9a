package org.costate.gpu.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/// The graphs of a driver with one device: launches that are kept, with copies of their arguments, and run later.
final class FakeGraphs implements AutoCloseable {
    private static final int INVALID_VALUE = 1;
    private static final int SPOILED = 901;
    private static final int NOT_ALLOWED = 900;

    private final Arena arena = Arena.ofShared();
    private final Map<Long, List<Callable<Integer>>> graphs = new HashMap<>();
    private final Map<Long, List<Callable<Integer>>> ready = new HashMap<>();
    private List<Callable<Integer>> recording;
    private boolean spoiled;
    private long next = 5000;

    boolean isRecording() {
        return recording != null;
    }

    /// What must not be called while launches are recorded.
    int spoil() {
        spoiled = true;
        return NOT_ALLOWED;
    }

    int begin() {
        boolean nested = recording != null;
        recording = new ArrayList<>();
        return nested ? INVALID_VALUE : 0;
    }

    /// The arguments are copied when a launch is recorded.
    @SuppressWarnings("restricted")
    MemorySegment keep(MemorySegment arguments, int count) {
        MemorySegment copy = arena.allocate(ADDRESS, count);
        for (int i = 0; i < count; i++) {
            MemorySegment value = arguments.getAtIndex(ADDRESS, i).reinterpret(8);
            copy.setAtIndex(ADDRESS, i, arena.allocate(8, 8).copyFrom(value));
        }
        return copy;
    }

    int add(Callable<Integer> launch) {
        recording.add(launch);
        return spoiled ? SPOILED : 0;
    }

    int end(MemorySegment result) {
        List<Callable<Integer>> done = recording;
        boolean good = !spoiled && done != null;
        recording = null;
        spoiled = false;
        result.set(JAVA_LONG, 0, good ? next : 0);
        if (good) {
            graphs.put(next++, done);
        }
        return good ? 0 : SPOILED;
    }

    int instantiate(MemorySegment result, long graph) {
        if (!graphs.containsKey(graph)) {
            return INVALID_VALUE;
        }
        ready.put(next, graphs.get(graph));
        result.set(JAVA_LONG, 0, next++);
        return 0;
    }

    int launch(long graph) throws Exception {
        if (!ready.containsKey(graph)) {
            return INVALID_VALUE;
        }
        for (Callable<Integer> each : ready.get(graph)) {
            int code = each.call();
            if (code != 0) {
                return code;
            }
        }
        return 0;
    }

    int free(long graph, boolean isReady) {
        return (isReady ? ready : graphs).remove(graph) == null ? INVALID_VALUE : 0;
    }

    List<String> live() {
        List<String> live = new ArrayList<>();
        graphs.keySet().forEach(g -> live.add("graph"));
        ready.keySet().forEach(g -> live.add("executable graph"));
        return live;
    }

    @Override
    public void close() {
        arena.close();
    }
}
