package org.costate.gpu.ptx;

import java.lang.foreign.MemorySegment;

/// A thread in a function.
final class PtxFrame {
    final PtxBlock block;
    final PtxFunction function;
    final int thread;
    final long[] r;
    final MemorySegment local;
    final MemorySegment parameters;
    int at;
    boolean carry;
    boolean waits;
    boolean ended;

    PtxFrame(PtxBlock block, PtxFunction function, int thread) {
        this.block = block;
        this.function = function;
        this.thread = thread;
        r = function.registers();
        local = MemorySegment.ofArray(new byte[function.localBytes]).fill((byte) 0xff); // NaN
        parameters = MemorySegment.ofArray(new byte[function.parameterSpace]);
        r[function.place("%tid.x")] = thread;
        r[function.place("%ntid.x")] = block.lanes();
        r[function.place("%ctaid.x")] = block.number();
        r[function.place("%nctaid.x")] = block.blocks();
    }

    /// Runs to the next barrier, or to the end.
    void run() {
        waits = false;
        while (!waits && !ended) {
            PtxFunction.Instruction i = function.code.get(at++);
            if (i.guard() < 0 || r[i.guard()] != 0 == i.when()) {
                try {
                    i.operation().run(this);
                } catch (RuntimeException e) {
                    throw e instanceof PtxFault ? e : new PtxFault(i.text() + ": " + e);
                }
            }
        }
    }
}
