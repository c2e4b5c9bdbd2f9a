package org.costate.notebook;

import java.util.ArrayList;
import java.util.List;
import tech.tablesaw.api.NumericColumn;
import tech.tablesaw.columns.Column;
import tech.tablesaw.table.Relation;

/// A Tablesaw table or column as so many rows and columns as one looks at, and how many there are.
final class TableGrid {
    /// A table of up to this many rows is shown in full.
    private static final int FULL = 20;

    private static final int ROWS = 10;
    private static final int COLUMNS = 12;

    private TableGrid() {}

    static Grid of(Relation table) {
        return of(table.name(), table.rowCount(), table.columns());
    }

    static Grid of(Column<?> column) {
        return of("Column", column.size(), List.of(column));
    }

    private static Grid of(String name, int height, List<? extends Column<?>> all) {
        int rowsShown = height <= FULL ? height : ROWS;
        List<? extends Column<?>> columns = all.subList(0, Math.min(COLUMNS, all.size()));
        List<List<String>> rows = new ArrayList<>();
        for (int r = 0; r < rowsShown; r++) {
            List<String> row = new ArrayList<>();
            for (Column<?> column : columns) {
                row.add(cell(column, r));
            }
            rows.add(row);
        }
        String caption = (name == null || name.isBlank() ? "Table" : name) + ": " + part(rowsShown, height, "row")
                + ", " + part(columns.size(), all.size(), "column");
        return new Grid(
                caption,
                columns.stream().map(c -> String.valueOf(c.name())).toList(),
                List.of(),
                rows,
                columns.stream().map(c -> c instanceof NumericColumn<?>).toList());
    }

    private static String part(int shown, int all, String what) {
        String many = all + " " + what + (all == 1 ? "" : "s");
        return shown == all ? many : "first " + shown + " of " + many;
    }

    private static String cell(Column<?> column, int row) {
        if (column.isMissing(row)) {
            return "–";
        }
        return switch (column.get(row)) {
            case Double d -> Numbers.format(d.doubleValue());
            case Float f -> Numbers.format(f);
            default -> column.getString(row);
        };
    }
}
