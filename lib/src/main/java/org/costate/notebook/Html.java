package org.costate.notebook;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Text as it may stand in HTML.
final class Html {
    /// A link as Markdown writes it, to another notebook or file beside this one, or by https.
    private static final Pattern LINK = Pattern.compile("\\[([^\\[\\]]+)]\\(((?:https://)?[^\\s:()<>\"]+)\\)");

    private Html() {}

    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("$", "&#36;"); // a dollar sign would start a formula in the notebook
    }

    /// A cell of a table. `[words](address)` becomes a link.
    static String cell(String text) {
        Matcher link = LINK.matcher(text);
        return link.matches()
                ? "<a href=\"" + escape(link.group(2)) + "\">" + escape(link.group(1)) + "</a>"
                : escape(text);
    }

    /// The same as plain text: the words of a link.
    static String words(String text) {
        Matcher link = LINK.matcher(text);
        return link.matches() ? link.group(1) : text;
    }
}
