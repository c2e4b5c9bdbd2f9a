package org.costate.gpu.ptx;

/// What a kernel must not do.
public final class PtxFault extends RuntimeException {
    private static final long serialVersionUID = 1;

    PtxFault(String message) {
        super(message);
    }
}
