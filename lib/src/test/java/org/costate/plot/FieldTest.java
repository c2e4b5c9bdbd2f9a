package org.costate.plot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Fields as arrows, and figures that stand together.
class FieldTest {
    @Test
    void theLongestArrowIsNineTenthsOfASpacingAndPointsAlongTheField() {
        double[][] line = Arrows.of(x -> new double[] {x[0], 0}, 0, 4, 0, 10, 3, 2);
        assertEquals(36, line[0].length);
        double[] shaft = {line[0][12], line[1][12], line[0][13], line[1][13]}; // third point of the first row, x = 4
        assertArrayEquals(new double[] {4, 0, 4 + 0.9 * 2, 0}, shaft, 1e-12);
        assertTrue(Double.isNaN(line[0][17]), "a gap before the next");
        assertArrayEquals(new double[] {0, 0}, new double[] {line[0][0], line[0][1]}, 0);
    }

    @Test
    void whereTheFieldIsNotFiniteThereIsNoArrow() {
        double[][] line = Arrows.of(x -> new double[] {1 / x[0], 0}, 0, 2, 0, 1, 3, 2);
        assertTrue(IntStream.range(0, 6).allMatch(i -> Double.isNaN(line[0][i])));
        assertEquals(0.9, line[0][7] - line[0][6], 1e-12);
    }

    @Test
    void whatDoesNotFitIsRefused() {
        Figure one = Figures.lines("a", "x", "y").series("", new double[] {0, 1}, new double[] {0, 1});
        Figure other = Figures.lines("b", "x", "y").size(300, 300);
        assertThrows(IllegalArgumentException.class, () -> Figures.animation(100, List.of(one, other)));
        assertThrows(IllegalArgumentException.class, () -> Figures.animation(2600, List.of(one, one)));
        assertThrows(IllegalArgumentException.class, () -> Figures.animation(100, List.of(one)));
        assertThrows(IllegalArgumentException.class, () -> Figures.panels("none", 2));
        assertThrows(IllegalArgumentException.class, () -> one.window(1, 0, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> one.field(x -> x, 0, 1, 0, 1, 1, 5));
    }
}
