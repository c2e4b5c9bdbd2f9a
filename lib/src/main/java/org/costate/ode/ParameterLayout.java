package org.costate.ode;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.costate.memory.Arguments;
import org.costate.memory.Buffer;

/// The named arrays that θ consists of, and where each lies in the flat view. Immutable.
///
/// The flat view is the arrays one after the other, each row-major, in the order of their declaration.
public final class ParameterLayout {
    /// No parameters.
    public static final ParameterLayout EMPTY = new ParameterLayout(List.of());

    /// One array: name, shape, start, and its place in the flat view.
    public record Entry(String name, int rows, int columns, Initializer initializer, int offset) {
        /// rows · columns.
        public int size() {
            return rows * columns;
        }

        boolean sameShape(Entry other) {
            return rows == other.rows && columns == other.columns;
        }
    }

    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final int size;

    private ParameterLayout(List<Entry> ordered) {
        int total = 0;
        for (Entry e : ordered) {
            Arguments.given("name", e.name, "give each parameter a name");
            Arguments.given("initializer", e.initializer, "such as Initializer.ZEROS");
            if (e.rows < 1 || e.columns < 1) {
                throw new IllegalArgumentException("parameter " + e.name + ": got " + e.rows + " x " + e.columns
                        + ", expected at least 1 x 1; leave an empty array away");
            }
            if (e.initializer instanceof Initializer.Fill.Given g && g.numbers().length != e.size()) {
                throw new IllegalArgumentException("parameter " + e.name + ": got " + g.numbers().length
                        + " given numbers, expected " + e.size() + " for " + e.rows + " x " + e.columns
                        + "; give one for each, row after row");
            }
            Entry placed = new Entry(e.name, e.rows, e.columns, e.initializer, total);
            if (entries.put(e.name, placed) != null) {
                throw new IllegalArgumentException(
                        "parameter " + e.name + ": got it twice, expected once; give each array a name of its own");
            }
            total = Math.addExact(total, placed.size());
        }
        size = total;
    }

    /// Single numbers, each by its name, starting at zero.
    public static ParameterLayout scalars(String... names) {
        ParameterLayout layout = EMPTY;
        Arguments.allGiven("names", names, "give each parameter a name");
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

    /// This layout, then the arrays of the other one that it lacks: they are known by their names.
    ///
    /// @throws IllegalArgumentException if one name stands for arrays of two shapes
    public ParameterLayout plus(ParameterLayout other) {
        Arguments.given("other", other, "ParameterLayout.EMPTY has no parameters");
        List<Entry> all = new ArrayList<>(entries.values());
        for (Entry e : other.entries.values()) {
            Entry mine = entries.get(e.name);
            if (mine == null) {
                all.add(e);
            } else if (!mine.sameShape(e)) {
                throw new IllegalArgumentException("parameter " + e.name + ": got " + mine.rows + " x " + mine.columns
                        + " and " + e.rows + " x " + e.columns
                        + ", expected one shape for one name; use another name");
            }
        }
        return all.size() == entries.size() ? this : new ParameterLayout(all);
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
            throw new IllegalArgumentException("parameter name: got " + name + ", expected one of " + entries.keySet()
                    + "; names are those of the field's layout()");
        }
        return e;
    }

    /// One array of a flat view, `[rows, columns]`; same bytes.
    ///
    /// @param flat `[1, size()]`: parameters, or what comes back to them
    public Buffer view(Buffer flat, String name) {
        Entry e = entry(name);
        return flat.view(e.offset, e.rows, e.columns);
    }

    public boolean contains(String name) {
        return entries.containsKey(name);
    }

    /// Numbers in all.
    public int size() {
        return size;
    }

    /// A θ by the initialisers. Each array draws from its own stream, so that adding one leaves the others as
    /// they were.
    public Parameters initial(long seed) {
        Parameters p = new Parameters(this);
        for (Entry e : entries.values()) {
            double[] values = new double[e.size()];
            e.initializer.fill(new SplittableRandom(seed * 31 + e.name.hashCode()), e.rows, e.columns, values);
            p.set(e.name, values);
        }
        return p;
    }

    /// Two layouts are equal if their names and shapes are, in order; how the arrays start does not matter.
    @Override
    public boolean equals(Object o) {
        return o instanceof ParameterLayout l && l.shapes().equals(shapes());
    }

    @Override
    public int hashCode() {
        return shapes().hashCode();
    }

    private List<String> shapes() {
        return entries.values().stream().map(ParameterLayout::text).toList();
    }

    private static String text(Entry e) {
        return e.name + "[" + e.rows + " x " + e.columns + "]";
    }

    @Override
    public String toString() {
        return entries.values().stream()
                .map(ParameterLayout::text)
                .collect(Collectors.joining(", ", "", " (" + size + " numbers)"));
    }
}
