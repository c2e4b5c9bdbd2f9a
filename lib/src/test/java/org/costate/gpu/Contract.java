package org.costate.gpu;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.costate.memory.Precision;

/// The contract tests on a device of the reader's, for `environment/bench --gpu`: every operation, and gradients in
/// which
/// every two of solver, steps, mode, cost, precision, batch, direction and field come together, against the processor.
/// Needs no JUnit.
public final class Contract {
    private static final long SEED = 6;

    /// Every so many checks one is of operations, which take longer to compile.
    private static final int BETWEEN = 6;

    /// What became of it.
    ///
    /// @param checks how many ran
    /// @param of so many
    /// @param worst on given steps, the largest difference relative to an array's largest entry
    /// @param wrong each that failed, and how
    public record Outcome(int checks, int of, double seconds, Map<Precision, Double> worst, List<String> wrong) {}

    private Contract() {}

    /// Runs it, as much as fits the time: gradients, those that bring most pairs first, and operations in between.
    ///
    /// @throws IllegalArgumentException if the time is not above 0
    public static Outcome run(Gpu device, double seconds) {
        if (!(seconds > 0)) {
            throw new IllegalArgumentException("seconds: got " + seconds + ", expected a time above 0");
        }
        long start = System.nanoTime();
        Map<Precision, Double> worst = new EnumMap<>(Precision.class);
        Deque<Check> operations = new ArrayDeque<>();
        for (List<String> names : Operations.fields()) {
            operations.add(new Check("operations as kernels", () -> Operations.evaluations(device, names)));
            operations.add(new Check("operations in trajectories", () -> Operations.trajectories(device, names)));
        }
        List<Check> checks = new ArrayList<>();
        int[] levels = Matrix.FACTORS.stream().mapToInt(List::size).toArray();
        levels[Matrix.WISH] = 1; // the others are no different on devices
        for (int[] values : new AllPairs(levels, -1, Matrix::valid, SEED).cases()) {
            Matrix m = new Matrix(values);
            if (Answers.precisions(device).contains(m.precision())) {
                checks.add(new Check(m.toString(), () -> {
                    double miss = m.check(device);
                    if (!m.adaptive()) {
                        worst.merge(m.precision(), miss, Math::max);
                    }
                }));
                if (checks.size() % BETWEEN == 0 && !operations.isEmpty()) {
                    checks.add(operations.remove());
                }
            }
        }
        checks.addAll(operations);
        List<String> wrong = new ArrayList<>();
        int ran = 0;
        while (ran < checks.size() && (ran == 0 || seconds(start) < seconds)) {
            Check check = checks.get(ran++);
            try {
                check.body.run();
            } catch (AssertionError | RuntimeException e) {
                String said = e instanceof AssertionError ? String.valueOf(e.getMessage()) : e.toString();
                wrong.add(said.startsWith(check.name) ? said : check.name + ": " + said);
            }
        }
        return new Outcome(ran, checks.size(), seconds(start), worst, wrong);
    }

    private record Check(String name, Runnable body) {}

    private static double seconds(long since) {
        return (System.nanoTime() - since) * 1e-9;
    }
}
