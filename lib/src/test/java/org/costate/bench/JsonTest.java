package org.costate.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    @Test
    void whatIsWrittenIsRead() {
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("a \"text\"\\\n\u0001é", List.of(1.5, -2e-300, true, List.of(), Map.of()));
        value.put("none", Map.of("x", Double.MIN_VALUE));
        assertEquals(value, Json.parse(Json.text(value)));
        assertEquals(List.of(0.1, 1e22), Json.parse(Json.text(new double[] {0.1, 1e22})));
    }

    @Test
    void whatPythonWritesIsRead() {
        Object read = Json.parse(
                " {\n  \"do\": \"time\",\"name\":null, \"x\" : [\n [1, 2.5E-3] , [-0.0, NaN\n]], \"\\u00e9\\/\": false} ");
        Map<String, Object> expected = new LinkedHashMap<>();
        expected.put("do", "time");
        expected.put("name", null);
        expected.put("x", List.of(List.of(1.0, 2.5e-3), List.of(-0.0, Double.NaN)));
        expected.put("é/", false);
        assertEquals(expected, read);
        assertArrayEquals(new double[] {1, 2.5e-3, -0.0, Double.NaN}, Json.flat(((Map<?, ?>) read).get("x")));
    }

    @Test
    void aLongArrayIsRead() {
        double[] numbers = new double[200_000];
        Arrays.setAll(numbers, i -> Math.sin(i));
        assertArrayEquals(numbers, Json.flat(Json.parse(Json.text(numbers))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[1 2]", "[1", "{\"a\" 1}", "{a: 1}", "\"open", "[1]]", "nul", "[,]"})
    void whatIsNotJsonIsNamed(String text) {
        var e = assertThrows(IllegalArgumentException.class, () -> Json.parse(text));
        assertTrue(e.getMessage().contains("expected"), e.getMessage());
    }
}
