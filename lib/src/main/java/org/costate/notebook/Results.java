package org.costate.notebook;

import java.util.ArrayList;
import java.util.List;
import org.costate.Comparison;
import org.costate.Solution;
import org.costate.adjoint.Gradient;
import org.costate.memory.Buffer;
import org.costate.ode.ParameterLayout;
import org.costate.ode.Parameters;
import org.costate.plot.Figures;
import org.costate.plot.Tables;

/// The library's own results: sentences on how it went, and a table with so many numbers as one looks at.
final class Results {
    /// Of a longer solution the first and the last states.
    private static final int FULL = 12;

    private static final int FIRST = 5;
    private static final int LAST = 3;
    private static final int COMPONENTS = 6;
    private static final int NUMBERS = 6;

    private Results() {}

    /// What to do, the numbers it follows from, and a picture of them.
    static List<Bundle> of(Comparison comparison) {
        List<Bundle> all = new ArrayList<>();
        String text = comparison.recommendation();
        all.add(Bundle.html("<p>" + Html.escape(text) + "</p>", text));
        all.add(TableGrid.of(Tables.of(comparison)).bundle());
        if (!comparison.trials().isEmpty()) {
            all.addAll(Pictures.chart(Figures.comparison(comparison)));
        }
        return all;
    }

    static Bundle of(Solution solution) {
        List<String> sentences = new ArrayList<>();
        sentences.add("Solution: " + solution.outcome().message());
        sentences.add(solution.statistics().toString());
        Solution first = solution.sample(0);
        int size = first.size();
        double[] times = first.times();
        int components = Math.min(COMPONENTS, solution.dimension());
        List<List<String>> rows = new ArrayList<>();
        for (int k = 0; k < size; k++) {
            if (size > FULL && k >= FIRST && k < size - LAST) {
                if (k == FIRST) {
                    rows.add(List.of("⋮"));
                }
                continue;
            }
            List<String> row = new ArrayList<>();
            row.add(Numbers.format(times[k]));
            double[] state = first.state(k)[0];
            for (int j = 0; j < components; j++) {
                row.add(Numbers.format(state[j]));
            }
            rows.add(row);
        }
        List<String> columns = new ArrayList<>(List.of("t"));
        for (int j = 0; j < components; j++) {
            columns.add("x[" + j + "]");
        }
        String caption = size + " states"
                + (solution.batch() > 1 ? " of sample 0 of " + solution.batch() : "")
                + (components < solution.dimension()
                        ? ", first " + components + " of " + solution.dimension() + " components"
                        : "");
        return page(
                sentences,
                new Grid(
                        caption,
                        columns,
                        List.of(),
                        rows,
                        columns.stream().map(c -> true).toList()));
    }

    static Bundle of(Gradient gradient) {
        List<String> sentences = new ArrayList<>();
        sentences.add("Gradient of the cost " + Numbers.format(gradient.cost()));
        gradient.drift().ifPresent(drift -> sentences.add("drift of the reconstructed state " + Numbers.format(drift)));
        if (!gradient.trusted()) {
            sentences.add(
                    "NOT TO BE TRUSTED: the state integrated backwards misses the solution; take Checkpointed, or smaller steps");
        }
        sentences.add("forward " + gradient.forward());
        sentences.add("backward " + gradient.backward());
        sentences.add("peak " + bytes(gradient.peakBytes()));
        List<String> names = new ArrayList<>(List.of("x0"));
        List<List<String>> rows = new ArrayList<>();
        rows.add(row(gradient.x0()));
        for (ParameterLayout.Entry entry : gradient.parameters().layout().entries()) {
            names.add(entry.name());
            rows.add(row(gradient.parameter(entry.name())));
        }
        return page(sentences, named("derivatives of the cost", names, rows));
    }

    static Bundle of(Parameters parameters) {
        List<String> names = new ArrayList<>();
        List<List<String>> rows = new ArrayList<>();
        for (ParameterLayout.Entry entry : parameters.layout().entries()) {
            names.add(entry.name());
            rows.add(row(parameters.get(entry.name())));
        }
        String caption = "Parameters: " + parameters.layout().size() + " numbers";
        return named(caption, names, rows).bundle();
    }

    static Bundle of(Buffer buffer) {
        return ArrayText.grid(
                        buffer.toString(),
                        buffer.rows(),
                        r -> buffer.columns(),
                        (r, c) -> Numbers.format(buffer.get(r, c)))
                .bundle();
    }

    private static Grid named(String caption, List<String> names, List<List<String>> rows) {
        return new Grid(caption, List.of("shape", "norm", "numbers"), names, rows, List.of(false, true, false));
    }

    private static List<String> row(double[][] values) {
        double squares = 0;
        List<String> first = new ArrayList<>();
        int count = 0;
        for (double[] row : values) {
            for (double value : row) {
                squares += value * value;
                if (count++ < NUMBERS) {
                    first.add(Numbers.format(value));
                }
            }
        }
        String numbers = String.join(", ", first) + (count > NUMBERS ? ", …" : "");
        return List.of(values.length + " × " + values[0].length, Numbers.format(Math.sqrt(squares)), numbers);
    }

    private static String bytes(long bytes) {
        return bytes < 1 << 20
                ? Numbers.format(bytes / 1024.0) + " KiB"
                : Numbers.format(Math.round(bytes / 1024.0 / 1024.0 * 100) / 100.0) + " MiB";
    }

    private static Bundle page(List<String> sentences, Grid grid) {
        String text = String.join("; ", sentences);
        return Bundle.html(
                "<p style=\"margin:0\">" + Html.escape(text) + "</p>" + grid.html(), text + "\n" + grid.text());
    }
}
