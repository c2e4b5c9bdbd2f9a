package org.costate.graph;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// Derivatives of expressions, as expressions.
final class Derivative {
    private Derivative() {}

    /// All expressions that the results need, inputs before users; each once.
    static List<Expr> order(List<Expr> results) {
        List<Expr> order = new ArrayList<>();
        Set<Expr> visited = Collections.newSetFromMap(new IdentityHashMap<>());
        results.forEach(r -> visit(r, visited, order));
        return order;
    }

    private static void visit(Expr e, Set<Expr> visited, List<Expr> order) {
        if (visited.add(e)) {
            for (Expr i : e.op().inputs()) {
                visit(i, visited, order);
            }
            order.add(e);
        }
    }

    /// The vector–Jacobian products gᵀ ∂y/∂(each of wrt): one walk from y backwards, in which what comes back to an
    /// expression is the sum over its users.
    ///
    /// @param y an interned expression
    /// @param wrt interned expressions
    /// @return null for those that y does not depend on
    static List<Expr> vjp(Expr y, Expr g, List<Expr> wrt) {
        List<Expr> order = order(List.of(y));
        Set<Expr> moving = Collections.newSetFromMap(new IdentityHashMap<>());
        moving.addAll(wrt);
        for (Expr e : order) {
            if (e.op().inputs().stream().anyMatch(moving::contains)) {
                moving.add(e);
            }
        }
        IdentityHashMap<Expr, Expr> back = new IdentityHashMap<>();
        back.put(y, g);
        for (Expr e : order.reversed()) {
            Expr incoming = back.get(e);
            if (incoming == null || !moving.contains(e)) {
                continue;
            }
            List<Expr> inputs = e.op().inputs();
            for (int i = 0; i < inputs.size(); i++) {
                if (moving.contains(inputs.get(i))) {
                    back.merge(inputs.get(i), e.op().vjp(i, e, incoming), Expr::plus);
                }
            }
        }
        return wrt.stream().map(w -> moving.contains(y) ? back.get(w) : null).toList();
    }

    /// The Jacobian–vector product Σ ∂y/∂(from) · direction: one walk from the inputs forwards.
    ///
    /// @param directions how each of the moving expressions moves
    /// @return null if y depends on none of them
    static Expr jvp(Expr y, Map<Expr, Expr> directions) {
        IdentityHashMap<Expr, Expr> moves = new IdentityHashMap<>();
        directions.forEach(moves::put);
        for (Expr e : order(List.of(y))) {
            List<Expr> inputs = e.op().inputs();
            if (!directions.containsKey(e) && inputs.stream().anyMatch(moves::containsKey)) {
                moves.put(
                        e,
                        e.op().jvp(
                                        e,
                                        inputs.stream()
                                                .map(moves::get)
                                                .collect(Collectors.toCollection(ArrayList::new))));
            }
        }
        return moves.get(y);
    }

    /// An expression as text, one operation a line.
    ///
    /// @param name of the expression itself
    static String text(Expr result, String name) {
        StringBuilder text = new StringBuilder();
        IdentityHashMap<Expr, String> names = new IdentityHashMap<>();
        for (Expr e : order(List.of(result))) {
            if (e.op() instanceof Leaf) {
                names.put(e, e.op().symbol());
                continue;
            }
            names.put(e, e.equals(result) ? name : "v" + names.size());
            List<String> inputs = e.op().inputs().stream().map(names::get).toList();
            text.append(names.get(e)).append(" = ").append(e.op().symbol());
            text.append('(').append(String.join(", ", inputs)).append(")  ");
            text.append(e.shape()).append('\n');
        }
        return text.toString();
    }
}
