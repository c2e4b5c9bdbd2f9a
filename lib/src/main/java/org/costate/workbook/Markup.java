package org.costate.workbook;

/// Turns the words of a card into HTML and plain text. The only markup is `code` between backticks and an empty line
/// between paragraphs.
final class Markup {
    private static final String BLOCK_STYLE = "margin:.4em 0 0;padding:.5em .7em;white-space:pre;overflow-x:auto;"
            + "background:rgba(128,128,128,.12);color:inherit;border-radius:3px;"
            + "font-family:var(--jp-code-font-family,monospace)";

    private Markup() {}

    /// A card: a coloured bar at the left, a bold heading, paragraphs, and code to copy (empty for none).
    static String card(String colour, String heading, String body, String code) {
        StringBuilder html = new StringBuilder();
        html.append("<div style=\"border-left:4px solid ").append(colour);
        html.append(";padding:.2em .8em;margin:.3em 0;color:inherit;max-width:60em\">");
        html.append("<strong>").append(inline(heading)).append("</strong>");
        for (String paragraph : paragraphs(body)) {
            html.append("<div style=\"margin-top:.3em\">")
                    .append(inline(paragraph))
                    .append("</div>");
        }
        if (!code.isEmpty()) {
            html.append("<pre style=\"")
                    .append(BLOCK_STYLE)
                    .append("\">")
                    .append(escape(code))
                    .append("</pre>");
        }
        return html.append("</div>").toString();
    }

    /// The same card as plain text; code is indented by four spaces.
    static String text(String heading, String body, String code) {
        StringBuilder text = new StringBuilder(heading);
        for (String paragraph : paragraphs(body)) {
            text.append('\n').append(paragraph);
        }
        if (!code.isEmpty()) {
            text.append("\n\n").append(code.indent(4).stripTrailing());
        }
        return text.toString();
    }

    private static String[] paragraphs(String body) {
        return body.isBlank() ? new String[0] : body.strip().split("\n\\s*\n");
    }

    private static String inline(String words) {
        StringBuilder html = new StringBuilder();
        boolean code = false;
        for (String part : words.split("`", -1)) {
            html.append(code ? "<code>" + escape(part) + "</code>" : escape(part));
            code = !code;
        }
        return html.toString().replace("\n", "<br>");
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("$", "&#36;"); // a dollar sign would start a formula in the notebook
    }
}
