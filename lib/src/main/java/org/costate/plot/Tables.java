package org.costate.plot;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.costate.Comparison;
import org.costate.Solution;
import org.costate.adjoint.Gradient;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Parameters;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/// Makes Tablesaw tables from results.
///
/// ```java
/// show(Tables.of(s, "prey", "predators"));
/// show(Tables.compare("Backprop", g, "Backsolve", h));
/// show(Tables.columns("Memory").add("steps", steps).add("bytes", bytes).table());
/// ```
///
/// Numbers keep all their digits in the table; a notebook shows six. Only differences are rounded here, because their
/// last digits are round-off and differ from machine to machine.
public final class Tables {
    /// Relative differences below this are round-off of float64 sums and count as 0.
    public static final double ROUND_OFF = 1e-12;

    private Tables() {}

    /// A solution's states: one row for each time and sample, one column for each component. With more than one sample
    /// there is a column that numbers them, from 0.
    ///
    /// @param names of the components, in order; x₁, x₂, … if none are given
    /// @throws IllegalArgumentException if there are not as many names as components
    public static Table of(Solution s, String... names) {
        String[] labels = Names.components("x", s.dimension(), names);
        Solution[] samples = IntStream.range(0, s.batch()).mapToObj(s::sample).toArray(Solution[]::new);
        List<Row> rows = rows(samples);
        double[] t = rows.stream().mapToDouble(Row::t).toArray();
        int[] sample = rows.stream().mapToInt(Row::sample).toArray();
        double[][] x = new double[s.dimension()][rows.size()];
        for (int j = 0; j < x.length; j++) {
            double[][] series = new double[samples.length][];
            for (int b = 0; b < samples.length; b++) {
                series[b] = samples[b].component(0, j);
            }
            for (int r = 0; r < t.length; r++) {
                x[j][r] = series[sample[r]][rows.get(r).k()];
            }
        }
        Table table = Table.create("Solution", DoubleColumn.create("t", t));
        if (s.batch() > 1) {
            table.addColumns(IntColumn.create("sample", sample));
        }
        for (int j = 0; j < x.length; j++) {
            table.addColumns(DoubleColumn.create(labels[j], x[j]));
        }
        return table;
    }

    /// State number `k` of a sample.
    private record Row(int sample, int k, double t) {}

    /// All states in the order of the solve, those at the same time in the order of the samples.
    private static List<Row> rows(Solution[] samples) {
        List<Row> rows = new ArrayList<>();
        boolean back = false;
        for (int b = 0; b < samples.length; b++) {
            double[] times = samples[b].times();
            back |= times.length > 1 && times[1] < times[0];
            for (int k = 0; k < times.length; k++) {
                rows.add(new Row(b, k, times[k]));
            }
        }
        double direction = back ? -1 : 1;
        rows.sort(Comparator.comparingDouble(row -> direction * row.t));
        return rows;
    }

    /// Two gradients of one problem, number by number: name of the array (`x0` or a parameter), row, column, both
    /// values, and their relative difference |a − b| / max(|a|, |b|), to two digits, below [#ROUND_OFF] as 0.
    ///
    /// For networks see [#compareArrays], which has one row for an array.
    ///
    /// @throws IllegalArgumentException if the gradients are not of one problem
    public static Table compare(String nameA, Gradient a, String nameB, Gradient b) {
        check(a, b);
        Table table = Table.create(
                nameA + " and " + nameB,
                StringColumn.create("array"),
                IntColumn.create("row"),
                IntColumn.create("column"),
                DoubleColumn.create(nameA),
                DoubleColumn.create(nameB),
                DoubleColumn.create("relative difference"));
        append(table, "x0", a.x0(), b.x0());
        for (ParameterLayout.Entry e : a.parameters().layout().entries()) {
            append(table, e.name(), a.parameter(e.name()), b.parameter(e.name()));
        }
        return table;
    }

    private static void append(Table table, String name, double[][] a, double[][] b) {
        for (int r = 0; r < a.length; r++) {
            for (int c = 0; c < a[r].length; c++) {
                double size = Math.max(Math.abs(a[r][c]), Math.abs(b[r][c]));
                table.stringColumn(0).append(name);
                table.intColumn(1).append(r);
                table.intColumn(2).append(c);
                table.doubleColumn(3).append(a[r][c]);
                table.doubleColumn(4).append(b[r][c]);
                table.doubleColumn(5).append(relative(Math.abs(a[r][c] - b[r][c]), size));
            }
        }
    }

    /// Two gradients of one problem, array by array: name, shape, the largest magnitude in both, and the largest
    /// difference relative to the larger of these, to two digits, below [#ROUND_OFF] as 0.
    ///
    /// @throws IllegalArgumentException if the gradients are not of one problem
    public static Table compareArrays(String nameA, Gradient a, String nameB, Gradient b) {
        check(a, b);
        Table table = Table.create(
                nameA + " and " + nameB,
                StringColumn.create("array"),
                StringColumn.create("shape"),
                DoubleColumn.create("largest, " + nameA),
                DoubleColumn.create("largest, " + nameB),
                DoubleColumn.create("relative difference"));
        appendArray(table, "x0", a.x0(), b.x0());
        for (ParameterLayout.Entry e : a.parameters().layout().entries()) {
            appendArray(table, e.name(), a.parameter(e.name()), b.parameter(e.name()));
        }
        return table;
    }

