package org.costate.notebook;

/// Text as it may stand in HTML.
final class Html {
    private Html() {}

    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("$", "&#36;"); // a dollar sign would start a formula in the notebook
    }
}
