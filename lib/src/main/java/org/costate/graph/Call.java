package org.costate.graph;

import java.util.List;
import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;

/// One operation on the buffers of its inputs and of its value; on slices of the batch, if it works row by row.
final class Call {
    private static final Kernels KERNELS = Kernels.best();

    private final Op op;
    private final Buffer[] in;
    private final Buffer plus;
    private final Buffer out;
    /// Its inputs and its value in each slice; null where the whole is meant.
    private Buffer[][] inRows;
    private Buffer[] outRows;
    private int[] firstRow;
    private List<Boolean> ofBatch;

    /// @param op null to add the input to the value
    /// @param plus what the operation adds to its value; null for nothing
    Call(Op op, Buffer[] in, Buffer plus, Buffer out) {
        this.op = op;
        this.in = in;
        this.plus = plus;
        this.out = out;
    }

    /// Tells which of the inputs have a row a sample.
    void inputsOfBatch(List<Boolean> which) {
        ofBatch = which;
    }

    /// Makes the views of slices.
    ///
    /// @param ends the row after each slice
    void slice(int[] ends) {
        firstRow = new int[ends.length];
        inRows = new Buffer[ends.length][in.length];
        outRows = new Buffer[ends.length];
        for (int s = 0; s < ends.length; s++) {
            firstRow[s] = s == 0 ? 0 : ends[s - 1];
            int rows = ends[s] - firstRow[s];
            outRows[s] = Buffer.movable(rows, out.columns(), out.precision());
            for (int i = 0; i < in.length; i++) {
                inRows[s][i] = ofBatch.get(i) ? Buffer.movable(rows, in[i].columns(), in[i].precision()) : in[i];
            }
        }
    }

    void run() {
        run(in, out, plus);
    }

    /// Computes the rows of one slice.
    void run(int slice) {
        Buffer[] views = inRows[slice];
        for (int i = 0; i < in.length; i++) {
            if (views[i] != in[i]) {
                views[i].moveTo(in[i], (long) firstRow[slice] * in[i].columns());
            }
        }
        outRows[slice].moveTo(out, (long) firstRow[slice] * out.columns());
        run(views, outRows[slice], plus == out ? outRows[slice] : plus);
    }

    private void run(Buffer[] from, Buffer to, Buffer more) {
        if (op == null) {
            KERNELS.add(1, from[0], to);
        } else if (more == null) {
            op.forward(KERNELS, from, to);
        } else {
            op.forward(KERNELS, from, more, to);
        }
    }
}
