package org.costate.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.costate.plot.Figures;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.HeatMapChart;
import org.knowm.xchart.HeatMapChartBuilder;
import org.knowm.xchart.PieChart;
import org.knowm.xchart.PieChartBuilder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.internal.chartpart.Chart;

class ChartDescriptionTest {
    private static XYChart chart(double... y) {
        XYChart chart = new XYChartBuilder()
                .title("Orbit")
                .xAxisTitle("t / s")
                .yAxisTitle("x")
                .build();
        double[] x = new double[y.length];
        java.util.Arrays.setAll(x, i -> i);
        chart.addSeries("angle", x, y);
        return chart;
    }

    private static String digest(Chart<?, ?> chart) {
        String text = ChartDescription.of(chart);
        return text.substring(text.indexOf("Data digest ") + 12, text.length() - 1);
    }

    @Test
    void saysTitleAxesAndCurves() {
        String text = ChartDescription.of(chart(0.5, -2, 3, 1));
        assertTrue(text.startsWith("Figure: Orbit. Horizontal: t / s, from 0 to 3. Vertical: x, from -2 to 3. "), text);
        assertTrue(text.contains("angle: 4 points, first 0.5, last 1, least -2, greatest 3."), text);
    }

    @Test
    void digestForgivesRounding() {
        String original = digest(chart(1, 1e-3, 0.1, 1.0 / 3));
        assertEquals(original, digest(chart(1 + 1e-12, 1e-3 * (1 + 1e-9), 0.1, 1.0 / 3 - 1e-13)));
        assertEquals(original, digest(chart(1 - 1e-12, 1e-3, 0.1, 1.0 / 3)), "at a power of ten");
    }

    @Test
    void digestSeesEveryChange() {
        String original = digest(chart(1, 2, 3));
        assertNotEquals(original, digest(chart(1, 2, 3.0001)));
        assertNotEquals(original, digest(chart(1, 2)));
        assertNotEquals(original, digest(chart(1, 3, 2)));
        assertNotEquals(original, digest(chart(1, 2, Double.NaN)));
        XYChart renamed = chart(1, 2, 3);
        renamed.setTitle("Other");
        assertNotEquals(original, digest(renamed));
        XYChart second = chart(1, 2, 3);
        second.addSeries("two", new double[] {0, 1}, new double[] {0, 1});
        assertNotEquals(original, digest(second));
    }

    @Test
    void countsWhatItDoesNotList() {
        XYChart chart = chart(1, 2, 3);
        for (int i = 0; i < 30; i++) {
            chart.addSeries("arrow " + i, new double[] {0, 1}, new double[] {0, i})
                    .setShowInLegend(false);
        }
        String text = ChartDescription.of(chart);
        assertTrue(text.contains("30 more curves without a name"), text);
        assertTrue(!text.contains("arrow"), text);
    }

    @Test
    void figuresOfTheLibrary() {
        String text = ChartDescription.of(Figures.lines("Decay", "t", "x")
                .note("Measured here.")
                .series("one", new double[] {0, 1}, new double[] {1, 0.5})
                .series("", new double[] {0, 1}, new double[] {1, 0.25}));
        assertTrue(text.startsWith("Figure: Decay. Measured here. Horizontal: t, from 0 to 1. "), text);
        assertTrue(text.contains("one: 2 points, first 1, last 0.5. 1 more curve without a name. "), text);
    }

    @Test
    void otherKindsOfCharts() {
        CategoryChart bars = new CategoryChartBuilder().title("Bars").build();
        bars.addSeries("peak", List.of("A", "B"), List.of(3, 4));
        assertTrue(ChartDescription.of(bars).contains("peak: 2 points, first 3, last 4"), ChartDescription.of(bars));
        PieChart pie = new PieChartBuilder().title("Pie").build();
        pie.addSeries("half", 0.5);
        assertTrue(ChartDescription.of(pie).contains("half: 0.5"));
        HeatMapChart heat = new HeatMapChartBuilder().title("Heat").build();
        heat.addSeries("field", new int[] {0, 1}, new int[] {0, 1}, new int[][] {{1, 2}, {3, 9}});
        assertTrue(ChartDescription.of(heat).contains("field: 4 points"), ChartDescription.of(heat));
        assertNotEquals(digest(bars), digest(pie));
    }
}
