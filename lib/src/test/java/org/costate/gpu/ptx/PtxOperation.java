package org.costate.gpu.ptx;

/// What an instruction does to a thread.
interface PtxOperation {
    void run(PtxFrame f);
}
