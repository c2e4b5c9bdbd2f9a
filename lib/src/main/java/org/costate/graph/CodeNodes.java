package org.costate.graph;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/// Lowers expressions to [CodeNode]s: decides which values are stored, because others read many of their numbers or
/// several others read them, and writes the rest into the code of those that use them.
final class CodeNodes {
    private final IdentityHashMap<Expr, String> given;
    private final boolean alone;
    private final String prefix;
    private final IdentityHashMap<Expr, Integer> uses = new IdentityHashMap<>();
    private final Set<Expr> kept = Collections.newSetFromMap(new IdentityHashMap<>());
    private final IdentityHashMap<Expr, String> stored;
    private final List<CodeNode> nodes = new ArrayList<>();

    /// @param given names of the arrays of leaves, and of values that depend on parameters alone
    /// @param alone has every sample a time of its own?
    /// @param prefix of the names of values
    CodeNodes(IdentityHashMap<Expr, String> given, boolean alone, String prefix) {
        this.prefix = prefix;
        this.given = given;
        this.alone = alone;
        stored = new IdentityHashMap<>(given);
    }

    /// A value that is wanted.
    ///
    /// @param name of the array it goes to
    /// @param adds is it a gradient by parameters, to be summed and added there from `offset` on?
    record Result(Expr value, String name, boolean adds, int offset) {}

    List<CodeNode> of(List<Result> results) {
        List<Result> all = new ArrayList<>();
        for (Result r : results) {
            split(r, all);
        }
        List<Expr> order = Derivative.order(all.stream().map(Result::value).toList());
        all.forEach(r -> uses.merge(r.value, 1, Integer::sum));
        for (Expr user : order.reversed()) {
            if (!given.containsKey(user)) {
                for (Expr input : user.op().inputs()) {
                    uses.merge(input, movesNumbers(user) ? uses.get(user) : 1, Integer::sum);
                    if (needsArray(user, input)) {
                        keep(input);
                    }
                }
            }
        }
        for (Expr e : order) {
            boolean sum = !alone && CodeWriter.sumsBatch(e.op());
            boolean many = uses.getOrDefault(e, 0) > 1 && !movesNumbers(e);
            boolean ends = sum && all.stream().noneMatch(r -> r.adds && r.value.equals(e));
            if (isComputed(e) && (kept.contains(e) || many || ends)) {
                add(e, prefix + nodes.size(), false, 0, false);
                stored.put(e, nodes.getLast().name());
            }
        }
        for (Result r : all) {
            add(r.value, r.name, r.adds, r.offset, true);
        }
        return nodes;
    }

    /// A gradient that is a sum is added term by term.
    private static void split(Result r, List<Result> all) {
        if (r.adds
                && r.value.op() instanceof Elementwise.Join j
                && j.isSum()
                && j.a().shape().equals(j.b().shape())) {
            split(new Result(j.a(), r.name, true, r.offset), all);
            split(new Result(j.b(), r.name, true, r.offset), all);
        } else {
            all.add(r);
        }
    }

    private boolean isComputed(Expr e) {
        return !given.containsKey(e) && !(e.op() instanceof Leaf);
    }

    /// Does it only say where a number is?
    private static boolean movesNumbers(Expr e) {
        return e.op() instanceof Linear.Transpose
                || e.op() instanceof Linear.Columns
                || e.op() instanceof Linear.Stretch;
    }

    /// Stores a value, or what it is a view of.
    private void keep(Expr e) {
        if (!isComputed(e)) {
            return;
        }
        if (movesNumbers(e)) {
            keep(e.op().inputs().getFirst());
        } else {
            kept.add(e);
        }
    }

    /// Would the user compute the numbers of its input again and again, or where they are not?
    private boolean needsArray(Expr user, Expr input) {
        return switch (user.op()) {
            case Linear.Product _, Linear.Embed _, Linear.Concat _ -> true;
            case Linear.SumColumns _, Linear.SumRows _ -> isCostly(input);
            default -> isCostly(input) && (count(input) < count(user));
        };
    }

    private long count(Expr e) {
        return (long) CodeWriter.rows(e.shape())
                * e.shape().columns()
                * (CodeWriter.ofSample(e, alone) ? 1_000_000 : 1);
    }

    private boolean isCostly(Expr e) {
        return isComputed(e)
                && switch (e.op()) {
                    case Linear.Product _, Linear.SumColumns _, Linear.SumRows _, Elementwise.Map _ -> true;
                    case Leaf _ -> false;
                    default -> e.op().inputs().stream().anyMatch(this::isCostly);
                };
    }

    private void add(Expr e, String name, boolean adds, int offset, boolean result) {
        Shape s = e.shape();
        CodeWriter writer = new CodeWriter(stored, alone);
        boolean isRow = result && !adds;
        boolean own = isRow ? s.rows() == Shape.BATCH : CodeWriter.ofSample(e, alone);
        boolean isKnown = stored.containsKey(e);
        boolean batchSum = !alone && CodeWriter.sumsBatch(e.op()) && !isKnown;
        boolean sum = batchSum || (adds && own);
        CodeWriter.At at = new CodeWriter.At("s", CodeWriter.rows(s) == 1 ? "0" : "r", s.columns() == 1 ? "0" : "c");
        String value = batchSum ? writer.term(e, at) : writer.value(e, at);
        CodeWriter products = new CodeWriter(stored, alone, e);
        String rest = batchSum ? products.productOfSamples(e) : products.value(e, at);
        nodes.add(new CodeNode(
                name,
                formula(e, result && isKnown),
                own && !adds,
                sum,
                adds,
                CodeWriter.rows(s),
                s.columns(),
                offset,
                writer.statements(),
                value,
                writer.reads(),
                writer.work(),
                products.products(),
                new CodeNode.Rest(products.statements(), rest)));
    }

    /// The operation with the names of what it reads.
    private String formula(Expr e, boolean known) {
        String name = known ? stored.get(e) : given.get(e);
        if (name != null) {
            return name;
        }
        if (e.op() instanceof Leaf) {
            return e.op().symbol();
        }
        List<String> inputs = e.op().inputs().stream()
                .map(i -> formula(i, stored.containsKey(i)))
                .toList();
        return e.op().symbol() + "(" + String.join(", ", inputs) + ")";
    }
}
