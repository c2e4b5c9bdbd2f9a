package org.costate.adjoint;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.costate.Makers;
import org.costate.bench.Tolerances;
import org.costate.ode.Coupling;
import org.costate.ode.Dopri5;
import org.costate.ode.Dopri8;
import org.costate.ode.Solver;
import org.costate.plot.Figures;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Errors against tolerance, from 1e-3 on, of every method that chooses its steps, joint and per sample: in proportion
/// to
/// it, bounded, and never larger by much where it is tighter. `environment/bench --curves` draws them.
class ToleranceTest {
    /// Every method that has an error estimate, and couplings of two.
    static Stream<Solver> solvers() throws ReflectiveOperationException, URISyntaxException {
        List<Solver> all = new ArrayList<>();
        for (var made : Makers.of(Solver.class, "tolerance", double.class, double.class)) {
            all.add((Solver) made.invoke(null, 1e-3, 1e-3));
        }
        assertTrue(all.size() >= 8, "only " + all);
        all.add(Coupling.of(Dopri5.tolerance(1e-3, 1e-3), 1));
        all.add(Coupling.of(Dopri8.tolerance(1e-3, 1e-3), 1));
        return all.stream().flatMap(s -> Stream.of(s, s.perSample()));
    }

    /// Between the steps of a coupling lies a cubic, which misses by O(h⁴), while the tolerance lets h grow like its
    /// root
    /// of the order of the estimate.
    private static double between(Solver solver) {
        boolean coupling = solver.scheme().tableau() == null && solver.scheme().order() > 4;
        return coupling ? 4.0 / (solver.scheme().errorOrder() + 1) : 1;
    }

    @ParameterizedTest
    @MethodSource("solvers")
    void ofTheSolution(Solver solver) {
        check(solver, 1, tolerance -> Tolerances.solution(solver, tolerance), "solution");
    }

    @ParameterizedTest
    @MethodSource("solvers")
    void betweenTheSteps(Solver solver) {
        check(solver, between(solver), tolerance -> Tolerances.between(solver, tolerance), "between the steps");
    }

    @ParameterizedTest
    @MethodSource("solvers")
    void ofTheGradient(Solver solver) {
        // Of the exact modes, which have the same numbers, these two.
        for (Adjoint mode : new Adjoint[] {
            Backprop.defaults(), Reversible.defaults(), Backsolve.defaults(), Interpolating.defaults(), Gauss.defaults()
        }) {
            if (!PairingsTest.goTogether(mode, solver)) {
                continue;
            }
            boolean interpolates = mode instanceof Interpolating || mode instanceof Gauss;
            double power = interpolates ? between(solver) : 1;
            check(solver, power, tolerance -> Tolerances.gradient(solver, mode, tolerance), mode.toString());
        }
    }

    /// A method of order 8 takes a dozen steps in all: there the error jumps with their number.
    private static void check(Solver solver, double power, DoubleUnaryOperator error, String what) {
        double[] tolerances = IntStream.rangeClosed(3, -Tolerances.tightest(solver))
                .mapToDouble(p -> Math.pow(10, -p))
                .toArray();
        double[] errors = Arrays.stream(tolerances).map(error).toArray();
        String said = solver + ", " + what + ": " + Arrays.toString(errors);
        for (int k = 0; k < errors.length; k++) {
            double most = solver.scheme().reversible() && solver.scheme().order() > 4 ? 400 : 60;
            assertTrue(errors[k] <= most * Math.pow(tolerances[k], power), said + " at " + tolerances[k]);
            double growth = solver.scheme().order() < 8 ? 0.3 : 3;
            assertTrue(k == 0 || errors[k] <= growth * errors[k - 1], said + " at " + tolerances[k]);
        }
        double slope = Figures.slope(tolerances, errors);
        assertTrue(slope > power - 0.15 && slope < power + 0.4, said + ", like its power " + slope);
    }
}
