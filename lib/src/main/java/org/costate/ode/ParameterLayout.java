package org.costate.ode;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/// The named arrays that θ consists of, and where each lies in the flat view. Immutable.
///
/// The flat view is the arrays one after the other, each row-major, in the order of their declaration.
public final class ParameterLayout {
    /// No parameters.
    public static final ParameterLayout EMPTY = new ParameterLayout(List.of());

    /// How an array starts.
    public enum Initializer {
        /// Uniform on ±√(6 / (rows + columns)): keeps the size of activations (Glorot and Bengio, AISTATS 2010).
        GLOROT,
        /// All zero: biases.
        ZEROS
    }

    /// One array: name, shape, start, and its place in the flat view.
    public record Entry(String name, int rows, int columns, Initializer initializer, int offset) {
        /// rows · columns.
        public int size() {
            return rows * columns;
        }
    }

    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final int size;

    private ParameterLayout(List<Entry> ordered) {
        int total = 0;
        for (Entry e : ordered) {
            if (e.rows < 1 || e.columns < 1) {
                throw new IllegalArgumentException(
                        "parameter " + e.name + ": got " + e.rows + " x " + e.columns + ", expected at least 1 x 1");
            }
            Entry placed = new Entry(e.name, e.rows, e.columns, e.initializer, total);
            if (entries.put(e.name, placed) != null) {
                throw new IllegalArgumentException(
                        "parameter " + e.name + ": declared twice; give each array a name of its own");
            }
            total = Math.addExact(total, placed.size());
        }
        size = total;
    }

    /// Single numbers, each by its name, starting at zero.
    public static ParameterLayout scalars(String... names) {
        ParameterLayout layout = EMPTY;
        for (String name : names) {
            layout = layout.with(name, 1, 1, Initializer.ZEROS);
        }
        return layout;
    }

    /// This layout with one more array at its end.
    public ParameterLayout with(String name, int rows, int columns, Initializer initializer) {
        List<Entry> all = new ArrayList<>(entries.values());
        all.add(new Entry(name, rows, columns, initializer, 0));
        return new ParameterLayout(all);
    }

    /// The arrays in order.
    public List<Entry> entries() {
        return List.copyOf(entries.values());
    }

    /// The array of this name.
    ///
    /// @throws IllegalArgumentException if there is none; the message lists the names there are
    public Entry entry(String name) {
        Entry e = entries.get(name);
        if (e == null) {
            throw new IllegalArgumentException("parameter name: got " + name + ", expected one of " + entries.keySet());
        }
        return e;
    }

    public boolean contains(String name) {
        return entries.containsKey(name);
    }

    /// Numbers in all.
    public int size() {
        return size;
    }

    /// A θ by the initialisers. Each array draws from its own stream, so that adding one leaves the others as they
    /// were.
    public Parameters initial(long seed) {
        Parameters p = new Parameters(this);
        for (Entry e : entries.values()) {
            if (e.initializer == Initializer.GLOROT) {
                SplittableRandom random = new SplittableRandom(seed * 31 + e.name.hashCode());
                double bound = Math.sqrt(6.0 / (e.rows + e.columns));
                for (int i = 0; i < e.size(); i++) {
                    p.flat().set(e.offset + i, random.nextDouble(-bound, bound));
                }
            }
        }
        return p;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof ParameterLayout l && l.entries().equals(entries());
    }

    @Override
    public int hashCode() {
        return entries().hashCode();
    }

    @Override
    public String toString() {
        return entries.values().stream()
                .map(e -> e.name + "[" + e.rows + " x " + e.columns + "]")
                .collect(Collectors.joining(", ", "", " (" + size + " numbers)"));
    }
}
