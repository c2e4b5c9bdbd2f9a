package org.costate.ode;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The conditions that make a Runge–Kutta method converge with order p: one for each rooted tree τ with at most p
/// nodes,
///
/// Σᵢ bᵢ Φᵢ(τ) = 1 / γ(τ), with Φᵢ([τ₁ … τₘ]) = Πₖ Σⱼ aᵢⱼ Φⱼ(τₖ) and γ(τ) = |τ| Π γ(τₖ).
///
/// 1, 2, 4, 8, 17, 37, 85, 200 conditions for orders 1 to 8.
///
/// Source: Hairer, Nørsett, Wanner, *Solving Ordinary Differential Equations I*, II.2, doi:10.1007/978-3-540-78862-1.
final class OrderConditions {
    static final double TOLERANCE = 1e-12;

    private OrderConditions() {}

    /// A rooted tree: what hangs below the root.
    private record Tree(List<Tree> children) {
        int nodes() {
            return 1 + children.stream().mapToInt(Tree::nodes).sum();
        }

        double gamma() {
            return nodes() * children.stream().mapToDouble(Tree::gamma).reduce(1, (p, q) -> p * q);
        }

        @Override
        public String toString() {
            StringBuilder s = new StringBuilder("[");
            children.forEach(s::append);
            return s.append("]").toString();
        }
    }

    /// The first condition up to `order` that does not hold, in words; null if all hold.
    static String firstBroken(double[][] a, double[] b, int order) {
        return firstBroken(a, b, order, 1);
    }

    /// The same for weights bᵢ(θ) of an interpolant, which must give θ^|τ| / γ(τ).
    static String firstBroken(double[][] a, double[] b, int order, double theta) {
        if (order < 1 || order > 10) {
            return "no condition is known, expected an order of 1 to 10";
        }
        List<List<Tree>> bySize = trees(order);
        for (int n = 1; n <= order; n++) {
            for (Tree tree : bySize.get(n)) {
                double[] phi = elementaryWeights(tree, a);
                double sum = 0;
                for (int i = 0; i < b.length; i++) {
                    sum += b[i] * phi[i];
                }
                double expected = Math.pow(theta, n) / tree.gamma();
                if (!(Math.abs(sum - expected) <= TOLERANCE)) {
                    return "the condition of the tree " + tree + " (order " + n + ") gives " + sum + ", expected "
                            + expected;
                }
            }
        }
        return null;
    }

    /// Trees by their number of nodes, up to `largest`.
    private static List<List<Tree>> trees(int largest) {
        List<List<Tree>> bySize = new ArrayList<>();
        bySize.add(List.of());
        for (int n = 1; n <= largest; n++) {
            List<Tree> found = new ArrayList<>();
            forests(bySize, n - 1, n - 1, Integer.MAX_VALUE, new ArrayList<>(), found);
            bySize.add(found);
        }
        return bySize;
    }

    /// How many conditions a method of order n has more than one of order n − 1.
    static int countOfSize(int n) {
        return trees(n).get(n).size();
    }

    /// All multisets of trees with `nodes` nodes in all, each once: sizes never grow, and among trees of one size
    /// neither do indices.
    private static void forests(
            List<List<Tree>> bySize, int nodes, int largest, int lastIndex, List<Tree> taken, List<Tree> found) {
        if (nodes == 0) {
            found.add(new Tree(List.copyOf(taken)));
            return;
        }
        for (int size = Math.min(nodes, largest); size >= 1; size--) {
            List<Tree> candidates = bySize.get(size);
            int from = size == largest ? Math.min(lastIndex, candidates.size() - 1) : candidates.size() - 1;
            for (int i = from; i >= 0; i--) {
                taken.add(candidates.get(i));
                forests(bySize, nodes - size, size, i, taken, found);
                taken.removeLast();
            }
        }
    }

    private static double[] elementaryWeights(Tree tree, double[][] a) {
        double[] phi = new double[a.length];
        Arrays.fill(phi, 1);
        for (Tree child : tree.children()) {
            double[] below = elementaryWeights(child, a);
            for (int i = 0; i < a.length; i++) {
                double sum = 0;
                for (int j = 0; j < a[i].length; j++) {
                    sum += a[i][j] * below[j];
                }
                phi[i] *= sum;
            }
        }
        return phi;
    }
}
