package org.costate.graph;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.costate.kernels.Kernels;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;

/// Expressions lowered to a list of kernel calls on kept buffers, for one batch size and one precision.
///
/// Memory: a buffer for each value that is computed. Running it allocates nothing.
final class Program {
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Call(Op op, Buffer[] in, Buffer out) {}

    private final Kernels kernels = Kernels.best();
    private final List<Call> building = new ArrayList<>();
    private final IdentityHashMap<Expr, Buffer> places;
    private final Workspace workspace;
    private final int batch;
    private final Precision precision;
    private Call[] calls;

    /// An empty program.
    ///
    /// @param places where values that are given or are to be kept lie: leaves, and results of this or another
    ///     program. Added to.
    Program(IdentityHashMap<Expr, Buffer> places, Workspace workspace, int batch, Precision precision) {
        this.places = places;
        this.workspace = workspace;
        this.batch = batch;
        this.precision = precision;
    }

    /// Computes these values, unless something before did.
    ///
    /// @param results interned expressions
    /// @param given values that lie in their places already
    void compute(List<Expr> results, List<Expr> given) {
        IdentityHashMap<Expr, Boolean> done = new IdentityHashMap<>();
        given.forEach(e -> done.put(e, true));
        results.forEach(e -> emit(e, done));
        calls = building.toArray(Call[]::new);
    }

    private void emit(Expr e, IdentityHashMap<Expr, Boolean> done) {
        if (done.putIfAbsent(e, true) != null) {
            return;
        }
        if (e.op() instanceof Leaf) {
            places.computeIfAbsent(e, this::leaf);
            return;
        }
        List<Expr> inputs = e.op().inputs();
        inputs.forEach(i -> emit(i, done));
        Buffer[] in = inputs.stream().map(places::get).toArray(Buffer[]::new);
        Buffer out = places.computeIfAbsent(
                e, k -> workspace.allocate(k.shape().rows(batch), k.shape().columns(), precision));
        building.add(new Call(e.op(), in, out));
    }

    private Buffer leaf(Expr e) {
        if (e.op() instanceof Leaf.Constant c) {
            return Interner.buffer(workspace, c, precision);
        }
        if (e.op() instanceof Leaf.Batch) {
            Buffer b = workspace.allocate(1, 1, precision);
            b.set(0, batch);
            return b;
        }
        throw new IllegalStateException(
                "the symbol " + e + " is not bound here; use only the x, t and p of this trace");
    }

    /// Computes everything, in order.
    void run() {
        for (Call call : calls) {
            call.op.forward(kernels, call.in, call.out);
        }
    }
}
