package org.costate.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// As much of JSON as the benchmark needs. (A library would cost time at the start, which is measured.)
///
/// Objects are `Map`, arrays `List`, numbers `Double`.
final class Json {
    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    /// @throws IllegalArgumentException if it is not JSON
    static Object parse(String text) {
        Json json = new Json(text);
        Object value = json.value();
        json.space();
        if (json.at < text.length()) {
            throw json.wrong("the end");
        }
        return value;
    }

    private Object value() {
        space();
        char c = at < text.length() ? text.charAt(at) : 0;
        if (c == '{') {
            return object();
        }
        if (c == '[') {
            return array();
        }
        if (c == '"') {
            return string();
        }
        int from = at;
        while (at < text.length() && ",]} \t\r\n".indexOf(text.charAt(at)) < 0) {
            at++;
        }
        String word = text.substring(from, at);
        return switch (word) {
            case "true" -> true;
            case "false" -> false;
            case "null" -> null;
            default -> number(word);
        };
    }

    private Double number(String word) {
        try {
            return Double.valueOf(word);
        } catch (NumberFormatException e) {
            at -= word.length();
            throw wrong("a value");
        }
    }

    private Map<String, Object> object() {
        Map<String, Object> map = new LinkedHashMap<>();
        at++;
        while (!ends('}', map.isEmpty())) {
            space();
            String key = string();
            take(':');
            map.put(key, value());
        }
        return map;
    }

    private List<Object> array() {
        List<Object> list = new ArrayList<>();
        at++;
        while (!ends(']', list.isEmpty())) {
            list.add(value());
        }
        return list;
    }

    /// Steps over the bracket, or over the comma before the next item.
    private boolean ends(char bracket, boolean first) {
        space();
        if (at < text.length() && text.charAt(at) == bracket) {
            at++;
            return true;
        }
        if (!first) {
            take(',');
        }
        return false;
    }

    private String string() {
        take('"');
        StringBuilder b = new StringBuilder();
        for (char c; (c = next()) != '"'; ) {
            if (c == '\\') {
                char escaped = next();
                switch (escaped) {
                    case 'n' -> b.append('\n');
                    case 't' -> b.append('\t');
                    case 'u' -> {
                        b.append((char) Integer.parseInt(text, at, at + 4, 16));
                        at += 4;
                    }
                    default -> b.append(escaped);
                }
            } else {
                b.append(c);
            }
        }
        return b.toString();
    }

    private char next() {
        if (at >= text.length()) {
            throw wrong("the end of a text");
        }
        return text.charAt(at++);
    }

    private void take(char c) {
        space();
        if (at >= text.length() || text.charAt(at) != c) {
            throw wrong(String.valueOf(c));
        }
        at++;
    }

    private void space() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    private IllegalArgumentException wrong(String expected) {
        String rest = text.substring(Math.min(at, text.length()), Math.min(at + 20, text.length()));
        return new IllegalArgumentException("JSON: got \"" + rest + "\" at " + at + ", expected " + expected);
    }

    /// All numbers of an array of arrays, one after the other.
    static double[] flat(Object array) {
        List<Double> numbers = new ArrayList<>();
        collect(array, numbers);
        double[] flat = new double[numbers.size()];
        for (int i = 0; i < flat.length; i++) {
            flat[i] = numbers.get(i);
        }
        return flat;
    }

    private static void collect(Object value, List<Double> into) {
        if (value instanceof List<?> list) {
            for (Object each : list) {
                collect(each, into);
            }
        } else {
            into.add((Double) value);
        }
    }

    /// The text of numbers, texts, `double[]`, lists and maps of these.
    static String text(Object value) {
        StringBuilder b = new StringBuilder();
        write(value, b);
        return b.toString();
    }

    private static void write(Object value, StringBuilder b) {
        switch (value) {
            case Map<?, ?> map -> {
                String comma = "{";
                for (Map.Entry<?, ?> e : map.entrySet()) {
                    b.append(comma);
                    write(e.getKey(), b);
                    b.append(": ");
                    write(e.getValue(), b);
                    comma = ", ";
                }
                b.append(map.isEmpty() ? "{}" : "}");
            }
            case List<?> list -> {
                String comma = "[";
                for (Object each : list) {
                    b.append(comma);
                    write(each, b);
                    comma = ", ";
                }
                b.append(list.isEmpty() ? "[]" : "]");
            }
            case double[] numbers -> {
                List<Object> list = new ArrayList<>();
                for (double each : numbers) {
                    list.add(each);
                }
                write(list, b);
            }
            case Number number -> b.append(number); // NaN and Infinity as Python writes and reads them
            case Boolean truth -> b.append(truth);
            default -> quote(value.toString(), b);
        }
    }

    private static void quote(String text, StringBuilder b) {
        b.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                b.append('\\').append(c);
            } else if (c < ' ') {
                b.append("\\u00").append(Character.forDigit(c >> 4, 16)).append(Character.forDigit(c & 15, 16));
            } else {
                b.append(c);
            }
        }
        b.append('"');
    }
}
