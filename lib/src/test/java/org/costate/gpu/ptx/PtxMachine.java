package org.costate.gpu.ptx;

import static java.lang.foreign.ValueLayout.ADDRESS;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/// Runs PTX, block after block and thread after thread.
public final class PtxMachine {
    /// Finds memory of the device.
    public interface Memory {
        /// So many bytes from an address on; null if they are not there.
        MemorySegment at(long address, long bytes);
    }

    private final Memory memory;
    private final Map<String, PtxModule> modules = new HashMap<>();

    /// What has run: kernels by their names, with the blocks of each.
    private final Map<String, Integer> blocks = new HashMap<>();

    public PtxMachine(Memory memory) {
        this.memory = memory;
    }

    public Map<String, Integer> blocks() {
        return blocks;
    }

    /// Launches a kernel.
    ///
    /// @param text of PTX
    /// @param arguments pointers to them
    @SuppressWarnings("restricted") // the size of what a pointer points to is known
    public void launch(String text, String kernel, int groups, int lanes, MemorySegment arguments) {
        PtxModule module = modules.computeIfAbsent(text, PtxParser::parse);
        PtxFunction function = module.functions.get(kernel);
        MemorySegment values = MemorySegment.ofArray(new byte[function.parameterSpace]);
        for (int i = 0; i < function.parameters.size(); i++) {
            int bytes = function.parameterBytes.get(i);
            MemorySegment from = arguments.getAtIndex(ADDRESS, i).reinterpret(bytes);
            MemorySegment.copy(from, 0, values, function.parameterAt.get(function.parameters.get(i)), bytes);
        }
        for (int i = 0; i < groups; i++) {
            new PtxBlock(module, function, memory, i, groups, lanes).run(values);
        }
        blocks.merge(kernel, groups, Integer::sum);
    }
}
