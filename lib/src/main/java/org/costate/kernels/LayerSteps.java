package org.costate.kernels;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Predicate;
import org.costate.memory.Buffer;

/// Finds two layers of a net among steps that were written down, one or two numbers to many and back, and has them
/// done in one pass over the many, by [Layers64] or [Layers32]: there and, with the sums for the parameters, back.
final class LayerSteps {
    /// What a step does, as far as it matters here.
    enum Kind {
        /// out = tanh(a b + plus)
        TANH,
        /// out = (a b) ∘ (1 − y²)
        TANH_REVERSE,
        /// out = a bᵀ + plus
        DOT,
        /// out = aᵀ b + plus
        OUTER,
        /// out = the sum of the rows of a + plus
        SUM_ROWS,
        OTHER
    }

    /// @param outs what it writes
    record Step(Kind kind, Buffer a, Buffer b, Buffer plus, Buffer y, List<Buffer> outs, Runnable run) {
        static Step of(Kind kind, Buffer a, Buffer b, Buffer plus, Buffer y, Buffer out, Runnable run) {
            return new Step(kind, a, b, plus, y, Collections.singletonList(out), run);
        }

        static Step other(List<Buffer> outs, Runnable run) {
            return new Step(Kind.OTHER, null, null, null, null, outs, run);
        }

        Buffer out() {
            return outs.getFirst();
        }

        boolean adds() {
            return plus != null && plus == out();
        }
    }

    private final List<Step> steps;

    private LayerSteps(List<Step> steps) {
        this.steps = new ArrayList<>(steps);
    }

    /// The same work in fewer steps, where there are such layers.
    static List<Step> fused(List<Step> written) {
        LayerSteps all = new LayerSteps(written);
        for (int i = 0; i < all.steps.size(); i++) {
            Step fused = switch (all.steps.get(i).kind) {
                case TANH -> all.forward(i);
                case TANH_REVERSE -> all.reverse(i);
                default -> null;
            };
            if (fused != null) {
                all.steps.set(i, fused);
            }
        }
        return all.steps;
    }

    /// The layer that reads what step `i` gives, taken out of the list; null if there is none that fits.
    private Step forward(int i) {
        Step tanh = steps.get(i);
        if (!isRow(tanh.plus)) {
            return null;
        }
        Step dot =
                take(i, Kind.DOT, s -> s.a == tanh.out() && Fits.layers(tanh.a, tanh.out(), s.out()) && isRow(s.plus));
        if (dot == null) {
            return null;
        }
        // The buffers alone, not the steps that are no more.
        Buffer x = tanh.a;
        Buffer w = tanh.b;
        Buffer plus = tanh.plus;
        Buffer h = tanh.out();
        Buffer v = dot.b;
        Buffer more = dot.plus;
        Buffer y = dot.out();
        Runnable run = Fits.wide(h)
                ? () -> FirstLayers64.forward(x, w, plus, h, v, more, y)
                : () -> FirstLayers32.forward(x, w, plus, h, v, more, y);
        return Step.other(List.of(h, y), run);
    }

    private static boolean isRow(Buffer plus) {
        return plus == null || plus.rows() == 1;
    }

    private Step reverse(int i) {
        Step back = steps.get(i);
        Buffer k = back.a;
        Buffer h = back.y;
        Buffer g = back.out();
        Step dot = take(i, Kind.DOT, s -> s.a == g && s.plus == null && Fits.layers(k, g, s.out()));
        if (dot == null) {
            return null;
        }
        int first = find(i, s -> isSum(s, k, h, g, dot));
        boolean add = first >= 0 && steps.get(first).adds();
        Step byW = take(i, Kind.OUTER, s -> s.b == g && isSum(s, k, h, g, dot) && s.adds() == add);
        Step byB = take(i, Kind.SUM_ROWS, s -> s.a == g && isSum(s, k, h, g, dot) && s.adds() == add);
        Step byV = take(i, Kind.OUTER, s -> s.a == h && isSum(s, k, h, g, dot) && s.adds() == add);
        List<Buffer> outs = new ArrayList<>(Arrays.asList(g, dot.out()));
        for (Step sum : Arrays.asList(byW, byB, byV)) {
            if (sum != null) {
                outs.add(sum.out());
            }
        }
        Buffer x = byW == null ? null : byW.a;
        Buffer toW = byW == null ? null : byW.out();
        Buffer toB = byB == null ? null : byB.out();
        Buffer toV = byV == null ? null : byV.out();
        Buffer v = back.b;
        Buffer w = dot.b;
        Buffer gx = dot.out();
        Runnable run = Fits.wide(g)
                ? () -> FirstLayers64.reverse(k, v, h, g, w, gx, x, toW, toB, toV, add)
                : () -> FirstLayers32.reverse(k, v, h, g, w, gx, x, toW, toB, toV, add);
        return Step.other(outs, run);
    }

    /// Is it one of the sums over the rows that belong to these layers?
    private static boolean isSum(Step s, Buffer k, Buffer h, Buffer g, Step dot) {
        boolean plain = s.plus == null || s.adds();
        return plain
                && switch (s.kind) {
                    case OUTER -> (s.b == g && s.a.columns() == dot.out().columns()) || (s.a == h && s.b == k);
                    case SUM_ROWS -> s.a == g;
                    default -> false;
                };
    }

    /// The number of the first such step after step `i`; −1 if there is none.
    private int find(int i, Predicate<Step> which) {
        for (int j = i + 1; j < steps.size(); j++) {
            if (which.test(steps.get(j))) {
                return j;
            }
        }
        return -1;
    }

    /// Takes the first such step after step `i` out of the list, if all that it reads is there when step `i` is done.
    private Step take(int i, Kind kind, Predicate<Step> which) {
        int at = find(i, s -> s.kind == kind && which.test(s));
        if (at < 0) {
            return null;
        }
        Step found = steps.get(at);
        List<Buffer> read = Arrays.asList(found.a, found.b, found.plus);
        boolean ready =
                steps.subList(i + 1, at).stream().noneMatch(s -> s.outs.stream().anyMatch(read::contains));
        return ready ? steps.remove(at) : null;
    }
}
