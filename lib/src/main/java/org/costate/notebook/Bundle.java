package org.costate.notebook;

import java.util.LinkedHashMap;
import java.util.Map;

/// One output of a cell in several forms: the front end takes the richest that it can show.
///
/// @param data by MIME type; `text/plain` is always there
/// @param metadata by MIME type, such as the width and height at which a picture is to be shown
record Bundle(Map<String, String> data, Map<String, Map<String, Object>> metadata) {
    static final String TEXT = "text/plain";
    static final String HTML = "text/html";
    static final String PNG = "image/png";

    static Bundle text(String text) {
        return new Bundle(Map.of(TEXT, text), Map.of());
    }

    static Bundle html(String html, String text) {
        Map<String, String> data = new LinkedHashMap<>();
        data.put(HTML, html);
        data.put(TEXT, text);
        return new Bundle(data, Map.of());
    }

    /// A picture of twice the size at which it is to be shown.
    static Bundle png(String base64, int width, int height, String text) {
        Map<String, String> data = new LinkedHashMap<>();
        data.put(PNG, base64);
        data.put(TEXT, text);
        return new Bundle(data, Map.of(PNG, Map.of("width", width, "height", height)));
    }

    String text() {
        return data.get(TEXT);
    }
}
