package org.costate.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.costate.plot.Figure;
import org.costate.plot.Figures;
import org.knowm.xchart.BitmapEncoder;

/// Draws what [Curves] measured: `CurveFigures curves.json folder` writes `steps-time.png`, `steps-bytes.png`, …;
/// of errors `tolerance-solution.png`, …. A run that describes its `figures` itself gets those.
public final class CurveFigures {
    private static final int DOTS_PER_INCH = 108; // half as fine again as the figure's own pixels

    private static final Map<String, String> WHERE = Map.of(
            "steps", "2-50-2, one sample; RK4 (3/8 rule), float64",
            "batch", "2-50-2, 10 steps of RK4 (3/8 rule), float64",
            "width", "2-w-2, 20 samples, 100 steps of RK4 (3/8 rule), float64",
            "parameters", "w-w-w, 20 samples, 10 steps of RK4 (3/8 rule), float64");

    private static final Map<String, String> AXIS =
            Map.of("steps", "steps", "batch", "samples", "width", "hidden width w", "parameters", "parameters");

    private CurveFigures() {}

    /// Draws.
    ///
    /// @param arguments the file of a run, and the folder for the pictures
    public static void main(String[] arguments) throws IOException {
        Map<?, ?> run = (Map<?, ?>) Json.parse(Files.readString(Path.of(arguments[0])));
        List<?> rows = (List<?>) run.get("rows");
        if (run.get("figures") instanceof List<?> figures) {
            for (Object each : figures) {
                save(rows, (Map<?, ?>) each, Path.of(arguments[1]));
            }
            return;
        }
        Set<Object> curves = new LinkedHashSet<>();
        rows.forEach(row -> curves.add(((Map<?, ?>) row).get("curve")));
        Path folder = Path.of(arguments[1]);
        for (Object curve : curves) {
            switch ((String) curve) {
                case "tolerance" -> {
                    save(rows, "tolerance", "solution", "Error of the solution at the end", folder);
                    save(rows, "tolerance", "between", "Largest error between the steps", folder);
                }
                case "tolerance-modes" -> save(rows, "tolerance-modes", "gradient", "Error of the gradient", folder);
                default -> {
                    save(rows, (String) curve, "time", "min_ms", "ms, fastest call", folder);
                    save(rows, (String) curve, "bytes", "peak_bytes", "bytes", folder);
                }
            }
        }
    }

    /// A picture that the run describes itself.
    private static void save(List<?> rows, Map<?, ?> told, Path folder) throws IOException {
        Figure figure = Figures.logLog((String) told.get("title"), (String) told.get("x"), (String) told.get("y"))
                .note((String) told.get("note"))
                .size(760, 460);
        save(rows, figure, (String) told.get("curve"), (String) told.get("key"), folder.resolve((String)
                told.get("file")));
    }

    /// A picture of errors.
    private static void save(List<?> rows, String curve, String key, String title, Path folder) throws IOException {
        Figure figure = Figures.logLog(
                        title + " against the tolerance", "relative and absolute tolerance", "relative error")
                .note("A driven pendulum, three samples, float64"
                        + (curve.equals("tolerance") ? "" : "; Dormand-Prince 5"))
                .size(760, 460);
        figure.guide("the tolerance", new double[] {1e-10, 1e-3}, new double[] {1e-10, 1e-3});
        save(rows, figure, curve, key, folder.resolve(curve + "-" + key));
    }

    private static void save(List<?> rows, String curve, String what, String key, String unit, Path folder)
            throws IOException {
        String title = (what.equals("time") ? "Time" : "Memory") + " of a gradient against " + curve;
        Figure figure = Figures.logLog(title, AXIS.get(curve), unit)
                .note(WHERE.get(curve))
                .size(760, 460);
        save(rows, figure, curve, key, folder.resolve(curve + "-" + what));
    }

    private static void save(List<?> rows, Figure figure, String curve, String key, Path file) throws IOException {
        Set<Object> names = new LinkedHashSet<>();
        rows.forEach(row -> names.add(((Map<?, ?>) row).get("name")));
        for (Object name : names) {
            List<? extends Map<?, ?>> line = rows.stream()
                    .map(row -> (Map<?, ?>) row)
                    .filter(row ->
                            row.get("curve").equals(curve) && row.get("name").equals(name) && row.containsKey(key))
                    .toList();
            double[] x = line.stream().mapToDouble(row -> (Double) row.get("x")).toArray();
            double[] y = line.stream().mapToDouble(row -> (Double) row.get(key)).toArray();
            if (line.isEmpty()) {
                continue; // of another curve
            }
            figure.measured(((String) name).replaceFirst("^costate ", ""), x, y);
        }
        BitmapEncoder.saveBitmapWithDPI(figure, file.toString(), BitmapEncoder.BitmapFormat.PNG, DOTS_PER_INCH);
    }
}
