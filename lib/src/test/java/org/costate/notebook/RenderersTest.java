package org.costate.notebook;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.costate.Advisor;
import org.costate.Comparison;
import org.costate.Ode;
import org.costate.Solution;
import org.costate.adjoint.Backsolve;
import org.costate.adjoint.Cost;
import org.costate.graph.Trace;
import org.costate.memory.Precision;
import org.costate.memory.Workspace;
import org.costate.ode.Dopri5;
import org.costate.ode.Dynamics;
import org.costate.ode.Parameters;
import org.costate.ode.Rk4;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

class RenderersTest {
    @SuppressWarnings("ArrayRecordComponent") // what a learner writes
    record State(double t, double[] x) {}

    record Pair(int a, String b) {}

    private static Bundle only(Object value) {
        List<Bundle> bundles = Renderers.render(value);
        assertEquals(1, bundles.size());
        return bundles.getFirst();
    }

    private static String text(Object value) {
        return only(value).text();
    }

    @Test
    void arraysHaveTypeSizeAndSomeElements() {
        assertEquals("double[2]: 0.1, -3", text(new double[] {0.1, -3}));
        assertEquals("float[1]: 0.1", text(new float[] {0.1f}));
        assertEquals("long[13]: 0, 0, 0, 0, 0, 0, 0, …, 0, 0, 0", text(new long[13]));
        assertEquals("boolean[2]: true, false", text(new boolean[] {true, false}));
        assertEquals("String[1]: word", text(new String[] {"word"}));
        assertEquals("int[0]", text(new int[0]));
        assertEquals(
                "double[2][]: double[0], null", text(new double[][] {{}, null}).replace("[0]: d", "[]: d"));
    }

    @Test
    void matricesAreTables() {
        Bundle matrix = only(new double[][] {{1, 2.5}, {3, 4}});
        assertEquals("double[2][2]\n     0    1\n  0  1  2.5\n  1  3    4", matrix.text());
        String html = matrix.data().get(Bundle.HTML);
        assertTrue(html.contains("<caption"), html);
        assertTrue(html.contains("<th scope=\"row\">1</th>"), html);
        String ragged = text(new double[][] {{1}, {2, 3}});
        assertTrue(ragged.startsWith("double[2][…], rows of different lengths"), ragged);
        assertTrue(text(new double[500][500]).length() < 2000);
    }

    @Test
    void collectionsAndRecordsDoNotHideTheirArrays() {
        assertEquals("[double[1]: 7, word]", text(List.of(new double[] {7}, "word")));
        assertEquals("{k=double[1]: 7}", text(Map.of("k", new double[] {7})));
        assertEquals("State[t=0.5, x=double[2]: 1, 2]", text(new State(0.5, new double[] {1, 2})));
        assertEquals("Pair[a=1, b=x]", text(new Pair(1, "x")));
        assertEquals("null", text(null));
    }

    @Test
    void objectsWithoutATextAreNamedByTheirClass() {
        assertEquals("an object of Runnable", text((Runnable) () -> {}));
        assertEquals("an object of Plain", text(new Plain()));
        assertEquals("an object of Plain", text(new Plain() {}));
        assertEquals("[an object of Plain]", text(List.of(new Plain())));
    }

    static class Plain {}

    @Test
    void nothingIsWithoutBound() {
        for (Object value : new Object[] {
            new double[1_000_000],
            new double[1000][1000],
            new double[50][50][50],
            Collections.nCopies(1_000_000, "x"),
            Collections.nCopies(30, Collections.nCopies(30, Collections.nCopies(30, new double[100]))),
            "x".repeat(1_000_000)
        }) {
            Bundle bundle = only(value);
            for (String data : bundle.data().values()) {
                assertTrue(data.length() < 25_000, value.getClass() + ": " + data.length());
            }
        }
    }

    @Test
    void linksInTablesAreLinks() {
        Table table = Table.create(StringColumn.create(
                "where",
                "[03 Random signs](03-running-time-backwards.ipynb#Random-signs)",
                "[a paper](https://arxiv.org/abs/1806.07366)",
                "[no](javascript:alert(1))",
                "f [x](y) <b>"));
        Bundle bundle = only(table);
        String html = bundle.data().get(Bundle.HTML);
        assertTrue(html.contains("<a href=\"03-running-time-backwards.ipynb#Random-signs\">03 Random signs</a>"), html);
        assertTrue(html.contains("<a href=\"https://arxiv.org/abs/1806.07366\">a paper</a>"), html);
        assertFalse(html.contains("href=\"javascript"), html);
        assertTrue(html.contains("f [x](y) &lt;b&gt;"), html);
        assertTrue(bundle.text().contains("03 Random signs") && !bundle.text().contains("ipynb"), bundle.text());
    }

