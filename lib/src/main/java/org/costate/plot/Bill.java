package org.costate.plot;

import java.util.ArrayList;
import java.util.List;
import org.costate.adjoint.Adjoint;
import org.costate.adjoint.Gradient;
import org.costate.ode.Solver;
import tech.tablesaw.api.Table;

/// What several ways of getting one gradient gave, and what they held: a table that a lesson fills row by row.
public final class Bill {
    private static final int MOST_DIGITS = 9;

    private final double[] exact;
    private final List<Row> rows = new ArrayList<>();

    private record Row(String mode, String solver, int digits, boolean trusted, long bytes) {}

    /// With a gradient to compare with.
    public Bill(Gradient reference) {
        exact = reference.parameters().toArray();
    }

    /// Adds a row.
    public void add(Adjoint mode, Solver solver, Gradient got) {
        double[] theta = got.parameters().toArray();
        double size = 0;
        double miss = 0;
        for (int i = 0; i < exact.length; i++) {
            size = Math.max(size, Math.abs(exact[i]));
            miss = Math.max(miss, Math.abs(theta[i] - exact[i])); // NaN stays
        }
        double off = miss / size;
        int digits = off > 0 ? (int) Math.floor(-Math.log10(off)) : Double.isNaN(off) ? 0 : MOST_DIGITS;
        String name = solver.scheme().name();
        rows.add(new Row(mode.toString(), name, Math.clamp(digits, 0, MOST_DIGITS), got.trusted(), got.peakBytes()));
    }

    /// How many decimal digits of the gradient by θ are right, 0 to 9: in the row of this mode that has the fewest.
    ///
    /// @throws IllegalArgumentException if there is no such row
    public int digits(Adjoint mode) {
        return rows.stream()
                .filter(row -> row.mode.equals(mode.toString()))
                .mapToInt(Row::digits)
                .min()
                .orElseThrow(() ->
                        new IllegalArgumentException("mode: got " + mode + ", expected one that was added: " + rows));
    }

    /// The rows in their order.
    public Table table() {
        return Tables.columns("One gradient, " + rows.size() + " ways")
                .add("mode", rows.stream().map(Row::mode).toArray(String[]::new))
                .add("steps of", rows.stream().map(Row::solver).toArray(String[]::new))
                .add("right digits", rows.stream().mapToInt(Row::digits).toArray())
                .add(
                        "trusted",
                        rows.stream().map(row -> row.trusted ? "yes" : "no").toArray(String[]::new))
                .add("bytes", rows.stream().mapToLong(Row::bytes).toArray())
                .table();
    }
}
