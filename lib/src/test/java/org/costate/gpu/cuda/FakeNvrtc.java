package org.costate.gpu.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// NVRTC that compiles nothing: the image says what was asked for.
final class FakeNvrtc extends Answering {
    private final Map<Long, String> sources = new HashMap<>();
    private final Map<Long, String> images = new HashMap<>();
    private final int major;
    private final int minor;
    private final int[] architectures;
    private long next = 1;

    /// What the compiler says.
    String log = "";

    /// The options of each compilation.
    final List<List<String>> options = new ArrayList<>();

    FakeNvrtc(int major, int minor, int... architectures) {
        super(Nvrtc.TYPES);
        this.major = major;
        this.minor = minor;
        this.architectures = architectures;
    }

    /// Programs that were made and not destroyed.
    int live() {
        return sources.size();
    }

    @Override
    int answer(String name, Object... a) {
        switch (name) {
            case "nvrtcVersion" -> {
                sized(a[0], 4).set(JAVA_INT, 0, major);
                sized(a[1], 4).set(JAVA_INT, 0, minor);
            }
            case "nvrtcGetNumSupportedArchs" -> sized(a[0], 4).set(JAVA_INT, 0, architectures.length);
            case "nvrtcGetSupportedArchs" ->
                sized(a[0], 4L * architectures.length).copyFrom(MemorySegment.ofArray(architectures));
            case "nvrtcCreateProgram" -> {
                sources.put(next, text(a[1]));
                sized(a[0], 8).set(JAVA_LONG, 0, next++);
            }
            case "nvrtcDestroyProgram" -> {
                MemorySegment program = sized(a[0], 8);
                if (sources.remove(program.get(JAVA_LONG, 0)) == null) {
                    return 4;
                }
                program.set(JAVA_LONG, 0, 0);
            }
            case "nvrtcCompileProgram" -> {
                List<String> given = new ArrayList<>();
                MemorySegment pointers = sized(a[2], 8L * (int) a[1]);
                for (int i = 0; i < (int) a[1]; i++) {
                    given.add(text(pointers.getAtIndex(ADDRESS, i)));
                }
                options.add(given);
                if (sources.get((Long) a[0]).contains("#error")) {
                    return 6;
                }
                images.put((Long) a[0], given.getLast() + " " + sources.get((Long) a[0]));
            }
            case "nvrtcGetProgramLogSize" -> size(a[1], log);
            case "nvrtcGetProgramLog" -> put(a[1], log);
            case "nvrtcGetPTXSize", "nvrtcGetCUBINSize" -> size(a[1], images.get((Long) a[0]));
            case "nvrtcGetPTX", "nvrtcGetCUBIN" -> put(a[1], images.get((Long) a[0]));
            default -> throw new IllegalStateException(name);
        }
        return 0;
    }

    private static void size(Object to, String text) {
        sized(to, 8).set(JAVA_LONG, 0, text.getBytes(StandardCharsets.UTF_8).length + 1L);
    }

    private static void put(Object to, String text) {
        sized(to, text.getBytes(StandardCharsets.UTF_8).length + 1L).setString(0, text);
    }
}
