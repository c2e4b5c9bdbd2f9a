package org.costate;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Numbers that nobody wrote for this project's code; `reference.json` says where they come from.
public final class Reference {
    private static final JsonElement CASES = read();

    private Reference() {}

    private static JsonElement read() {
        try (var in =
                new InputStreamReader(Reference.class.getResourceAsStream("reference.json"), StandardCharsets.UTF_8)) {
            return JsonParser.parseReader(in).getAsJsonObject().get("cases");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonElement at(String path) {
        JsonElement e = CASES;
        for (String name : path.split("/", -1)) {
            e = e.getAsJsonObject().get(name);
            if (e == null) {
                throw new IllegalArgumentException("path: no " + name + " of " + path + " in reference.json");
            }
        }
        return e;
    }

    /// One number, such as `tanh2/continuous/loss`.
    public static double number(String path) {
        return at(path).getAsDouble();
    }

    /// One number by a name that may hold a slash, such as `1/4` in `lq_scalar/x`.
    public static double number(String path, String name) {
        return at(path).getAsJsonObject().get(name).getAsDouble();
    }

    /// An array of numbers, nested ones flattened in order.
    public static double[] numbers(String path) {
        List<Double> flat = new ArrayList<>();
        flatten(at(path), flat);
        return flat.stream().mapToDouble(Double::doubleValue).toArray();
    }

    /// Fractions of whole numbers, `"729/512"` or `"1"`, alone or in an array.
    public static double[] fractions(String path) {
        JsonElement e = at(path);
        List<JsonElement> all = e instanceof JsonArray array ? array.asList() : List.of(e);
        return all.stream()
                .map(JsonElement::getAsString)
                .mapToDouble(text -> {
                    int slash = text.indexOf('/');
                    return slash < 0
                            ? Double.parseDouble(text)
                            : Double.parseDouble(text.substring(0, slash))
                                    / Double.parseDouble(text.substring(slash + 1));
                })
                .toArray();
    }

    /// The names of all cases.
    public static Set<String> names() {
        return CASES.getAsJsonObject().keySet();
    }

    private static void flatten(JsonElement e, List<Double> flat) {
        if (e instanceof JsonArray array) {
            array.forEach(x -> flatten(x, flat));
        } else {
            flat.add(e.getAsDouble());
        }
    }
}
