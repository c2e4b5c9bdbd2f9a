package org.costate.graph;

import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.costate.kernels.Kernels;
import org.costate.kernels.ScalarKernels;
import org.costate.memory.Buffer;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;

/// Makes equal expressions the same object, so that each is computed once, and computes those that are constant.
final class Interner {
    private final UnaryOperator<Op> rule;
    private final Map<Op, Expr> known = new HashMap<>();
    private final IdentityHashMap<Expr, Expr> seen = new IdentityHashMap<>();

    Interner() {
        this(op -> op);
    }

    /// @param rule writes an operation, whose inputs are interned already, in another way
    Interner(UnaryOperator<Op> rule) {
        this.rule = rule;
    }

    /// The one expression that equals this one; null for null.
    Expr intern(Expr e) {
        if (e == null) {
            return null;
        }
        Expr done = seen.get(e);
        if (done == null) {
            List<Expr> inputs = e.op().inputs().stream().map(this::intern).toList();
            Op op = rule.apply(e.op().on(inputs));
            if (op.inputs().size() != inputs.size() || !inputs.containsAll(op.inputs())) {
                inputs = op.inputs().stream().map(this::intern).toList();
                op = op.on(inputs);
            }
            if (!inputs.isEmpty() && inputs.stream().allMatch(i -> i.op() instanceof Leaf.Constant)) {
                op = fold(op);
            }
            Op key = op;
            done = known.computeIfAbsent(key, Expr::new);
            seen.put(e, done);
        }
        return done;
    }

    private static Op fold(Op op) {
        if (op.shape().rows() == Shape.BATCH) {
            return op;
        }
        Kernels kernels = new ScalarKernels();
        Workspace workspace = new Workspace();
        Buffer[] in = op.inputs().stream()
                .map(i -> buffer(workspace, (Leaf.Constant) i.op(), Precision.FLOAT64))
                .toArray(Buffer[]::new);
        Buffer out = workspace.allocate(op.shape().rows(), op.shape().columns(), Precision.FLOAT64);
        op.forward(kernels, in, out);
        return new Leaf.Constant(op.shape(), out.toArray());
    }

    /// The numbers of a constant in memory.
    static Buffer buffer(Workspace workspace, Leaf.Constant constant, Precision precision) {
        Buffer b = workspace.allocate(constant.shape().rows(), constant.shape().columns(), precision);
        b.copyFrom(Arrays.copyOf(constant.values(), (int) b.size()));
        return b;
    }
}
