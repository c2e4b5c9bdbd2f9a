package org.costate.gpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Predicate;

/// Cases of several factors in which every pair of values of two factors comes together, if it may.
final class AllPairs {
    /// Attempts for a case, of which the one that brings most new pairs is taken.
    private static final int TRIES = 60;

    private final int[] levels;
    private final Predicate<int[]> valid;
    private final SplittableRandom random;
    private final BitSet open = new BitSet();
    private final int[] offsets;
    private final int total;

    /// @param levels how many values each factor has
    /// @param only pairs with this factor alone are asked for; −1 for all
    /// @param valid may these values come together? Entries of −1 are not chosen yet
    AllPairs(int[] levels, int only, Predicate<int[]> valid, long seed) {
        this.levels = levels.clone();
        this.valid = valid;
        random = new SplittableRandom(seed);
        offsets = new int[levels.length];
        int at = 0;
        for (int f = 0; f < levels.length; f++) {
            offsets[f] = at;
            at += levels[f];
        }
        total = at;
        for (int f = 0; f < levels.length; f++) {
            for (int g = f + 1; g < levels.length; g++) {
                for (int i = 0; i < levels[f]; i++) {
                    for (int j = 0; j < levels[g]; j++) {
                        open.set(place(f, i, g, j), only < 0 || f == only || g == only);
                    }
                }
            }
        }
    }

    private int place(int f, int i, int g, int j) {
        return f < g ? (offsets[f] + i) * total + offsets[g] + j : place(g, j, f, i);
    }

    /// The cases, the same ones every time. A pair that no valid case has is left out.
    List<int[]> cases() {
        List<int[]> all = new ArrayList<>();
        for (int p = open.nextSetBit(0); p >= 0; p = open.nextSetBit(0)) {
            int[] best = null;
            int most = 0;
            for (int n = 0; n < TRIES; n++) {
                int[] next = complete(p);
                int gain = next == null ? 0 : gain(next);
                if (gain > most) {
                    best = next;
                    most = gain;
                }
            }
            open.clear(p);
            if (best != null) {
                all.add(best);
                for (int f = 0; f < levels.length; f++) {
                    for (int g = f + 1; g < levels.length; g++) {
                        open.clear(place(f, best[f], g, best[g]));
                    }
                }
            }
        }
        return all;
    }

    private int gain(int[] values) {
        int gain = 0;
        for (int f = 0; f < levels.length; f++) {
            for (int g = f + 1; g < levels.length; g++) {
                gain += open.get(place(f, values[f], g, values[g])) ? 1 : 0;
            }
        }
        return gain;
    }

    /// The pair with other values, factor by factor in a random order, each the one of most new pairs; null if that
    /// leads nowhere.
    private int[] complete(int pair) {
        int[] values = new int[levels.length];
        Arrays.fill(values, -1);
        set(values, pair / total);
        set(values, pair % total);
        if (!valid.test(values)) {
            return null;
        }
        int[] order = random.ints(levels.length, 0, 1 << 30).toArray();
        Integer[] factors = new Integer[levels.length];
        Arrays.setAll(factors, f -> f);
        Arrays.sort(factors, (a, b) -> Integer.compare(order[a], order[b]));
        for (int f : factors) {
            if (values[f] < 0 && !choose(values, f)) {
                return null;
            }
        }
        return values;
    }

    private void set(int[] values, int place) {
        for (int f = levels.length - 1; f >= 0; f--) {
            if (place >= offsets[f]) {
                values[f] = place - offsets[f];
                return;
            }
        }
    }

    private boolean choose(int[] values, int f) {
        int best = -1;
        int most = -1;
        int from = random.nextInt(levels[f]);
        for (int n = 0; n < levels[f]; n++) {
            values[f] = (from + n) % levels[f];
            if (!valid.test(values)) {
                continue;
            }
            int gain = 0;
            for (int g = 0; g < levels.length; g++) {
                gain += g != f && values[g] >= 0 && open.get(place(f, values[f], g, values[g])) ? 1 : 0;
            }
            if (gain > most) {
                most = gain;
                best = values[f];
            }
        }
        values[f] = best;
        return best >= 0;
    }
}
