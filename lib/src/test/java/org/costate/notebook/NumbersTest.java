package org.costate.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NumbersTest {
    @ParameterizedTest
    @CsvSource({
        "0.3333333333333333, 0.333333",
        "2, 2",
        "-0.0, 0",
        "1234567.8, 1234570",
        "0.00012345678, 0.000123457",
        "0.000012345678, 1.23457e-5",
        "-6.02214076e23, -6.02214e23",
        "999999.9, 1000000",
        "100000000, 100000000",
        "1e9, 1e9",
        "NaN, NaN",
        "-Infinity, -∞",
        "4.9e-324, 4.94066e-324",
    })
    void sixSignificantDigits(double value, String text) {
        assertEquals(text, Numbers.format(value));
    }

    @org.junit.jupiter.api.Test
    void whatIsNotAFractionStaysWhole() {
        assertEquals("123456789", Numbers.format((Number) 123456789));
        assertEquals("9007199254740993", Numbers.format((Number) 9007199254740993L));
        assertEquals("0.1", Numbers.format((Number) 0.1f));
    }
}
