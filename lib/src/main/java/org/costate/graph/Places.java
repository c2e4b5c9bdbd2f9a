package org.costate.graph;

import java.util.IdentityHashMap;
import java.util.List;
import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;

/// Where the values of expressions lie, for one batch size, one precision and one θ.
///
/// Memory: a buffer for each value that was asked for.
final class Places {
    private final IdentityHashMap<Expr, Buffer> places = new IdentityHashMap<>();
    /// Values that depend on nothing but parameters and constants: computed once.
    private final IdentityHashMap<Expr, Boolean> fixed = new IdentityHashMap<>(4);
    private final Kernels kernels = Kernels.best();
    private final Workspace workspace;
    private final int batch;
    private final Precision precision;

    /// @param given where leaves lie, and values that somebody else keeps
    Places(IdentityHashMap<Expr, Buffer> given, Workspace workspace, int batch, Precision precision) {
        places.putAll(given);
        this.workspace = workspace;
        this.batch = batch;
        this.precision = precision;
    }

    /// The buffer of a value, made when it is asked for first.
    Buffer of(Expr e) {
        Buffer known = places.get(e);
        if (known == null) {
            known = e.op() instanceof Leaf.Constant c
                    ? Interner.buffer(workspace, c, precision)
                    : workspace.allocate(e.shape().rows(batch), e.shape().columns(), precision);
            places.put(e, known);
            if (e.op() instanceof Leaf.Batch) {
                known.set(0, batch);
            } else if (e.op() instanceof Leaf.Input || e.op() instanceof Leaf.Parameter) {
                throw unbound(e);
            }
        }
        return known;
    }

    static IllegalStateException unbound(Expr symbol) {
        return new IllegalStateException(
                "the symbol " + symbol + " is not bound here; use only the x, t and p of this trace");
    }

    /// A buffer for what is no expression.
    Buffer allocate(int rows, int columns) {
        return workspace.allocate(rows, columns, precision);
    }

    int batch() {
        return batch;
    }

    /// Computes a value that is the same in every evaluation, unless that was done.
    void fix(Expr e) {
        if (!(e.op() instanceof Leaf) && fixed.putIfAbsent(e, true) == null) {
            List<Expr> inputs = e.op().inputs();
            inputs.forEach(this::fix);
            e.op().forward(kernels, inputs.stream().map(this::of).toArray(Buffer[]::new), of(e));
        }
    }
}