    private static void appendArray(Table table, String name, double[][] a, double[][] b) {
        double largestA = 0;
        double largestB = 0;
        double difference = 0;
        for (int r = 0; r < a.length; r++) {
            for (int c = 0; c < a[r].length; c++) {
                largestA = Math.max(largestA, Math.abs(a[r][c]));
                largestB = Math.max(largestB, Math.abs(b[r][c]));
                difference = Math.max(difference, Math.abs(a[r][c] - b[r][c]));
            }
        }
        table.stringColumn(0).append(name);
        table.stringColumn(1).append(a.length + " × " + a[0].length);
        table.doubleColumn(2).append(largestA);
        table.doubleColumn(3).append(largestB);
        table.doubleColumn(4).append(relative(difference, Math.max(largestA, largestB)));
    }

    private static double relative(double difference, double size) {
        double ratio = size == 0 ? 0 : difference / size;
        return ratio < ROUND_OFF ? 0 : round(ratio, 2);
    }

    private static void check(Gradient a, Gradient b) {
        Parameters p = a.parameters();
        if (!p.layout().equals(b.parameters().layout())
                || a.x0().length != b.x0().length
                || a.x0()[0].length != b.x0()[0].length) {
            throw new IllegalArgumentException("b: got " + b + ", expected a gradient of the same problem as " + a);
        }
    }

    /// What [org.costate.Advisor] measured, a row a mode, then a row for each that gave no gradient: error
    /// against the exact solution and against the discrete one, median time and how many times the fastest
    /// it is, bytes, evaluations, vector–Jacobian products, drift where there is one, and what the mode is
    /// good for.
    public static Table of(Comparison c) {
        Table table = Table.create(
                "Gradient modes",
                StringColumn.create("mode"),
                DoubleColumn.create("error"),
                DoubleColumn.create("from discrete"),
                DoubleColumn.create("ms"),
                DoubleColumn.create("ratio"),
                LongColumn.create("bytes"),
                LongColumn.create("evaluations"),
                LongColumn.create("products"),
                DoubleColumn.create("drift"),
                StringColumn.create("verdict"));
        for (Comparison.Trial t : c.trials()) {
            table.stringColumn("mode").append(t.mode());
            table.doubleColumn("error").append(round(t.error(), 2));
            table.doubleColumn("from discrete").append(t.fromDiscrete() < ROUND_OFF ? 0 : round(t.fromDiscrete(), 2));
            table.doubleColumn("ms").append(round(t.milliseconds(), 3));
            table.doubleColumn("ratio").append(round(c.ratio(t), 2));
            table.longColumn("bytes").append(t.bytes());
            table.longColumn("evaluations").append(t.evaluations());
            table.longColumn("products").append(t.products());
            if (t.drift().isPresent()) {
                table.doubleColumn("drift").append(round(t.drift().getAsDouble(), 2));
            } else {
                table.doubleColumn("drift").appendMissing();
            }
            boolean chosen = c.recommended().filter(t::equals).isPresent();
            table.stringColumn("verdict")
                    .append(
                            chosen
                                    ? "take this"
                                    : !c.accurate(t) ? "not accurate" : !c.fits(t) ? "too much memory" : "accurate");
        }
        for (Comparison.NotRun n : c.notRun()) {
            table.stringColumn("mode").append(n.mode());
            table.columns().stream()
                    .filter(column -> column.size() < table.column(0).size())
                    .forEach(column -> column.appendMissing());
            table.stringColumn("verdict").set(table.column(0).size() - 1, "not run: " + n.why());
        }
        return table;
    }

    /// To so many significant digits, half up; 0, infinities and NaN stay as they are.
    ///
    /// @param digits ≥ 1
    /// @throws IllegalArgumentException if `digits` is less
    public static double round(double value, int digits) {
        if (digits < 1) {
            throw new IllegalArgumentException("digits: got " + digits + ", expected at least 1");
        }
        if (value == 0 || !Double.isFinite(value)) {
            return value;
        }
        return new BigDecimal(value).round(new MathContext(digits)).doubleValue();
    }

    /// A table from arrays, column by column; ends with [Columns#table()].
    ///
    /// @param caption stands over the table
    public static Columns columns(String caption) {
        return new Columns(Table.create(caption));
    }

    /// A table that is being put together from arrays, which are copied.
    public static final class Columns {
        private final Table table;

        private Columns(Table table) {
            this.table = table;
        }

        /// Adds a column of numbers.
        ///
        /// @throws IllegalArgumentException if it is not as long as the others, or the name is taken
        public Columns add(String name, double... values) {
            check(name, values.length);
            table.addColumns(DoubleColumn.create(name, values));
            return this;
        }

        /// Adds a column of whole numbers.
        ///
        /// @throws IllegalArgumentException if it is not as long as the others, or the name is taken
        public Columns add(String name, int... values) {
            check(name, values.length);
            table.addColumns(IntColumn.create(name, values));
            return this;
        }

        /// Adds a column of whole numbers, such as bytes.
        ///
        /// @throws IllegalArgumentException if it is not as long as the others, or the name is taken
        public Columns add(String name, long... values) {
            check(name, values.length);
            table.addColumns(LongColumn.create(name, values));
            return this;
        }

        /// Adds a column of texts.
        ///
        /// @throws IllegalArgumentException if it is not as long as the others, or the name is taken
        public Columns add(String name, String... values) {
            check(name, values.length);
            table.addColumns(StringColumn.create(name, values));
            return this;
        }

        /// The table with these columns.
        public Table table() {
            return table;
        }

        private void check(String name, int length) {
            if (table.columnCount() > 0 && length != table.rowCount()) {
                throw new IllegalArgumentException("column " + name + ": got " + length + " values, expected "
                        + table.rowCount() + " as in the columns before");
            }
            if (table.containsColumn(name)) {
                throw new IllegalArgumentException(
                        "column " + name + ": the table has one of this name, expected another name");
            }
        }
    }
}
