package org.costate.ode;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The weighted sums of a step of a small system, in order, with a call of the field after some of them: as a loop, and
/// from the tenth use on as straight code made for this scheme and this size ([PhaseCode]). Both give the same bits.
public final class Phases {
    /// What a sum is for: a call of the field.
    @FunctionalInterface
    public interface Calls {
        /// One call.
        ///
        /// @param number of the evaluation
        /// @param argument the sum. Not modified.
        /// @param result Overwritten.
        void call(int number, double[] argument, double[] result);
    }

    /// One sum.
    ///
    /// @param sum over the sources
    /// @param out where it goes, as a number among the places
    /// @param call which evaluation takes it; −1 for none
    /// @param source which source that evaluation fills
    public record Phase(Combination sum, int out, int call, int source) {
        public Phase(Combination sum, int out) {
            this(sum, out, -1, -1);
        }
    }

    /// The sums as code.
    interface Code {
        void run(Calls calls, double h, double[][] sources, double[][] places);
    }

    /// Equal for equal code: the weights are part of it, names are not.
    private record Key(List<Phase> phases, int size) {}

    /// How often code was asked for; made when it was often.
    private static final class Uses {
        private int count;
        private Code code;
    }

    private static final int OFTEN = 10;

    /// Terms times numbers above which a method would be too long for the JIT.
    private static final int MOST = 700;

    private static final int KEPT = 64;

    /// Those that were asked for last: who tries one tableau after another keeps none of the old ones.
    private static final Map<Key, Uses> USES = Collections.synchronizedMap(new LinkedHashMap<>(KEPT, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Uses> eldest) {
            return size() > KEPT;
        }
    });

    private final Phase[] phases;
    private final Code code;

    /// @param size numbers of each source
    public Phases(List<Phase> phases, int size) {
        this.phases = phases.toArray(Phase[]::new);
        int terms = phases.stream().mapToInt(p -> p.sum.count() + 1).sum();
        code = terms * size > MOST ? null : code(new Key(List.copyOf(phases), size));
    }

    private Code code(Key key) {
        Uses uses = USES.computeIfAbsent(key, _ -> new Uses());
        synchronized (uses) {
            uses.count++;
            if (uses.code == null && uses.count >= OFTEN) {
                uses.code = PhaseCode.compile(phases, key.size);
            }
            return uses.code;
        }
    }

    /// Computes all sums, and calls the field in between.
    ///
    /// @param sources those that no call fills are given
    /// @param places where sums go
    public void run(Calls calls, double h, double[][] sources, double[][] places) {
        if (code != null) {
            code.run(calls, h, sources, places);
            return;
        }
        for (Phase p : phases) {
            double[] out = places[p.out];
            p.sum.sum(h, sources, out);
            if (p.call >= 0) {
                calls.call(p.call, out, sources[p.source]);
            }
        }
    }
}
