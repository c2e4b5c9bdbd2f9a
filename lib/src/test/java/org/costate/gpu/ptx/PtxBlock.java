package org.costate.gpu.ptx;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/// A block of threads: each runs to the next barrier before the next one does. Between two barriers no thread may touch
/// what another has written, nor write what another has read.
final class PtxBlock {
    private static final int WORD = 4;

    /// Keys of shared memory in the watch; addresses of the device are larger.
    private static final long SHARED = 1L << 62;

    /// Who used a word since the last barrier; −1 nobody, −2 several.
    private static final class Use {
        int epoch = -1;
        int writer = -1;
        int reader = -1;
    }

    private final PtxModule module;
    private final PtxFunction kernel;
    private final PtxMachine.Memory memory;
    private final int number;
    private final int blocks;
    private final int lanes;
    private final MemorySegment shared;
    private final Map<Long, Use> uses = new HashMap<>();
    private int epoch;

    PtxBlock(PtxModule module, PtxFunction kernel, PtxMachine.Memory memory, int number, int blocks, int lanes) {
        this.module = module;
        this.kernel = kernel;
        this.memory = memory;
        this.number = number;
        this.blocks = blocks;
        this.lanes = lanes;
        shared = MemorySegment.ofArray(new byte[kernel.sharedBytes]).fill((byte) 0xff); // NaN
    }

    PtxModule module() {
        return module;
    }

    int number() {
        return number;
    }

    int blocks() {
        return blocks;
    }

    int lanes() {
        return lanes;
    }

    void run(MemorySegment arguments) {
        PtxFrame[] threads = new PtxFrame[lanes];
        for (int i = 0; i < lanes; i++) {
            threads[i] = new PtxFrame(this, kernel, i);
            threads[i].parameters.copyFrom(arguments);
        }
        while (!threads[0].ended) {
            for (PtxFrame t : threads) {
                if (t.ended) {
                    throw new PtxFault("thread " + t.thread + " ended before a barrier of the others");
                }
                t.run();
                if (t.ended != threads[0].ended || (!t.ended && t.at != threads[0].at)) {
                    throw new PtxFault("thread " + t.thread + " is at another barrier than thread 0, in "
                            + kernel.code.get(t.at - 1).text());
                }
            }
            epoch++;
        }
    }

    MemorySegment shared(PtxFrame f, long address, int bytes, boolean write) {
        watch(f, SHARED + address, bytes, write);
        return shared.asSlice(address, bytes);
    }

    MemorySegment global(PtxFrame f, long address, int bytes, boolean write) {
        MemorySegment found = module.global(address, bytes);
        if (found != null) {
            return found;
        }
        found = memory.at(address, bytes);
        if (found == null || address % bytes != 0) {
            throw new PtxFault("illegal or misaligned address of " + bytes + " bytes");
        }
        watch(f, address, bytes, write);
        return found;
    }

    private void watch(PtxFrame f, long address, int bytes, boolean write) {
        for (long word = address / WORD; word * WORD < address + bytes; word++) {
            Use use = uses.computeIfAbsent(word, w -> new Use());
            if (use.epoch != epoch) {
                use.epoch = epoch;
                use.writer = -1;
                use.reader = -1;
            }
            boolean race = (use.writer >= 0 && use.writer != f.thread)
                    || (write && use.reader != -1 && use.reader != f.thread);
            if (race) {
                throw new PtxFault("race of thread " + f.thread + " with another for "
                        + (address >= SHARED ? "shared byte " + (address - SHARED) : "a byte of the device") + " in "
                        + f.function.code.get(f.at - 1).text());
            }
            if (write) {
                use.writer = f.thread;
            } else {
                use.reader = use.reader == -1 || use.reader == f.thread ? f.thread : -2;
            }
        }
    }
}
