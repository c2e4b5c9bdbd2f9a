package org.costate.gpu.ptx;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/// PTX that was read.
final class PtxModule {
    final Map<String, PtxFunction> functions = new HashMap<>();

    /// Where names of the module are: offsets of constants, addresses of global arrays.
    final Map<String, Long> symbols = new HashMap<>();

    private final Arena arena = Arena.ofAuto();
    private MemorySegment constants = MemorySegment.ofArray(new byte[0]);
    private final Map<String, MemorySegment> globals = new HashMap<>();

    void constant(String name, byte[] bytes) {
        long at = (constants.byteSize() + 15) / 16 * 16;
        byte[] all = new byte[(int) at + bytes.length];
        MemorySegment.copy(constants, 0, MemorySegment.ofArray(all), 0, constants.byteSize());
        System.arraycopy(bytes, 0, all, (int) at, bytes.length);
        constants = MemorySegment.ofArray(all);
        symbols.put(name, at);
    }

    void global(String name, byte[] bytes) {
        MemorySegment memory = arena.allocate(bytes.length, 16);
        memory.copyFrom(MemorySegment.ofArray(bytes));
        globals.put(name, memory);
        symbols.put(name, memory.address());
    }

    MemorySegment constants() {
        return constants;
    }

    /// A part of a global array of the module; null if it is of none.
    MemorySegment global(long address, long bytes) {
        for (MemorySegment m : globals.values()) {
            long from = address - m.address();
            if (from >= 0 && from + bytes <= m.byteSize()) {
                return m.asSlice(from, bytes);
            }
        }
        return null;
    }
}
