package org.costate.notebook;

import java.util.List;

/// A small table of texts, already cut and rounded, as HTML and as plain text. A cell `[words](address)` is a link.
///
/// @param caption what it is and how much of it is shown
/// @param columns the column heads; empty for none
/// @param rowHeads the row heads; empty for none
/// @param rows the cells
/// @param numeric by column: numbers stand at the right
record Grid(
        String caption, List<String> columns, List<String> rowHeads, List<List<String>> rows, List<Boolean> numeric) {
    private static final int WIDEST = 40;

    Bundle bundle() {
        return Bundle.html(html(), text());
    }

    String html() {
        StringBuilder html =
                new StringBuilder("<table><caption style=\"text-align:left;caption-side:top;white-space:nowrap\">");
        html.append(Html.escape(caption)).append("</caption>");
        if (!columns.isEmpty()) {
            html.append("<thead><tr>");
            if (!rowHeads.isEmpty()) {
                html.append("<td></td>");
            }
            for (int c = 0; c < columns.size(); c++) {
                html.append("<th scope=\"col\"").append(align(c)).append('>');
                html.append(Html.escape(columns.get(c))).append("</th>");
            }
            html.append("</tr></thead>");
        }
        html.append("<tbody>");
        for (int r = 0; r < rows.size(); r++) {
            html.append("<tr>");
            if (!rowHeads.isEmpty()) {
                html.append("<th scope=\"row\">")
                        .append(Html.escape(rowHeads.get(r)))
                        .append("</th>");
            }
            List<String> row = rows.get(r);
            for (int c = 0; c < row.size(); c++) {
                html.append("<td").append(align(c)).append('>');
                html.append(Html.cell(row.get(c))).append("</td>");
            }
            html.append("</tr>");
        }
        return html.append("</tbody></table>").toString();
    }

    private String align(int column) {
        return column < numeric.size() && numeric.get(column)
                ? " style=\"text-align:right\""
                : " style=\"text-align:left\"";
    }

    String text() {
        int first = rowHeads.isEmpty() ? 0 : 1;
        int width = first
                + Math.max(
                        columns.size(), rows.stream().mapToInt(List::size).max().orElse(0));
        int[] widths = new int[width];
        for (int r = -1; r < rows.size(); r++) {
            for (int c = 0; c < width; c++) {
                widths[c] = Math.max(widths[c], cell(r, c, first).length());
            }
        }
        StringBuilder text = new StringBuilder(caption);
        for (int r = columns.isEmpty() ? 0 : -1; r < rows.size(); r++) {
            StringBuilder line = new StringBuilder();
            for (int c = 0; c < width; c++) {
                String cell = cell(r, c, first);
                String gap = " ".repeat(widths[c] - cell.length());
                boolean right = c >= first && c - first < numeric.size() && numeric.get(c - first);
                line.append("  ").append(right ? gap + cell : cell + gap);
            }
            text.append('\n').append(line.toString().stripTrailing());
        }
        return text.toString();
    }

    private String cell(int row, int column, int first) {
        List<String> cells = row < 0 ? columns : rows.get(row);
        if (column < first) {
            return row < 0 ? "" : shorten(rowHeads.get(row));
        }
        return column - first < cells.size() ? shorten(cells.get(column - first)) : "";
    }

    private static String shorten(String cell) {
        String line = Html.words(cell).replace('\n', ' ');
        return line.length() <= WIDEST ? line : line.substring(0, WIDEST - 1) + "…";
    }
}