    @Test
    void tablesSayHowMuchOfThemIsShown() {
        double[] values = new double[91];
        java.util.Arrays.setAll(values, i -> i / 7.0);
        Table table = Table.create(
                "lynx",
                DoubleColumn.create("x", values),
                IntColumn.indexColumn("year", 91, 1845),
                StringColumn.create("<s>", 91));
        Bundle bundle = only(table);
        String html = bundle.data().get(Bundle.HTML);
        assertTrue(bundle.text().startsWith("lynx: first 10 of 91 rows, 3 columns\n"), bundle.text());
        assertTrue(html.contains(">0.142857<") && html.contains(">1854<") && !html.contains(">1855<"), html);
        assertTrue(html.contains("&lt;s&gt;") && !html.contains("<s>"), html);
        assertTrue(text(table.first(20)).startsWith("lynx: 20 rows"), "a short table is shown whole");
        assertTrue(text(table.column("year")).startsWith("Column: first 10 of 91 rows, 1 column"));
    }

    @Test
    void resultsOfTheLibrary() {
        Dynamics decay = Trace.dynamics(1, (t, x, p) -> x.times(p.scalar("k")).negate());
        Parameters half = Parameters.of(decay.layout(), 0.5);
        Ode ode = Ode.of(decay).span(0, 1).solver(Rk4.steps(20)).adjoint(Backsolve.defaults());
        String solution = text(ode.solve(new double[][] {{1}, {2}}, half));
        assertTrue(solution.contains("21 states of sample 0 of 2"), solution);
        assertTrue(solution.contains("⋮") && solution.contains("0.606531"), solution);
        assertTrue(solution.lines().count() < 14, solution);
        Solution each = ode.solver(Dopri5.tolerance(1e-6, 1e-6).perSample()).solve(new double[][] {{1}, {2}}, half);
        String own = each.sample(0).size() + " states of sample 0 of 2";
        assertTrue(each.sample(0).size() > 2 && text(each).contains(own), text(each));
        String gradient = text(ode.gradient(new double[] {1}, half, Cost.sumOfSquares(new double[][] {{0}})));
        assertTrue(gradient.startsWith("Gradient of the cost 0.367879; drift "), gradient);
        assertFalse(gradient.contains("NOT TO BE TRUSTED"), gradient);
        assertTrue(gradient.contains("-0.735759"), gradient);
        assertTrue(text(half).startsWith("Parameters: 1 numbers"), text(half));
        assertTrue(text(new Workspace().allocate(2, 3, Precision.FLOAT32)).startsWith("Buffer[2 x 3"));
    }

    @Test
    void chartsAreAPictureAndItsDescription() throws java.io.IOException {
        XYChart chart = new XYChartBuilder().width(300).height(200).title("t").build();
        chart.getStyler().setChartBackgroundColor(new java.awt.Color(0, 0, 0, 0));
        chart.addSeries("c", new double[] {0, 1}, new double[] {0, 1});
        List<Bundle> bundles = Renderers.render(chart);
        assertEquals(2, bundles.size());
        assertEquals(
                Map.of(Bundle.PNG, Map.of("width", 300, "height", 200)),
                bundles.getFirst().metadata());
        byte[] png = Base64.getDecoder().decode(bundles.getFirst().data().get(Bundle.PNG));
        var image = javax.imageio.ImageIO.read(new java.io.ByteArrayInputStream(png));
        assertEquals(600, image.getWidth());
        assertEquals(0xffffffff, image.getRGB(0, 0), "a transparent chart is put on white");
        assertTrue(bundles.getLast().data().containsKey(Bundle.HTML));
    }

    /// What to take, the numbers, and the picture with its description.
    @Test
    void aComparisonIsToldTabulatedAndDrawn() {
        Dynamics f = Trace.dynamics(1, (t, x, p) -> x.times(p.scalar("k")));
        Comparison c = Advisor.of(Ode.of(f).span(0, 1).solver(Rk4.steps(5)))
                .modes(Backsolve.defaults())
                .compare(new double[][] {{1}}, Parameters.of(f.layout(), 1), Cost.sumOfSquares(0));
        List<Bundle> shown = Renderers.render(c);
        assertEquals(4, shown.size());
        assertTrue(
                shown.get(0).text().startsWith("Take Backsolve"), shown.get(0).text());
        assertTrue(shown.get(1).text().contains("take this"), shown.get(1).text());
        assertTrue(shown.get(2).data().containsKey(Bundle.PNG));
        assertTrue(
                shown.get(3).text().contains("Gradient modes: time and memory"),
                shown.get(3).text());
    }
}
