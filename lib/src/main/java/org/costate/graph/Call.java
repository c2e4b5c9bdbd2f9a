package org.costate.graph;

import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.ode.Interruption;

/// One operation on the buffers of its inputs and of its value.
final class Call {
    private static final Kernels KERNELS = Kernels.best();

    private final Op op;
    private final Buffer[] in;
    private final Buffer plus;
    private final Buffer out;
    private final boolean[] ofBatch;
    /// Where it is long: the samples some after the others, so that an interrupt is heeded in between.
    private Slice[] pieces;

    /// @param op null to add the input to the value
    /// @param ofBatch which of the inputs have a row a sample
    /// @param plus what the operation adds to its value; null for nothing
    Call(Op op, Buffer[] in, boolean[] ofBatch, Buffer plus, Buffer out) {
        this.op = op;
        this.in = in;
        this.ofBatch = ofBatch;
        this.plus = plus;
        this.out = out;
    }

    /// Where its value goes.
    Buffer out() {
        return out;
    }

    /// Cuts the samples where the value has a row for each, or adds them up, and they take long.
    ///
    /// @param batch how many samples there are
    /// @param work of all of them, in multiplications
    /// @param most of a piece
    void cut(int batch, long work, long most) {
        boolean hasRows = op != null && op.shape().rows() == Shape.BATCH;
        boolean adds = op != null && op.adds();
        int count = (int) Math.min(batch, work / most + 1);
        if (count == 1 || !(hasRows || adds)) {
            return;
        }
        pieces = new Slice[count];
        for (int i = 0; i < count; i++) {
            int from = (int) ((long) batch * i / count);
            pieces[i] = new Slice(from, (int) ((long) batch * (i + 1) / count) - from, false);
            if (hasRows) {
                write(pieces[i]);
            } else if (i == 0) {
                writeSum(pieces[i]);
            } else {
                write(pieces[i], pieces[i].use(out), pieces[i].use(out));
            }
        }
    }

    /// @param caller whose interrupt is heeded; null if it is short
    void run(Thread caller) {
        if (caller != null) {
            Interruption.check(caller);
        }
        if (pieces == null || caller == null) {
            run(KERNELS, op, in, plus, out);
            return;
        }
        for (Slice piece : pieces) {
            piece.run(caller);
        }
    }

    /// Writes the steps down that compute the rows of one slice.
    void write(Slice slice) {
        Buffer rows = slice.rows(out);
        write(slice, plus == null ? null : plus == out ? rows : slice.use(plus), rows);
    }

    /// Writes the steps down that compute a sum over the samples of the only slice.
    void writeSum(Slice slice) {
        Buffer to = slice.use(out);
        write(slice, plus == null ? null : plus == out ? to : slice.use(plus), to);
    }

    /// Writes the steps down that compute a sum over the samples of one slice, to a place of its own.
    void writeSum(Slice slice, Buffer sum) {
        write(slice, null, slice.use(sum));
    }

    private void write(Slice slice, Buffer more, Buffer to) {
        Buffer[] from = new Buffer[in.length];
        for (int i = 0; i < in.length; i++) {
            from[i] = ofBatch[i] ? slice.rows(in[i]) : slice.use(in[i]);
        }
        boolean byKernels = op instanceof Elementwise
                || op instanceof Fused
                || op instanceof Linear.Product
                || op instanceof Linear.SumRows;
        if (byKernels) {
            run(slice.steps(), op, from, more, to);
        } else {
            slice.steps().then(() -> run(KERNELS, op, from, more, to), to);
        }
    }

    private static void run(Kernels kernels, Op op, Buffer[] from, Buffer more, Buffer to) {
        if (op == null) {
            kernels.add(1, from[0], to);
        } else if (more == null) {
            op.forward(kernels, from, to);
        } else {
            op.forward(kernels, from, more, to);
        }
    }
}
